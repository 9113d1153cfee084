//! The graph that predicts stars. There is no operator that solves a system, but a small one is solved by as many steps of
//! Gauss and Jordan as a row has values, whatever the number of ratings; it is positive definite, so pivots are never small:
//!
//! ```text
//! A = EᵀE + diag(β, λ·√n, …)       b = Eᵀ·(stars − means)       M = [A | b]
//! M ← M − (M·eₖ − eₖ)·(eₖᵀ·M) ⁄ Mₖₖ         for each k; then the last column is A⁻¹·b
//! stars = mean[i] + row[i]·A⁻¹b             reach = by_known[class of n]·by_raters[i]
//! ```
//!
//! Row n of the tables is a dummy film of zeros, to which padding points, so it changes nothing and does not count.

use super::{
    builder::{Attribute, GraphBuilder},
    proto::data_type::{FLOAT, INT64},
    recommend::with_dummy,
};

/// What is learnt, in single precision.
pub struct StarsTables {
    /// Row-major, `width` values a film, the first of them 1.
    pub rows: Vec<f32>,
    pub width: usize,
    /// The mean of all ratings and the film's bias.
    pub means: Vec<f32>,
    /// The reach, a film.
    pub by_raters: Vec<f32>,
    /// Classes of how much is known of somebody begin with so many ratings, the first with 0.
    pub known_from: Vec<f32>,
    /// A factor of the reach of each.
    pub by_known: Vec<f32>,
    /// β.
    pub bias_ridge: f32,
    /// λ.
    pub ridge: f32,
    pub lowest: f32,
    pub highest: f32,
}

/// Inputs `event_items [l]`, `event_stars [l]`, `items [k]`; outputs `stars [k]`, `low [k]`, `high [k]`.
pub fn stars_graph(tables: &StarsTables) -> Vec<u8> {
    let mut graph = GraphBuilder::new("stars");
    graph.input("event_items", INT64, &["l"]);
    graph.input("event_stars", FLOAT, &["l"]);
    graph.input("items", INT64, &["k"]);
    for output in ["stars", "low", "high"] {
        graph.output(output, FLOAT, &["k"]);
    }
    constants(&mut graph, tables);
    system(&mut graph);
    opinion(&mut graph, tables.width);
    reach(&mut graph);
    answer(&mut graph);
    graph.into_bytes()
}

fn constants(graph: &mut GraphBuilder, tables: &StarsTables) {
    let (width, films) = (tables.width, tables.means.len());
    graph.floats("rows", &[films + 1, width], &with_dummy(&tables.rows, width));
    graph.floats("means", &[films + 1], &with_dummy(&tables.means, 1));
    graph.floats("by_raters", &[films + 1], &with_dummy(&tables.by_raters, 1));
    graph.floats("is_film", &[films + 1], &with_dummy(&vec![1.0; films], 1));
    graph.floats("known_from", &[tables.known_from.len()], &tables.known_from);
    graph.floats("by_known", &[tables.by_known.len()], &tables.by_known);
    let unit = |at: usize| (0..width).map(move |other| if at == other { 1.0 } else { 0.0 });
    graph.floats("identity", &[width, width], &(0..width).flat_map(unit).collect::<Vec<f32>>());
    let padded: Vec<f32> = (0..width).flat_map(|at| unit(at).chain([0.0])).collect();
    graph.floats("padded_identity", &[width, width + 1], &padded);
    let mut fixed = vec![0.0; width];
    fixed[0] = tables.bias_ridge;
    graph.floats("fixed_ridge", &[width], &fixed);
    let mut growing = vec![tables.ridge; width];
    growing[0] = 0.0;
    graph.floats("growing_ridge", &[width], &growing);
    graph.floats("one", &[], &[1.0]);
    graph.floats("lowest", &[], &[tables.lowest]);
    graph.floats("highest", &[], &[tables.highest]);
    graph.integers("one_less", &[], &[-1]);
    graph.integers("axis_0", &[1], &[0]);
    graph.integers("axis_1", &[1], &[1]);
}

