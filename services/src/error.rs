//! What can go wrong in a use case, by whose fault it is.

use matinee_domain::{FieldError, Role};
use thiserror::Error;

use crate::ports::{RecommenderError, RepositoryError, SearchError};

pub type Result<T, E = ServiceError> = std::result::Result<T, E>;

/// Why a use case did not do what was asked.
#[derive(Debug, Error)]
pub enum ServiceError {
    /// The caller named something that isn't there.
    #[error("there is no {what} {id}")]
    NotFound { what: &'static str, id: String },
    /// The caller sent something that can't be taken; every refused field is listed.
    #[error("{}", list(.0))]
    Invalid(Vec<FieldError>),
    /// Nobody is signed in, or the sign-in was wrong.
    #[error("the e-mail address or the password is wrong")]
    WrongCredentials,
    /// The password is right, and a second factor is asked for beside it.
    #[error("a second step is on: give the code that your authenticator app shows, or a recovery code, as well")]
    CodeNeeded,
    /// The second factor was not right.
    #[error("the code is wrong or was used already: wait for the next one")]
    WrongCode,
    /// Somebody must be signed in.
    #[error("sign in first")]
    SignInNeeded,
    /// A program sent a token that is none, was revoked, or has expired.
    #[error("the token is none of ours, was revoked, or has expired: make a new one at /account/tokens")]
    WrongToken,
    /// Who is signed in gave one factor, and the operator asks for two.
    #[error("this site asks you for a second step: set one up, or sign in with it, at /account/second-step")]
    SecondStepNeeded,
    /// Who is signed in may not do this.
    #[error("this needs the role {needs}: an admin can give it")]
    Forbidden { needs: Role },
    /// What was to be made exists already.
    #[error("{0}")]
    Conflict(FieldError),
    /// More is asked at once than can be done; try again a little later.
    #[error("too much is asked at once: try again in a moment")]
    Busy,
    #[error("the database did not answer")]
    Repository(#[source] RepositoryError),
    #[error("the search index did not answer")]
    Search(#[from] SearchError),
    #[error("no recommendations could be computed")]
    Recommender(#[from] RecommenderError),
    #[error("the password could not be hashed: {0}")]
    Hashing(String),
}

impl From<RepositoryError> for ServiceError {
    fn from(error: RepositoryError) -> Self {
        match error {
            RepositoryError::NotFound { what, id } => Self::NotFound { what, id },
            other => Self::Repository(other),
        }
    }
}

impl From<FieldError> for ServiceError {
    fn from(error: FieldError) -> Self {
        Self::Invalid(vec![error])
    }
}

fn list(fields: &[FieldError]) -> String {
    fields.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// An error in words, with what caused it: for logs as JSON, which hold of an error what it says itself.
pub fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
