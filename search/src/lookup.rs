//! Looks up words in one segment of the index, and raises the notes of the films that they stand in.

use std::cell::RefCell;

use tantivy::{
    DocId, DocSet, InvertedIndexReader, SegmentReader, Term,
    postings::{BlockSegmentPostings, TermInfo},
    query::FuzzyTermQuery,
    schema::{Field, IndexRecordOption},
};

use crate::{
    IndexError,
    deadline::Deadline,
    distance::typos_between,
    fit::{Extent, Fit, Place},
    notes::Notes,
    postings::for_each_block,
    query::QueryWord,
    schema::{Fields, PEOPLE_START_CHARS, TITLE_START_CHARS},
};

/// Index words that one word of a query may stand for in one field, so that a search has a bound.
const MAX_EXPANSIONS: usize = 5_000;
/// Terms are looked up this often between two looks at the clock.
const TERMS_BETWEEN_CHECKS: usize = 256;

/// Films whose places in a posting list are looked up one by one where they are fewer than one in so many of it.
const FEW: usize = 8;

/// Films that matter, in order; `None` for all. Others may be noted, too.
type Among<'a> = Option<&'a [DocId]>;

/// A field, and what finding a word there is worth.
#[derive(Clone, Copy)]
pub struct Source {
    field: Field,
    place: Place,
    extent: Extent,
}

/// Words to films, in one segment.
pub struct Lookup<'a> {
    pub reader: &'a SegmentReader,
    pub fields: Fields,
    deadline: Deadline,
    /// The list that was opened last.
    postings: RefCell<Option<BlockSegmentPostings>>,
}

impl<'a> Lookup<'a> {
    pub fn new(reader: &'a SegmentReader, fields: Fields, deadline: Deadline) -> Self {
        Self { reader, fields, deadline, postings: RefCell::new(None) }
    }

    /// Raises the notes of the films that have the term to `fit`.
    pub fn term(&self, term: &Term, fit: Fit, among: Among<'_>, notes: &mut Notes) -> Result<(), IndexError> {
        self.deadline.check()?;
        let index = self.reader.inverted_index(term.field())?;
        if let Some(info) = index.get_term_info(term)? {
            self.raise(&index, &info, fit, among, notes)?;
        }
        Ok(())
    }

    /// The same for all longer terms of a field that begin with `prefix`.
    pub fn prefix(
        &self,
        field: Field,
        prefix: &str,
        fit: Fit,
        among: Among<'_>,
        notes: &mut Notes,
    ) -> Result<(), IndexError> {
        let index = self.reader.inverted_index(field)?;
        let mut stream = index.terms().range().ge(prefix).into_stream()?;
        let mut found = 0;
        while found < MAX_EXPANSIONS && stream.advance() && stream.key().starts_with(prefix.as_bytes()) {
            self.check_sometimes(found)?;
            found += 1;
            // The term itself is looked up before, and fits better.
            if stream.key().len() > prefix.len() {
                self.raise(&index, stream.value(), fit, among, notes)?;
            }
        }
        Ok(())
    }

    /// The word as it was typed, in all fields.
    pub fn word(&self, word: &QueryWord, first: bool, among: Among<'_>, notes: &mut Notes) -> Result<(), IndexError> {
        for source in self.sources(first) {
            let fit = Fit::new(0, source.place, source.extent);
            self.term(&Term::from_field_text(source.field, &word.text), fit, among, notes)?;
        }
        if word.prefix { self.beginning(word, first, among, notes) } else { Ok(()) }
    }

    /// Words that begin with what was typed. The shortest beginnings are terms themselves.
    fn beginning(&self, word: &QueryWord, first: bool, among: Among<'_>, notes: &mut Notes) -> Result<(), IndexError> {
        let length = word.text.chars().count();
        for source in self.sources(first) {
            let fit = Fit::new(0, source.place, Extent::Prefix);
            let starts = match source.place {
                Place::Title if length <= TITLE_START_CHARS => Some(self.fields.title_start),
                Place::TitleFirst if length <= TITLE_START_CHARS => Some(self.fields.title_first_start),
                Place::People if length == PEOPLE_START_CHARS => Some(self.fields.people_start),
                // One letter begins somebody's name in nearly every film: it means a title.
                Place::People | Place::Alternative if length < PEOPLE_START_CHARS => continue,
                _ => None,
            };
            match starts {
                Some(field) => self.term(&Term::from_field_text(field, &word.text), fit, among, notes)?,
                None => self.prefix(source.field, &word.text, fit, among, notes)?,
            }
        }
        Ok(())
    }

