//! The graph that ranks films for events.
//!
//! For a batch of b people with at most L events and M hidden films each, over n films and rank r:
//!
//! ```text
//! score[i] = Σₑ wₑ·(U[e]·V[i])·[e ≠ i]  +  c·log_popularity[i]
//! ```
//!
//! A film is no reason for itself: its own term is taken out, which restores the zero diagonal of EASE that a low rank
//! can't keep. Row n of every table is a dummy film, to which padding points; hidden films and the dummy get
//! [`crate::worker::MASKED`]. The terms of the best k come out beside their scores.

use super::{
    builder::{Attribute, GraphBuilder},
    proto::data_type::{FLOAT, INT64},
};
use crate::{trainer::Factors, worker::MASKED};

/// Inputs `event_items [b,L]`, `event_weights [b,L]`, `prior_weight [b]`, `hidden_items [b,M]`, `k [1]`; outputs `items
/// [b,k]`, `scores [b,k]`, `event_terms [b,k,L]`, `prior_terms [b,k]`.
pub fn recommend_graph(factors: &Factors) -> Vec<u8> {
    let mut graph = ranking_graph();
    tables(&mut graph, factors);
    taste(&mut graph);
    rank(&mut graph);
    graph.into_bytes()
}

/// A graph with the inputs and outputs of one that ranks.
pub(super) fn ranking_graph() -> GraphBuilder {
    let mut graph = GraphBuilder::new("recommend");
    graph.input("event_items", INT64, &["b", "l"]);
    graph.input("event_weights", FLOAT, &["b", "l"]);
    graph.input("prior_weight", FLOAT, &["b"]);
    graph.input("hidden_items", INT64, &["b", "m"]);
    graph.input("k", INT64, &["one"]);
    graph.output("items", INT64, &["b", "k"]);
    graph.output("scores", FLOAT, &["b", "k"]);
    graph.output("event_terms", FLOAT, &["b", "k", "l"]);
    graph.output("prior_terms", FLOAT, &["b", "k"]);
    graph
}

/// From `taste [b,r]`, its `weighted_rows [b,L,r]` and `weighted_own_terms [b,L]` to the outputs.
pub(super) fn rank(graph: &mut GraphBuilder) {
    scores(graph);
    mask(graph);
    terms(graph);
}

/// The learnt tables, each with a row of zeros for the dummy film, and the small constants.
fn tables(graph: &mut GraphBuilder, factors: &Factors) {
    let rows = factors.movies() + 1;
    graph.floats("event_factors", &[rows, factors.rank], &with_dummy(&factors.events, factors.rank));
    let own: Vec<f32> = (0..factors.movies()).map(|movie| factors.term(movie, movie)).collect();
    graph.floats("own_term", &[rows], &with_dummy(&own, 1));
    film_tables(graph, factors.rank, &factors.films, &factors.log_popularity);
}

/// The films' side, with the constants that ranking takes.
pub(super) fn film_tables(graph: &mut GraphBuilder, width: usize, films: &[f32], log_popularity: &[f32]) {
    let movies = log_popularity.len();
    graph.floats("film_factors", &[movies + 1, width], &with_dummy(films, width));
    graph.floats("log_popularity", &[movies + 1], &with_dummy(log_popularity, 1));
    graph.floats("masked", &[], &[MASKED]);
    graph.floats("zero", &[], &[0.0]);
    graph.integers("dummy", &[1], &[i64::try_from(movies).expect("a number of films fits 63 bits")]);
    graph.integers("axis_0", &[1], &[0]);
    graph.integers("axis_1", &[1], &[1]);
    graph.integers("axis_2", &[1], &[2]);
}

/// A table and a row of zeros.
pub(super) fn with_dummy(values: &[f32], width: usize) -> Vec<f32> {
    [values, &vec![0.0; width]].concat()
}

fn taste(graph: &mut GraphBuilder) {
    graph.node("Gather", &["event_factors", "event_items"], &["event_rows"], &[Attribute::Int("axis", 0)]);
    graph.node("Unsqueeze", &["event_weights", "axis_2"], &["weights_column"], &[]);
    graph.node("Mul", &["event_rows", "weights_column"], &["weighted_rows"], &[]);
    graph.node("ReduceSum", &["weighted_rows", "axis_1"], &["taste"], &[Attribute::Int("keepdims", 0)]);
    graph.node("Gather", &["own_term", "event_items"], &["own_terms"], &[Attribute::Int("axis", 0)]);
    graph.node("Mul", &["own_terms", "event_weights"], &["weighted_own_terms"], &[]);
}

fn scores(graph: &mut GraphBuilder) {
    graph.node("Gemm", &["taste", "film_factors"], &["with_own_terms"], &[Attribute::Int("transB", 1)]);
    graph.node("Neg", &["weighted_own_terms"], &["own_terms_off"], &[]);
    graph.node(
        "ScatterElements",
        &["with_own_terms", "event_items", "own_terms_off"],
        &["event_scores"],
        &[Attribute::Int("axis", 1), Attribute::Text("reduction", "add")],
    );
    graph.node("Unsqueeze", &["prior_weight", "axis_1"], &["prior_column"], &[]);
    graph.node("Mul", &["prior_column", "log_popularity"], &["prior_scores"], &[]);
    graph.node("Add", &["event_scores", "prior_scores"], &["open_scores"], &[]);
}

fn mask(graph: &mut GraphBuilder) {
    graph.node("Shape", &["hidden_items"], &["hidden_shape"], &[]);
    graph.node("Expand", &["masked", "hidden_shape"], &["masks"], &[]);
    graph.node(
        "ScatterElements",
        &["open_scores", "hidden_items", "masks"],
        &["masked_scores"],
        &[Attribute::Int("axis", 1)],
    );
    graph.node("Slice", &["masked_scores", "axis_0", "dummy", "axis_1"], &["film_scores"], &[]);
    graph.node(
        "TopK",
        &["film_scores", "k"],
        &["scores", "items"],
        &[Attribute::Int("axis", 1), Attribute::Int("largest", 1), Attribute::Int("sorted", 1)],
    );
}

fn terms(graph: &mut GraphBuilder) {
    graph.node("Gather", &["film_factors", "items"], &["best_rows"], &[Attribute::Int("axis", 0)]);
    graph.node("Transpose", &["weighted_rows"], &["events_across"], &[Attribute::Ints("perm", &[0, 2, 1])]);
    graph.node("MatMul", &["best_rows", "events_across"], &["all_terms"], &[]);
    graph.node("Unsqueeze", &["items", "axis_2"], &["items_column"], &[]);
    graph.node("Unsqueeze", &["event_items", "axis_1"], &["events_row"], &[]);
    graph.node("Equal", &["items_column", "events_row"], &["is_own"], &[]);
    graph.node("Where", &["is_own", "zero", "all_terms"], &["event_terms"], &[]);
    graph.node("Gather", &["log_popularity", "items"], &["best_popularity"], &[Attribute::Int("axis", 0)]);
    graph.node("Mul", &["best_popularity", "prior_column"], &["prior_terms"], &[]);
}
