//! SASRec: a transformer that reads somebody's events in their order and says what comes next (Kang & McAuley 2018), with the loss
//! and the blocks that Tikhonovich and others 2025 (eSASRec) found to matter.
//!
//! [`sequences`] are cut into [`batches`], the [`network`] reads them, [`derivatives`] go the way back, and [`training`] goes on until
//! people [`held_out`] gain nothing more. A person is their events, so nobody has to have taken part; nobody's events are a start
//! alone, which is answered by what people begin with.

mod attention;
mod batches;
mod derivatives;
mod graph;
mod held_out;
mod layers;
mod loss;
mod matrix;
mod network;
mod options;
mod parameter;
mod sequences;
#[cfg(test)]
mod tests;
mod training;
mod vectors;

pub use options::{MAX_HISTORY, MAX_WIDTH, SasrecOptions};
pub use training::Epoch;

use self::{
    batches::Batch,
    held_out::HeldOut,
    matrix::Matrix,
    network::Network,
    sequences::{Sequences, counts},
};
use super::{TrainError, interactions::Interactions};

/// A network that has learnt.
#[derive(Clone, Debug)]
pub struct Sasrec {
    options: SasrecOptions,
    learnt: Learnt,
}

#[derive(Clone, Debug)]
struct Learnt {
    /// `[films + 1, d]`; the last row is the start of a history.
    films: Matrix,
    network: Network<Matrix>,
}

impl Sasrec {
    /// Trains; `progress` hears of every round that is done.
    ///
    /// # Errors
    /// When an option makes no sense, there are no ratings, or what comes out is no number.
    pub fn fit(
        data: &Interactions,
        options: SasrecOptions,
        progress: &mut dyn FnMut(Epoch),
    ) -> Result<Self, TrainError> {
        options.check()?;
        let films = data.items.len();
        let mut is_held_out = vec![false; data.rows.len()];
        for person in Self::held_out(data, options.seed) {
            is_held_out[person] = true;
        }
        let sequences = Sequences::new(&data.filtered(|person| !is_held_out[person]), &options);
        if films == 0 || sequences.0.is_empty() {
            return Err(TrainError::NoRatings);
        }
        let held_out = HeldOut::new(&data.filtered(|person| is_held_out[person]), &options);
        let learnt = training::train(&sequences, &held_out, films, &options, progress)?;
        Ok(Self { options, learnt })
    }

    /// Whom a fit to these data holds out, by index into their rows.
    pub fn held_out(data: &Interactions, seed: u64) -> Vec<usize> {
        held_out::held_out(data, seed)
    }

    pub fn movies(&self) -> usize {
        self.learnt.count()
    }

    pub fn options(&self) -> SasrecOptions {
        self.options
    }

    /// A score for every film by events of (film, weight), the latest first.
    ///
    /// # Errors
    /// When an event is of no film of the model, or a weight or what comes out is no number.
    pub fn scores(&self, events: &[(u32, f32)]) -> Result<Vec<f32>, TrainError> {
        let history = self.history(events)?;
        let last = history.len();
        let mut scores = self.learnt.scores_at(history, &[last]).values;
        scores.truncate(self.movies());
        match scores.iter().position(|score| !score.is_finite()) {
            Some(film) => Err(TrainError::NotFinite { film, weight: scores[film].into() }),
            None => Ok(scores),
        }
    }

    /// The latest events that count, the earliest of them first.
    fn history(&self, events: &[(u32, f32)]) -> Result<Vec<(u32, f32)>, TrainError> {
        let films = self.movies();
        for &(film, weight) in events {
            if film as usize >= films {
                return Err(TrainError::UnknownFilm { film, films });
            }
            if !weight.is_finite() {
                return Err(TrainError::NotFinite { film: film as usize, weight: weight.into() });
            }
        }
        let counting = events.iter().copied().filter(|event| counts(event.1, &self.options));
        let mut history: Vec<(u32, f32)> = counting.take(self.options.history).collect();
        history.reverse();
        Ok(history)
    }
}

impl Learnt {
    /// Number of films, without the start.
    fn count(&self) -> usize {
        self.films.rows - 1
    }

    /// Scores of all films after so many events of a history, and of the start beside them; one row for each.
    fn scores_at(&self, history: Vec<(u32, f32)>, after: &[usize]) -> Matrix {
        let start = u32::try_from(self.count()).expect("film indices are 32 bits");
        let vectors = self.read(&Batch::new(&[history], start));
        let after: Vec<u32> = after.iter().map(|&at| u32::try_from(at).expect("a short history")).collect();
        Matrix::of_rows(&vectors, &after).times_transposed(&self.films)
    }

    /// The vectors of all places.
    fn read(&self, batch: &Batch) -> Matrix {
        self.network.read(Matrix::of_rows(&self.films, &batch.films), batch)
    }
}
