//! How far an import is, for a bar.

/// What an import does at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportStage {
    /// Files are read through once for their fingerprints.
    Checking,
    /// Rows that an earlier run took in are passed over.
    Resuming,
    /// Rows are read and written.
    Reading,
    /// The films' rating statistics are computed.
    Statistics,
    /// The part is done; `rows` says how many rows it has.
    Finished,
    /// The part was taken in by an earlier import.
    Unchanged,
}

/// How far an import is.
#[derive(Clone, Debug, PartialEq)]
pub struct ProgressUpdate {
    pub stage: ImportStage,
    /// The part, such as `movielens/ratings`.
    pub part: String,
    /// The file that is read.
    pub file: String,
    /// Rows read.
    pub rows: u64,
    pub bad_rows: u64,
    /// Bytes read, of `bytes_total`, uncompressed.
    pub bytes_done: u64,
    pub bytes_total: u64,
    /// Rows taken in each second since the part was begun (without those of an earlier run).
    pub rows_per_s: f64,
}

impl ProgressUpdate {
    /// The share that is done, 0–1.
    #[expect(clippy::cast_precision_loss, reason = "a bar needs no more than six digits")]
    pub fn fraction(&self) -> f64 {
        if self.bytes_total == 0 { 0.0 } else { (self.bytes_done as f64 / self.bytes_total as f64).min(1.0) }
    }
}
