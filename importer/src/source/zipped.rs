//! A zip's members, listed from its central directory and streamed one at a time.

use std::{
    fs::File,
    io::{self, BufReader, Cursor, Read, Seek},
    path::{Component, Path},
    sync::Arc,
};

use zip::{ZipArchive, result::ZipError};

use super::{Bounded, Limits, Member, Place, SourceError};

/// How a zip begins: with a member, or with the directory of an empty one.
const SIGNATURES: [[u8; 4]; 2] = [*b"PK\x03\x04", *b"PK\x05\x06"];

pub(super) fn is_zip(file: impl Read) -> io::Result<bool> {
    let mut start = Vec::with_capacity(4);
    file.take(4).read_to_end(&mut start)?;
    Ok(SIGNATURES.iter().any(|signature| signature[..] == start[..]))
}

/// Lists files, sorted by name, of a zip on disk or of these bytes.
pub(super) fn list(path: &Path, bytes: Option<&Arc<[u8]>>, limits: &Limits) -> Result<Vec<Member>, SourceError> {
    let archive = open(path, bytes)?;
    if archive.len() > limits.members {
        return Err(SourceError::TooManyMembers { path: path.to_owned(), limit: limits.members });
    }
    let mut members = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let entry = archive.by_index_data(index).map_err(|error| damaged(path, &error))?;
        if entry.is_dir() {
            continue;
        }
        let Some(name) = entry.enclosed_name().as_deref().and_then(plain_name) else { continue };
        let bytes = entry.size();
        if bytes > limits.member_bytes {
            let limit = limits.member_bytes;
            return Err(SourceError::TooLarge { path: path.to_owned(), member: name, bytes, limit });
        }
        // Small members of one repeated letter are harmless however well they compress.
        if bytes > 1 << 20 && bytes / limits.expansion > entry.compressed_size() {
            return Err(SourceError::Expansion { path: path.to_owned(), member: name, limit: limits.expansion });
        }
        members.push(Member { name, bytes, place: Place::Zip { index } });
    }
    members.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(members)
}

pub(super) fn stream<T, E: From<SourceError>>(
    path: &Path,
    bytes: Option<&Arc<[u8]>>,
    index: usize,
    member: &Member,
    read: impl FnOnce(&mut dyn Read) -> Result<T, E>,
) -> Result<T, E> {
    let mut archive = open(path, bytes)?;
    let entry = archive.by_index(index).map_err(|error| match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
            SourceError::Encrypted { path: path.to_owned(), member: member.name.clone() }
        }
        other => damaged(path, &other),
    })?;
    read(&mut Bounded::new(entry, member.bytes))
}

trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

fn open(path: &Path, bytes: Option<&Arc<[u8]>>) -> Result<ZipArchive<Box<dyn ReadSeek>>, SourceError> {
    let file: Box<dyn ReadSeek> = if let Some(bytes) = bytes {
        Box::new(Cursor::new(Arc::clone(bytes)))
    } else {
        let file = File::open(path).map_err(|source| SourceError::Open { path: path.to_owned(), source })?;
        Box::new(BufReader::new(file))
    };
    ZipArchive::new(file).map_err(|error| damaged(path, &error))
}

fn damaged(path: &Path, error: &ZipError) -> SourceError {
    SourceError::DamagedZip { path: path.to_owned(), reason: error.to_string() }
}

/// `/`-separated, without `..`, hidden parts and the folder that macOS adds; otherwise the member is left out.
fn plain_name(path: &Path) -> Option<String> {
    let mut parts = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str()?),
            _ => return None,
        }
    }
    let hidden = parts.iter().any(|part| part.starts_with('.') || *part == "__MACOSX");
    (!hidden && !parts.is_empty()).then(|| parts.join("/"))
}
