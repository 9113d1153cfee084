//! Choosing λ, the rank and the rest on held-out people of the training data: one knob after the other, λ by climbing.

use std::collections::BTreeMap;

use crate::model::{Hyperparameters, Prior};

use super::{
    TrainError, Tried,
    factors::{Factors, FitOptions},
    interactions::Interactions,
    validation::{SETTINGS, Scores, Validation},
};

/// The largest rank: the graph's size and the time of an answer grow with it.
pub const MAX_RANK: usize = 128;
/// Steps of λ in one direction.
const CLIMB: usize = 6;
/// Fits of a whole training at most: the start, two climbs that may turn once, four of other knobs, the ranks, and the last with everybody.
pub const MAX_FITS: usize = 1 + 2 * (CLIMB + 1) + 4 + 1 + 1;
const RANKS: [usize; 3] = [32, 64, 96];
const SCALES: [f64; 5] = [0.05, 0.1, 0.2, 0.4, 0.8];
const FADES: [f64; 3] = [1.0, 4.0, 16.0];

/// What is taken where there are too few people to choose by.
pub const DEFAULTS: Hyperparameters =
    Hyperparameters { lambda: 100.0, dropout: 0.3, user_power: 0.5, rank: 64, prior: Prior { scale: 0.4, fade: 2.0 } };

/// What was chosen, and what it measured.
pub struct Tuned {
    pub hyperparameters: Hyperparameters,
    pub metrics: BTreeMap<String, f64>,
}

/// A fit with the prior that suits it best.
#[derive(Clone, Copy)]
struct Trial {
    options: FitOptions,
    prior: Prior,
    scores: Scores,
    value: f64,
}

/// Chooses; `progress` hears of every fit that was not tried before.
///
/// # Errors
/// When a fit fails.
pub fn tune(data: &Interactions, seed: u64, tried: &Tried, progress: &dyn Fn(u32)) -> Result<Tuned, TrainError> {
    let Some(validation) = Validation::split(data, seed) else {
        return Ok(Tuned { hyperparameters: DEFAULTS, metrics: BTreeMap::new() });
    };
    let mut search = Search::new(&validation, tried, progress);
    let start = FitOptions { rank: MAX_RANK, ..FitOptions::of(DEFAULTS, seed) };
    let mut best = search.try_fit(start)?;
    best = search.climb_lambda(best)?;
    for user_power in [0.0, 1.0] {
        best = search.try_also(best, FitOptions { user_power, ..best.options })?;
    }
    for dropout in [0.0, 0.5] {
        best = search.try_also(best, FitOptions { dropout, ..best.options })?;
    }
    best = search.climb_lambda(best)?;
    best = search.choose_rank(best)?;
    Ok(Tuned { hyperparameters: best.hyperparameters(), metrics: search.metrics(&best) })
}

struct Search<'a> {
    validation: &'a Validation,
    popularity: Scores,
    priors: Vec<Prior>,
    fits: u32,
    tried: &'a Tried,
    progress: &'a dyn Fn(u32),
}

impl<'a> Search<'a> {
    fn new(validation: &'a Validation, tried: &'a Tried, progress: &'a dyn Fn(u32)) -> Self {
        let priors = SCALES.iter().flat_map(|&scale| FADES.iter().map(move |&fade| Prior { scale, fade })).collect();
        Self { validation, popularity: validation.measure_popularity(), priors, fits: 0, tried, progress }
    }

    fn fit(&self, options: FitOptions) -> Result<Factors, TrainError> {
        (self.progress)(self.fits);
        Factors::fit(&self.validation.rest, options)
    }

    fn try_fit(&mut self, options: FitOptions) -> Result<Trial, TrainError> {
        self.fits += 1;
        let (prior, scores) =
            self.tried.figures("taste", &options, || Ok(self.best_prior(&self.fit(options)?, options)))?;
        Ok(self.trial(options, prior, scores))
    }

