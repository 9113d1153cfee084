//! The system of one row: (D + Σ w·q·qᵀ)·p = Σ w·y·q over its events of weight w ≥ 0 and target y, D being diagonal and positive.
//! It makes p·q come near the targets: Σ w·(p·q − y)² + pᵀ·D·p is smallest there.
//!
//! With E for the rows √w·q·D^(−½) and s for √w·y it is p = D^(−½)·(I + EᵀE)⁻¹·Eᵀs, or with fewer events than
//! values in a row p = D^(−½)·Eᵀ·(I + EEᵀ)⁻¹·s. Both matrices have eigenvalues of 1 or more: neither fails on finite
//! numbers.

use faer::{
    Accum, MatMut, MatRef, Par, Spec,
    dyn_stack::{MemBuffer, MemStack, StackReq},
    linalg::{
        cholesky::llt::{
            factor::{LltParams, LltRegularization, cholesky_in_place, cholesky_in_place_scratch},
            solve::solve_in_place,
        },
        matmul::triangular::{BlockStructure, matmul},
    },
};

use super::TrainError;

/// Rows of E at hand at once: what one person or film brings is bounded in memory by it.
const BLOCK: usize = 256;

/// The widest rows: who has fewer events than values in a row fits a block.
pub const MAX_WIDTH: usize = BLOCK;

/// What one event asks of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pull {
    /// Of the table.
    pub row: usize,
    /// 0 or more.
    pub weight: f64,
    /// What the product should be.
    pub target: f64,
}

impl Pull {
    /// Towards 1 by a positive weight, towards −1 by a negative one.
    pub fn by_sign((row, weight): (usize, f64)) -> Self {
        Self { row, weight: weight.abs(), target: 1.0_f64.copysign(weight) }
    }
}

/// Room for one system after the other.
pub struct Solver {
    width: usize,
    /// D^(−½).
    scale: Vec<f64>,
    /// Rows of E.
    rows: Vec<f64>,
    /// s of these rows.
    wanted: Vec<f64>,
    /// `I + EᵀE` or `I + EEᵀ`, and then its Cholesky factor.
    matrix: Vec<f64>,
    memory: MemBuffer,
}

impl Solver {
    pub fn new(width: usize) -> Self {
        debug_assert!(width <= MAX_WIDTH, "no wider than a block");
        let request = cholesky_in_place_scratch::<f64>(width, Par::Seq, Spec::<LltParams, f64>::default());
        Self {
            width,
            scale: vec![0.0; width],
            rows: vec![0.0; BLOCK * width],
            wanted: vec![0.0; BLOCK],
            matrix: vec![0.0; width * width],
            memory: MemBuffer::new(request),
        }
    }

    /// Writes p for events of rows of `table` to `out`.
    ///
    /// # Errors
    /// When a number is not finite.
    pub fn solve(
        &mut self,
        table: &[f64],
        count: usize,
        events: impl Iterator<Item = Pull>,
        diagonal: impl Iterator<Item = f64>,
        out: &mut [f64],
    ) -> Result<(), TrainError> {
        if count < self.width {
            self.solve_over_events(table, events, diagonal, out)?;
        } else {
            self.factorise(table, events, diagonal, out)?;
            self.apply(out);
        }
        if out.iter().all(|value| value.is_finite()) { Ok(()) } else { Err(TrainError::NotConverged) }
    }

    fn solve_over_events(
        &mut self,
        table: &[f64],
        events: impl Iterator<Item = Pull>,
        diagonal: impl Iterator<Item = f64>,
        out: &mut [f64],
    ) -> Result<(), TrainError> {
        out.fill(0.0);
        self.set_scale(diagonal);
        let count = self.fill(table, events);
        if count == 0 {
            return Ok(());
        }
        let rows = MatRef::from_row_major_slice(&self.rows[..count * self.width], count, self.width);
        add_product(&mut self.matrix[..count * count], Accum::Replace, rows, rows.transpose());
        self.cholesky(count)?;
        substitute(&self.matrix[..count * count], &mut self.wanted[..count]);
        for (row, factor) in self.rows.chunks(self.width).zip(&self.wanted[..count]) {
            out.iter_mut().zip(row).for_each(|(sum, value)| *sum += factor * value);
        }
        out.iter_mut().zip(&self.scale).for_each(|(value, scale)| *value *= scale);
        Ok(())
    }

