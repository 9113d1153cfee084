//! Searching: the page, and suggestions as one types.

use leptos::prelude::*;
use matinee_domain::{MovieCard, search::SearchPage};

use crate::AppError;

/// Films on one page of hits.
pub const PAGE: u32 = 24;

/// A page of hits.
#[server(prefix = "/api/ui", endpoint = "search", input = server_fn::codec::GetUrl)]
pub async fn find_films(
    /// The search page's address.
    address: String,
) -> Result<SearchPage, AppError> {
    use crate::pages::search::question::Question;

    super::services()?.find(&Question::at(&address).query(PAGE)).await.map_err(super::fail)
}

/// The best few films for what is typed so far.
#[server(prefix = "/api/ui", endpoint = "suggest", input = server_fn::codec::GetUrl)]
pub async fn suggestions(text: String) -> Result<Vec<MovieCard>, AppError> {
    use matinee_domain::{SearchFilter, SearchQuery};

    /// Suggestions under the search box.
    const SUGGESTED: u32 = 6;

    let query = SearchQuery { text, filter: SearchFilter::default(), offset: 0, limit: SUGGESTED };
    Ok(super::services()?.search(&query).await.map_err(super::fail)?.movies)
}
