//! Ranking by an encoder and a scan of all films, for models whose films are too many for one graph: scores and terms
//! are those of the graph, to the last films of the ranking.

use std::{collections::HashSet, ops::Range, sync::Arc};

use ort::{inputs, session::Session, value::Tensor};

use super::{
    EngineError, OnnxRuntime, Query, Ranked,
    ranker::{index, padded},
};
use crate::{
    model::{LoadedModel, LoadedRetrieval},
    scan::{Cells, Extra, Found, ItemMatrix, Search},
};

/// With more films than this, only the most promising cells are read.
const SCANNED_WHOLE: usize = 1_000_000;
/// One cell in so many is read.
const CELLS_PER_PROBE: usize = 5;

/// The films' side of a model, or a shard of it, which all threads share.
pub struct Films {
    /// Of the films from the first one of the shard on.
    rows: Rows,
    log_popularity: Extra,
    first: usize,
    /// Films of the model, those of other shards too: they can be events.
    of_model: usize,
}

enum Rows {
    Whole(ItemMatrix),
    InCells {
        cells: Box<Cells>,
        probes: usize,
        /// In the order of the cells' rows.
        log_popularity: Extra,
    },
}

impl Films {
    /// `None` for a model that is one graph.
    ///
    /// # Errors
    /// When a value is no number.
    pub fn of(model: &LoadedModel, part: Range<usize>) -> Result<Option<Arc<Self>>, EngineError> {
        let Some(LoadedRetrieval { width, rows, log_popularity, .. }) = &model.retrieval else { return Ok(None) };
        if !rows.iter().chain(log_popularity).all(|value| value.is_finite()) {
            return Err(EngineError::Nonsense("encode"));
        }
        let (rows, popularity) = (&rows[part.start * width..part.end * width], &log_popularity[part.clone()]);
        let films = Self::new(*width, rows, popularity, SCANNED_WHOLE);
        Ok(Some(Arc::new(Self { first: part.start, of_model: log_popularity.len(), ..films })))
    }

    fn new(width: usize, rows: &[f32], log_popularity: &[f32], scanned_whole: usize) -> Self {
        let films = log_popularity.len();
        let rows = if films <= scanned_whole {
            Rows::Whole(ItemMatrix::new(width, rows.to_vec()))
        } else {
            let cells = Box::new(Cells::new(width, rows, log_popularity, films.isqrt()));
            let probes = cells.cells().div_ceil(CELLS_PER_PROBE);
            let log_popularity = cells.in_order(log_popularity);
            Rows::InCells { cells, probes, log_popularity }
        };
        Self { rows, log_popularity: Extra::new(log_popularity.to_vec()), first: 0, of_model: films }
    }

    /// The row of a film, if it is of this shard.
    fn row(&self, film: usize) -> Option<usize> {
        film.checked_sub(self.first).filter(|row| *row < self.log_popularity.values().len())
    }

    fn width(&self) -> usize {
        match &self.rows {
            Rows::Whole(matrix) => matrix.width(),
            Rows::InCells { cells, .. } => cells.width(),
        }
    }

    fn exact(&self, row: usize, query: &[f32]) -> f32 {
        match &self.rows {
            Rows::Whole(matrix) => matrix.exact(row, query),
            Rows::InCells { cells, .. } => cells.exact(row, query),
        }
    }

