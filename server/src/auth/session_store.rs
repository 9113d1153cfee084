//! tower-sessions over the session repository, and how long a session lives.
//!
//! A session ends when it was not used for `auth.session_days`. Each use would have to be written down for that; instead the
//! end is moved on when a session is loaded that was moved on a day ago or more: one write a day for each session in use. The
//! cookie itself lives longer and says nothing of the end, which the database alone decides. However much it is used, a
//! session ends `auth.session_max_days` after the sign-in. Sessions are read through [`crate::cache::CachedSessions`].

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use chrono::TimeDelta;
use matinee_app::session::{BEGAN_KEY, USER_KEY};
use matinee_domain::{Timestamp, UserId};
use matinee_services::ports::{Clock, RepositoryError, SessionRepository, StoredSession};
use time::OffsetDateTime;
use tower_sessions::{
    Expiry, SessionManagerLayer, SessionStore,
    cookie::SameSite,
    session::{Id, Record},
    session_store::{Error, Result},
};

use crate::config::{AuthConfig, ServerConfig};

/// Ids tried before a store that has them all is given up.
const ID_TRIES: usize = 3;
/// A session's end is moved on this seldom, however much it is used.
const STEP: TimeDelta = TimeDelta::days(1);
/// How long browsers keep the cookie: as long as they keep any. Whoever uses a session daily signs in again after it.
const COOKIE_LIFE: time::Duration = time::Duration::days(400);

/// The browser sessions in the database. A session that was ended never comes back by being saved again.
#[derive(Clone)]
pub struct SeaSessionStore {
    sessions: Arc<dyn SessionRepository>,
    clock: Arc<dyn Clock>,
    /// A session that is not used for so long ends.
    idle: TimeDelta,
    /// A session ends so long after the sign-in.
    longest: TimeDelta,
}

impl SeaSessionStore {
    pub fn new(sessions: Arc<dyn SessionRepository>, clock: Arc<dyn Clock>, auth: &AuthConfig) -> Self {
        let days = |days: u32| TimeDelta::days(i64::from(days));
        Self { sessions, clock, idle: days(auth.session_days), longest: days(auth.session_max_days) }
    }

    fn stored(&self, record: &Record) -> Result<StoredSession> {
        let data = serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
        let user = record.data.get(USER_KEY).and_then(|value| serde_json::from_value::<UserId>(value.clone()).ok());
        Ok(StoredSession { id: record.id.to_string(), user, data, expires_at: self.clock.now() + self.idle })
    }

    /// Moves the end on, if it was not moved lately. Where that fails the session is as good as before, so the page comes.
    async fn keep(&self, session: &StoredSession, now: Timestamp) {
        if session.expires_at - now > self.idle - STEP {
            return;
        }
        let kept = StoredSession { expires_at: now + self.idle, ..session.clone() };
        match self.sessions.set(&kept).await {
            // It was ended by another request just now.
            Ok(()) | Err(RepositoryError::NotFound { .. }) => {}
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a session's end was not moved on");
            }
        }
    }
}

impl fmt::Debug for SeaSessionStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SeaSessionStore")
    }
}

/// The layer that hands sessions to handlers. Visitors get no cookie: only a session that holds something is kept.
pub fn session_layer(store: SeaSessionStore, server: &ServerConfig) -> SessionManagerLayer<SeaSessionStore> {
    let https = server.is_https();
    SessionManagerLayer::new(store)
        .with_name(if https { "__Host-matinee_session" } else { "matinee_session" })
        .with_secure(https)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(COOKIE_LIFE))
}

#[async_trait]
impl SessionStore for SeaSessionStore {
    async fn create(&self, record: &mut Record) -> Result<()> {
        for _ in 0..ID_TRIES {
            match self.sessions.add(&self.stored(record)?).await {
                Err(RepositoryError::Exists { .. }) => record.id = Id::default(),
                other => return other.map_err(backend),
            }
        }
        Err(Error::Backend("no free session id was found".to_owned()))
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.sessions.set(&self.stored(record)?).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let now = self.clock.now();
        let Some(found) = self.sessions.lookup(&id.to_string(), now).await.map_err(backend)? else { return Ok(None) };
        let record = record(*id, &found)?;
        let began_at = record.data.get(BEGAN_KEY).and_then(serde_json::Value::as_i64);
        if began_at.is_some_and(|began_at| now.timestamp() - began_at >= self.longest.num_seconds()) {
            self.sessions.remove(&id.to_string()).await.map_err(backend)?;
            return Ok(None);
        }
        self.keep(&found, now).await;
        Ok(Some(record))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.sessions.remove(&id.to_string()).await.map_err(backend)
    }
}

fn record(id: Id, session: &StoredSession) -> Result<Record> {
    let data = serde_json::from_str(&session.data).map_err(|error| Error::Decode(error.to_string()))?;
    let expiry_date = OffsetDateTime::from_unix_timestamp(session.expires_at.timestamp())
        .map_err(|error| Error::Decode(error.to_string()))?;
    Ok(Record { id, data, expiry_date })
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn backend(error: RepositoryError) -> Error {
    Error::Backend(error.to_string())
}
