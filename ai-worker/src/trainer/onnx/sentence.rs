//! The graph of a sentence-embedding model: BERT's encoder (Devlin and others 2018), then the mean over a text's tokens.
//!
//! ```text
//! x  = LN(W[token] + P[place] + T[0])
//! x  = LN(x + attention(x)·Wₒ)        attention: softmax(Q·Kᵀ/√d + mask)·V, in heads
//! x  = LN(x + gelu(x·W₁)·W₂)          as often as there are layers
//! out = Σ mask·x ⁄ Σ mask
//! ```
//!
//! The weights are those of a safetensors file, by their names there. Places and the first token type are one table, the root of the
//! head's width is part of Wq, and `PyTorch`'s rows become columns.

use super::{
    builder::{Attribute, GraphBuilder},
    proto::data_type::{FLOAT, INT64},
};

/// What padding gets before the softmax: nothing is left of it.
const OUT_OF_SIGHT: f32 = -1e9;

/// How large the model is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    pub width: usize,
    pub layers: usize,
    pub heads: usize,
    /// Tokens of the longest text.
    pub max_tokens: usize,
    /// ε of the layer norms.
    pub epsilon: f32,
}

/// Writes the graph: inputs `tokens [b,l]` and `mask [b,l]` (1 for a token, 0 for padding), output `embeddings [b,width]`. `weights`
/// gives a tensor by its name, of as many values as are asked for.
///
/// # Errors
/// What `weights` says of the first tensor that it can't give.
pub fn sentence_graph<E>(
    shape: Shape,
    weights: impl Fn(&str, &[usize]) -> Result<Vec<f32>, E>,
    vocabulary: usize,
) -> Result<Vec<u8>, E> {
    let mut graph = GraphBuilder::new("sentence");
    graph.input("tokens", INT64, &["b", "l"]);
    graph.input("mask", FLOAT, &["b", "l"]);
    graph.output("embeddings", FLOAT, &["b", "width"]);
    let mut writer = Writer { graph, shape, weights };
    writer.constants();
    writer.embed(vocabulary)?;
    let mut values = "layer_in".to_owned();
    for layer in 0..shape.layers {
        values = writer.layer(layer, &values)?;
    }
    writer.pool(&values);
    Ok(writer.graph.into_bytes())
}

struct Writer<W> {
    graph: GraphBuilder,
    shape: Shape,
    weights: W,
}

impl<W: Fn(&str, &[usize]) -> Result<Vec<f32>, E>, E> Writer<W> {
    fn node(&mut self, operator: &str, inputs: &[&str], output: &str, attributes: &[Attribute]) {
        self.graph.node(operator, inputs, &[output], attributes);
    }

    fn constants(&mut self) {
        let int = |value: usize| i64::try_from(value).expect("a width fits 63 bits");
        let Shape { width, heads, .. } = self.shape;
        for (name, values) in [("axis_0", [0]), ("axis_1", [1]), ("axis_2", [2])] {
            self.graph.integers(name, &[1], &values);
        }
        self.graph.integers("one_index", &[], &[1]);
        self.graph.integers("in_heads", &[4], &[0, 0, int(heads), int(width / heads)]);
        self.graph.integers("joined", &[3], &[0, 0, int(width)]);
        for (name, value) in
            [("one", 1.0), ("half", 0.5), ("root_2", std::f32::consts::SQRT_2), ("out_of_sight", OUT_OF_SIGHT)]
        {
            self.graph.floats(name, &[], &[value]);
        }
        // [b,1,1,l]: 0 for tokens, next to −∞ for padding.
        self.node("Sub", &["one", "mask"], "padding", &[]);
        self.node("Mul", &["padding", "out_of_sight"], "penalty", &[]);
        self.node("Unsqueeze", &["penalty", "axis_1"], "penalty_rows", &[]);
        self.node("Unsqueeze", &["penalty_rows", "axis_1"], "penalties", &[]);
    }

    fn embed(&mut self, vocabulary: usize) -> Result<(), E> {
        let Shape { width, max_tokens, .. } = self.shape;
        let words = (self.weights)("embeddings.word_embeddings.weight", &[vocabulary, width])?;
        let mut places = (self.weights)("embeddings.position_embeddings.weight", &[max_tokens, width])?;
        let kind = (self.weights)("embeddings.token_type_embeddings.weight", &[1, width])?;
        for (value, kind) in places.iter_mut().zip(kind.iter().cycle()) {
            *value += kind;
        }
        self.graph.floats("words", &[vocabulary, width], &words);
        self.graph.floats("places", &[max_tokens, width], &places);
        self.node("Gather", &["words", "tokens"], "word_rows", &[Attribute::Int("axis", 0)]);
        self.node("Shape", &["tokens"], "tokens_shape", &[]);
        self.node("Gather", &["tokens_shape", "one_index"], "length", &[Attribute::Int("axis", 0)]);
        self.node("Unsqueeze", &["length", "axis_0"], "lengths", &[]);
        self.node("Slice", &["places", "axis_0", "lengths", "axis_0"], "place_rows", &[]);
        self.node("Add", &["word_rows", "place_rows"], "placed", &[]);
        self.norm("embeddings.LayerNorm", "placed", "layer_in")
    }

