//! Files for other machines, and from them. Without a store each of these does nothing: there is one folder, or somebody copies.

use super::{Life, LifeError};
use crate::{artefacts::ArtefactStore, model::Manifest};

impl Life {
    /// With a store of models' files.
    #[must_use]
    pub fn with_artefacts(self, artefacts: Option<ArtefactStore>) -> Self {
        Self { artefacts, ..self }
    }

    /// Puts a model's files into the store, unless they are there.
    ///
    /// # Errors
    /// When the store does not take them, or they are damaged.
    pub async fn share(&self, name: &str) -> Result<(), LifeError> {
        let Some(store) = &self.artefacts else { return Ok(()) };
        let pushed = store.push(name, &self.directory, false).await?;
        tracing::debug!(model.version = name, ?pushed, store = store.name(), "the store has the model's files");
        Ok(())
    }

    /// The same where what goes on must not depend on it.
    pub(super) async fn try_to_share(&self, name: &str) {
        if let Err(error) = self.share(name).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                model.version = name,
                "the store lacks the model's files: `matinee-ai models push` puts them there"
            );
        }
    }

    /// Fetches a registered model's files, if they are not here and there is a store.
    ///
    /// # Errors
    /// When the store has no such model or does not answer, or the registry does not.
    pub async fn bring_here(&self, name: &str) -> Result<(), LifeError> {
        if self.artefacts.is_some() && !self.directory.holds(name) && self.registry.lookup_model(name).await?.is_some()
        {
            self.fetch(name).await?;
        }
        Ok(())
    }

    /// Brings folder and pointer to the live model of the registry, where there is a store: what is judged is judged against that.
    ///
    /// # Errors
    /// As [`Self::bring_here`].
    pub async fn bring_live_here(&self) -> Result<(), LifeError> {
        let Some(live) = self.registry.lookup_live_model().await?.filter(|_| self.artefacts.is_some()) else {
            return Ok(());
        };
        if self.directory.lookup_live()?.as_deref() != Some(&live.name) {
            self.bring_here(&live.name).await?;
            self.directory.set_live(&live.name)?;
        }
        Ok(())
    }

    /// Fetches a registered model's files, whatever is here.
    ///
    /// # Errors
    /// When there is no store, the model is not registered, or as [`ArtefactStore::fetch`].
    pub async fn fetch(&self, name: &str) -> Result<(), LifeError> {
        let store = self.artefacts.as_ref().ok_or(LifeError::NoStore)?;
        let model = self.registry.lookup_model(name).await?.ok_or_else(|| LifeError::Unknown(name.to_owned()))?;
        let registered = parse_kept(name, &model.manifest)?;
        Ok(store.fetch(name, &registered, &self.directory).await?)
    }
}

/// A manifest as the registry keeps it.
pub(super) fn parse_kept(name: &str, manifest: &str) -> Result<Manifest, LifeError> {
    serde_json::from_str(manifest).map_err(|source| LifeError::Kept { name: name.to_owned(), source })
}
