//! The graph that ranks films by likeness to one: the cosine of their embeddings, the film itself masked.

use super::{
    builder::{Attribute, GraphBuilder},
    proto::data_type::{FLOAT, INT64},
};
use crate::{trainer::Embeddings, worker::MASKED};

/// Inputs `item [b]`, `k [1]`; outputs `items [b,k]`, `scores [b,k]` (−1 to 1).
pub fn similar_graph(embeddings: &Embeddings) -> Vec<u8> {
    let mut graph = GraphBuilder::new("similar");
    graph.input("item", INT64, &["b"]);
    graph.input("k", INT64, &["one"]);
    graph.output("items", INT64, &["b", "k"]);
    graph.output("scores", FLOAT, &["b", "k"]);
    graph.floats("embeddings", &[embeddings.movies(), embeddings.width], &embeddings.unit_rows);
    graph.floats("masked", &[], &[MASKED]);
    graph.integers("axis_1", &[1], &[1]);

    graph.node("Gather", &["embeddings", "item"], &["row"], &[Attribute::Int("axis", 0)]);
    graph.node("Gemm", &["row", "embeddings"], &["cosines"], &[Attribute::Int("transB", 1)]);
    graph.node("Unsqueeze", &["item", "axis_1"], &["item_column"], &[]);
    graph.node("Shape", &["item_column"], &["item_shape"], &[]);
    graph.node("Expand", &["masked", "item_shape"], &["masks"], &[]);
    graph.node("ScatterElements", &["cosines", "item_column", "masks"], &["others"], &[Attribute::Int("axis", 1)]);
    graph.node(
        "TopK",
        &["others", "k"],
        &["scores", "items"],
        &[Attribute::Int("axis", 1), Attribute::Int("largest", 1), Attribute::Int("sorted", 1)],
    );
    graph.into_bytes()
}
