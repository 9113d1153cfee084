//! Choosing the knobs on people held out of the fits, by what they rated next; and whether it is worth having at all.

use std::{
    collections::{BTreeMap, HashSet},
    sync::OnceLock,
};

use rand::{SeedableRng, rngs::ChaCha8Rng, seq::SliceRandom};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Next, TransitionOptions, Transitions};
use crate::{
    model::normaliser,
    trainer::{
        Factors, FitOptions, TrainError, Tried,
        factors::{precise, single},
        interactions::Interactions,
        steps::{Step, steps},
    },
};

const MAX_HELD_OUT: usize = 400;
const MIN_HELD_OUT: usize = 20;
/// Steps that somebody must have.
const MIN_STEPS: usize = 5;
/// What EASE counts beside transitions, each in its own standard deviations.
const SHARES: [f64; 6] = [0.0, 0.5, 1.0, 1.5, 2.0, 4.0];
/// What is tried of the best so far, one after the other.
const CHANGES: [fn(TransitionOptions) -> TransitionOptions; 5] = [
    |best| TransitionOptions { lambda: best.lambda * 4.0, ..best },
    |best| TransitionOptions { lambda: best.lambda / 4.0, ..best },
    |best| TransitionOptions { reach: best.reach * 2.0, ..best },
    |best| TransitionOptions { reach: best.reach * 0.4, ..best },
    |best| TransitionOptions { ahead: best.ahead * 3.0, ..best },
];
/// Fits at most.
pub const MAX_FITS: usize = 1 + CHANGES.len();
/// Of two bounds of 95 %.
const NORMAL: f64 = 1.96;

/// What was chosen, fitted to everybody.
#[derive(Clone, Debug)]
pub struct ChosenNext {
    /// `None` where it finds no more than EASE alone, by more than chance.
    pub next: Option<Next>,
    pub options: TransitionOptions,
    /// Mean nDCG@10 of held-out people's steps: `next/ndcg@10`, and `next/ease/ndcg@10` of EASE alone.
    pub metrics: BTreeMap<String, f64>,
}

/// Chooses, and fits to everybody beside `ease`, which is fitted with these options to everybody; `None` where there are too few people
/// to choose by. `progress` hears of every fit that was not tried before, from 1.
///
/// # Errors
/// When a fit fails.
pub fn choose(
    data: &Interactions,
    ease: &Factors,
    of_ease: FitOptions,
    start: TransitionOptions,
    tried: &Tried,
    progress: &dyn Fn(u32),
) -> Result<Option<ChosenNext>, TrainError> {
    let held_out = held_out(data, start.seed);
    if held_out.len() < MIN_HELD_OUT {
        return Ok(None);
    }
    let rest = data.filtered(|person| !held_out.contains(&person));
    let mut people: Vec<&usize> = held_out.iter().collect();
    people.sort_unstable();
    let people: Vec<Vec<Step>> = people.into_iter().map(|&person| steps(&data.rows[person]).collect()).collect();
    let search = Search { ease: OnceLock::new(), of_ease, rest, people };
    let mut fits = 0;
    let mut attempt = |options| {
        fits += 1;
        tried.figures("next", &(options, of_ease), || {
            progress(fits);
            search.attempt(options)
        })
    };
    let mut best = (start, attempt(start)?);
    for change in CHANGES {
        let options = change(best.0);
        let other = attempt(options)?;
        if mean(&other.gains) > mean(&best.1.gains) {
            best = (options, other);
        }
    }
    let (options, Attempt { share, gains, alone }) = best;
    let metrics = [("next/ndcg@10", mean(&gains)), ("next/ease/ndcg@10", mean(&alone))];
    let metrics = metrics.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let next = if lower_bound(&gains, &alone) > 0.0 {
        Some(Next { ease: ease.clone(), transitions: Transitions::fit(data, options)?, share })
    } else {
        None
    };
    Ok(Some(ChosenNext { next, options, metrics }))
}

/// A fifth of the people with some history, 400 at most.
fn held_out(data: &Interactions, seed: u64) -> HashSet<usize> {
    let mut people: Vec<usize> = (0..data.rows.len()).filter(|&person| data.rows[person].len() >= MIN_STEPS).collect();
    people.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    people.truncate((people.len() / 5).min(MAX_HELD_OUT));
    people.into_iter().collect()
}

struct Search {
    rest: Interactions,
    of_ease: FitOptions,
    /// Without the people who are held out, once it is needed.
    ease: OnceLock<Factors>,
    /// Steps of each held-out person.
    people: Vec<Vec<Step>>,
}

#[derive(Serialize, Deserialize)]
struct Attempt {
    share: f32,
    /// Mean gain of each person.
    gains: Vec<f64>,
    /// The same of EASE alone.
    alone: Vec<f64>,
}

impl Search {
    fn attempt(&self, options: TransitionOptions) -> Result<Attempt, TrainError> {
        let ease = if let Some(ease) = self.ease.get() {
            ease
        } else {
            let ease = Factors::fit(&self.rest, self.of_ease)?;
            self.ease.get_or_init(|| ease)
        };
        let transitions = Transitions::fit(&self.rest, options)?;
        let ratio = self.ratio(ease, &transitions);
        let shares = SHARES.map(|share| single(share * ratio));
        let gains: Vec<[f64; SHARES.len() + 1]> =
            self.people.par_iter().map(|steps| gains(ease, &transitions, shares, steps)).collect();
        let of = |at: usize| -> Vec<f64> { gains.iter().map(|gains| gains[at]).collect() };
        let best = (1..SHARES.len()).fold(0, |best, at| if mean(&of(at)) > mean(&of(best)) { at } else { best });
        tracing::debug!(?options, share = SHARES[best], value = mean(&of(best)), "tried transitions");
        Ok(Attempt { share: shares[best], gains: of(best), alone: of(SHARES.len()) })
    }

