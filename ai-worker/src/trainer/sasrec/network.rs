//! The network: from a history to a vector at each of its places, whose products with films' rows are scores.
//!
//! ```text
//! x = E[film] + w·r + P[place]                                   a film, what was thought of it, how far into the history
//! x ← x + σ(x·G)⊙attention(norm x)        x ← x + σ(x·H)⊙((silu(n·A)⊙n·B)·C), n = norm x          in each block
//! score[i] = norm(x)·E[i]
//! ```
//!
//! Blocks are those of LiGR (Borisyuk and others 2024): norms before, gates after. A place sees itself and what was before it. Films'
//! rows are kept apart from all else, for of them a step needs but a few.

use super::{
    SasrecOptions,
    attention::Attention,
    batches::Batch,
    layers::{gated, norm, swiglu},
    matrix::Matrix,
};
use crate::trainer::factors::precise;

/// The inner width of a feed-forward in widths.
const INNER: usize = 2;
/// The spread of rows at the start.
pub const SPREAD: f64 = 0.05;

/// One block's matrices, each `[inputs, outputs]`.
#[derive(Clone, Debug)]
pub struct Block<T> {
    pub query: T,
    pub key: T,
    pub value: T,
    pub attended: T,
    pub attention_gate: T,
    pub inner_gate: T,
    pub inner: T,
    pub outer: T,
    pub outer_gate: T,
}

/// All that is learnt but the films' rows.
#[derive(Clone, Debug)]
pub struct Network<T> {
    pub heads: usize,
    /// `[longest history + 1, d]`.
    pub places: T,
    /// `[1, d]`.
    pub opinion: T,
    pub blocks: Vec<Block<T>>,
}

impl<T> Network<T> {
    /// Made of matrices of a shape and a spread.
    pub fn new(options: &SasrecOptions, of: &mut impl FnMut((usize, usize), f64) -> T) -> Self {
        let (d, inner) = (options.width, INNER * options.width);
        let places = of((options.history + 1, d), SPREAD);
        let opinion = of((1, d), SPREAD);
        let mut matrix = |inputs: usize, outputs: usize| of((inputs, outputs), precise(inputs).sqrt().recip());
        let block = |_| Block {
            query: matrix(d, d),
            key: matrix(d, d),
            value: matrix(d, d),
            attended: matrix(d, d),
            attention_gate: matrix(d, d),
            inner_gate: matrix(d, inner),
            inner: matrix(d, inner),
            outer: matrix(inner, d),
            outer_gate: matrix(d, d),
        };
        let blocks = (0..options.blocks).map(block).collect();
        Self { heads: options.heads, places, opinion, blocks }
    }

    /// The same of other matrices.
    pub fn map<U>(&self, of: impl Fn(&T) -> U) -> Network<U> {
        let block = |block: &Block<T>| Block {
            query: of(&block.query),
            key: of(&block.key),
            value: of(&block.value),
            attended: of(&block.attended),
            attention_gate: of(&block.attention_gate),
            inner_gate: of(&block.inner_gate),
            inner: of(&block.inner),
            outer: of(&block.outer),
            outer_gate: of(&block.outer_gate),
        };
        let blocks = self.blocks.iter().map(block).collect();
        Network { heads: self.heads, places: of(&self.places), opinion: of(&self.opinion), blocks }
    }

    /// All matrices, in an order that stays.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut T> {
        [&mut self.places, &mut self.opinion].into_iter().chain(self.blocks.iter_mut().flat_map(Block::all_mut))
    }
}

impl<T> Block<T> {
    fn all_mut(&mut self) -> [&mut T; 9] {
        let Self { query, key, value, attended, attention_gate, inner_gate, inner, outer, outer_gate } = self;
        [query, key, value, attended, attention_gate, inner_gate, inner, outer, outer_gate]
    }
}

impl Network<Matrix> {
    /// The vectors of all places, `[people · places, d]`, by as many rows of films.
    pub fn read(&self, rows: Matrix, batch: &Batch) -> Matrix {
        let attention = self.attention(batch);
        let mut x = self.inputs(rows, batch);
        for block in &self.blocks {
            x = block.read(&x, attention, &mut |_| {}).out;
        }
        norm(&x)
    }

    pub(super) fn attention(&self, batch: &Batch) -> Attention {
        Attention { people: batch.people, places: batch.places, heads: self.heads }
    }

    /// `film + weight·opinion + place`.
    pub(super) fn inputs(&self, mut rows: Matrix, batch: &Batch) -> Matrix {
        for (at, weight) in batch.weights.iter().enumerate() {
            let place = self.places.row(at % batch.places);
            for ((value, opinion), place) in rows.row_mut(at).iter_mut().zip(&self.opinion.values).zip(place) {
                *value += weight * opinion + place;
            }
        }
        rows
    }
}

/// What a block computed on its way, of which derivatives are made.
pub(super) struct Read {
    pub seen: Matrix,
    pub query: Matrix,
    pub key: Matrix,
    pub value: Matrix,
    pub heads: Matrix,
    pub attention_gate: Matrix,
    pub attended: Matrix,
    pub middle: Matrix,
    pub middle_seen: Matrix,
    pub inner_gate: Matrix,
    pub inner_open: Matrix,
    pub inner: Matrix,
    pub outer_gate: Matrix,
    pub outer: Matrix,
    pub out: Matrix,
}

impl Block<Matrix> {
    /// `drops` is what becomes of a layer's values before they are added to a place.
    pub(super) fn read(&self, x: &Matrix, attention: Attention, drops: &mut dyn FnMut(&mut Matrix)) -> Read {
        let seen = norm(x);
        let (query, key, value) = (seen.times(&self.query), seen.times(&self.key), seen.times(&self.value));
        let heads = attention.apply(&query, &key, &value);
        let mut attended = heads.times(&self.attended);
        drops(&mut attended);
        let attention_gate = x.times(&self.attention_gate);
        let middle = gated(x, &attention_gate, &attended);

        let middle_seen = norm(&middle);
        let (inner_gate, inner_open) = (middle_seen.times(&self.inner_gate), middle_seen.times(&self.inner));
        let inner = swiglu(&inner_gate, &inner_open);
        let mut outer = inner.times(&self.outer);
        drops(&mut outer);
        let outer_gate = middle.times(&self.outer_gate);
        let out = gated(&middle, &outer_gate, &outer);
        Read {
            seen,
            query,
            key,
            value,
            heads,
            attention_gate,
            attended,
            middle,
            middle_seen,
            inner_gate,
            inner_open,
            inner,
            outer_gate,
            outer,
            out,
        }
    }
}