    /// Makes ready for [`Self::apply`] with any number of events, and writes Eᵀs to `out`.
    ///
    /// # Errors
    /// When a number is not finite.
    pub fn factorise(
        &mut self,
        table: &[f64],
        mut events: impl Iterator<Item = Pull>,
        diagonal: impl Iterator<Item = f64>,
        out: &mut [f64],
    ) -> Result<(), TrainError> {
        out.fill(0.0);
        self.set_scale(diagonal);
        self.matrix.fill(0.0);
        loop {
            let count = self.fill(table, events.by_ref().take(BLOCK));
            if count == 0 {
                break;
            }
            let rows = MatRef::from_row_major_slice(&self.rows[..count * self.width], count, self.width);
            add_product(&mut self.matrix, Accum::Add, rows.transpose(), rows);
            for (row, wanted) in self.rows.chunks(self.width).zip(&self.wanted[..count]) {
                out.iter_mut().zip(row).for_each(|(sum, value)| *sum += wanted * value);
            }
        }
        self.cholesky(self.width)
    }

    /// D^(−½)·(I + EᵀE)⁻¹·v in place of v, after [`Self::factorise`].
    pub fn apply(&self, vector: &mut [f64]) {
        substitute(&self.matrix, vector);
        vector.iter_mut().zip(&self.scale).for_each(|(value, scale)| *value *= scale);
    }

    /// A⁻¹·v, A being the system's matrix, after [`Self::factorise`].
    pub fn invert(&self, vector: &[f64]) -> Vec<f64> {
        let mut scaled: Vec<f64> = vector.iter().zip(&self.scale).map(|(value, scale)| value * scale).collect();
        self.apply(&mut scaled);
        scaled
    }

    fn set_scale(&mut self, diagonal: impl Iterator<Item = f64>) {
        self.scale.iter_mut().zip(diagonal).for_each(|(scale, value)| *scale = value.sqrt().recip());
    }

    /// Rows of E and s of these events, [`BLOCK`] at most; returns how many they are.
    fn fill(&mut self, table: &[f64], events: impl Iterator<Item = Pull>) -> usize {
        let mut count = 0;
        for Pull { row, weight, target } in events {
            let root = weight.sqrt();
            let from = &table[row * self.width..][..self.width];
            let into = &mut self.rows[count * self.width..][..self.width];
            for ((value, from), scale) in into.iter_mut().zip(from).zip(&self.scale) {
                *value = root * from * scale;
            }
            self.wanted[count] = root * target;
            count += 1;
        }
        count
    }

    /// The Cholesky factor of I + the matrix, in its place.
    fn cholesky(&mut self, size: usize) -> Result<(), TrainError> {
        let mut matrix = MatMut::from_column_major_slice_mut(&mut self.matrix[..size * size], size, size);
        for at in 0..size {
            matrix[(at, at)] += 1.0;
        }
        let stack = MemStack::new(&mut self.memory);
        let parameters = Spec::<LltParams, f64>::default();
        cholesky_in_place(matrix, LltRegularization::default(), Par::Seq, stack, parameters)
            .map(|_| ())
            .map_err(|_| TrainError::NotConverged)
    }
}

/// The lower half of left·right, which is symmetric.
fn add_product(matrix: &mut [f64], accum: Accum, left: MatRef<'_, f64>, right: MatRef<'_, f64>) {
    let matrix = MatMut::from_column_major_slice_mut(matrix, left.nrows(), left.nrows());
    let (half, whole) = (BlockStructure::TriangularLower, BlockStructure::Rectangular);
    matmul(matrix, half, accum, left, whole, right, whole, 1.0, Par::Seq);
}

/// Solves by a Cholesky factor.
fn substitute(factor: &[f64], vector: &mut [f64]) {
    let size = vector.len();
    let factor = MatRef::from_column_major_slice(factor, size, size);
    let vector = MatMut::from_column_major_slice_mut(vector, size, 1);
    let mut none = MemBuffer::new(StackReq::EMPTY);
    solve_in_place(factor, vector, Par::Seq, MemStack::new(&mut none));
}