    /// How many times wider transitions' scores are spread than EASE's, on average over everybody's last step.
    fn ratio(&self, ease: &Factors, transitions: &Transitions) -> f64 {
        let spreads: Vec<(f64, f64)> = self
            .people
            .par_iter()
            .filter_map(|steps| steps.first())
            .map(|step| {
                let (taste, place) = both(ease, transitions, step);
                (spread(&taste), spread(&place))
            })
            .collect();
        let (taste, place) = spreads.iter().fold((0.0, 0.0), |sums, one| (sums.0 + one.0, sums.1 + one.1));
        if taste > 0.0 { place / taste } else { 1.0 }
    }
}

/// What EASE and transitions say of each film.
fn both(ease: &Factors, transitions: &Transitions, step: &Step) -> (Vec<f32>, Vec<f32>) {
    let scale = normaliser(step.events.iter().map(|event| event.1));
    let mut taste = ease.event_scores(&step.events);
    for score in &mut taste {
        *score *= scale;
    }
    (taste, transitions.scores(&step.events))
}

/// Mean over somebody's steps, with each of the shares, and at last of EASE alone.
fn gains(
    ease: &Factors,
    transitions: &Transitions,
    shares: [f32; SHARES.len()],
    steps: &[Step],
) -> [f64; SHARES.len() + 1] {
    let mut sums = [0.0; SHARES.len() + 1];
    for step in steps {
        let (taste, place) = both(ease, transitions, step);
        for (sum, share) in sums.iter_mut().zip(shares) {
            *sum += step.gain(taste.len(), |film| share * taste[film] + place[film]);
        }
        sums[SHARES.len()] += step.gain(taste.len(), |film| taste[film]);
    }
    sums.map(|sum| sum / precise(steps.len().max(1)))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / precise(values.len().max(1))
}

/// The lower bound of 95 % of the mean difference, person by person.
fn lower_bound(gains: &[f64], others: &[f64]) -> f64 {
    let differences: Vec<f64> = gains.iter().zip(others).map(|(one, other)| one - other).collect();
    let mean = mean(&differences);
    let variance = differences.iter().map(|difference| (difference - mean).powi(2)).sum::<f64>();
    let count = precise(differences.len().max(2));
    mean - NORMAL * (variance / (count - 1.0) / count).sqrt()
}

/// The standard deviation.
fn spread(scores: &[f32]) -> f64 {
    let count = precise(scores.len().max(1));
    let mean = scores.iter().map(|score| f64::from(*score)).sum::<f64>() / count;
    (scores.iter().map(|score| (f64::from(*score) - mean).powi(2)).sum::<f64>() / count).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trainer::{FoldIn, transitions::tests::circles};

    const OF_EASE: FitOptions = FitOptions { lambda: 10.0, dropout: 0.0, user_power: 0.0, rank: 16, seed: 1 };

    #[test]
    fn where_order_decides_it_is_worth_having_and_where_there_is_none_it_is_not() {
        let mut data = circles(24, 200);
        let ease = Factors::fit(&data, OF_EASE).unwrap();
        let chosen =
            choose(&data, &ease, OF_EASE, TransitionOptions::new(1), &Tried::default(), &|_| {}).unwrap().unwrap();
        let next = chosen.next.unwrap();
        assert!(chosen.metrics["next/ndcg@10"] > 0.9, "{:?}", chosen.metrics);
        assert!(chosen.metrics["next/ndcg@10"] > chosen.metrics["next/ease/ndcg@10"], "{:?}", chosen.metrics);
        let scores = next.scores(&[(4, 1.0), (3, 1.0), (2, 1.0)]).unwrap();
        assert!((0..24).filter(|film| ![2, 3, 4].contains(film)).all(|film| scores[film] <= scores[5]));
        // Everything in one second: no order, so nothing to learn of it.
        let first = data.rows[0][0].at;
        data.rows.iter_mut().flatten().for_each(|rating| rating.at = first);
        let chosen =
            choose(&data, &ease, OF_EASE, TransitionOptions::new(1), &Tried::default(), &|_| {}).unwrap().unwrap();
        assert!(chosen.metrics["next/ndcg@10"] < 0.9, "{:?}", chosen.metrics);
    }

    #[test]
    fn with_too_few_people_nothing_is_chosen_and_a_bound_is_below_its_mean() {
        let data = circles(12, 30);
        let ease = Factors::fit(&data, OF_EASE).unwrap();
        assert!(
            choose(&data, &ease, OF_EASE, TransitionOptions::new(1), &Tried::default(), &|_| {}).unwrap().is_none()
        );
        let bound = lower_bound(&[0.5, 0.7, 0.6], &[0.4, 0.4, 0.4]);
        // Mean .2, standard error .1 / √3.
        assert!((bound - (0.2 - 1.96 * 0.1 / 3.0_f64.sqrt())).abs() < 1e-9, "{bound}");
    }
}
