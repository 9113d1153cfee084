//! Why a backup was not made, is not good, or was not restored.

use std::{error::Error, io, path::PathBuf};

use matinee_domain::Timestamp;
use thiserror::Error;

use super::bytes::in_words;

/// What went wrong, where, and what to do next.
#[derive(Debug, Error)]
pub enum BackupError {
    #[error("cannot {doing} {}: {source}{}", path.display(), advice(source.kind()))]
    File { doing: &'static str, path: PathBuf, source: io::Error },
    #[error("cannot {doing} {}: {source}", path.display())]
    Database { doing: &'static str, path: PathBuf, source: Box<dyn Error + Send + Sync> },
    #[error("cannot {doing} {}: {source}: the disk is full, or it fails, or a limit on files is reached", path.display())]
    DiskFailed { doing: &'static str, path: PathBuf, source: Box<dyn Error + Send + Sync> },
    #[error(
        "about {} are needed in {}, but only {} are free there: free some space, or choose a folder on another disk",
        in_words(*needed_bytes), path.display(), in_words(*free_bytes)
    )]
    NoSpace { path: PathBuf, needed_bytes: u64, free_bytes: u64 },
    #[error("there is no database {}: data.dir (MATINEE_DATA_DIR) must be the folder that holds it", path.display())]
    NoDatabase { path: PathBuf },
    #[error("{} is not a SQLite database", path.display())]
    NotADatabase { path: PathBuf },
    #[error("{} is a SQLite database, but not one of Matinee: it holds no seaql_migrations", path.display())]
    NotMatinee { path: PathBuf },
    #[error("{} is damaged: {reason}. Restore a backup: `matinee backup list` shows those there are", path.display())]
    DamagedSource { path: PathBuf, reason: String },
    #[error(
        "another process has {} open: stop the server, and any other command that uses this data folder, first",
        path.display()
    )]
    InUse { path: PathBuf },
    #[error("{} is in the hands of another backup command or of a server: try again when that is done", dir.display())]
    Busy { dir: PathBuf },
    #[error("there is no backup {name} in {}: `matinee backup list` shows those there are", dir.display())]
    NotFound { name: String, dir: PathBuf },
    #[error(
        "there is no verified backup in {}: `matinee backup create` makes one, `matinee backup verify NAME` checks one",
        dir.display()
    )]
    NoneGood { dir: PathBuf },
    #[error(
        "the backup {name} is not whole: {missing} is missing. It was cut off while it was made or copied; use another"
    )]
    Incomplete { name: String, missing: String },
    #[error("the backup {name} is damaged: {reason}. Use another one, and look after the disk that holds it")]
    Damaged { name: String, reason: String },
    #[error("the backup {name} is of the engine {engine}, but this database is {expected}")]
    WrongEngine { name: String, engine: String, expected: &'static str },
    #[error(
        "the backup {name} is of a newer schema than this program knows ({}): it was made by Matinee {made_by}, use that one",
        unknown.join(", ")
    )]
    NewerSchema { name: String, made_by: String, unknown: Vec<String> },
    #[error("the backup {name} is of format {format}, which this program doesn't know: use the Matinee that made it")]
    NewerFormat { name: String, format: u64 },
    #[error(
        "{} holds data, and was left as it is: to replace it (it is kept beside it under another name), add --force",
        path.display()
    )]
    HoldsData { path: PathBuf },
    #[error("cannot {doing} the database {address}: {source}")]
    Server { doing: &'static str, address: String, source: Box<dyn Error + Send + Sync> },
    #[error(
        "{address} is a CockroachDB, which makes its backups itself: name the collection that they are in, an address such as \
         s3://bucket/backups, by --dir (backup.dir)"
    )]
    IsCockroach { address: String },
    #[error("{address} is a PostgreSQL database, but not one of Matinee: it holds no seaql_migrations")]
    NotMatineeServer { address: String },
    #[error(
        "PostgreSQL's programs (pg_basebackup, pg_ctl and others) are not {}: install the server's version of them (on \
         Debian the package postgresql-15, or whatever its number is), or name their folder",
        named.as_ref().map_or_else(|| "on the path".to_owned(), |named| format!("in {}", named.display()))
    )]
    NoPrograms { named: Option<PathBuf> },
    #[error("{} is of another version ({said}) than the server ({server}): name the folder of that version's", programs.display())]
    OtherVersion { programs: PathBuf, said: String, server: u32 },
    #[error("{program} could not {doing}: {said}")]
    Program { program: String, doing: &'static str, said: String },
    #[error("{} is not empty: a cluster is restored into an empty folder alone", path.display())]
    NotEmpty { path: PathBuf },
    #[error(
        "the user that PostgreSQL runs as may not enter {}: choose a folder that this user may reach, for which each folder above \
         it must be open", path.display()
    )]
    ClosedToServer { path: PathBuf },
    #[error("no verified backup reaches back to {to}: each can be recovered to moments after it was made")]
    TooEarly { to: Timestamp },
    #[error(
        "the log in {} has a gap: {missing}, which follows on the backup, is missing. PostgreSQL would take that for the log's \
         end and drop everything later. Find it, or use a newer backup; to stop before the gap give --to", archive.display()
    )]
    ArchiveGap { archive: PathBuf, missing: String },
    #[error(
        "the log in {} is damaged: {reason}. PostgreSQL would take that for the log's end and drop everything later. Use \
         another copy of it, or a newer backup; to stop before the damage give --to", archive.display()
    )]
    ArchiveDamaged { archive: PathBuf, reason: String },
    /// The process is being stopped.
    #[error("the backup was stopped before it was done")]
    Stopped,
}

/// What to do about an error of a file, after a full stop.
fn advice(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            ". Free some space, or choose a folder on another disk"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            ". Run this as the user whose folder it is, or choose another folder"
        }
        _ => "",
    }
}
