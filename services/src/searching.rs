//! Searching the catalogue.

use matinee_domain::{SearchQuery, search::SearchPage};

use crate::{Result, Services, ports::SearchHits};

impl Services {
    /// Searches films. Text that is too long is cut; limit and offset are brought into their range.
    ///
    /// # Errors
    /// When the index or the database does not answer.
    pub async fn search(&self, query: &SearchQuery) -> Result<SearchPage> {
        Ok(self.search_with_hits(query).await?.1)
    }

    pub(crate) async fn search_with_hits(&self, query: &SearchQuery) -> Result<(SearchHits, SearchPage)> {
        let query = SearchQuery {
            text: query.text.chars().take(SearchQuery::MAX_CHARS).collect(),
            filter: query.filter.clone(),
            offset: query.offset.min(SearchQuery::MAX_OFFSET),
            limit: query.limit.clamp(1, SearchQuery::MAX_LIMIT),
        };
        let hits = self.search.search(&query).await?;
        let movies = self.movies.list_cards(&hits.movies).await?;
        let page = SearchPage { movies, total: hits.total, genres: hits.genres.clone() };
        Ok((hits, page))
    }
}
