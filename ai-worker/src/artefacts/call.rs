//! One request: signed, with a limit for each step and for the whole.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use bytes::Bytes;
use reqwest::{Response, header::CONTENT_LENGTH};
use rusty_s3::S3Action;
use sha2::{Digest, Sha256};
use tokio::{fs::File, io::AsyncWriteExt};

use super::{
    ArtefactError, ArtefactStore,
    answer::{Refusal, refusal},
};
use crate::model::hex;

/// How long a signed address holds: the request begins at once, and what is in a log of the store is soon worth nothing.
const SIGNED_FOR: Duration = Duration::from_mins(5);
/// What comes or goes more slowly, over all of it, is given up.
const LEAST_BYTES_PER_SECOND: u64 = 128 * 1024;

/// What was written to a file.
pub(super) struct Received {
    pub bytes: u64,
    /// Lower-case hex.
    pub sha256: String,
    /// There was more than was to be taken; it was left.
    pub is_cut: bool,
}

impl ArtefactStore {
    /// A small object, `None` where there is none. One that is larger than `most` is taken for what it is not.
    pub(super) async fn get(&self, key: &str, most: u64) -> Result<Option<Vec<u8>>, ArtefactError> {
        let Some(mut response) = self.begin(key).await? else { return Ok(None) };
        let mut content = Vec::new();
        while let Some(piece) = self.next(&mut response, key).await? {
            content.extend_from_slice(&piece);
            if content.len() as u64 > most {
                let (store, what) = (self.name().to_owned(), format!("{key}, larger than {most} bytes"));
                return Err(ArtefactError::Odd { store, what, status: 200, code: String::new() });
            }
        }
        Ok(Some(content))
    }

    /// An object into a file, `None` where there is none.
    pub(super) async fn get_into(&self, key: &str, path: &Path, most: u64) -> Result<Option<Received>, ArtefactError> {
        let since = Instant::now();
        let Some(mut response) = self.begin(key).await? else { return Ok(None) };
        let mut file = File::create(path).await?;
        let (mut bytes, mut digest, mut is_cut) = (0_u64, Sha256::new(), false);
        while let Some(piece) = self.next(&mut response, key).await? {
            bytes += piece.len() as u64;
            if bytes > most {
                is_cut = true;
                break;
            }
            digest.update(&piece);
            file.write_all(&piece).await?;
            if since.elapsed() > self.limit(bytes) {
                return Err(self.timed_out(key, self.limit(bytes)));
            }
        }
        file.flush().await?;
        Ok(Some(Received { bytes, sha256: hex(&digest.finalize()), is_cut }))
    }

    pub(super) async fn put(&self, key: &str, content: Bytes) -> Result<(), ArtefactError> {
        let inner = &self.0;
        let url = inner.bucket.put_object(Some(&inner.options.credentials), key).sign(SIGNED_FOR);
        let length = content.len() as u64;
        let request = inner.client.put(url).header(CONTENT_LENGTH, length).body(content);
        let putting = async {
            let response = request.send().await.map_err(|source| self.broken(source))?;
            if response.status().is_success() {
                return Ok(());
            }
            Err(self.refused(&format!("writing {key}"), refusal(response).await))
        };
        self.within(self.limit(length), key, putting).await
    }

    /// # Errors
    /// When the bucket is not there. A store that does not let one look at it is not asked further.
    pub(super) async fn look_at_bucket(&self) -> Result<(), ArtefactError> {
        let inner = &self.0;
        let url = inner.bucket.head_bucket(Some(&inner.options.credentials)).sign(SIGNED_FOR);
        let looking = async {
            let response = inner.client.head(url).send().await.map_err(|source| self.broken(source))?;
            match response.status().as_u16() {
                404 => Err(ArtefactError::NoBucket { store: self.name().to_owned() }),
                _ => Ok(()),
            }
        };
        self.within(inner.options.timeout, "the bucket", looking).await
    }

    /// The head of an answer to a reading request.
    async fn begin(&self, key: &str) -> Result<Option<Response>, ArtefactError> {
        let inner = &self.0;
        let url = inner.bucket.get_object(Some(&inner.options.credentials), key).sign(SIGNED_FOR);
        let beginning = async {
            let response = inner.client.get(url).send().await.map_err(|source| self.broken(source))?;
            if response.status().is_success() {
                return Ok(Some(response));
            }
            match refusal(response).await {
                Refusal { status: 404, code } if code != "NoSuchBucket" => Ok(None),
                other => Err(self.refused(&format!("reading {key}"), other)),
            }
        };
        self.within(inner.options.timeout, key, beginning).await
    }

    async fn next(&self, response: &mut Response, key: &str) -> Result<Option<Bytes>, ArtefactError> {
        let piece = async { response.chunk().await.map_err(|source| self.broken(source)) };
        self.within(self.0.options.timeout, key, piece).await
    }

    async fn within<T>(
        &self,
        limit: Duration,
        what: &str,
        doing: impl Future<Output = Result<T, ArtefactError>>,
    ) -> Result<T, ArtefactError> {
        tokio::time::timeout(limit, doing).await.unwrap_or_else(|_| Err(self.timed_out(what, limit)))
    }

    fn timed_out(&self, what: &str, limit: Duration) -> ArtefactError {
        ArtefactError::TimedOut { store: self.name().to_owned(), what: what.to_owned(), limit }
    }

    /// For so many bytes, there or back.
    fn limit(&self, bytes: u64) -> Duration {
        self.0.options.timeout + Duration::from_secs(bytes / LEAST_BYTES_PER_SECOND)
    }

    fn broken(&self, source: reqwest::Error) -> ArtefactError {
        ArtefactError::Unreachable { store: self.name().to_owned(), source: source.without_url() }
    }

    fn refused(&self, what: &str, refusal: Refusal) -> ArtefactError {
        let (store, what, Refusal { status, code }) = (self.name().to_owned(), what.to_owned(), refusal);
        match (status, code.as_str()) {
            (404, "NoSuchBucket") => ArtefactError::NoBucket { store },
            (400, "InvalidAccessKeyId" | "ExpiredToken" | "InvalidToken") | (401 | 403, _) => {
                ArtefactError::Refused { store, what, status, code }
            }
            (408 | 429 | 500.., _) => ArtefactError::Busy { store, status },
            _ => ArtefactError::Odd { store, what, status, code },
        }
    }
}
