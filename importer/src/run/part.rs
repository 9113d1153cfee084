//! One part of an import: from rows to batches to the catalogue.

use std::{future::Future, ops::ControlFlow, time::Instant};

use matinee_services::ports::{
    CatalogueWriter, ImportKey, ImportProgress, ImportedMovie, ImportedRating, MovieFacts, Placement, RepositoryError,
    RepositoryResult,
};
use tokio::sync::mpsc;

use super::{BadRow, ImportError, ImportOptions, ImportStage, PartReport, ProgressUpdate, Run};
use crate::{
    movielens::links::Link,
    table::{Outcome, Row, Sink, shorten},
};

/// Batches that wait between the reading thread and the writer.
const WAITING_BATCHES: usize = 3;

/// Reads a part's rows in the file's order. Runs on a blocking thread.
pub(crate) type Feed<T> = Box<dyn FnOnce(&mut Sink<'_, T>) -> Result<(), ImportError> + Send>;

/// What the catalogue said of a batch.
#[derive(Default)]
pub(crate) struct Put {
    /// Indices of items whose film isn't there.
    pub unknown: Vec<usize>,
    /// For facts: whether each matched a film.
    pub matched: Vec<bool>,
    /// For described films: what became of each, and what the ambiguous ones are called.
    pub placements: Vec<Placement>,
    pub called: Vec<String>,
}

/// A film as another catalogue describes it: it completes the one it means, or is new.
#[derive(Clone, Debug, PartialEq)]
pub struct Described(pub MovieFacts);

/// A kind of row that the catalogue takes.
pub(crate) trait Importable: Sized + Send + 'static {
    /// Rows that may be written in one transaction, whatever the options say: for rows that hold texts, or of which there are
    /// few, so that some are written while others are read.
    const MOST_AT_ONCE: usize = usize::MAX;

    fn put(
        writer: &dyn CatalogueWriter,
        key: &ImportKey,
        items: Vec<Self>,
        progress: ImportProgress,
    ) -> impl Future<Output = RepositoryResult<Put>> + Send;
}

impl Importable for ImportedMovie {
    const MOST_AT_ONCE: usize = 10_000;

    async fn put(
        writer: &dyn CatalogueWriter,
        key: &ImportKey,
        items: Vec<Self>,
        progress: ImportProgress,
    ) -> RepositoryResult<Put> {
        writer.put_movies(key, items, progress).await?;
        Ok(Put::default())
    }
}

impl Importable for ImportedRating {
    async fn put(
        writer: &dyn CatalogueWriter,
        key: &ImportKey,
        items: Vec<Self>,
        progress: ImportProgress,
    ) -> RepositoryResult<Put> {
        let unknown = writer.put_ratings(key, items, progress).await?;
        Ok(Put { unknown, ..Put::default() })
    }
}

impl Importable for Link {
    const MOST_AT_ONCE: usize = 10_000;

    async fn put(
        writer: &dyn CatalogueWriter,
        key: &ImportKey,
        items: Vec<Self>,
        progress: ImportProgress,
    ) -> RepositoryResult<Put> {
        writer.put_external_ids(key, items, progress).await?;
        Ok(Put::default())
    }
}

impl Importable for MovieFacts {
    const MOST_AT_ONCE: usize = 10_000;

    async fn put(
        writer: &dyn CatalogueWriter,
        key: &ImportKey,
        items: Vec<Self>,
        progress: ImportProgress,
    ) -> RepositoryResult<Put> {
        let matched = writer.put_facts(key, items, progress).await?;
        Ok(Put { matched, ..Put::default() })
    }
}

impl Importable for Described {
    const MOST_AT_ONCE: usize = 10_000;

    async fn put(
        writer: &dyn CatalogueWriter,
        key: &ImportKey,
        items: Vec<Self>,
        progress: ImportProgress,
    ) -> RepositoryResult<Put> {
        let called = items.iter().map(|Described(facts)| match facts.year {
            Some(year) => format!("{} ({year})", shorten(&facts.title)),
            None => shorten(&facts.title),
        });
        let called = called.collect();
        let films = items.into_iter().map(|Described(facts)| facts).collect();
        let placements = writer.put_described(key, films, progress).await?;
        Ok(Put { placements, called, ..Put::default() })
    }
}

/// A part: what it is called, where it is read from, and by what it is known again.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub key: ImportKey,
    pub file: String,
    pub bytes_total: u64,
}

/// Rows that go to the catalogue in one transaction, with what the reading thread found on the way.
struct Batch<T> {
    items: Vec<T>,
    /// The line of each item.
    lines: Vec<u64>,
    bad: Vec<(u64, String)>,
    passed_over: u64,
    /// Rows of the file read so far, and whether an earlier run took them in.
    rows_done: u64,
    resuming: bool,
    bytes_done: u64,
    /// No more comes after it.
    last: bool,
}

