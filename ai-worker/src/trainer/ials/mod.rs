//! iALS: matrix factorisation of all of people × films by alternating least squares (Hu, Koren & Volinsky 2008), with the
//! unobserved weight, the regularisation by frequency and the initialisation of Rendle, Krichene, Zhang & Koren 2021
//! (arXiv:2110.14037).
//!
//! For events of weight w (a like up to 1, a dislike below 0) and rows p of people and q of films it minimises
//!
//! ```text
//! Σ over events |w|·(p·q − sign w)²  +  α₀·Σ over all people and films (p·q)²  +  Σ ridge(p)·‖p‖² + Σ ridge(q)·‖q‖²
//! ridge(p) = λ·(Σ|w| of the person + α₀·films)^ν        ridge(q) = λ·(Σ|w| of the film + α₀·people)^ν
//! ```
//!
//! so that events mean here what they mean to EASE: the weight of a like draws towards films like it, that of a dislike
//! away from them, and an event of weight 0 is none. With the films' side given, a person's row solves a d × d system
//! ([`solver`](super::solver)), in training ([`sweeps`]) and for somebody never seen alike ([`fold_in`]). The films' side is kept in the
//! eigenbasis of its Gram matrix, which turns no score and leaves α₀·QᵀQ + ridge diagonal.

mod choice;
mod fold_in;
mod options;
mod sweeps;
#[cfg(test)]
mod tests;

pub use choice::{Chosen, choose};
pub use fold_in::Taste;
pub use options::{IalsOptions, MAX_WIDTH};
pub use sweeps::Sweep;

use super::{
    TrainError,
    factors::{design_matrix, log_popularity, single, unit_rows},
    interactions::Interactions,
    onnx,
};

/// What is learnt: the films' side, which is all that is needed for anybody's scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Ials {
    options: IalsOptions,
    /// Q, row-major, one row a film, in the eigenbasis of `QᵀQ`.
    films: Vec<f64>,
    /// The diagonal of `QᵀQ`.
    spectrum: Vec<f64>,
    /// As the prior of EASE has it.
    log_popularity: Vec<f32>,
}

impl Ials {
    /// Fits; `progress` hears of every sweep that is done.
    ///
    /// # Errors
    /// When an option makes no sense, there are no ratings, or what comes out is no number.
    pub fn fit(data: &Interactions, options: IalsOptions, progress: &dyn Fn(Sweep)) -> Result<Self, TrainError> {
        if data.items.is_empty() {
            return Err(TrainError::NoRatings);
        }
        let films = sweeps::alternate(&design_matrix(data, 0.0), options, progress)?;
        Ok(Self {
            options: IalsOptions { width: films.spectrum.len(), ..options },
            films: films.rows,
            spectrum: films.spectrum,
            log_popularity: log_popularity(data),
        })
    }

    pub fn movies(&self) -> usize {
        self.log_popularity.len()
    }

    /// The options of the fit; its width is at most the number of films.
    pub fn options(&self) -> IalsOptions {
        self.options
    }

    /// One value a film, 0–1.
    pub fn log_popularity(&self) -> &[f32] {
        &self.log_popularity
    }

    /// What somebody's events say, whether or not they took part in the fit.
    ///
    /// # Errors
    /// When an event is of no film of the model, or its weight is no number.
    pub fn fold_in(&self, events: &[(u32, f32)]) -> Result<Taste<'_>, TrainError> {
        Taste::new(self, events)
    }

    /// The graph that ranks films for events, with the inputs and outputs of EASE's.
    pub fn recommend_graph(&self) -> Vec<u8> {
        onnx::ials_recommend_graph(&self.tables())
    }

    /// The graph that makes a taste of events, with the inputs and outputs of EASE's.
    pub fn encoder_graph(&self) -> Vec<u8> {
        onnx::ials_encoder_graph(&self.tables())
    }

    /// The films' side, to be scanned: rows of as many values as the fit is wide.
    pub fn film_rows(&self) -> Vec<f32> {
        self.films.iter().copied().map(single).collect()
    }

    /// The graph that ranks films by the cosines of their rows.
    pub fn similar_graph(&self) -> Vec<u8> {
        onnx::similar_graph(&unit_rows(self.options.width, &self.film_rows()))
    }

    /// In single precision, as graphs compute.
    fn tables(&self) -> onnx::IalsTables {
        onnx::IalsTables {
            width: self.options.width,
            films: self.film_rows(),
            log_popularity: self.log_popularity.clone(),
            spread: self.spectrum.iter().map(|value| single(self.options.unobserved * value)).collect(),
            unobserved: single(self.options.unobserved_mass(self.movies())),
            lambda: single(self.options.lambda),
            power: single(self.options.power),
        }
    }

    fn row(&self, film: usize) -> &[f64] {
        &self.films[film * self.options.width..][..self.options.width]
    }
}
