//! Files out of the store: into a folder aside, each held against its seal, and in place when the whole loads.

use std::{collections::HashSet, path::Path};

use super::{ArtefactError, ArtefactStore, registered::is_registered_as};
use crate::model::{MANIFEST, Manifest, ModelDirectory, SealedFile, is_version, parse_manifest};

impl ArtefactStore {
    /// Fetches a version into a folder of models. `registered` is its manifest as the registry has it: what is there must be that, so
    /// that who can write to the store alone can't have another model served.
    ///
    /// # Errors
    /// When there is no complete one, a file is not what was registered or too large, the store does not answer or refuses, or the folder
    /// can't be written. Then the folder is as it was.
    pub async fn fetch(
        &self,
        version: &str,
        registered: &Manifest,
        directory: &ModelDirectory,
    ) -> Result<(), ArtefactError> {
        if !is_version(version) {
            return Err(self.incomplete(version));
        }
        let json = self.lookup_manifest(version).await?.ok_or_else(|| self.incomplete(version))?;
        let manifest = parse_manifest(directory.path().join(version).join(MANIFEST), &json)
            .map_err(|error| self.damaged(version, MANIFEST, error.to_string()))?;
        self.check(version, &manifest, registered)?;
        let folder = directory.clone();
        let aside = tokio::task::spawn_blocking(move || folder.make_aside()).await??;
        let mut left = self.options().max_bytes;
        for sealed in manifest.files() {
            left -= self.fetch_file(version, sealed, aside.path(), left).await?;
        }
        tokio::fs::write(aside.path().join(MANIFEST), &json).await?;
        let (folder, name) = (directory.clone(), version.to_owned());
        Ok(tokio::task::spawn_blocking(move || folder.take_in(&aside, &name)).await??)
    }

    /// Holds a manifest against the registered one before anything that it names is asked for.
    fn check(&self, version: &str, manifest: &Manifest, registered: &Manifest) -> Result<(), ArtefactError> {
        if !is_registered_as(manifest, registered) {
            return Err(self.damaged(version, MANIFEST, "it tells of another model".to_owned()));
        }
        let mut names = HashSet::from([MANIFEST]);
        if let Some(odd) =
            manifest.files().into_iter().find(|file| !is_version(&file.file) || !names.insert(&file.file))
        {
            return Err(self.damaged(version, MANIFEST, format!("it names the file `{}`", odd.file.escape_debug())));
        }
        let told = manifest.files().into_iter().filter_map(|file| file.bytes).fold(0, u64::saturating_add);
        if told > self.options().max_bytes { Err(self.too_large(version, told)) } else { Ok(()) }
    }

    /// Writes one file to a folder, if it is what its seal says; returns how large it is, `left` at the utmost.
    async fn fetch_file(
        &self,
        version: &str,
        sealed: &SealedFile,
        folder: &Path,
        left: u64,
    ) -> Result<u64, ArtefactError> {
        let most = sealed.bytes.map_or(left, |bytes| bytes.min(left));
        let received = self.get_file(version, &sealed.file, &folder.join(&sealed.file), most).await?;
        let received = received.ok_or_else(|| self.damaged(version, &sealed.file, "it is missing".to_owned()))?;
        if received.is_cut && most == left {
            let before = self.options().max_bytes - left;
            return Err(self.too_large(version, before.saturating_add(received.bytes)));
        }
        let is_as_large = !received.is_cut && sealed.bytes.is_none_or(|bytes| bytes == received.bytes);
        let reason = if !is_as_large {
            let more = if received.is_cut { "more than" } else { "only" };
            format!("it has {more} {} bytes, the manifest says {most}", received.bytes.min(most))
        } else if received.sha256 != sealed.sha256 {
            format!("its sha256 is {}, the manifest says {}", received.sha256, sealed.sha256)
        } else {
            return Ok(received.bytes);
        };
        Err(self.damaged(version, &sealed.file, reason))
    }

    fn incomplete(&self, version: &str) -> ArtefactError {
        ArtefactError::Incomplete { store: self.name().to_owned(), version: version.to_owned() }
    }

    fn too_large(&self, version: &str, bytes: u64) -> ArtefactError {
        ArtefactError::TooLarge { version: version.to_owned(), bytes, most: self.options().max_bytes }
    }

    fn damaged(&self, version: &str, file: &str, reason: String) -> ArtefactError {
        let (store, version, file) = (self.name().to_owned(), version.to_owned(), file.to_owned());
        ArtefactError::Damaged { store, version, file, reason }
    }
}
