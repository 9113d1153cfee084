//! What is learnt: the factors of B, the popularity of films, and their embeddings for likeness.
//!
//! The best B of rank r for the data (reduced-rank regression, Eckart–Young on the predictions X·B) is B·V·Vᵀ, V being
//! the first r right singular vectors of X·B. So the events' side is U = B·V and the films' side is V, and a smaller
//! rank is a prefix of the columns.

use faer::MatRef;

use super::{TrainError, ease::Ease, interactions::Interactions, sparse::SparseRows, subspace::largest_eigenvectors};
use crate::model::Hyperparameters;

/// The learnt tables, row-major, one row a film.
#[derive(Clone, Debug, PartialEq)]
pub struct Factors {
    pub rank: usize,
    /// U: what an event of the film says.
    pub events: Vec<f32>,
    /// V: what the film is recommended for.
    pub films: Vec<f32>,
    /// ln(1 + weighted number of likes), divided by its largest value: 0–1.
    pub log_popularity: Vec<f32>,
}

/// Unit vectors whose cosines say how alike films are.
#[derive(Clone, Debug, PartialEq)]
pub struct Embeddings {
    pub width: usize,
    /// Row-major; zeros for a film nothing is known of.
    pub unit_rows: Vec<f32>,
}

/// How the fit weighs the data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitOptions {
    pub lambda: f64,
    pub dropout: f64,
    pub user_power: f64,
    pub rank: usize,
    pub seed: u64,
}

impl FitOptions {
    /// Those of chosen settings.
    pub fn of(chosen: Hyperparameters, seed: u64) -> Self {
        let Hyperparameters { lambda, dropout, user_power, rank, prior: _ } = chosen;
        Self { lambda, dropout, user_power, rank, seed }
    }
}

impl Factors {
    /// Fits EASE and factorises it.
    ///
    /// # Errors
    /// When the linear algebra fails, as with λ ≤ 0.
    pub fn fit(data: &Interactions, options: FitOptions) -> Result<Self, TrainError> {
        let x = design_matrix(data, options.user_power);
        let ease = Ease::fit(&x, options.lambda, options.dropout)?;
        let films = largest_eigenvectors(ease.movies(), options.rank, options.seed, |z| ease.prediction_gram_times(z))?;
        let events = ease.times(films.as_ref());
        Ok(Self {
            rank: films.ncols(),
            events: row_major(events.as_ref()),
            films: row_major(films.as_ref()),
            log_popularity: log_popularity(data),
        })
    }

    pub fn movies(&self) -> usize {
        self.log_popularity.len()
    }

    /// U[event]·V[film].
    pub fn term(&self, event: usize, film: usize) -> f32 {
        let row = |table: &[f32], row: usize| table[row * self.rank..(row + 1) * self.rank].to_vec();
        row(&self.events, event).iter().zip(row(&self.films, film)).map(|(left, right)| left * right).sum()
    }

    /// Σₑ wₑ·U[e].
    pub fn taste(&self, events: &[(u32, f32)]) -> Vec<f32> {
        let mut taste = vec![0.0_f32; self.rank];
        for &(item, weight) in events {
            let row = &self.events[item as usize * self.rank..][..self.rank];
            taste.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
        }
        taste
    }

    /// Σₑ wₑ·(U[e]·V[i]) for every film i, also those of the events themselves.
    pub fn event_scores(&self, events: &[(u32, f32)]) -> Vec<f32> {
        let taste = self.taste(events);
        let product = |row: &[f32]| row.iter().zip(&taste).map(|(left, right)| left * right).sum();
        self.films.chunks(self.rank).map(product).collect()
    }

    /// The same model at a smaller rank.
    #[must_use]
    pub fn truncated(&self, rank: usize) -> Self {
        let rank = rank.min(self.rank);
        let prefix = |table: &[f32]| table.chunks(self.rank).flat_map(|row| &row[..rank]).copied().collect();
        Self {
            rank,
            events: prefix(&self.events),
            films: prefix(&self.films),
            log_popularity: self.log_popularity.clone(),
        }
    }
}

/// X: people's rows of rating weights, divided by a power of their length. Its mean row energy stays as it was, so
/// that a λ means the same for every power.
pub(super) fn design_matrix(data: &Interactions, user_power: f64) -> SparseRows {
    let factor = |length: usize| precise(length.max(1)).powf(-user_power / 2.0);
    let energy: f64 = data.rows.iter().map(|row| precise(row.len())).sum();
    let scaled_energy: f64 = data.rows.iter().map(|row| precise(row.len()) * factor(row.len()).powi(2)).sum();
    let restore = if scaled_energy > 0.0 { (energy / scaled_energy).sqrt() } else { 1.0 };
    let rows = data.rows.iter().map(|row| {
        let scale = factor(row.len()) * restore;
        row.iter().map(|interaction| (interaction.item, learning_weight(*interaction) * scale)).collect()
    });
    SparseRows::new(data.items.len(), rows)
}

/// What a rating weighs in the fit: as a fresh event.
pub(super) fn learning_weight(interaction: super::interactions::Interaction) -> f64 {
    f64::from(interaction.weight(interaction.at))
}

pub(super) fn log_popularity(data: &Interactions) -> Vec<f32> {
    let mut likes = vec![0.0_f64; data.items.len()];
    for interaction in data.rows.iter().flatten() {
        likes[interaction.item as usize] += learning_weight(*interaction).max(0.0);
    }
    let logs: Vec<f64> = likes.into_iter().map(f64::ln_1p).collect();
    let largest = logs.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    logs.into_iter().map(|log| single(log / largest)).collect()
}

pub(super) fn row_major(matrix: MatRef<'_, f64>) -> Vec<f32> {
    (0..matrix.nrows()).flat_map(|row| (0..matrix.ncols()).map(move |column| single(matrix[(row, column)]))).collect()
}

/// Rows scaled to length one.
pub fn unit_rows(width: usize, rows: &[f32]) -> Embeddings {
    let unit_rows = rows
        .chunks(width)
        .flat_map(|row| {
            let length = row.iter().map(|value| value * value).sum::<f32>().sqrt();
            let scale = if length > f32::EPSILON { length.recip() } else { 0.0 };
            row.iter().map(move |value| value * scale)
        })
        .collect();
    Embeddings { width, unit_rows }
}

impl Embeddings {
    pub fn movies(&self) -> usize {
        self.unit_rows.len() / self.width
    }

    /// Of what films are recommended for: rows of V, weighted by how much each direction predicts.
    pub fn of(factors: &Factors) -> Self {
        unit_rows(factors.rank, &factors.events)
    }

    /// With the rows from film `first` on so much shorter, and with them their likeness to all others.
    #[must_use]
    pub fn shortened(mut self, first: usize, length: f32) -> Self {
        self.unit_rows[first * self.width..].iter_mut().for_each(|value| *value *= length);
        self
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the graph computes in f32")]
pub(super) fn single(value: f64) -> f32 {
    value as f32
}

#[expect(clippy::cast_precision_loss, reason = "counts of ratings are far below 2^53")]
pub(super) fn precise(count: usize) -> f64 {
    count as f64
}
