//! Drawings that the server made already: a home page has over a hundred posters, mostly of the same films for everybody.

use std::sync::{Arc, LazyLock};

use quick_cache::{Weighter, sync::Cache};

use super::{PosterFilm, canvas, look::Look};

/// All drawings that are kept, in bytes: those of some ten thousand films.
const MAX_BYTES: u64 = 16 << 20;
/// What a drawing takes beside its text, about.
const OVERHEAD_BYTES: usize = 200;
/// What one takes, about.
const USUAL_BYTES: u64 = 1_500;

type Key = (PosterFilm, Look);

#[derive(Clone)]
struct Weigh;

impl Weighter<Key, Arc<str>> for Weigh {
    fn weight(&self, (film, _): &Key, drawing: &Arc<str>) -> u64 {
        (film.title.len() + drawing.len() + OVERHEAD_BYTES) as u64
    }
}

static DRAWINGS: LazyLock<Cache<Key, Arc<str>, Weigh>> =
    LazyLock::new(|| Cache::with_weighter((MAX_BYTES / USUAL_BYTES) as usize, MAX_BYTES, Weigh));

/// A film's poster in this look. What a drawing is made of is its key, so that none is ever stale.
pub fn drawn(film: PosterFilm, look: Look) -> Arc<str> {
    let key = (film, look);
    DRAWINGS.get(&key).unwrap_or_else(|| {
        let drawing: Arc<str> = canvas::inline(&key.0, look).into();
        DRAWINGS.insert(key, Arc::clone(&drawing));
        drawing
    })
}