/// `[A | b]`, with the number `known []`.
fn system(graph: &mut GraphBuilder) {
    let along_films = [Attribute::Int("axis", 0)];
    graph.node("Gather", &["rows", "event_items"], &["event_rows"], &along_films);
    graph.node("Gather", &["means", "event_items"], &["event_means"], &along_films);
    graph.node("Gather", &["is_film", "event_items"], &["are_films"], &along_films);
    graph.node("ReduceSum", &["are_films"], &["known"], &[Attribute::Int("keepdims", 0)]);
    graph.node("Sub", &["event_stars", "event_means"], &["above_row"], &[]);
    graph.node("Unsqueeze", &["above_row", "axis_1"], &["above"], &[]);
    graph.node("Max", &["known", "one"], &["at_least_one"], &[]);
    graph.node("Sqrt", &["at_least_one"], &["root"], &[]);
    graph.node("Mul", &["growing_ridge", "root"], &["grown_ridge"], &[]);
    graph.node("Add", &["fixed_ridge", "grown_ridge"], &["ridge"], &[]);
    graph.node("Mul", &["identity", "ridge"], &["diagonal"], &[]);
    graph.node("Transpose", &["event_rows"], &["events_across"], &[Attribute::Ints("perm", &[1, 0])]);
    graph.node("MatMul", &["events_across", "event_rows"], &["gram"], &[]);
    graph.node("Add", &["gram", "diagonal"], &["matrix"], &[]);
    graph.node("MatMul", &["events_across", "above"], &["wanted"], &[]);
    graph.node("Concat", &["matrix", "wanted"], &["start"], &[Attribute::Int("axis", 1)]);
}

/// `opinion [r,1]`, which is A⁻¹·b.
fn opinion(graph: &mut GraphBuilder, width: usize) {
    let last = [i64::try_from(width).expect("a small width")];
    graph.integers("last_column", &[1], &last);
    graph.node(
        "Scan",
        &["start", "identity", "padded_identity"],
        &["solved"],
        &[Attribute::Body("body", one_more_pivot()), Attribute::Int("num_scan_inputs", 2)],
    );
    graph.node("Gather", &["solved", "last_column"], &["opinion"], &[Attribute::Int("axis", 1)]);
}

/// The body of the scan: state `before [r,c]`, and the pivot's place as `u [r]` and `e [c]`.
fn one_more_pivot() -> GraphBuilder {
    let mut body = GraphBuilder::new("one_more_pivot");
    body.input("before", FLOAT, &["r", "c"]);
    body.input("u", FLOAT, &["r"]);
    body.input("e", FLOAT, &["c"]);
    body.output("after", FLOAT, &["r", "c"]);
    body.integers("first", &[1], &[0]);
    body.integers("second", &[1], &[1]);
    body.node("Unsqueeze", &["u", "first"], &["u_row"], &[]);
    body.node("Unsqueeze", &["u", "second"], &["u_column"], &[]);
    body.node("Unsqueeze", &["e", "second"], &["e_column"], &[]);
    body.node("MatMul", &["u_row", "before"], &["row"], &[]);
    body.node("MatMul", &["before", "e_column"], &["column"], &[]);
    body.node("MatMul", &["row", "e_column"], &["pivot"], &[]);
    body.node("Sub", &["column", "u_column"], &["off"], &[]);
    body.node("Div", &["off", "pivot"], &["factor"], &[]);
    body.node("MatMul", &["factor", "row"], &["change"], &[]);
    body.node("Sub", &["before", "change"], &["after"], &[]);
    body
}

/// `reach [k]`.
fn reach(graph: &mut GraphBuilder) {
    graph.node("GreaterOrEqual", &["known", "known_from"], &["are_reached"], &[]);
    graph.node("Cast", &["are_reached"], &["reached"], &[Attribute::Int("to", INT64.into())]);
    graph.node("ReduceSum", &["reached"], &["classes"], &[Attribute::Int("keepdims", 0)]);
    graph.node("Add", &["classes", "one_less"], &["class"], &[]);
    graph.node("Gather", &["by_known", "class"], &["of_known"], &[Attribute::Int("axis", 0)]);
    graph.node("Gather", &["by_raters", "items"], &["of_raters"], &[Attribute::Int("axis", 0)]);
    graph.node("Mul", &["of_raters", "of_known"], &["reach"], &[]);
}

fn answer(graph: &mut GraphBuilder) {
    graph.node("Gather", &["rows", "items"], &["film_rows"], &[Attribute::Int("axis", 0)]);
    graph.node("Gather", &["means", "items"], &["film_means"], &[Attribute::Int("axis", 0)]);
    graph.node("MatMul", &["film_rows", "opinion"], &["fits_column"], &[]);
    graph.node("Squeeze", &["fits_column", "axis_1"], &["fits"], &[]);
    graph.node("Add", &["film_means", "fits"], &["unbound"], &[]);
    graph.node("Clip", &["unbound", "lowest", "highest"], &["stars"], &[]);
    graph.node("Sub", &["stars", "reach"], &["unbound_low"], &[]);
    graph.node("Max", &["unbound_low", "lowest"], &["low"], &[]);
    graph.node("Add", &["stars", "reach"], &["unbound_high"], &[]);
    graph.node("Min", &["unbound_high", "highest"], &["high"], &[]);
}
