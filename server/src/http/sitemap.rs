//! `/robots.txt` and the sitemap, in pieces that hold for millions of films.

use std::fmt::Write as _;

use axum::{
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use matinee_app::shell::PublicOrigin;
use matinee_domain::{MovieId, movie::movie_path};
use matinee_services::{ServiceError, Services};

use super::problem::Problem;

/// Films in one piece; the protocol allows 50,000 addresses.
const PIECE: u32 = 10_000;

/// What crawlers may read: films and lists, not people's own pages.
pub async fn robots(State(PublicOrigin(origin)): State<PublicOrigin>) -> String {
    format!(
        "User-agent: *\nDisallow: /account\nDisallow: /admin\nDisallow: /edit\nDisallow: /ratings\nDisallow: /api/\nDisallow: /search\nSitemap: {origin}/sitemap.xml\n"
    )
}

/// The index: one piece for every [`PIECE`] films, named by the film before its first.
///
/// # Errors
/// When the database does not answer.
pub async fn index(
    State(services): State<Services>,
    State(PublicOrigin(origin)): State<PublicOrigin>,
) -> Result<Response, Problem> {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    let mut after: Option<MovieId> = None;
    loop {
        let name = after.map_or_else(|| "first".to_owned(), |id| id.to_string());
        let _ = writeln!(xml, "<sitemap><loc>{origin}/sitemap/{name}</loc></sitemap>");
        let piece = services.movies.list_for_sitemap(after, PIECE).await.map_err(ServiceError::from)?;
        match piece.last() {
            Some(last) if piece.len() == PIECE as usize => after = Some(last.id),
            _ => break,
        }
    }
    xml.push_str("</sitemapindex>\n");
    Ok(respond(xml))
}

/// One piece: the films after the one named, or the first ones.
///
/// # Errors
/// 404 for a name that is no film id; when the database does not answer.
pub async fn piece(
    State(services): State<Services>,
    State(PublicOrigin(origin)): State<PublicOrigin>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let after = match name.as_str() {
        "first" => None,
        id => Some(id.parse().map_err(|_| Problem::not_found(format!("there is no sitemap {id}; see /sitemap.xml")))?),
    };
    let films = services.movies.list_for_sitemap(after, PIECE).await.map_err(ServiceError::from)?;
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    if after.is_none() {
        let _ = writeln!(xml, "<url><loc>{origin}/</loc></url>");
    }
    for film in films {
        let path = movie_path(film.id, &film.title, film.year);
        let _ =
            writeln!(xml, "<url><loc>{origin}{path}</loc><lastmod>{}</lastmod></url>", film.updated_at.to_rfc3339());
    }
    xml.push_str("</urlset>\n");
    Ok(respond(xml))
}

fn respond(xml: String) -> Response {
    ([(header::CONTENT_TYPE, "application/xml; charset=utf-8")], xml).into_response()
}
