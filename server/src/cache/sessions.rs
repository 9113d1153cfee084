//! Sessions for a moment, so that the requests of one page read one row.
//!
//! What is ended here is over with the next request. What is ended elsewhere (another instance, a command) is over for
//! whatever changes anything at once, too, for such requests read the database ([`read_anew`]); what they may look at is over within
//! twice `cache.session_ttl_ms`: so long may reading a row take to be kept, and so long it is kept.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use axum::{extract::Request, middleware::Next, response::Response};
use matinee_domain::{Timestamp, UserId};
use matinee_services::ports::{RepositoryResult, SessionRepository, StoredSession};

use super::{
    bytes,
    kept::{Found, Kept, Limits},
};
use crate::config::CacheConfig;

tokio::task_local! {
    /// Whatever the request does is decided by what the database says now.
    static READS_ANEW: ();
}

/// Middleware around the sessions' layer: what changes anything never relies on a session that was kept.
pub async fn read_anew(request: Request, next: Next) -> Response {
    // Coming back from a provider is a GET, and signs in or links an account.
    if request.method().is_safe() && !request.uri().path().starts_with("/sign-in/") {
        next.run(request).await
    } else {
        READS_ANEW.scope((), next.run(request)).await
    }
}

/// The session repository with a short memory.
pub struct CachedSessions {
    inner: Arc<dyn SessionRepository>,
    /// By id. What isn't there is not kept: anybody can make up ids.
    kept: Arc<Kept<String, Arc<StoredSession>>>,
    ttl: Duration,
}

impl CachedSessions {
    pub fn new(inner: Arc<dyn SessionRepository>, config: &CacheConfig) -> Self {
        let ttl = Duration::from_millis(config.session_ttl_ms);
        let weigh = |id: &String, session: &Arc<StoredSession>| bytes::weight(id.len() + bytes::session(session));
        // None is ever shown that is older.
        let limits = Limits {
            name: "sessions",
            bytes: config.session_bytes,
            usual_bytes: 512,
            fresh_for: ttl,
            old_for: ttl,
            weigh,
        };
        Self { inner, kept: Kept::new(&limits), ttl }
    }

    /// Tells the measurements how much is kept.
    pub fn measure(&self) {
        self.kept.measure();
    }
}

#[async_trait]
impl SessionRepository for CachedSessions {
    async fn add(&self, session: &StoredSession) -> RepositoryResult<()> {
        self.inner.add(session).await
    }

    async fn set(&self, session: &StoredSession) -> RepositoryResult<()> {
        let result = self.inner.set(session).await;
        // Also where it failed: it may have been written all the same, or have been ended.
        self.kept.forget(&session.id);
        result
    }

    async fn lookup(&self, id: &str, now: Timestamp) -> RepositoryResult<Option<StoredSession>> {
        if self.ttl.is_zero() || READS_ANEW.try_with(|()| ()).is_ok() {
            return self.inner.lookup(id, now).await;
        }
        let key = id.to_owned();
        if let Some(Found::Fresh(kept)) = self.kept.look(&key)
            && kept.expires_at > now
        {
            return Ok(Some(kept.as_ref().clone()));
        }
        let (generation, begun) = (self.kept.generation(), Instant::now());
        let found = self.inner.lookup(id, now).await?;
        if let Some(session) = &found
            && begun.elapsed() < self.ttl
        {
            self.kept.put(key, Arc::new(session.clone()), generation);
        }
        Ok(found)
    }

    async fn remove(&self, id: &str) -> RepositoryResult<()> {
        let result = self.inner.remove(id).await;
        self.kept.forget(&id.to_owned());
        result
    }

    async fn list(&self, user: UserId, now: Timestamp) -> RepositoryResult<Vec<StoredSession>> {
        self.inner.list(user, now).await
    }

    async fn remove_all(&self, user: UserId, keep: Option<&str>) -> RepositoryResult<u64> {
        let result = self.inner.remove_all(user, keep).await;
        self.kept.forget_all();
        result
    }

    async fn remove_everybodys(&self) -> RepositoryResult<u64> {
        let result = self.inner.remove_everybodys().await;
        self.kept.forget_all();
        result
    }

    async fn remove_expired(&self, now: Timestamp) -> RepositoryResult<u64> {
        self.inner.remove_expired(now).await
    }
}

