//! The targets, by what they belong to, and the folder of files that some of them read.

pub mod accounts;
#[cfg(feature = "director")]
pub mod director;
pub mod imports;
pub mod models;
pub mod network;
pub mod operation;
pub mod pages;
pub mod search;
pub mod secrets;

use std::{
    cell::OnceCell,
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

thread_local! {
    static FOLDER: OnceCell<TempDir> = const { OnceCell::new() };
}

/// What stands between the files of an input for parsers of several.
const BETWEEN: u8 = 0x1e;

/// A folder of this thread's own, in memory where the machine has such.
fn folder() -> PathBuf {
    FOLDER.with(|folder| {
        let made = || {
            let memory = Path::new("/dev/shm");
            let made = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
            made.expect("a folder for temporary files")
        };
        folder.get_or_init(made).path().to_owned()
    })
}

/// A file of that name with these bytes, and the folder it is in.
fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder().join(name);
    fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder for temporary files");
    fs::write(&path, bytes).expect("temporary files can be written");
    path
}

/// The parts of an input, of which those that are not there are empty.
fn parts<const N: usize>(bytes: &[u8]) -> [&[u8]; N] {
    let mut parts = [&[][..]; N];
    for (part, found) in parts.iter_mut().zip(bytes.splitn(N, |byte| *byte == BETWEEN)) {
        *part = found;
    }
    parts
}
