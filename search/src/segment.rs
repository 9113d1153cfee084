//! Looks words up in one segment of the index, and notes for every film of it how well each word fits.
//!
//! A search goes over whole posting lists into one byte for each word and film. That is a fixed, small cost (a million
//! films and four words are 4 MB), gives exact totals, and lets ranking be any function of what was found.

use std::sync::Arc;

use tantivy::{
    DocId, InvertedIndexReader, SegmentReader, Term,
    postings::TermInfo,
    query::FuzzyTermQuery,
    schema::{Field, IndexRecordOption},
};

use crate::{
    IndexError,
    deadline::Deadline,
    fit::{Extent, Fit, Place},
    query::{ParsedQuery, QueryWord},
    schema::{Fields, MAX_START_CHARS},
};

/// Index words that one word of a query may stand for in one field, so that a search has a bound.
const MAX_EXPANSIONS: usize = 5_000;
/// The shortest whole query, in bytes, that may be the beginning of a title written without spaces.
const MIN_KEY_BYTES: usize = 4;
/// Looking up terms is checked against the clock this often.
const TERMS_BETWEEN_CHECKS: usize = 256;

/// What is known of one segment's films as a search goes on.
pub struct SegmentMatches<'a> {
    pub reader: &'a SegmentReader,
    fields: Fields,
    deadline: Deadline,
    /// For each required word, by film.
    pub required: Vec<Vec<Fit>>,
    /// For each optional word, by film.
    pub optional: Vec<Vec<Fit>>,
    /// By film: whether the number wished for as a year stands in a title. Empty without a wish.
    pub wish: Vec<Fit>,
    /// By film: the place of a title that is the whole query.
    pub whole: Vec<Fit>,
}

/// A field, and what finding a word there is worth.
#[derive(Clone, Copy)]
struct Source {
    field: Field,
    place: Place,
    extent: Extent,
}

impl<'a> SegmentMatches<'a> {
    pub fn new(reader: &'a SegmentReader, fields: Fields, query: &ParsedQuery, deadline: Deadline) -> Self {
        let films = reader.max_doc() as usize;
        let blank = || vec![Fit::default(); films];
        Self {
            reader,
            fields,
            deadline,
            required: query.required.iter().map(|_| blank()).collect(),
            optional: query.optional.iter().map(|_| blank()).collect(),
            wish: query.wish.iter().flat_map(|_| blank()).collect(),
            whole: if query.is_empty() { Vec::new() } else { blank() },
        }
    }

    /// Notes the words as they were typed.
    pub fn find_exact(&mut self, query: &ParsedQuery) -> Result<(), IndexError> {
        for (at, word) in query.required.iter().enumerate() {
            let mut fits = std::mem::take(&mut self.required[at]);
            self.find_word(word, at == 0, &mut fits)?;
            if let Some(year) = word.year {
                let term = Term::from_field_u64(self.fields.year, year.get().into());
                self.mark_term(&term, Fit::OF_YEAR, &mut fits)?;
            }
            self.required[at] = fits;
        }
        for (at, word) in query.optional.iter().enumerate() {
            let mut fits = std::mem::take(&mut self.optional[at]);
            self.find_word(word, false, &mut fits)?;
            self.optional[at] = fits;
        }
        if let Some(word) = &query.wish {
            let mut fits = std::mem::take(&mut self.wish);
            for source in self.title_sources(false) {
                self.mark_term(&Term::from_field_text(source.field, &word.text), Fit::OF_YEAR, &mut fits)?;
            }
            self.wish = fits;
        }
        self.find_whole(query)
    }

