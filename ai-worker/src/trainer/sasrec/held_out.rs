//! People held out of a training, by whom it is known when to stop.

use rand::{SeedableRng, rngs::ChaCha8Rng, seq::SliceRandom};
use rayon::prelude::*;

use super::{
    Learnt, SasrecOptions,
    sequences::{Sequences, Step},
};
use crate::trainer::{factors::precise, interactions::Interactions, metrics::ndcg, validation::CUT};

const MAX_HELD_OUT: usize = 400;
const MIN_HELD_OUT: usize = 20;
/// Steps that somebody must have.
const MIN_STEPS: usize = 5;
/// Of somebody's history so many steps at most are to be found, the last one among them.
const SOUGHT: usize = 16;

/// Who is held out, by index into the data's rows: a tenth of those with some history; nobody where they would be too few.
pub fn held_out(data: &Interactions, seed: u64) -> Vec<usize> {
    let mut people: Vec<usize> = (0..data.rows.len()).filter(|&person| data.rows[person].len() >= MIN_STEPS).collect();
    people.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    people.truncate((people.len() / 10).min(MAX_HELD_OUT));
    if people.len() < MIN_HELD_OUT { Vec::new() } else { people }
}

/// Histories of people held out.
pub struct HeldOut(Sequences);

impl HeldOut {
    pub fn new(data: &Interactions, options: &SasrecOptions) -> Self {
        Self(Sequences::new(data, options))
    }

    pub fn is_empty(&self) -> bool {
        self.0.0.is_empty()
    }

    /// Mean nDCG@10 of single steps among all films that weren't in the history before; person by person.
    pub fn measure(&self, learnt: &Learnt, history: usize) -> f64 {
        let of_people: Vec<f64> = self.0.0.par_iter().map(|steps| of_person(learnt, steps, history)).collect();
        of_people.iter().sum::<f64>() / precise(of_people.len().max(1))
    }
}

fn of_person(learnt: &Learnt, steps: &[Step], history: usize) -> f64 {
    // The last place has the whole history before the last step.
    let from = steps.len().saturating_sub(history + 1);
    let window = &steps[from..];
    let known: Vec<(u32, f32)> = window[..window.len() - 1].iter().map(|step| (step.film, step.weight)).collect();
    let sought: Vec<usize> = (0..window.len()).rev().step_by(window.len().div_ceil(SOUGHT)).collect();
    let scores = learnt.scores_at(known, &sought);
    let gains = sought.iter().enumerate().map(|(which, &at)| {
        let scores = scores.row(which);
        let target = window[at].film as usize;
        // The start, which is last, is no film.
        let films = learnt.count();
        let mut is_open = vec![true; films];
        steps[..from + at].iter().for_each(|step| is_open[step.film as usize] = false);
        let better = (0..films).filter(|&film| film != target && is_open[film] && scores[film] >= scores[target]);
        let mut hits = vec![false; better.take(CUT).count()];
        hits.push(true);
        ndcg(&hits, 1, CUT)
    });
    gains.sum::<f64>() / precise(sought.len())
}
