//! Versions that come from elsewhere: they come to be in a folder beside the others, and are taken in once they load.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use uuid::Uuid;

use super::{ModelDirectory, ModelError};

const FETCHED: &str = ".fetched-";
/// What nobody has written to for so long was left behind by a process that was killed.
const LEFT_BEHIND: Duration = Duration::from_hours(24);

/// A folder beside the versions. It goes with its owner, unless it was taken in.
#[derive(Debug)]
pub(crate) struct Aside(PathBuf);

impl Aside {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // There is none if it was taken in; what can't be removed is looked for by the next one.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl ModelDirectory {
    /// A folder in which a version may come to be. What others were killed over is cleared away.
    ///
    /// # Errors
    /// When the directory can't be written.
    pub(crate) fn make_aside(&self) -> Result<Aside, ModelError> {
        let aside = self.root.join(format!("{FETCHED}{}", Uuid::new_v4()));
        fs::create_dir_all(&aside).map_err(ModelError::io("making", &aside))?;
        for entry in fs::read_dir(&self.root).into_iter().flatten().flatten() {
            let is_old = || entry.metadata().ok()?.modified().ok()?.elapsed().ok().map(|age| age > LEFT_BEHIND);
            if entry.file_name().to_string_lossy().starts_with(FETCHED) && is_old() == Some(true) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        Ok(Aside(aside))
    }

    /// Puts what came to be aside in place as a version, if it loads. A version of that name that does not load makes room; one that does
    /// stays: another process of this directory was faster.
    ///
    /// # Errors
    /// When it can't be loaded, or the directory can't be written.
    pub(crate) fn take_in(&self, aside: &Aside, version: &str) -> Result<(), ModelError> {
        self.load(&aside.0.file_name().unwrap_or_default().to_string_lossy())?;
        if self.load(version).is_ok() {
            return Ok(());
        }
        let place = self.root.join(version);
        let damaged = Aside(self.root.join(format!("{FETCHED}{}", Uuid::new_v4())));
        if place.exists() {
            fs::rename(&place, damaged.path()).map_err(ModelError::io("making room at", &place))?;
        }
        match fs::rename(aside.path(), &place) {
            Err(_) if self.load(version).is_ok() => Ok(()),
            renamed => renamed.map_err(ModelError::io("renaming to", place)),
        }
    }
}
