//! Showing that a backup is good: by restoring it.

use std::{
    fs::{self, File},
    path::Path,
};

use super::{
    Backup, BackupError, Backups, Manifest, Pace, Progress, State,
    create::DATABASE,
    files::{self, blocking},
    folder::SCRATCH,
    manifest::Sealed,
    sqlite,
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
        files::need_space(&self.dir, sealed.manifest.bytes())?;
        let scratch = self.dir.join(format!("{SCRATCH}{name}"));
        files::make_private_folder(&scratch)?;
        let checked = restore_into(&backup, &sealed.manifest, &scratch.join(DATABASE), pace, progress).await;
        // What stays is cleared away by the next backup.
        let _ = fs::remove_dir_all(&scratch);
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
}

/// The manifest of a backup that seems whole. One that was found damaged before is looked at again.
pub(super) fn read_whole(backup: &Backup) -> Result<Sealed, BackupError> {
    let sealed = Manifest::read(&backup.name, &backup.folder)?;
    match &backup.state {
        State::Incomplete => Err(BackupError::Incomplete { name: backup.name.clone(), missing: DATABASE }),
        _ if !sealed.manifest.files.contains_key(DATABASE) => Err(BackupError::WrongEngine {
            name: backup.name.clone(),
            engine: sealed.manifest.engine,
            expected: sqlite::ENGINE,
        }),
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
    let sealed = &manifest.files[DATABASE];
    if bytes != sealed.bytes {
        return Err(damaged(format!("{DATABASE} has {bytes} bytes instead of {}", sealed.bytes)));
    }
    if sha256 != sealed.sha256 {
        return Err(damaged(format!("{DATABASE} doesn't have the checksum that it was sealed with")));
    }
    sqlite::compare(&backup.name, to, manifest, pace, progress).await
}
