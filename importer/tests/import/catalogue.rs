//! A catalogue in memory that keeps the port's promises, and can fail at any call.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard},
};

use async_trait::async_trait;
use matinee_domain::{ExternalId, MovieId, title::match_key};
use matinee_services::ports::{
    CatalogueWriter, ImportKey, ImportProgress, ImportedMovie, ImportedRating, MovieFacts, Placement, RepositoryError,
    RepositoryResult,
};

/// What the catalogue holds, in an order that makes two of them comparable.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Held {
    /// By the first external id.
    pub movies: BTreeMap<String, ImportedMovie>,
    /// By dataset, rater and film.
    pub ratings: BTreeMap<(String, String, String), (u8, i64)>,
    pub links: BTreeMap<String, Vec<String>>,
    pub facts: BTreeMap<String, Known>,
    /// Described films by their first external id, or their title where they have none.
    pub described: BTreeMap<String, MovieFacts>,
    pub statistics_of: usize,
}

/// Directors, running time, plot.
pub type Known = (Vec<String>, Option<u16>, Option<String>);

#[derive(Default)]
pub struct MemoryCatalogue {
    held: Mutex<Held>,
    progress: Mutex<BTreeMap<(String, String), ImportProgress>>,
    calls: Mutex<Vec<(String, usize)>>,
    /// Writing calls that succeed before one fails; none fails without it.
    budget: Mutex<Option<usize>>,
}

impl MemoryCatalogue {
    pub fn held(&self) -> Held {
        self.held.lock().unwrap().clone()
    }

    /// Sizes of all batches written, by part.
    pub fn calls(&self) -> Vec<(String, usize)> {
        self.calls.lock().unwrap().clone()
    }

    /// Lets the next `calls` writing calls succeed and the one after them fail; None lets all succeed.
    pub fn fail_after(&self, calls: Option<usize>) {
        *self.budget.lock().unwrap() = calls;
    }

    fn begin(&self, key: &ImportKey, items: usize) -> RepositoryResult<MutexGuard<'_, Held>> {
        if let Some(left) = self.budget.lock().unwrap().as_mut() {
            *left = left.checked_sub(1).ok_or_else(|| RepositoryError::Database("the disk is full".into()))?;
        }
        self.calls.lock().unwrap().push((key.part.clone(), items));
        Ok(self.held.lock().unwrap())
    }

    fn commit(&self, key: &ImportKey, progress: ImportProgress) {
        self.progress.lock().unwrap().insert((key.part.clone(), key.fingerprint.clone()), progress);
    }
}

pub fn name(id: &ExternalId) -> String {
    format!("{}:{}", id.source.as_str(), id.id)
}

#[async_trait]
impl CatalogueWriter for MemoryCatalogue {
    async fn get_progress(&self, key: &ImportKey) -> RepositoryResult<ImportProgress> {
        let progress = self.progress.lock().unwrap();
        Ok(progress.get(&(key.part.clone(), key.fingerprint.clone())).copied().unwrap_or_default())
    }

    async fn put_movies(
        &self,
        key: &ImportKey,
        movies: Vec<ImportedMovie>,
        progress: ImportProgress,
    ) -> RepositoryResult<()> {
        let mut held = self.begin(key, movies.len())?;
        for movie in movies {
            held.movies.insert(name(&movie.external_ids[0]), movie);
        }
        self.commit(key, progress);
        Ok(())
    }

    async fn put_ratings(
        &self,
        key: &ImportKey,
        ratings: Vec<ImportedRating>,
        progress: ImportProgress,
    ) -> RepositoryResult<Vec<usize>> {
        let mut held = self.begin(key, ratings.len())?;
        let mut unknown = Vec::new();
        for (at, rating) in ratings.into_iter().enumerate() {
            let movie = format!("{}:{}", rating.movie.0.as_str(), rating.movie.1);
            if held.movies.contains_key(&movie) {
                let row = (rating.dataset.to_owned(), rating.rater, movie);
                held.ratings.insert(row, (rating.stars.half_stars(), rating.at.timestamp()));
            } else {
                unknown.push(at);
            }
        }
        self.commit(key, progress);
        Ok(unknown)
    }

    async fn put_facts(
        &self,
        key: &ImportKey,
        facts: Vec<MovieFacts>,
        progress: ImportProgress,
    ) -> RepositoryResult<Vec<bool>> {
        let mut held = self.begin(key, facts.len())?;
        let mut matched = Vec::new();
        for fact in facts {
            let of = |movie: &ImportedMovie| {
                let titles: BTreeSet<String> =
                    movie.alternative_titles.iter().chain([&movie.title]).map(|title| match_key(title)).collect();
                let years = movie.year.zip(fact.year).map(|(a, b)| a.get().abs_diff(b.get()));
                titles.contains(&match_key(&fact.title)) && years.is_none_or(|apart| apart <= 1)
            };
            let found: Vec<String> =
                held.movies.iter().filter(|(_, movie)| of(movie)).map(|(id, _)| id.clone()).collect();
            matched.push(found.len() == 1);
            if let [id] = found.as_slice() {
                let row = held.facts.entry(id.clone()).or_default();
                if row.0.is_empty() {
                    row.0 = fact.directors;
                }
                row.1 = row.1.or(fact.runtime_min);
                row.2 = row.2.take().or(fact.plot);
            }
        }
        self.commit(key, progress);
        Ok(matched)
    }

    /// Films of the title `Twin` are ambiguous, those that `movies` holds by title known, the others new.
    async fn put_described(
        &self,
        key: &ImportKey,
        films: Vec<MovieFacts>,
        progress: ImportProgress,
    ) -> RepositoryResult<Vec<Placement>> {
        let id: MovieId = "00000000-0000-0000-0000-000000000007".parse().unwrap();
        let mut held = self.begin(key, films.len())?;
        let mut placements = Vec::new();
        for film in films {
            let is_known = held.movies.values().any(|movie| match_key(&movie.title) == match_key(&film.title));
            let name = film.external_ids.first().map_or_else(|| film.title.clone(), name);
            let placement = match &film {
                film if film.title == "Twin" => Placement::Ambiguous(vec![id, id]),
                _ if is_known => Placement::Known(id),
                film if film.external_ids.is_empty() => Placement::Unnamed,
                _ => Placement::New(id),
            };
            if matches!(placement, Placement::Known(_) | Placement::New(_)) {
                held.described.insert(name, film);
            }
            placements.push(placement);
        }
        self.commit(key, progress);
        Ok(placements)
    }

    async fn put_external_ids(
        &self,
        key: &ImportKey,
        ids: Vec<(ExternalId, Vec<ExternalId>)>,
        progress: ImportProgress,
    ) -> RepositoryResult<()> {
        let mut held = self.begin(key, ids.len())?;
        for (movie, others) in ids {
            held.links.insert(name(&movie), others.iter().map(name).collect());
        }
        self.commit(key, progress);
        Ok(())
    }

    async fn refresh_statistics(&self) -> RepositoryResult<()> {
        let key = ImportKey { part: "statistics".to_owned(), fingerprint: String::new() };
        let mut held = self.begin(&key, 0)?;
        held.statistics_of = held.ratings.len();
        Ok(())
    }
}
