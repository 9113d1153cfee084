//! The way back through the network, block by block.

use super::{
    attention::Attention,
    batches::Batch,
    layers::{Dropout, add_norm_back, gated_back, norm, swiglu_back},
    matrix::Matrix,
    network::{Block, Network, Read},
};

/// What was computed on the way to some vectors, and how to go back.
pub struct Path<'a> {
    network: &'a Network<Matrix>,
    batch: &'a Batch,
    dropout: Dropout,
    /// What the first block read.
    inputs: Matrix,
    blocks: Vec<Read>,
    vectors: Matrix,
}

impl<'a> Path<'a> {
    /// As [`Network::read`] goes, but for what is dropped.
    pub fn new(network: &'a Network<Matrix>, rows: Matrix, batch: &'a Batch, dropout: Dropout) -> Self {
        let attention = network.attention(batch);
        let mut inputs = network.inputs(rows, batch);
        dropout.apply(&mut inputs.values, 0);
        let mut number = 0;
        let mut blocks: Vec<Read> = Vec::with_capacity(network.blocks.len());
        for block in &network.blocks {
            let x = blocks.last().map_or(&inputs, |read| &read.out);
            let mut drops = |layer: &mut Matrix| {
                number += 1;
                dropout.apply(&mut layer.values, number);
            };
            let read = block.read(x, attention, &mut drops);
            blocks.push(read);
        }
        let vectors = norm(blocks.last().map_or(&inputs, |read| &read.out));
        Self { network, batch, dropout, inputs, blocks, vectors }
    }

    /// Of all places.
    pub fn vectors(&self) -> &Matrix {
        &self.vectors
    }

    /// From the vectors' derivatives to those of the network's matrices and of films' rows.
    pub fn back(&self, of_vectors: &Matrix) -> (Network<Matrix>, Matrix) {
        let mut of = self.network.map(|matrix| Matrix::zeros(matrix.rows, matrix.width));
        let x = |block: usize| if block == 0 { &self.inputs } else { &self.blocks[block - 1].out };
        let mut grad = Matrix::zeros(of_vectors.rows, of_vectors.width);
        add_norm_back(&mut grad, x(self.blocks.len()), &self.vectors, of_vectors);
        let attention = self.network.attention(self.batch);
        for (at, read) in self.blocks.iter().enumerate().rev() {
            let back = Back { block: &self.network.blocks[at], read, x: x(at), attention };
            let dropped = |layer: &mut Matrix, which: usize| {
                self.dropout.apply(&mut layer.values, u64::try_from(2 * at + which).expect("few blocks"));
            };
            grad = back.through(grad, &mut of.blocks[at], &dropped);
        }
        self.dropout.apply(&mut grad.values, 0);
        for (at, weight) in self.batch.weights.iter().enumerate() {
            let place = of.places.row_mut(at % self.batch.places);
            for ((grad, opinion), place) in grad.row(at).iter().zip(&mut of.opinion.values).zip(place) {
                *opinion += weight * grad;
                *place += grad;
            }
        }
        (of, grad)
    }
}

/// One block.
struct Back<'a> {
    block: &'a Block<Matrix>,
    read: &'a Read,
    /// What it read.
    x: &'a Matrix,
    attention: Attention,
}

impl Back<'_> {
    /// From the derivatives of what came out to those of what went in; those of its matrices go to `of`.
    fn through(&self, grad: Matrix, of: &mut Block<Matrix>, dropped: &dyn Fn(&mut Matrix, usize)) -> Matrix {
        let (block, read) = (self.block, self.read);
        let (of_gate, mut of_outer) = gated_back(&read.outer_gate, &read.outer, &grad);
        let mut of_middle = grad;
        dropped(&mut of_outer, 2);
        of.outer.add_transposed_times(&read.inner, &of_outer);
        of.outer_gate.add_transposed_times(&read.middle, &of_gate);
        of_middle.add_times_transposed(&of_gate, &block.outer_gate);
        let of_inner = of_outer.times_transposed(&block.outer);
        let (of_inner_gate, of_inner_open) = swiglu_back(&read.inner_gate, &read.inner_open, &of_inner);
        of.inner_gate.add_transposed_times(&read.middle_seen, &of_inner_gate);
        of.inner.add_transposed_times(&read.middle_seen, &of_inner_open);
        let mut of_seen = of_inner_gate.times_transposed(&block.inner_gate);
        of_seen.add_times_transposed(&of_inner_open, &block.inner);
        add_norm_back(&mut of_middle, &read.middle, &read.middle_seen, &of_seen);
        self.through_attention(of_middle, of, dropped)
    }

    fn through_attention(&self, grad: Matrix, of: &mut Block<Matrix>, dropped: &dyn Fn(&mut Matrix, usize)) -> Matrix {
        let (block, read) = (self.block, self.read);
        let (of_gate, mut of_attended) = gated_back(&read.attention_gate, &read.attended, &grad);
        let mut of_x = grad;
        dropped(&mut of_attended, 1);
        of.attended.add_transposed_times(&read.heads, &of_attended);
        of.attention_gate.add_transposed_times(self.x, &of_gate);
        of_x.add_times_transposed(&of_gate, &block.attention_gate);
        let of_heads = of_attended.times_transposed(&block.attended);
        let [of_query, of_key, of_value] = self.attention.back(&read.query, &read.key, &read.value, &of_heads);
        of.query.add_transposed_times(&read.seen, &of_query);
        of.key.add_transposed_times(&read.seen, &of_key);
        of.value.add_transposed_times(&read.seen, &of_value);
        let mut of_seen = of_query.times_transposed(&block.query);
        of_seen.add_times_transposed(&of_key, &block.key);
        of_seen.add_times_transposed(&of_value, &block.value);
        add_norm_back(&mut of_x, self.x, &read.seen, &of_seen);
        of_x
    }
}
