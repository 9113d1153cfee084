//! The whole of training, from a repository or from ratings at hand.

use std::{
    collections::{BTreeMap, HashSet},
    path::PathBuf,
    sync::Arc,
};

use matinee_domain::{MovieId, Timestamp, UserId};
use matinee_services::ports::{TrainingRating, TrainingRepository};

use super::{
    Embeddings, Factors, FitOptions, Interactions, Origin, TrainError, Tried,
    bound::Bound,
    onnx::{OPSET, encoder_graph, film_rows, recommend_graph, similar_graph},
    read_ratings,
    stars::{self, HeldOut, StarsHead, StarsOptions, choose},
    tower::{FilmTexts, Tower, to_place},
    transitions::{self, Next, TransitionOptions, choose as choose_next},
    tuning::{self, Tuned, tune},
};
use crate::{
    life::is_held_out,
    model::{
        DataWindow, Draft, DraftRetrieval, FORMAT, FilmBound, Hyperparameters, Manifest, ModelDirectory, NextWeights,
        Placed, Placing, SealedFile, sha256_hex,
    },
};

/// In the directory of models: what was tried.
const TRIED: &str = "tried-settings.json";
/// With fewer films, one graph that does everything is as fast.
const SCAN_FROM: usize = 20_000;

/// What to train, and where it goes.
#[derive(Clone, Debug)]
pub struct TrainOptions {
    /// The directory of models.
    pub models: PathBuf,
    /// The moment of training; names the version.
    pub now: Timestamp,
    /// Of the choice of held-out people and of the randomised factorisation.
    pub seed: u64,
    /// Films with fewer ratings are left out.
    pub min_ratings: u32,
    /// At most this many films, the most rated ones; without a number, as many as this machine's memory and a night's time
    /// allow: [`super::bound`].
    pub max_movies: Option<usize>,
    /// Fit with these instead of choosing them.
    pub hyperparameters: Option<Hyperparameters>,
    /// Whether the new version serves at once.
    pub make_live: bool,
    /// From so many films on, the model has an encoder and rows to scan beside its graph; workers use those then.
    pub scan_from: usize,
    /// Whether settings that were tried by another training are tried again.
    pub choosing: Choosing,
    /// Leave one person in so many out, chosen by their id, so that the model can be judged by them.
    pub held_out_one_in: Option<u32>,
    /// What films are about, so that those without ratings can be placed; without it, what is kept beside the models.
    pub texts: Option<Arc<FilmTexts>>,
}

impl TrainOptions {
    /// The defaults: choose everything, serve at once.
    pub fn new(models: impl Into<PathBuf>, now: Timestamp) -> Self {
        Self {
            models: models.into(),
            now,
            seed: 42,
            min_ratings: 1,
            max_movies: None,
            hyperparameters: None,
            make_live: true,
            choosing: Choosing::default(),
            held_out_one_in: None,
            texts: None,
            scan_from: SCAN_FROM,
        }
    }
}

/// Whether settings that were tried by another training are tried again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choosing {
    /// They are, and what is tried is forgotten.
    #[default]
    Once,
    /// They are not, if that was of hardly other ratings and in the last days; what is tried is kept beside the models.
    GoOn,
    /// They are, and what is tried is kept.
    Anew,
}

/// Where training is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Ratings read, of how many.
    Reading {
        done: u64,
        total: u64,
    },
    /// Whose settings are being chosen, and which fit is being tried, from 1, of how many at most.
    Choosing {
        of: Chosen,
        fit: u32,
        most: u32,
    },
    Fitting,
    Writing,
}

/// Parts of a model that have settings to choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    Taste,
    Stars,
    Next,
}

impl Chosen {
    /// Fits that are tried at most.
    fn most_fits(self) -> u32 {
        let most = match self {
            // The last one is with everybody.
            Self::Taste => tuning::MAX_FITS - 1,
            Self::Stars => stars::MAX_FITS,
            Self::Next => transitions::MAX_FITS,
        };
        u32::try_from(most).unwrap_or(u32::MAX)
    }
}

impl Progress {
    fn choosing(of: Chosen, fit: u32) -> Self {
        Self::Choosing { of, fit, most: of.most_fits() }
    }
}

/// For people to read.
impl std::fmt::Display for Chosen {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Taste => "taste",
            Self::Stars => "predicted stars",
            Self::Next => "what comes next",
        })
    }
}

/// Hears of progress.
pub type ProgressListener = Arc<dyn Fn(Progress) + Send + Sync>;

/// Reads all ratings, fits a model and writes it; the computing is done on a thread of its own.
///
/// # Errors
/// When there are no ratings, or the repository or the disk fails. The live model stays as it was then.
pub async fn train(
    repository: &dyn TrainingRepository,
    options: TrainOptions,
    progress: ProgressListener,
) -> Result<Manifest, TrainError> {
    let ratings = read_ratings(repository, |done, total| progress(Progress::Reading { done, total })).await?;
    tokio::task::spawn_blocking(move || fit_and_write(&ratings, &options, &*progress)).await?
}

