//! A model run by itself, without queue and threads: to be judged before it serves.

use std::sync::{Arc, atomic::AtomicUsize};

use matinee_domain::MovieId;
use matinee_services::ports::{RecommendRequest, ScoredMovie};

use super::{
    EngineError, EngineOptions, OnnxRuntime,
    loaded::Loaded,
    query::{MAX_TERMS, Prepared},
};
use crate::model::{LoadedModel, Manifest};

pub struct Solo(Loaded);

impl Solo {
    /// # Errors
    /// When ONNX Runtime refuses a graph, or the trial run fails.
    pub fn load(runtime: &OnnxRuntime, model: LoadedModel) -> Result<Self, EngineError> {
        Self::counted(runtime, model, &Arc::default())
    }

    /// The same, counted among the models in memory.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub(super) fn counted(
        runtime: &OnnxRuntime,
        model: LoadedModel,
        in_memory: &Arc<AtomicUsize>,
    ) -> Result<Self, EngineError> {
        let alone = EngineOptions { threads: 1, ..EngineOptions::default() };
        Loaded::new(runtime, model, &alone, in_memory).map(Self)
    }

    pub fn manifest(&self) -> &Manifest {
        &self.0.manifest
    }

    pub fn knows(&self, movie: MovieId) -> bool {
        self.0.index.contains_key(&movie)
    }

    /// Whether it ranks by what comes next.
    pub fn tells_next(&self) -> bool {
        self.0.tells_next()
    }

    /// Films by what each person will rate next; none where it can't tell.
    pub fn rank_next(&self, requests: &[&RecommendRequest]) -> Vec<Vec<ScoredMovie>> {
        self.0.rank_next(requests)
    }

    /// What the person would give this film, where it knows the film and predicts stars.
    pub fn predict(&self, request: &RecommendRequest, movies: &[MovieId]) -> Vec<Option<f32>> {
        let request = RecommendRequest { stars: true, ..request.clone() };
        let scored = |movie: &MovieId| ScoredMovie { movie: *movie, score: 0.0, terms: Vec::new(), stars: None };
        let mut known: Vec<ScoredMovie> = movies.iter().filter(|movie| self.knows(**movie)).map(scored).collect();
        self.0.add_stars(&request, &mut known);
        let stars = |movie| known.iter().find(|film| film.movie == movie)?.stars.map(|predicted| predicted.stars);
        movies.iter().map(|movie| stars(*movie)).collect()
    }

    /// One run for all of them.
    ///
    /// # Errors
    /// When ONNX Runtime fails, or the model gives what is no number.
    pub fn recommend(&self, requests: &[RecommendRequest]) -> Result<Vec<Vec<ScoredMovie>>, EngineError> {
        let prior = self.0.manifest.hyperparameters.prior;
        let prepared: Vec<_> = requests.iter().map(|request| Prepared::new(request, &self.0.index, prior)).collect();
        let queries: Vec<_> = prepared.iter().map(|prepared| prepared.query.clone()).collect();
        let ranked = self.0.ranker(0).rank(&queries)?;
        Ok(prepared
            .iter()
            .zip(ranked)
            .map(|(prepared, ranked)| prepared.explain(&ranked, &self.0.items, MAX_TERMS))
            .collect())
    }
}
