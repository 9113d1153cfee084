//! Restoring a backup in the place of a database.

use std::{
    fs,
    path::{Path, PathBuf},
};

use matinee_domain::Timestamp;
use matinee_migrations::Migrator;
use sea_orm_migration::MigratorTrait;

use super::{
    Backup, BackupError, Backups, Manifest, Pace, Progress, State, files,
    postgres::{self, Until},
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
        let manifest = usable(&backup, sqlite::ENGINE)?;
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
        files::sync_file(&new.0)?;
        files::adopt_owner(&new.0, if target.path().exists() { target.path() } else { folder });
        Ok((new, aside))
    }
}

/// How a cluster is restored.
#[derive(Clone, Debug, Default)]
pub struct ClusterRestore {
    /// The last moment that is to be in it; `None`: as much as there is.
    pub to: Option<Timestamp>,
    /// The folder into which `pg_receivewal` or an archive command copies the log. `None`: the backup's own moment.
    pub archive: Option<PathBuf>,
}

impl Backups {
    /// Lays the cluster of the backup `name` (or the newest verified one that is early enough) down in `data`, and its tablespaces in
    /// `DATA.tablespaces`, which must be empty or not there. PostgreSQL recovers when it is started on it.
    ///
    /// # Errors
    /// `NotEmpty` when one of them holds anything; `TooEarly` when no backup reaches back to the moment; `ArchiveGap` or
    /// `ArchiveDamaged` when all of an archive is wanted that isn't whole; others as
    /// [`Backups::prepare_restore`].
    pub async fn restore_cluster(
        &self,
        name: Option<&str>,
        data: &Path,
        how: &ClusterRestore,
        progress: &Progress,
    ) -> Result<Backup, BackupError> {
        let backup = self.find_for(name, how.to)?;
        let manifest = usable(&backup, postgres::ENGINE)?;
        // The tablespaces of a cluster that was here before and has another name now may still be in use by it.
        let data: &Path = &data.components().collect::<PathBuf>();
        for folder in [data.to_owned(), postgres::tablespaces_of(data)] {
            let is_empty = match fs::read_dir(&folder) {
                Ok(mut entries) => entries.next().is_none(),
                Err(error) => error.kind() == std::io::ErrorKind::NotFound,
            };
            if !is_empty {
                return Err(BackupError::NotEmpty { path: folder });
            }
        }
        let until = match (how.to, &how.archive) {
            (_, None) => Until::Backup,
            (Some(to), Some(archive)) => Until::Moment { to, archive: whole(archive)? },
            (None, Some(archive)) => Until::End { archive: whole(archive)? },
        };
        if let Until::End { archive } = &until {
            postgres::check_archive(&backup, &self.programs()?, archive).await?;
        }
        // The server's user has to come through the folders above, who may be another one.
        if let Some(above) = data.parent() {
            fs::create_dir_all(above).map_err(files::failed("make the folder", above))?;
        }
        files::make_private_folder(data)?;
        files::need_space(data, manifest.bytes())?;
        let data = whole(data)?;
        postgres::lay_down(&backup, &manifest, &self.programs()?, &data, &until, progress).await?;
        Ok(backup)
    }

    /// The backup to recover from.
    fn find_for(&self, name: Option<&str>, to: Option<Timestamp>) -> Result<Backup, BackupError> {
        let reaches = |backup: &Backup, to: Timestamp| {
            let origin = backup.manifest.as_ref().and_then(|manifest| manifest.origin.as_ref());
            origin.is_some_and(|origin| origin.recoverable_from <= to)
        };
        let Some(to) = to else { return self.find(name) };
        let found = match name {
            Some(_) => Some(self.find(name)?).filter(|backup| reaches(backup, to)),
            None => self
                .list()?
                .into_iter()
                .find(|backup| matches!(backup.state, State::Verified { .. }) && reaches(backup, to)),
        };
        found.ok_or(BackupError::TooEarly { to })
    }
}

fn whole(path: &Path) -> Result<PathBuf, BackupError> {
    fs::canonicalize(path).map_err(files::failed("open the folder", path))
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

/// The manifest of a backup that this program can restore into a database of `engine`.
fn usable(backup: &Backup, engine: &'static str) -> Result<Manifest, BackupError> {
    let name = || backup.name.clone();
    if let State::Damaged { reason } = &backup.state {
        return Err(BackupError::Damaged { name: name(), reason: reason.clone() });
    }
    let manifest = read_whole(backup)?.manifest;
    if manifest.engine != engine {
        return Err(BackupError::WrongEngine { name: name(), engine: manifest.engine, expected: engine });
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