    fn top(&self, tastes: &[Taste<'_>], apart: &[HashSet<usize>]) -> Vec<Vec<Found>> {
        let popularity = match &self.rows {
            Rows::Whole(_) => &self.log_popularity,
            Rows::InCells { log_popularity, .. } => log_popularity,
        };
        let mut searches = Vec::with_capacity(tastes.len());
        for (taste, hidden) in tastes.iter().zip(apart) {
            let extra = Some((taste.query.prior_weight, popularity));
            searches.push(Search { query: taste.sum, extra, hidden, k: taste.query.k });
        }
        match &self.rows {
            Rows::Whole(matrix) => matrix.top(&searches),
            Rows::InCells { cells, probes, .. } => searches.iter().map(|search| cells.top(search, *probes)).collect(),
        }
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
        let (films, width) = (&*self.films, self.films.width());
        let dummy = index(films.of_model);
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
                let apart = taste.query.events.iter().map(|event| event.0).chain(taste.query.hidden.iter().copied());
                apart.filter_map(|film| self.row(film)).collect()
            })
            .collect();
        let found = self.top(tastes, &apart);
        tastes.iter().zip(found).map(|(taste, found)| self.with_own(taste, &found)).collect()
    }

    /// What the scan found, and the events' own films that are not hidden.
    fn with_own(&self, taste: &Taste<'_>, found: &[Found]) -> Vec<Ranked> {
        let hidden: HashSet<usize> = taste.query.hidden.iter().copied().collect();
        let own = taste.query.events.iter().map(|event| event.0).filter(|film| !hidden.contains(film));
        let own: HashSet<usize> = own.collect();
        let films: Vec<usize> = found.iter().map(|found| self.first + found.film).chain(own).collect();
        let mut ranked = self.score(taste, &films);
        ranked.truncate(taste.query.k);
        ranked
    }

    /// These films with their terms, best first; those of other shards are left out.
    fn score(&self, taste: &Taste<'_>, films: &[usize]) -> Vec<Ranked> {
        let width = self.width();
        let one = |film: usize| {
            let place = self.row(film)?;
            let terms = taste.query.events.iter().zip(taste.rows.chunks_exact(width));
            let event_terms: Vec<f32> =
                terms.map(|(event, row)| if event.0 == film { 0.0 } else { self.exact(place, row) }).collect();
            let own: f32 = taste
                .query
                .events
                .iter()
                .zip(taste.rows.chunks_exact(width))
                .filter(|(event, _)| event.0 == film)
                .map(|(_, row)| self.exact(place, row))
                .sum();
            let prior_term = taste.query.prior_weight * self.log_popularity.values()[place];
            let score = self.exact(place, taste.sum) - own + prior_term;
            Some(Ranked { item: film, score, event_terms, prior_term })
        };
        let mut ranked: Vec<Ranked> = films.iter().filter_map(|film| one(*film)).collect();
        ranked.sort_by(|left, right| right.score.total_cmp(&left.score).then(left.item.cmp(&right.item)));
        ranked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn films_in_cells_are_ranked_as_films_that_are_scanned_whole_when_they_are_in_cells_that_are_read() {
        let (films, width) = (900, 8);
        let rows: Vec<f32> = (0..films * width)
            .map(|at| {
                let (film, place) = (at / width, at % width);
                // Eight directions, and some noise that repeats at no short period.
                let own = if film % width == place { 1.0 } else { 0.0 };
                own + f32::from(u16::try_from((film * 7_919 + place * 104_729) % 1_000).unwrap()) / 4_000.0
            })
            .collect();
        let popularity: Vec<f32> =
            (0..films).map(|film| 1.0 / (1.0 + f32::from(u16::try_from(film).unwrap()))).collect();
        let (whole, cells) =
            (Films::new(width, &rows, &popularity, films), Films::new(width, &rows, &popularity, films - 1));
        assert!(matches!((&whole.rows, &cells.rows), (Rows::Whole(_), Rows::InCells { .. })));
        let query = Query { events: vec![(3, 1.0), (11, 0.5)], prior_weight: 0.2, hidden: vec![19, 27], k: 20 };
        let row = |film: usize, weight: f32| rows[film * width..][..width].iter().map(move |value| value * weight);
        let added: Vec<f32> = row(3, 1.0).chain(row(11, 0.5)).collect();
        let sum: Vec<f32> = row(3, 1.0).zip(row(11, 0.5)).map(|(one, other)| one + other).collect();
        let taste = [Taste { query: &query, sum: &sum, rows: &added }];
        let (one, other) = (whole.best(&taste).concat(), cells.best(&taste).concat());
        assert_eq!(one, other);
        assert!(one.len() == 20 && one.iter().all(|film| film.item % width == 3 && film.item != 19));
    }
}
