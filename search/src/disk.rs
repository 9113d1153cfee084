//! Whole indexes as generations: folders beside each other, of which the file `CURRENT` names the one that serves.
//!
//! A rebuild fills a new folder and then renames a new `CURRENT` into place, so that a crash at any moment leaves the
//! old index or the new one. A folder that no longer serves goes away with its last search. A lock file keeps a second
//! process out.

use std::{
    fmt,
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tantivy::{Index, IndexReader, ReloadPolicy, directory::error::OpenDirectoryError};

use crate::{
    IndexError,
    facts::Snapshot,
    schema::{Fields, schema},
    story,
};

/// To be raised when words are made or kept in another way than before: older indexes are then rebuilt.
const FORMAT: u32 = 1;
const CURRENT: &str = "CURRENT";
const LOCK: &str = "LOCK";
const PREFIX: &str = "generation-";
/// Larger indexes are not read as a whole when they are opened, so that the start stays quick.
const MAX_CHECKED_BYTES: u64 = 256 << 20;

/// Why an index must be built before searches find everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RebuildReason {
    /// There was none, or its first build was interrupted.
    Missing,
    /// An earlier version of Matinee built it.
    OutOfDate,
    /// It can't be read; the text says what is wrong.
    Damaged(String),
}

impl fmt::Display for RebuildReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("there is none yet"),
            Self::OutOfDate => f.write_str("an earlier version built it"),
            Self::Damaged(what) => write!(f, "it is damaged: {what}"),
        }
    }
}

/// One whole index.
pub struct Generation {
    pub index: Index,
    pub fields: Fields,
    reader: IndexReader,
    /// Bytes of answers that are kept.
    kept_bytes: u64,
    /// What searches see.
    snapshot: RwLock<Arc<Snapshot>>,
    /// Last, so that files are closed before the folder goes.
    folder: Option<Folder>,
}

struct Folder {
    path: PathBuf,
    retired: AtomicBool,
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.retired.load(Ordering::Relaxed)
            && let Err(error) = fs::remove_dir_all(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "a former search index could not be removed");
        }
    }
}

impl Generation {
    /// An empty index in memory.
    pub fn in_memory(kept_bytes: u64) -> Result<Self, IndexError> {
        let (schema, fields) = schema();
        Self::of(Index::create_in_ram(schema), fields, None, kept_bytes)
    }

    fn create(path: PathBuf, kept_bytes: u64) -> Result<Self, IndexError> {
        fs::create_dir_all(&path).map_err(|source| IndexError::Folder { path: path.clone(), source })?;
        let (schema, fields) = schema();
        let index = Index::create_in_dir(&path, schema)?;
        Self::of(index, fields, Some(path), kept_bytes)
    }

    fn of(index: Index, fields: Fields, path: Option<PathBuf>, kept_bytes: u64) -> Result<Self, IndexError> {
        index.tokenizers().register(story::TOKENIZER, story::analyzer());
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let snapshot = RwLock::new(Arc::new(Snapshot::take(&reader, fields, None, kept_bytes)?));
        let folder = path.map(|path| Folder { path, retired: AtomicBool::new(false) });
        Ok(Self { index, fields, reader, kept_bytes, snapshot, folder })
    }

    /// What searches see.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets searches see what has been committed.
    pub fn reload(&self) -> Result<(), IndexError> {
        self.reader.reload()?;
        let before = self.snapshot();
        let now = Arc::new(Snapshot::take(&self.reader, self.fields, Some(&before), self.kept_bytes)?);
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = now;
        Ok(())
    }

    /// Removes its folder with its last user.
    pub fn retire(&self) {
        if let Some(folder) = &self.folder {
            folder.retired.store(true, Ordering::Relaxed);
        }
    }
}

/// The folder of generations.
pub struct Disk {
    root: PathBuf,
    next: AtomicU64,
    /// Bytes of answers that each generation keeps.
    kept_bytes: u64,
    _lock: File,
}

