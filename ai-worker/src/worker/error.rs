//! Why an engine can't start or take a model.

use std::path::PathBuf;

use thiserror::Error;

use crate::model::ModelError;

#[derive(Debug, Error)]
pub enum EngineError {
    #[error(
        "ONNX Runtime can't be loaded from {}: {reason}. Set MATINEE_ORT_LIB (or --ort-lib) to the path of \
         libonnxruntime.so.1.31.1 from the onnxruntime 1.31.1 wheel on PyPI",
        path.display()
    )]
    Runtime { path: PathBuf, reason: String },
    #[error("model {version} can't be run: {source}")]
    Session { version: String, source: ort::Error },
    #[error("running the model: {0}")]
    Run(#[from] ort::Error),
    #[error("the model answered with a tensor of another shape than it should: {0}")]
    Shape(&'static str),
    #[error(
        "the model's `{0}` graph gave scores that are no numbers or films beyond the item map: it was damaged before it \
         was sealed, or graph and item map are of two models; train a new model or go back to the one before \
         (matinee-ai models rollback)"
    )]
    Nonsense(&'static str),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error("judging the model ended early: {0}")]
    Ended(#[source] tokio::task::JoinError),
    #[error("starting an inference thread: {0}")]
    Thread(#[source] std::io::Error),
}