/// Fits a model to these ratings and writes it.
///
/// # Errors
/// As [`train`].
pub fn fit_and_write(
    ratings: &[TrainingRating],
    options: &TrainOptions,
    progress: &dyn Fn(Progress),
) -> Result<Manifest, TrainError> {
    let mut ratings = std::borrow::Cow::Borrowed(ratings);
    if let Some(one_in) = options.held_out_one_in {
        ratings.to_mut().retain(|rating| !is_held_out(rating.user, one_in));
    }
    let people: HashSet<UserId> = ratings.iter().map(|rating| rating.user).collect();
    let bound = Bound::new(options.max_movies, people.len());
    let data = Interactions::new(&ratings, options.min_ratings, bound.movies);
    if data.items.is_empty() {
        return Err(TrainError::NoRatings);
    }
    let bound = with_left_out(bound, &ratings, &data);
    let tried = tried(&data, options);
    drop((people, ratings));
    faer::set_global_parallelism(faer::Par::rayon(0));
    let mut tuned = match options.hyperparameters {
        Some(hyperparameters) => Tuned { hyperparameters, metrics: BTreeMap::default() },
        None => tune(&data, options.seed, &tried, &|fit| progress(Progress::choosing(Chosen::Taste, fit)))?,
    };
    progress(Progress::Fitting);
    let stars = fit_stars(&data, options, &tried, progress)?;
    tuned.metrics.extend(stars.metrics);
    let fit = FitOptions::of(tuned.hyperparameters, options.seed);
    let mut factors = Factors::fit(&data, fit)?;
    let next = fit_next(&data, (&factors, fit), options, &tried, progress)?;
    tuned.metrics.extend(next.metrics);
    let next = next.next;
    let mut items = data.items.clone();
    let room = usize::try_from(bound.max_movies).unwrap_or(usize::MAX).saturating_sub(items.len());
    let placing = place(&data, fit, room, (&mut factors, &mut items), options)?;
    progress(Progress::Writing);
    let stars = stars.head.map(|head| head.graph(items.len()));
    let next = next.map(|next| {
        let transitions = next.transitions.with_others(items.len() - data.items.len());
        let next = Next { ease: factors.clone(), transitions, ..next };
        (next.weights(), next.graph())
    });
    write(items, Learnt { window: data.window(), bound: Some(bound), placing, stars, next }, &factors, tuned, options)
}

fn tried(data: &Interactions, options: &TrainOptions) -> Tried {
    let file = || options.models.join(TRIED);
    let window = data.window();
    let origin = Origin {
        seed: options.seed,
        held_out_one_in: options.held_out_one_in,
        ratings: window.ratings,
        people: window.users,
        films: window.movies,
    };
    match options.choosing {
        Choosing::Once => Tried::default(),
        Choosing::GoOn => Tried::open(file(), origin, options.now),
        Choosing::Anew => Tried::anew(file(), origin, options.now),
    }
}

/// What tells what comes next, where the order of ratings tells more of it than taste does. Whoever names the others' settings does without.
fn fit_next(
    data: &Interactions,
    (factors, fit): (&Factors, FitOptions),
    options: &TrainOptions,
    tried: &Tried,
    progress: &dyn Fn(Progress),
) -> Result<FittedNext, TrainError> {
    if options.hyperparameters.is_some() {
        return Ok(FittedNext::default());
    }
    let progress = |fit| progress(Progress::choosing(Chosen::Next, fit));
    let chosen = choose_next(data, factors, fit, TransitionOptions::new(options.seed), tried, &progress)?;
    Ok(chosen.map(|chosen| FittedNext { next: chosen.next, metrics: chosen.metrics }).unwrap_or_default())
}

#[derive(Default)]
struct FittedNext {
    next: Option<Next>,
    metrics: BTreeMap<String, f64>,
}

/// The head that predicts stars, if there are people enough to know how far off it may be.
#[derive(Default)]
struct FittedStars {
    head: Option<StarsHead>,
    metrics: BTreeMap<String, f64>,
}

fn fit_stars(
    data: &Interactions,
    options: &TrainOptions,
    tried: &Tried,
    progress: &dyn Fn(Progress),
) -> Result<FittedStars, TrainError> {
    let Some(held_out) = HeldOut::split(data, options.seed) else { return Ok(FittedStars::default()) };
    let (mut chosen, mut metrics) = (StarsOptions::new(options.seed), BTreeMap::default());
    // Whoever names the others' settings does without choosing.
    if options.hyperparameters.is_none() {
        let found = choose(&held_out, chosen, tried, &|fit| progress(Progress::choosing(Chosen::Stars, fit)))?;
        (chosen, metrics) = (found.options, found.metrics);
    }
    let head = StarsHead::fit(data, &held_out, chosen)?;
    Ok(FittedStars { head, metrics })
}

