//! What happened last, kept beside the backups for whoever was not there: a server tells in its measurements what a timer's command
//! came to.

use std::{fs, path::PathBuf};

use matinee_domain::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BackupError, Backups};

/// What is noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// A backup was not made, or is not good.
    Failure,
    /// One was restored.
    Restore,
}

/// When it was, and what was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastTime {
    pub at: Timestamp,
    pub said: String,
}

impl Backups {
    /// Keeps it in the place of the last one of its kind. Where that can't be done (the disk may be the reason for the failure), only the note is
    /// lost, which is logged.
    pub fn note(&self, what: Happening, said: &str) {
        let (file, last) = (self.file_of(what), LastTime { at: self.clock.now(), said: said.to_owned() });
        let new = file.with_extension("new");
        let written = serde_json::to_vec(&last).map_err(std::io::Error::other);
        let written = written.and_then(|text| fs::write(&new, text)).and_then(|()| fs::rename(&new, &file));
        if let Err(error) = written {
            tracing::warn!(%error, file = %file.display(), "what happened to the backups is not noted there");
        }
    }

    /// Notes a failure, unless it is that somebody else is at it, that it was stopped, or that there is no backup of that name.
    pub fn note_failure(&self, error: &BackupError) {
        if !matches!(error, BackupError::Busy { .. } | BackupError::Stopped | BackupError::NotFound { .. }) {
            self.note(Happening::Failure, &error.to_string());
        }
    }

    /// The last time; none where it never happened, or nothing can be read of it.
    pub fn last_time(&self, what: Happening) -> Option<LastTime> {
        serde_json::from_slice(&fs::read(self.file_of(what)).ok()?).ok()
    }

    fn file_of(&self, what: Happening) -> PathBuf {
        self.dir().join(match what {
            Happening::Failure => ".last-failure.json",
            Happening::Restore => ".last-restore.json",
        })
    }
}
