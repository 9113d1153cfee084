//! Files into the store: all others first, the manifest last.

use bytes::Bytes;

use super::{ArtefactError, ArtefactStore};
use crate::model::{MANIFEST, Manifest, ModelDirectory, SealedFile};

/// What S3 takes in one request.
const FILE_BYTES: u64 = 5 << 30;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// The files were put there, so many bytes without the manifest.
    Put(u64),
    /// They were there.
    WasThere,
}

impl ArtefactStore {
    /// Puts the files of a version there, unless they are; with `again` in any case. Each is checked against its seal before it goes.
    ///
    /// # Errors
    /// When files are damaged, too large, or those of another model than the store has by that name; when the store does not answer, or
    /// refuses. Nobody takes what is there without a manifest.
    pub async fn push(&self, version: &str, directory: &ModelDirectory, again: bool) -> Result<Pushed, ArtefactError> {
        let (manifest, json) = directory.read_manifest(version)?;
        if !again && let Some(there) = self.lookup_manifest(version).await? {
            let there = serde_json::from_slice::<Manifest>(&there).ok();
            if there.is_some_and(|there| there.is_of_the_files_of(&manifest)) {
                return Ok(Pushed::WasThere);
            }
            return Err(ArtefactError::Other { store: self.name().to_owned(), version: version.to_owned() });
        }
        let mut total = 0;
        for sealed in manifest.files() {
            total += size(version, directory, sealed)?;
        }
        let most = self.options().max_bytes;
        if total > most {
            return Err(ArtefactError::TooLarge { version: version.to_owned(), bytes: total, most });
        }
        for sealed in manifest.files().into_iter().cloned() {
            let (directory, name, file) = (directory.clone(), version.to_owned(), sealed.file.clone());
            let reading = tokio::task::spawn_blocking(move || directory.read_file(&name, &sealed));
            self.put_file(version, &file, Bytes::from(reading.await??)).await?;
        }
        self.put_file(version, MANIFEST, Bytes::from(json)).await?;
        Ok(Pushed::Put(total))
    }
}

/// What the store would not take is found out before anything is sent.
fn size(version: &str, directory: &ModelDirectory, sealed: &SealedFile) -> Result<u64, ArtefactError> {
    let bytes = std::fs::metadata(directory.path().join(version).join(&sealed.file))?.len();
    if bytes > FILE_BYTES {
        return Err(ArtefactError::FileTooLarge { version: version.to_owned(), file: sealed.file.clone(), bytes });
    }
    Ok(bytes)
}
