//! The exact best of many films for an embedding, by reading all of them once as 8-bit integers.
//!
//! Rows are kept as int8, sixteen with one scale, and how far they may be from the rows as they are is known ([`matrix`]). The scan computes
//! every product in integers ([`kernel`]) and keeps whatever may still be among the best, given that bound; those few are
//! then scored from the rows as they are ([`top`]). So the answer is exactly that of a scan in 32-bit floats, for a quarter
//! of the memory traffic, which is what such a scan costs. Above a million films [`cells`] has only part of them read.

mod cells;
mod extra;
mod kernel;
mod matrix;
mod top;

pub use cells::Cells;
pub use extra::Extra;
pub use kernel::MAX_WIDTH;
pub(crate) use kernel::{Chunk, LANES, products};
pub use matrix::ItemMatrix;
pub use top::{Found, Search};
