//! Building the index anew from the catalogue, while the old one goes on serving.

use std::sync::Arc;

use matinee_services::ports::{IndexedMovie, MovieRepository};
use tantivy::{IndexWriter, TantivyDocument, indexer::NoMergePolicy};
use tokio::task::spawn_blocking;

use crate::{IndexError, TantivyIndex, disk::Generation};

/// Films asked of the catalogue at once.
const PAGE: u32 = 1_000;

impl TantivyIndex {
    /// Builds a new index from all films of the catalogue and puts it in the old one's place at once. Searches go on
    /// during that time, [`SearchIndex::put`](matinee_services::ports::SearchIndex::put) waits. `progress` is told the
    /// number of films taken in so far, after every page. Returns the number of films.
    ///
    /// # Errors
    /// Where the catalogue doesn't answer or the index can't be written; the old index then stays as it was.
    pub async fn rebuild(
        &self,
        movies: &dyn MovieRepository,
        mut progress: impl FnMut(u64) + Send,
    ) -> Result<u64, IndexError> {
        let _writing = self.writing.lock().await;
        let generation = Arc::new(match &self.disk {
            Some(disk) => disk.create()?,
            None => Generation::in_memory(self.options.kept_bytes)?,
        });
        let filled = self.fill(Arc::clone(&generation), movies, &mut progress).await;
        let published = filled.and_then(|films| {
            self.disk.as_ref().map_or(Ok(()), |disk| disk.publish(&generation))?;
            Ok(films)
        });
        match published {
            Ok(films) => {
                self.serve(generation);
                tracing::info!(films, "the search index has been built");
                Ok(films)
            }
            Err(error) => {
                generation.retire();
                Err(error)
            }
        }
    }

    async fn fill(
        &self,
        generation: Arc<Generation>,
        movies: &dyn MovieRepository,
        progress: &mut (impl FnMut(u64) + Send),
    ) -> Result<u64, IndexError> {
        let heap_bytes = self.options.writer_heap_bytes();
        let index = generation.index.clone();
        let mut writer: IndexWriter<TantivyDocument> =
            spawn_blocking(move || index.writer_with_num_threads(1, heap_bytes)).await??;
        writer.set_merge_policy(Box::new(NoMergePolicy));
        let fields = generation.fields;
        let mut films = 0;
        let mut after = None;
        loop {
            let page = movies.list_for_index(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            films += page.len() as u64;
            writer = spawn_blocking(move || add(writer, &page, |movie| fields.document(movie))).await??;
            progress(films);
        }
        spawn_blocking(move || finish(writer, &generation)).await??;
        Ok(films)
    }
}

fn add(
    writer: IndexWriter<TantivyDocument>,
    page: &[IndexedMovie],
    document: impl Fn(&IndexedMovie) -> TantivyDocument,
) -> Result<IndexWriter<TantivyDocument>, IndexError> {
    for movie in page {
        writer.add_document(document(movie))?;
    }
    Ok(writer)
}

/// Commits, and joins everything into one segment: every search goes over all segments.
fn finish(mut writer: IndexWriter<TantivyDocument>, generation: &Generation) -> Result<(), IndexError> {
    writer.commit()?;
    let segments = generation.index.searchable_segment_ids()?;
    if segments.len() > 1 {
        writer.merge(&segments).wait()?;
    }
    writer.garbage_collect_files().wait()?;
    writer.wait_merging_threads()?;
    generation.reload()
}
