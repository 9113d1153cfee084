//! Databases to test on, and the little data that tests need.

use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
};

use chrono::{DateTime, TimeDelta};
use matinee_domain::{Email, ExternalId, ExternalSource, MovieId, Stars, Timestamp, UserId, Year};
use matinee_services::ports::{
    AccountRepository, ActivityRepository, CatalogueWriter, Clock, EveningRepository, FilmEditing, FilmMatcher,
    HistoryRepository, IdentityRepository, ImportKey, ImportProgress, ImportedMovie, ImportedRating, KnobRepository,
    MailTokenRepository, ModelRegistry, MovieRepository, NewAccountRow, PasskeyRepository, PeopleRepository,
    RatingRepository, RepositoryError, SecondFactorRepository, SessionRepository, SignInAttemptRepository,
    SignInFailureRepository, TokenRepository, TrainingRepository, TrialRepository,
};
use matinee_store::{Durability, Store, StoreOptions, movie_id};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use tempfile::TempDir;
use uuid::Uuid;

use crate::cluster::TestDatabase;

/// An empty database behind the ports.
pub struct Db {
    pub accounts: Arc<dyn AccountRepository>,
    pub activity: Arc<dyn ActivityRepository>,
    pub catalogue: Arc<dyn CatalogueWriter>,
    pub matcher: Arc<dyn FilmMatcher>,
    pub attempts: Arc<dyn SignInAttemptRepository>,
    pub failures: Arc<dyn SignInFailureRepository>,
    pub editing: Arc<dyn FilmEditing>,
    pub evenings: Arc<dyn EveningRepository>,
    pub history: Arc<dyn HistoryRepository>,
    pub identities: Arc<dyn IdentityRepository>,
    pub movies: Arc<dyn MovieRepository>,
    pub people: Arc<dyn PeopleRepository>,
    pub ratings: Arc<dyn RatingRepository>,
    pub models: Arc<dyn ModelRegistry>,
    pub knobs: Arc<dyn KnobRepository>,
    pub letters: Arc<dyn MailTokenRepository>,
    pub factors: Arc<dyn SecondFactorRepository>,
    pub passkeys: Arc<dyn PasskeyRepository>,
    pub sessions: Arc<dyn SessionRepository>,
    pub tokens: Arc<dyn TokenRepository>,
    pub training: Arc<dyn TrainingRepository>,
    pub trials: Arc<dyn TrialRepository>,
    /// For connections beside the store's.
    pub url: String,
    next_user: AtomicU32,
    clock: Arc<TestClock>,
}

/// Runs a test on an empty database of each engine: SQLite, PostgreSQL, and the `CockroachDB` of
/// `MATINEE_TEST_COCKROACH_URL` if it is set.
pub async fn on_every_engine(test: impl AsyncFn(&Db)) {
    let (db, _folder) = sqlite().await;
    test(&db).await;
    on_postgres(&test).await;
    match env::var("MATINEE_TEST_COCKROACH_URL") {
        Ok(url) => on_cockroach(&url, &test).await,
        Err(_) => eprintln!("CockroachDB is skipped: MATINEE_TEST_COCKROACH_URL is not set"),
    }
}

/// Runs a test on an empty database of PostgreSQL alone.
pub async fn on_postgres(test: impl AsyncFn(&Db)) {
    let database = TestDatabase::migrated(async |url| open(url).await.migrate().await.unwrap()).await;
    test(&Db::new(&database.url).await).await;
    database.remove().await;
}

