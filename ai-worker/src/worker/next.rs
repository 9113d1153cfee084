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

    /// Of who lately rated no film that the model knows, or disliked them all, there is nothing to go by: then there are no films.
    ///
    /// # Errors
    /// When ONNX Runtime fails.
    pub fn rank(
        &mut self,
        request: &RecommendRequest,
        index: &HashMap<MovieId, usize>,
        items: &[MovieId],
    ) -> Result<Vec<ScoredMovie>, EngineError> {
        let mut prepared = Prepared::without_prior(request, index);
        let rated = prepared.rated();
        let events = &mut prepared.query.events;
        let weights: Vec<f32> = events.iter().map(|event| event.1).collect();
        let mut places = vec![0.0; events.len()];
        for (&event, place) in rated.iter().zip(self.weights.places(rated.iter().map(|&event| weights[event]))) {
            places[event] = place;
        }
        if places.iter().all(|place| *place <= 0.0) {
            return Ok(Vec::new());
        }
        events.iter_mut().zip(self.weights.taste(&weights)).for_each(|(event, weight)| event.1 = weight);
        let ranked = self.run(&prepared.query, places)?;
        Ok(prepared.explain(&ranked, items, MAX_TERMS))
    }

    /// Films by events that weigh so much, and by their places.
    pub(super) fn run(&mut self, query: &Query, places: Vec<f32>) -> Result<Vec<Ranked>, EngineError> {
        let queries = std::slice::from_ref(query);
        let ranked = run_graph(&mut self.session, queries, Some(places), &self.part, self.movies)?;
        Ok(ranked.into_iter().next().unwrap_or_default())
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
