//! The web instances: who there is ([`source`]), how each one is ([`upstream`], [`health`], [`outliers`]), who gets
//! the next request ([`fleet`]), and how they are asked by TLS ([`tls`]).
//!
//! A [`Fleet`] never changes; a new list makes a new one, which takes over the state of the instances that stay.

pub mod fleet;
pub mod health;
pub mod outliers;
pub mod source;
pub mod tls;
pub mod upstream;

use std::sync::Arc;

use arc_swap::ArcSwap;

pub use fleet::{Fleet, Tried};
pub use source::Listed;
pub use tls::Secured;
pub use upstream::{InFlight, Upstream};

/// The fleet of this moment, shared by everything.
#[derive(Debug)]
pub struct Upstreams(ArcSwap<Fleet>);

impl Upstreams {
    pub fn new(fleet: Fleet) -> Arc<Self> {
        Arc::new(Self(ArcSwap::from_pointee(fleet)))
    }

    /// The fleet as it is now.
    pub fn fleet(&self) -> arc_swap::Guard<Arc<Fleet>> {
        self.0.load()
    }

    /// Puts a new fleet into service.
    pub fn replace(&self, fleet: Fleet) {
        self.0.store(Arc::new(fleet));
    }
}
