//! The director: one address in front of any number of web instances.
//!
//! A request goes [`connections`] (how many, how slow) → [`proxy`] (what is refused, which instance, what is tried again)
//! → an instance out of [`upstreams`] (who is there, who is well, who is next). [`serve`] puts the parts together,
//! [`admin`] tells how they are. Directors know nothing of each other: the same list of instances and the same session
//! cookie give the same instance on every one of them.

pub mod access_log;
pub mod admin;
pub mod cli;
mod clock;
pub mod config;
pub mod connections;
mod measures;
pub mod proxy;
pub mod serve;
mod stopping;
mod tls;
pub mod upstreams;