/// Adds films without ratings to what was learnt, `room` at most and not more than there are with ratings. A problem with texts is told,
/// and costs no model.
fn place(
    data: &Interactions,
    fit: FitOptions,
    room: usize,
    (factors, items): (&mut Factors, &mut Vec<MovieId>),
    options: &TrainOptions,
) -> Result<Option<Placing>, TrainError> {
    let left_out = |reason: String| {
        tracing::warn!(reason, "no film is placed by what it is about");
        Ok(Some(Placing::LeftOut { reason }))
    };
    let texts = match &options.texts {
        Some(texts) => Arc::clone(texts),
        None => match FilmTexts::of_models(&options.models) {
            Ok(Some(texts)) => Arc::new(texts),
            Ok(None) => return Ok(None),
            Err(error) => return left_out(error.to_string()),
        },
    };
    let (films, embeddings): (Vec<MovieId>, Vec<Vec<f32>>) =
        to_place(&texts, items, room.min(items.len())).into_iter().unzip();
    if films.is_empty() {
        // Nothing is wrong then, and no fit is spent on it.
        let reason = "there is none without ratings that has a text, or no room below the bound".to_owned();
        return Ok(Some(Placing::LeftOut { reason }));
    }
    let tower = match Tower::learn(data, factors, &texts, fit)? {
        Ok(tower) => tower,
        Err(reason) => return left_out(reason.to_string()),
    };
    tower.extend(factors, &embeddings);
    let movies = films.len() as u64;
    items.extend(films);
    Ok(Some(Placing::Placed(Placed { movies, ..tower.figures })))
}

/// Writes a model whose tables are at hand, as if they had been fitted.
///
/// # Errors
/// When the directory can't be written, or the version exists.
pub fn write_model(
    factors: &Factors,
    items: Vec<MovieId>,
    data: DataWindow,
    hyperparameters: Hyperparameters,
    options: &TrainOptions,
) -> Result<Manifest, TrainError> {
    let learnt = Learnt { window: data, bound: None, placing: None, stars: None, next: None };
    write(items, learnt, factors, Tuned { hyperparameters, metrics: BTreeMap::default() }, options)
}

/// What the model learnt from, and what it did not.
struct Learnt {
    window: DataWindow,
    bound: Option<FilmBound>,
    placing: Option<Placing>,
    /// The graph of the head.
    stars: Option<Vec<u8>>,
    /// The graph of what comes next.
    next: Option<(NextWeights, Vec<u8>)>,
}

fn with_left_out(bound: Bound, ratings: &[TrainingRating], data: &Interactions) -> FilmBound {
    let known: HashSet<MovieId> = data.items.iter().copied().collect();
    let beyond = || ratings.iter().filter(|rating| !known.contains(&rating.movie));
    // Where there is room left, films are missing by another rule: too few rated them.
    let (movies, count) = if data.items.len() < bound.movies {
        (0, 0)
    } else {
        (beyond().map(|rating| rating.movie).collect::<HashSet<_>>().len(), beyond().count())
    };
    let left_out = FilmBound {
        max_movies: bound.movies as u64,
        by: bound.by,
        movies_left_out: movies as u64,
        ratings_left_out: count as u64,
    };
    if movies > 0 {
        tracing::warn!(?left_out, "films are left out of the model");
    }
    left_out
}

fn write(
    items: Vec<MovieId>,
    learnt: Learnt,
    factors: &Factors,
    tuned: Tuned,
    options: &TrainOptions,
) -> Result<Manifest, TrainError> {
    let directory = ModelDirectory::new(&options.models);
    let manifest = directory.add(draft(items, learnt, factors, tuned, options))?;
    if options.make_live {
        directory.set_live(&manifest.version)?;
    }
    Ok(manifest)
}

fn draft(items: Vec<MovieId>, learnt: Learnt, factors: &Factors, tuned: Tuned, options: &TrainOptions) -> Draft {
    let now = options.now;
    let recommend = recommend_graph(factors);
    let embeddings = match &learnt.placing {
        Some(Placing::Placed(Placed { movies, likeness, .. })) => {
            let first = items.len().saturating_sub(usize::try_from(*movies).unwrap_or(usize::MAX));
            Embeddings::of(factors).shortened(first, *likeness)
        }
        Some(Placing::LeftOut { .. }) | None => Embeddings::of(factors),
    };
    let similar = similar_graph(&embeddings);
    let version = format!("{}-{}", now.format("%Y%m%dT%H%M%S%3fZ"), &sha256_hex(&recommend)[..8]);
    let unsealed = SealedFile::of("", &[]);
    let manifest = Manifest {
        format: FORMAT,
        version,
        created_at: now,
        opset: OPSET,
        recommend: unsealed.clone(),
        similar: unsealed.clone(),
        items: unsealed,
        retrieval: None,
        stars: None,
        next: None,
        movies: u32::try_from(items.len()).expect("film indices are 32 bits"),
        hyperparameters: Hyperparameters { rank: factors.rank, ..tuned.hyperparameters },
        data: learnt.window,
        bound: learnt.bound,
        placing: learnt.placing,
        held_out_one_in: options.held_out_one_in,
        metrics: tuned.metrics,
    };
    let retrieval = (items.len() >= options.scan_from).then(|| DraftRetrieval {
        encoder: encoder_graph(factors),
        films: film_rows(factors),
        width: factors.rank,
    });
    Draft { manifest, recommend, similar, items, retrieval, stars: learnt.stars, next: learnt.next }
}
