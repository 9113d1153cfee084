//! What an operator may set about searching.

/// The least memory tantivy's writer works with.
const LEAST_HEAP_BYTES: usize = 15_000_000;

/// Limits of the index. [`Default`] fits one web instance with a catalogue of up to a few million films.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchOptions {
    /// Memory of the writer while it works; it is released afterwards. At least 15 MB, less is raised to that.
    pub heap_bytes: usize,
    /// The longest that a search may take, waiting for its turn included.
    pub timeout_ms: u64,
    /// Searches that run at the same time, at least 1.
    pub concurrency: usize,
    /// Searches that wait for their turn; more are refused at once.
    pub queue: usize,
    /// Bytes of answers that are kept until the index changes; 0 keeps none.
    pub kept_bytes: u64,
}

impl Default for SearchOptions {
    fn default() -> Self {
        let concurrency = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self { heap_bytes: 50_000_000, timeout_ms: 1_000, concurrency, queue: 256, kept_bytes: 16 << 20 }
    }
}

impl SearchOptions {
    pub(crate) fn writer_heap_bytes(&self) -> usize {
        self.heap_bytes.max(LEAST_HEAP_BYTES)
    }
}
