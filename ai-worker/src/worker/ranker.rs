//! One model's graphs in ONNX Runtime sessions: batches of queries by film index in, ranked films out.

use std::{ops::Range, sync::Arc};

use ort::{inputs, session::Session, value::Tensor};

use super::{
    EngineError, MASKED, OnnxRuntime,
    scanner::{Films, Scanner},
};
use crate::model::LoadedModel;

/// What a person did, by film index, and what is wanted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// (film, weight).
    pub events: Vec<(usize, f32)>,
    pub prior_weight: f32,
    /// Films that must not come back.
    pub hidden: Vec<usize>,
    /// Films wanted.
    pub k: usize,
}

/// A film with the terms of its score.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    pub item: usize,
    pub score: f32,
    /// In the order of the query's events.
    pub event_terms: Vec<f32>,
    pub prior_term: f32,
}

/// The sessions of one model for one thread.
pub struct Ranker {
    recommend: Ranking,
    similar: Session,
    movies: usize,
    /// Films that are ranked.
    part: Range<usize>,
}

/// How films are ranked.
enum Ranking {
    /// By one graph.
    Graph(Session),
    /// By an encoder, and a scan of the films.
    Scan(Scanner),
}

impl Ranker {
    /// # Errors
    /// When ONNX Runtime refuses a graph.
    pub fn new(runtime: &OnnxRuntime, model: &LoadedModel) -> Result<Self, EngineError> {
        let all = 0..model.items.len();
        Self::sharing(runtime, model, Films::of(model, all.clone())?, all)
    }

    /// The same with the films' side of another ranker of the same model, for these films alone.
    ///
    /// # Errors
    /// When ONNX Runtime refuses a graph.
    pub(super) fn sharing(
        runtime: &OnnxRuntime,
        model: &LoadedModel,
        films: Option<Arc<Films>>,
        part: Range<usize>,
    ) -> Result<Self, EngineError> {
        let failed = |source| EngineError::Session { version: model.manifest.version.clone(), source };
        let recommend = match (&model.retrieval, films) {
            (Some(retrieval), Some(films)) => {
                Ranking::Scan(Scanner::new(runtime, &retrieval.encoder, films).map_err(failed)?)
            }
            _ => Ranking::Graph(runtime.session(&model.recommend).map_err(failed)?),
        };
        let similar = runtime.session(&model.similar).map_err(failed)?;
        Ok(Self { recommend, similar, movies: model.items.len(), part })
    }

    /// Ranks films for each of `queries`, in one run of the graph. Every index must be below the number of films.
    ///
    /// # Errors
    /// When ONNX Runtime fails.
    pub fn rank(&mut self, queries: &[Query]) -> Result<Vec<Vec<Ranked>>, EngineError> {
        match &mut self.recommend {
            Ranking::Graph(session) => run_graph(session, queries, None, &self.part, self.movies),
            Ranking::Scan(scanner) => scanner.rank(queries, None),
        }
    }

    /// Ranks just the films `only`, each index once and below the number of films: all others are masked, so that scores
    /// and terms are those of [`Self::rank`].
    ///
    /// # Errors
    /// When ONNX Runtime fails.
    pub fn rank_only(&mut self, query: &Query, only: &[usize]) -> Result<Vec<Ranked>, EngineError> {
        if let Ranking::Scan(scanner) = &mut self.recommend {
            return Ok(scanner.rank(std::slice::from_ref(query), Some(only))?.pop().unwrap_or_default());
        }
        let mut is_wanted = vec![false; self.movies];
        for &item in only {
            is_wanted[item] = true;
        }
        let hidden = (0..self.movies).filter(|&item| !is_wanted[item]).collect();
        let query = Query { hidden, k: only.len(), ..query.clone() };
        Ok(self.rank(&[query])?.pop().unwrap_or_default())
    }

    /// The `k` films most like `item`, with their cosines, most alike first.
    ///
    /// # Errors
    /// When ONNX Runtime fails.
    pub fn similar(&mut self, item: usize, k: usize) -> Result<Vec<(usize, f32)>, EngineError> {
        let k = k.min(self.movies);
        if k == 0 {
            return Ok(Vec::new());
        }
        let outputs = self.similar.run(inputs![
            "item" => Tensor::from_array(([1], vec![index(item)]))?,
            "k" => Tensor::from_array(([1], vec![index(k)]))?,
        ])?;
        let (_, items) = outputs["items"].try_extract_tensor::<i64>()?;
        let (_, scores) = outputs["scores"].try_extract_tensor::<f32>()?;
        if scores.iter().any(|score| !score.is_finite())
            || items.iter().any(|&item| item < 0 || item >= index(self.movies))
        {
            return Err(EngineError::Nonsense("similar"));
        }
        let ranked = items.iter().zip(scores).filter(|(_, score)| **score > 0.0);
        Ok(ranked.map(|(item, score)| (usize::try_from(*item).unwrap_or_default(), *score)).collect())
    }
}

