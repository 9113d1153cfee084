//! A folder of backups.

use std::{
    cmp::Reverse,
    fmt,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use matinee_domain::Timestamp;
use matinee_services::ports::Clock;
use serde::{Deserialize, Serialize};

use super::{BackupError, Manifest, PostgresPrograms, files, manifest::Sealed};

/// How names of backups begin.
const PREFIX: &str = "matinee-";

/// Beginnings of names under which work is done that isn't finished.
pub(super) const INCOMPLETE: &str = ".incomplete-";
pub(super) const SCRATCH: &str = ".verify-";
pub(super) const REMOVING: &str = ".removing-";

/// What the last verification of a backup found.
const VERDICT: &str = "verified.json";

/// A folder of backups. Nothing is kept in memory: every call looks anew.
#[derive(Clone)]
pub struct Backups {
    pub(super) dir: PathBuf,
    pub(super) clock: Arc<dyn Clock>,
    /// Found when they are needed, unless they were named.
    programs: Option<PostgresPrograms>,
}

/// A backup as its folder shows it.
#[derive(Clone, Debug)]
pub struct Backup {
    pub name: String,
    pub folder: PathBuf,
    pub state: State,
    /// `None` where it can't be read.
    pub manifest: Option<Manifest>,
}

/// What is known of a backup without reading its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It was restored elsewhere and was what had been copied.
    Verified { at: Timestamp },
    /// It seems whole, but nobody has tried.
    Unverified,
    /// It is not what was written.
    Damaged { reason: String },
    /// Making or copying it was cut off, or goes on at this moment.
    Incomplete,
}

/// The outcome of a verification, kept beside the backup.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Verdict {
    pub at: Timestamp,
    /// Of which `SHA256SUMS`: that of another backup says nothing.
    pub sums_sha256: String,
    /// `None` where all was well.
    pub damage: Option<String>,
}

impl Backups {
    /// The backups in `dir`, which need not be there yet.
    pub fn new(dir: impl Into<PathBuf>, clock: Arc<dyn Clock>) -> Self {
        Self { dir: dir.into(), clock, programs: None }
    }

    /// With PostgreSQL's programs, which backups of that engine are verified and restored with.
    #[must_use]
    pub fn with_programs(self, programs: PostgresPrograms) -> Self {
        Self { programs: Some(programs), ..self }
    }

    pub(super) fn programs(&self) -> Result<PostgresPrograms, BackupError> {
        self.programs.clone().map_or_else(|| PostgresPrograms::find(None), Ok)
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// All backups, newest first; half-written ones, too, which say so.
    ///
    /// # Errors
    /// `File` when the folder can't be read. One that isn't there holds no backups.
    pub fn list(&self) -> Result<Vec<Backup>, BackupError> {
        let reading = || files::failed("read the folder of backups", &self.dir);
        let entries = match fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(reading()(error)),
        };
        let mut backups = Vec::new();
        for entry in entries {
            let entry = entry.map_err(reading())?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if !entry.path().is_dir() {
                continue;
            }
            if name.starts_with(PREFIX) {
                backups.push(look(name, entry.path()));
            } else if let Some(name) = name.strip_prefix(INCOMPLETE) {
                let (name, folder) = (name.to_owned(), entry.path());
                backups.push(Backup { name, folder, state: State::Incomplete, manifest: None });
            }
        }
        // Names begin with the time, which those that can't be read have, too.
        backups.sort_by_cached_key(|backup| Reverse((backup.created_at(), backup.name.clone())));
        Ok(backups)
    }

    /// The backup of that name, or the newest verified one.
    ///
    /// # Errors
    /// `NotFound`, `NoneGood`, or `File` when the folder can't be read.
    pub fn find(&self, name: Option<&str>) -> Result<Backup, BackupError> {
        let mut all = self.list()?.into_iter();
        match name {
            Some(name) => all
                .find(|backup| backup.name == name)
                .ok_or_else(|| BackupError::NotFound { name: name.to_owned(), dir: self.dir.clone() }),
            None => all
                .find(|backup| matches!(backup.state, State::Verified { .. }))
                .ok_or_else(|| BackupError::NoneGood { dir: self.dir.clone() }),
        }
    }

