//! What a backup says of itself, and how that is sealed.

use std::{collections::BTreeMap, fs, io, path::Path};

use matinee_domain::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BackupError, files};

/// The layout of backups that this program writes, and the latest that it reads.
const FORMAT: u64 = 1;

/// Files of a backup beside the database's.
const MANIFEST: &str = "manifest.json";
const SUMS: &str = "SHA256SUMS";

/// What was copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u64,
    /// `sqlite` or `postgres`.
    pub engine: String,
    /// The version of the program that made the backup.
    pub matinee: String,
    pub created_at: Timestamp,
    /// The migrations that had been applied.
    pub schema: Vec<String>,
    /// By name in the backup's folder.
    pub files: BTreeMap<String, FileSeal>,
    /// Of a cluster: what is needed to look into it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// By name; `sqlite_schema` and `pg_schema` stand for the definitions of tables and indexes.
    pub tables: BTreeMap<String, TableSeal>,
}

/// Where in a cluster the database is, and from when on the cluster can be recovered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    pub database: String,
    pub user: String,
    /// The server's time at the backup's restore point: with the log from then on, any later moment can be reached.
    pub recoverable_from: Timestamp,
}

/// A file as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSeal {
    pub bytes: u64,
    pub sha256: String,
}

/// A table as it was in the source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSeal {
    pub rows: u64,
    /// The sum of the rows' SHA-256, in four lanes of 64 bits: the same in whatever order rows come.
    pub hash: String,
}

/// A manifest whose seal is whole, and the hash of that seal.
#[derive(Clone, Debug)]
pub(super) struct Sealed {
    pub manifest: Manifest,
    pub sums_sha256: String,
}

impl Manifest {
    pub(super) fn new(engine: &str, created_at: Timestamp) -> Self {
        Self {
            format: FORMAT,
            engine: engine.to_owned(),
            matinee: env!("CARGO_PKG_VERSION").to_owned(),
            created_at,
            schema: Vec::new(),
            files: BTreeMap::new(),
            origin: None,
            tables: BTreeMap::new(),
        }
    }

    /// Rows of all tables.
    pub fn rows(&self) -> u64 {
        self.tables
            .iter()
            .filter(|(name, _)| !["sqlite_schema", "pg_schema"].contains(&name.as_str()))
            .map(|(_, table)| table.rows)
            .sum()
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.values().map(|file| file.bytes).sum()
    }

    /// Writes the manifest and the checksums over it and the files.
    pub(super) fn seal(&self, folder: &Path) -> Result<(), BackupError> {
        let path = folder.join(MANIFEST);
        let mut text =
            serde_json::to_vec_pretty(self).map_err(io::Error::from).map_err(files::failed("write", &path))?;
        text.push(b'\n');
        files::write_new(&path, &text)?;
        files::write_new(&folder.join(SUMS), self.sums(&text).as_bytes())
    }

    fn sums(&self, manifest: &[u8]) -> String {
        let files = self.files.iter().map(|(name, file)| sum_line(&file.sha256, name));
        files.chain([sum_of_manifest(manifest)]).collect::<Vec<_>>().concat()
    }

    /// Reads the manifest of the backup `name` in `folder`, and makes sure that no bit of it or of its checksums has
    /// changed. The files themselves are not read.
    pub(super) fn read(name: &str, folder: &Path) -> Result<Sealed, BackupError> {
        let damaged = |reason: String| BackupError::Damaged { name: name.to_owned(), reason };
        let part = |file: &'static str| match fs::read(folder.join(file)) {
            Ok(bytes) => Ok(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(BackupError::Incomplete { name: name.to_owned(), missing: file.to_owned() })
            }
            Err(error) => Err(files::failed("read", &folder.join(file))(error)),
        };
        let (text, sums) = (part(MANIFEST)?, part(SUMS)?);
        if !sums.ends_with(sum_of_manifest(&text).as_bytes()) {
            return Err(damaged(format!("{MANIFEST} and its checksum in {SUMS} don't agree")));
        }
        // The format first: a later one may hold anything else.
        let format =
            serde_json::from_slice::<Format>(&text).map_err(|error| damaged(format!("{MANIFEST}: {error}")))?;
        if format.format > FORMAT {
            return Err(BackupError::NewerFormat { name: name.to_owned(), format: format.format });
        }
        let manifest: Self = serde_json::from_slice(&text).map_err(|error| damaged(format!("{MANIFEST}: {error}")))?;
        if sums != manifest.sums(&text).as_bytes() {
            return Err(damaged(format!("{SUMS} doesn't agree with {MANIFEST}")));
        }
        Ok(Sealed { manifest, sums_sha256: files::hash(&sums) })
    }
}

#[derive(Deserialize)]
struct Format {
    format: u64,
}

fn sum_of_manifest(text: &[u8]) -> String {
    sum_line(&files::hash(text), MANIFEST)
}

/// As `sha256sum` writes it.
fn sum_line(sha256: &str, name: &str) -> String {
    format!("{sha256}  {name}\n")
}
