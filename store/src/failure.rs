//! What goes wrong inside the crate, and what the ports make of it.

use std::{error::Error, time::Duration};

use matinee_services::ports::RepositoryError;
use sea_orm::{DbErr, SqlErr};
use thiserror::Error;

/// What lies under a [`RepositoryError::Database`] that this crate raised itself.
#[derive(Debug, Error)]
pub enum StoreError {
    #[error(
        "{url:?} names no database that this build can open: give a file's path, sqlite:PATH or postgres://USER@HOST/DATABASE"
    )]
    UnknownEngine { url: String },
    #[error(
        "cannot open the SQLite database {path:?}: {source} (does its folder exist, and may this user write there?)"
    )]
    Open { path: String, source: Box<dyn Error + Send + Sync> },
    #[error("{address:?} is no address of a PostgreSQL or CockroachDB database: {reason}")]
    Address { address: String, reason: String },
    #[error("cannot connect to the database {address:?}: {source}")]
    Connect { address: String, source: Box<dyn Error + Send + Sync> },
    #[error("the embedded SQLite database is one file and has no secondaries; they need PostgreSQL (data.url)")]
    ReplicasOfOneFile,
    #[error(
        "the connection was lost while a transaction was committed, so it is not known whether it was: look before \
         you try again ({0})"
    )]
    CommitUnknown(#[source] Box<dyn Error + Send + Sync>),
    #[error(
        "the database has a newer schema than this program knows ({}): start the newer Matinee that has been there; nothing \
         was changed", unknown.join(", ")
    )]
    NewerSchema { unknown: Vec<String> },
    #[error(
        "cannot bring the database to the present schema: {0} (only the tables' owner may: run `matinee migrate` as that one)"
    )]
    Migrate(#[source] Box<dyn Error + Send + Sync>),
    #[error("no answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
    #[error("the database's primary does not answer, and standbys take no writes; try again when it is back")]
    NoPrimary,
}

impl From<StoreError> for RepositoryError {
    fn from(error: StoreError) -> Self {
        Self::Database(Box::new(error))
    }
}

/// What a statement or a transaction ends in, before it is known whether to try again.
#[derive(Debug)]
pub(crate) enum Failure {
    Sql(DbErr),
    Port(RepositoryError),
}

/// What the crate's inner functions return.
pub(crate) type Outcome<T> = Result<T, Failure>;

impl Failure {
    /// Whether a row of that key was there already.
    pub fn is_taken(&self) -> bool {
        matches!(self, Self::Sql(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))))
    }

    /// Whether a row pointed to one that isn't there.
    pub fn is_missing_parent(&self) -> bool {
        matches!(self, Self::Sql(error) if matches!(error.sql_err(), Some(SqlErr::ForeignKeyConstraintViolation(_))))
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Self::Sql(error)
    }
}

impl From<RepositoryError> for Failure {
    fn from(error: RepositoryError) -> Self {
        Self::Port(error)
    }
}

impl From<Failure> for RepositoryError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Sql(error) => Self::Database(Box::new(error)),
            Failure::Port(error) => error,
        }
    }
}

/// A `NotFound` of this thing.
#[expect(clippy::needless_pass_by_value, reason = "ids are copied, and read better so")]
pub(crate) fn not_found(what: &'static str, id: impl ToString) -> Failure {
    Failure::Port(RepositoryError::NotFound { what, id: id.to_string() })
}

/// A `Damaged` of this thing.
#[expect(clippy::needless_pass_by_value, reason = "ids are copied, and read better so")]
pub(crate) fn damaged(what: &'static str, id: impl ToString, reason: impl ToString) -> Failure {
    Failure::Port(RepositoryError::Damaged { what, id: id.to_string(), reason: reason.to_string() })
}
