//! Films' embeddings as int8, with what the rounding lost.

use super::kernel::{BLOCK, Chunk, LANES, MAX_WIDTH};

/// Embeddings of films, twice: rounded, to be scanned, and as they are, to score what may be among the best.
#[derive(Clone, Debug)]
pub struct ItemMatrix {
    width: usize,
    /// Chunks of a row.
    pub(super) chunks: usize,
    pub(super) rounded: Vec<Chunk>,
    /// A row of a block is about the block's scale · its integers…
    pub(super) scales: Vec<f32>,
    /// …and the length of the difference is this at most.
    pub(super) errors: Vec<f32>,
    exact: Vec<f32>,
    /// The largest length of a rounded row.
    pub(super) max_length: f32,
}

impl ItemMatrix {
    /// Of rows of `width` values each, one after the other.
    ///
    /// # Panics
    /// When `width` is 0 or above 512, or the values make no whole rows.
    pub fn new(width: usize, exact: Vec<f32>) -> Self {
        assert!((1..=MAX_WIDTH).contains(&width), "an embedding has 1 to {MAX_WIDTH} values, not {width}");
        assert!(exact.len().is_multiple_of(width), "{} values make no rows of {width}", exact.len());
        let chunks = width.div_ceil(LANES);
        let films = exact.len() / width;
        let mut matrix = Self {
            width,
            chunks,
            rounded: Vec::with_capacity(films * chunks),
            scales: Vec::with_capacity(films.div_ceil(BLOCK)),
            errors: Vec::with_capacity(films.div_ceil(BLOCK)),
            exact: Vec::new(),
            max_length: 0.0,
        };
        for rows in exact.chunks(BLOCK * width) {
            matrix.push(rows);
        }
        Self { exact, ..matrix }
    }

    pub fn films(&self) -> usize {
        self.exact.len() / self.width
    }

    pub fn width(&self) -> usize {
        self.width
    }

    /// What one scan reads.
    pub fn bytes_scanned(&self) -> usize {
        self.rounded.len() * LANES + (self.scales.len() + self.errors.len()) * size_of::<f32>()
    }

    /// A film's embedding as it is.
    pub fn row(&self, film: usize) -> &[f32] {
        &self.exact[film * self.width..(film + 1) * self.width]
    }

    /// The product of `query` with a film's embedding as it is.
    pub fn exact(&self, film: usize, query: &[f32]) -> f32 {
        self.row(film).iter().zip(query).map(|(left, right)| left * right).sum()
    }

    /// Takes a block in.
    fn push(&mut self, rows: &[f32]) {
        let largest = rows.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
        let mut block_error = 0.0_f32;
        for row in rows.chunks_exact(self.width) {
            let (mut error, mut length) = (0.0_f32, 0.0_f32);
            let mut chunk = [0_i8; LANES];
            for (at, value) in row.iter().enumerate() {
                #[expect(clippy::cast_possible_truncation, reason = "−127 to 127 by the choice of the scale")]
                let rounded = (value / scale).round().clamp(-127.0, 127.0) as i8;
                let back = f32::from(rounded) * scale;
                error += (value - back).powi(2);
                length += back.powi(2);
                chunk[at % LANES] = rounded;
                if at % LANES == LANES - 1 || at == row.len() - 1 {
                    self.rounded.push(std::mem::replace(&mut chunk, [0; LANES]));
                }
            }
            block_error = block_error.max(error.sqrt());
            self.max_length = self.max_length.max(length.sqrt());
        }
        self.scales.push(scale);
        self.errors.push(block_error);
    }
}
