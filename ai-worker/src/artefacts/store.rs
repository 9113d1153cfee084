//! A store as what is asked of it: objects by name, each request with its limits and tried again when that may help.

use std::{path::Path, sync::Arc};

use bytes::Bytes;
use reqwest::{Client, redirect::Policy};
use rusty_s3::Bucket;

use super::{ArtefactError, ArtefactOptions, call::Received};
use crate::{model::MANIFEST, pool::client_builder};

/// A larger manifest is none.
const MANIFEST_BYTES: u64 = 1 << 20;

/// A bucket with models. Copies share one set of connections.
#[derive(Clone, Debug)]
pub struct ArtefactStore(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub bucket: Bucket,
    pub client: Client,
    pub options: ArtefactOptions,
    /// For people.
    pub name: String,
}

impl ArtefactStore {
    /// Asks nothing of the store yet.
    ///
    /// # Errors
    /// When the endpoint or the bucket can't be one.
    pub fn open(options: ArtefactOptions) -> Result<Self, ArtefactError> {
        let bucket = options.bucket()?;
        // Whoever redirects is not the store that was named; its own other endpoints are for whoever configures this to find.
        let client = client_builder().redirect(Policy::none()).connect_timeout(options.timeout);
        let client = client.build().map_err(ArtefactError::Client)?;
        let at = options.endpoint.as_deref().map(|endpoint| format!(" at {endpoint}")).unwrap_or_default();
        let slash = if options.prefix.is_empty() { "" } else { "/" };
        let name = format!("s3://{}{slash}{}{at}", options.bucket, options.prefix);
        Ok(Self(Arc::new(Inner { bucket, client, options, name })))
    }

    /// Where it is, for people.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    pub fn options(&self) -> &ArtefactOptions {
        &self.0.options
    }

    /// Whether all files of a version are there.
    ///
    /// # Errors
    /// When the store does not answer, or refuses.
    pub async fn holds(&self, version: &str) -> Result<bool, ArtefactError> {
        Ok(self.lookup_manifest(version).await?.is_some())
    }

    /// A version's manifest as it is there.
    pub(super) async fn lookup_manifest(&self, version: &str) -> Result<Option<Vec<u8>>, ArtefactError> {
        let key = self.key(version, MANIFEST);
        if let Some(found) = self.tried(|| self.get(&key, MANIFEST_BYTES)).await? {
            return Ok(Some(found));
        }
        // Some stores don't tell a missing bucket from a missing object.
        self.tried(|| self.look_at_bucket()).await?;
        Ok(None)
    }

    pub(super) async fn put_file(&self, version: &str, file: &str, content: Bytes) -> Result<(), ArtefactError> {
        let key = self.key(version, file);
        self.tried(|| self.put(&key, content.clone())).await
    }

    /// Writes a file of a version to `path`, `most` bytes of it at the utmost.
    pub(super) async fn get_file(
        &self,
        version: &str,
        file: &str,
        path: &Path,
        most: u64,
    ) -> Result<Option<Received>, ArtefactError> {
        let key = self.key(version, file);
        self.tried(|| self.get_into(&key, path, most)).await
    }

    fn key(&self, version: &str, file: &str) -> String {
        match self.0.options.prefix.as_str() {
            "" => format!("{version}/{file}"),
            prefix => format!("{prefix}/{version}/{file}"),
        }
    }

    /// Makes a request again, after pauses that grow, when what went wrong may pass.
    async fn tried<T, F: Future<Output = Result<T, ArtefactError>>>(
        &self,
        mut ask: impl FnMut() -> F,
    ) -> Result<T, ArtefactError> {
        let mut pause = self.0.options.retry_pause;
        for _ in 1..self.0.options.tries {
            match ask().await {
                Err(error) if error.may_pass() => {
                    let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
                    tracing::warn!(error = &error as &dyn std::error::Error, pause_ms, "the store is asked again");
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                answered => return answered,
            }
        }
        ask().await
    }
}