    /// Takes the folder for one command that changes it, and clears away what one that was cut off left.
    pub(super) fn take(&self) -> Result<File, BackupError> {
        files::make_private_folder(&self.dir)?;
        let lock = files::lock(&self.dir.join(".lock"))?;
        let entries = fs::read_dir(&self.dir).map_err(files::failed("read the folder of backups", &self.dir))?;
        for entry in entries.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if [INCOMPLETE, SCRATCH, REMOVING].iter().any(|beginning| name.starts_with(beginning)) {
                let path = entry.path();
                tracing::warn!(path = %path.display(), "removing what a backup that was cut off left behind");
                fs::remove_dir_all(&path).map_err(files::failed("remove", &path))?;
            }
        }
        Ok(lock)
    }

    /// A name for a backup that begins now.
    pub(super) fn new_name(&self, at: Timestamp) -> String {
        let stem = format!("{PREFIX}{}", at.format("%Y%m%dT%H%M%SZ"));
        let mut name = stem.clone();
        let mut number = 1;
        while self.dir.join(&name).exists() {
            number += 1;
            name = format!("{stem}-{number}");
        }
        name
    }

    /// Keeps what a verification found.
    pub(super) fn record(&self, backup: &Backup, sealed: &Sealed, damage: Option<String>) -> Result<(), BackupError> {
        let path = backup.folder.join(VERDICT);
        let verdict = Verdict { at: self.clock.now(), sums_sha256: sealed.sums_sha256.clone(), damage };
        let mut text =
            serde_json::to_vec_pretty(&verdict).map_err(io::Error::from).map_err(files::failed("write", &path))?;
        text.push(b'\n');
        files::replace(&path, &text)
    }
}

impl fmt::Debug for Backups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backups").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Backup {
    /// When it was begun, by its manifest or else by its name.
    pub fn created_at(&self) -> Option<Timestamp> {
        let by_name = || {
            let time = self.name.strip_prefix(PREFIX)?.get(..16)?;
            Some(chrono::NaiveDateTime::parse_from_str(time, "%Y%m%dT%H%M%SZ").ok()?.and_utc())
        };
        self.manifest.as_ref().map(|manifest| manifest.created_at).or_else(by_name)
    }

    /// The size of its files; 0 where that isn't known.
    pub fn bytes(&self) -> u64 {
        self.manifest.as_ref().map_or(0, Manifest::bytes)
    }
}

/// Looks at a backup: its manifest, and whether its files are there at their full length.
fn look(name: String, folder: PathBuf) -> Backup {
    let (state, manifest) = match Manifest::read(&name, &folder) {
        Ok(sealed) => (state(&folder, &sealed), Some(sealed.manifest)),
        Err(BackupError::Incomplete { .. }) => (State::Incomplete, None),
        Err(BackupError::Damaged { reason, .. }) => (State::Damaged { reason }, None),
        Err(error) => (State::Damaged { reason: error.to_string() }, None),
    };
    Backup { name, folder, state, manifest }
}

fn state(folder: &Path, sealed: &Sealed) -> State {
    for (name, file) in &sealed.manifest.files {
        match fs::metadata(folder.join(name)) {
            Ok(found) if found.len() == file.bytes => {}
            Ok(found) => {
                return State::Damaged {
                    reason: format!("{name} has {} bytes instead of {}", found.len(), file.bytes),
                };
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return State::Incomplete,
            Err(error) => return State::Damaged { reason: format!("{name} can't be read: {error}") },
        }
    }
    let verdict = fs::read(folder.join(VERDICT)).ok();
    let verdict = verdict.and_then(|text| serde_json::from_slice::<Verdict>(&text).ok());
    match verdict.filter(|verdict| verdict.sums_sha256 == sealed.sums_sha256) {
        Some(Verdict { at, damage: None, .. }) => State::Verified { at },
        Some(Verdict { damage: Some(reason), .. }) => State::Damaged { reason },
        None => State::Unverified,
    }
}