    /// What the word may have been meant for, with up to `typos` wrong letters. With more than one, the first letter
    /// must be right: few get it wrong, and it spares most of the work.
    pub fn misspelt(&self, word: &QueryWord, first: bool, typos: u8, notes: &mut Notes) -> Result<(), IndexError> {
        for source in self.sources(first) {
            let index = self.reader.inverted_index(source.field)?;
            let term = Term::from_field_text(source.field, &word.text);
            let query = if word.prefix {
                FuzzyTermQuery::new_prefix(term, typos, true)
            } else {
                FuzzyTermQuery::new(term, typos, true)
            };
            let whole = Fit::new(typos, source.place, source.extent);
            let beginning = Fit::new(typos, source.place, Extent::Prefix);
            let mut search = index.terms().search(query.automaton()?);
            if let Some(letter) = word.text.chars().next().filter(|_| typos > 1) {
                search = search.ge(letter.to_string()).lt(after(letter));
            }
            let mut stream = search.into_stream()?;
            let mut found = 0;
            while found < MAX_EXPANSIONS && stream.advance() {
                self.check_sometimes(found)?;
                found += 1;
                let is_whole = !word.prefix
                    || std::str::from_utf8(stream.key()).is_ok_and(|term| typos_between(&word.text, term) <= typos);
                let fit = if is_whole { whole } else { beginning };
                self.raise(&index, stream.value(), fit, None, notes)?;
            }
        }
        Ok(())
    }

    /// Whether a title or a name has the very word.
    pub fn knows(&self, word: &QueryWord) -> Result<bool, IndexError> {
        for source in self.sources(false) {
            if self.reader.inverted_index(source.field)?.terms().get(&word.text)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The fields to look in. `first`: whether the word is the first of the query, and so may begin a title.
    fn sources(&self, first: bool) -> Vec<Source> {
        let fields = &self.fields;
        let mut sources = vec![
            Source { field: fields.title, place: Place::Title, extent: Extent::Word },
            Source { field: fields.title_variant, place: Place::Title, extent: Extent::Variant },
            Source { field: fields.alternative, place: Place::Alternative, extent: Extent::Word },
            Source { field: fields.people, place: Place::People, extent: Extent::Word },
        ];
        if first {
            let place = Place::TitleFirst;
            sources.push(Source { field: fields.title_first, place, extent: Extent::Word });
            sources.push(Source { field: fields.title_first_variant, place, extent: Extent::Variant });
        }
        sources
    }

    fn check_sometimes(&self, terms: usize) -> Result<(), IndexError> {
        if terms.is_multiple_of(TERMS_BETWEEN_CHECKS) { self.deadline.check() } else { Ok(()) }
    }

    fn raise(
        &self,
        index: &InvertedIndexReader,
        info: &TermInfo,
        fit: Fit,
        among: Among<'_>,
        notes: &mut Notes,
    ) -> Result<(), IndexError> {
        if let Some(films) = among.filter(|films| films.len() * FEW < info.doc_freq as usize) {
            let mut postings = index.read_postings_from_terminfo(info, IndexRecordOption::Basic)?;
            for &film in films {
                if postings.doc() < film {
                    postings.seek(film);
                }
                if postings.doc() == film {
                    notes.raise(film, fit);
                }
            }
            return Ok(());
        }
        let kept = &mut *self.postings.borrow_mut();
        for_each_block(kept, index, info, |films| films.iter().for_each(|&film| notes.raise(film, fit)))
    }
}

/// The least text that is greater than all that begin with the letter.
fn after(letter: char) -> String {
    let next = (u32::from(letter) + 1..).find_map(char::from_u32);
    next.unwrap_or(char::MAX).to_string()
}
