//! Why there is no language model, or no embedding.

use std::path::PathBuf;

use thiserror::Error;

#[derive(Debug, Error)]
pub enum TextError {
    #[error("{action} {}: {source}", path.display())]
    Io { action: &'static str, path: PathBuf, source: std::io::Error },
    #[error("{} is no manifest of a language model: {source}; install it anew (matinee-ai text-model)", path.display())]
    Manifest { path: PathBuf, source: serde_json::Error },
    #[error(
        "{} has format {found}, this program reads format {}; install the language model anew (matinee-ai text-model)",
        path.display(), super::directory::FORMAT
    )]
    Format { path: PathBuf, found: u32 },
    #[error("{} is damaged: {reason}; install the language model anew (matinee-ai text-model)", path.display())]
    Damaged { path: PathBuf, reason: String },
    #[error("the language model can't be run: {0}")]
    Run(#[from] ort::Error),
    #[error(
        "the language model answered {found} values for a text, its manifest says {expected}: graph and manifest are of two \
         models; install it anew (matinee-ai text-model)"
    )]
    Shape { expected: usize, found: usize },
    #[error(
        "the language model answered with what is no number: it is damaged; install it anew (matinee-ai text-model)"
    )]
    Nonsense,
    #[error("{} can't be made a language model of: {reason}", path.display())]
    Source { path: PathBuf, reason: String },
}

impl TextError {
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}
