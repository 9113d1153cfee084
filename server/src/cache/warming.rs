//! Which films were asked for most: written down now and then, so that the next start of this instance reads them first.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use matinee_domain::MovieId;
use matinee_services::ports::MovieRepository;

use super::CachedMovies;

/// Films that are read at a start.
const MOST: usize = 500;
/// Films that are read together.
const AT_ONCE: usize = 20;
/// What lies between them: whoever asks meanwhile, of this instance or of another beside the same database, waits for one such read
/// at most, and not for all of them.
const PAUSE: Duration = Duration::from_millis(100);
/// Rows of the first page, in the lengths that it asks for: their films are warm, too.
const MOST_RATED: u32 = 200;
/// How often they are written down.
const EVERY: Duration = Duration::from_mins(1);

/// Reads the films that were asked for most when this instance last ran (one that never did: the most rated), then writes
/// them down for the next time, for ever. `folder`: the instance's own.
pub async fn keep_warm(films: CachedMovies, folder: PathBuf) {
    let file = folder.join("most-asked-films");
    warm(&films, read(&file).await).await;
    let mut ticks = tokio::time::interval(EVERY);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        write(&file, &films.kept_films()).await;
    }
}

async fn warm(films: &CachedMovies, mut listed: Vec<MovieId>) {
    if listed.is_empty() {
        let rated = films.list_most_rated(MOST_RATED).await.unwrap_or_default();
        listed = rated.into_iter().map(|card| card.id).collect();
    }
    listed.truncate(MOST);
    for some in listed.chunks(AT_ONCE) {
        // Where the database is slow or away, the films come when somebody asks for them.
        if films.lookup_many(some).await.is_err() {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
    tracing::debug!(films = listed.len(), "films that were asked for most are in memory");
}

async fn read(file: &Path) -> Vec<MovieId> {
    let text = tokio::fs::read_to_string(file).await.unwrap_or_default();
    text.lines().filter_map(|line| line.parse().ok()).map(MovieId).collect()
}

async fn write(file: &Path, films: &[MovieId]) {
    let lines: Vec<_> = films.iter().take(MOST).map(MovieId::to_string).collect();
    let new = file.with_extension("new");
    let written = async {
        tokio::fs::write(&new, lines.join("\n")).await?;
        tokio::fs::rename(&new, file).await
    };
    if let Err(error) = written.await {
        tracing::debug!(%error, file = %file.display(), "the list of films to warm the cache with was not written");
    }
}
