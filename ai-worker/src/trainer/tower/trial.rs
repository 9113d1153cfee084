//! A fifth of the films as if nobody had rated them: the ridge that ranks them best for people who liked them, and whether that is
//! better than no map, or chance.
//!
//! The hidden films take no part in a fit of their own. They are in two halves: each half is judged by the ridge that the other half
//! would choose, so no figure is of films by which anything was chosen.

use std::collections::HashMap;

use rand::{SeedableRng, rngs::ChaCha8Rng, seq::SliceRandom};
use rayon::prelude::*;

use super::{Content, FilmTexts, Learning, dot, ridge::Regression};
use crate::trainer::{
    Factors, FitOptions, Interaction, Interactions, TrainError, factors::precise, metrics::ndcg,
    validation::RELEVANT_HALF_STARS,
};

/// Tried, for embeddings of length one and weights whose mean is one.
pub const RIDGES: [f64; 6] = [1.0, 3.0, 10.0, 30.0, 100.0, 300.0];
const CUT: usize = 10;
const MOST_PEOPLE: usize = 1_000;
const FEWEST_HIDDEN: usize = 10;
/// With a text.
pub const FEWEST_FILMS: usize = 5 * FEWEST_HIDDEN;
const MOST_HIDDEN: usize = 5_000;
const FEWEST_CASES: usize = 20;

/// nDCG@10 of films that are hidden, among those.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    /// Which of [`RIDGES`] is best.
    pub choice: usize,
    pub ndcg: f64,
    pub content: f64,
    pub random: f64,
    /// How far the tower is ahead of chance at the least: the lower end of the 95 % interval of the mean difference over people.
    pub surely_over_random: f64,
}

/// One person and one half of the hidden films.
struct Case<'a> {
    half: usize,
    user: usize,
    relevant: &'a [usize],
}

/// nDCG of a case.
struct Judged {
    half: usize,
    by_ridge: Vec<f64>,
    content: f64,
    random: f64,
}

/// `None` where too few films have a text, or too few people like any of those that are hidden.
///
/// # Errors
/// When a fit fails.
pub fn try_out(data: &Interactions, texts: &FilmTexts, options: FitOptions) -> Result<Option<Trial>, TrainError> {
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
    let mut described: Vec<u32> =
        (0..).zip(&data.items).filter(|(_, film)| texts.lookup(**film).is_some()).map(|(at, _)| at).collect();
    // Shuffled, so that ties do not fall to the better known film.
    described.shuffle(&mut rng);
    described.truncate((described.len() / 5).min(MOST_HIDDEN));
    let hidden: HashMap<u32, usize> = described.iter().copied().zip(0..).collect();
    let rest = data.of_films(|film| !hidden.contains_key(&film));
    if hidden.len() < FEWEST_HIDDEN || rest.ratings() == 0 {
        return Ok(None);
    }
    let relevant = relevant(data, &hidden);
    let mut cases: Vec<Case<'_>> = Vec::new();
    let mut people: Vec<usize> = (0..data.rows.len()).filter(|&user| !rest.rows[user].is_empty()).collect();
    people.shuffle(&mut rng);
    people.retain(|&user| relevant[user].iter().any(|half| !half.is_empty()));
    for user in people.into_iter().take(MOST_PEOPLE) {
        let halves = relevant[user].iter().enumerate().filter(|(_, relevant)| !relevant.is_empty());
        cases.extend(halves.map(|(half, relevant)| Case { half, user, relevant }));
    }
    if (0..2).any(|half| cases.iter().filter(|case| case.half == half).count() < FEWEST_CASES) {
        return Ok(None);
    }
    let embeddings: Vec<Vec<f32>> =
        described.iter().filter_map(|film| texts.lookup(data.items[*film as usize])).collect();
    judged(&rest, texts, options, &embeddings, &cases).map(|judged| Some(outcome(&judged)))
}

