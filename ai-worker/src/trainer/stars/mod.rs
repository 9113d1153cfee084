//! The head that predicts stars: what somebody would give a film, and between which stars that lies four times out of five.
//!
//! For stars r of people u and films i it minimises, by alternating least squares ([`sweeps`]),
//!
//! ```text
//! Σ over ratings (r − m − b(u) − c(i) − p·q)²  +  β·Σ b² + β·Σ c²  +  Σ λ·√n·‖p‖² + Σ λ·√n·‖q‖²
//! ```
//!
//! m being the mean and n the number of ratings of that person or film. With d = 0 that is regularised biases alone (Koren 2009).
//! Of somebody never seen their ratings are enough ([`fold_in`]). How far off it may be ([`reach`]) is learnt on people whom the
//! fit did not see, and λ and d are chosen ([`choice`]) on others of those. [`StarsHead`] is all of it.

mod choice;
mod fold_in;
mod head;
mod options;
mod reach;
mod split;
mod sweeps;
#[cfg(test)]
mod tests;

pub use choice::{Chosen, MAX_FITS, choose};
pub use fold_in::Opinion;
pub use head::{Predicted, StarsHead};
pub use options::StarsOptions;
pub use reach::Reach;
pub use split::HeldOut;
pub use sweeps::StarsModel;

/// The lowest and the highest rating.
pub const LOWEST: f64 = 0.5;
pub const HIGHEST: f64 = 5.0;
