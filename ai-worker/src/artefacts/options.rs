//! Where the store is, and how patient its clients are.

use std::time::Duration;

use rusty_s3::{Bucket, Credentials, UrlStyle};

use super::ArtefactError;

/// How a bucket's name stands in addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressStyle {
    /// `https://store/bucket/…`: `MinIO`, Ceph and the like.
    Path,
    /// `https://bucket.store/…`: Amazon's own.
    Host,
}

impl std::str::FromStr for AddressStyle {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "path" => Ok(Self::Path),
            "host" => Ok(Self::Host),
            _ => Err(format!("`{text}` is neither `path` (https://store/bucket) nor `host` (https://bucket.store)")),
        }
    }
}

/// A store. Credentials show in no `Debug`.
#[derive(Clone, Debug)]
pub struct ArtefactOptions {
    pub bucket: String,
    /// What stands before a version's name, without slashes at its ends; may be empty.
    pub prefix: String,
    /// Such as `http://10.0.0.9:9000`; Amazon's of the region where there is none.
    pub endpoint: Option<String>,
    pub region: String,
    /// Where none is said: `Path` at an endpoint of its own, `Host` at Amazon's.
    pub style: Option<AddressStyle>,
    pub credentials: Credentials,
    /// For connecting, for the beginning of an answer, and between two pieces of it.
    pub timeout: Duration,
    /// A larger model is neither put there nor fetched.
    pub max_bytes: u64,
    /// How often a request is made at most, when what went wrong may pass.
    pub tries: u32,
    /// The pause before the second try; each further one is twice as long.
    pub retry_pause: Duration,
}

impl ArtefactOptions {
    /// Where nothing else is said.
    pub const REGION: &'static str = "us-east-1";
    pub const TIMEOUT: Duration = Duration::from_secs(30);
    pub const MAX_BYTES: u64 = 8 << 30;

    /// Of an address like `s3://bucket/prefix`.
    ///
    /// # Errors
    /// When it is none.
    pub fn new(address: &str, credentials: Credentials) -> Result<Self, ArtefactError> {
        let wrong = || ArtefactError::Address(address.chars().take(80).collect());
        let rest = address.strip_prefix("s3://").ok_or_else(wrong)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_end_matches('/');
        let is_name = |text: &str| {
            text.starts_with(|c: char| c.is_ascii_alphanumeric())
                && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        };
        if !is_name(bucket) || !(prefix.is_empty() || prefix.split('/').all(is_name)) {
            return Err(wrong());
        }
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            endpoint: None,
            region: Self::REGION.to_owned(),
            style: None,
            credentials,
            timeout: Self::TIMEOUT,
            max_bytes: Self::MAX_BYTES,
            tries: 3,
            retry_pause: Duration::from_secs(1),
        })
    }

    /// The credentials of the environment: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, where there is one, `AWS_SESSION_TOKEN`.
    ///
    /// # Errors
    /// When one of the first two is missing or empty.
    pub fn credentials_of_environment() -> Result<Credentials, ArtefactError> {
        Credentials::from_env().ok_or(ArtefactError::NoCredentials)
    }

    pub(super) fn bucket(&self) -> Result<Bucket, ArtefactError> {
        let style = match (self.style, &self.endpoint) {
            (Some(AddressStyle::Path), _) | (None, Some(_)) => UrlStyle::Path,
            (Some(AddressStyle::Host), _) | (None, None) => UrlStyle::VirtualHost,
        };
        let region = Some(self.region.as_str()).filter(|region| !region.is_empty()).unwrap_or(Self::REGION);
        let amazons = || format!("https://s3.{region}.amazonaws.com");
        let endpoint = self.endpoint.clone().unwrap_or_else(amazons);
        let wrong = |reason: String| ArtefactError::Endpoint { endpoint: endpoint.clone(), reason };
        let url: reqwest::Url = endpoint.parse().map_err(|error| wrong(format!("{error}")))?;
        if !url.username().is_empty() || url.password().is_some() {
            // Not repeated: it may be a secret.
            let endpoint = url.host_str().unwrap_or_default().to_owned();
            return Err(ArtefactError::Endpoint { endpoint, reason: "it holds a name or a password".to_owned() });
        }
        Bucket::new(url, style, self.bucket.clone(), region.to_owned()).map_err(|error| wrong(format!("{error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(address: &str) -> Result<ArtefactOptions, ArtefactError> {
        ArtefactOptions::new(address, Credentials::new_with_token("who", "hush-secret", "hush-token"))
    }

    #[test]
    fn an_address_is_a_bucket_and_what_stands_before_names() {
        for (address, bucket, prefix) in [
            ("s3://films", "films", ""),
            ("s3://films/", "films", ""),
            ("s3://films.example/a/b-1/", "films.example", "a/b-1"),
        ] {
            let options = options(address).unwrap();
            assert_eq!((options.bucket.as_str(), options.prefix.as_str()), (bucket, prefix));
        }
        for address in
            ["", "films", "https://films", "s3://", "s3:///a", "s3://a/../b", "s3://a//b", "s3://a@b/c", "s3://a?b"]
        {
            assert!(matches!(options(address), Err(ArtefactError::Address(_))), "{address}");
        }
    }

    #[test]
    fn the_bucket_is_in_the_path_at_an_endpoint_of_its_own_and_in_the_host_at_amazons_unless_said_otherwise() {
        let base = |endpoint: Option<&str>, style| {
            let options =
                ArtefactOptions { endpoint: endpoint.map(str::to_owned), style, ..options("s3://films/a").unwrap() };
            options.bucket().map(|bucket| bucket.base_url().to_string()).map_err(|error| error.to_string())
        };
        assert_eq!(base(None, None).unwrap(), "https://films.s3.us-east-1.amazonaws.com/");
        assert_eq!(base(None, Some(AddressStyle::Path)).unwrap(), "https://s3.us-east-1.amazonaws.com/films/");
        assert_eq!(base(Some("http://10.0.0.9:9000"), None).unwrap(), "http://10.0.0.9:9000/films/");
        let at_host = base(Some("https://store.example:9000"), Some(AddressStyle::Host)).unwrap();
        assert_eq!(at_host, "https://films.store.example:9000/");
        for wrong in ["store.example", "ftp://store.example"] {
            assert!(base(Some(wrong), None).unwrap_err().contains(wrong));
        }
        let told = base(Some("https://ada:hush@store.example"), None).unwrap_err();
        assert!(!told.contains("hush") && told.contains("store.example"), "{told}");
    }

    #[test]
    fn secrets_show_in_no_debug() {
        let text = format!("{:?}", options("s3://films").unwrap());
        assert!(text.contains("who") && !text.contains("hush"), "{text}");
    }
}
