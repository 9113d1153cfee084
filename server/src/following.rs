//! Following the journal: what somebody else changes (a command, another instance) is dropped from this instance's cache
//! and taken into its search index.
//!
//! It asks for the last seconds again each time, for change sets become visible in the order of their commits, not of
//! their ids; taking a film in twice is harmless. After a time without an answer it asks for all of that time. When much has
//! changed, the index is built anew beside serving. Ratings change what films' pages show, not the index.

use std::{collections::HashSet, sync::Arc, time::Duration};

use chrono::TimeDelta;
use matinee_domain::{ChangeSetId, MovieId, Timestamp};
use matinee_search::TantivyIndex;
use matinee_services::ports::{Clock, FilmChanges, HistoryRepository, MovieRepository, RatedFilms, SearchIndex};
use matinee_store::Store;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::cache::{CachedMovies, CachedSessions, tally};

/// How far back each look goes.
const OVERLAP: TimeDelta = TimeDelta::seconds(15);
/// The same for ratings, which are committed at once and of which there are many.
const RATINGS_OVERLAP: TimeDelta = TimeDelta::seconds(5);

/// What is followed, and what follows.
pub struct Follower {
    /// Not through the cache.
    pub store: Store,
    pub cache: Arc<CachedMovies>,
    /// Measured with the cache.
    pub sessions: Arc<CachedSessions>,
    pub index: Arc<TantivyIndex>,
    pub clock: Arc<dyn Clock>,
    pub interval: Duration,
}

/// What has been taken in.
#[derive(Default)]
struct Taken {
    films: HashSet<(ChangeSetId, MovieId)>,
    rated: HashSet<(ChangeSetId, MovieId)>,
    import_entries: Option<u64>,
    /// An import has gone on since the index was built.
    is_importing: bool,
    /// When the last look that was answered began.
    looked_at: Option<Timestamp>,
}

impl Follower {
    /// Follows from now on, in a task of its own, until that is aborted.
    pub fn start(self) -> JoinHandle<()> {
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(self.interval);
            ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            let mut taken = Taken::default();
            let mut is_failing = false;
            loop {
                ticks.tick().await;
                match self.follow(&mut taken).await {
                    Ok(()) => is_failing = false,
                    // Once, not every second for as long as the database is away.
                    Err(error) if !is_failing => {
                        is_failing = true;
                        tracing::warn!(error = %format!("{error:#}"), "the journal can't be followed for the moment");
                    }
                    Err(_) => {}
                }
                self.measure();
            }
        })
    }

    async fn follow(&self, taken: &mut Taken) -> anyhow::Result<()> {
        let now = self.clock.now();
        // What was missed while nobody answered is asked for, too.
        let looked_at = taken.looked_at.unwrap_or(now).min(now);
        self.follow_ratings(taken, looked_at - RATINGS_OVERLAP).await?;
        let changes = self.store.list_film_changes(looked_at - OVERLAP).await?;
        let FilmChanges { films, are_many, import_entries } = changes;
        let imported = taken.import_entries.replace(import_entries).unwrap_or(import_entries) != import_entries;
        let new: Vec<MovieId> =
            films.iter().filter(|change| !taken.films.contains(change)).map(|(_, film)| *film).collect();
        self.store.note_changed_elsewhere(new.iter().copied());
        if imported {
            taken.is_importing = true;
            self.cache.forget_all();
        } else if taken.is_importing || (are_many && !new.is_empty()) {
            self.cache.forget_all();
            let films = self.index.rebuild(&self.store, |_| ()).await?;
            tracing::info!(films, "the search index follows what was imported or taken back");
            taken.is_importing = false;
        } else {
            self.take_in(&new).await?;
        }
        taken.films = films.into_iter().collect();
        taken.looked_at = Some(now);
        Ok(())
    }

    /// Films that others rated: what is kept of them tells of fewer ratings than there are.
    async fn follow_ratings(&self, taken: &mut Taken, since: Timestamp) -> anyhow::Result<()> {
        let RatedFilms { films, are_many } = self.store.list_rated_films(since).await?;
        let new: HashSet<MovieId> =
            films.iter().filter(|change| !taken.rated.contains(change)).map(|(_, film)| *film).collect();
        self.store.note_changed_elsewhere(new.iter().copied());
        if are_many && !new.is_empty() {
            self.cache.forget_films();
        } else {
            for film in new {
                self.cache.forget(film);
            }
        }
        taken.rated = films.into_iter().collect();
        Ok(())
    }

    async fn take_in(&self, films: &[MovieId]) -> anyhow::Result<()> {
        if films.is_empty() {
            return Ok(());
        }
        let (mut there, mut gone) = (Vec::new(), Vec::new());
        let films: HashSet<_> = films.iter().copied().collect();
        // First what is quick: pages are right at once, the search a moment later.
        for &film in &films {
            self.cache.forget(film);
        }
        self.cache.forget_rows();
        for film in films {
            // The first film after the one before it, if that is the one.
            let before = film.0.as_u128().checked_sub(1).map(|before| MovieId(Uuid::from_u128(before)));
            let found = MovieRepository::list_for_index(&self.store, before, 1).await?;
            match found.into_iter().find(|found| found.id == film) {
                Some(found) => there.push(found),
                None => gone.push(film),
            }
        }
        self.index.remove(&gone).await?;
        self.index.put(there).await?;
        Ok(())
    }

    /// How much is kept, and how often it was of use.
    fn measure(&self) {
        self.cache.measure();
        self.sessions.measure();
        let kept = self.index.kept();
        tally::counted("search", kept.hits, kept.misses);
        tally::holds("search", kept.answers, kept.bytes);
    }
}
