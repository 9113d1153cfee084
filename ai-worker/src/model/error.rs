//! Why a model can't be loaded or kept.

use std::path::PathBuf;

use thiserror::Error;

#[derive(Debug, Error)]
pub enum ModelError {
    #[error("{action} {}: {source}", path.display())]
    Io { action: &'static str, path: PathBuf, source: std::io::Error },
    #[error("{} is no manifest: {source}; train a new model", path.display())]
    Manifest { path: PathBuf, source: serde_json::Error },
    #[error("{} has format {found}, this program reads format {}; train a new model", path.display(), super::FORMAT)]
    Format { path: PathBuf, found: u32 },
    #[error(
        "{} is damaged: its sha256 is {found}, the manifest says {expected}; train a new model or copy this one again",
        path.display()
    )]
    Hash { path: PathBuf, expected: String, found: String },
    #[error("{} is damaged: {reason}; train a new model or copy this one again", path.display())]
    Damaged { path: PathBuf, reason: String },
    #[error("{} names no version of a model but `{text}`", path.display())]
    Pointer { path: PathBuf, text: String },
}

impl ModelError {
    pub(super) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}