impl<T> Batch<T> {
    fn rows(&self) -> usize {
        self.items.len() + self.bad.len() + usize::try_from(self.passed_over).unwrap_or(usize::MAX)
    }
}

/// Collects rows into batches on the reading thread.
struct Batcher<T> {
    to_writer: mpsc::Sender<Batch<T>>,
    batch_rows: usize,
    /// Rows that an earlier run took in: they are read but not written again.
    skip: u64,
    batch: Batch<T>,
}

impl<T> Batcher<T> {
    fn new(to_writer: mpsc::Sender<Batch<T>>, batch_rows: usize, skip: u64) -> Self {
        Self { to_writer, batch_rows, skip, batch: Self::empty(0, 0, skip) }
    }

    fn empty(rows_done: u64, bytes_done: u64, skip: u64) -> Batch<T> {
        let (items, lines, bad) = (Vec::new(), Vec::new(), Vec::new());
        Batch { items, lines, bad, passed_over: 0, rows_done, resuming: rows_done < skip, bytes_done, last: false }
    }

    fn take(&mut self, row: Row<T>) -> ControlFlow<()> {
        let Row { line, bytes_done, outcome } = row;
        let batch = &mut self.batch;
        match outcome {
            Outcome::Bad(reason) => batch.bad.push((line, reason)),
            // Counted, so that batches of rows that are skipped stay as large as others.
            _ if batch.resuming => batch.passed_over += 1,
            Outcome::PassedOver => batch.passed_over += 1,
            Outcome::Taken(item) => {
                batch.items.push(item);
                batch.lines.push(line);
            }
        }
        batch.rows_done += 1;
        batch.bytes_done = bytes_done;
        if batch.rows() >= self.batch_rows || batch.rows_done == self.skip {
            self.send()
        } else {
            ControlFlow::Continue(())
        }
    }

    /// `Break` when nobody listens any more: the import was stopped.
    fn send(&mut self) -> ControlFlow<()> {
        let empty = Self::empty(self.batch.rows_done, self.batch.bytes_done, self.skip);
        match self.to_writer.blocking_send(std::mem::replace(&mut self.batch, empty)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    fn send_last(mut self) {
        self.batch.last = true;
        // Where nobody listens any more, whoever did knows why.
        let _ = self.send();
    }
}

impl Run<'_> {
    /// Reads and writes a part, unless it is finished. It is not marked as finished yet: that is [`Run::finish`]'s, which
    /// takes what this returns. None for a part that was finished before.
    pub async fn write_part<T: Importable>(
        &mut self,
        part: &Part,
        feed: Feed<T>,
    ) -> Result<Option<PartReport>, ImportError> {
        let progress = self.writer.get_progress(&part.key).await.map_err(|error| failed(part, error))?;
        let report = PartReport { part: part.key.part.clone(), file: part.file.clone(), ..PartReport::default() };
        if progress.finished {
            (self.progress)(update(part, ImportStage::Unchanged, &report, part.bytes_total, 0.0));
            self.report.parts.push(PartReport { unchanged: true, ..report });
            return Ok(None);
        }
        let (to_writer, mut received) = mpsc::channel(WAITING_BATCHES);
        let batch_rows = self.options.batch_rows.clamp(1, T::MOST_AT_ONCE);
        let reading = tokio::task::spawn_blocking(move || -> Result<(), ImportError> {
            let mut batcher = Batcher::new(to_writer, batch_rows, progress.rows_done);
            feed(&mut |row| batcher.take(row))?;
            batcher.send_last();
            Ok(())
        });
        let mut writing = Writing { part, report, begun: Instant::now(), resume_from: progress.rows_done };
        while let Some(batch) = received.recv().await {
            writing.take(self, batch).await?;
        }
        match reading.await {
            Ok(read) => read?,
            Err(error) => {
                return Err(ImportError::Reader { file: part.file.clone(), reason: error.to_string() });
            }
        }
        writing.end(self)?;
        Ok(Some(writing.report))
    }

    /// Marks a part as finished, so that it is not read again.
    pub async fn finish<T: Importable>(&mut self, part: &Part, report: PartReport) -> Result<(), ImportError> {
        let progress = ImportProgress { rows_done: report.rows, finished: true };
        T::put(self.writer, &part.key, Vec::new(), progress).await.map_err(|error| failed(part, error))?;
        (self.progress)(update(part, ImportStage::Finished, &report, part.bytes_total, 0.0));
        tracing::info!(part = report.part, rows = report.rows, taken = report.taken, bad = report.bad, "import.part");
        self.report.parts.push(report);
        Ok(())
    }
}

/// The async side of a part that is being read.
struct Writing<'p> {
    part: &'p Part,
    report: PartReport,
    begun: Instant,
    /// Rows that an earlier run took in.
    resume_from: u64,
}

