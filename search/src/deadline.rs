//! A search looks at the clock itself, for a thread that computes can't be stopped from outside.

use std::time::{Duration, Instant};

use crate::IndexError;

/// When a search must have ended.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    pub fn after_ms(timeout_ms: u64) -> Self {
        Self(Instant::now() + Duration::from_millis(timeout_ms))
    }

    /// # Errors
    /// [`IndexError::OutOfTime`] when it has passed.
    pub fn check(self) -> Result<(), IndexError> {
        if Instant::now() >= self.0 { Err(IndexError::OutOfTime) } else { Ok(()) }
    }
}
