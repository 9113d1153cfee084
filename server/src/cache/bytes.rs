//! What kept values weigh, about: their own size and what they point to.

use matinee_domain::{Movie, MovieCard, MovieId, search::GenreCount};
use matinee_services::ports::{ScoredMovie, StoredSession};

/// What the cache and the allocator need for each entry beside key and value.
pub const ENTRY_BYTES: usize = 128;

fn texts<'a>(texts: impl IntoIterator<Item = &'a String>) -> usize {
    texts.into_iter().map(|text| size_of::<String>() + text.len()).sum()
}

/// A card in a row.
pub fn card(card: &MovieCard) -> usize {
    size_of::<MovieCard>() + card.title.len() + texts(&card.genres)
}

/// Everything on a film's page.
pub fn movie(movie: &Movie) -> usize {
    let credits = movie.credits.iter().map(|credit| size_of_val(credit) + credit.name.len()).sum::<usize>();
    let ids = movie.external_ids.iter().map(|id| size_of_val(id) + id.id.len()).sum::<usize>();
    size_of::<Movie>() - size_of::<MovieCard>()
        + card(&movie.card)
        + movie.original_title.as_ref().map_or(0, String::len)
        + texts(&movie.alternative_titles)
        + movie.plot.as_ref().map_or(0, String::len)
        + movie.poster.as_ref().map_or(0, |poster| poster.url.len())
        + credits
        + ids
}

/// A row of films.
pub fn row(row: &[MovieId]) -> usize {
    size_of_val(row)
}

pub fn genres(genres: &[GenreCount]) -> usize {
    genres.iter().map(|genre| size_of_val(genre) + genre.genre.len()).sum()
}

/// Recommendations.
pub fn scored(films: &[ScoredMovie]) -> usize {
    films.iter().map(|film| size_of_val(film) + size_of_val(film.terms.as_slice())).sum()
}

/// A browser's session.
pub fn session(session: &StoredSession) -> usize {
    size_of::<StoredSession>() + session.id.len() + session.data.len()
}

/// As caches want it; an entry's own costs are added.
pub fn weight(bytes: usize) -> u32 {
    u32::try_from(bytes + ENTRY_BYTES).unwrap_or(u32::MAX)
}
