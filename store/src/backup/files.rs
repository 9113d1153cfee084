//! Files: copied, hashed, and on disk before anybody relies on them.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read, Write},
    path::Path,
    time::Instant,
};

use sha2::{Digest, Sha256};
use tokio::task::spawn_blocking;

use super::{BackupError, Pace, Progress, Stage};

/// Bytes read and written at once.
const PIECE_BYTES: usize = 1 << 20;

/// What is left free beside what is needed, so that the database that lives there can go on for a while.
const RESERVE_BYTES: u64 = 16 << 20;

/// Names what was being done to which file.
pub(super) fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    move |source| BackupError::File { doing, path: path.to_owned(), source }
}

/// Runs what reads and writes files where it may wait for them.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BackupError> + Send + 'static,
) -> Result<T, BackupError> {
    match spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => Err(BackupError::Stopped),
    }
}

/// Makes a folder that its owner alone may enter: a backup holds what people told nobody else. One that is there is
/// left as it is.
pub(super) fn make_private_folder(path: &Path) -> Result<(), BackupError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(failed("make the folder", path))
}

/// Makes sure that the names in a folder are on disk.
pub(super) fn sync_folder(path: &Path) -> Result<(), BackupError> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(failed("write the folder", path))
}

/// Makes sure that a file that somebody else wrote is on disk.
pub(super) fn sync_file(path: &Path) -> Result<(), BackupError> {
    File::options().write(true).open(path).and_then(|file| file.sync_all()).map_err(failed("write", path))
}

/// Writes a new file, on disk when this returns.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), BackupError> {
    let written = File::create_new(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(failed("write", path))
}

/// Replaces a file: after a crash there is the old one or the new one.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), BackupError> {
    let new = path.with_extension("new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed("remove", &new)(error)),
        _ => write_new(&new, bytes)?,
    }
    fs::rename(&new, path).map_err(failed("replace", path))
}

/// A file's length and SHA-256.
pub(super) fn hash_file(path: &Path, pace: Pace, progress: &Progress) -> Result<(u64, String), BackupError> {
    let mut file = File::open(path).map_err(failed("read", path))?;
    let total = file.metadata().map_err(failed("read", path))?.len();
    let mut hasher = Sha256::new();
    let done = pieces(&mut file, path, pace, |piece, done| {
        hasher.update(piece);
        progress.tell(Stage::Sealing, done, total);
        Ok(())
    })?;
    Ok((done, format!("{:x}", hasher.finalize())))
}

/// Copies a file to a new one, which is on disk after [`sync_file`]; gives the length and SHA-256 of what was copied.
pub(super) fn copy(from: &Path, to: &Path, pace: Pace, progress: &Progress) -> Result<(u64, String), BackupError> {
    let mut source = File::open(from).map_err(failed("read", from))?;
    let total = source.metadata().map_err(failed("read", from))?.len();
    let mut target = File::create_new(to).map_err(failed("write", to))?;
    let mut hasher = Sha256::new();
    let done = pieces(&mut source, from, pace, |piece, done| {
        hasher.update(piece);
        target.write_all(piece).map_err(failed("write", to))?;
        progress.tell(Stage::Restoring, done, total);
        Ok(())
    })?;
    Ok((done, format!("{:x}", hasher.finalize())))
}

/// Calls `work` with each piece of a file and the bytes up to its end; returns the file's length.
fn pieces(
    file: &mut File,
    path: &Path,
    pace: Pace,
    mut work: impl FnMut(&[u8], u64) -> Result<(), BackupError>,
) -> Result<u64, BackupError> {
    let mut buffer = vec![0; PIECE_BYTES];
    let mut done = 0;
    loop {
        let since = Instant::now();
        let read = file.read(&mut buffer).map_err(failed("read", path))?;
        if read == 0 {
            return Ok(done);
        }
        done += read as u64;
        work(&buffer[..read], done)?;
        if let Some(rest) = pace.rest(since) {
            std::thread::sleep(rest);
        }
    }
}

