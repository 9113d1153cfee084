//! A model's life: trained, registered as a candidate, judged against the one that serves ([`gate`]), live, retired, and
//! gone back to.
//!
//! Between candidate and live a model can be a shadow, or on trial ([`trials`]).
//!
//! The database says which model is in which state (`ModelRegistry`), the folder of models holds their files and the
//! pointer that workers follow. The pointer moves last: whatever fails before leaves the live model as it was.
//!
//! Where machines have folders of their own, a store has the files for all of them ([`sharing`]), and who follows the registry fetches what
//! it names ([`following`]).

mod error;
mod fetching;
mod following;
mod gate;
mod golden;
mod held_out;
mod measures;
mod sharing;
mod steps;
mod trials;
mod verdict;

pub use error::LifeError;
pub use gate::{Check, Gate, Verdict};
pub use golden::{Golden, read_golden};
pub use held_out::{HeldOut, is_held_out};
pub use measures::{Interval, Measures};
pub use steps::{Life, Promotion};
pub use trials::TrialEnd;
