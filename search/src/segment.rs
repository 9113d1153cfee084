//! What is known of one segment's films as a search goes on: for every film, how well each word fits.
//!
//! A search goes over whole posting lists into one byte for each word and film. That is a fixed, small cost (a million
//! films and four words are 4 MB), gives exact totals, and lets ranking be any function of what was found.

use tantivy::{SegmentReader, Term};

use crate::{
    IndexError,
    deadline::Deadline,
    facts::Facts,
    fit::{Extent, Fit, Place},
    lookup::Lookup,
    query::{ParsedQuery, QueryWord},
    schema::Fields,
};

/// The shortest whole query, in bytes, that may be the beginning of a title written without spaces.
const MIN_KEY_BYTES: usize = 4;

pub struct SegmentMatches<'a> {
    pub lookup: Lookup<'a>,
    pub facts: &'a Facts,
    /// For each required word, by film.
    pub required: Vec<Vec<Fit>>,
    /// For each optional word, by film.
    pub optional: Vec<Vec<Fit>>,
    /// By film: whether the number wished for as a year stands in a title. Empty without a wish.
    pub wish: Vec<Fit>,
    /// By film: the place of a title that is the whole query.
    pub whole: Vec<Fit>,
}

impl<'a> SegmentMatches<'a> {
    pub fn new(
        (reader, facts): (&'a SegmentReader, &'a Facts),
        fields: Fields,
        query: &ParsedQuery,
        deadline: Deadline,
    ) -> Self {
        let films = reader.max_doc() as usize;
        let blank = || vec![Fit::default(); films];
        Self {
            lookup: Lookup::new(reader, fields, deadline),
            facts,
            required: query.required.iter().map(|_| blank()).collect(),
            optional: query.optional.iter().map(|_| blank()).collect(),
            wish: query.wish.iter().flat_map(|_| blank()).collect(),
            whole: if query.is_empty() { Vec::new() } else { blank() },
        }
    }

    /// Notes the words as they were typed.
    pub fn find_exact(&mut self, query: &ParsedQuery) -> Result<(), IndexError> {
        let lookup = &self.lookup;
        for (at, (word, fits)) in query.required.iter().zip(&mut self.required).enumerate() {
            lookup.word(word, at == 0, fits)?;
            if let Some(year) = word.year {
                lookup.term(&Term::from_field_u64(lookup.fields.year, year.get().into()), Fit::OF_YEAR, fits)?;
            }
        }
        for (word, fits) in query.optional.iter().zip(&mut self.optional) {
            lookup.word(word, false, fits)?;
        }
        if let Some(word) = &query.wish {
            for field in [lookup.fields.title, lookup.fields.title_variant] {
                lookup.term(&Term::from_field_text(field, &word.text), Fit::OF_YEAR, &mut self.wish)?;
            }
        }
        for (field, place) in self.key_fields() {
            let fit = Fit::new(0, place, Extent::Variant);
            for term in query.keys.iter().map(|key| Term::from_field_text(field, key)) {
                // A whole title may not have the words one by one: `spider man` and `Spiderman`.
                for fits in self.required.iter_mut().chain([&mut self.whole]) {
                    self.lookup.term(&term, fit, fits)?;
                }
            }
        }
        Ok(())
    }

    /// Notes titles that begin with the query if spaces are left out: `starwars`.
    pub fn find_unspaced(&mut self, query: &ParsedQuery) -> Result<(), IndexError> {
        for (field, place) in self.key_fields() {
            for key in query.keys.iter().filter(|key| key.len() >= MIN_KEY_BYTES) {
                for fits in &mut self.required {
                    self.lookup.prefix(field, key, Fit::new(1, place, Extent::Prefix), fits)?;
                }
            }
        }
        Ok(())
    }

    /// Notes what the word at `at` may have been meant for, with up to `typos` wrong letters.
    pub fn find_misspelt(&mut self, at: usize, word: &QueryWord, typos: u8) -> Result<(), IndexError> {
        self.lookup.misspelt(word, at == 0, typos, &mut self.required[at])
    }

    fn key_fields(&self) -> [(tantivy::schema::Field, Place); 2] {
        let fields = &self.lookup.fields;
        [(fields.title_key, Place::TitleFirst), (fields.alternative_key, Place::Alternative)]
    }
}