/// In a database of its own on a server that is there already.
async fn on_cockroach(url: &str, test: &impl AsyncFn(&Db)) {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let name = format!("matinee_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let server = Database::connect(url).await.unwrap();
    server.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    let (before, parameters) = url.split_once('?').unwrap_or((url, ""));
    let host_ends = before.find("://").map_or(0, |at| at + 3);
    let host = &before[..before[host_ends..].find('/').map_or(before.len(), |at| host_ends + at)];
    let url = format!("{host}/{name}?{parameters}");
    open(&url).await.migrate().await.unwrap();
    test(&Db::new(&url).await).await;
    server.execute_unprepared(&format!("DROP DATABASE {name} CASCADE")).await.unwrap();
}

pub async fn sqlite() -> (Db, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    // A name that means something in an address, and must not here.
    let path = folder.path().join("films & people?100%.db");
    let path = path.to_str().unwrap();
    open(path).await.migrate().await.unwrap();
    (Db::new(path).await, folder)
}

pub async fn open(path: &str) -> Store {
    open_by(path, Arc::default()).await
}

async fn open_by(path: &str, clock: Arc<TestClock>) -> Store {
    let options = StoreOptions { durability: Durability::Normal, clock, ..Default::default() };
    Store::connect(path, options).await.unwrap()
}

/// Stands still until a test lets time pass.
#[derive(Default)]
struct TestClock {
    seconds: AtomicI64,
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        at(self.seconds.load(Ordering::Relaxed))
    }
}

/// What [`Db::dump_data`] leaves out: the journal, and the mean of all ratings as it was last computed.
const NO_DATA: [&str; 4] = ["change_sets", "changes", "reverts", "rating_priors"];

/// A moment this many seconds after the beginning of the tests' time.
pub fn at(seconds: i64) -> Timestamp {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap() + TimeDelta::seconds(seconds)
}

pub fn stars(stars: f64) -> Stars {
    Stars::new(stars).unwrap()
}

/// As films have it.
#[expect(clippy::unnecessary_wraps, reason = "every caller wants it so")]
pub fn year(year: i32) -> Option<Year> {
    Some(Year::new(year).unwrap())
}

pub fn key(part: &str) -> ImportKey {
    ImportKey { part: part.to_owned(), fingerprint: "0".repeat(64) }
}

pub fn done(rows: u64) -> ImportProgress {
    ImportProgress { rows_done: rows, finished: false }
}

pub fn movielens(id: &str) -> ExternalId {
    ExternalId { source: ExternalSource::Movielens, id: id.to_owned() }
}

/// A film that `MovieLens` numbers so.
pub fn imported(id: &str, title: &str, released: i32) -> ImportedMovie {
    ImportedMovie {
        external_ids: vec![movielens(id)],
        title: title.to_owned(),
        original_title: title.to_owned(),
        alternative_titles: Vec::new(),
        year: year(released),
        genres: vec!["Drama".to_owned()],
    }
}

pub fn imported_rating(rater: u32, movie: &str, given: f64, seconds: i64) -> ImportedRating {
    ImportedRating {
        dataset: "movielens",
        rater: rater.to_string(),
        movie: (ExternalSource::Movielens, movie.to_owned()),
        stars: stars(given),
        at: at(seconds),
    }
}

/// A film that nobody has.
pub fn no_film() -> MovieId {
    MovieId(Uuid::from_u128(404))
}

/// A person who isn't there.
pub fn nobody() -> UserId {
    UserId(Uuid::from_u128(404))
}

#[track_caller]
pub fn assert_not_found<T: std::fmt::Debug>(result: Result<T, RepositoryError>, thing: &str) {
    match result {
        Err(RepositoryError::NotFound { what, .. }) => assert_eq!(what, thing),
        other => panic!("expected that there is no {thing}, got {other:?}"),
    }
}

impl Db {
    async fn new(url: &str) -> Self {
        let clock = Arc::<TestClock>::default();
        let store = Arc::new(open_by(url, Arc::clone(&clock)).await);
        Self {
            accounts: store.clone(),
            activity: store.clone(),
            catalogue: store.clone(),
            matcher: store.clone(),
            editing: store.clone(),
            evenings: store.clone(),
            history: store.clone(),
            movies: store.clone(),
            people: store.clone(),
            ratings: store.clone(),
            models: store.clone(),
            attempts: store.clone(),
            failures: store.clone(),
            identities: store.clone(),
            knobs: store.clone(),
            letters: store.clone(),
            factors: store.clone(),
            passkeys: store.clone(),
            sessions: store.clone(),
            tokens: store.clone(),
            training: store.clone(),
            trials: store,
            url: url.to_owned(),
            next_user: AtomicU32::new(1),
            clock,
        }
    }

