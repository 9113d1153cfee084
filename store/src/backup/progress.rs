//! How far a command is, and how fast it may go.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The database is copied into the backup. Bytes; the total is an estimate.
    Copying,
    /// The source's rows are read. Rows; the total isn't known.
    ReadingRows,
    /// The file's checksum is made. Bytes.
    Sealing,
    /// The backup is copied to where it is restored, and its checksum compared. Bytes.
    Restoring,
    /// The engine checks its structures. No number is known.
    CheckingStructure,
    /// The restored rows are compared. Rows.
    ComparingRows,
}

/// How far a stage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub stage: Stage,
    pub done: u64,
    /// 0 where it isn't known.
    pub total: u64,
}

/// Is told how far a command is. Called often, from any thread; must return soon.
#[derive(Clone)]
pub struct Progress(Arc<dyn Fn(Step) + Send + Sync>);

impl Progress {
    pub fn new(told: impl Fn(Step) + Send + Sync + 'static) -> Self {
        Self(Arc::new(told))
    }

    /// Nobody wants to know.
    pub fn none() -> Self {
        Self::new(|_| ())
    }

    pub(super) fn tell(&self, stage: Stage, done: u64, total: u64) {
        (self.0)(Step { stage, done, total });
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Progress")
    }
}

/// How fast copying, hashing and comparing go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// As fast as they can: somebody waits.
    #[default]
    Full,
    /// After each piece, a rest as long as it took: beside serving.
    Gentle,
}

impl Pace {
    /// How long to rest after a piece that began at `since`.
    pub(super) fn rest(self, since: Instant) -> Option<Duration> {
        (self == Self::Gentle).then(|| since.elapsed())
    }
}
