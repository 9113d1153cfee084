//! The web's side of AI workers elsewhere: a [`Recommender`] over HTTP.
//!
//! Calls go round the workers; one that can't be reached, is busy or has no model is passed over for the next, as long
//! as the time allows. A worker that could not be reached is asked last for a while.

mod health;
mod remote;

pub use remote::{PoolError, PoolOptions, RemoteRecommender};
