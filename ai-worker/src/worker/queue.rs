//! The bounded queue between callers and inference threads, and how a batch is taken from it.
//!
//! A batch begins with the first request that somebody still waits for, and takes in what comes until its window, its
//! number of requests or its budget is used up. Whoever went away or has no time left is skipped here, before
//! anything is computed for them.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    },
    time::{Duration, Instant},
};

use matinee_domain::MovieId;
use matinee_services::ports::{RankedBy, RecommendRequest, RecommenderError, SimilarMovie};
use tokio::sync::oneshot;

use super::EngineOptions;

/// What may wait in a queue.
pub trait Work {
    /// Whether nobody waits for its answer any more.
    fn is_abandoned(&self) -> bool;
    /// How much it adds to a batch, in the unit of [`BatchLimits::budget`]: at least 1.
    fn size(&self) -> usize;
}

/// When a batch is full.
#[derive(Clone, Copy, Debug)]
pub struct BatchLimits {
    /// Requests.
    pub max: usize,
    /// Requests × the size of the largest one, for small ones are filled up to it. One alone may be larger.
    pub budget: usize,
    /// How long it waits to fill up once it has begun.
    pub window: Duration,
}

impl From<&EngineOptions> for BatchLimits {
    fn from(options: &EngineOptions) -> Self {
        Self { max: options.batch_max, budget: options.batch_events, window: options.batch_window }
    }
}

/// Where an answer goes.
pub type Reply<T> = oneshot::Sender<Result<T, RecommenderError>>;

/// One request in the queue.
pub struct Job<W = Task> {
    /// When it came.
    pub since: Instant,
    pub deadline: Instant,
    pub task: W,
}

pub enum Task {
    Recommend {
        request: RecommendRequest,
        reply: Reply<RankedBy>,
    },
    /// Just `movies`; `is_whole`: with all terms.
    Rank {
        request: RecommendRequest,
        movies: Vec<MovieId>,
        is_whole: bool,
        reply: Reply<RankedBy>,
    },
    Similar {
        movie: MovieId,
        limit: u32,
        reply: Reply<Vec<SimilarMovie>>,
    },
}

impl Task {
    pub fn refuse(self, error: RecommenderError) {
        match self {
            Self::Recommend { reply, .. } | Self::Rank { reply, .. } => drop(reply.send(Err(error))),
            Self::Similar { reply, .. } => drop(reply.send(Err(error))),
        }
    }
}

impl Work for Task {
    fn is_abandoned(&self) -> bool {
        match self {
            Self::Recommend { reply, .. } | Self::Rank { reply, .. } => reply.is_closed(),
            Self::Similar { reply, .. } => reply.is_closed(),
        }
    }

    /// Events.
    fn size(&self) -> usize {
        match self {
            Self::Recommend { request, .. } => request.events.len().clamp(1, RecommendRequest::MAX_EVENTS as usize),
            // Run by themselves.
            Self::Rank { .. } | Self::Similar { .. } => 1,
        }
    }
}

/// Why a job did not enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoEntrance {
    Full,
    /// The threads are gone.
    Ended,
}

/// The entrance.
pub struct Entrance<W = Task> {
    sender: SyncSender<Job<W>>,
}

/// The other end, which the threads share.
pub struct Line<W = Task> {
    /// What waits in it, for measurements.
    name: &'static str,
    waiting: AtomicUsize,
    head: Mutex<Head<W>>,
}

struct Head<W> {
    receiver: Receiver<Job<W>>,
    /// Taken out, but too large for the batch that was full: begins the next one.
    held: Option<Job<W>>,
}

/// A queue of `len` places.
pub fn queue<W: Work>(name: &'static str, len: usize) -> (Entrance<W>, Line<W>) {
    let (sender, receiver) = sync_channel(len.max(1));
    let head = Mutex::new(Head { receiver, held: None });
    (Entrance { sender }, Line { name, waiting: AtomicUsize::new(0), head })
}

impl<W: Work> Entrance<W> {
    /// Puts a job in, if there is a place.
    ///
    /// # Errors
    /// Why the job could not enter.
    pub fn enter(&self, line: &Line<W>, job: Job<W>) -> Result<(), NoEntrance> {
        // Counted before it can be taken out, so that the count never goes below nothing.
        line.count(line.waiting.fetch_add(1, Ordering::Relaxed) + 1);
        self.sender.try_send(job).map_err(|error| {
            line.left();
            match error {
                TrySendError::Full(_) => NoEntrance::Full,
                TrySendError::Disconnected(_) => NoEntrance::Ended,
            }
        })
    }
}

