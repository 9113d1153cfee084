//! What can go wrong with the index.

use std::{io, path::PathBuf};

use matinee_services::ports::{RepositoryError, SearchError};
use thiserror::Error;

/// Why the index could not be opened, read, written or built.
#[derive(Debug, Error)]
pub enum IndexError {
    #[error("{} can't be used for the search index: {source}", path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error(
        "the search index in {} is in use by another process: stop it, or give this one a folder of its own",
        path.display()
    )]
    InUse { path: PathBuf },
    #[error(transparent)]
    Tantivy(#[from] tantivy::TantivyError),
    #[error("the search index could not be read: {0}")]
    Read(#[from] io::Error),
    #[error("the search index could not be built, for the catalogue did not answer: {0}")]
    Catalogue(#[from] RepositoryError),
    #[error("{0} searches are waiting already: try again in a moment")]
    Busy(usize),
    /// A defect: the task that searched or wrote ended before its time.
    #[error("a task of the search index broke off: {0}")]
    Task(#[from] tokio::task::JoinError),
    #[error("the search ran out of its time")]
    OutOfTime,
}

impl IndexError {
    pub(crate) fn into_search_error(self, timeout_ms: u64) -> SearchError {
        match self {
            Self::OutOfTime => SearchError::TimedOut(timeout_ms),
            other => SearchError::Index(Box::new(other)),
        }
    }
}
