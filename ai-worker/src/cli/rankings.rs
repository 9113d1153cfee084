//! A model under evaluation: trained, written, loaded and run like one that serves; and popularity beside it.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use anyhow::Context;
use matinee_domain::{Event, EventKind, MovieId};
use matinee_services::ports::{Clock, RecommendRequest, SystemClock, TrainingRating};

use crate::{
    model::{Manifest, ModelDirectory},
    trainer::{Progress, TrainOptions, fit_and_write},
    worker::{OnnxRuntime, Query, Ranker},
};

/// Films that one ranking holds; who has no relevant one among them gets a full ranking.
const DEPTH: usize = 200;
const BATCH: usize = 32;

/// A person to rank films for.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// What they did, in any order.
    pub given: Vec<TrainingRating>,
    /// What they should be recommended.
    pub relevant: HashSet<MovieId>,
}

/// Films in rank order, as indices.
pub type Ranking = Vec<usize>;

/// A fitted model.
pub struct Rankings {
    pub manifest: Manifest,
    pub items: Vec<MovieId>,
    index: HashMap<MovieId, usize>,
    ranker: Ranker,
    /// Indices, most rated first.
    by_popularity: Vec<usize>,
}

impl Rankings {
    /// Trains on `ratings` and loads what was written.
    pub fn fit(ratings: &[TrainingRating], runtime: &OnnxRuntime, seed: u64) -> anyhow::Result<Self> {
        let place = tempfile::tempdir().context("making a directory for the model")?;
        let options =
            TrainOptions { seed, max_movies: Some(usize::MAX), ..TrainOptions::new(place.path(), SystemClock.now()) };
        fit_and_write(ratings, &options, &|progress| {
            if let Progress::Choosing { fit } = progress {
                tracing::debug!(fit, "choosing settings");
            }
        })?;
        Self::load(place.path(), ratings, runtime)
    }

    fn load(models: &Path, ratings: &[TrainingRating], runtime: &OnnxRuntime) -> anyhow::Result<Self> {
        let model = ModelDirectory::new(models).load_live()?.context("training left no live model")?;
        let ranker = Ranker::new(runtime, &model)?;
        let index: HashMap<MovieId, usize> = model.items.iter().copied().zip(0..).collect();
        let mut counts = vec![0_u32; model.items.len()];
        for rating in ratings {
            if let Some(&item) = index.get(&rating.movie) {
                counts[item] += 1;
            }
        }
        let mut by_popularity: Vec<usize> = (0..counts.len()).collect();
        by_popularity.sort_by_key(|&item| std::cmp::Reverse(counts[item]));
        Ok(Self { manifest: model.manifest, items: model.items, index, ranker, by_popularity })
    }

    /// Unseen films for each person by the model: the first [`DEPTH`], or all where what is relevant is not among those.
    pub fn by_model(&mut self, people: &[Person]) -> anyhow::Result<Vec<Ranking>> {
        let mut rankings = Vec::with_capacity(people.len());
        for batch in people.chunks(BATCH) {
            let queries: Vec<Query> = batch.iter().map(|person| self.query(person, DEPTH)).collect();
            for (person, ranked) in batch.iter().zip(self.ranker.rank(&queries)?) {
                let ranking: Ranking = ranked.into_iter().map(|film| film.item).collect();
                let is_relevant = |item: &usize| person.relevant.contains(&self.items[*item]);
                if person.relevant.is_empty() || ranking.iter().any(is_relevant) {
                    rankings.push(ranking);
                } else {
                    let full = self.ranker.rank(&[self.query(person, self.items.len())])?;
                    rankings.push(full.into_iter().flatten().map(|film| film.item).collect());
                }
            }
        }
        Ok(rankings)
    }

    /// Unseen films for a person, most rated first.
    pub fn by_popularity(&self, person: &Person) -> Ranking {
        let seen: HashSet<usize> = self.seen(person).collect();
        self.by_popularity.iter().copied().filter(|item| !seen.contains(item)).collect()
    }

    fn seen(&self, person: &Person) -> impl Iterator<Item = usize> {
        person.given.iter().filter_map(|rating| self.index.get(&rating.movie).copied())
    }

    /// As a request at the moment of the person's latest rating, with the latest events, as many as a request brings.
    fn query(&self, person: &Person, k: usize) -> Query {
        let now = person.given.iter().map(|rating| rating.at).max().unwrap_or_default();
        let mut latest: Vec<&TrainingRating> = person.given.iter().collect();
        latest.sort_by_key(|rating| std::cmp::Reverse(rating.at));
        let events: Vec<(usize, f32)> = latest
            .into_iter()
            .take(RecommendRequest::MAX_EVENTS as usize)
            .filter_map(|rating| {
                let kind = EventKind::Rated { stars: rating.stars };
                let event = Event { movie: rating.movie, kind, at: rating.at };
                Some((*self.index.get(&rating.movie)?, event.weight(now)))
            })
            .collect();
        let prior_weight = self.manifest.hyperparameters.prior.weight(events.iter().map(|event| event.1));
        Query { events, prior_weight, hidden: self.seen(person).collect(), k }
    }
}
