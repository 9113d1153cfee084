//! The index from outside, through its port.
#![allow(clippy::unwrap_used, clippy::unimplemented, clippy::cast_possible_truncation, reason = "tests")]

mod common;
mod films;
mod finding;
mod keeping;
mod paging;
mod stories;

use std::collections::HashMap;

use films::films;
use matinee_domain::{MovieId, SearchFilter, SearchQuery, Year};
use matinee_search::{SearchOptions, TantivyIndex};
use matinee_services::ports::{SearchHits, SearchIndex};

/// An index of the fixture's films that answers with titles.
struct Cinema {
    index: TantivyIndex,
    titles: HashMap<MovieId, String>,
}

impl Cinema {
    async fn open() -> Self {
        let index = TantivyIndex::in_memory(SearchOptions::default()).unwrap();
        // Several segments, as after some time of changes.
        for part in films().chunks(25) {
            index.put(part.to_vec()).await.unwrap();
        }
        let title = |film: &matinee_services::ports::IndexedMovie| {
            let year = film.year.map_or(0, Year::get);
            (film.id, format!("{} ({year})", film.title))
        };
        Self { index, titles: films().iter().map(title).collect() }
    }

    async fn hits(&self, text: &str, filter: SearchFilter) -> SearchHits {
        let query = SearchQuery { text: text.to_owned(), filter, offset: 0, limit: 100 };
        self.index.search(&query).await.unwrap()
    }

    async fn titles(&self, text: &str) -> Vec<String> {
        self.named(&self.hits(text, SearchFilter::default()).await)
    }

    fn named(&self, hits: &SearchHits) -> Vec<String> {
        hits.movies.iter().map(|id| self.titles[id].clone()).collect()
    }
}
