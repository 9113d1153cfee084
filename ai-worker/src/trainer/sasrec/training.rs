//! Training: rounds over everybody's history in batches, until people held out gain nothing more.
//!
//! A batch is computed in pieces of a few people, some at a time side by side; their derivatives are added up in the order of the
//! pieces, so what comes out doesn't depend on the number of threads.

use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng, seq::index::sample};
use rayon::prelude::*;

use super::{
    Learnt, SasrecOptions,
    batches::{Lesson, pieces},
    derivatives::Path,
    held_out::HeldOut,
    layers::Dropout,
    loss::{Candidates, Loss, Sought},
    matrix::Matrix,
    network::{Network, SPREAD},
    parameter::{Move, Parameter},
    sequences::{Sequences, Step},
};
use crate::trainer::{
    TrainError,
    factors::{precise, single},
};

/// Places of a piece: what it takes fits the processor's caches.
const PIECE: usize = 512;
/// Pieces whose derivatives are in memory at once.
const SIDE_BY_SIDE: usize = 16;
/// Steps in which the learning rate grows to what it is.
const WARM_UP: f64 = 50.0;

/// A round that is done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epoch {
    /// From 1.
    pub done: u32,
    /// The mean loss of a target.
    pub loss: f64,
    /// Mean nDCG@10 of people held out, where there are any.
    pub held_out: Option<f64>,
}

/// Trains, and returns what was learnt by the best round; by the last where nobody is held out.
///
/// # Errors
/// When a loss or a derivative is no number.
pub fn train(
    sequences: &Sequences,
    held_out: &HeldOut,
    films: usize,
    options: &SasrecOptions,
    progress: &mut dyn FnMut(Epoch),
) -> Result<Learnt, TrainError> {
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
    let mut training = Training::new(films, options, &mut rng);
    let mut best: Option<(f64, u32, Learnt)> = None;
    for epoch in 1..=options.epochs {
        let loss = training.epoch(sequences, epoch, &mut rng)?;
        if held_out.is_empty() {
            progress(Epoch { done: epoch, loss, held_out: None });
            continue;
        }
        let learnt = training.learnt();
        let value = held_out.measure(&learnt, options.history);
        progress(Epoch { done: epoch, loss, held_out: Some(value) });
        if best.as_ref().is_none_or(|best| value > best.0) {
            best = Some((value, epoch, learnt));
        }
        if best.as_ref().is_some_and(|best| epoch - best.1 >= options.patience) {
            break;
        }
    }
    Ok(best.map_or_else(|| training.learnt(), |(_, _, learnt)| learnt))
}

struct Training<'a> {
    /// The last row is the start of a history.
    films: Parameter,
    network: Network<Parameter>,
    options: &'a SasrecOptions,
    steps: u32,
}

impl<'a> Training<'a> {
    fn new(films: usize, options: &'a SasrecOptions, rng: &mut ChaCha8Rng) -> Self {
        let network = Network::new(options, &mut |shape, spread| Parameter::new(shape, spread, rng));
        let films = Parameter::new((films + 1, options.width), SPREAD, rng);
        Self { films, network, options, steps: 0 }
    }

    fn learnt(&self) -> Learnt {
        Learnt { films: self.films.matrix.clone(), network: self.network.map(|parameter| parameter.matrix.clone()) }
    }

    /// The mean loss.
    fn epoch(&mut self, sequences: &Sequences, epoch: u32, rng: &mut ChaCha8Rng) -> Result<f64, TrainError> {
        let mut stretches = sequences.stretches(self.options.history + 1, self.options.thinned, rng);
        let (mut loss, mut targets) = (0.0, 0);
        for batch in stretches.chunks_mut(self.options.batch) {
            // Those of a length together: a piece is as long as its longest.
            batch.sort_by_key(Vec::len);
            let count = batch.iter().map(Vec::len).sum();
            let mean = self.step(batch, rng) / precise(count);
            let square = self.films.square() + self.network.all_mut().map(|matrix| matrix.square()).sum::<f64>();
            if !(mean.is_finite() && square.is_finite()) {
                return Err(TrainError::Diverged { epoch, loss: mean });
            }
            self.descend(square.sqrt(), count);
            loss += mean * precise(count);
            targets += count;
        }
        Ok(loss / precise(targets.max(1)))
    }

