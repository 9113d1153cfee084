//! A search looks at the clock itself, for a thread that computes can't be stopped from outside.

use std::time::{Duration, Instant};

use crate::IndexError;

/// When a search must have ended.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    pub fn after_ms(timeout_ms: u64) -> Self {
        Self(Some(Instant::now() + Duration::from_millis(timeout_ms)))
    }

    /// For work that nobody waits for.
    pub const fn never() -> Self {
        Self(None)
    }

    /// # Errors
    /// [`IndexError::OutOfTime`] when it has passed.
    pub fn check(self) -> Result<(), IndexError> {
        if self.0.is_some_and(|end| Instant::now() >= end) { Err(IndexError::OutOfTime) } else { Ok(()) }
    }
}
