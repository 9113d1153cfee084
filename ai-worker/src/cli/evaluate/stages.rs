//! Stages that can be measured, by name. Another one is a line in [`STAGES`]: a fit, whose outcome is a [`FoldIn`].

use std::{cell::OnceCell, path::Path, sync::Arc};

use anyhow::{Context, ensure};
use matinee_services::ports::{Clock, SystemClock, TrainingRating};
use rayon::prelude::*;
use tempfile::TempDir;

use super::{audience::Audience, diverse::Diverse};
use crate::{
    model::{Hyperparameters, ModelDirectory, Prior},
    trainer::{
        Blend, Bound, Factors, FitOptions, FoldIn, Interaction, Interactions, Popularity, TrainError, TrainOptions,
        Tried, WithPrior, fit_and_write,
        ials::{Ials, IalsOptions, choose},
        sasrec::{Epoch, Sasrec, SasrecOptions},
        transitions::{Next, TransitionOptions, choose as choose_next},
        tuning,
    },
    worker::{OnnxRuntime, Query, Ranked, Ranker},
};

/// Every stage and how it is fitted; measured in this order, the first of those asked for is held against the others.
const STAGES: [(&str, Fit); 10] = [
    ("served", |fitting| Ok(Box::new(Served::load(fitting)?))),
    ("served-diverse", |fitting| Ok(Box::new(Diverse::new(Served::load(fitting)?, &fitting.genres, 1)))),
    ("served-diverse-2", |fitting| Ok(Box::new(Diverse::new(Served::load(fitting)?, &fitting.genres, 2)))),
    ("ease", |fitting| Ok(Box::new(Folded(fitting.ease()?)))),
    ("next", |fitting| Ok(Box::new(Folded(fitting.next()?)))),
    ("ials", |fitting| Ok(Box::new(Folded(fitting.ials()?)))),
    ("ials-prior", |fitting| Ok(Box::new(Folded(fitting.ials_with_prior()?)))),
    ("sasrec", |fitting| Ok(Box::new(Folded(fitting.sasrec()?)))),
    ("ease-sasrec", |fitting| Ok(Box::new(Folded(fitting.ease_with_sasrec()?)))),
    ("popularity", |fitting| {
        Ok(Box::new(Folded(Popularity(fitting.raters().iter().map(|&count| exact(count)).collect()))))
    }),
];

type Fit = fn(&Fitting<'_>) -> anyhow::Result<Box<dyn Stage>>;

/// People asked in one run of a graph.
const BATCH: usize = 32;
/// Fits that choosing iALS's settings may take; it seldom takes more than 15.
const IALS_FITS: u32 = 24;

/// The names of all stages.
pub fn names() -> [&'static str; STAGES.len()] {
    STAGES.map(|(name, _)| name)
}

/// Those of `wanted`, or all where none is named, in the order of [`STAGES`].
pub fn chosen(wanted: &[String]) -> impl Iterator<Item = (&'static str, Fit)> {
    STAGES.into_iter().filter(move |(name, _)| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name))
}

/// What is known of a person, by film index.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// (film, weight), the latest first, as many as a request brings.
    pub events: Vec<(u32, f32)>,
    /// All films that they know.
    pub seen: Vec<u32>,
}

/// Ranks films.
pub trait Stage {
    /// For each of `asked` the first `depth` films that they don't know, best first; fewer where there are no more.
    fn rank(&mut self, asked: &[Asked], depth: usize) -> anyhow::Result<Vec<Vec<u32>>>;
}

/// What stages are fitted to.
pub struct Fitting<'a> {
    pub ratings: &'a [TrainingRating],
    pub data: Interactions,
    pub bound: Bound,
    pub seed: u64,
    /// Numbers of each film's genres, where they are known.
    pub genres: Vec<Vec<u16>>,
    ort_lib: &'a Path,
    chosen: OnceCell<Hyperparameters>,
    chosen_of_ials: OnceCell<(IalsOptions, Prior)>,
    sasrec: OnceCell<Arc<Sasrec>>,
    written: OnceCell<TempDir>,
}

impl<'a> Fitting<'a> {
    /// # Errors
    /// Where there is nothing to learn from.
    pub fn new(ratings: &'a [TrainingRating], bound: Bound, seed: u64, ort_lib: &'a Path) -> anyhow::Result<Self> {
        let data = Interactions::new(ratings, 1, bound.movies);
        ensure!(!data.items.is_empty(), "there is nothing to learn from");
        faer::set_global_parallelism(faer::Par::rayon(0));
        let (chosen, chosen_of_ials, sasrec, written) = Default::default();
        Ok(Self { ratings, data, bound, seed, genres: Vec::new(), ort_lib, chosen, chosen_of_ials, sasrec, written })
    }

