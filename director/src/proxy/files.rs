//! The cache of files that never change: the browser side's, whose names carry their content's hash.

use http::{Method, header};
use pingora::{
    cache::{
        CacheKey, CacheMetaDefaults, MemCache, NoCacheReason, RespCacheable,
        cache_control::CacheControl,
        eviction::lru,
        filters::resp_cacheable,
        key::{HashBinary, hash_key},
        lock::{CacheKeyLockImpl, CacheLock},
    },
    http::{RequestHeader, ResponseHeader},
    proxy::Session,
};

use crate::config::CacheConfig;

/// One file is fetched once, however many ask for it at the same time; who asks waits this long for the one who fetches.
const LOCK_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);
/// Only what the instance marks is kept.
const DEFAULTS: CacheMetaDefaults = CacheMetaDefaults::new(|_| None, 0, 0);

/// Memory for files; it lives as long as the process, as pingora wants it.
pub struct Files {
    prefix: String,
    file_bytes: usize,
    storage: &'static MemCache,
    eviction: &'static lru::Manager<8>,
    lock: &'static CacheKeyLockImpl,
}

impl Files {
    /// None when the settings want none.
    pub fn new(config: &CacheConfig) -> Option<Self> {
        (config.bytes > 0).then(|| Self {
            prefix: config.prefix.clone(),
            file_bytes: config.file_bytes,
            storage: Box::leak(Box::new(MemCache::new())),
            eviction: Box::leak(Box::new(lru::Manager::with_capacity(config.bytes, 1024))),
            lock: Box::leak(CacheLock::new_boxed(LOCK_TIMEOUT)),
        })
    }

    /// Looks the request up in the cache, if it is of the kind.
    pub fn enable_for(&self, session: &mut Session) {
        let request = session.req_header();
        let is_file = request.method == Method::GET
            && request.uri.path().starts_with(&self.prefix)
            && request.uri.query().is_none()
            && !request.headers.contains_key(header::RANGE)
            && !request.headers.contains_key(header::AUTHORIZATION);
        if is_file {
            session.cache.enable(self.storage, Some(self.eviction), None, Some(self.lock), None);
            session.cache.set_max_file_size_bytes(self.file_bytes);
        }
    }
}

/// A file is its path.
pub fn key(request: &RequestHeader) -> CacheKey {
    CacheKey::new(request.uri.path().as_bytes(), "")
}

/// A file is kept once for those who take brotli and once for those who don't: that is all that instances tell apart.
pub fn variant(request: &RequestHeader) -> HashBinary {
    let accepted =
        request.headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let brotli = accepted.split(',').any(|part| {
        let mut words = part.trim().split(';');
        words.next() == Some("br") && !words.any(|word| matches!(word.trim(), "q=0" | "q=0.0"))
    });
    hash_key(if brotli { "br" } else { "plain" })
}

/// Whether an answer may be kept: whole, marked `immutable`, and nobody's own.
pub fn cacheable(answer: &ResponseHeader) -> RespCacheable {
    let control = answer.headers.get(header::CACHE_CONTROL).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_immutable = control.split(',').any(|word| word.trim().eq_ignore_ascii_case("immutable"));
    if answer.status != 200 || !is_immutable || answer.headers.contains_key(header::SET_COOKIE) {
        return RespCacheable::Uncacheable(NoCacheReason::OriginNotCache);
    }
    resp_cacheable(CacheControl::from_resp_headers(answer).as_ref(), answer.clone(), false, &DEFAULTS)
}