#[cfg(test)]
mod tests {
    use matinee_store::{Store, StoreOptions};
    use tempfile::{TempDir, tempdir};

    use super::*;

    /// A repository that keeps sessions for as long as may be, and the database below it, in which others end sessions.
    async fn repositories(folder: &TempDir, ttl_ms: u64) -> (CachedSessions, Store) {
        let database = folder.path().join("sessions.db");
        let store = Store::connect(database.to_str().unwrap(), StoreOptions::default()).await.unwrap();
        store.migrate().await.unwrap();
        // Not by the setting, which allows half a second: what is to be shown must not depend on how fast the machine is.
        let config = CacheConfig { session_ttl_ms: ttl_ms, ..CacheConfig::default() };
        (CachedSessions::new(Arc::new(store.clone()), &config), store)
    }

    const HOUR_MS: u64 = 3_600_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).unwrap()
    }

    fn session(id: &str) -> StoredSession {
        StoredSession { id: id.to_owned(), user: None, data: "{}".to_owned(), expires_at: at(100) }
    }

    #[tokio::test]
    async fn one_that_was_ended_elsewhere_is_looked_with_for_a_moment_and_changes_nothing() {
        let folder = tempdir().unwrap();
        let (sessions, elsewhere) = repositories(&folder, HOUR_MS).await;
        sessions.add(&session("a")).await.unwrap();
        assert!(sessions.lookup("a", at(0)).await.unwrap().is_some());
        SessionRepository::remove(&elsewhere, "a").await.unwrap();
        assert!(sessions.lookup("a", at(0)).await.unwrap().is_some());
        assert!(READS_ANEW.scope((), sessions.lookup("a", at(0))).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn one_that_was_ended_or_written_here_is_so_at_once() {
        let folder = tempdir().unwrap();
        let (sessions, _) = repositories(&folder, HOUR_MS).await;
        for id in ["a", "b", "c"] {
            sessions.add(&session(id)).await.unwrap();
            assert!(sessions.lookup(id, at(0)).await.unwrap().is_some());
        }
        let written = StoredSession { data: r#"{"a":1}"#.to_owned(), ..session("a") };
        sessions.set(&written).await.unwrap();
        assert_eq!(sessions.lookup("a", at(0)).await.unwrap(), Some(written));
        sessions.remove("a").await.unwrap();
        assert!(sessions.lookup("a", at(0)).await.unwrap().is_none());
        sessions.remove_everybodys().await.unwrap();
        assert!(sessions.lookup("b", at(0)).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn one_ends_when_it_expires_also_while_it_is_kept_and_none_is_kept_where_that_is_told() {
        let folder = tempdir().unwrap();
        let (sessions, _) = repositories(&folder, HOUR_MS).await;
        sessions.add(&session("a")).await.unwrap();
        assert!(sessions.lookup("a", at(99)).await.unwrap().is_some());
        assert!(sessions.lookup("a", at(101)).await.unwrap().is_none());
        let folder = tempdir().unwrap();
        let (sessions, elsewhere) = repositories(&folder, 0).await;
        sessions.add(&session("a")).await.unwrap();
        assert!(sessions.lookup("a", at(0)).await.unwrap().is_some());
        SessionRepository::remove(&elsewhere, "a").await.unwrap();
        assert!(sessions.lookup("a", at(0)).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn what_changes_anything_and_the_ways_of_signing_in_rely_on_no_session_that_was_kept() {
        let told = async || READS_ANEW.try_with(|()| ()).is_ok().to_string();
        let router = axum::Router::new().fallback(told).layer(axum::middleware::from_fn(read_anew));
        let reads_anew = async |method: &str, path: &str| {
            let request = Request::builder().method(method).uri(path).body(axum::body::Body::empty()).unwrap();
            let answer = tower::ServiceExt::oneshot(router.clone(), request).await.unwrap();
            axum::body::to_bytes(answer.into_body(), 100).await.unwrap() == "true"
        };
        assert!(!reads_anew("GET", "/film/1").await && !reads_anew("HEAD", "/").await);
        assert!(reads_anew("POST", "/api/ui/rate").await && reads_anew("DELETE", "/api/v1/session").await);
        assert!(reads_anew("GET", "/sign-in/with/google/callback?code=1").await);
    }
}
