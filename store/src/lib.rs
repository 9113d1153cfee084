//! The repositories over SeaORM: the only crate, with `migrations`, that names a database.
//!
//! [`Store`] implements every repository port of `matinee-services`, one file for each in `repositories/`. A method
//! asks `Store::read` for a connection or `Store::write` for a transaction, builds its statements from the columns in
//! `entities/`, and returns domain types. Nothing else reaches the database:
//!
//! - `Store::read` lends a connection of the readers' pool and limits the time.
//! - `Store::write` runs an idempotent closure in a transaction, commits, and runs it again where the engine says that
//!   the transaction lost a race (`engine::is_transient`).
//! - `engine/` holds what one engine alone can say: how it is opened, how a writing transaction begins, what a lost race
//!   looks like, how its planner learns of new data. Everything else is portable SQL, written by the builder.
//! - `repositories::statistics` is the one writer of films' rating statistics; it is called in the transaction that
//!   changes a rating. Bulk imports call it once at their end.
//! - [`backup`] copies whole databases and puts them back; it goes round `Store`, for it needs a database to itself.
//!
//! No type of SeaORM is in the public interface, and [`RepositoryError`](matinee_services::ports::RepositoryError)
//! is the one error; what lies under a `Database` error can be told from [`StoreError`] where it matters.

pub mod backup;
#[cfg(test)]
#[path = "../tests/cluster/mod.rs"]
mod cluster;
mod engine;
mod entities;
mod failure;
mod given;
mod ids;
mod journal;
mod options;
mod partitions;
mod recent;
mod repositories;
mod schema;
mod sql;
mod statements;
mod store;

pub use engine::{Engine, redact};
pub use failure::StoreError;
pub use ids::{movie_id, rater_id};
pub use options::{Durability, StoreOptions};
pub use partitions::{Moved, Partition, PartitionError, Quarter};
pub use statements::schema_statements;
pub use store::Store;
