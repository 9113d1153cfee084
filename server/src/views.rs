//! Views of films, gathered for a moment and written together: of all that people write they are most, and a transaction for each
//! costs several times what the rows in it do.
//!
//! The first one is written at once, those after it a quarter of a second later at the latest. So a page does not wait for what it
//! writes, and what is lost when the process is killed is that much; one that is told to stop writes all first. Whoever asks what
//! somebody looked at sees what this instance was told until then. No more than [`WAITING`] wait: beyond that each is written by
//! whoever brings it, who waits.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use matinee_domain::{MovieId, Timestamp, UserId, activity::Mark};
use matinee_services::{
    ports::{ActivityRepository, Opinion, Opinions, RepositoryError, RepositoryResult, StoredActivity, Taste, View},
    provenance::Provenance,
};
use tokio::{sync::Notify, time::sleep};

/// From one writing to the next.
const EVERY: Duration = Duration::from_millis(250);
/// Views that may wait, about 200 bytes each.
const WAITING: usize = 4_096;
/// Views in one transaction.
const AT_ONCE: usize = 256;

/// The activity repository, which writes views together.
pub struct GatheredViews(Arc<Shared>);

struct Shared {
    inner: Arc<dyn ActivityRepository>,
    /// One for each way to a film, the latest, as they are kept.
    waiting: Mutex<HashMap<Way, View>>,
    has_some: Notify,
    /// Whoever has it writes; who gets it then knows that what others took is written.
    turn: tokio::sync::Mutex<()>,
    /// Nobody brings more.
    is_over: AtomicBool,
}

/// Person, film, search.
type Way = (UserId, MovieId, Option<String>);

impl GatheredViews {
    /// One that writes until it is dropped, and then what still waits.
    pub fn new(inner: Arc<dyn ActivityRepository>) -> Arc<Self> {
        let (waiting, has_some, turn) = (Mutex::default(), Notify::new(), tokio::sync::Mutex::default());
        let shared = Arc::new(Shared { inner, waiting, has_some, turn, is_over: AtomicBool::new(false) });
        tokio::spawn(keep_writing(Arc::clone(&shared)));
        Arc::new(Self(shared))
    }

    /// Writes what waits. Goes on to the end if nobody waits for it any more.
    pub async fn write_all(&self) {
        let shared = Arc::clone(&self.0);
        // It ends early only where the process does.
        let _ = tokio::spawn(async move { shared.write_all().await }).await;
    }
}

impl Drop for GatheredViews {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::Relaxed);
        self.0.has_some.notify_one();
    }
}

async fn keep_writing(shared: Arc<Shared>) {
    loop {
        shared.has_some.notified().await;
        shared.write_all().await;
        if shared.is_over.load(Ordering::Relaxed) {
            return;
        }
        sleep(EVERY).await;
    }
}

impl Shared {
    /// False where too many wait.
    fn gather(&self, view: &View) -> bool {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let way = (view.user, view.movie, view.query.clone());
        let has_room = waiting.len() < WAITING || waiting.contains_key(&way);
        if has_room {
            waiting.insert(way, view.clone());
            self.has_some.notify_one();
        }
        has_room
    }

    async fn write_all(&self) {
        let _turn = self.turn.lock().await;
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        let views: Vec<View> = waiting.into_values().collect();
        for views in views.chunks(AT_ONCE) {
            match self.inner.add_views(views).await {
                Ok(()) => {}
                // Of a film that has been removed meanwhile; the others are not lost with it.
                Err(RepositoryError::NotFound { .. }) => self.write_one_by_one(views).await,
                Err(error) => lost(views.len(), &error),
            }
        }
    }

    async fn write_one_by_one(&self, views: &[View]) {
        for view in views {
            match self.inner.add_views(std::slice::from_ref(view)).await {
                Ok(()) | Err(RepositoryError::NotFound { .. }) => {}
                Err(error) => lost(1, &error),
            }
        }
    }
}

fn lost(views: usize, error: &RepositoryError) {
    metrics::counter!("matinee_views_lost_total").increment(views as u64);
    tracing::warn!(views, error = error as &dyn std::error::Error, "views of films were not kept");
}

#[async_trait]
impl ActivityRepository for GatheredViews {
    async fn add_view(&self, user: UserId, movie: MovieId, query: Option<&str>, at: Timestamp) -> RepositoryResult<()> {
        let request_id = Provenance::current().request_id;
        let view = View { user, movie, query: query.map(str::to_owned), at, request_id };
        if self.0.gather(&view) { Ok(()) } else { self.0.inner.add_views(&[view]).await }
    }

    async fn add_views(&self, views: &[View]) -> RepositoryResult<()> {
        self.0.inner.add_views(views).await
    }

