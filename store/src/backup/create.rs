//! Making a backup.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use matinee_domain::Timestamp;

use super::{
    Backup, BackupError, Backups, FileSeal, Manifest, Pace, PostgresSource, Progress,
    files::{self, blocking},
    folder::INCOMPLETE,
    postgres, sqlite,
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

/// A backup that has a name and a folder to be filled.
struct Begun {
    lock: File,
    name: String,
    created_at: Timestamp,
    /// The folder of backups by its whole path: what begins like an address would be read as one.
    dir: PathBuf,
    work: PathBuf,
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
        let begun = self.begin()?;
        let copies = if options.verify { 2 } else { 1 };
        let manifest = Manifest::new(sqlite::ENGINE, begun.created_at);
        let filled = match files::need_space(&self.dir, database_bytes.saturating_mul(copies)) {
            Ok(()) => fill(&begun.work, manifest, database, database_bytes, options.pace, progress).await,
            Err(error) => Err(error),
        };
        self.finish(begun, filled, options, progress).await
    }

    /// Backs up the whole cluster that holds the database of `source`, while it works. Writers wait for moments, twice.
    /// One at a time: a second one is `Busy`.
    ///
    /// # Errors
    /// As [`Backups::create`], and when one of PostgreSQL's programs fails; says which, and what it said.
    pub async fn create_postgres(
        &self,
        source: &PostgresSource,
        options: CreateOptions,
        progress: &Progress,
    ) -> Result<Backup, BackupError> {
        let begun = self.begin()?;
        let manifest = Manifest::new(postgres::ENGINE, begun.created_at);
        let filled = postgres::fill(&begun.work, &begun.name, manifest, source, options.pace, progress).await;
        self.finish(begun, filled, options, progress).await
    }

    fn begin(&self) -> Result<Begun, BackupError> {
        let lock = self.take()?;
        let created_at = self.clock.now();
        let name = self.new_name(created_at);
        let dir = fs::canonicalize(&self.dir).map_err(files::failed("open", &self.dir))?;
        let work = dir.join(format!("{INCOMPLETE}{name}"));
        files::make_private_folder(&work)?;
        Ok(Begun { lock, name, created_at, dir, work })
    }

    async fn finish(
        &self,
        begun: Begun,
        filled: Result<Manifest, BackupError>,
        options: CreateOptions,
        progress: &Progress,
    ) -> Result<Backup, BackupError> {
        let Begun { lock, name, dir, work, .. } = begun;
        let named = filled.and_then(|manifest| {
            manifest.seal(&work)?;
            files::sync_folder(&work)?;
            fs::rename(&work, dir.join(&name)).map_err(files::failed("name the finished backup", &work))?;
            files::sync_folder(&dir)
        });
        if let Err(error) = named {
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

/// Copies the database into `work`, on disk when this returns, and completes the manifest.
async fn fill(
    work: &Path,
    mut manifest: Manifest,
    database: &Path,
    database_bytes: u64,
    pace: Pace,
    progress: &Progress,
) -> Result<Manifest, BackupError> {
    let file = work.join(DATABASE);
    let copied = sqlite::copy(database, &file, database_bytes, pace, progress).await?;
    (manifest.schema, manifest.tables) = (copied.schema, copied.tables);
    let progress = progress.clone();
    blocking(move || {
        files::sync_file(&file)?;
        let (bytes, sha256) = files::hash_file(&file, pace, &progress)?;
        manifest.files.insert(DATABASE.to_owned(), FileSeal { bytes, sha256 });
        Ok(manifest)
    })
    .await
}
