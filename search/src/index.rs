//! The port: searches with their limits, and films taken in.

use std::{
    path::Path,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use async_trait::async_trait;
use matinee_domain::{MovieId, SearchQuery};
use matinee_services::ports::{IndexedMovie, SearchError, SearchHits, SearchIndex};
use tantivy::{IndexWriter, TantivyDocument};
use tokio::{
    sync::{Mutex, Semaphore},
    task::spawn_blocking,
    time::timeout,
};

use crate::{
    IndexError, SearchOptions,
    deadline::Deadline,
    disk::{Disk, Generation, RebuildReason},
    kept::Kept,
    run::run,
    story,
};

/// A search index that can be shared between tasks. See the crate's documentation.
pub struct TantivyIndex {
    /// The generation that serves.
    serving: RwLock<Arc<Generation>>,
    /// `None` for an index in memory.
    pub(crate) disk: Option<Disk>,
    pub(crate) options: SearchOptions,
    /// Searches that run or wait.
    admitted: Arc<Semaphore>,
    /// Searches that run.
    running: Arc<Semaphore>,
    /// One writer at a time.
    pub(crate) writing: Mutex<()>,
    /// Searches whose answer was kept, and those whose wasn't.
    hits: AtomicU64,
    misses: AtomicU64,
}

impl TantivyIndex {
    /// Opens the index in `folder`, which is made if it isn't there. An index that is missing, damaged or of an older
    /// version is replaced by an empty one that works; the reason says so, and [`TantivyIndex::rebuild`] fills it.
    /// Reads files on the calling thread: call it at the start.
    ///
    /// # Errors
    /// Where the folder can't be used, or another process uses it.
    pub fn open(folder: impl AsRef<Path>, options: SearchOptions) -> Result<(Self, Option<RebuildReason>), IndexError> {
        let (disk, generation, reason) = Disk::open(folder.as_ref(), options.kept_bytes)?;
        Ok((Self::of(generation, Some(disk), options), reason))
    }

    /// Makes the next start build the index anew, for the catalogue is about to be another one.
    ///
    /// # Errors
    /// Where the folder can't be written.
    pub fn forget(&self) -> Result<(), IndexError> {
        self.disk.as_ref().map_or(Ok(()), Disk::forget)
    }

    /// An empty index in memory.
    ///
    /// # Errors
    /// None that are known.
    pub fn in_memory(options: SearchOptions) -> Result<Self, IndexError> {
        Ok(Self::of(Generation::in_memory(options.kept_bytes)?, None, options))
    }

    fn of(generation: Generation, disk: Option<Disk>, options: SearchOptions) -> Self {
        let running = options.concurrency.clamp(1, Semaphore::MAX_PERMITS / 2);
        let admitted = running.saturating_add(options.queue).min(Semaphore::MAX_PERMITS);
        Self {
            serving: RwLock::new(Arc::new(generation)),
            disk,
            options,
            admitted: Arc::new(Semaphore::new(admitted)),
            running: Arc::new(Semaphore::new(running)),
            writing: Mutex::new(()),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// What is kept of answers, and how often it was of use.
    pub fn kept(&self) -> Kept {
        let (answers, bytes) = self.serving().snapshot().kept.size();
        Kept { hits: self.hits.load(Relaxed), misses: self.misses.load(Relaxed), answers, bytes }
    }

    pub(crate) fn serving(&self) -> Arc<Generation> {
        Arc::clone(&self.serving.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets searches that begin from now on go to `generation`.
    pub(crate) fn serve(&self, generation: Arc<Generation>) {
        let mut serving = self.serving.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *serving, generation).retire();
    }

    /// Runs a search on a thread of its own, when its turn comes, within its time.
    async fn within_limits<T: Send + 'static>(
        &self,
        search: impl FnOnce(&Generation, Deadline) -> Result<T, IndexError> + Send + 'static,
    ) -> Result<T, SearchError> {
        let answer = async {
            let admitted =
                Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| IndexError::Busy(self.options.queue))?;
            let deadline = Deadline::after_ms(self.options.timeout_ms);
            let search = async {
                let running = Arc::clone(&self.running).acquire_owned().await;
                let generation = self.serving();
                // The permits go along: a search that nobody waits for any more still takes its place until it ends.
                spawn_blocking(move || {
                    let _permits = (admitted, running);
                    deadline.check()?;
                    search(&generation, deadline)
                })
                .await?
            };
            let answer = timeout(Duration::from_millis(self.options.timeout_ms), search).await;
            answer.unwrap_or(Err(IndexError::OutOfTime))
        };
        answer.await.map_err(|error: IndexError| error.into_search_error(self.options.timeout_ms))
    }

    /// Lets go of `removed`, then takes `movies` in, in place of what was there of the same ids.
    async fn write(&self, movies: Vec<IndexedMovie>, removed: Vec<MovieId>) -> Result<(), IndexError> {
        if movies.is_empty() && removed.is_empty() {
            return Ok(());
        }
        let _writing = self.writing.lock().await;
        let generation = self.serving();
        let heap_bytes = self.options.writer_heap_bytes();
        spawn_blocking(move || {
            let mut writer: IndexWriter<TantivyDocument> = generation.index.writer_with_num_threads(1, heap_bytes)?;
            for movie in removed {
                writer.delete_term(generation.fields.id_term(movie));
            }
            for movie in &movies {
                writer.delete_term(generation.fields.id_term(movie.id));
                writer.add_document(generation.fields.document(movie))?;
            }
            writer.commit()?;
            generation.reload()?;
            // Joins small segments; the reader then lets go of those that were joined.
            writer.wait_merging_threads()?;
            generation.reload()?;
            Ok(())
        })
        .await?
    }
}

#[async_trait]
impl SearchIndex for TantivyIndex {
    async fn search(&self, query: &SearchQuery) -> Result<SearchHits, SearchError> {
        if let Some(hits) = self.serving().snapshot().kept.get(query) {
            self.hits.fetch_add(1, Relaxed);
            return Ok(hits);
        }
        self.misses.fetch_add(1, Relaxed);
        let query = query.clone();
        let search = move |index: &Generation, deadline| {
            let snapshot = index.snapshot();
            let hits = run(&snapshot, index.fields, &query, deadline)?;
            snapshot.kept.keep(&query, &hits);
            Ok(hits)
        };
        self.within_limits(search).await
    }

    async fn search_stories(&self, text: &str, limit: u32) -> Result<Vec<MovieId>, SearchError> {
        let text = text.to_owned();
        let limit = limit.min(SearchQuery::MAX_LIMIT) as usize;
        self.within_limits(move |index, deadline| story::best(&index.snapshot(), index.fields, &text, limit, deadline))
            .await
    }

    async fn put(&self, movies: Vec<IndexedMovie>) -> Result<(), SearchError> {
        let put = self.write(movies, Vec::new()).await;
        put.map_err(|error| error.into_search_error(self.options.timeout_ms))
    }

    async fn remove(&self, movies: &[MovieId]) -> Result<(), SearchError> {
        let removed = self.write(Vec::new(), movies.to_vec()).await;
        removed.map_err(|error| error.into_search_error(self.options.timeout_ms))
    }

    async fn count(&self) -> Result<u64, SearchError> {
        Ok(self.serving().snapshot().searcher.num_docs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn more_searches_than_may_wait_are_refused() {
        let options = SearchOptions { concurrency: 1, queue: 1, ..SearchOptions::default() };
        let index = TantivyIndex::in_memory(options).unwrap();
        let others = Arc::clone(&index.admitted).acquire_many_owned(2).await.unwrap();
        let refused = index.search(&SearchQuery::default()).await.unwrap_err();
        assert_eq!(refused.to_string(), "search index: 1 searches are waiting already: try again in a moment");
        drop(others);
        assert!(index.search(&SearchQuery::default()).await.is_ok());
    }

    #[tokio::test]
    async fn a_search_that_waits_too_long_is_ended() {
        let options = SearchOptions { concurrency: 1, timeout_ms: 20, ..SearchOptions::default() };
        let index = TantivyIndex::in_memory(options).unwrap();
        let _other = Arc::clone(&index.running).acquire_owned().await.unwrap();
        assert!(matches!(index.search(&SearchQuery::default()).await, Err(SearchError::TimedOut(20))));
    }
}
