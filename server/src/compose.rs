//! Opening the parts and putting them behind the ports.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use matinee_ai::text::TextEngine;
use matinee_search::{SearchOptions, TantivyIndex};
use matinee_services::{
    Ports, Services,
    duty::Duty,
    ports::{Clock, MovieRepository, PasswordHasher, SearchIndex},
};
use matinee_store::{Durability, Store, StoreOptions};

use crate::{
    auth::{Argon2Hasher, KeyedFailures, SealedFactors, SealingKeys},
    cache::{CachedMovies, CachedSessions, ForgetfulEditing, ForgetfulRatings},
    config::{Config, SearchConfig},
    mail::Mail,
    recommender::Ai,
    trials::Trials,
    views::GatheredViews,
};

/// The parts of a running instance.
pub struct Parts {
    pub store: Store,
    pub index: Arc<TantivyIndex>,
    /// Why the index must be built before it serves, if it must.
    pub index_is_stale: Option<String>,
    pub services: Services,
    pub views: Arc<GatheredViews>,
    pub cache: Arc<CachedMovies>,
    pub sessions: Arc<CachedSessions>,
    pub mail: Mail,
    /// The text engine of this process, if it has one.
    pub text: Option<Arc<TextEngine>>,
}

/// Opens the database, making folder and file where there are none, and brings its schema up to date.
///
/// # Errors
/// When folder or database can't be made or opened; says which.
pub async fn open_store(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<Store> {
    open_store_as(config, clock, Durability::Full).await
}

/// The same for an import, which goes on where it stopped when the machine loses power: it waits for the disk at its end and
/// not with every batch.
///
/// # Errors
/// As [`open_store`].
pub async fn open_store_for_import(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<Store> {
    open_store_as(config, clock, Durability::Normal).await
}

async fn open_store_as(config: &Config, clock: Arc<dyn Clock>, durability: Durability) -> anyhow::Result<Store> {
    let dir = &config.data.dir;
    std::fs::create_dir_all(dir).with_context(|| format!("the data folder {} can't be made", dir.display()))?;
    let shown = config.data.shown_database();
    let by_cores = StoreOptions::default();
    let options = StoreOptions {
        max_connections: match config.data.max_connections {
            0 => by_cores.max_connections,
            given => given,
        },
        acquire_timeout: Duration::from_millis(config.data.acquire_timeout_ms),
        replica_urls: config.data.replica_urls.iter().map(|url| url.as_str().to_owned()).collect(),
        max_replica_lag: Duration::from_millis(config.data.replica_max_lag_ms),
        clock,
        durability,
        ..by_cores
    };
    let opened = Store::connect(&config.data.database(), options).await;
    let store = opened.with_context(|| format!("the database {shown} can't be opened"))?;
    store.migrate().await.with_context(|| format!("the schema of {shown} can't be brought up to date"))?;
    Ok(store)
}

/// Opens the search index, empty where there is none.
///
/// # Errors
/// When the folder can't be used, or another process uses it.
pub fn open_index(folder: &Path, config: &SearchConfig) -> anyhow::Result<(TantivyIndex, Option<String>)> {
    let options = SearchOptions {
        heap_bytes: config.heap_bytes,
        timeout_ms: config.timeout_ms,
        concurrency: config.concurrent_searches,
        kept_bytes: config.kept_bytes,
        ..SearchOptions::default()
    };
    let opened = TantivyIndex::open(folder, options);
    let (index, reason) = opened.with_context(|| format!("the search index {} can't be opened", folder.display()))?;
    Ok((index, reason.map(|reason| reason.to_string())))
}

/// Opens all parts of an instance.
///
/// # Errors
/// When one that it can't do without can't be opened.
pub async fn open(config: &Config, clock: Arc<dyn Clock>, ai: Ai) -> anyhow::Result<Parts> {
    let store = open_store(config, Arc::clone(&clock)).await?;
    let (index, mut index_is_stale) = open_index(&config.data.index(), &config.search)?;
    let (films, indexed) = (MovieRepository::count(&store).await?, SearchIndex::count(&index).await?);
    if index_is_stale.is_none() && films != indexed {
        index_is_stale = Some(format!("it holds {indexed} films, the catalogue {films}"));
    }
    let index = Arc::new(index);
    let cache = Arc::new(CachedMovies::new(Arc::new(store.clone()), &config.cache));
    let sessions = Arc::new(CachedSessions::new(Arc::new(store.clone()), &config.cache));
    let hasher: Arc<dyn PasswordHasher> = Arc::new(Argon2Hasher::new(&config.auth)?);
    let keys = SealingKeys::open(config)?.map(Arc::new);
    let factors = SealedFactors::new(Arc::new(store.clone()), keys.clone());
    factors.check().await?;
    let mail = Mail::open(config)?;
    let every = Duration::from_millis(config.ai.reload_interval_ms.max(100));
    let trials = Trials::open(Arc::new(store.clone()), every).await;
    let views = GatheredViews::new(Arc::new(store.clone()));
    let services = Ports {
        accounts: Arc::new(store.clone()),
        activity: Arc::clone(&views) as _,
        clock,
        describer: ai.describer,
        duty: duty(config),
        editing: Arc::new(ForgetfulEditing { inner: Arc::new(store.clone()), cache: Arc::clone(&cache) }),
        evenings: Arc::new(store.clone()),
        factors: Arc::new(factors),
        failures: Arc::new(KeyedFailures { inner: Arc::new(store.clone()), keys }),
        history: Arc::new(store.clone()),
        identities: Arc::new(store.clone()),
        knobs: Arc::new(store.clone()),
        mail_tokens: Arc::new(store.clone()),
        matcher: Arc::new(store.clone()),
        movies: Arc::clone(&cache) as _,
        passkeys: Arc::new(store.clone()),
        passwords: hasher,
        people: Arc::new(store.clone()),
        postbox: Arc::new(mail.clone()),
        ratings: Arc::new(ForgetfulRatings { inner: Arc::new(store.clone()), cache: Arc::clone(&cache) }),
        recommender: ai.recommender,
        search: Arc::clone(&index) as _,
        sessions: Arc::clone(&sessions) as _,
        tokens: Arc::new(store.clone()),
        trial_watch: trials,
        trials: Arc::new(store.clone()),
    };
    Ok(Parts { store, index, index_is_stale, services: services.into(), views, cache, sessions, mail, text: ai.text })
}

/// What the settings ask of people beside a password.
fn duty(config: &Config) -> Duty {
    let strong = config.sign_in.providers.iter().filter(|provider| provider.second_step);
    Duty {
        asked_of: config.auth.second_step,
        strong_providers: Arc::new(strong.map(|provider| provider.id.clone()).collect()),
    }
}
