//! Where an import's files are: a folder, a zip, or one file by itself, on disk or in memory.
//!
//! A [`Source`] is a list of members; it holds no open file, so it is cheap to clone and to send to another thread.
//! Members are streamed within [`Limits`]. Nothing is written to disk, so a member's name is only ever compared; names
//! that point out of their archive are left out of the list all the same.

mod bounded;
mod error;
mod fingerprint;
mod folder;
mod unpacked;
mod zipped;

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use bounded::Bounded;
pub use error::SourceError;
pub use fingerprint::combine_fingerprints;
pub use unpacked::{BytesRead, Unpacked};

/// What is read at most, so that a hostile or mistaken file costs neither memory nor time without end.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Files in a folder or zip.
    pub members: usize,
    /// Bytes of one member, uncompressed.
    pub member_bytes: u64,
    /// How many times larger than in its zip a member may be. Text compresses 3 to 20 times.
    pub expansion: u64,
    /// Bytes of one JSON document.
    pub document_bytes: u64,
    /// Bytes of one line, or of one record with line breaks in quotes.
    pub line_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { members: 20_000, member_bytes: 16 << 30, expansion: 250, document_bytes: 64 << 20, line_bytes: 64 << 10 }
    }
}

/// A file of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Path inside the source, parts separated by `/`.
    pub name: String,
    /// Size in bytes, uncompressed.
    pub bytes: u64,
    place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Disk(PathBuf),
    /// All of what is in memory.
    Memory,
    Zip {
        index: usize,
    },
}

impl Member {
    /// The name without folders.
    pub fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    /// The folder it is in, with the `/` at its end; empty at the top.
    pub fn folder(&self) -> &str {
        &self.name[..self.name.len() - self.file_name().len()]
    }
}

/// A folder, a zip or a file that is opened for an import.
#[derive(Clone, Debug)]
pub struct Source {
    path: PathBuf,
    /// The file, where it is not on disk.
    bytes: Option<Arc<[u8]>>,
    members: Vec<Member>,
    limits: Limits,
}

impl Source {
    /// Lists what is at `path`: a folder's files (two levels deep), a zip's members, or the file itself.
    ///
    /// # Errors
    /// When nothing is there, it can't be read, or it is a damaged or oversized zip.
    pub fn open(path: &Path, limits: Limits) -> Result<Self, SourceError> {
        let failed = |source| SourceError::Open { path: path.to_owned(), source };
        let metadata = std::fs::metadata(path).map_err(failed)?;
        let members = if metadata.is_dir() {
            folder::list(path, &limits)?
        } else if zipped::is_zip(File::open(path).map_err(failed)?).map_err(failed)? {
            zipped::list(path, None, &limits)?
        } else if is_named_like_a_zip(path) {
            return Err(SourceError::NotAZip { path: path.to_owned() });
        } else {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            vec![Member { name, bytes: metadata.len(), place: Place::Disk(path.to_owned()) }]
        };
        Ok(Self { path: path.to_owned(), bytes: None, members, limits })
    }

    /// Lists what is in a file of this name that somebody sent: a zip's members, or the file itself.
    ///
    /// # Errors
    /// When it is a damaged or oversized zip.
    pub fn of_bytes(name: &str, bytes: Arc<[u8]>, limits: Limits) -> Result<Self, SourceError> {
        let path = PathBuf::from(name);
        let members = if zipped::is_zip(&*bytes).unwrap_or_default() {
            zipped::list(&path, Some(&bytes), &limits)?
        } else if is_named_like_a_zip(&path) {
            return Err(SourceError::NotAZip { path });
        } else {
            vec![Member { name: name.to_owned(), bytes: bytes.len() as u64, place: Place::Memory }]
        };
        Ok(Self { path, bytes: Some(bytes), members, limits })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its files, by name.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// What is read at most.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The file of this name, whatever the case, that is in the same folder as `beside`.
    pub fn lookup_beside(&self, beside: &Member, file_name: &str) -> Option<&Member> {
        self.members
            .iter()
            .find(|member| member.folder() == beside.folder() && member.file_name().eq_ignore_ascii_case(file_name))
    }

    /// Streams a member to `read`. An error of the stream is for `read` to report, by [`SourceError::reading`].
    ///
    /// # Errors
    /// When the member can't be opened, and those of `read`.
    pub fn stream<T, E: From<SourceError>>(
        &self,
        member: &Member,
        read: impl FnOnce(&mut dyn Read) -> Result<T, E>,
    ) -> Result<T, E> {
        match &member.place {
            Place::Disk(path) => {
                let file = File::open(path).map_err(|source| SourceError::Open { path: path.clone(), source })?;
                read(&mut Bounded::new(file, self.limits.member_bytes))
            }
            Place::Memory => {
                let bytes = self.bytes.as_deref().unwrap_or_default();
                read(&mut Bounded::new(bytes, self.limits.member_bytes))
            }
            Place::Zip { index } => zipped::stream(&self.path, self.bytes.as_ref(), *index, member, read),
        }
    }
}

fn is_named_like_a_zip(path: &Path) -> bool {
    path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("zip") || ext.eq_ignore_ascii_case("whl"))
}
