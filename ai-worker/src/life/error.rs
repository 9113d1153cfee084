//! Why a model can't move on. The live one serves on in every case.

use std::path::PathBuf;

use matinee_services::ports::RepositoryError;
use thiserror::Error;

use crate::{artefacts::ArtefactError, model::ModelError, worker::EngineError};

#[derive(Debug, Error)]
pub enum LifeError {
    #[error("there is no model {0} in the registry; `matinee-ai models list` shows those there are")]
    Unknown(String),
    #[error("model {0} is live: it can't stand beside itself")]
    IsLive(String),
    #[error("there is no live model for a trial to compare with: train one, or promote one")]
    NoLive,
    #[error("a trial of model {0} runs: end it first (`matinee-ai models trial end`)")]
    TrialRuns(String),
    #[error("a trial's share of the people is 0.001 to 0.999, not {0}")]
    Share(f64),
    #[error("there is no model to go back to: no other version has been live, or the files of all of them are gone")]
    NothingBefore,
    #[error("the manifest of {name} can't be kept: {source}")]
    Manifest { name: String, source: serde_json::Error },
    #[error("what the registry keeps as the manifest of {name} is none: {source}")]
    Kept { name: String, source: serde_json::Error },
    #[error("no store of models is named (--models-store, MATINEE_MODELS_STORE)")]
    NoStore,
    #[error("{} is no file of golden queries: {reason}", path.display())]
    Golden { path: PathBuf, reason: String },
    #[error(transparent)]
    Registry(#[from] RepositoryError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Artefact(#[from] ArtefactError),
    #[error(transparent)]
    Engine(#[from] EngineError),
}
