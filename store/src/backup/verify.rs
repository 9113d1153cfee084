//! Showing that a backup is good: by restoring it.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use super::{
    Backup, BackupError, Backups, Manifest, Pace, Progress, State,
    create::DATABASE,
    files::{self, blocking},
    folder::SCRATCH,
    manifest::Sealed,
    postgres, sqlite,
};

impl Backups {
    /// Restores the backup `name` (or the newest verified one) into a temporary folder, compares every table with what
    /// the source held, and keeps what was found, which [`Backups::list`] shows from then on.
    ///
    /// # Errors
    /// `Damaged` or `Incomplete` when it is not good; other errors when that can't be found out.
    pub async fn verify(&self, name: Option<&str>, pace: Pace, progress: &Progress) -> Result<Backup, BackupError> {
        let name = self.find(name)?.name;
        let lock = self.take()?;
        self.verify_taken(&lock, &name, pace, progress).await
    }

    /// The same with the folder taken already.
    pub(super) async fn verify_taken(
        &self,
        _lock: &File,
        name: &str,
        pace: Pace,
        progress: &Progress,
    ) -> Result<Backup, BackupError> {
        let backup = self.find(Some(name))?;
        let sealed = read_whole(&backup)?;
        let checked = match sealed.manifest.engine.as_str() {
            sqlite::ENGINE => self.check_sqlite(&backup, &sealed.manifest, pace, progress).await,
            postgres::ENGINE => self.check_postgres(&backup, &sealed.manifest, pace, progress).await,
            engine => Err(BackupError::WrongEngine {
                name: name.to_owned(),
                engine: engine.to_owned(),
                expected: "one that this program knows",
            }),
        };
        match checked {
            Ok(()) => self.record(&backup, &sealed, None)?,
            Err(BackupError::Damaged { name, reason }) => {
                self.record(&backup, &sealed, Some(reason.clone()))?;
                return Err(BackupError::Damaged { name, reason });
            }
            Err(error) => return Err(error),
        }
        self.find(Some(name))
    }

    async fn check_sqlite(
        &self,
        backup: &Backup,
        manifest: &Manifest,
        pace: Pace,
        progress: &Progress,
    ) -> Result<(), BackupError> {
        files::need_space(&self.dir, manifest.bytes())?;
        let scratch = Scratch::make(self.dir.join(format!("{SCRATCH}{}", backup.name)))?;
        restore_into(backup, manifest, &scratch.0.join(DATABASE), pace, progress).await
    }

    async fn check_postgres(
        &self,
        backup: &Backup,
        manifest: &Manifest,
        pace: Pace,
        progress: &Progress,
    ) -> Result<(), BackupError> {
        let programs = self.programs()?;
        // A server that runs as somebody else can't enter the folder of backups.
        let scratch = if programs.runs_as_another() {
            std::env::temp_dir().join(format!("matinee{SCRATCH}{}", std::process::id()))
        } else {
            self.dir.join(format!("{SCRATCH}{}", backup.name))
        };
        let scratch = Scratch::make(scratch)?;
        files::need_space(&scratch.0, manifest.bytes())?;
        postgres::check(backup, manifest, &programs, &scratch.0, pace, progress).await
    }
}

/// A folder that goes with its owner. What stays is cleared away by the next backup.
struct Scratch(PathBuf);

impl Scratch {
    fn make(path: PathBuf) -> Result<Self, BackupError> {
        files::make_private_folder(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The manifest of a backup that seems whole. One that was found damaged before is looked at again.
pub(super) fn read_whole(backup: &Backup) -> Result<Sealed, BackupError> {
    let sealed = Manifest::read(&backup.name, &backup.folder)?;
    match &backup.state {
        State::Incomplete => {
            let lacks = |file: &&String| !backup.folder.join(file).exists();
            let missing = sealed.manifest.files.keys().find(lacks).cloned().unwrap_or_default();
            Err(BackupError::Incomplete { name: backup.name.clone(), missing })
        }
        _ => Ok(sealed),
    }
}

/// Copies the database of a backup to `to`, and makes sure that it is, bit for bit and row for row, what was copied.
pub(super) async fn restore_into(
    backup: &Backup,
    manifest: &Manifest,
    to: &Path,
    pace: Pace,
    progress: &Progress,
) -> Result<(), BackupError> {
    let damaged = |reason: String| BackupError::Damaged { name: backup.name.clone(), reason };
    let (from, target, told) = (backup.folder.join(DATABASE), to.to_owned(), progress.clone());
    let (bytes, sha256) = blocking(move || files::copy(&from, &target, pace, &told)).await?;
    let sealed = manifest.files.get(DATABASE).ok_or_else(|| damaged(format!("its manifest names no {DATABASE}")))?;
    if bytes != sealed.bytes {
        return Err(damaged(format!("{DATABASE} has {bytes} bytes instead of {}", sealed.bytes)));
    }
    if sha256 != sealed.sha256 {
        return Err(damaged(format!("{DATABASE} doesn't have the checksum that it was sealed with")));
    }
    sqlite::compare(&backup.name, to, manifest, pace, progress).await
}
