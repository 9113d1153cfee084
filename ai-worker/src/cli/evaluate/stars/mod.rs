//! Stages that predict stars ([`stages`]), asked about ratings that were hidden ([`ask`]), and how near they come ([`measure`]).

mod ask;
mod measure;
mod stages;

pub use ask::ask;
pub use measure::{StarAnswers, in_figures};
pub use stages::{chosen, names};
