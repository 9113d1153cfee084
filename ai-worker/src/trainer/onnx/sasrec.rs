//! The graph of SASRec: from events, the latest first, to a score of every film.
//!
//! Attention doesn't mind in which order places lie, so they stay in that of the events, with the start after them. What counts is the
//! place of each, which is the number of events that are not later, and which others it sees: those of no later place. Padding, events
//! that weigh nothing and those beyond the longest history become starts that nothing sees. The answer is read at the
//! first that counts, which is the start itself where nothing does.

use super::{
    builder::{Attribute, GraphBuilder},
    proto::data_type::{FLOAT, INT64},
};

/// Next to −∞, before a softmax.
const OUT_OF_SIGHT: f32 = -1e9;
/// The element type of truth values.
const BOOL: i64 = 9;

/// A matrix `[inputs, outputs]`, row-major.
pub struct Table {
    pub shape: (usize, usize),
    pub values: Vec<f32>,
}

/// What is learnt.
pub struct SasrecTables {
    pub width: usize,
    pub heads: usize,
    pub history: usize,
    pub with_dislikes: bool,
    pub epsilon: f32,
    /// One row a film, then that of the start.
    pub films: Vec<f32>,
    /// One row a place, the start's first.
    pub places: Vec<f32>,
    pub opinion: Vec<f32>,
    pub blocks: Vec<SasrecBlock>,
}

pub struct SasrecBlock {
    pub query: Table,
    pub key: Table,
    pub value: Table,
    pub attended: Table,
    pub attention_gate: Table,
    pub inner_gate: Table,
    pub inner: Table,
    pub outer: Table,
    pub outer_gate: Table,
}

/// Inputs `event_items [b,L]`, `event_weights [b,L]` as those of EASE's graphs; output `scores [b,films]`.
pub fn sasrec_graph(tables: &SasrecTables) -> Vec<u8> {
    let mut graph = GraphBuilder::new("sasrec");
    graph.input("event_items", INT64, &["b", "l"]);
    graph.input("event_weights", FLOAT, &["b", "l"]);
    graph.output("scores", FLOAT, &["b", "n"]);
    let mut writer = Writer { graph, tables };
    writer.constants();
    writer.count();
    writer.place();
    let mut x = "inputs".to_owned();
    for (at, block) in tables.blocks.iter().enumerate() {
        x = writer.block(at, block, &x);
    }
    writer.answer(&x);
    writer.graph.into_bytes()
}

struct Writer<'a> {
    graph: GraphBuilder,
    tables: &'a SasrecTables,
}

