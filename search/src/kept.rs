//! Answers that were given since the index last changed.
//!
//! Few words are asked for most of the time, and it is the words of many films, which take longest, that are asked for most. Answers
//! belong to one snapshot of the index and go with it, so none is older than what it tells of.

use std::sync::Arc;

use matinee_domain::{SearchFilter, SearchQuery, Year, search::GenreCount};
use matinee_services::ports::SearchHits;
use moka::sync::Cache;

/// Answers by what was asked, bounded in bytes, those that are asked for most.
pub struct KeptAnswers(Cache<Asked, Arc<SearchHits>>);

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

impl KeptAnswers {
    /// `bytes`: what the answers may take; 0 keeps none.
    pub fn new(bytes: u64) -> Self {
        let weigh = |asked: &Asked, hits: &Arc<SearchHits>| {
            let genre = |genre: &GenreCount| size_of::<GenreCount>() + genre.genre.len();
            let hits = size_of::<SearchHits>()
                + size_of_val(hits.movies.as_slice())
                + hits.genres.iter().map(genre).sum::<usize>();
            u32::try_from(asked.bytes() + hits).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().max_capacity(bytes).weigher(weigh).build())
    }

    pub fn get(&self, query: &SearchQuery) -> Option<SearchHits> {
        self.0.get(&Asked::of(query)).map(|hits| hits.as_ref().clone())
    }

    pub fn keep(&self, query: &SearchQuery, hits: &SearchHits) {
        self.0.insert(Asked::of(query), Arc::new(hits.clone()));
    }
}
