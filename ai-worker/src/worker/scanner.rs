//! Ranking by an encoder and a scan of all films, for models whose films are too many for one graph: scores and terms
//! are those of the graph, to the last films of the ranking.

use std::{collections::HashSet, sync::Arc};

use ort::{inputs, session::Session, value::Tensor};

use super::{
    EngineError, OnnxRuntime, Query, Ranked,
    ranker::{index, padded},
};
use crate::{
    model::{LoadedModel, LoadedRetrieval},
    scan::{Found, ItemMatrix, Search},
};

/// The films' side of a model, which all threads share.
pub struct Films {
    matrix: ItemMatrix,
    log_popularity: Vec<f32>,
}

impl Films {
    /// `None` for a model that is one graph.
    ///
    /// # Errors
    /// When a value is no number.
    pub fn of(model: &LoadedModel) -> Result<Option<Arc<Self>>, EngineError> {
        let Some(LoadedRetrieval { width, rows, log_popularity, .. }) = &model.retrieval else { return Ok(None) };
        if !rows.iter().chain(log_popularity).all(|value| value.is_finite()) {
            return Err(EngineError::Nonsense("encode"));
        }
        let matrix = ItemMatrix::new(*width, rows.clone());
        Ok(Some(Arc::new(Self { matrix, log_popularity: log_popularity.clone() })))
    }
}

/// One thread's encoder beside the films.
pub struct Scanner {
    encoder: Session,
    films: Arc<Films>,
}

/// What one person's events say.
struct Taste<'t> {
    query: &'t Query,
    sum: &'t [f32],
    /// What each event adds to it.
    rows: &'t [f32],
}

impl Scanner {
    /// # Errors
    /// When ONNX Runtime refuses the graph.
    pub fn new(runtime: &OnnxRuntime, encoder: &[u8], films: Arc<Films>) -> Result<Self, ort::Error> {
        Ok(Self { encoder: runtime.session(encoder)?, films })
    }

    /// The best films for each query, or those of `only`.
    ///
    /// # Errors
    /// When ONNX Runtime fails.
    pub fn rank(&mut self, queries: &[Query], only: Option<&[usize]>) -> Result<Vec<Vec<Ranked>>, EngineError> {
        let batch = queries.len();
        let events = queries.iter().map(|query| query.events.len()).max().unwrap_or_default().max(1);
        let (films, width) = (&*self.films, self.films.matrix.width());
        let dummy = index(films.matrix.films());
        let event_items = padded(queries, events, dummy, |query| query.events.iter().map(|event| index(event.0)));
        let event_weights = padded(queries, events, 0.0, |query| query.events.iter().map(|event| event.1));
        let outputs = self.encoder.run(inputs![
            "event_items" => Tensor::from_array(([batch, events], event_items))?,
            "event_weights" => Tensor::from_array(([batch, events], event_weights))?,
        ])?;
        let (_, tastes) = outputs["taste"].try_extract_tensor::<f32>()?;
        let (_, rows) = outputs["weighted_rows"].try_extract_tensor::<f32>()?;
        if tastes.len() != batch * width || rows.len() != batch * events * width {
            return Err(EngineError::Shape("encode"));
        }
        if !tastes.iter().all(|value| value.is_finite()) {
            return Err(EngineError::Nonsense("encode"));
        }
        let tastes: Vec<Taste<'_>> = queries
            .iter()
            .zip(tastes.chunks_exact(width).zip(rows.chunks_exact(events * width)))
            .map(|(query, (sum, rows))| Taste { query, sum, rows })
            .collect();
        Ok(match only {
            Some(only) => tastes.iter().map(|taste| films.score(taste, only)).collect(),
            None => films.best(&tastes),
        })
    }
}

impl Films {
    fn best(&self, tastes: &[Taste<'_>]) -> Vec<Vec<Ranked>> {
        // A film is no reason for itself, so events' own films have other scores than the scan gives them.
        let apart: Vec<HashSet<usize>> = tastes
            .iter()
            .map(|taste| {
                taste.query.events.iter().map(|event| event.0).chain(taste.query.hidden.iter().copied()).collect()
            })
            .collect();
        let searches: Vec<Search<'_>> = tastes
            .iter()
            .zip(&apart)
            .map(|(taste, hidden)| Search {
                query: taste.sum,
                extra: Some((taste.query.prior_weight, &self.log_popularity)),
                hidden,
                k: taste.query.k,
            })
            .collect();
        let found = self.matrix.top(&searches);
        tastes.iter().zip(found).map(|(taste, found)| self.with_own(taste, &found)).collect()
    }

    /// What the scan found, and the events' own films that are not hidden.
    fn with_own(&self, taste: &Taste<'_>, found: &[Found]) -> Vec<Ranked> {
        let hidden: HashSet<usize> = taste.query.hidden.iter().copied().collect();
        let own = taste.query.events.iter().map(|event| event.0).filter(|film| !hidden.contains(film));
        let own: HashSet<usize> = own.collect();
        let films: Vec<usize> = found.iter().map(|found| found.film).chain(own).collect();
        let mut ranked = self.score(taste, &films);
        ranked.truncate(taste.query.k);
        ranked
    }

    /// These films with their terms, best first.
    fn score(&self, taste: &Taste<'_>, films: &[usize]) -> Vec<Ranked> {
        let width = self.matrix.width();
        let one = |film: usize| {
            let terms = taste.query.events.iter().zip(taste.rows.chunks_exact(width));
            let event_terms: Vec<f32> =
                terms.map(|(event, row)| if event.0 == film { 0.0 } else { self.matrix.exact(film, row) }).collect();
            let own: f32 = taste
                .query
                .events
                .iter()
                .zip(taste.rows.chunks_exact(width))
                .filter(|(event, _)| event.0 == film)
                .map(|(_, row)| self.matrix.exact(film, row))
                .sum();
            let prior_term = taste.query.prior_weight * self.log_popularity[film];
            let score = self.matrix.exact(film, taste.sum) - own + prior_term;
            Ranked { item: film, score, event_terms, prior_term }
        };
        let mut ranked: Vec<Ranked> = films.iter().map(|film| one(*film)).collect();
        ranked.sort_by(|left, right| right.score.total_cmp(&left.score).then(left.item.cmp(&right.item)));
        ranked
    }
}