/// All files in a folder and its folders, by their paths in it, with `/` between names.
pub(super) fn list(folder: &Path) -> Result<Vec<String>, BackupError> {
    let mut found = Found::default();
    walk(folder, "", &mut found)?;
    Ok(found.files)
}

/// All folders in a folder, outer ones first.
pub(super) fn list_folders(folder: &Path) -> Result<Vec<String>, BackupError> {
    let mut found = Found::default();
    walk(folder, "", &mut found)?;
    Ok(found.folders)
}

#[derive(Default)]
struct Found {
    files: Vec<String>,
    folders: Vec<String>,
}

fn walk(folder: &Path, prefix: &str, found: &mut Found) -> Result<(), BackupError> {
    for entry in fs::read_dir(folder).map_err(failed("read", folder))? {
        let entry = entry.map_err(failed("read", folder))?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        // Links are not followed: they lead out of a backup.
        let kind = entry.file_type().map_err(failed("read", &entry.path()))?;
        if kind.is_dir() {
            found.folders.push(name.clone());
            walk(&entry.path(), &format!("{name}/"), found)?;
        } else if kind.is_file() {
            found.files.push(name);
        }
    }
    Ok(())
}

/// Gives a folder and all in it to somebody. Links themselves are given, not what they lead to.
pub(super) fn give_to(path: &Path, owner: (u32, u32)) -> Result<(), BackupError> {
    #[cfg(unix)]
    {
        std::os::unix::fs::lchown(path, Some(owner.0), Some(owner.1)).map_err(failed("give away", path))?;
        if path.is_dir() && !path.is_symlink() {
            for entry in fs::read_dir(path).map_err(failed("read", path))?.flatten() {
                give_to(&entry.path(), owner)?;
            }
        }
    }
    #[cfg(not(unix))]
    let _ = (path, owner);
    Ok(())
}

/// The SHA-256 of some bytes.
pub(super) fn hash(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// Refuses to begin what can't be finished for want of space in `folder`.
pub(super) fn need_space(folder: &Path, needed_bytes: u64) -> Result<(), BackupError> {
    let free_bytes = fs4::available_space(folder).map_err(failed("find out the free space of", folder))?;
    let needed_bytes = needed_bytes.saturating_add(RESERVE_BYTES);
    if needed_bytes > free_bytes {
        return Err(BackupError::NoSpace { path: folder.to_owned(), needed_bytes, free_bytes });
    }
    Ok(())
}

/// Takes the lock file at `path`, which goes with the returned file and with the process.
pub(super) fn lock(path: &Path) -> Result<File, BackupError> {
    let file = File::options().create(true).truncate(false).write(true).open(path).map_err(failed("open", path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(BackupError::Busy { dir: path.parent().unwrap_or(Path::new(".")).to_owned() })
        }
        Err(TryLockError::Error(source)) => Err(failed("lock", path)(source)),
    }
}

/// Gives `path` the owner and the permissions that `like` has, where that is allowed: a restore as root must leave a
/// database that the server may open.
pub(super) fn adopt_owner(path: &Path, like: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, chown};
        if let Ok(metadata) = fs::metadata(like) {
            // Whoever may not do this is the owner already.
            let _ = chown(path, Some(metadata.uid()), Some(metadata.gid()));
            if metadata.is_file() {
                let _ = fs::set_permissions(path, metadata.permissions());
            }
        }
    }
    #[cfg(not(unix))]
    let _ = (path, like);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_with_both_numbers() {
        let folder = tempfile::tempdir().unwrap();
        need_space(folder.path(), 1).unwrap();
        let error = need_space(folder.path(), 9_000_000_000_000_000).unwrap_err().to_string();
        for part in ["9.0 PB", "free", folder.path().to_str().unwrap()] {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_lock_is_held_once_and_goes_with_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".lock");
        let held = lock(&path).unwrap();
        assert!(matches!(lock(&path), Err(BackupError::Busy { .. })));
        drop(held);
        lock(&path).unwrap();
    }
}
