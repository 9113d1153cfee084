//! What is known of one segment's films as a search goes on: for every film, how well each word fits.
//!
//! A search goes over whole posting lists into one byte for each word and film ([`crate::notes`]). That costs as much as there are
//! films that fit, gives exact totals, and lets ranking be any function of what was found.

use tantivy::{DocId, SegmentReader, Term};

use crate::{
    IndexError,
    deadline::Deadline,
    facts::Facts,
    fit::{Extent, Fit, Place},
    lender::Lent,
    lookup::Lookup,
    query::{ParsedQuery, QueryWord},
    schema::Fields,
};

/// The shortest whole query, in bytes, that may be the beginning of a title written without spaces.
const MIN_KEY_BYTES: usize = 4;

pub struct SegmentMatches<'a> {
    pub lookup: Lookup<'a>,
    pub facts: &'a Facts,
    /// For each required word.
    pub required: Vec<Lent<'a>>,
    /// For each optional word; see [`SegmentMatches::find_optional`].
    pub optional: Vec<Lent<'a>>,
    /// Whether the number wished for as a year stands in a title.
    pub wish: Option<Lent<'a>>,
    /// The place of a title that is the whole query.
    pub whole: Lent<'a>,
}

impl<'a> SegmentMatches<'a> {
    pub fn new(
        (reader, facts): (&'a SegmentReader, &'a Facts),
        fields: Fields,
        query: &ParsedQuery,
        deadline: Deadline,
    ) -> Self {
        let blank = || facts.notes.lend();
        Self {
            lookup: Lookup::new(reader, fields, deadline),
            facts,
            required: query.required.iter().map(|_| blank()).collect(),
            optional: Vec::new(),
            wish: query.wish.as_ref().map(|_| blank()),
            whole: blank(),
        }
    }

    /// Notes the words as they were typed. `among`: the films that matter, in order; others may be noted, too.
    pub fn find_exact(&mut self, query: &ParsedQuery, among: Option<&[DocId]>) -> Result<(), IndexError> {
        let lookup = &self.lookup;
        for (at, (word, notes)) in query.required.iter().zip(&mut self.required).enumerate() {
            lookup.word(word, at == 0, among, notes)?;
            if let Some(year) = word.year {
                lookup.term(
                    &Term::from_field_u64(lookup.fields.year, year.get().into()),
                    Fit::OF_YEAR,
                    among,
                    notes,
                )?;
            }
        }
        if let (Some(word), Some(notes)) = (&query.wish, &mut self.wish) {
            for field in [lookup.fields.title, lookup.fields.title_variant] {
                lookup.term(&Term::from_field_text(field, &word.text), Fit::OF_YEAR, among, notes)?;
            }
        }
        for (field, place) in self.key_fields() {
            let fit = Fit::new(0, place, Extent::Variant);
            for term in query.keys.iter().map(|key| Term::from_field_text(field, key)) {
                // A whole title may not have the words one by one: `spider man` and `Spiderman`.
                for notes in self.required.iter_mut().chain([&mut self.whole]) {
                    self.lookup.term(&term, fit, among, notes)?;
                }
            }
        }
        Ok(())
    }

    /// Notes titles that begin with the query if spaces are left out: `starwars`.
    pub fn find_unspaced(&mut self, query: &ParsedQuery) -> Result<(), IndexError> {
        for (field, place) in self.key_fields() {
            for key in query.keys.iter().filter(|key| key.len() >= MIN_KEY_BYTES) {
                for notes in &mut self.required {
                    self.lookup.prefix(field, key, Fit::new(1, place, Extent::Prefix), None, notes)?;
                }
            }
        }
        Ok(())
    }

    /// Notes what the word at `at` may have been meant for, with up to `typos` wrong letters.
    pub fn find_misspelt(&mut self, at: usize, word: &QueryWord, typos: u8) -> Result<(), IndexError> {
        self.lookup.misspelt(word, at == 0, typos, &mut self.required[at])
    }

    /// Notes optional words, of the films that were found (in order): what few of a million films are articles of needs no
    /// reading of them all.
    pub fn find_optional(&mut self, query: &ParsedQuery, found: &[DocId]) -> Result<(), IndexError> {
        for word in &query.optional {
            let mut notes = self.facts.notes.lend();
            self.lookup.word(word, false, Some(found), &mut notes)?;
            self.optional.push(notes);
        }
        Ok(())
    }

    /// Films that just so many of the required words fit, and no more; all films where nothing is required.
    pub fn films_with(&self, words: usize) -> Vec<DocId> {
        if self.required.is_empty() {
            (0..self.lookup.reader.max_doc()).collect()
        } else if words == self.required.len() {
            self.films_with_all().collect()
        } else {
            self.films_with_any().filter(|&film| self.words_of(film) == words).collect()
        }
    }

    /// How many films all required words fit, up to so many.
    pub fn count_with_all(&self, most: usize) -> usize {
        self.films_with_all().filter(|&film| self.is_alive(film)).take(most).count()
    }

    /// Films that all required words fit.
    pub fn films_with_all(&self) -> impl Iterator<Item = DocId> {
        let rarest = self.required.iter().min_by_key(|notes| notes.films().len());
        let films = rarest.map_or(&[][..], |notes| notes.films());
        films.iter().copied().filter(|&film| self.required.iter().all(|notes| notes.has(film)))
    }

    /// Films that any required word fits.
    pub fn films_with_any(&self) -> impl Iterator<Item = DocId> {
        self.required.iter().enumerate().flat_map(move |(at, notes)| {
            let is_new = move |film: &DocId| self.required[..at].iter().all(|notes| !notes.has(*film));
            notes.films().iter().copied().filter(is_new)
        })
    }

    /// Required words that fit the film.
    pub fn words_of(&self, film: DocId) -> usize {
        self.required.iter().filter(|notes| notes.has(film)).count()
    }

    /// Whether the film has not been removed since the segment was written.
    pub fn is_alive(&self, film: DocId) -> bool {
        self.lookup.reader.alive_bitset().is_none_or(|alive| alive.is_alive(film))
    }

    fn key_fields(&self) -> [(tantivy::schema::Field, Place); 2] {
        let fields = &self.lookup.fields;
        [(fields.title_key, Place::TitleFirst), (fields.alternative_key, Place::Alternative)]
    }
}
