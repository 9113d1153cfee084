//! The store of models' files, as arguments.

use std::time::Duration;

use clap::Args;

use crate::artefacts::{AddressStyle, ArtefactOptions, ArtefactStore};

/// Credentials are no arguments, for those show in lists of processes.
#[derive(Debug, Args)]
#[expect(clippy::struct_field_names, reason = "arguments are named after fields")]
#[command(
    next_help_heading = "Store of models' files (credentials: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN)"
)]
pub struct ArtefactArgs {
    /// Where models' files are for machines with folders of their own: a bucket of an S3-compatible store, and what stands before models'
    /// names. New models are put there; who follows the registry fetches what it lacks.
    #[arg(long, env = "MATINEE_MODELS_STORE", value_name = "s3://BUCKET/PREFIX", global = true)]
    models_store: Option<String>,
    /// Its address where that is not Amazon's, such as `http://10.0.0.9:9000`.
    #[arg(long, env = "AWS_ENDPOINT_URL", value_name = "URL", global = true)]
    models_store_endpoint: Option<String>,
    #[arg(long, env = "AWS_REGION", value_name = "REGION", default_value = ArtefactOptions::REGION, global = true)]
    models_store_region: String,
    /// Whether the bucket stands in the path of addresses (`path`) or in their host (`host`). Without it: in the path where an endpoint is
    /// named.
    #[arg(long, env = "MATINEE_MODELS_STORE_STYLE", value_name = "path|host", global = true)]
    models_store_style: Option<AddressStyle>,
    /// For connecting, for the beginning of an answer, and between two pieces of it.
    #[arg(long, default_value_t = 30_000, value_parser = clap::value_parser!(u64).range(100..=600_000), global = true)]
    models_store_timeout_ms: u64,
    /// A larger model is neither put there nor fetched.
    #[arg(long, default_value_t = ArtefactOptions::MAX_BYTES, value_parser = clap::value_parser!(u64).range(1..), global = true)]
    models_store_max_bytes: u64,
}

impl ArtefactArgs {
    /// The store, if one is named.
    ///
    /// # Errors
    /// When it can't be one, or the credentials are missing.
    pub fn open(&self) -> anyhow::Result<Option<ArtefactStore>> {
        let is_said = |text: &&String| !text.is_empty();
        let Some(address) = self.models_store.as_ref().filter(is_said) else { return Ok(None) };
        let options = ArtefactOptions {
            endpoint: self.models_store_endpoint.as_ref().filter(is_said).cloned(),
            region: self.models_store_region.clone(),
            style: self.models_store_style,
            timeout: Duration::from_millis(self.models_store_timeout_ms),
            max_bytes: self.models_store_max_bytes,
            ..ArtefactOptions::new(address, ArtefactOptions::credentials_of_environment()?)?
        };
        Ok(Some(ArtefactStore::open(options)?))
    }
}