    /// Notes titles that begin with the query if spaces are left out: `starwars`.
    pub fn find_unspaced(&mut self, query: &ParsedQuery) -> Result<(), IndexError> {
        for key in query.keys.iter().filter(|key| key.len() >= MIN_KEY_BYTES) {
            let places =
                [(self.fields.title_key, Place::TitleFirst), (self.fields.alternative_key, Place::Alternative)];
            for (field, place) in places {
                let index = self.reader.inverted_index(field)?;
                for info in self.prefix_terms(&index, key)? {
                    for fits in &mut self.required {
                        mark(&index, &info, Fit::new(1, place, Extent::Prefix), fits)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Notes what the word at `at` may have been meant for, with up to `typos` wrong letters.
    pub fn find_misspelt(&mut self, at: usize, word: &QueryWord, typos: u8) -> Result<(), IndexError> {
        let mut fits = std::mem::take(&mut self.required[at]);
        let mut sources = self.title_sources(at == 0);
        sources.extend(self.other_sources());
        for source in sources {
            let index = self.reader.inverted_index(source.field)?;
            let term = Term::from_field_text(source.field, &word.text);
            let whole = FuzzyTermQuery::new(term.clone(), typos, true);
            self.mark_matching(&index, &whole, Fit::new(typos, source.place, source.extent), &mut fits)?;
            if word.prefix {
                let prefix = FuzzyTermQuery::new_prefix(term, typos, true);
                self.mark_matching(&index, &prefix, Fit::new(typos, source.place, Extent::Prefix), &mut fits)?;
            }
        }
        self.required[at] = fits;
        Ok(())
    }

    /// Whether a field of titles or names has the very word.
    pub fn knows(&self, word: &QueryWord) -> Result<bool, IndexError> {
        let fields = [self.fields.title, self.fields.title_variant, self.fields.alternative, self.fields.people];
        for field in fields {
            let index = self.reader.inverted_index(field)?;
            if index.terms().get(&word.text)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Notes the films of a genre.
    pub fn mark_genre(&self, genre: &str, fit: Fit, fits: &mut [Fit]) -> Result<(), IndexError> {
        self.mark_term(&Term::from_field_text(self.fields.genre, genre), fit, fits)
    }

    fn find_word(&self, word: &QueryWord, first: bool, fits: &mut [Fit]) -> Result<(), IndexError> {
        for source in self.title_sources(first).into_iter().chain(self.other_sources()) {
            let fit = Fit::new(0, source.place, source.extent);
            self.mark_term(&Term::from_field_text(source.field, &word.text), fit, fits)?;
        }
        if !word.prefix {
            return Ok(());
        }
        let short = word.text.chars().count() <= MAX_START_CHARS;
        if short {
            let term = Term::from_field_text(self.fields.title_start, &word.text);
            self.mark_term(&term, Fit::new(0, Place::Title, Extent::Prefix), fits)?;
        }
        if short && first {
            let term = Term::from_field_text(self.fields.title_first_start, &word.text);
            self.mark_term(&term, Fit::new(0, Place::TitleFirst, Extent::Prefix), fits)?;
        }
        // One letter begins somebody's name in nearly every film: there it means a title.
        let long_enough = |source: &Source| !short || (source.place < Place::Title && word.text.chars().count() > 1);
        for source in self.title_sources(first).into_iter().chain(self.other_sources()).filter(long_enough) {
            let index = self.reader.inverted_index(source.field)?;
            for info in self.prefix_terms(&index, &word.text)? {
                mark(&index, &info, Fit::new(0, source.place, Extent::Prefix), fits)?;
            }
        }
        Ok(())
    }

    /// Notes titles that are the whole query, whether or not its words are found one by one.
    fn find_whole(&mut self, query: &ParsedQuery) -> Result<(), IndexError> {
        let places = [(self.fields.title_key, Place::TitleFirst), (self.fields.alternative_key, Place::Alternative)];
        for (field, place) in places {
            let fit = Fit::new(0, place, Extent::Variant);
            for key in &query.keys {
                let term = Term::from_field_text(field, key);
                let mut whole = std::mem::take(&mut self.whole);
                self.mark_term(&term, fit, &mut whole)?;
                self.whole = whole;
                for at in 0..self.required.len() {
                    let mut fits = std::mem::take(&mut self.required[at]);
                    self.mark_term(&term, fit, &mut fits)?;
                    self.required[at] = fits;
                }
            }
        }
        Ok(())
    }

    fn title_sources(&self, first: bool) -> Vec<Source> {
        let fields = &self.fields;
        let mut sources = vec![
            Source { field: fields.title, place: Place::Title, extent: Extent::Word },
            Source { field: fields.title_variant, place: Place::Title, extent: Extent::Variant },
        ];
        if first {
            sources.push(Source { field: fields.title_first, place: Place::TitleFirst, extent: Extent::Word });
            let field = fields.title_first_variant;
            sources.push(Source { field, place: Place::TitleFirst, extent: Extent::Variant });
        }
        sources
    }

    fn other_sources(&self) -> [Source; 2] {
        let fields = &self.fields;
        [
            Source { field: fields.alternative, place: Place::Alternative, extent: Extent::Word },
            Source { field: fields.people, place: Place::People, extent: Extent::Word },
        ]
    }

    fn mark_term(&self, term: &Term, fit: Fit, fits: &mut [Fit]) -> Result<(), IndexError> {
        self.deadline.check()?;
        let index = self.reader.inverted_index(term.field())?;
        if let Some(info) = index.get_term_info(term)? {
            mark(&index, &info, fit, fits)?;
        }
        Ok(())
    }

    fn mark_matching(
        &self,
        index: &InvertedIndexReader,
        query: &FuzzyTermQuery,
        fit: Fit,
        fits: &mut [Fit],
    ) -> Result<(), IndexError> {
        let mut stream = index.terms().search(query.automaton()?).into_stream()?;
        let mut found = 0;
        while found < MAX_EXPANSIONS && stream.advance() {
            if found % TERMS_BETWEEN_CHECKS == 0 {
                self.deadline.check()?;
            }
            mark(index, stream.value(), fit, fits)?;
            found += 1;
        }
        Ok(())
    }

    fn prefix_terms(&self, index: &Arc<InvertedIndexReader>, prefix: &str) -> Result<Vec<TermInfo>, IndexError> {
        self.deadline.check()?;
        let mut stream = index.terms().range().ge(prefix).into_stream()?;
        let mut infos = Vec::new();
        while infos.len() < MAX_EXPANSIONS && stream.advance() && stream.key().starts_with(prefix.as_bytes()) {
            infos.push(stream.value().clone());
        }
        Ok(infos)
    }
}

/// Raises the notes of the films that the term stands in to `fit`.
fn mark(index: &InvertedIndexReader, info: &TermInfo, fit: Fit, fits: &mut [Fit]) -> Result<(), IndexError> {
    let mut postings = index.read_block_postings_from_terminfo(info, IndexRecordOption::Basic)?;
    loop {
        let films: &[DocId] = postings.docs();
        if films.is_empty() {
            return Ok(());
        }
        for &film in films {
            let noted = &mut fits[film as usize];
            *noted = (*noted).max(fit);
        }
        postings.advance();
    }
}