impl<W: Work> Line<W> {
    /// Requests that wait.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Waits for a request and takes what comes with it; `None` when the entrance is gone. The lock is held while
    /// waiting: the threads take turns at filling a batch while others compute.
    pub fn next_batch(&self, limits: BatchLimits) -> Option<Vec<Job<W>>> {
        let mut head = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        let first = loop {
            let job = match head.held.take() {
                Some(job) => job,
                None => head.receiver.recv().ok()?,
            };
            if let Some(job) = self.admit(job) {
                break job;
            }
        };
        let mut longest = first.task.size();
        let mut batch = vec![first];
        let until = Instant::now() + limits.window;
        while batch.len() < limits.max.max(1) {
            let job = match head.receiver.recv_timeout(left(until)) {
                Ok(job) => job,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            };
            let would_be = longest.max(job.task.size());
            if would_be * (batch.len() + 1) > limits.budget {
                head.held = Some(job);
                break;
            }
            if let Some(job) = self.admit(job) {
                longest = would_be;
                batch.push(job);
            }
        }
        Some(batch)
    }

    /// The job, if somebody still waits for its answer.
    fn admit(&self, job: Job<W>) -> Option<Job<W>> {
        self.left();
        let now = Instant::now();
        metrics::histogram!("matinee_ai_queue_wait_seconds", "queue" => self.name)
            .record((now - job.since).as_secs_f64());
        let reason = match () {
            () if job.task.is_abandoned() => "caller_gone",
            () if now >= job.deadline => "too_late",
            () => return Some(job),
        };
        metrics::counter!("matinee_ai_skipped_total", "reason" => reason).increment(1);
        None
    }

    fn left(&self) {
        self.count(self.waiting.fetch_sub(1, Ordering::Relaxed) - 1);
    }

    fn count(&self, waiting: usize) {
        #[expect(clippy::cast_precision_loss, reason = "a queue's length")]
        metrics::gauge!("matinee_ai_queue_length", "queue" => self.name).set(waiting as f64);
    }
}

fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}

#[cfg(test)]
mod tests {
    use matinee_domain::{Event, EventKind, Timestamp};

    use super::*;

    fn job(events: usize) -> (Job, oneshot::Receiver<Result<RankedBy, RecommenderError>>) {
        let now = Timestamp::from_timestamp(0, 0).unwrap();
        let event = Event { movie: MovieId(uuid::Uuid::nil()), kind: EventKind::Viewed, at: now };
        let request = RecommendRequest {
            events: vec![event; events],
            hidden: Vec::new(),
            limit: 1,
            now,
            person: None,
            model: None,
            stars: false,
            next: false,
        };
        let (reply, answer) = oneshot::channel();
        let since = Instant::now();
        let deadline = since + Duration::from_mins(1);
        (Job { since, deadline, task: Task::Recommend { request, reply } }, answer)
    }

    fn limits() -> BatchLimits {
        BatchLimits { window: Duration::ZERO, budget: 100, max: 4 }
    }

    #[test]
    fn a_batch_ends_at_its_number_or_at_its_budget_and_what_was_too_much_begins_the_next() {
        let (entrance, line) = queue("films", 100);
        let mut answers = Vec::new();
        for events in [10, 10, 10, 10, 40, 40, 40, 500] {
            let (job, answer) = job(events);
            answers.push(answer);
            assert!(entrance.enter(&line, job).is_ok());
        }
        assert_eq!(line.waiting(), 8);
        let sizes: Vec<usize> = (0..4).map(|_| line.next_batch(limits()).unwrap().len()).collect();
        assert_eq!((sizes, line.waiting()), (vec![4, 2, 1, 1], 0));
    }

    #[test]
    fn who_went_away_or_has_no_time_left_takes_no_place_in_a_batch() {
        let (entrance, line) = queue("films", 100);
        let (gone, answer) = job(1);
        drop(answer);
        let (mut late, _late_answer) = job(1);
        late.deadline = late.since;
        let (wanted, _answer) = job(3);
        for job in [gone, late, wanted] {
            assert!(entrance.enter(&line, job).is_ok());
        }
        let batch = line.next_batch(limits()).unwrap();
        assert_eq!((batch.len(), batch[0].task.size(), line.waiting()), (1, 3, 0));
        drop(entrance);
        assert!(line.next_batch(limits()).is_none());
    }

    #[test]
    fn a_full_queue_takes_no_more() {
        let (entrance, line) = queue("films", 1);
        let (first, _first_answer) = job(1);
        let (second, _second_answer) = job(1);
        assert!(entrance.enter(&line, first).is_ok());
        assert_eq!(entrance.enter(&line, second), Err(NoEntrance::Full));
        assert_eq!(line.waiting(), 1);
    }
}
