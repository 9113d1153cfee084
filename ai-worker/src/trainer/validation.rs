//! People held out of the fit: what the model and popularity alone would have recommended after their first events.

use std::collections::HashSet;

use rand::{Rng, SeedableRng, rngs::ChaCha8Rng, seq::SliceRandom};
use rayon::prelude::*;

use super::{
    factors::{Factors, precise},
    interactions::{Interaction, Interactions},
    metrics::ndcg,
};
use crate::model::Prior;

/// nDCG is measured at this cut.
pub const CUT: usize = 10;
/// A rating of at least this many half stars is a film that should have been recommended.
pub(super) const RELEVANT_HALF_STARS: u8 = 8;
const MAX_HELD_OUT: usize = 400;
const MIN_HELD_OUT: usize = 20;
/// Draws of the given events for each held-out person: the mean of several is steadier.
const DRAWS: usize = 3;

/// How much is known of a held-out person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    Events(usize),
    /// Four fifths of what they rated.
    Most,
}

/// What is measured, in this order.
pub const SETTINGS: [Known; 6] =
    [Known::Events(1), Known::Events(3), Known::Events(5), Known::Events(10), Known::Events(20), Known::Most];

impl Known {
    /// The name in a manifest's metrics.
    pub fn name(self) -> String {
        match self {
            Self::Events(count) => count.to_string(),
            Self::Most => "all".to_owned(),
        }
    }
}

/// One held-out person with part of their events.
struct Case {
    setting: usize,
    events: Vec<(u32, f32)>,
    relevant: HashSet<u32>,
}

/// Held-out people, and the data without them.
pub struct Validation {
    pub rest: Interactions,
    cases: Vec<Case>,
}

/// Mean nDCG by setting.
pub type Scores = [f64; SETTINGS.len()];

impl Validation {
    /// Holds out about a fifth of the people, 400 at most; `None` where there are too few to learn anything from that.
    pub fn split(data: &Interactions, seed: u64) -> Option<Self> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut people: Vec<usize> = (0..data.rows.len()).filter(|&user| data.rows[user].len() >= 5).collect();
        people.shuffle(&mut rng);
        people.truncate((people.len() / 5).min(MAX_HELD_OUT));
        if people.len() < MIN_HELD_OUT {
            return None;
        }
        let drawn = people.iter().flat_map(|&user| [user; DRAWS]);
        let cases = drawn.flat_map(|user| cases(&data.rows[user], &mut rng)).collect();
        let held_out: HashSet<usize> = people.into_iter().collect();
        Some(Self { rest: data.filtered(|user| !held_out.contains(&user)), cases })
    }

    /// Mean nDCG@10 of the model with each of the priors.
    pub fn measure(&self, factors: &Factors, priors: &[Prior]) -> Vec<Scores> {
        // Given films are masked, so their own terms need not be taken out here.
        self.measure_by(&factors.log_popularity, priors, |events| factors.event_scores(events))
    }

    /// The same of anything that gives all films scores by events.
    pub fn measure_by(
        &self,
        log_popularity: &[f32],
        priors: &[Prior],
        event_scores: impl Fn(&[(u32, f32)]) -> Vec<f32> + Sync,
    ) -> Vec<Scores> {
        let by_case: Vec<(usize, Vec<f64>)> = self
            .cases
            .par_iter()
            .map(|case| {
                let scores = event_scores(&case.events);
                let measured = priors.iter().map(|prior| {
                    let weight = prior.weight(case.events.iter().map(|event| event.1));
                    case.ndcg(scores.iter().zip(log_popularity).map(|(score, log)| score + weight * log))
                });
                (case.setting, measured.collect())
            })
            .collect();
        (0..priors.len()).map(|prior| mean_by_setting(by_case.iter().map(|(at, all)| (*at, all[prior])))).collect()
    }

    /// Mean nDCG@10 of popularity alone.
    pub fn measure_popularity(&self) -> Scores {
        let mut counts = vec![0.0_f32; self.rest.items.len()];
        for interaction in self.rest.rows.iter().flatten() {
            counts[interaction.item as usize] += 1.0;
        }
        mean_by_setting(self.cases.iter().map(|case| (case.setting, case.ndcg(counts.iter().copied()))))
    }
}

impl Case {
    fn ndcg(&self, scores: impl Iterator<Item = f32>) -> f64 {
        let hits: Vec<bool> = top(scores, |item| self.events.iter().any(|event| event.0 == item))
            .map(|item| self.relevant.contains(&item))
            .collect();
        ndcg(&hits, self.relevant.len(), CUT)
    }
}

/// The person with 1, 3, … events given and the rest to be found, in random order.
fn cases(row: &[Interaction], rng: &mut impl Rng) -> Vec<Case> {
    let mut row = row.to_vec();
    row.shuffle(rng);
    let latest = row.iter().map(|interaction| interaction.at).max().unwrap_or_default();
    let case = |(setting, known): (usize, &Known)| {
        let given = match known {
            Known::Events(count) => *count,
            Known::Most => row.len() * 4 / 5,
        };
        let (given, hidden) = row.split_at_checked(given)?;
        let events = given.iter().map(|interaction| (interaction.item, interaction.weight(latest))).collect();
        let relevant: HashSet<u32> = hidden
            .iter()
            .filter(|interaction| interaction.stars.half_stars() >= RELEVANT_HALF_STARS)
            .map(|interaction| interaction.item)
            .collect();
        (!relevant.is_empty()).then_some(Case { setting, events, relevant })
    };
    SETTINGS.iter().enumerate().filter_map(case).collect()
}

/// The best [`CUT`] films that are not masked, best first, ties to the lower index.
fn top(scores: impl Iterator<Item = f32>, is_masked: impl Fn(u32) -> bool) -> impl Iterator<Item = u32> {
    let mut best: Vec<(f32, u32)> = Vec::with_capacity(CUT + 1);
    for (score, item) in scores.zip(0..) {
        if best.len() == CUT && score <= best[CUT - 1].0 || is_masked(item) {
            continue;
        }
        let place = best.partition_point(|(other, _)| *other >= score);
        best.insert(place, (score, item));
        best.truncate(CUT);
    }
    best.into_iter().map(|(_, item)| item)
}

fn mean_by_setting(values: impl Iterator<Item = (usize, f64)>) -> Scores {
    let mut sums = [(0.0, 0_usize); SETTINGS.len()];
    for (setting, value) in values {
        sums[setting].0 += value;
        sums[setting].1 += 1;
    }
    sums.map(|(sum, count)| sum / precise(count.max(1)))
}