impl Writing<'_> {
    async fn take<T: Importable>(&mut self, run: &mut Run<'_>, batch: Batch<T>) -> Result<(), ImportError> {
        let Batch { items, lines, bad, passed_over, rows_done, resuming, bytes_done, last } = batch;
        let is_new = rows_done > self.report.rows;
        self.report.rows = rows_done;
        for (line, reason) in bad {
            self.note_bad(run, line, reason);
        }
        if rows_done <= self.resume_from {
            self.report.resumed_rows = rows_done;
            (run.progress)(update(self.part, ImportStage::Resuming, &self.report, bytes_done, 0.0));
            return Ok(());
        }
        debug_assert!(!resuming, "a batch never spans the row that is resumed at");
        self.report.passed_over += passed_over;
        let after_rows = if last { 0 } else { run.options.share_after_rows };
        self.check_share(run, after_rows)?;
        if !is_new {
            return Ok(());
        }
        let progress = ImportProgress { rows_done, finished: false };
        let count = items.len();
        let put =
            T::put(run.writer, &self.part.key, items, progress).await.map_err(|error| failed(self.part, error))?;
        let left = put.unknown.len() + self.note_placements(run, &put, &lines);
        self.report.taken += count.saturating_sub(left) as u64;
        for line in put.unknown.iter().filter_map(|&at| lines.get(at)) {
            self.note_bad(run, *line, "its film is not in the catalogue".to_owned());
        }
        let matched = put.matched.iter().filter(|&&matched| matched).count();
        self.report.matched += matched as u64;
        self.report.unmatched += (put.matched.len() - matched) as u64;
        self.check_share(run, after_rows)?;
        (run.progress)(update(self.part, ImportStage::Reading, &self.report, bytes_done, self.rows_per_s()));
        Ok(())
    }

    /// Counts what became of described films and lists the ambiguous ones. Returns how many were not taken in.
    fn note_placements(&mut self, run: &mut Run<'_>, put: &Put, lines: &[u64]) -> usize {
        let mut left = 0;
        for ((placement, called), line) in put.placements.iter().zip(&put.called).zip(lines) {
            match placement {
                Placement::Known(_) => self.report.matched += 1,
                Placement::New(_) => self.report.added += 1,
                Placement::Unnamed => {
                    self.report.unnamed += 1;
                    left += 1;
                }
                Placement::Ambiguous(films) => {
                    self.report.ambiguous += 1;
                    left += 1;
                    let films: Vec<String> = films.iter().map(|film| format!("/film/{film}")).collect();
                    let reason = format!("{called} could be {}", films.join(" or "));
                    let row = BadRow { file: self.part.file.clone(), line: *line, reason };
                    run.report.note_ambiguous(row, run.options.kept_ambiguous_rows);
                }
            }
        }
        left
    }

    /// The last look at a part, for one that had nothing left to write.
    fn end(&self, run: &Run<'_>) -> Result<(), ImportError> {
        if self.report.rows == 0 {
            return Err(ImportError::Empty { file: self.part.file.clone() });
        }
        self.check_share(run, 0)
    }

    fn note_bad(&mut self, run: &mut Run<'_>, line: u64, reason: String) {
        self.report.bad += 1;
        run.report.note_bad(BadRow { file: self.part.file.clone(), line, reason }, run.options.kept_bad_rows);
    }

    /// An error when more rows are bad than may be, once `after_rows` are read.
    fn check_share(&self, run: &Run<'_>, after_rows: u64) -> Result<(), ImportError> {
        let PartReport { rows, bad, .. } = self.report;
        if rows < after_rows || !is_more(bad, rows, run.options) {
            return Ok(());
        }
        let of_this_file = run.report.bad_rows.iter().filter(|row| row.file == self.part.file);
        Err(ImportError::TooManyBad {
            file: self.part.file.clone(),
            rows,
            bad,
            share: run.options.max_bad_share,
            rows_listed: of_this_file.cloned().collect(),
        })
    }

    #[expect(clippy::cast_precision_loss, reason = "a rate needs no more than six digits")]
    fn rows_per_s(&self) -> f64 {
        let rows = self.report.rows - self.resume_from.min(self.report.rows);
        rows as f64 / self.begun.elapsed().as_secs_f64().max(1e-6)
    }
}

#[expect(clippy::cast_precision_loss, reason = "2^53 rows are more than there are")]
fn is_more(bad: u64, rows: u64, options: &ImportOptions) -> bool {
    bad as f64 > rows as f64 * options.max_bad_share
}

fn failed(part: &Part, source: RepositoryError) -> ImportError {
    ImportError::Repository { part: part.key.part.clone(), source }
}

pub(super) fn update(
    part: &Part,
    stage: ImportStage,
    report: &PartReport,
    bytes_done: u64,
    rows_per_s: f64,
) -> ProgressUpdate {
    ProgressUpdate {
        stage,
        part: part.key.part.clone(),
        file: part.file.clone(),
        rows: report.rows,
        bad_rows: report.bad,
        bytes_done,
        bytes_total: part.bytes_total,
        rows_per_s,
    }
}
