//! A whole instance in a temporary folder, and a browser-like client for it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use http_body_util::BodyExt;
use matinee_ai::trainer::{self, TrainOptions};
use matinee_domain::{Email, ExternalId, ExternalSource, MovieId, Role, Stars, Timestamp, UserId, Year};
use matinee_server::{compose, config::Config, recommender, serve};
use matinee_services::ports::{
    CatalogueWriter, Clock, ImportKey, ImportProgress, ImportedMovie, ImportedRating, MovieRepository,
    PeopleRepository, RoleChange,
};
use matinee_store::Store;
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tower::ServiceExt;
use url::Url;

pub const ORIGIN: &str = "http://films.test";
/// When the tests' clock begins, in seconds since 1970.
pub const BEGINNING_S: i64 = 1_790_000_000;

/// A clock that stands still until it is moved.
pub struct FakeClock(Mutex<Timestamp>);

impl FakeClock {
    pub fn advance_days(&self, days: i64) {
        *self.0.lock().unwrap() += chrono::TimeDelta::days(days);
    }

    pub fn advance_seconds(&self, seconds: i64) {
        *self.0.lock().unwrap() += chrono::TimeDelta::seconds(seconds);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// An instance.
pub struct TestApp {
    router: Router,
    pub clock: Arc<FakeClock>,
    pub config: Config,
    stores: [Store; 2],
    following: JoinHandle<()>,
    movies: Arc<dyn MovieRepository>,
    folder: TempDir,
}

impl TestApp {
    /// With a catalogue of two tastes and a model of it.
    pub async fn start() -> Self {
        Self::start_as(true, |_| ()).await
    }

    /// Without a model: nothing was trained yet.
    pub async fn start_without_model() -> Self {
        Self::start_as(false, |_| ()).await
    }

    /// Without a model, and with other settings.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_as(false, change).await
    }

    /// With a model or without, and with other settings.
    pub async fn start_as(with_model: bool, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(folder.path());
        change(&mut config);
        let clock = Arc::new(FakeClock(Mutex::new(Timestamp::from_timestamp(BEGINNING_S, 0).unwrap())));
        let store = compose::open_store(&config, Arc::clone(&clock) as _).await.unwrap();
        fill(&store).await;
        if with_model {
            let options = TrainOptions::new(config.data.models(), clock.now());
            trainer::train(&store, options, Arc::new(|_| ())).await.unwrap();
        }
        let recommender = recommender::open(&config.ai, &config.data, &config.cache);
        let parts = compose::open(&config, Arc::clone(&clock) as _, recommender).await.unwrap();
        parts.index.rebuild(&store, |_| ()).await.unwrap();
        let following = serve::follower(&config, &parts, Arc::clone(&clock) as _).start();
        let router = serve::app(&config, &parts, &(Arc::clone(&clock) as _), ORIGIN.to_owned()).unwrap();
        let stores = [store, parts.store];
        Self { router, clock, config, stores, following, movies: Arc::clone(&parts.services.movies), folder }
    }

    /// A store beside the instance's own, as a command has it.
    pub fn store(&self) -> &Store {
        &self.stores[0]
    }

    /// Stops it; its data stay as long as the folder does.
    pub async fn stop(self) -> (Config, TempDir) {
        // It holds the search index.
        self.following.abort();
        let _ = self.following.await;
        for store in &self.stores {
            store.close().await;
        }
        (self.config, self.folder)
    }

    /// Closes the instance's database, as if it were gone.
    pub async fn lose_database(&self) {
        for store in &self.stores {
            store.close().await;
        }
    }

    /// What answers requests, for serving it by a connection of one's own.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// A browser without cookies.
    pub fn client(&self) -> Client<'_> {
        Client { app: self, cookies: Mutex::default() }
    }

    /// A browser of a new person who is signed in.
    pub async fn signed_in(&self, name: &str) -> Client<'_> {
        let client = self.client();
        let account =
            serde_json::json!({ "name": name, "email": format!("{name}@example.org"), "password": "correct horse" });
        let answer = client.send(Method::POST, "/api/v1/accounts", Some(account)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        client
    }