impl Disk {
    /// Opens the folder, made if it isn't there, and the index that serves, an empty one if it can't.
    pub fn open(root: &Path, kept_bytes: u64) -> Result<(Self, Generation, Option<RebuildReason>), IndexError> {
        let in_root = |source| IndexError::Folder { path: root.to_owned(), source };
        fs::create_dir_all(root).map_err(in_root)?;
        let lock = lock(root)?;
        let found = list_generations(root).map_err(in_root)?;
        let next = found.iter().map(|(number, _)| number + 1).max().unwrap_or(0);
        let disk = Self { root: root.to_owned(), next: AtomicU64::new(next), kept_bytes, _lock: lock };
        let opened = disk.open_current();
        let current = opened.as_ref().ok().and_then(|generation| generation.folder.as_ref());
        for (_, path) in found.iter().filter(|(_, path)| current.is_none_or(|current| current.path != *path)) {
            fs::remove_dir_all(path).map_err(in_root)?;
        }
        match opened {
            Ok(generation) => Ok((disk, generation, None)),
            Err(reason) => {
                let generation = disk.create()?;
                // Nothing names the empty one, so that the next start knows that it was never filled.
                Ok((disk, generation, Some(reason)))
            }
        }
    }

    /// A new, empty generation that doesn't serve yet.
    pub fn create(&self) -> Result<Generation, IndexError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        Generation::create(self.root.join(format!("{PREFIX}{number}")), self.kept_bytes)
    }

    /// Makes the generation the one that serves after the next start.
    pub fn publish(&self, generation: &Arc<Generation>) -> Result<(), IndexError> {
        let name = generation.folder.as_ref().and_then(|folder| folder.path.file_name()).unwrap_or_default();
        let text = format!("{FORMAT} {}\n", name.to_string_lossy());
        let written = (|| {
            let new = self.root.join("CURRENT.new");
            let mut file = File::create(&new)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&new, self.root.join(CURRENT))?;
            File::open(&self.root)?.sync_all()
        })();
        written.map_err(|source| IndexError::Folder { path: self.root.clone(), source })
    }

    /// Makes the next start build the index anew.
    pub fn forget(&self) -> Result<(), IndexError> {
        match fs::remove_file(self.root.join(CURRENT)) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(IndexError::Folder { path: self.root.clone(), source })
            }
            _ => Ok(()),
        }
    }

    fn open_current(&self) -> Result<Generation, RebuildReason> {
        let damaged = |what: &dyn fmt::Display| RebuildReason::Damaged(what.to_string());
        let text = match fs::read(self.root.join(CURRENT)) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(RebuildReason::Missing),
            Err(error) => return Err(damaged(&error)),
        };
        let Some((format, name)) = text.trim().split_once(' ') else { return Err(damaged(&"CURRENT is not legible")) };
        if format != FORMAT.to_string() {
            return Err(RebuildReason::OutOfDate);
        }
        if generation_number(name).is_none() {
            return Err(damaged(&"CURRENT names no index"));
        }
        let path = self.root.join(name);
        let index = Index::open_in_dir(&path).map_err(|error| damaged(&describe(&error)))?;
        let (schema, fields) = schema();
        if index.schema() != schema {
            return Err(RebuildReason::OutOfDate);
        }
        if size_bytes(&path) <= MAX_CHECKED_BYTES {
            let bad = index.validate_checksum().map_err(|error| damaged(&describe(&error)))?;
            if let Some(file) = bad.iter().next() {
                return Err(damaged(&format_args!("{} has changed", file.display())));
            }
        }
        Generation::of(index, fields, Some(path), self.kept_bytes).map_err(|error| damaged(&error))
    }
}

fn lock(root: &Path) -> Result<File, IndexError> {
    let path = root.join(LOCK);
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|source| IndexError::Folder { path: path.clone(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(IndexError::InUse { path: root.to_owned() }),
        Err(TryLockError::Error(source)) => Err(IndexError::Folder { path, source }),
    }
}

fn list_generations(root: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if let Some(number) = entry.file_name().to_str().and_then(generation_number) {
            found.push((number, entry.path()));
        }
    }
    Ok(found)
}

fn generation_number(name: &str) -> Option<u64> {
    name.strip_prefix(PREFIX)?.parse().ok()
}

fn size_bytes(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries.flatten().filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum()
}

fn describe(error: &tantivy::TantivyError) -> String {
    match error {
        tantivy::TantivyError::OpenDirectoryError(OpenDirectoryError::DoesNotExist(path)) => {
            format!("{} is not there", path.display())
        }
        other => other.to_string(),
    }
}
