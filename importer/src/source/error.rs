//! Why a source can't be read.

use std::{io, path::PathBuf};

use thiserror::Error;

use super::Member;

/// Why a folder, a zip or a file in it can't be read.
#[derive(Debug, Error)]
pub enum SourceError {
    #[error("{} can't be opened: {source}", path.display())]
    Open {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} is named like a zip but is none; perhaps the download failed: fetch it again", path.display())]
    NotAZip { path: PathBuf },
    #[error("{} is a damaged zip ({reason}); perhaps the download was cut off: fetch it again", path.display())]
    DamagedZip { path: PathBuf, reason: String },
    #[error("{} holds more than {limit} files, which no data set does: give the folder of the data set", path.display())]
    TooManyMembers { path: PathBuf, limit: usize },
    #[error("{member} in {} is too large: {bytes} bytes, where at most {limit} are read", path.display())]
    TooLarge { path: PathBuf, member: String, bytes: u64, limit: u64 },
    #[error(
        "{member} in {} would grow to more than {limit} times its size when unpacked: that is no data set", path.display()
    )]
    Expansion { path: PathBuf, member: String, limit: u64 },
    #[error("{member} in {} is encrypted: unpack it and give the folder", path.display())]
    Encrypted { path: PathBuf, member: String },
    #[error("{member} can't be read on after line {line}: {source}; the file may be damaged: fetch it again")]
    Read {
        member: String,
        line: u64,
        #[source]
        source: io::Error,
    },
}

impl SourceError {
    /// An error of a member's stream, met after `line`.
    pub fn reading(member: &Member, line: u64, source: io::Error) -> Self {
        Self::Read { member: member.name.clone(), line, source }
    }
}