    /// A browser of a person who has an account, signed in anew.
    pub async fn sign_in(&self, name: &str) -> Client<'_> {
        let client = self.client();
        let account = serde_json::json!({ "email": format!("{name}@example.org"), "password": "correct horse" });
        let answer = client.send(Method::POST, "/api/v1/session", Some(account)).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        client
    }

    /// Gives a person a role, as an operator does. A role that is to go can be the last admin's.
    pub async fn give_role(&self, name: &str, role: Role) -> UserId {
        let email = Email::parse(&format!("{name}@example.org")).unwrap();
        let person = self.store().lookup_by_email(&email).await.unwrap().unwrap();
        assert_eq!(self.store().set_role(person.id, role).await.unwrap(), RoleChange::Done);
        person.id
    }

    /// Every path of the router, as it was given to it. Read from what it prints of itself, for nothing else tells.
    pub fn paths(&self) -> Vec<String> {
        let printed = format!("{:?}", self.router);
        let own = printed.split("fallback_router").next().unwrap();
        let paths = own.split("RouteId(").filter_map(|part| part.split_once("): \"")?.1.split('"').next());
        let paths: Vec<_> = paths.map(str::to_owned).collect();
        assert!(paths.len() > 50, "axum prints its routes in another way: {printed}");
        paths
    }

    /// Waits for a condition.
    pub async fn until(&self, holds: impl AsyncFn() -> bool) {
        tokio::time::timeout(std::time::Duration::from_secs(10), async {
            while !holds().await {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        })
        .await
        .expect("it never came true");
    }

    /// The film of that title.
    pub async fn movie(&self, title: &str) -> MovieId {
        let all = self.movies.list_for_index(None, 1_000).await.unwrap();
        all.into_iter().find(|movie| movie.title == title).unwrap_or_else(|| panic!("no film {title}")).id
    }
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Keeps cookies, as a browser does.
pub struct Client<'a> {
    app: &'a TestApp,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Client<'_> {
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub async fn send(&self, method: Method, path: &str, json: Option<Value>) -> Answer {
        let builder = Request::builder().method(method).uri(path);
        let request = match json {
            Some(json) => builder.header(header::CONTENT_TYPE, "application/json").body(Body::from(json.to_string())),
            None => builder.body(Body::empty()),
        };
        self.request(request.unwrap()).await
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    pub fn forget_cookies(&self) {
        self.cookies.lock().unwrap().clear();
    }

    /// Sends any request; cookies are added and kept.
    pub async fn request(&self, mut request: Request<Body>) -> Answer {
        let cookies: Vec<_> =
            self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request.headers_mut().insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        request.headers_mut().entry(header::HOST).or_insert("films.test".parse().unwrap());
        let response = self.app.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            match value {
                "" => self.cookies.lock().unwrap().remove(name),
                value => self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned()),
            };
        }
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub async fn rate(&self, movie: MovieId, stars: f64) -> Answer {
        self.send(Method::PUT, &format!("/api/v1/movies/{movie}/rating"), Some(serde_json::json!({ "stars": stars })))
            .await
    }

    /// Titles of my recommendations, best first.
    pub async fn recommended(&self) -> Vec<String> {
        let answer = self.get("/api/v1/recommendations?limit=50").await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        let items = answer.json()["recommendations"].as_array().unwrap().clone();
        items.iter().map(|item| item["movie"]["title"].as_str().unwrap().to_owned()).collect()
    }
}

/// Settings of a test instance: its own folder, cheap hashing, a site of three empty files.
fn config(folder: &Path) -> Config {
    let mut config = Config::default();
    config.data.dir = folder.join("data");
    config.server.site_dir = folder.join("site");
    ORIGIN.clone_into(&mut config.server.public_origin);
    config.auth.argon2_memory_kib = 64;
    config.auth.argon2_passes = 1;
    config.ai.ort_library = ort_library();
    config.cache.ttl_ms = 60_000;
    config.cache.follow_interval_ms = 20;
    std::fs::create_dir_all(&config.server.site_dir).unwrap();
    let html = r#"<link rel="stylesheet" href="/pkg/matinee-0011223344556677.css">
        <link rel="modulepreload" href="/pkg/matinee-0011223344556677.js">
        <link rel="preload" href="/pkg/matinee-0011223344556677_bg.wasm">"#;
    std::fs::write(config.server.site_dir.join("index.html"), html).unwrap();
    std::fs::write(config.server.site_dir.join("matinee-0011223344556677.css"), "body{}").unwrap();
    config
}

fn ort_library() -> PathBuf {
    let cache = std::env::var_os("MATINEE_CACHE_DIR").map(PathBuf::from);
    let cache =
        cache.unwrap_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/matinee"));
    let library = std::env::var_os("MATINEE_ORT_LIB").map(PathBuf::from);
    let library = library.unwrap_or_else(|| cache.join("onnxruntime/libonnxruntime.so.1.31.1"));
    assert!(library.is_file(), "ONNX Runtime is not at {}: run `make setup`", library.display());
    library
}

const SPACE: [&str; 8] = ["Alien", "Aliens", "Star Wars", "Blade Runner", "Solaris", "Stalker", "Moon", "Contact"];
const LOVE: [&str; 8] =
    ["Amélie", "Casablanca", "Emma", "Persuasion", "Roman Holiday", "Sabrina", "Notting Hill", "Once"];

/// Sixteen films and sixty raters: those who love space films, and those who love love stories.
async fn fill(writer: &dyn CatalogueWriter) {
    let key = |part: &str| ImportKey { part: part.to_owned(), fingerprint: "test".to_owned() };
    let titles = SPACE.iter().chain(&LOVE);
    let movies = titles.enumerate().map(|(number, title)| ImportedMovie {
        external_ids: vec![ExternalId { source: ExternalSource::Movielens, id: number.to_string() }],
        title: (*title).to_owned(),
        original_title: (*title).to_owned(),
        alternative_titles: Vec::new(),
        year: Year::new(1980 + i32::try_from(number).unwrap()).ok(),
        genres: vec![if number < SPACE.len() { "Sci-Fi" } else { "Romance" }.to_owned()],
    });
    writer
        .put_movies(&key("movies"), movies.collect(), ImportProgress { rows_done: 16, finished: true })
        .await
        .unwrap();
    let at = Timestamp::from_timestamp(1_780_000_000, 0).unwrap();
    let mut ratings = Vec::new();
    for rater in 0..60_usize {
        for number in 0..16_usize {
            // Everybody leaves out some films, so that there is something to recommend.
            if (rater + number * 7) % 3 == 0 {
                continue;
            }
            let loves = (rater % 2 == 0) == (number < SPACE.len());
            let half_stars = if loves { 8 + (rater + number) % 3 } else { 2 + (rater + number) % 2 * 2 };
            ratings.push(ImportedRating {
                dataset: "movielens",
                rater: rater.to_string(),
                movie: (ExternalSource::Movielens, number.to_string()),
                stars: Stars::from_half_stars(half_stars.try_into().unwrap()).unwrap(),
                at,
            });
        }
    }
    let progress = ImportProgress { rows_done: ratings.len() as u64, finished: true };
    writer.put_ratings(&key("ratings"), ratings, progress).await.unwrap();
    writer.refresh_statistics().await.unwrap();
}

/// A new token of whoever is signed in, as the page shows it once.
pub async fn token(browser: &Client<'_>, scope: &str, days: &str) -> String {
    let page = post(browser, "/account/tokens", &[("name", "a program"), ("scope", scope), ("days", days)]).await;
    assert_eq!(page.status, StatusCode::CREATED, "{page:?}");
    page.body.split("class=\"secret\">").nth(1).unwrap().split('<').next().unwrap().to_owned()
}

/// Sends a form, as a browser without script does.
pub async fn post(browser: &Client<'_>, path: &str, form: &[(&str, &str)]) -> Answer {
    browser.request(filled_in(path, form)).await
}

/// A form, as a browser without script sends it.
pub fn filled_in(path: &str, form: &[(&str, &str)]) -> Request<Body> {
    let mut url = Url::parse(ORIGIN).unwrap();
    url.query_pairs_mut().extend_pairs(form);
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ORIGIN, ORIGIN)
        .header(header::ACCEPT, "text/html")
        .body(Body::from(url.query().unwrap_or_default().to_owned()));
    request.unwrap()
}
