//! Choosing λ, α₀, ν and the width on held-out people of the training data, with as many fits as are granted: one knob after
//! the other, twice around. The held-out people and the value of a fit are those of EASE's choice.

use std::collections::BTreeMap;

use super::{Ials, IalsOptions};
use crate::{
    model::Prior,
    trainer::{
        TrainError,
        factors::learning_weight,
        interactions::Interactions,
        tuning,
        validation::{Scores, Validation},
    },
};

/// Scores of iALS are small where little is known, so the prior's are as well.
const SCALES: [f64; 7] = [0.0125, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8];
const FADES: [f64; 4] = [1.0, 4.0, 16.0, 64.0];
const STEP: f64 = 3.0;
/// The last steps are finer.
const SMALL_STEP: f64 = 1.5;

/// What was chosen, and what it measured on held-out people.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    pub options: IalsOptions,
    pub prior: Prior,
    /// As in a manifest; none where there were too few people to choose by.
    pub metrics: BTreeMap<String, f64>,
    /// How many were tried.
    pub fits: u32,
}

/// Chooses with `budget` fits at most, from `start` on; `progress` hears of every fit tried.
///
/// # Errors
/// When a fit fails.
pub fn choose(
    data: &Interactions,
    start: IalsOptions,
    budget: u32,
    progress: &dyn Fn(u32),
) -> Result<Chosen, TrainError> {
    start.check()?;
    let prior = Prior { scale: 0.1, fade: 4.0 };
    let unchosen = Chosen { options: start, prior, metrics: BTreeMap::new(), fits: 0 };
    let Some(validation) = Validation::split(data, start.seed).filter(|_| budget > 0) else { return Ok(unchosen) };
    let popularity = validation.measure_popularity();
    let mut search = Search { validation: &validation, popularity, budget, fits: 0, progress };
    let Some(mut best) = search.try_fit(start)? else { return Ok(unchosen) };
    for step in [STEP, SMALL_STEP] {
        best =
            search.climb(best, step, |options, factor| IalsOptions { lambda: options.lambda * factor, ..options })?;
        best = search.climb(best, step, |options, factor| {
            same_ridges(data, options, IalsOptions { unobserved: options.unobserved * factor, ..options })
        })?;
        if step > SMALL_STEP {
            best = search.try_powers(best, data)?;
            best = search.climb(best, 2.0, wider)?;
        }
    }
    let metrics = tuning::metrics(&best.scores, &search.popularity);
    Ok(Chosen { options: best.options, prior: best.prior, metrics, fits: search.fits })
}

#[derive(Clone, Copy)]
struct Trial {
    options: IalsOptions,
    prior: Prior,
    scores: Scores,
    value: f64,
}

struct Search<'a> {
    validation: &'a Validation,
    popularity: Scores,
    budget: u32,
    fits: u32,
    progress: &'a dyn Fn(u32),
}

impl Search<'_> {
    /// `None` when the budget is spent, or the options make no sense.
    fn try_fit(&mut self, options: IalsOptions) -> Result<Option<Trial>, TrainError> {
        if self.fits == self.budget || options.check().is_err() {
            return Ok(None);
        }
        self.fits += 1;
        (self.progress)(self.fits);
        let model = Ials::fit(&self.validation.rest, options, &|_| {})?;
        let priors: Vec<Prior> =
            SCALES.iter().flat_map(|&scale| FADES.iter().map(move |&fade| Prior { scale, fade })).collect();
        let measured = self.validation.measure_by(model.log_popularity(), &priors, |events| {
            model.fold_in(events).expect("films of the model, with weights that are numbers").scores()
        });
        let trials = priors.into_iter().zip(measured).map(|(prior, scores)| Trial {
            options,
            prior,
            scores,
            value: tuning::value(&scores, &self.popularity),
        });
        let best = trials.max_by(|a, b| a.value.total_cmp(&b.value)).expect("there are priors to try");
        tracing::debug!(?options, prior = ?best.prior, value = best.value, scores = ?best.scores, "tried a fit of iALS");
        Ok(Some(best))
    }

    /// The better of `best` and another fit.
    fn try_also(&mut self, best: Trial, options: IalsOptions) -> Result<Trial, TrainError> {
        Ok(self.try_fit(options)?.filter(|other| other.value > best.value).unwrap_or(best))
    }

    /// Goes up by a factor as long as that helps, or else down.
    fn climb(
        &mut self,
        start: Trial,
        factor: f64,
        changed: impl Fn(IalsOptions, f64) -> IalsOptions,
    ) -> Result<Trial, TrainError> {
        let mut best = start;
        for factor in [factor, factor.recip()] {
            loop {
                let next = self.try_also(best, changed(best.options, factor))?;
                if next.options == best.options {
                    break;
                }
                best = next;
            }
            if best.options != start.options {
                break;
            }
        }
        Ok(best)
    }

    fn try_powers(&mut self, best: Trial, data: &Interactions) -> Result<Trial, TrainError> {
        let mut next = best;
        for power in [1.0, 0.25] {
            next = self.try_also(next, same_ridges(data, best.options, IalsOptions { power, ..best.options }))?;
        }
        Ok(next)
    }
}

/// `changed` with λ such that all ridges of people together stay as large as they were, so that one knob is not two.
fn same_ridges(data: &Interactions, before: IalsOptions, changed: IalsOptions) -> IalsOptions {
    let ridges = |options: IalsOptions| -> f64 {
        let evidence = data.rows.iter().map(|row| row.iter().map(|rating| learning_weight(*rating).abs()).sum());
        evidence.map(|evidence| options.ridge(evidence, data.items.len())).sum()
    };
    IalsOptions { lambda: changed.lambda * ridges(before) / ridges(changed), ..changed }
}

/// Twice or half as wide.
fn wider(options: IalsOptions, factor: f64) -> IalsOptions {
    let width = if factor > 1.0 { options.width * 2 } else { options.width / 2 };
    IalsOptions { width, ..options }
}
