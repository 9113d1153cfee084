//! The content tower: from what a film is about to its rows in the space of what people like, so that a film nobody has rated can be
//! recommended, has films alike, and tells of those who rate it.
//!
//! [`texts`] → a map by [`ridge`], [`learning`] from films that are rated and have a text → tried out ([`trial`]) on films hidden from a fit,
//! beside [`content`] alone → rows for films without ratings, in lists of films alike as often as is due ([`likeness`]).
//!
//! Where the map explains nothing, or ranks hidden films no better than texts alone or chance, no film is placed.

mod content;
mod learning;
mod likeness;
mod ridge;
#[cfg(test)]
mod tests;
mod texts;
mod trial;

use std::collections::HashSet;

use faer::Mat;
use matinee_domain::MovieId;
use thiserror::Error;

use self::{
    learning::Learning,
    ridge::{Linear, Regression},
};
use super::{Factors, FitOptions, Interactions, TrainError, factors::single};
use crate::model::Placed;

pub use content::Content;
pub use texts::FilmTexts;

/// Less of the variance of rows than this is nothing.
const LEAST_EXPLAINED: f64 = 0.02;
/// Films placed at once.
const AT_ONCE: usize = 1_000;

/// Why no film is placed.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum LeftOut {
    #[error(
        "too few of the {films} films have a text that is embedded, or too few people like them: {described} have one"
    )]
    TooFew { films: usize, described: usize },
    #[error("what films are about explains {explained:.3} of who likes them, which is too little")]
    Unexplained { explained: f64 },
    #[error(
        "films hidden from it are ranked no better than by texts alone or by chance: nDCG@10 {tower:.3}, {content:.3} and {random:.3}"
    )]
    NoBetter { tower: f64, content: f64, random: f64 },
}

/// The map, ready to place films.
pub struct Tower {
    linear: Linear,
    rank: usize,
    /// What is known of it; no film is placed yet.
    pub figures: Placed,
}

/// Rows of films, row-major.
pub struct PlacedRows {
    /// Of V.
    pub films: Vec<f32>,
    /// Of U.
    pub events: Vec<f32>,
}

impl Tower {
    /// Learns the map for these factors, which `options` gave for this data; says why where that is of no use.
    ///
    /// # Errors
    /// When the linear algebra fails.
    pub fn learn(
        data: &Interactions,
        factors: &Factors,
        texts: &FilmTexts,
        options: FitOptions,
    ) -> Result<Result<Self, LeftOut>, TrainError> {
        let learning = Learning::new(data, factors, texts, options.user_power);
        let too_few = LeftOut::TooFew { films: data.items.len(), described: learning.films.len() };
        if learning.films.len() < trial::FEWEST_FILMS {
            return Ok(Err(too_few));
        }
        // Before a fit is spent on it.
        let checked = learning.check(&trial::RIDGES, options.seed)?;
        let explained = checked.iter().map(|checked| checked.explained).fold(0.0, f64::max);
        if explained < LEAST_EXPLAINED {
            return Ok(Err(LeftOut::Unexplained { explained }));
        }
        let Some(trial) = trial::try_out(data, texts, options)? else { return Ok(Err(too_few)) };
        if trial.ndcg <= trial.content || trial.surely_over_random <= 0.0 {
            let trial::Trial { ndcg: tower, content, random, .. } = trial;
            return Ok(Err(LeftOut::NoBetter { tower, content, random }));
        }
        let checked = checked[trial.choice];
        if checked.explained < LEAST_EXPLAINED {
            return Ok(Err(LeftOut::Unexplained { explained: checked.explained }));
        }
        let (rest, out) = learning.sample.folds(options.seed).swap_remove(0);
        let without = Regression::fit(&learning.sample.of(&rest))?.at(checked.ridge, checked.scale);
        let rows = rows_of(&without, &learning.sample.of(&out).inputs, factors.rank);
        let likeness = likeness::length(&learning, factors, &out, &rows, checked.explained);
        let figures = Placed {
            movies: 0,
            learnt_from: learning.films.len() as u64,
            ridge: checked.ridge,
            scale: checked.scale,
            explained: checked.explained,
            likeness,
            ndcg: trial.ndcg,
            ndcg_content: trial.content,
            ndcg_random: trial.random,
        };
        let linear = Regression::fit(&learning.sample)?.at(checked.ridge, checked.scale);
        Ok(Ok(Self { linear, rank: factors.rank, figures }))
    }

    /// The rows of films with these embeddings.
    pub fn place(&self, embeddings: &[Vec<f32>]) -> PlacedRows {
        placed_rows(&self.linear, embeddings, self.rank)
    }

    /// Adds films to the factors, behind all others. They have no popularity.
    pub fn extend(&self, factors: &mut Factors, embeddings: &[Vec<f32>]) {
        for embeddings in embeddings.chunks(AT_ONCE) {
            let rows = self.place(embeddings);
            factors.films.extend(rows.films);
            factors.events.extend(rows.events);
            factors.log_popularity.extend(embeddings.iter().map(|_| 0.0));
        }
    }
}

/// Films that have a text and are none of `known`, `most` at most: those that were added last, whose ids are the largest.
pub fn to_place(texts: &FilmTexts, known: &[MovieId], most: usize) -> Vec<(MovieId, Vec<f32>)> {
    let known: HashSet<MovieId> = known.iter().copied().collect();
    let mut films: Vec<MovieId> = texts.films().iter().filter(|film| !known.contains(film)).copied().collect();
    films.sort_unstable_by(|one, other| other.cmp(one));
    films.into_iter().filter_map(|film| Some((film, texts.lookup(film)?))).take(most).collect()
}

fn placed_rows(linear: &Linear, embeddings: &[Vec<f32>], rank: usize) -> PlacedRows {
    let width = embeddings.first().map_or(0, Vec::len);
    rows_of(linear, &Mat::from_fn(embeddings.len(), width, |row, column| f64::from(embeddings[row][column])), rank)
}

fn rows_of(linear: &Linear, inputs: &Mat<f64>, rank: usize) -> PlacedRows {
    let rows = linear.apply(inputs.as_ref());
    let part = |first: usize| {
        let row = |row: usize| (first..first + rank).map(move |column| (row, column));
        (0..rows.nrows()).flat_map(row).map(|(row, column)| single(rows[(row, column)])).collect()
    };
    PlacedRows { films: part(0), events: part(rank) }
}

fn dot(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}
