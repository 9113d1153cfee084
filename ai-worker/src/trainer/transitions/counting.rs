//! `SᵀS` and `SᵀT`, added up step by step: S and T themselves, with a row for each rating, are never there.

use faer::Mat;
use rand::{SeedableRng, rngs::ChaCha8Rng, seq::SliceRandom};

use super::TransitionOptions;
use crate::{
    model::places,
    trainer::{
        factors::precise,
        interactions::{Interaction, Interactions},
    },
};

/// Steps that are counted at most: those of people drawn by chance where there are more.
const MAX_STEPS: usize = 2_000_000;

/// Both films × films.
pub(super) struct Sums {
    /// `SᵀS`.
    pub before: Mat<f64>,
    /// `SᵀT`.
    pub after: Mat<f64>,
}

/// Over the first `films` films; `None` where nobody rated one after another.
pub(super) fn sums(data: &Interactions, films: usize, options: &TransitionOptions) -> Option<Sums> {
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
    let mut people: Vec<usize> = (0..data.rows.len()).collect();
    if data.ratings() > MAX_STEPS {
        people.shuffle(&mut rng);
    }
    let (reach, ahead): (Vec<f64>, Vec<f64>) = (places(options.reach).collect(), places(options.ahead).collect());
    let mut sums = Sums { before: Mat::zeros(films, films), after: Mat::zeros(films, films) };
    let mut counted = 0;
    for person in people {
        let history = history(&data.rows[person], films, &mut rng);
        if history.len() < 2 || counted > MAX_STEPS {
            continue;
        }
        counted += history.len() - 1;
        // The busiest, who have the most steps, don't drown the rest: a row of S is as good as divided by the fourth root of the length.
        let weight = precise(history.len()).sqrt().recip();
        for step in 1..history.len() {
            let (past, next) = history.split_at(step);
            for (&from, factor) in past.iter().rev().zip(&reach) {
                for (&other, also) in past.iter().rev().zip(&reach) {
                    sums.before[(other, from)] += weight * factor * also;
                }
            }
            for (&to, factor) in next.iter().zip(&ahead) {
                for (&from, also) in past.iter().rev().zip(&reach) {
                    sums.after[(from, to)] += weight * factor * also;
                }
            }
        }
    }
    (counted > 0).then_some(sums)
}

/// Films in the order of time; nobody knows the order of what was rated in one second, so chance decides.
fn history(row: &[Interaction], films: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
    let mut row: Vec<&Interaction> = row.iter().filter(|rating| (rating.item as usize) < films).collect();
    row.shuffle(rng);
    row.sort_by_key(|rating| rating.at);
    row.into_iter().map(|rating| rating.item as usize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trainer::transitions::tests::circles;

    #[test]
    fn sums_are_those_of_the_rows_that_the_formula_has() {
        let data = circles(4, 1);
        let options = TransitionOptions { reach: 0.5, ahead: 0.5, ..TransitionOptions::new(1) };
        // One person, films 0 and 1: one step, whose row of S has film 0 and whose row of T has film 1.
        let sums = sums(&data, 4, &options).unwrap();
        let weight = 2.0_f64.sqrt().recip();
        for row in 0..4 {
            for column in 0..4 {
                let before = if (row, column) == (0, 0) { weight } else { 0.0 };
                let after = if (row, column) == (0, 1) { weight } else { 0.0 };
                assert!((sums.before[(row, column)] - before).abs() < 1e-12);
                assert!((sums.after[(row, column)] - after).abs() < 1e-12);
            }
        }
        assert!(super::sums(&data, 1, &options).is_none(), "of one film nothing follows another");
    }

    #[test]
    fn what_was_rated_in_one_second_is_in_an_order_by_chance() {
        let mut data = circles(30, 1);
        let first = data.rows[0][0].at;
        data.rows[0].iter_mut().for_each(|rating| rating.at = first);
        let found = history(&data.rows[0], 30, &mut ChaCha8Rng::seed_from_u64(1));
        assert!(!found.is_sorted() && found.len() == 28);
    }
}