    fn layer(&mut self, layer: usize, values: &str) -> Result<String, E> {
        let from = format!("encoder.layer.{layer}");
        let at = |name: &str| format!("l{layer}_{name}");
        let Shape { width, heads, .. } = self.shape;
        #[expect(clippy::cast_precision_loss, reason = "a head's width")]
        let root = ((width / heads) as f32).sqrt();
        for (name, scale, perm) in
            [("query", 1.0 / root, &[0_i64, 2, 1, 3]), ("key", 1.0, &[0, 2, 3, 1]), ("value", 1.0, &[0, 2, 1, 3])]
        {
            let flat = at(&format!("{name}_flat"));
            self.linear(&format!("{from}.attention.self.{name}"), (values, &flat), (width, width), scale)?;
            let split = at(&format!("{name}_split"));
            self.node("Reshape", &[&flat, "in_heads"], &split, &[]);
            self.node("Transpose", &[&split], &at(name), &[Attribute::Ints("perm", perm)]);
        }
        self.node("MatMul", &[&at("query"), &at("key")], &at("likeness"), &[]);
        self.node("Add", &[&at("likeness"), "penalties"], &at("visible"), &[]);
        self.node("Softmax", &[&at("visible")], &at("attention"), &[Attribute::Int("axis", -1)]);
        self.node("MatMul", &[&at("attention"), &at("value")], &at("attended"), &[]);
        self.node("Transpose", &[&at("attended")], &at("by_token"), &[Attribute::Ints("perm", &[0, 2, 1, 3])]);
        self.node("Reshape", &[&at("by_token"), "joined"], &at("heads_joined"), &[]);
        let out = at("attention_out");
        self.linear(&format!("{from}.attention.output.dense"), (&at("heads_joined"), &out), (width, width), 1.0)?;
        self.node("Add", &[&out, values], &at("attention_sum"), &[]);
        self.norm(&format!("{from}.attention.output.LayerNorm"), &at("attention_sum"), &at("middle"))?;

        let wide = 4 * width;
        self.linear(&format!("{from}.intermediate.dense"), (&at("middle"), &at("wide")), (width, wide), 1.0)?;
        self.node("Div", &[&at("wide"), "root_2"], &at("gelu_scaled"), &[]);
        self.node("Erf", &[&at("gelu_scaled")], &at("gelu_erf"), &[]);
        self.node("Add", &[&at("gelu_erf"), "one"], &at("gelu_weight"), &[]);
        self.node("Mul", &[&at("wide"), &at("gelu_weight")], &at("gelu_twice"), &[]);
        self.node("Mul", &[&at("gelu_twice"), "half"], &at("gelu"), &[]);
        self.linear(&format!("{from}.output.dense"), (&at("gelu"), &at("narrow")), (wide, width), 1.0)?;
        self.node("Add", &[&at("narrow"), &at("middle")], &at("output_sum"), &[]);
        self.norm(&format!("{from}.output.LayerNorm"), &at("output_sum"), &at("out"))?;
        Ok(at("out"))
    }

    fn pool(&mut self, values: &str) {
        self.node("Unsqueeze", &["mask", "axis_2"], "mask_column", &[]);
        self.node("Mul", &[values, "mask_column"], "visible_rows", &[]);
        self.node("ReduceSum", &["visible_rows", "axis_1"], "row_sums", &[Attribute::Int("keepdims", 0)]);
        self.node("ReduceSum", &["mask", "axis_1"], "token_counts", &[Attribute::Int("keepdims", 1)]);
        self.node("Div", &["row_sums", "token_counts"], "embeddings", &[]);
    }

    /// `to = scale · (from · Wᵀ + b)`.
    fn linear(
        &mut self,
        name: &str,
        (from, to): (&str, &str),
        (inputs, outputs): (usize, usize),
        scale: f32,
    ) -> Result<(), E> {
        let rows = (self.weights)(&format!("{name}.weight"), &[outputs, inputs])?;
        let bias = (self.weights)(&format!("{name}.bias"), &[outputs])?;
        let mut columns = vec![0.0; rows.len()];
        for (output, row) in rows.chunks_exact(inputs).enumerate() {
            for (input, value) in row.iter().enumerate() {
                columns[input * outputs + output] = value * scale;
            }
        }
        let bias: Vec<f32> = bias.iter().map(|value| value * scale).collect();
        let (weight_name, bias_name, product) = (format!("{to}_w"), format!("{to}_b"), format!("{to}_product"));
        self.graph.floats(&weight_name, &[inputs, outputs], &columns);
        self.graph.floats(&bias_name, &[outputs], &bias);
        self.node("MatMul", &[from, &weight_name], &product, &[]);
        self.node("Add", &[&product, &bias_name], to, &[]);
        Ok(())
    }

    fn norm(&mut self, name: &str, from: &str, to: &str) -> Result<(), E> {
        let width = self.shape.width;
        let scale = (self.weights)(&format!("{name}.weight"), &[width])?;
        let bias = (self.weights)(&format!("{name}.bias"), &[width])?;
        let (scale_name, bias_name) = (format!("{to}_scale"), format!("{to}_bias"));
        self.graph.floats(&scale_name, &[width], &scale);
        self.graph.floats(&bias_name, &[width], &bias);
        let attributes = [Attribute::Int("axis", -1), Attribute::Float("epsilon", self.shape.epsilon)];
        self.node("LayerNormalization", &[from, &scale_name, &bias_name], to, &attributes);
        Ok(())
    }
}
