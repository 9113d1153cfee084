//! A model in memory: its item map both ways and one set of sessions for each inference thread.

use std::{
    collections::HashMap,
    ops::Range,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use matinee_domain::MovieId;

use matinee_services::ports::{RecommendRequest, ScoredMovie};

use super::{
    EngineError, EngineOptions, OnnxRuntime, Query, Ranker, StarsHead, kept::Kept, next::NextRanker, scanner::Films,
    stars,
};
use crate::model::{LoadedModel, Manifest};

/// Films that are taken as events at once in the trial run.
const TRIAL_EVENTS: usize = 8_192;
/// Films kept of the ranking for a person of whom nothing is known.
const POPULAR_LEN: usize = 1_000;

pub struct Loaded {
    pub manifest: Manifest,
    pub items: Vec<MovieId>,
    pub index: HashMap<MovieId, usize>,
    /// Films that are ranked; all of them unless this is a shard.
    pub part: Range<usize>,
    pub kept: Kept,
    /// By thread; a lock is taken by its own thread only.
    rankers: Vec<Mutex<Ranker>>,
    /// One for all threads: a list of 150 films takes it .4 to 1.1 ms.
    stars: Option<Mutex<StarsHead>>,
    /// The same of what comes next.
    next: Option<Mutex<NextRanker>>,
    _counted: Counted,
}

impl Loaded {
    /// `in_memory` counts models: it goes up here and down when the model is dropped.
    ///
    /// # Errors
    /// When ONNX Runtime refuses a graph, or a trial run fails.
    pub fn new(
        runtime: &OnnxRuntime,
        model: LoadedModel,
        options: &EngineOptions,
        in_memory: &Arc<AtomicUsize>,
    ) -> Result<Self, EngineError> {
        let counted = Counted::new(in_memory);
        let kept = Kept::new();
        let part = options.shard.map_or(0..model.items.len(), |shard| shard.films(model.items.len()));
        let films = Films::of(&model, part.clone())?;
        let threads = options.threads.max(1);
        let mut rankers = Vec::with_capacity(threads);
        for thread in 0..threads {
            let mut ranker = Ranker::sharing(runtime, &model, films.clone(), part.clone())?;
            if thread == 0 {
                kept.keep_popular(try_out(&mut ranker, &model)?);
            }
            rankers.push(Mutex::new(ranker));
        }
        let stars = model.stars.as_deref().map(|graph| try_stars(runtime, &model, graph)).transpose()?.map(Mutex::new);
        let next = NextRanker::of(runtime, &model, part.clone())?.map(|next| try_next(next, model.items.len()));
        let next = next.transpose()?.map(Mutex::new);
        let index = model.items.iter().copied().enumerate().map(|(index, movie)| (movie, index)).collect();
        let (manifest, items) = (model.manifest, model.items);
        Ok(Self { manifest, items, index, part, kept, rankers, stars, next, _counted: counted })
    }

    pub fn ranker(&self, thread: usize) -> MutexGuard<'_, Ranker> {
        // A panic in ONNX Runtime's wrapper leaves the session as it was: going on is safe.
        self.rankers[thread].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether films are ranked by what comes next.
    pub fn tells_next(&self) -> bool {
        self.next.is_some()
    }

    /// Films by what each person will rate next; none where the model can't tell. What fails is logged: others of the same batch want films
    /// by their taste.
    pub fn rank_next(&self, requests: &[&RecommendRequest]) -> Vec<Vec<ScoredMovie>> {
        let nothing = || vec![Vec::new(); requests.len()];
        let Some(next) = self.next.as_ref().filter(|_| !requests.is_empty()) else { return nothing() };
        let ranked = next.lock().unwrap_or_else(PoisonError::into_inner).rank(requests, &self.index, &self.items);
        ranked.unwrap_or_else(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "nothing is said of what comes next");
            nothing()
        })
    }

    /// Adds to films what the person would give them, if that is asked for and the model has a head that says so. What fails is
    /// logged: films are ranked all the same.
    pub fn add_stars(&self, request: &RecommendRequest, movies: &mut [ScoredMovie]) {
        let Some(head) = self.stars.as_ref().filter(|_| request.stars) else { return };
        let films: Vec<usize> = movies.iter().map(|film| self.index[&film.movie]).collect();
        let known = stars::known(request, &self.index);
        match head.lock().unwrap_or_else(PoisonError::into_inner).predict(&known, &films) {
            Ok(predicted) => movies.iter_mut().zip(predicted).for_each(|(film, stars)| film.stars = Some(stars)),
            Err(error) => tracing::error!(error = &error as &dyn std::error::Error, "no stars are predicted"),
        }
    }
}