    /// EASE's, chosen once on people of the training part.
    pub fn hyperparameters(&self) -> anyhow::Result<Hyperparameters> {
        if let Some(chosen) = self.chosen.get() {
            return Ok(*chosen);
        }
        let tuned =
            tuning::tune(&self.data, self.seed, &Tried::default(), &|fit| tracing::debug!(fit, "choosing settings"))?;
        tracing::info!(hyperparameters = ?tuned.hyperparameters, metrics = ?tuned.metrics, "chosen");
        Ok(*self.chosen.get_or_init(|| tuned.hyperparameters))
    }

    /// iALS's, chosen once on the same people.
    fn ials_options(&self) -> anyhow::Result<(IalsOptions, Prior)> {
        if let Some(chosen) = self.chosen_of_ials.get() {
            return Ok(*chosen);
        }
        let progress = |fit| tracing::debug!(fit, "choosing settings of iALS");
        let chosen = choose(&self.data, IalsOptions::new(self.seed), IALS_FITS, &progress)?;
        tracing::info!(options = ?chosen.options, prior = ?chosen.prior, metrics = ?chosen.metrics, "chosen for iALS");
        Ok(*self.chosen_of_ials.get_or_init(|| (chosen.options, chosen.prior)))
    }

    /// How many people rated each film.
    pub fn raters(&self) -> Vec<u32> {
        let mut raters = vec![0; self.data.items.len()];
        for interaction in self.data.rows.iter().flatten() {
            raters[interaction.item as usize] += 1;
        }
        raters
    }

    fn ease_options(&self) -> anyhow::Result<FitOptions> {
        Ok(FitOptions::of(self.hyperparameters()?, self.seed))
    }

    /// By whom films were rated.
    pub fn audience(&self) -> Audience {
        let rows = Audience::sample(&self.data.rows, self.seed);
        let films = |row: &Vec<Interaction>| row.iter().map(|interaction| interaction.item).collect();
        Audience::new(&rows.into_iter().map(films).collect::<Vec<_>>(), self.data.items.len())
    }

    /// Where the model is written as it serves, once.
    fn written(&self) -> anyhow::Result<&Path> {
        if let Some(place) = self.written.get() {
            return Ok(place.path());
        }
        let place = tempfile::tempdir().context("making a directory for the model")?;
        let options = TrainOptions {
            seed: self.seed,
            max_movies: Some(self.bound.movies),
            hyperparameters: Some(self.hyperparameters()?),
            ..TrainOptions::new(place.path(), SystemClock.now())
        };
        fit_and_write(self.ratings, &options, &|_| {})?;
        Ok(self.written.get_or_init(|| place).path())
    }

    fn ease(&self) -> anyhow::Result<Factors> {
        Ok(Factors::fit(&self.data, self.ease_options()?)?)
    }

    fn ials(&self) -> anyhow::Result<Ials> {
        let (options, _) = self.ials_options()?;
        Ok(Ials::fit(&self.data, options, &|_| {})?)
    }

    /// EASE alone where transitions add nothing.
    fn next(&self) -> anyhow::Result<WithTransitions> {
        let (ease, options) = (self.ease()?, self.ease_options()?);
        let progress = |fit| tracing::debug!(fit, "choosing settings of transitions");
        let chosen =
            choose_next(&self.data, &ease, options, TransitionOptions::new(self.seed), &Tried::default(), &progress)?;
        tracing::info!(chosen = ?chosen.as_ref().map(|chosen| (chosen.options, &chosen.metrics)), "chosen for transitions");
        Ok(chosen.and_then(|chosen| chosen.next).map_or(WithTransitions::No(ease), WithTransitions::Yes))
    }

    /// Trained once.
    fn sasrec(&self) -> anyhow::Result<Arc<Sasrec>> {
        if let Some(trained) = self.sasrec.get() {
            return Ok(trained.clone());
        }
        let mut progress =
            |Epoch { done, loss, held_out }| tracing::info!(epoch = done, loss, held_out, "SASRec learns");
        let trained = Sasrec::fit(&self.data, SasrecOptions::new(self.seed), &mut progress)?;
        Ok(self.sasrec.get_or_init(|| Arc::new(trained)).clone())
    }

    fn ease_with_sasrec(&self) -> anyhow::Result<Blend> {
        Ok(Blend::fit(&self.data, self.ease_options()?, self.sasrec()?)?)
    }

    fn ials_with_prior(&self) -> anyhow::Result<WithPrior<Ials>> {
        let ((_, prior), stage) = (self.ials_options()?, self.ials()?);
        let log_popularity = stage.log_popularity().to_vec();
        Ok(WithPrior { stage, prior, log_popularity })
    }
}

