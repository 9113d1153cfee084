//! Trunk's files under `/pkg/`, held in memory: their names carry their content's hash, so a browser keeps them for good.
//! Beside them the few files that must stand at the root. What the build compressed (`NAME.br`) is sent as it is.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use axum::{
    body::Bytes,
    extract::{Path as UrlPath, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};

const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// The end of the name of what the build compressed with brotli.
const COMPRESSED: &str = ".br";

/// A file, as it is and as the build made it smaller. Nothing is compressed here: the start of an instance has no time for that.
struct File {
    kind: &'static str,
    plain: Bytes,
    brotli: Option<Bytes>,
}

/// All files of the browser side.
#[derive(Clone)]
pub struct Assets(Arc<HashMap<String, File>>);

impl Assets {
    /// Reads the folder, subfolders included, into memory.
    ///
    /// # Errors
    /// When a file can't be read.
    pub fn read(site_dir: &Path) -> anyhow::Result<Self> {
        let mut contents: HashMap<String, Vec<u8>> = HashMap::new();
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            let path = site_dir.join(&folder);
            for entry in std::fs::read_dir(&path).with_context(|| format!("reading {}", path.display()))? {
                let entry = entry?;
                let name = folder.join(entry.file_name());
                if entry.file_type()?.is_dir() {
                    folders.push(name);
                } else {
                    let path = entry.path();
                    let plain = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
                    contents.insert(name.to_string_lossy().replace('\\', "/"), plain);
                }
            }
        }
        contents.remove("index.html");
        let (plain, mut compressed): (HashMap<_, _>, HashMap<_, _>) =
            contents.into_iter().partition(|(name, _)| name.strip_suffix(COMPRESSED).is_none());
        let files = plain.into_iter().map(|(name, plain)| {
            let brotli = compressed.remove(&format!("{name}{COMPRESSED}")).filter(|small| small.len() < plain.len());
            let kind = kind(name.rsplit('.').next().unwrap_or_default());
            (name, File { kind, plain: plain.into(), brotli: brotli.map(Bytes::from) })
        });
        Ok(Self(Arc::new(files.collect())))
    }

    fn respond(&self, name: &str, request: &HeaderMap, cache: HeaderValue) -> Response {
        let Some(file) = self.0.get(name) else { return StatusCode::NOT_FOUND.into_response() };
        let brotli = file.brotli.as_ref().filter(|_| accepts_brotli(request));
        let mut response = brotli.unwrap_or(&file.plain).clone().into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.kind));
        headers.insert(header::CACHE_CONTROL, cache);
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if brotli.is_some() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
        }
        response
    }
}

/// A file under `/pkg/`.
pub async fn pkg(State(assets): State<Assets>, UrlPath(name): UrlPath<String>, headers: HeaderMap) -> Response {
    let cache = if is_hashed(&name) { FOR_GOOD } else { A_DAY };
    assets.respond(&name, &headers, cache)
}

/// Whether the name carries its content's hash, as Trunk writes it: `matinee-1f2e3d4c5b6a7988.css`, `…_bg.wasm`.
fn is_hashed(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let hash = stem.strip_suffix("_bg").unwrap_or(stem).rsplit('-').next().unwrap_or_default();
    hash.len() >= 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A handler of one file at the root that keeps its name when it changes.
pub fn at_root<S: Clone + Send + Sync + 'static>(assets: Assets, name: &'static str) -> MethodRouter<S> {
    get(move |headers: HeaderMap| async move { assets.respond(name, &headers, ASK_AGAIN) })
}

fn accepts_brotli(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|part| {
        let mut words = part.trim().split(';');
        words.next() == Some("br") && !words.any(|word| matches!(word.trim(), "q=0" | "q=0.0"))
    })
}

/// Content type.
fn kind(extension: &str) -> &'static str {
    match extension {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "html" => "text/html; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_a_hash_are_kept_for_good() {
        assert!(is_hashed("matinee-frontend-1f2e3d4c5b6a7988_bg.wasm"));
        assert!(is_hashed("matinee-1f2e3d4c5b6a7988.css"));
        assert!(!is_hashed("fonts/instrument-sans-latin.woff2"));
        assert!(!is_hashed("grain.png"));
    }

    #[test]
    fn brotli_is_sent_to_those_who_take_it() {
        let headers =
            |value: &'static str| HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]);
        assert!(accepts_brotli(&headers("gzip, br")));
        assert!(accepts_brotli(&headers("br;q=1.0")));
        assert!(!accepts_brotli(&headers("br;q=0")));
        assert!(!accepts_brotli(&headers("gzip")));
    }
}