/// Finds out before it serves what a graph that loads may still do wrong: not run, know other films than the item map,
/// or score with what is no number. Returns the ranking for a person of whom nothing is known.
fn try_out(ranker: &mut Ranker, model: &LoadedModel) -> Result<Vec<(usize, f32)>, EngineError> {
    let films = model.items.len();
    let all: Vec<usize> = (0..films).collect();
    // Every film is an event once: one row that is no number spoils a taste, and that every score.
    for events in all.chunks(TRIAL_EVENTS) {
        let events = events.iter().map(|&film| (film, 1.0)).collect();
        ranker.rank(&[Query { events, prior_weight: 1.0, hidden: Vec::new(), k: 1 }])?;
    }
    // Every film is scored once, by itself.
    ranker.rank(&[Query { events: vec![(0, 1.0)], prior_weight: 1.0, hidden: Vec::new(), k: films }])?;
    // With all films of the map hidden, whatever still comes is a film that the map doesn't have.
    if !ranker.rank(&[Query { hidden: all, k: films, ..Query::default() }])?.concat().is_empty() {
        return Err(EngineError::Nonsense("recommend"));
    }
    for film in [0, films.saturating_sub(1)] {
        ranker.similar(film, films)?;
    }
    let nobody =
        Query { prior_weight: model.manifest.hyperparameters.prior.weight(std::iter::empty()), ..Query::default() };
    let best = ranker.rank(&[Query { k: films.min(POPULAR_LEN), ..nobody }])?.concat();
    Ok(best.into_iter().map(|film| (film.item, film.prior_term)).collect())
}

/// The same of the head that predicts stars: every film is rated once and predicted once, and by nobody.
fn try_stars(runtime: &OnnxRuntime, model: &LoadedModel, graph: &[u8]) -> Result<StarsHead, EngineError> {
    let films: Vec<usize> = (0..model.items.len()).collect();
    let mut head = StarsHead::new(runtime, graph, films.len(), &model.manifest.version)?;
    for known in films.chunks(TRIAL_EVENTS) {
        let known: Vec<_> = known.iter().map(|&film| (film, 4.0)).collect();
        head.predict(&known, &films[..1])?;
    }
    head.predict(&[], &films)?;
    Ok(head)
}

/// The same of what comes next: every film is an event once and is scored once.
fn try_next(mut next: NextRanker, films: usize) -> Result<NextRanker, EngineError> {
    let all: Vec<usize> = (0..films).collect();
    let mut run = |query, places| next.run(&[query], &[places]);
    for events in all.chunks(TRIAL_EVENTS) {
        let (events, places) = (events.iter().map(|&film| (film, 1.0)).collect(), vec![1.0; events.len()]);
        run(Query { events, k: 1, ..Query::default() }, places)?;
    }
    let first = Query { events: vec![(0, 1.0)], k: films, ..Query::default() };
    run(first.clone(), vec![1.0])?;
    if !run(Query { hidden: all, ..first }, vec![1.0])?.concat().is_empty() {
        return Err(EngineError::Nonsense("next"));
    }
    Ok(next)
}

/// One model more in memory for as long as it lives.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        tell(count.fetch_add(1, Ordering::Relaxed) + 1);
        Self(Arc::clone(count))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        tell(self.0.fetch_sub(1, Ordering::Relaxed) - 1);
    }
}

fn tell(models: usize) {
    #[expect(clippy::cast_precision_loss, reason = "one or two")]
    metrics::gauge!("matinee_ai_models_in_memory").set(models as f64);
}
