//! What somebody will rate next, in an ONNX Runtime session.

use std::{cmp::Reverse, collections::HashMap, ops::Range};

use matinee_domain::MovieId;
use matinee_services::ports::{RecommendRequest, ScoredMovie};
use ort::session::Session;

use super::{
    EngineError, OnnxRuntime, Query, Ranked,
    query::{MAX_TERMS, Prepared},
    ranker::run_graph,
};
use crate::model::{LoadedModel, NextWeights};

/// Ranks films by what somebody will rate next.
pub struct NextRanker {
    session: Session,
    weights: NextWeights,
    movies: usize,
    /// Films that are ranked.
    part: Range<usize>,
}

impl NextRanker {
    /// `None` where the model has no such ranking.
    ///
    /// # Errors
    /// When ONNX Runtime refuses the graph.
    pub fn of(runtime: &OnnxRuntime, model: &LoadedModel, part: Range<usize>) -> Result<Option<Self>, EngineError> {
        let (Some(next), Some(graph)) = (&model.manifest.next, &model.next) else { return Ok(None) };
        let failed = |source| EngineError::Session { version: model.manifest.version.clone(), source };
        let session = runtime.session(graph).map_err(failed)?;
        Ok(Some(Self { session, weights: next.weights, movies: model.items.len(), part }))
    }

    /// Films for each of `requests`, in one run of the graph. Of who lately rated no film that the model knows, or disliked them all, there is
    /// nothing to go by: then there are no films.
    ///
    /// # Errors
    /// When ONNX Runtime fails.
    pub fn rank(
        &mut self,
        requests: &[&RecommendRequest],
        index: &HashMap<MovieId, usize>,
        items: &[MovieId],
    ) -> Result<Vec<Vec<ScoredMovie>>, EngineError> {
        let prepared: Vec<_> = requests.iter().map(|request| self.prepared(request, index)).collect();
        let asked = prepared.iter().flatten();
        let (queries, places): (Vec<_>, Vec<_>) =
            asked.map(|(prepared, places)| (prepared.query.clone(), places.clone())).unzip();
        let mut ranked = self.run(&queries, &places)?.into_iter();
        let mut explained =
            |prepared: &Prepared| prepared.explain(&ranked.next().unwrap_or_default(), items, MAX_TERMS);
        Ok(prepared.iter().map(|asked| asked.as_ref().map_or_else(Vec::new, |asked| explained(&asked.0))).collect())
    }

    /// With what its events count by their places, unless none does.
    fn prepared(&self, request: &RecommendRequest, index: &HashMap<MovieId, usize>) -> Option<(Prepared, Vec<f32>)> {
        let mut prepared = Prepared::without_prior(request, index);
        let rated = prepared.rated();
        let events = &mut prepared.query.events;
        let weights: Vec<f32> = events.iter().map(|event| event.1).collect();
        let mut places = vec![0.0; events.len()];
        for (&event, place) in rated.iter().zip(self.weights.places(rated.iter().map(|&event| weights[event]))) {
            places[event] = place;
        }
        if places.iter().all(|place| *place <= 0.0) {
            return None;
        }
        events.iter_mut().zip(self.weights.taste(&weights)).for_each(|(event, weight)| event.1 = weight);
        Some((prepared, places))
    }

    /// Films by events that weigh so much, and by their places.
    pub(super) fn run(&mut self, queries: &[Query], places: &[Vec<f32>]) -> Result<Vec<Vec<Ranked>>, EngineError> {
        run_graph(&mut self.session, queries, Some(places), &self.part, self.movies)
    }
}

impl Prepared {
    /// Which of the query's events are ratings, the latest first.
    fn rated(&self) -> Vec<usize> {
        let rated = self.events.iter().enumerate().filter(|(_, event)| event.is_rating());
        let mut rated: Vec<_> = rated.map(|(at, event)| (Reverse(event.at), at)).collect();
        rated.sort_unstable();
        rated.into_iter().map(|(_, at)| at).collect()
    }
}
