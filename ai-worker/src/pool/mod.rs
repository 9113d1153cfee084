//! The web's side of AI workers elsewhere: a [`Recommender`](matinee_services::ports::Recommender) over HTTP.
//!
//! Each request has two workers of its own, by consistent hashing of what it is about, and goes to the one of them with
//! less to do ([`choice`]). When it takes longer than 95 of 100 did, one second request goes to another worker and the
//! first answer counts ([`ask`]). A worker that is gone, hangs or is busy is passed by ([`breaker`], [`member`]) and
//! comes back when it answers again ([`watch`]).
//!
//! Where workers rank but a part of the films each, one of each part is asked and the answers are put together ([`parts`]); a part that
//! nobody has is missing from the list.
//!
//! | what | how |
//! |---|---|
//! | can't be connected to | left out at once, tried again after a rest that doubles |
//! | breaks off, fails, or is too slow, several times in a row | the same |
//! | refuses for being overloaded | asked last for as long as it says |
//! | everyone is left out | all are asked nevertheless: a wrong guess must not be the end |

mod ask;
mod breaker;
mod call;
mod choice;
mod latency;
mod member;
mod options;
mod parts;
mod remote;
mod watch;

pub use options::{PoolError, PoolOptions};
pub use remote::RemoteRecommender;
#[cfg(any(feature = "artefacts", all(test, feature = "cli")))]
pub(crate) use remote::client_builder;