    fn trial(&self, options: FitOptions, prior: Prior, scores: Scores) -> Trial {
        Trial { options, prior, scores, value: value(&scores, &self.popularity) }
    }

    /// The better of `best` and another fit.
    fn try_also(&mut self, best: Trial, options: FitOptions) -> Result<Trial, TrainError> {
        let other = self.try_fit(options)?;
        Ok(if other.value > best.value { other } else { best })
    }

    /// Doubles and halves λ as long as that helps.
    fn climb_lambda(&mut self, start: Trial) -> Result<Trial, TrainError> {
        let mut best = start;
        for factor in [2.0, 0.5] {
            for _ in 0..CLIMB {
                let next = self.try_also(best, FitOptions { lambda: best.options.lambda * factor, ..best.options })?;
                if next.options.lambda.total_cmp(&best.options.lambda).is_eq() {
                    break;
                }
                best = next;
            }
            if best.options.lambda > start.options.lambda {
                break;
            }
        }
        Ok(best)
    }

    /// Smaller ranks are prefixes of the largest: one fit for all.
    fn choose_rank(&mut self, best: Trial) -> Result<Trial, TrainError> {
        self.fits += 1;
        let ranks = self.tried.figures("taste by smaller ranks", &best.options, || {
            let factors = self.fit(best.options)?;
            let ranks = RANKS.into_iter().filter(|rank| *rank < factors.rank);
            let of_rank = |rank| (rank, self.best_prior(&factors.truncated(rank), FitOptions { rank, ..best.options }));
            Ok(ranks.map(of_rank).collect::<Vec<_>>())
        })?;
        let trials = ranks
            .into_iter()
            .map(|(rank, (prior, scores))| self.trial(FitOptions { rank, ..best.options }, prior, scores));
        Ok(trials.fold(best, |best, trial| if trial.value > best.value { trial } else { best }))
    }

    /// With the prior that suits it best.
    fn best_prior(&self, factors: &Factors, options: FitOptions) -> (Prior, Scores) {
        let measured = self.validation.measure(factors, &self.priors);
        let trials = self.priors.iter().zip(measured).map(|(prior, scores)| self.trial(options, *prior, scores));
        let best = trials.max_by(|a, b| a.value.total_cmp(&b.value)).expect("there are priors to try");
        tracing::debug!(
            lambda = options.lambda,
            dropout = options.dropout,
            user_power = options.user_power,
            rank = options.rank,
            prior_scale = best.prior.scale,
            prior_fade = best.prior.fade,
            value = best.value,
            scores = ?best.scores,
            "tried a fit"
        );
        (best.prior, best.scores)
    }

    fn metrics(&self, best: &Trial) -> BTreeMap<String, f64> {
        metrics(&best.scores, &self.popularity)
    }
}
/// Half for people with few events, half for those with many; being worse than popularity anywhere costs tenfold.
pub(super) fn value(scores: &Scores, popularity: &Scores) -> f64 {
    let (most, few) = scores.split_last().expect("there are settings");
    #[expect(clippy::cast_precision_loss, reason = "a handful of settings")]
    let few = few.iter().sum::<f64>() / few.len() as f64;
    let shortfall: f64 = scores.iter().zip(popularity).map(|(score, popular)| (popular - score).max(0.0)).sum();
    0.5 * few + 0.5 * most - 10.0 * shortfall
}

/// As a manifest has them.
pub(super) fn metrics(scores: &Scores, popularity: &Scores) -> BTreeMap<String, f64> {
    let named = SETTINGS.iter().zip(scores.iter().zip(popularity));
    named
        .flat_map(|(known, (model, popular))| {
            let name = known.name();
            [(format!("ndcg@10/{name}"), *model), (format!("popularity/ndcg@10/{name}"), *popular)]
        })
        .collect()
}

impl Trial {
    fn hyperparameters(&self) -> Hyperparameters {
        Hyperparameters {
            lambda: self.options.lambda,
            dropout: self.options.dropout,
            user_power: self.options.user_power,
            rank: self.options.rank,
            prior: self.prior,
        }
    }
}