    pub fn pass_time(&self, seconds: i64) {
        self.clock.seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    /// What time it is for the store.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub async fn add_films(&self, films: Vec<ImportedMovie>) -> Vec<MovieId> {
        let ids = films.iter().map(|film| movie_id(&film.external_ids[0])).collect();
        self.catalogue.put_movies(&key("films"), films, done(0)).await.unwrap();
        ids
    }

    /// A film of 1999 with this title, numbered by it.
    pub async fn add_film(&self, title: &str) -> MovieId {
        self.add_films(vec![imported(title, title, 1999)]).await[0]
    }

    pub async fn add_person(&self) -> UserId {
        let number = self.next_user.fetch_add(1, Ordering::Relaxed);
        let user = UserId(Uuid::from_u128(u128::from(number) << 64 | 7));
        self.accounts.add(account(user, &format!("person{number}@example.org"))).await.unwrap();
        user
    }

    /// Whether a statement costs no round trip to a server.
    pub fn is_embedded(&self) -> bool {
        !self.url.contains("://")
    }

    /// A connection that is none of the store's.
    pub async fn connect(&self) -> DatabaseConnection {
        let url = match self.url.split_once("://") {
            Some(_) => self.url.clone(),
            None => format!("sqlite:{}", self.url.replace('%', "%25").replace('?', "%3F")),
        };
        Database::connect(url).await.unwrap()
    }

    /// Every row of every table, with its version, as text.
    pub async fn dump(&self) -> Vec<String> {
        self.dump_where(|_| true, true).await
    }

    /// The same without the journal.
    pub async fn dump_data(&self) -> Vec<String> {
        self.dump_where(|table| !NO_DATA.contains(&table), true).await
    }

    /// The same without the versions, which a rollback counts up.
    pub async fn dump_contents(&self) -> Vec<String> {
        self.dump_where(|table| !NO_DATA.contains(&table), false).await
    }

    pub async fn dump_tables(&self, tables: &[&str]) -> Vec<String> {
        self.dump_where(|table| tables.contains(&table), true).await
    }

    async fn dump_where(&self, wanted: impl Fn(&str) -> bool, with_versions: bool) -> Vec<String> {
        let db = self.connect().await;
        let backend = db.get_database_backend();
        let ask = async |sql: String| -> Vec<String> {
            let rows = db.query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
            rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
        };
        let tables = match backend {
            DbBackend::Sqlite => {
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
            }
            _ => {
                "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace \
                 AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname"
            }
        };
        let mut dump = Vec::new();
        for table in ask(tables.to_owned()).await.into_iter().filter(|table| wanted(table)) {
            let row = match backend {
                DbBackend::Sqlite => {
                    let columns = format!("SELECT 'quote(' || name || ')' FROM pragma_table_info('{table}')");
                    let columns = ask(columns).await;
                    let wanted = columns.into_iter().filter(|column| with_versions || column != "quote(version)");
                    wanted.collect::<Vec<_>>().join(" || ', ' || ")
                }
                _ if with_versions => format!("{table}::text"),
                _ => format!("(to_jsonb({table}) - 'version')::text"),
            };
            let mut rows = ask(format!("SELECT '{table}: ' || {row} FROM {table}")).await;
            rows.sort();
            dump.append(&mut rows);
        }
        db.close().await.unwrap();
        dump
    }
}

pub fn account(user: UserId, email: &str) -> NewAccountRow {
    NewAccountRow {
        id: user,
        name: "Ada".to_owned(),
        email: Email::parse(email).unwrap(),
        password_hash: "$argon2id$…".to_owned(),
        created_at: at(0),
    }
}