/// By person and half: the places of hidden films that they liked.
fn relevant(data: &Interactions, hidden: &HashMap<u32, usize>) -> Vec<[Vec<usize>; 2]> {
    let row = |row: &Vec<Interaction>| {
        let mut halves = [Vec::new(), Vec::new()];
        for Interaction { item, stars, .. } in row {
            if let Some(&place) = hidden.get(item)
                && stars.half_stars() >= RELEVANT_HALF_STARS
            {
                halves[place % 2].push(place);
            }
        }
        halves
    };
    data.rows.iter().map(row).collect()
}

fn judged(
    rest: &Interactions,
    texts: &FilmTexts,
    options: FitOptions,
    hidden: &[Vec<f32>],
    cases: &[Case<'_>],
) -> Result<Vec<Judged>, TrainError> {
    let factors = Factors::fit(rest, options)?;
    let learning = Learning::new(rest, &factors, texts, options.user_power);
    let checked = learning.check(&RIDGES, options.seed)?;
    let regression = Regression::fit(&learning.sample)?;
    let rows: Vec<Vec<f32>> = checked
        .iter()
        .map(|checked| super::placed_rows(&regression.at(checked.ridge, checked.scale), hidden, factors.rank).films)
        .collect();
    let content = Content::new(rest, texts);
    let judge = |(number, case): (u64, &Case<'_>)| {
        let row = &rest.rows[case.user];
        let latest = row.iter().map(|interaction| interaction.at).max().unwrap_or_default();
        let events: Vec<(u32, f32)> =
            row.iter().map(|interaction| (interaction.item, interaction.weight(latest))).collect();
        let taste = factors.taste(&events);
        let by_ridge = rows
            .iter()
            .map(|rows| case.ndcg(&rows.chunks(factors.rank).map(|row| dot(row, &taste)).collect::<Vec<_>>()));
        let mut chance: Vec<u16> = (0..).take(hidden.len()).collect();
        chance.shuffle(&mut ChaCha8Rng::seed_from_u64(options.seed.wrapping_add(number)));
        Judged {
            half: case.half,
            by_ridge: by_ridge.collect(),
            content: case.ndcg(&content.scores(&events, hidden)),
            random: case.ndcg(&chance.into_iter().map(f32::from).collect::<Vec<_>>()),
        }
    };
    let numbered: Vec<(u64, &Case<'_>)> = (0..).zip(cases).collect();
    Ok(numbered.into_par_iter().map(judge).collect())
}

impl Case<'_> {
    /// Of the films of the case's half, by scores of all.
    fn ndcg(&self, scores: &[f32]) -> f64 {
        let mut places: Vec<usize> = (self.half..scores.len()).step_by(2).collect();
        places.sort_by(|one, other| scores[*other].total_cmp(&scores[*one]).then(one.cmp(other)));
        let hits: Vec<bool> = places.iter().take(CUT).map(|place| self.relevant.contains(place)).collect();
        ndcg(&hits, self.relevant.len(), CUT)
    }
}

fn outcome(judged: &[Judged]) -> Trial {
    let best = |half: Option<usize>| {
        let mean = |ridge: usize| {
            let of = judged.iter().filter(|judged| half.is_none_or(|half| judged.half == half));
            mean(of.map(|judged| judged.by_ridge[ridge]))
        };
        let order = |one: &usize, other: &usize| mean(*one).total_cmp(&mean(*other));
        (0..RIDGES.len()).max_by(order).expect("there are ridges to try")
    };
    // Each half by what the other one would choose.
    let chosen = [best(Some(1)), best(Some(0))];
    let tower = |judged: &Judged| judged.by_ridge[chosen[judged.half]];
    let lead = || judged.iter().map(|judged| tower(judged) - judged.random);
    let mean_lead = mean(lead());
    let variance = mean(lead().map(|lead| (lead - mean_lead).powi(2)));
    Trial {
        choice: best(None),
        ndcg: mean(judged.iter().map(tower)),
        content: mean(judged.iter().map(|judged| judged.content)),
        random: mean(judged.iter().map(|judged| judged.random)),
        surely_over_random: mean_lead - 1.96 * (variance / precise(judged.len())).sqrt(),
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0_usize), |(sum, count), value| (sum + value, count + 1));
    sum / precise(count.max(1))
}
