//! Why files were not put into the store, or not taken from it: whose fault it is, and what to do.

use std::time::Duration;

use thiserror::Error;

use crate::model::ModelError;

#[derive(Debug, Error)]
pub enum ArtefactError {
    #[error("`{0}` is no address of a store of models; one is like s3://bucket or s3://bucket/prefix")]
    Address(String),
    #[error(
        "`{endpoint}` is no endpoint of a store ({reason}); one is like https://s3.eu-central-1.amazonaws.com or http://10.0.0.9:9000"
    )]
    Endpoint { endpoint: String, reason: String },
    #[error("the store of models needs credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")]
    NoCredentials,
    #[error("the client of the store can't be made")]
    Client(#[source] reqwest::Error),
    #[error("the store of models {store} can't be reached; is it running, and its endpoint right (AWS_ENDPOINT_URL)?")]
    Unreachable { store: String, source: reqwest::Error },
    #[error("the store of models {store} took longer than {} ms for {what}", limit.as_millis())]
    TimedOut { store: String, what: String, limit: Duration },
    #[error("the store of models {store} is not able to answer just now (status {status})")]
    Busy { store: String, status: u16 },
    #[error(
        "the store of models {store} refuses {what} ({status} {code}): are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY right, and allowed \
         s3:GetObject, s3:PutObject and s3:ListBucket there? Without the last, what is missing is refused, too"
    )]
    Refused { store: String, what: String, status: u16, code: String },
    #[error("the store of models {store} has no such bucket: make it, or name another one")]
    NoBucket { store: String },
    #[error(
        "the store of models {store} answers {status} {code} to {what}; are its endpoint and region right (AWS_ENDPOINT_URL, AWS_REGION)?"
    )]
    Odd { store: String, what: String, status: u16, code: String },
    #[error(
        "the store of models {store} has no complete model {version}: where its files are, run `matinee-ai models push {version}`, or wait \
         until that is done"
    )]
    Incomplete { store: String, version: String },
    #[error(
        "{file} of model {version} in the store {store} is not what was registered: {reason}; where the right files are, run \
         `matinee-ai models push {version} --again`"
    )]
    Damaged { store: String, version: String, file: String, reason: String },
    #[error(
        "the store {store} has another model of the name {version}, and nothing there is overwritten; if that is wrong, \
         `matinee-ai models push {version} --again` puts these files in its place"
    )]
    Other { store: String, version: String },
    #[error("model {version} has {bytes} bytes, more than the {most} that a model may have (--models-store-max-bytes)")]
    TooLarge { version: String, bytes: u64, most: u64 },
    #[error(
        "{file} of model {version} has {bytes} bytes; a store takes 5 GiB in one request, and more than one is made for no file"
    )]
    FileTooLarge { version: String, file: String, bytes: u64 },
    #[error("writing what came from the store: {0}")]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error("a thread that was to check files ended early: {0}")]
    Ended(#[from] tokio::task::JoinError),
}

impl ArtefactError {
    /// Whether the same request may be answered in a moment.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Busy { .. })
    }
}
