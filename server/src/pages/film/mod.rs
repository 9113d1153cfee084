//! Films' data, for editors.

pub mod edit;
pub mod history;

use axum::{
    http::{HeaderMap, header},
    response::Redirect,
};
use matinee_domain::MovieId;
use matinee_services::access::EditFilms;

use super::{Refusal, access::May};

/// `/edit/here`: from a film's page to its form. The link is the same on every film's page, since the app changes pages
/// without asking the server; where it was pressed stands in `Referer`.
pub async fn here(_: May<EditFilms>, headers: HeaderMap) -> Result<Redirect, Refusal> {
    let referer = headers.get(header::REFERER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match film_in(referer) {
        Some(movie) => Ok(Redirect::to(&format!("/edit/{movie}"))),
        None => Err(Refusal::not_found()),
    }
}

/// The film of a page's address: `https://films.example.org/film/{id}/{slug}`.
fn film_in(address: &str) -> Option<MovieId> {
    let address: http::Uri = address.parse().ok()?;
    address.path().strip_prefix("/film/")?.split('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_films_page_says_which_film_it_is() {
        let id = "0193a2b4-0000-7000-8000-000000000001";
        let film = film_in(&format!("https://films.example.org/film/{id}/alien-1979?from=row"));
        assert_eq!(film.map(|movie| movie.to_string()).as_deref(), Some(id));
        assert_eq!(film_in("https://films.example.org/search"), None);
        assert_eq!(film_in("nonsense"), None);
    }
}