/// Runs a graph that ranks all `movies` films, and keeps those of `part`. `places` has a value for each event of each query, for a graph that
/// takes them.
pub(super) fn run_graph(
    session: &mut Session,
    queries: &[Query],
    places: Option<&[Vec<f32>]>,
    part: &Range<usize>,
    movies: usize,
) -> Result<Vec<Vec<Ranked>>, EngineError> {
    let k = queries.iter().map(|query| query.k).max().unwrap_or_default().min(movies);
    if k == 0 {
        return Ok(vec![Vec::new(); queries.len()]);
    }
    // Of one graph everything is computed, whatever is asked for: films of other shards are hidden.
    let elsewhere: Vec<i64> = (0..part.start).chain(part.end..movies).map(index).collect();
    let batch = queries.len();
    let events = queries.iter().map(|query| query.events.len()).max().unwrap_or_default().max(1);
    let hidden = queries.iter().map(|query| query.hidden.len()).max().unwrap_or_default();
    let hidden = (hidden + elsewhere.len()).max(1);
    let dummy = index(movies);
    let event_items = padded(queries, events, dummy, |query| query.events.iter().map(|event| index(event.0)));
    let event_weights = padded(queries, events, 0.0, |query| query.events.iter().map(|event| event.1));
    let hidden_items = padded(queries, hidden, dummy, |query| {
        query.hidden.iter().map(|item| index(*item)).chain(elsewhere.iter().copied())
    });
    let prior: Vec<f32> = queries.iter().map(|query| query.prior_weight).collect();
    let mut inputs = inputs![
        "event_items" => Tensor::from_array(([batch, events], event_items))?,
        "event_weights" => Tensor::from_array(([batch, events], event_weights))?,
        "prior_weight" => Tensor::from_array(([batch], prior))?,
        "hidden_items" => Tensor::from_array(([batch, hidden], hidden_items))?,
        "k" => Tensor::from_array(([1], vec![index(k)]))?,
    ];
    if let Some(places) = places {
        let places = padded(places, events, 0.0, |places| places.iter().copied());
        inputs.push(("event_places".into(), Tensor::from_array(([batch, events], places))?.into()));
    }
    let outputs = session.run(inputs)?;
    let (_, items) = outputs["items"].try_extract_tensor::<i64>()?;
    let (_, scores) = outputs["scores"].try_extract_tensor::<f32>()?;
    let (_, event_terms) = outputs["event_terms"].try_extract_tensor::<f32>()?;
    let (_, prior_terms) = outputs["prior_terms"].try_extract_tensor::<f32>()?;
    if [items.len(), scores.len(), prior_terms.len()] != [batch * k; 3] || event_terms.len() != batch * k * events {
        return Err(EngineError::Shape("recommend"));
    }
    if scores.iter().any(|score| !score.is_finite()) || items.iter().any(|&item| item < 0 || item >= dummy) {
        return Err(EngineError::Nonsense("recommend"));
    }
    let row = |at: usize, query: &Query| {
        (at * k..(at + 1) * k)
            .filter(|&place| scores[place] > MASKED / 2.0)
            .take(query.k)
            .map(|place| Ranked {
                item: usize::try_from(items[place]).unwrap_or_default(),
                score: scores[place],
                event_terms: event_terms[place * events..][..query.events.len()].to_vec(),
                prior_term: prior_terms[place],
            })
            .collect()
    };
    Ok(queries.iter().enumerate().map(|(at, query)| row(at, query)).collect())
}

/// Rows of equal width, short ones filled up.
pub(super) fn padded<'q, Q, T: Copy, I: Iterator<Item = T>>(
    queries: &'q [Q],
    width: usize,
    padding: T,
    values: impl Fn(&'q Q) -> I,
) -> Vec<T> {
    let mut rows = Vec::with_capacity(queries.len() * width);
    for query in queries {
        rows.extend(values(query).chain(std::iter::repeat(padding)).take(width));
    }
    rows
}

pub(super) fn index(value: usize) -> i64 {
    i64::try_from(value).expect("an index of a film or a size of a batch is far below 2^63")
}
