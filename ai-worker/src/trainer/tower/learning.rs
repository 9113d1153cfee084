//! What the map is learnt from: the films of a fit that have a text.

use faer::Mat;

use super::{
    FilmTexts,
    ridge::{Checked, Sample, cross_validated},
};
use crate::trainer::{
    Factors, Interactions, TrainError,
    factors::{design_matrix, precise},
};

/// The best known films that are learnt from at most, which bounds memory: some 20 kB each.
const MOST_FILMS: usize = 20_000;
/// Raters with whom a film's row counts half.
const HALF_KNOWN: f64 = 10.0;

/// Embeddings, and the rows that belong to them: those of V, then those of U.
pub struct Learning {
    pub sample: Sample,
    /// Of each film of the sample, its index in the fit.
    pub films: Vec<usize>,
    /// How much a column of V counts: the squares of what people's tastes have there, so that errors are errors of scores.
    importance: Vec<f64>,
}

impl Learning {
    pub fn new(data: &Interactions, factors: &Factors, texts: &FilmTexts, user_power: f64) -> Self {
        let embedded = data.items.iter().enumerate().filter_map(|(at, film)| Some((at, texts.lookup(*film)?)));
        let (films, embeddings): (Vec<usize>, Vec<Vec<f32>>) = embedded.take(MOST_FILMS).unzip();
        let mut raters = vec![0_usize; data.items.len()];
        for interaction in data.rows.iter().flatten() {
            raters[interaction.item as usize] += 1;
        }
        let weight = |film: &usize| precise(raters[*film]) / (precise(raters[*film]) + HALF_KNOWN);
        let rank = factors.rank;
        let row = |film: usize, column: usize| {
            let (table, column) =
                if column < rank { (&factors.films, column) } else { (&factors.events, column - rank) };
            f64::from(table[film * rank + column])
        };
        let sample = Sample {
            inputs: Mat::from_fn(films.len(), texts.width(), |at, column| f64::from(embeddings[at][column])),
            outputs: Mat::from_fn(films.len(), 2 * rank, |at, column| row(films[at], column)),
            weights: films.iter().map(weight).collect(),
        };
        Self { sample, films, importance: energy_of_tastes(data, factors, user_power) }
    }

    /// What ridges do on films left out of the map, a fifth at a time.
    ///
    /// # Errors
    /// When the linear algebra fails.
    pub fn check(&self, ridges: &[f64], seed: u64) -> Result<Vec<Checked>, TrainError> {
        cross_validated(&self.sample, &self.importance, ridges, seed)
    }
}

/// By column of U: Σ over people of their taste's square.
fn energy_of_tastes(data: &Interactions, factors: &Factors, user_power: f64) -> Vec<f64> {
    let x = design_matrix(data, user_power);
    let mut energy = vec![0.0; factors.rank];
    let mut taste = vec![0.0; factors.rank];
    for person in 0..x.height() {
        taste.fill(0.0);
        for (film, weight) in x.row(person) {
            let row = &factors.events[film * factors.rank..][..factors.rank];
            taste.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * f64::from(*value));
        }
        energy.iter_mut().zip(&taste).for_each(|(sum, value)| *sum += value * value);
    }
    energy
}
