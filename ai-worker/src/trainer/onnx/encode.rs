//! The graph that makes a taste of events, for models whose films are scanned beside it.
//!
//! ```text
//! taste = Σₑ wₑ·U[e]
//! ```
//!
//! Row n of the table is a dummy film, to which padding points.

use super::{
    builder::{Attribute, GraphBuilder},
    proto::data_type::{FLOAT, INT64},
};
use crate::trainer::Factors;

/// Inputs `event_items [b,L]`, `event_weights [b,L]`; outputs `taste [b,r]` and what each event adds to it, `weighted_rows
/// [b,L,r]`.
pub fn encoder_graph(factors: &Factors) -> Vec<u8> {
    let mut graph = GraphBuilder::new("encode");
    graph.input("event_items", INT64, &["b", "l"]);
    graph.input("event_weights", FLOAT, &["b", "l"]);
    graph.output("taste", FLOAT, &["b", "r"]);
    graph.output("weighted_rows", FLOAT, &["b", "l", "r"]);
    let with_dummy = [factors.events.as_slice(), &vec![0.0; factors.rank]].concat();
    graph.floats("event_factors", &[factors.movies() + 1, factors.rank], &with_dummy);
    graph.integers("axis_1", &[1], &[1]);
    graph.integers("axis_2", &[1], &[2]);
    graph.node("Gather", &["event_factors", "event_items"], &["event_rows"], &[Attribute::Int("axis", 0)]);
    graph.node("Unsqueeze", &["event_weights", "axis_2"], &["weights_column"], &[]);
    graph.node("Mul", &["event_rows", "weights_column"], &["weighted_rows"], &[]);
    graph.node("ReduceSum", &["weighted_rows", "axis_1"], &["taste"], &[Attribute::Int("keepdims", 0)]);
    graph.into_bytes()
}

/// The films' side, to be scanned: rows of V, then the logarithms of popularity, as 32-bit floats, low byte first.
pub fn film_rows(factors: &Factors) -> Vec<u8> {
    factors.films.iter().chain(&factors.log_popularity).flat_map(|value| value.to_le_bytes()).collect()
}