impl Writer<'_> {
    fn node(&mut self, operator: &str, inputs: &[&str], output: &str, attributes: &[Attribute]) {
        self.graph.node(operator, inputs, &[output], attributes);
    }

    fn constants(&mut self) {
        let int = |value: usize| i64::try_from(value).expect("a width fits 63 bits");
        let SasrecTables { width, heads, history, films, places, opinion, .. } = self.tables;
        let rows = films.len() / width;
        let graph = &mut self.graph;
        graph.floats("films", &[rows, *width], films);
        graph.floats("places", &[places.len() / width, *width], places);
        graph.floats("opinion", &[*width], opinion);
        graph.floats("ones", &[*width], &vec![1.0; *width]);
        graph.floats("zero", &[], &[0.0]);
        graph.floats("out_of_sight", &[], &[OUT_OF_SIGHT]);
        graph.integers("start", &[], &[int(rows - 1)]);
        graph.integers("films_end", &[1], &[int(rows - 1)]);
        graph.integers("history", &[], &[int(*history)]);
        graph.integers("along_events", &[], &[1]);
        graph.integers("one_column", &[1], &[1]);
        for (name, axis) in [("axis_0", 0), ("axis_1", 1), ("axis_2", 2)] {
            graph.integers(name, &[1], &[axis]);
        }
        graph.integers("in_heads", &[4], &[0, 0, int(*heads), int(width / heads)]);
        graph.integers("joined", &[3], &[0, 0, int(*width)]);
        graph.integers("one_row", &[3], &[1, 1, int(*width)]);
    }

    /// Which events count: `kept [b,L]`.
    fn count(&mut self) {
        let strength = if self.tables.with_dislikes { "Abs" } else { "Identity" };
        self.node(strength, &["event_weights"], "strengths", &[]);
        self.node("Greater", &["strengths", "zero"], "is_told", &[]);
        self.node("Cast", &["is_told"], "told", &[Attribute::Int("to", i64::from(INT64))]);
        self.node("CumSum", &["told", "along_events"], "told_so_far", &[]);
        self.node("LessOrEqual", &["told_so_far", "history"], "is_late", &[]);
        self.node("And", &["is_told", "is_late"], "is_kept", &[]);
        self.node("Cast", &["is_kept"], "kept", &[Attribute::Int("to", i64::from(INT64))]);
    }

    /// The vectors that the first block reads, `inputs [b,L+1,d]`, and what hides which from which, `penalties [b,1,L+1,L+1]`.
    fn place(&mut self) {
        self.node("Shape", &["event_items"], "shape", &[]);
        self.node("Slice", &["shape", "axis_0", "axis_1", "axis_0"], "people", &[]);
        self.node("Concat", &["people", "one_column"], "start_shape", &[Attribute::Int("axis", 0)]);
        let beside = &[Attribute::Int("axis", 1)];
        self.node("Where", &["is_kept", "event_items", "start"], "kept_items", &[]);
        self.node("Expand", &["start", "start_shape"], "starts", &[]);
        self.node("Concat", &["kept_items", "starts"], "items", beside);
        self.node("Where", &["is_kept", "event_weights", "zero"], "kept_weights", &[]);
        self.node("Expand", &["zero", "start_shape"], "start_weights", &[]);
        self.node("Concat", &["kept_weights", "start_weights"], "weights", beside);
        self.node("Expand", &["along_events", "start_shape"], "start_counts", &[]);
        self.node("Concat", &["kept", "start_counts"], "counts", beside);
        // Of the start, which is last, it is 1; its place is 0.
        self.node("CumSum", &["counts", "along_events"], "counted", &[Attribute::Int("reverse", 1)]);
        self.node("Sub", &["counted", "along_events"], "place", &[]);

        self.node("Gather", &["films", "items"], "film_rows", &[Attribute::Int("axis", 0)]);
        self.node("Gather", &["places", "place"], "place_rows", &[Attribute::Int("axis", 0)]);
        self.node("Unsqueeze", &["weights", "axis_2"], "weights_column", &[]);
        self.node("Mul", &["weights_column", "opinion"], "opinions", &[]);
        self.node("Add", &["film_rows", "opinions"], "told_rows", &[]);
        self.node("Add", &["told_rows", "place_rows"], "inputs", &[]);

        self.node("Unsqueeze", &["place", "axis_1"], "place_row", &[]);
        self.node("Unsqueeze", &["place", "axis_2"], "place_column", &[]);
        self.node("LessOrEqual", &["place_row", "place_column"], "is_not_later", &[]);
        self.node("Cast", &["counts"], "is_counted", &[Attribute::Int("to", BOOL)]);
        self.node("Unsqueeze", &["is_counted", "axis_1"], "is_counted_row", &[]);
        self.node("And", &["is_not_later", "is_counted_row"], "is_seen", &[]);
        self.node("Where", &["is_seen", "zero", "out_of_sight"], "penalty", &[]);
        self.node("Unsqueeze", &["penalty", "axis_1"], "penalties", &[]);
    }

    fn block(&mut self, number: usize, block: &SasrecBlock, x: &str) -> String {
        let at = |name: &str| format!("b{number}_{name}");
        let SasrecTables { width, heads, .. } = *self.tables;
        #[expect(clippy::cast_precision_loss, reason = "a head's width")]
        let scale = ((width / heads) as f32).sqrt().recip();
        let values = block.query.values.iter().map(|value| value * scale).collect();
        let query = Table { values, ..block.query };
        self.norm(x, &at("seen"));
        for (name, matrix, perm) in [
            ("query", &query, &[0_i64, 2, 1, 3]),
            ("key", &block.key, &[0, 2, 3, 1]),
            ("value", &block.value, &[0, 2, 1, 3]),
        ] {
            let (flat, split) = (at(&format!("{name}_flat")), at(&format!("{name}_split")));
            self.product(&at("seen"), matrix, &flat);
            self.node("Reshape", &[&flat, "in_heads"], &split, &[]);
            self.node("Transpose", &[&split], &at(name), &[Attribute::Ints("perm", perm)]);
        }
        self.node("MatMul", &[&at("query"), &at("key")], &at("likeness"), &[]);
        self.node("Add", &[&at("likeness"), "penalties"], &at("visible"), &[]);
        self.node("Softmax", &[&at("visible")], &at("looks"), &[Attribute::Int("axis", -1)]);
        self.node("MatMul", &[&at("looks"), &at("value")], &at("heads"), &[]);
        self.node("Transpose", &[&at("heads")], &at("by_place"), &[Attribute::Ints("perm", &[0, 2, 1, 3])]);
        self.node("Reshape", &[&at("by_place"), "joined"], &at("heads_joined"), &[]);
        self.product(&at("heads_joined"), &block.attended, &at("attended"));
        self.gated(x, &block.attention_gate, &at("attended"), &at("middle"));

        self.norm(&at("middle"), &at("middle_seen"));
        self.product(&at("middle_seen"), &block.inner_gate, &at("inner_gate"));
        self.product(&at("middle_seen"), &block.inner, &at("inner_open"));
        self.node("Sigmoid", &[&at("inner_gate")], &at("inner_sigmoid"), &[]);
        self.node("Mul", &[&at("inner_gate"), &at("inner_sigmoid")], &at("inner_silu"), &[]);
        self.node("Mul", &[&at("inner_silu"), &at("inner_open")], &at("inner"), &[]);
        self.product(&at("inner"), &block.outer, &at("outer"));
        self.gated(&at("middle"), &block.outer_gate, &at("outer"), &at("out"));
        at("out")
    }

    /// Scores after the latest event.
    fn answer(&mut self, x: &str) {
        self.norm(x, "vectors");
        // The first of those that count, for the largest value is found where it is first.
        self.node("ArgMax", &["counts"], "latest", &[Attribute::Int("axis", 1), Attribute::Int("keepdims", 1)]);
        self.node("Unsqueeze", &["latest", "axis_2"], "latest_place", &[]);
        self.node("Expand", &["latest_place", "one_row"], "latest_values", &[]);
        self.node("GatherElements", &["vectors", "latest_values"], "latest_rows", &[Attribute::Int("axis", 1)]);
        self.node("Squeeze", &["latest_rows", "axis_1"], "taste", &[]);
        self.node("Gemm", &["taste", "films"], "with_start", &[Attribute::Int("transB", 1)]);
        self.node("Slice", &["with_start", "axis_0", "films_end", "axis_1"], "scores", &[]);
    }

    /// `to = from · matrix`.
    fn product(&mut self, from: &str, matrix: &Table, to: &str) {
        let name = format!("{to}_matrix");
        self.graph.floats(&name, &[matrix.shape.0, matrix.shape.1], &matrix.values);
        self.node("MatMul", &[from, &name], to, &[]);
    }

    fn norm(&mut self, from: &str, to: &str) {
        let attributes = [Attribute::Int("axis", -1), Attribute::Float("epsilon", self.tables.epsilon)];
        self.node("LayerNormalization", &[from, "ones"], to, &attributes);
    }

    /// `to = x + σ(x · gate)·y`.
    fn gated(&mut self, x: &str, gate: &Table, y: &str, to: &str) {
        let at = |name: &str| format!("{to}_{name}");
        self.product(x, gate, &at("gate"));
        self.node("Sigmoid", &[&at("gate")], &at("open"), &[]);
        self.node("Mul", &[&at("open"), y], &at("let_through"), &[]);
        self.node("Add", &[x, &at("let_through")], to, &[]);
    }
}
