//! How many films a word fits, and how many of each genre, without looking at each of them.
//!
//! To look up the genres of every film that a word fits is waiting for memory, film by film, and takes the longer the larger the catalogue
//! is. What the films of a common index word amount to is counted once, when a segment is opened, and holds as long as the segment does. A
//! word of a query stands for several index words: their sums are added, and a film that has more than one of them, or was removed since,
//! is taken off again. Which films those are, a bit for each film says, and that many bits fit into the processor's caches.

use std::collections::HashMap;

use tantivy::{
    BitSet, DocId, SegmentReader,
    fastfield::AliveBitSet,
    postings::{BlockSegmentPostings, TermInfo},
    schema::Field,
};

use crate::{
    IndexError,
    genres::Genres,
    lender::{Lendable, Lent},
    postings::for_each_block,
    schema::Fields,
};

/// Index words that fewer films have are never counted beforehand: their films are soon looked at.
const FEWEST: u32 = 64;
/// Nor are those of less than one film in so many, so that what is kept grows more slowly than the segment.
const ONE_IN: u32 = 16_384;
/// With more genres nothing is counted beforehand: it would be too many numbers.
const MOST_GENRES: usize = 64;

/// What the films of a segment's common index words amount to. Memory: four bytes for each of the words and each genre.
pub struct CommonWords {
    /// By field and where the word's list of films begins, which no other word's does: the first of its numbers.
    numbers_of: HashMap<(Field, usize), usize>,
    /// Films of each genre, word by word.
    numbers: Vec<u32>,
    /// The same of all films.
    everything: Vec<u32>,
}

impl CommonWords {
    pub fn read(reader: &SegmentReader, fields: &Fields, genres: &Genres) -> Result<Self, IndexError> {
        let mut everything = vec![0; genres.len()];
        for film in 0..reader.max_doc() {
            genres.of(film, |genre| everything[genre] += 1);
        }
        let mut words = Self { numbers_of: HashMap::new(), numbers: Vec::new(), everything };
        if genres.len() > MOST_GENRES {
            return Ok(words);
        }
        let fewest = FEWEST.max(reader.max_doc() / ONE_IN);
        let mut postings: Option<BlockSegmentPostings> = None;
        for field in fields.of_words() {
            let index = reader.inverted_index(field)?;
            let mut stream = index.terms().stream()?;
            while stream.advance() {
                let info = stream.value();
                if info.doc_freq < fewest {
                    continue;
                }
                let first = words.numbers.len();
                words.numbers.resize(first + genres.len(), 0);
                let numbers = &mut words.numbers[first..];
                for_each_block(&mut postings, &index, info, |films| {
                    for &film in films {
                        genres.of(film, |genre| numbers[genre] += 1);
                    }
                })?;
                words.numbers_of.insert((field, info.postings_range.start), first);
            }
        }
        words.numbers.shrink_to_fit();
        Ok(words)
    }

    fn of(&self, field: Field, info: &TermInfo) -> Option<&[u32]> {
        let first = *self.numbers_of.get(&(field, info.postings_range.start))?;
        Some(&self.numbers[first..first + self.everything.len()])
    }
}

/// Films that were met.
pub struct Met(BitSet);

impl Default for Met {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Lendable for Met {
    fn new(films: u32) -> Self {
        Self(BitSet::with_max_value(films))
    }

    fn blank(&mut self) {
        self.0.clear();
    }
}

/// The films that a word of a query fits in a segment.
pub struct Tally<'a> {
    words: &'a CommonWords,
    genres: &'a Genres,
    alive: Option<&'a AliveBitSet>,
    met: Lent<'a, Met>,
    pub films: u64,
    /// By the genre's place in the segment's list.
    pub of_genres: Vec<u64>,
}

impl<'a> Tally<'a> {
    pub fn new(words: &'a CommonWords, genres: &'a Genres, reader: &'a SegmentReader, met: Lent<'a, Met>) -> Self {
        Self { words, genres, alive: reader.alive_bitset(), met, films: 0, of_genres: vec![0; genres.len()] }
    }

    /// Begins to count the films of an index word, each of which [`Counting::meet`] is to be told of.
    pub fn begin(&mut self, field: Field, info: &TermInfo) -> Counting<'_, 'a> {
        let numbers = self.words.of(field, info);
        if let Some(numbers) = numbers {
            self.films += u64::from(info.doc_freq);
            self.of_genres.iter_mut().zip(numbers).for_each(|(all, &more)| *all += u64::from(more));
        }
        Counting { is_done: numbers.is_some(), tally: self }
    }

    /// Counts all films of the segment.
    pub fn add_everything(&mut self, films: u32) {
        self.films = films.into();
        self.of_genres.iter_mut().zip(&self.words.everything).for_each(|(all, &more)| *all += u64::from(more));
        if self.alive.is_some() {
            for film in 0..films {
                if !self.is_alive(film) {
                    self.take_off(film);
                }
            }
        }
    }

    /// Whether the film has not been removed since the segment was written.
    pub fn is_alive(&self, film: DocId) -> bool {
        self.alive.is_none_or(|alive| alive.is_alive(film))
    }

    fn add(&mut self, film: DocId) {
        self.films += 1;
        self.genres.of(film, |genre| self.of_genres[genre] += 1);
    }

    fn take_off(&mut self, film: DocId) {
        self.films -= 1;
        self.genres.of(film, |genre| self.of_genres[genre] -= 1);
    }
}

/// An index word whose films are being counted.
pub struct Counting<'t, 'a> {
    tally: &'t mut Tally<'a>,
    /// Its films were added all at once.
    is_done: bool,
}

impl Counting<'_, '_> {
    /// Tells whether the film is there.
    pub fn meet(&mut self, film: DocId) -> bool {
        let is_alive = self.tally.is_alive(film);
        let is_new = self.tally.met.0.insert(film) && is_alive;
        match (self.is_done, is_new) {
            (true, false) => self.tally.take_off(film),
            (false, true) => self.tally.add(film),
            _ => {}
        }
        is_alive
    }
}
