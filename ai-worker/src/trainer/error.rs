//! Why there is no new model.

use matinee_domain::MovieId;
use matinee_services::ports::RepositoryError;
use thiserror::Error;

use crate::model::ModelError;

#[derive(Debug, Error)]
pub enum TrainError {
    #[error("reading the ratings: {0}")]
    Repository(#[from] RepositoryError),
    #[error("there are no ratings to learn from: import some first")]
    NoRatings,
    #[error("the films' matrix can't be inverted: λ must be positive and ratings finite")]
    Singular,
    #[error("the factorisation did not converge: are all rating weights finite?")]
    NotConverged,
    #[error("a fit needs {name} to be {wanted}; it is {value}")]
    Setting { name: &'static str, value: f64, wanted: &'static str },
    #[error("the weight of an event of film {film} is {weight}: weights must be finite")]
    NotFinite { film: usize, weight: f64 },
    #[error("there is an event of film {film}, and the model has {films} films")]
    UnknownFilm { film: u32, films: usize },
    #[error("the embedding of film {film} has {found} values, those of this language model have {width}")]
    EmbeddingWidth { film: MovieId, found: usize, width: usize },
    #[error("the embedding of film {film} holds what is no number")]
    EmbeddingNotFinite { film: MovieId },
    #[error("training came to nothing in round {epoch}, where the loss was {loss}: a smaller learning rate may help")]
    Diverged { epoch: u32, loss: f64 },
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error("the training thread ended early: {0}")]
    Thread(#[from] tokio::task::JoinError),
}
