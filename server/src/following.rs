//! Following the journal: what somebody else changes (a command, another instance) is dropped from this instance's cache
//! and taken into its search index.
//!
//! It asks for the last seconds again each time, for change sets become visible in the order of their commits, not of
//! their ids; taking a film in twice is harmless. When much has changed, the index is built anew beside serving.

use std::{collections::HashSet, sync::Arc, time::Duration};

use chrono::TimeDelta;
use matinee_domain::{ChangeSetId, MovieId, Timestamp};
use matinee_search::TantivyIndex;
use matinee_services::ports::{Clock, FilmChanges, HistoryRepository, MovieRepository, SearchIndex};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::cache::CachedMovies;

/// How far back each look goes.
const OVERLAP: TimeDelta = TimeDelta::seconds(15);

/// What is followed, and what follows.
pub struct Follower {
    pub history: Arc<dyn HistoryRepository>,
    /// Not through the cache.
    pub movies: Arc<dyn MovieRepository>,
    pub cache: Arc<CachedMovies>,
    pub index: Arc<TantivyIndex>,
    pub clock: Arc<dyn Clock>,
    pub interval: Duration,
}

/// What has been taken in.
#[derive(Default)]
struct Taken {
    films: HashSet<(ChangeSetId, MovieId)>,
    import_entries: Option<u64>,
    /// An import has gone on since the index was built.
    is_importing: bool,
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
            }
        })
    }

    async fn follow(&self, taken: &mut Taken) -> anyhow::Result<()> {
        let since: Timestamp = self.clock.now() - OVERLAP;
        let FilmChanges { films, are_many, import_entries } = self.history.list_film_changes(since).await?;
        let imported = taken.import_entries.replace(import_entries).unwrap_or(import_entries) != import_entries;
        let new: Vec<MovieId> =
            films.iter().filter(|change| !taken.films.contains(change)).map(|(_, film)| *film).collect();
        if imported {
            taken.is_importing = true;
            self.cache.forget_all();
        } else if taken.is_importing || (are_many && !new.is_empty()) {
            self.cache.forget_all();
            let films = self.index.rebuild(self.movies.as_ref(), |_| ()).await?;
            tracing::info!(films, "the search index follows what was imported or taken back");
            taken.is_importing = false;
        } else {
            self.take_in(&new).await?;
        }
        taken.films = films.into_iter().collect();
        Ok(())
    }

    async fn take_in(&self, films: &[MovieId]) -> anyhow::Result<()> {
        if films.is_empty() {
            return Ok(());
        }
        let (mut there, mut gone) = (Vec::new(), Vec::new());
        for &film in films.iter().collect::<HashSet<_>>() {
            self.cache.forget(film).await;
            // The first film after the one before it, if that is the one.
            let before = film.0.as_u128().checked_sub(1).map(|before| MovieId(Uuid::from_u128(before)));
            let found = self.movies.list_for_index(before, 1).await?;
            match found.into_iter().find(|found| found.id == film) {
                Some(found) => there.push(found),
                None => gone.push(film),
            }
        }
        self.cache.forget_rows();
        self.index.remove(&gone).await?;
        self.index.put(there).await?;
        Ok(())
    }
}
