//! Answers that were given since the index last changed.
//!
//! Few words are asked for most of the time, and it is the words of many films, which take longest, that are asked for most. Answers
//! belong to one snapshot of the index and go with it, so none is older than what it tells of.

use std::{hash::RandomState, sync::Arc};

use matinee_domain::{SearchFilter, SearchQuery, Year, search::GenreCount};
use matinee_services::ports::SearchHits;
use quick_cache::{
    Weighter,
    sync::{Cache, DefaultLifecycle},
};

/// Answers by what was asked, bounded in bytes, those that are asked for most.
///
/// Anybody chooses the keys, so they are hashed by what nobody can guess.
pub struct KeptAnswers(Cache<Asked, Arc<SearchHits>, Weigh, RandomState>);

/// What an answer weighs, about.
const USUAL_BYTES: u64 = 512;

/// A query, comparable.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Asked {
    text: String,
    genres: Vec<String>,
    years: (Option<Year>, Option<Year>),
    /// The bits of the number.
    min_rating: Option<u32>,
    page: (u32, u32),
}

impl Asked {
    fn of(query: &SearchQuery) -> Self {
        let SearchFilter { genres, from, to, min_rating } = &query.filter;
        Self {
            text: query.text.clone(),
            genres: genres.clone(),
            years: (*from, *to),
            min_rating: min_rating.map(f32::to_bits),
            page: (query.offset, query.limit),
        }
    }

    fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.text.len()
            + self.genres.iter().map(|genre| size_of::<String>() + genre.len()).sum::<usize>()
    }
}

/// What is kept, and of how much use it was since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Searches whose answer was there, and those whose wasn't.
    pub hits: u64,
    pub misses: u64,
    pub answers: u64,
    pub bytes: u64,
}

#[derive(Clone)]
struct Weigh;

impl Weighter<Asked, Arc<SearchHits>> for Weigh {
    fn weight(&self, asked: &Asked, hits: &Arc<SearchHits>) -> u64 {
        let genre = |genre: &GenreCount| size_of::<GenreCount>() + genre.genre.len();
        let hits = size_of::<SearchHits>()
            + size_of_val(hits.movies.as_slice())
            + hits.genres.iter().map(genre).sum::<usize>();
        (asked.bytes() + hits) as u64
    }
}

impl KeptAnswers {
    /// `bytes`: what the answers may take; 0 keeps none.
    pub fn new(bytes: u64) -> Self {
        let usual = usize::try_from(bytes / USUAL_BYTES).unwrap_or(usize::MAX);
        Self(Cache::with(usual, bytes, Weigh, RandomState::new(), DefaultLifecycle::default()))
    }

    /// How many there are, and the bytes that they weigh.
    pub fn size(&self) -> (u64, u64) {
        (self.0.len() as u64, self.0.weight())
    }

    pub fn get(&self, query: &SearchQuery) -> Option<SearchHits> {
        self.0.get(&Asked::of(query)).map(|hits| hits.as_ref().clone())
    }

    pub fn keep(&self, query: &SearchQuery, hits: &SearchHits) {
        self.0.insert(Asked::of(query), Arc::new(hits.clone()));
    }
}
