//! SHA-256 of what is imported, by which an import of the same data is known again.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::{Member, Source, SourceError};

const CHUNK_BYTES: usize = 64 << 10;

impl Source {
    /// The SHA-256 of a member's bytes, in hexadecimal: the same in a folder and in a zip.
    ///
    /// # Errors
    /// When it can't be read to its end, so that a damaged file is found before any of it is taken in.
    pub fn fingerprint(&self, member: &Member) -> Result<String, SourceError> {
        self.stream(member, |reader| {
            let mut hasher = Sha256::new();
            let mut chunk = vec![0; CHUNK_BYTES];
            loop {
                match reader.read(&mut chunk) {
                    Ok(0) => return Ok(hexadecimal(hasher)),
                    Ok(read) => hasher.update(&chunk[..read]),
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(SourceError::reading(member, 0, error)),
                }
            }
        })
    }
}

/// One fingerprint for a part that depends on several files.
pub fn combine_fingerprints(fingerprints: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for fingerprint in fingerprints {
        hasher.update(fingerprint.as_bytes());
        hasher.update(b"\n");
    }
    hexadecimal(hasher)
}

fn hexadecimal(hasher: Sha256) -> String {
    hasher.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String can't fail");
        text
    })
}
