//! Making a backup.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    Backup, BackupError, Backups, FileSeal, Manifest, Pace, Progress,
    files::{self, blocking},
    folder::INCOMPLETE,
    sqlite,
};

/// The database's file in a backup.
pub(super) const DATABASE: &str = "matinee.db";

/// How a backup is made.
#[derive(Clone, Copy, Debug)]
pub struct CreateOptions {
    /// Restore it elsewhere and compare at once.
    pub verify: bool,
    pub pace: Pace,
}

impl Default for CreateOptions {
    fn default() -> Self {
        Self { verify: true, pace: Pace::Full }
    }
}

impl Backups {
    /// Backs up the `SQLite` database at `database`, which others may go on reading and writing; its schema is left as
    /// it is. One at a time: a second one is `Busy`.
    ///
    /// # Errors
    /// When there is no database, no space, no permission, or what was copied is not what was there. A backup that was
    /// not finished is removed; one that turns out to be damaged stays, and says so.
    pub async fn create(
        &self,
        database: &Path,
        options: CreateOptions,
        progress: &Progress,
    ) -> Result<Backup, BackupError> {
        let database_bytes = database_bytes(database)?;
        let lock = self.take()?;
        let copies = if options.verify { 2 } else { 1 };
        files::need_space(&self.dir, database_bytes.saturating_mul(copies))?;
        let created_at = self.clock.now();
        let name = self.new_name(created_at);
        // By its whole path: what begins like an address would be read as one.
        let dir = fs::canonicalize(&self.dir).map_err(files::failed("open", &self.dir))?;
        let work = dir.join(format!("{INCOMPLETE}{name}"));
        files::make_private_folder(&work)?;
        let manifest = Manifest::new(sqlite::ENGINE, created_at);
        let made = fill(&work, manifest, database, database_bytes, options.pace, progress).await;
        let made = made.and_then(|()| {
            fs::rename(&work, dir.join(&name)).map_err(files::failed("name the finished backup", &work))?;
            files::sync_folder(&dir)
        });
        if let Err(error) = made {
            // The error tells more than one of clearing up, which the next backup tries again.
            let _ = fs::remove_dir_all(&work);
            return Err(error);
        }
        if options.verify {
            self.verify_taken(&lock, &name, options.pace, progress).await
        } else {
            self.find(Some(&name))
        }
    }
}

/// The length of the database with its log: about what a copy takes.
fn database_bytes(database: &Path) -> Result<u64, BackupError> {
    let length = match fs::metadata(database) {
        Ok(file) if file.is_file() => file.len(),
        Ok(_) => return Err(BackupError::NotADatabase { path: database.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(BackupError::NoDatabase { path: database.to_owned() });
        }
        Err(error) => return Err(files::failed("read", database)(error)),
    };
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    Ok(length + fs::metadata(PathBuf::from(log)).map_or(0, |log| log.len()))
}

/// Writes all files of a backup into `work`, on disk when this returns.
async fn fill(
    work: &Path,
    mut manifest: Manifest,
    database: &Path,
    database_bytes: u64,
    pace: Pace,
    progress: &Progress,
) -> Result<(), BackupError> {
    let file = work.join(DATABASE);
    let copied = sqlite::copy(database, &file, database_bytes, pace, progress).await?;
    (manifest.schema, manifest.tables) = (copied.schema, copied.tables);
    let (work, progress) = (work.to_owned(), progress.clone());
    blocking(move || {
        files::sync_file(&file)?;
        let (bytes, sha256) = files::hash_file(&file, pace, &progress)?;
        manifest.files.insert(DATABASE.to_owned(), FileSeal { bytes, sha256 });
        manifest.seal(&work)?;
        files::sync_folder(&work)
    })
    .await
}