    /// Adds a batch's derivatives up, and returns the sum of its losses.
    fn step(&mut self, batch: &[Vec<Step>], rng: &mut ChaCha8Rng) -> f64 {
        let candidates = drawn(self.films.matrix.rows - 1, self.options.negatives, rng);
        let network = self.network.map(|parameter| parameter.matrix.clone());
        let seed: u64 = rng.random();
        let pieces: Vec<(u64, &[Vec<Step>])> = (0..).zip(pieces(batch, PIECE)).collect();
        let mut loss = 0.0;
        for together in pieces.chunks(SIDE_BY_SIDE) {
            let piece = |&(at, piece): &(u64, &[Vec<Step>])| {
                let dropout = Dropout::new(self.options.dropout, seed.wrapping_add(at << 8));
                self.piece(&network, piece, &candidates, dropout)
            };
            let done: Vec<Done> = together.par_iter().map(piece).collect();
            for mut done in done {
                loss += done.loss;
                self.network.all_mut().zip(done.matrices.all_mut()).for_each(|(sum, gradient)| sum.add(gradient));
                done.rows.iter().for_each(|(rows, gradient)| self.films.add_rows(rows, gradient));
                self.films.add_rows(&candidates.films, &done.of_candidates);
            }
        }
        loss
    }

    /// A step down the mean over so many targets, no longer than it may be.
    fn descend(&mut self, length: f64, targets: usize) {
        self.steps += 1;
        let warm = (f64::from(self.steps) / WARM_UP).min(1.0);
        let shorter = (self.options.clip / length.max(f64::MIN_POSITIVE)).min(precise(targets).recip());
        let rate = self.options.learning_rate * warm;
        let step = Move { number: self.steps, rate, decay: self.options.decay, shorter };
        self.network.all_mut().for_each(|matrix| matrix.descend(step));
        self.films.descend(step);
    }

    /// What a piece adds to the sum of losses, and the derivatives of that.
    fn piece(
        &self,
        network: &Network<Matrix>,
        stretches: &[Vec<Step>],
        candidates: &Candidates,
        dropout: Dropout,
    ) -> Done {
        let films = &self.films.matrix;
        let start = u32::try_from(films.rows - 1).expect("film indices are 32 bits");
        let Lesson { batch, places, targets, worth } = Lesson::new(stretches, start, single(self.options.indifference));
        let path = Path::new(network, Matrix::of_rows(films, &batch.films), &batch, dropout);
        let vectors = Matrix::of_rows(path.vectors(), &places);
        let (rows, own) = (Matrix::of_rows(films, &candidates.films), Matrix::of_rows(films, &targets));
        let loss = Loss::new(&vectors, candidates, &rows, &Sought { films: &targets, rows: &own, worth: &worth });
        let mut of_vectors = Matrix::zeros(path.vectors().rows, films.width);
        for (at, place) in places.iter().enumerate() {
            of_vectors.row_mut(*place as usize).copy_from_slice(loss.of_vectors.row(at));
        }
        let (matrices, of_read) = path.back(&of_vectors);
        let rows = [(batch.films, of_read), (targets, loss.of_sought)];
        Done { loss: loss.sum, matrices, rows, of_candidates: loss.of_candidates }
    }
}

/// What comes of a piece.
struct Done {
    loss: f64,
    /// Derivatives of the network's matrices.
    matrices: Network<Matrix>,
    /// Of films' rows: which, and their derivatives.
    rows: [(Vec<u32>, Matrix); 2],
    of_candidates: Matrix,
}

/// So many candidates, all films alike likely; all where there are no more.
fn drawn(films: usize, count: usize, rng: &mut ChaCha8Rng) -> Candidates {
    let count = count.min(films);
    let number = |film: usize| u32::try_from(film).expect("film indices are 32 bits");
    let drawn: Vec<u32> = if count == films {
        (0..films).map(number).collect()
    } else {
        sample(rng, films, count).into_iter().map(number).collect()
    };
    let mut place = vec![u32::MAX; films];
    for (at, film) in (0..).zip(&drawn) {
        place[*film as usize] = at;
    }
    Candidates { films: drawn, place, correction: single((precise(films) / precise(count)).ln()) }
}