    async fn list(&self, user: UserId, limit: u32) -> RepositoryResult<Vec<StoredActivity>> {
        self.write_all().await;
        self.0.inner.list(user, limit).await
    }

    async fn clear(&self, user: UserId) -> RepositoryResult<()> {
        self.write_all().await;
        self.0.inner.clear(user).await
    }

    async fn set_mark(&self, user: UserId, movie: MovieId, mark: Mark, at: Timestamp) -> RepositoryResult<()> {
        self.0.inner.set_mark(user, movie, mark, at).await
    }

    async fn remove_mark(&self, user: UserId, movie: MovieId, mark: Mark) -> RepositoryResult<()> {
        self.0.inner.remove_mark(user, movie, mark).await
    }

    async fn list_marked(&self, user: UserId, mark: Mark) -> RepositoryResult<Vec<MovieId>> {
        self.0.inner.list_marked(user, mark).await
    }

    async fn get_opinions(&self, user: UserId, movie: MovieId) -> RepositoryResult<(Opinions, Opinion)> {
        self.0.inner.get_opinions(user, movie).await
    }

    async fn get_taste(&self, user: UserId, max_events: u32) -> RepositoryResult<Taste> {
        self.0.inner.get_taste(user, max_events).await
    }
}

#[cfg(test)]
mod tests {
    use matinee_domain::{Email, ExternalId, ExternalSource};
    use matinee_services::ports::{
        AccountRepository, CatalogueWriter, ImportKey, ImportProgress, ImportedMovie, NewAccountRow,
    };
    use matinee_store::{Store, StoreOptions, movie_id};
    use tempfile::{TempDir, tempdir};
    use uuid::Uuid;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).unwrap()
    }

    /// A database with a person and two films.
    async fn filled(folder: &TempDir) -> (Arc<Store>, UserId, [MovieId; 2]) {
        let database = folder.path().join("views.db");
        let store = Store::connect(database.to_str().unwrap(), StoreOptions::default()).await.unwrap();
        store.migrate().await.unwrap();
        let ids = ["1", "2"].map(|id| ExternalId { source: ExternalSource::Movielens, id: id.to_owned() });
        let films = ids.iter().map(|id| ImportedMovie {
            external_ids: vec![id.clone()],
            title: format!("Film {}", id.id),
            original_title: format!("Film {}", id.id),
            alternative_titles: Vec::new(),
            year: None,
            genres: Vec::new(),
        });
        let key = ImportKey { part: "films".to_owned(), fingerprint: "1".to_owned() };
        let films = films.collect();
        store.put_movies(&key, films, ImportProgress { rows_done: 2, finished: true }).await.unwrap();
        let person = UserId(Uuid::from_u128(7));
        let (name, email) = ("Ada".to_owned(), Email::parse("ada@example.org").unwrap());
        let account = NewAccountRow { id: person, name, email, password_hash: "-".to_owned(), created_at: at(0) };
        AccountRepository::add(&store, account).await.unwrap();
        (Arc::new(store), person, ids.map(|id| movie_id(&id)))
    }

    async fn titles(store: &Store, person: UserId) -> Vec<MovieId> {
        ActivityRepository::list(store, person, 10).await.unwrap().into_iter().map(|entry| entry.movie).collect()
    }

    #[tokio::test]
    async fn what_waits_is_written_once_it_is_asked_for_and_one_film_that_is_gone_takes_no_other_with_it() {
        let folder = tempdir().unwrap();
        let (store, person, [one, other]) = filled(&folder).await;
        let views = GatheredViews::new(Arc::clone(&store) as _);
        let gone = MovieId(Uuid::nil());
        for (film, seconds) in [(one, 1), (gone, 2), (other, 3), (one, 4)] {
            views.add_view(person, film, None, at(seconds)).await.unwrap();
        }
        views.write_all().await;
        assert_eq!(titles(&store, person).await, [one, other]);
        views.add_view(person, other, None, at(5)).await.unwrap();
        assert_eq!(views.list(person, 10).await.unwrap()[0].movie, other);
        views.add_view(person, one, None, at(6)).await.unwrap();
        views.clear(person).await.unwrap();
        assert_eq!(titles(&store, person).await, []);
    }

    #[tokio::test]
    async fn one_that_nobody_asks_for_is_written_too() {
        let folder = tempdir().unwrap();
        let (store, person, [film, _]) = filled(&folder).await;
        let views = GatheredViews::new(Arc::clone(&store) as _);
        views.add_view(person, film, None, at(1)).await.unwrap();
        // Whoever takes its last owner away has it written, too.
        drop(views);
        while titles(&store, person).await.is_empty() {
            tokio::task::yield_now().await;
        }
    }
}