/// EASE, with transitions where they are worth having.
enum WithTransitions {
    Yes(Next),
    No(Factors),
}

impl FoldIn for WithTransitions {
    fn scores(&self, events: &[(u32, f32)]) -> Result<Vec<f32>, TrainError> {
        match self {
            Self::Yes(next) => next.scores(events),
            Self::No(ease) => ease.scores(events),
        }
    }
}

/// The model as it serves: written, loaded with its seals checked, run by ONNX Runtime; popularity counts as far as little is known.
pub struct Served {
    ranker: Ranker,
    prior: Prior,
    movies: usize,
}

impl Served {
    fn load(fitting: &Fitting<'_>) -> anyhow::Result<Self> {
        let runtime = OnnxRuntime::load(fitting.ort_lib)?;
        let model = ModelDirectory::new(fitting.written()?).load_live()?.context("training left no live model")?;
        ensure!(model.items == fitting.data.items, "the model has other films than it was trained on");
        let (prior, movies) = (model.manifest.hyperparameters.prior, model.items.len());
        Ok(Self { ranker: Ranker::new(&runtime, &model)?, prior, movies })
    }

    /// Takes the first `depth` films with their scores and terms, of a few people at a time, for terms take much memory.
    pub fn ranked(
        &mut self,
        asked: &[Asked],
        depth: usize,
        mut take: impl FnMut(&[Asked], Vec<Vec<Ranked>>),
    ) -> anyhow::Result<()> {
        for batch in asked.chunks(BATCH) {
            let query = |asked: &Asked| Query {
                events: asked.events.iter().map(|&(film, weight)| (film as usize, weight)).collect(),
                prior_weight: self.prior.weight(asked.events.iter().map(|event| event.1)),
                hidden: asked.seen.iter().map(|film| *film as usize).collect(),
                k: depth.min(self.movies),
            };
            let queries: Vec<Query> = batch.iter().map(query).collect();
            take(batch, self.ranker.rank(&queries)?);
        }
        Ok(())
    }
}

impl Stage for Served {
    fn rank(&mut self, asked: &[Asked], depth: usize) -> anyhow::Result<Vec<Vec<u32>>> {
        let mut rankings = Vec::with_capacity(asked.len());
        self.ranked(asked, depth, |_, ranked| {
            rankings.extend(ranked.into_iter().map(|films| films.iter().map(index).collect()));
        })?;
        Ok(rankings)
    }
}

/// A film's index.
pub fn index(ranked: &Ranked) -> u32 {
    u32::try_from(ranked.item).expect("film indices are 32 bits")
}

/// What is computed by scoring every film; ties to the lower index, which is the better known film.
struct Folded<S>(S);

impl<S: FoldIn> Stage for Folded<S> {
    fn rank(&mut self, asked: &[Asked], depth: usize) -> anyhow::Result<Vec<Vec<u32>>> {
        asked.par_iter().map(|asked| Ok(best(&self.0.scores(&asked.events)?, &asked.seen, depth))).collect()
    }
}

/// The first `depth` films that are not `seen`, best first.
pub fn best(scores: &[f32], seen: &[u32], depth: usize) -> Vec<u32> {
    let mut is_open = vec![true; scores.len()];
    for &film in seen {
        is_open[film as usize] = false;
    }
    let mut open: Vec<(f32, u32)> =
        scores.iter().copied().zip(0..).filter(|(_, film)| is_open[*film as usize]).collect();
    let order = |one: &(f32, u32), other: &(f32, u32)| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1));
    if depth < open.len() {
        open.select_nth_unstable_by(depth, order);
        open.truncate(depth);
    }
    open.sort_unstable_by(order);
    open.into_iter().map(|(_, film)| film).collect()
}

#[expect(clippy::cast_precision_loss, reason = "what is lost of a count above 2^24 changes no order worth telling")]
fn exact(count: u32) -> f32 {
    count as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_come_first_without_what_is_known_and_ties_go_to_the_better_known_film() {
        let scores = [1.0, 3.0, 2.0, 3.0, -1.0, 2.0];
        assert_eq!(best(&scores, &[3], 3), [1, 2, 5]);
        assert_eq!(best(&scores, &[], 99), [1, 3, 2, 5, 0, 4]);
        assert!(best(&scores, &[0, 1, 2, 3, 4, 5], 3).is_empty());
    }

    #[test]
    fn stages_are_taken_by_name_in_their_own_order() {
        let of = |wanted: &[&str]| {
            let wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
            chosen(&wanted).map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(of(&["popularity", "ials", "ease"]), ["ease", "ials", "popularity"]);
        assert_eq!(of(&[]), names());
    }
}
