//! The graphs of iALS. There is no operator that solves a system, but the inverse of one is a matter of products when it grows by
//! one event at a time (Sherman & Morrison 1950):
//!
//! ```text
//! A₀⁻¹ = 1 ⁄ (α₀·spectrum + λ·(Σ|w| + α₀·n)^ν)                              diagonal
//! v = Aₑ₋₁⁻¹·q        Aₑ⁻¹ = Aₑ₋₁⁻¹ − |w|·v·vᵀ ⁄ (1 + |w|·q·v)        for each event
//! taste = Σₑ wₑ·A⁻¹·q[e]        score[i] = taste·q[i] − own term + c·log_popularity[i]
//! ```
//!
//! `Scan` goes over the events, so it is the solution itself and nothing that converges; weights of 0, as those of padding, change
//! nothing. Inputs and outputs are those of EASE's graphs, so workers don't know the difference.

use super::{
    builder::{Attribute, GraphBuilder},
    proto::data_type::{FLOAT, INT64},
    recommend::{film_tables, rank, ranking_graph, with_dummy},
};

/// What is learnt, in single precision.
pub struct IalsTables {
    pub width: usize,
    /// Row-major, one row a film.
    pub films: Vec<f32>,
    pub log_popularity: Vec<f32>,
    /// α₀·spectrum.
    pub spread: Vec<f32>,
    /// α₀·n.
    pub unobserved: f32,
    pub lambda: f32,
    pub power: f32,
}

/// Inputs and outputs as of [`super::recommend_graph`].
pub fn ials_recommend_graph(tables: &IalsTables) -> Vec<u8> {
    let mut graph = ranking_graph();
    film_tables(&mut graph, tables.width, &tables.films, &tables.log_popularity);
    taste(&mut graph, tables);
    graph.node("Mul", &["event_rows", "weighted_rows"], &["own_products"], &[]);
    graph.node("ReduceSum", &["own_products", "axis_2"], &["weighted_own_terms"], &[Attribute::Int("keepdims", 0)]);
    rank(&mut graph);
    graph.into_bytes()
}

/// Inputs and outputs as of [`super::encoder_graph`].
pub fn ials_encoder_graph(tables: &IalsTables) -> Vec<u8> {
    let mut graph = GraphBuilder::new("encode");
    graph.input("event_items", INT64, &["b", "l"]);
    graph.input("event_weights", FLOAT, &["b", "l"]);
    graph.output("taste", FLOAT, &["b", "r"]);
    graph.output("weighted_rows", FLOAT, &["b", "l", "r"]);
    let rows = tables.films.len() / tables.width + 1;
    graph.floats("film_factors", &[rows, tables.width], &with_dummy(&tables.films, tables.width));
    graph.integers("axis_1", &[1], &[1]);
    graph.integers("axis_2", &[1], &[2]);
    taste(&mut graph, tables);
    graph.into_bytes()
}

/// From the events to `taste [b,r]` and what each adds to it, `weighted_rows [b,L,r]`.
fn taste(graph: &mut GraphBuilder, tables: &IalsTables) {
    start(graph, tables);
    graph.node("Gather", &["film_factors", "event_items"], &["event_rows"], &[Attribute::Int("axis", 0)]);
    graph.node(
        "Scan",
        &["start", "event_rows", "certainty"],
        &["inverse"],
        &[
            Attribute::Body("body", one_more_event()),
            Attribute::Int("num_scan_inputs", 2),
            Attribute::Ints("scan_input_axes", &[1, 1]),
        ],
    );
    graph.node("MatMul", &["event_rows", "inverse"], &["solved_rows"], &[]);
    graph.node("Unsqueeze", &["event_weights", "axis_2"], &["weights_column"], &[]);
    graph.node("Mul", &["solved_rows", "weights_column"], &["weighted_rows"], &[]);
    graph.node("ReduceSum", &["weighted_rows", "axis_1"], &["taste"], &[Attribute::Int("keepdims", 0)]);
}

/// A₀⁻¹ `start [b,r,r]` and |w| `certainty [b,L]`.
fn start(graph: &mut GraphBuilder, tables: &IalsTables) {
    let width = tables.width;
    let mut identity = vec![0.0; width * width];
    identity.iter_mut().step_by(width + 1).for_each(|value| *value = 1.0);
    graph.floats("identity", &[width, width], &identity);
    graph.floats("spread", &[width], &tables.spread);
    graph.floats("unobserved", &[], &[tables.unobserved]);
    graph.floats("lambda", &[], &[tables.lambda]);
    graph.floats("power", &[], &[tables.power]);
    graph.floats("one", &[], &[1.0]);
    graph.node("Abs", &["event_weights"], &["certainty"], &[]);
    graph.node("ReduceSum", &["certainty", "axis_1"], &["evidence"], &[Attribute::Int("keepdims", 1)]);
    graph.node("Add", &["evidence", "unobserved"], &["mass"], &[]);
    graph.node("Pow", &["mass", "power"], &["mass_to_power"], &[]);
    graph.node("Mul", &["mass_to_power", "lambda"], &["ridge"], &[]);
    graph.node("Add", &["ridge", "spread"], &["diagonal"], &[]);
    graph.node("Reciprocal", &["diagonal"], &["inverse_diagonal"], &[]);
    graph.node("Unsqueeze", &["inverse_diagonal", "axis_2"], &["inverse_column"], &[]);
    graph.node("Mul", &["inverse_column", "identity"], &["start"], &[]);
}

/// The body of the scan: state `before [b,r,r]`, an event's row `q [b,r]` and `w [b]`.
fn one_more_event() -> GraphBuilder {
    let mut body = GraphBuilder::new("one_more_event");
    body.input("before", FLOAT, &["b", "r", "r"]);
    body.input("q", FLOAT, &["b", "r"]);
    body.input("w", FLOAT, &["b"]);
    body.output("after", FLOAT, &["b", "r", "r"]);
    body.integers("last", &[1], &[-1]);
    body.integers("middle", &[1], &[1]);
    body.node("Unsqueeze", &["q", "last"], &["q_column"], &[]);
    body.node("Unsqueeze", &["q", "middle"], &["q_row"], &[]);
    body.node("Unsqueeze", &["w", "last"], &["w_row"], &[]);
    body.node("Unsqueeze", &["w_row", "last"], &["w_cell"], &[]);
    body.node("MatMul", &["before", "q_column"], &["v_column"], &[]);
    body.node("Transpose", &["v_column"], &["v_row"], &[Attribute::Ints("perm", &[0, 2, 1])]);
    body.node("MatMul", &["q_row", "v_column"], &["length"], &[]);
    body.node("Mul", &["length", "w_cell"], &["surprise"], &[]);
    body.node("Add", &["surprise", "one"], &["divisor"], &[]);
    body.node("Div", &["w_cell", "divisor"], &["gain"], &[]);
    body.node("Mul", &["v_column", "gain"], &["gained"], &[]);
    body.node("MatMul", &["gained", "v_row"], &["known"], &[]);
    body.node("Sub", &["before", "known"], &["after"], &[]);
    body
}
