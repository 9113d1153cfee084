//! Backups: copies of the database that are known to be good, because each was restored and compared.
//!
//! A backup is a folder `matinee-<when>` with three files: the database, `manifest.json` (what was copied, when, of which
//! schema, and a fingerprint of every table) and `SHA256SUMS` over both, which `sha256sum -c` reads. It is made under
//! another name and renamed when it is whole, so that a folder of that name is never half of a backup.
//!
//! How the files meet: [`Backups`] (`folder`) is a folder of backups: it lists them, finds one, and holds the lock that
//! lets one be made at a time; `noted` is what happened last. `create`, `verify`, `restore` and `retention` are what can be done with it. `manifest` is
//! what a backup says of itself and how that is sealed; `files` is copying, hashing and making sure that bytes are on
//! disk; `sqlite/` is what the engine alone can do: a copy of one moment while others write, fingerprints of tables, and
//! taking a database away from everybody else.
//!
//! **Fingerprints** are taken of the source, in a read transaction of the very moment that is copied, and again of the
//! restored copy. They don't depend on the order of rows, and cover all tables there are, so that a new table needs no
//! code here.

mod bytes;
mod cockroach;
mod create;
mod error;
mod files;
mod folder;
mod manifest;
mod noted;
mod postgres;
mod progress;
mod restore;
mod retention;
mod row_sum;
mod sqlite;
mod verify;

pub use bytes::in_words as bytes_in_words;
pub use cockroach::CockroachBackups;
pub use create::CreateOptions;
pub use error::BackupError;
pub use folder::{Backup, Backups, State};
pub use manifest::{FileSeal, Manifest, Origin, TableSeal};
pub use noted::{Happening, LastTime};
pub use postgres::{PostgresPrograms, PostgresSource};
pub use progress::{Pace, Progress, Stage, Step};
pub use restore::{ClusterRestore, PreparedRestore, Restored};
pub use retention::Retention;
