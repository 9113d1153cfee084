//! The graph that ranks films by what somebody will rate next.
//!
//! ```text
//! score[i] = Σₑ (wₑ·(U₁[e]·V₁[i]) + pₑ·(U₂[e]·V₂[i]))·[e ≠ i]
//! ```
//!
//! As the one that ranks by taste, with rows as wide as EASE's and transitions' together, whose parts have weights of their own: w of
//! taste, p by place. Popularity, which the graph's form has, is 0.

use super::{
    builder::{Attribute, GraphBuilder},
    proto::data_type::FLOAT,
    recommend::{film_tables, rank, ranking_graph, with_dummy},
};
use crate::trainer::transitions::Next;

/// Inputs and outputs as those of [`super::recommend_graph`], and `event_places [b,L]` beside `event_weights`.
pub fn next_graph(next: &Next) -> Vec<u8> {
    let mut graph = ranking_graph();
    graph.input("event_places", FLOAT, &["b", "l"]);
    tables(&mut graph, next);
    events(&mut graph);
    rank(&mut graph);
    graph.into_bytes()
}

fn tables(graph: &mut GraphBuilder, Next { ease, transitions, .. }: &Next) {
    let (movies, of_taste, of_place) = (ease.movies(), ease.rank, transitions.rank);
    let own = |term: &dyn Fn(usize) -> f32| with_dummy(&(0..movies).map(term).collect::<Vec<_>>(), 1);
    graph.floats("event_factors", &[movies + 1, of_taste], &with_dummy(&ease.events, of_taste));
    graph.floats("place_factors", &[movies + 1, of_place], &with_dummy(&transitions.events, of_place));
    graph.floats("own_term", &[movies + 1], &own(&|film| ease.term(film, film)));
    graph.floats("own_place_term", &[movies + 1], &own(&|film| transitions.term(film, film)));
    let rows = ease.films.chunks(of_taste).zip(transitions.films.chunks(of_place));
    let rows: Vec<f32> = rows.flat_map(|(taste, place)| taste.iter().chain(place)).copied().collect();
    film_tables(graph, of_taste + of_place, &rows, &vec![0.0; movies]);
}

fn events(graph: &mut GraphBuilder) {
    for (table, own, weights, kind) in [
        ("event_factors", "own_term", "event_weights", "taste"),
        ("place_factors", "own_place_term", "event_places", "place"),
    ] {
        let name = |what: &str| format!("{kind}_{what}");
        let (rows, column, weighted) = (name("rows"), name("column"), name("weighted_rows"));
        graph.node("Gather", &[table, "event_items"], &[&rows], &[Attribute::Int("axis", 0)]);
        graph.node("Unsqueeze", &[weights, "axis_2"], &[&column], &[]);
        graph.node("Mul", &[&rows, &column], &[&weighted], &[]);
        graph.node("Gather", &[own, "event_items"], &[&name("own")], &[Attribute::Int("axis", 0)]);
        graph.node("Mul", &[&name("own"), weights], &[&name("weighted_own")], &[]);
    }
    let both = ["taste_weighted_rows", "place_weighted_rows"];
    graph.node("Concat", &both, &["weighted_rows"], &[Attribute::Int("axis", 2)]);
    graph.node("ReduceSum", &["weighted_rows", "axis_1"], &["taste"], &[Attribute::Int("keepdims", 0)]);
    graph.node("Add", &["taste_weighted_own", "place_weighted_own"], &["weighted_own_terms"], &[]);
}
