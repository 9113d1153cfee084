//! The database in whose place a backup is to be restored: what it holds, and taking it away from everybody else.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use sea_orm::sqlx::{self, AssertSqlSafe, Connection, SqliteConnection};

use super::{BUSY, CANNOT_OPEN, LOCKED, MIGRATIONS, READ_ONLY, code, failed, open_live, quoted, table_names};
use crate::backup::{BackupError, files};

/// What `SQLite` may keep beside a database.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// A place for a database, which nobody else can open while this exists.
pub(in crate::backup) struct Target {
    path: PathBuf,
    /// Its exclusive transaction keeps others away. `None` where there is nothing, or nothing that is a database.
    lock: Option<SqliteConnection>,
    /// Whether there is something that somebody might want back.
    holds_data: bool,
}

impl Target {
    /// Takes the place at `path`.
    ///
    /// Leaving write-ahead logging needs the database for oneself alone, for every connection in that mode holds a lock
    /// as long as it lives. So this one statement tells whether a server has it open, and brings the log into the file.
    pub async fn take(path: &Path) -> Result<Self, BackupError> {
        let path = match fs::canonicalize(path) {
            Ok(path) => path,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { path: whole(path)?, lock: None, holds_data: false });
            }
            Err(error) => return Err(files::failed("open", path)(error)),
        };
        let length = fs::metadata(&path).map_err(files::failed("read", &path))?.len();
        if length == 0 {
            return Ok(Self { path, lock: None, holds_data: false });
        }
        match alone(&path).await {
            Ok((lock, holds_data)) => Ok(Self { path, lock: Some(lock), holds_data }),
            Err(error) if matches!(code(&error), Some(BUSY | LOCKED)) => Err(BackupError::InUse { path }),
            Err(error) if matches!(code(&error), Some(CANNOT_OPEN | READ_ONLY)) => Err(failed("open", &path)(error)),
            // A database that can't be read is what backups are for: what is there is kept as it is.
            Err(error) if error.as_database_error().is_some() => Ok(Self { path, lock: None, holds_data: true }),
            Err(error) => Err(failed("open", &path)(error)),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn holds_data(&self) -> bool {
        self.holds_data
    }

    /// Lets others have the database again, as it was.
    pub async fn release(self) {
        if let Some(lock) = self.lock {
            // It has changed nothing; the lock goes with the connection in any case.
            let _ = lock.close().await;
        }
    }

    /// Puts `new`, a file in the same folder, in the place of what is there. What holds data stays under the name
    /// `aside`; returns whether it does. After a crash there is the old database or the new one, never none.
    pub async fn replace_by(self, new: &Path, aside: &Path) -> Result<bool, BackupError> {
        if self.holds_data {
            keep(&self.path, aside)?;
        }
        for companion in COMPANIONS {
            let (from, to) = (with_suffix(&self.path, companion), with_suffix(aside, companion));
            if from.exists() {
                if self.holds_data {
                    keep(&from, &to)?;
                }
                // It must be gone before the new file comes: it would be taken for the new one's.
                fs::remove_file(&from).map_err(files::failed("remove", &from))?;
            }
        }
        fs::rename(new, &self.path).map_err(files::failed("put the restored database at", &self.path))?;
        if let Some(folder) = self.path.parent() {
            files::sync_folder(folder)?;
        }
        let kept = self.holds_data;
        self.release().await;
        Ok(kept)
    }
}

/// The path of a file that isn't there yet, in a folder that is.
fn whole(path: &Path) -> Result<PathBuf, BackupError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = fs::canonicalize(folder).map_err(files::failed("open the folder", folder))?;
    Ok(folder.join(path.file_name().unwrap_or_default()))
}

/// Gives a file a second name, or copies it where the file system knows no second names.
fn keep(path: &Path, aside: &Path) -> Result<(), BackupError> {
    fs::hard_link(path, aside)
        .or_else(|_| fs::copy(path, aside).map(drop))
        .map_err(files::failed("keep the old database as", aside))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// A connection that has the database for itself, and whether there are any rows but the schema's.
async fn alone(path: &Path) -> sqlx::Result<(SqliteConnection, bool)> {
    let mut connection = open_live(path, Duration::ZERO).await?;
    let _: String = sqlx::query_scalar("PRAGMA journal_mode = DELETE").fetch_one(&mut connection).await?;
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut connection).await?;
    let mut holds_data = false;
    for table in table_names(&mut connection).await?.iter().filter(|table| *table != MIGRATIONS) {
        let any = format!("SELECT EXISTS (SELECT 1 FROM {})", quoted(table));
        let any: bool = sqlx::query_scalar(AssertSqlSafe(any)).fetch_one(&mut connection).await?;
        holds_data |= any;
    }
    Ok((connection, holds_data))
}
