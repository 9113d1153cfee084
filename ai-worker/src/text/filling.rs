//! Embedding the catalogue's films, behind everything else: whatever has a plot and is not embedded as it is now.
//!
//! The first pass goes through all films; a text is known by its hash, so that only new and changed ones are computed, and what
//! a stop interrupts goes on where it was. From then on the journal says what changed. A few texts at a time are put into the queue, and
//! the next only after a rest, so that at most a share of one core is used.

use std::{
    collections::HashSet,
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use matinee_domain::{ChangeSetId, MovieId};
use matinee_services::ports::{
    Clock, FilmChanges, HistoryRepository, IndexedMovie, MovieRepository, RecommenderError, RepositoryError,
};
use sha2::{Digest, Sha256};
use thiserror::Error;
use uuid::Uuid;

use super::{
    TextEngine, TextError,
    films::{Row, TextHash},
    inference::LoadedModel,
    kept::Change,
};

/// Films asked of the catalogue at once.
const PAGE: u32 = 500;
/// Texts in the queue at once: a description that comes meanwhile waits for so many.
const AT_ONCE: usize = 2;
/// Films written down at once.
const WRITTEN_AT_ONCE: usize = 64;
/// People of a film that its text names.
const PEOPLE: usize = 12;
/// How far back each look into the journal goes: change sets become visible in the order of their commits, not of their ids.
const OVERLAP: TimeDelta = TimeDelta::seconds(15);
const BETWEEN_REPORTS: Duration = Duration::from_secs(30);

/// How films are embedded.
#[derive(Clone, Copy, Debug)]
pub struct Filling {
    /// How often the journal is asked for changes.
    pub interval: Duration,
    /// The share of a core that may be used, 1–100.
    pub share_percent: u32,
}

impl Default for Filling {
    fn default() -> Self {
        Self { interval: Duration::from_secs(5), share_percent: 50 }
    }
}

/// Why films could not be embedded for the moment.
#[derive(Debug, Error)]
pub enum FillError {
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    #[error(transparent)]
    Text(#[from] TextError),
    #[error(transparent)]
    Embedding(#[from] RecommenderError),
    #[error("a task ended early: {0}")]
    Task(#[from] tokio::task::JoinError),
}

/// Embeds the films of a catalogue.
pub struct Filler {
    pub engine: Arc<TextEngine>,
    pub movies: Arc<dyn MovieRepository>,
    pub history: Arc<dyn HistoryRepository>,
    pub clock: Arc<dyn Clock>,
    pub options: Filling,
}

/// What has been taken in of the journal.
#[derive(Default)]
struct Taken {
    films: HashSet<(ChangeSetId, MovieId)>,
    import_entries: Option<u64>,
    is_importing: bool,
    /// The language model by which all films have been looked through.
    passed: Option<String>,
}

/// How far a pass has come.
struct Pass {
    started: Instant,
    reported: Instant,
    embedded: usize,
}

/// What a film is embedded by: title, year, genres, plot and people. `None` for one whose plot is not known.
pub fn film_text(movie: &IndexedMovie) -> Option<String> {
    let plot = movie.plot.as_deref().map(str::trim).filter(|plot| !plot.is_empty())?;
    let year = movie.year.map(|year| format!(" ({})", year.get())).unwrap_or_default();
    let genres = movie.genres.join(", ");
    let people = movie.people.iter().take(PEOPLE).map(String::as_str).collect::<Vec<_>>().join(", ");
    Some(format!("{}{year}. {genres}. {plot} {people}", movie.title))
}

fn hash_of(text: &str) -> TextHash {
    let digest = Sha256::digest(text);
    std::array::from_fn(|at| digest[at])
}

impl Filler {
    /// Embeds what there is, then what changes, for as long as it is polled.
    pub async fn keep_filling(self) {
        let mut taken = Taken::default();
        let mut is_failing = false;
        loop {
            match self.look(&mut taken).await {
                Ok(()) => is_failing = false,
                // Once, not every few seconds for as long as the database is away.
                Err(error) if !is_failing => {
                    is_failing = true;
                    tracing::warn!(error = &error as &dyn std::error::Error, "films can't be embedded for the moment");
                }
                Err(_) => {}
            }
            tokio::time::sleep(self.options.interval).await;
        }
    }

    /// Looks through all films once; returns how many were embedded.
    ///
    /// # Errors
    /// When the catalogue does not answer, or the language model can't be run.
    pub async fn fill(&self) -> Result<usize, FillError> {
        let Some(model) = self.engine.shared.current() else { return Err(RecommenderError::NoTextModel.into()) };
        self.pass(&model).await
    }

    async fn look(&self, taken: &mut Taken) -> Result<(), FillError> {
        let Some(model) = self.engine.shared.current() else { return Ok(()) };
        if !model.kept.lock().unwrap_or_else(PoisonError::into_inner).is_writer() {
            return Ok(());
        }
        let since = self.clock.now() - OVERLAP;
        let FilmChanges { films, are_many, import_entries } = self.history.list_film_changes(since).await?;
        let imported = taken.import_entries.replace(import_entries).unwrap_or(import_entries) != import_entries;
        let new: Vec<MovieId> =
            films.iter().filter(|change| !taken.films.contains(change)).map(|(_, film)| *film).collect();
        let is_passed = taken.passed.as_deref() == Some(model.manifest.graph.sha256.as_str());
        if imported {
            taken.is_importing = true;
        } else if !is_passed || taken.is_importing || are_many && !new.is_empty() {
            self.pass(&model).await?;
            taken.passed = Some(model.manifest.graph.sha256.clone());
            taken.is_importing = false;
        } else {
            self.follow(&model, &new).await?;
        }
        taken.films = films.into_iter().collect();
        Ok(())
    }

    async fn pass(&self, model: &Arc<LoadedModel>) -> Result<usize, FillError> {
        let started = Instant::now();
        let mut pass = Pass { started, reported: started, embedded: 0 };
        let mut there: HashSet<MovieId> = HashSet::new();
        let (mut after, mut looked_at) = (None, 0_u64);
        let films = self.movies.count().await?;
        loop {
            let page = self.movies.list_for_index(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            looked_at += page.len() as u64;
            there.extend(page.iter().filter(|movie| film_text(movie).is_some()).map(|movie| movie.id));
            self.embed(model, page, &mut pass).await?;
            pass.report(looked_at, films);
        }
        let rows = model.films.read().unwrap_or_else(PoisonError::into_inner).ids().to_vec();
        let gone = rows.into_iter().filter(|movie| !there.contains(movie)).map(Change::Remove).collect();
        write(model, gone).await?;
        if pass.embedded > 0 {
            let seconds = started.elapsed().as_secs();
            tracing::info!(films = there.len(), embedded = pass.embedded, seconds, "films can be described");
        }
        Ok(pass.embedded)
    }

    async fn follow(&self, model: &Arc<LoadedModel>, films: &[MovieId]) -> Result<(), FillError> {
        let started = Instant::now();
        let mut pass = Pass { started, reported: started, embedded: 0 };
        for &film in films.iter().collect::<HashSet<_>>() {
            // The first film after the one before it, if that is the one.
            let before = film.0.as_u128().checked_sub(1).map(|before| MovieId(Uuid::from_u128(before)));
            let found = self.movies.list_for_index(before, 1).await?;
            match found.into_iter().find(|found| found.id == film && film_text(found).is_some()) {
                Some(found) => self.embed(model, vec![found], &mut pass).await?,
                None => write(model, vec![Change::Remove(film)]).await?,
            }
        }
        Ok(())
    }

    /// Embeds those of the films whose text is new.
    async fn embed(
        &self,
        model: &Arc<LoadedModel>,
        movies: Vec<IndexedMovie>,
        pass: &mut Pass,
    ) -> Result<(), FillError> {
        let texts = movies.iter().filter_map(|movie| Some((movie.id, film_text(movie)?)));
        let mut new: Vec<(MovieId, TextHash, String)> = {
            let films = model.films.read().unwrap_or_else(PoisonError::into_inner);
            let hashed = texts.map(|(movie, text)| (movie, hash_of(&text), text));
            hashed.filter(|(movie, hash, _)| films.hash(*movie) != Some(*hash)).collect()
        };
        // Texts of like length together, so that little is filled up.
        new.sort_by_key(|(_, _, text)| text.len());
        let mut changes = Vec::new();
        for few in new.chunks(AT_ONCE) {
            let started = Instant::now();
            let texts = few.iter().map(|(_, _, text)| text.clone()).collect();
            let embedded = match self.engine.embed_in_background(texts).await {
                // Descriptions come first.
                Err(RecommenderError::Overloaded { retry_after_ms }) => {
                    tokio::time::sleep(Duration::from_millis(retry_after_ms)).await;
                    continue;
                }
                embedded => embedded?,
            };
            let rows = few.iter().zip(&embedded.embeddings);
            changes.extend(rows.map(|((movie, hash, _), embedding)| Change::Put(*movie, *hash, Row::of(embedding))));
            pass.embedded += few.len();
            if changes.len() >= WRITTEN_AT_ONCE {
                write(model, std::mem::take(&mut changes)).await?;
            }
            let share = self.options.share_percent.clamp(1, 100);
            tokio::time::sleep(started.elapsed() * (100 - share) / share).await;
        }
        write(model, changes).await
    }
}

impl Pass {
    fn report(&mut self, looked_at: u64, films: u64) {
        if self.embedded == 0 || self.reported.elapsed() < BETWEEN_REPORTS {
            return;
        }
        self.reported = Instant::now();
        let seconds = self.started.elapsed().as_secs();
        let seconds_left = films.saturating_sub(looked_at) * seconds / looked_at.max(1);
        tracing::info!(looked_at, films, embedded = self.embedded, seconds_left, "embedding films");
    }
}

async fn write(model: &Arc<LoadedModel>, changes: Vec<Change>) -> Result<(), FillError> {
    if changes.is_empty() {
        return Ok(());
    }
    let model = Arc::clone(model);
    let written = tokio::task::spawn_blocking(move || {
        let mut kept = model.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.write(changes, &model.films)
    });
    Ok(written.await??)
}

#[cfg(test)]
mod tests {
    use matinee_domain::Year;

    use super::*;

    #[test]
    fn a_film_is_embedded_by_what_is_known_of_it_and_not_without_a_plot() {
        let mut film = IndexedMovie {
            id: MovieId(Uuid::nil()),
            title: "Groundhog Day".to_owned(),
            alternative_titles: Vec::new(),
            people: vec!["Bill Murray".to_owned(), "Andie MacDowell".to_owned()],
            genres: vec!["Comedy".to_owned(), "Romance".to_owned()],
            plot: Some(" A man relives the same day. ".to_owned()),
            year: Year::new(1993).ok(),
            rating_count: 0,
            votes_elsewhere: 0,
            rating_mean: 0.0,
        };
        let text = "Groundhog Day (1993). Comedy, Romance. A man relives the same day. Bill Murray, Andie MacDowell";
        assert_eq!(film_text(&film).as_deref(), Some(text));
        film.plot = Some(" ".to_owned());
        assert_eq!(film_text(&film), None);
    }
}
