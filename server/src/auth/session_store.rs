//! tower-sessions over the session repository.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use matinee_app::session::USER_KEY;
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

/// The browser sessions in the database. A session that was ended never comes back by being saved again.
#[derive(Clone)]
pub struct SeaSessionStore {
    sessions: Arc<dyn SessionRepository>,
    clock: Arc<dyn Clock>,
}

impl SeaSessionStore {
    pub fn new(sessions: Arc<dyn SessionRepository>, clock: Arc<dyn Clock>) -> Self {
        Self { sessions, clock }
    }
}

impl fmt::Debug for SeaSessionStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SeaSessionStore")
    }
}

/// The layer that hands sessions to handlers. Visitors get no cookie: only a session that holds something is kept.
pub fn session_layer(
    store: SeaSessionStore,
    server: &ServerConfig,
    auth: &AuthConfig,
) -> SessionManagerLayer<SeaSessionStore> {
    let https = server.is_https();
    SessionManagerLayer::new(store)
        .with_name(if https { "__Host-matinee_session" } else { "matinee_session" })
        .with_secure(https)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(time::Duration::days(i64::from(auth.session_days))))
}

#[async_trait]
impl SessionStore for SeaSessionStore {
    async fn create(&self, record: &mut Record) -> Result<()> {
        for _ in 0..ID_TRIES {
            match self.sessions.add(&stored(record)?).await {
                Err(RepositoryError::Exists { .. }) => record.id = Id::default(),
                other => return other.map_err(backend),
            }
        }
        Err(Error::Backend("no free session id was found".to_owned()))
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.sessions.set(&stored(record)?).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let found = self.sessions.lookup(&id.to_string(), self.clock.now()).await.map_err(backend)?;
        found.map(|session| record(*id, &session)).transpose()
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.sessions.remove(&id.to_string()).await.map_err(backend)
    }
}

fn stored(record: &Record) -> Result<StoredSession> {
    let data = serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
    let user = record.data.get(USER_KEY).and_then(|value| serde_json::from_value::<UserId>(value.clone()).ok());
    let expires_at = Timestamp::from_timestamp(record.expiry_date.unix_timestamp(), 0)
        .ok_or_else(|| Error::Encode("the session's end is out of range".to_owned()))?;
    Ok(StoredSession { id: record.id.to_string(), user, data, expires_at })
}

fn record(id: Id, session: &StoredSession) -> Result<Record> {
    let data = serde_json::from_str(&session.data).map_err(|error| Error::Decode(error.to_string()))?;
    let expiry_date = OffsetDateTime::from_unix_timestamp(session.expires_at.timestamp())
        .map_err(|error| Error::Decode(error.to_string()))?;
    Ok(Record { id, data, expiry_date })
}

fn backend(error: RepositoryError) -> Error {
    Error::Backend(error.to_string())
}
