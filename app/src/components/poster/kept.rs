//! Drawings that the server made already: a home page has over a hundred posters, mostly of the same films for everybody.

use std::sync::{Arc, LazyLock};

use moka::sync::Cache;

use super::{PosterFilm, canvas, look::Look};

/// All drawings that are kept, in bytes: those of some ten thousand films.
const MAX_BYTES: u64 = 16 << 20;
/// What a drawing takes beside its text, about.
const OVERHEAD_BYTES: usize = 200;

type Drawings = Cache<(PosterFilm, Look), Arc<str>>;

static DRAWINGS: LazyLock<Drawings> = LazyLock::new(|| {
    let weigh = |(film, _): &(PosterFilm, Look), drawing: &Arc<str>| {
        u32::try_from(film.title.len() + drawing.len() + OVERHEAD_BYTES).unwrap_or(u32::MAX)
    };
    Cache::builder().max_capacity(MAX_BYTES).weigher(weigh).build()
});

/// A film's poster in this look. What a drawing is made of is its key, so that none is ever stale.
pub fn drawn(film: PosterFilm, look: Look) -> Arc<str> {
    let key = (film, look);
    DRAWINGS.get(&key).unwrap_or_else(|| {
        let drawing: Arc<str> = canvas::inline(&key.0, look).into();
        DRAWINGS.insert(key, Arc::clone(&drawing));
        drawing
    })
}
