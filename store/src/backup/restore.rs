//! Restoring a backup in the place of a database.

use std::{
    fs,
    path::{Path, PathBuf},
};

use matinee_migrations::Migrator;
use sea_orm_migration::MigratorTrait;

use super::{
    Backup, BackupError, Backups, Manifest, Pace, Progress, State, files,
    sqlite::{self, Target},
    verify::{read_whole, restore_into},
};

/// A backup that is restored beside the database and found good, but not in its place yet. Dropped, it changes nothing.
pub struct PreparedRestore {
    pub backup: Backup,
    target: Target,
    /// The restored file.
    new: Leftover,
    aside: PathBuf,
}

/// What was restored.
#[derive(Clone, Debug)]
pub struct Restored {
    pub backup: Backup,
    /// Where what was there before is kept.
    pub kept_aside: Option<PathBuf>,
}

impl Backups {
    /// Restores the backup `name` (or the newest verified one) beside the database at `database`, compares it row by
    /// row, and waits for [`PreparedRestore::commit`]. Until then nobody else can open the database.
    ///
    /// # Errors
    /// `HoldsData` without `force`; `InUse` while a server has the database open; `Damaged`, `Incomplete`, `WrongEngine`,
    /// `NewerSchema` or `NewerFormat` when the backup can't be used. The database is as it was then.
    pub async fn prepare_restore(
        &self,
        name: Option<&str>,
        database: &Path,
        force: bool,
        progress: &Progress,
    ) -> Result<PreparedRestore, BackupError> {
        let backup = self.find(name)?;
        let manifest = usable(&backup)?;
        let target = Target::take(database).await?;
        match self.restore_beside(&backup, &manifest, &target, force, progress).await {
            Ok((new, aside)) => Ok(PreparedRestore { backup, target, new, aside }),
            Err(error) => {
                target.release().await;
                Err(error)
            }
        }
    }

    /// The restored file, and the name under which what is there would be kept.
    async fn restore_beside(
        &self,
        backup: &Backup,
        manifest: &Manifest,
        target: &Target,
        force: bool,
        progress: &Progress,
    ) -> Result<(Leftover, PathBuf), BackupError> {
        if target.holds_data() && !force {
            return Err(BackupError::HoldsData { path: target.path().to_owned() });
        }
        let folder = target.path().parent().unwrap_or(Path::new("."));
        files::need_space(folder, manifest.bytes())?;
        let at = self.clock.now().format("%Y%m%dT%H%M%SZ");
        let new = Leftover(beside(target.path(), "restoring"));
        let aside = free_name(&beside(target.path(), &format!("before-restore-{at}")));
        new.remove();
        restore_into(backup, manifest, &new.0, Pace::Full, progress).await?;
        files::adopt_owner(&new.0, if target.path().exists() { target.path() } else { folder });
        Ok((new, aside))
    }
}

impl PreparedRestore {
    /// Puts the restored database in its place. What held data there is kept under another name.
    ///
    /// # Errors
    /// `File` when files can't be renamed; there is the old database then, or the new one.
    pub async fn commit(self) -> Result<Restored, BackupError> {
        let kept = self.target.replace_by(&self.new.0, &self.aside).await?;
        Ok(Restored { backup: self.backup, kept_aside: kept.then_some(self.aside) })
    }
}

/// The manifest of a backup that this program can restore.
fn usable(backup: &Backup) -> Result<Manifest, BackupError> {
    let name = || backup.name.clone();
    if let State::Damaged { reason } = &backup.state {
        return Err(BackupError::Damaged { name: name(), reason: reason.clone() });
    }
    let manifest = read_whole(backup)?.manifest;
    if manifest.engine != sqlite::ENGINE {
        return Err(BackupError::WrongEngine { name: name(), engine: manifest.engine, expected: sqlite::ENGINE });
    }
    let known: Vec<String> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    let unknown: Vec<String> = manifest.schema.iter().filter(|name| !known.contains(name)).cloned().collect();
    if unknown.is_empty() {
        Ok(manifest)
    } else {
        Err(BackupError::NewerSchema { name: name(), made_by: manifest.matinee, unknown })
    }
}

/// `matinee.db.ending` beside `matinee.db`.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

fn free_name(path: &Path) -> PathBuf {
    let mut free = path.to_owned();
    let mut number = 1;
    while free.exists() {
        number += 1;
        free = beside(path, &number.to_string());
    }
    free
}

/// A file that is removed unless it was renamed by then.
struct Leftover(PathBuf);

impl Leftover {
    fn remove(&self) {
        // It need not be there; where it can't be removed, making it anew says why.
        let _ = fs::remove_file(&self.0);
    }
}

impl Drop for Leftover {
    fn drop(&mut self) {
        self.remove();
    }
}
