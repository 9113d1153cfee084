//! What somebody's events say, without training: their row, scores of all films, and what each event adds to them.
//!
//! With A for the system that the events make, a score is p·q = Σ over events wⱼ·(qⱼ·A⁻¹·q): the terms are exact. As with
//! EASE a film is no reason for itself: its own term is taken out.

use std::collections::BTreeMap;

use super::{Ials, sweeps::diagonal};
use crate::trainer::{
    TrainError,
    factors::single,
    solver::{Pull, Solver},
};

/// Somebody, folded in.
pub struct Taste<'m> {
    model: &'m Ials,
    events: Vec<(usize, f64)>,
    /// Has A.
    solver: Solver,
    /// p.
    row: Vec<f64>,
}

impl<'m> Taste<'m> {
    pub(super) fn new(model: &'m Ials, events: &[(u32, f32)]) -> Result<Self, TrainError> {
        for &(film, weight) in events {
            if film as usize >= model.movies() {
                return Err(TrainError::UnknownFilm { film, films: model.movies() });
            }
            if !weight.is_finite() {
                return Err(TrainError::NotFinite { film: film as usize, weight: weight.into() });
            }
        }
        let events: Vec<(usize, f64)> =
            events.iter().map(|&(film, weight)| (film as usize, f64::from(weight))).collect();
        let evidence = events.iter().map(|event| event.1.abs()).sum();
        let mut solver = Solver::new(model.options.width);
        let mut row = vec![0.0; model.options.width];
        let diagonal = diagonal(&model.spectrum, model.options, evidence, model.movies());
        solver.factorise(&model.films, events.iter().copied().map(Pull::by_sign), diagonal, &mut row)?;
        solver.apply(&mut row);
        Ok(Self { model, events, solver, row })
    }

    /// p, in the basis of the model's rows.
    pub fn row(&self) -> &[f64] {
        &self.row
    }

    /// Of every film.
    pub fn scores(&self) -> Vec<f32> {
        let films = self.model.films.chunks(self.row.len());
        let mut scores: Vec<f64> = films.map(|film| dot(film, &self.row)).collect();
        let mut own: BTreeMap<usize, f64> = BTreeMap::new();
        for (film, weight) in &self.events {
            *own.entry(*film).or_default() += weight;
        }
        for (film, weight) in own {
            let row = self.model.row(film);
            scores[film] -= weight * dot(row, &self.solver.invert(row));
        }
        scores.into_iter().map(single).collect()
    }

    /// What each event adds to the score of a film, in the order of the events.
    pub fn terms(&self, film: usize) -> Vec<f32> {
        let solved = self.solver.invert(self.model.row(film));
        let term = |event: &(usize, f64)| single(event.1 * dot(self.model.row(event.0), &solved));
        self.events.iter().map(|event| if event.0 == film { 0.0 } else { term(event) }).collect()
    }
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}
