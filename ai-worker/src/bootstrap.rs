//! How sure figures are: 95 % intervals by the bootstrap over people (Efron 1979). The same people are drawn for everything that is measured
//! of as many with one seed, and in whatever order threads come to it.

use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use rayon::prelude::*;
use serde::Serialize;

/// Samples.
const RESAMPLES: u32 = 1_000;
/// 95 % of a normal distribution lie within so many standard deviations.
const DEVIATIONS: f64 = 1.959_964;

/// A figure with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figure {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// The mean of each column over people, between the percentiles 2.5 and 97.5 of samples' means; zeros of nobody.
pub fn intervals_of_means<const N: usize>(rows: &[[f64; N]], seed: u64) -> [Figure; N] {
    let means: Vec<[f64; N]> =
        resamples(seed, rows.len(), |people| mean(people.map(|person| &rows[person]), rows.len()));
    let values = mean(rows.iter(), rows.len());
    std::array::from_fn(|at| {
        let mut column: Vec<f64> = means.iter().map(|row| row[at]).collect();
        column.sort_by(f64::total_cmp);
        let tail = column.len() / 40;
        Figure { value: values[at], low: column[tail], high: column[column.len() - 1 - tail] }
    })
}

/// What `measure` makes of the sums of the columns over people, ± 1.96 standard deviations of what it makes of samples' sums: where a
/// measure is no mean (a root, an absolute value), the percentiles of samples may lie beside it.
pub fn intervals_of_sums<const N: usize, const M: usize>(
    rows: &[[f64; N]],
    seed: u64,
    measure: impl Fn([f64; N]) -> [f64; M] + Sync,
) -> [Figure; M] {
    let sum = |people: &mut dyn Iterator<Item = usize>| {
        measure(people.fold([0.0; N], |sum, person| std::array::from_fn(|at| sum[at] + rows[person][at])))
    };
    let values = sum(&mut (0..rows.len()));
    let samples = resamples(seed, rows.len(), sum);
    let centers = mean(samples.iter(), samples.len());
    std::array::from_fn(|at| {
        let squares: f64 = samples.iter().map(|sample| (sample[at] - centers[at]).powi(2)).sum();
        let reach = DEVIATIONS * (squares / number(samples.len() - 1)).sqrt();
        Figure { value: values[at], low: values[at] - reach, high: values[at] + reach }
    })
}

/// The part of all films that is in somebody's list. A sample lacks a third of the people and so finds fewer films: its percentiles would lie
/// below the figure. So the interval is normal, by the samples' standard deviation.
pub fn interval_of_coverage(lists: &[Vec<u32>], films: usize, seed: u64) -> Figure {
    let part = |people: &mut dyn Iterator<Item = usize>| {
        let mut is_covered = vec![false; films];
        people.flat_map(|person| &lists[person]).for_each(|film| is_covered[*film as usize] = true);
        number(is_covered.into_iter().filter(|covered| *covered).count()) / number(films.max(1))
    };
    let value = part(&mut (0..lists.len()));
    let samples = resamples(seed, lists.len(), |people| [part(people)]);
    let [center] = mean(samples.iter(), samples.len());
    let variance = samples.iter().map(|[sample]| (sample - center).powi(2)).sum::<f64>() / number(samples.len() - 1);
    let reach = DEVIATIONS * variance.sqrt();
    Figure { value, low: (value - reach).max(0.0), high: (value + reach).min(1.0) }
}

/// `measure` of as many people as there are, drawn with replacement, again and again. Which are drawn depends on the seed and their
/// number alone.
fn resamples<T: Send>(
    seed: u64,
    people: usize,
    measure: impl Fn(&mut dyn Iterator<Item = usize>) -> T + Sync,
) -> Vec<T> {
    let sample = |resample: u32| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed.wrapping_add(u64::from(resample)));
        measure(&mut (0..people).map(|_| rng.random_range(0..people)))
    };
    (0..RESAMPLES).into_par_iter().map(sample).collect()
}

fn mean<'r, const N: usize>(rows: impl Iterator<Item = &'r [f64; N]>, count: usize) -> [f64; N] {
    let sum = rows.fold([0.0; N], |sum, row| std::array::from_fn(|at| sum[at] + row[at]));
    sum.map(|sum| sum / number(count.max(1)))
}

#[expect(clippy::cast_precision_loss, reason = "numbers of people and films are far below 2^53")]
fn number(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_holds_its_mean_narrows_with_more_people_and_is_the_same_for_a_seed() {
        let rows: Vec<[f64; 2]> = (0..400).map(|n| [f64::from(n % 10) / 10.0, 1.0]).collect();
        let [few, _] = intervals_of_means(&rows[..20], 1);
        let [many, constant] = intervals_of_means(&rows, 1);
        assert!((many.value - 0.45).abs() < 1e-9 && many.low < 0.45 && many.high > 0.45);
        assert!(many.high - many.low < (few.high - few.low) / 2.0);
        assert!((constant.low - 1.0).abs() < 1e-9 && (constant.high - 1.0).abs() < 1e-9);
        assert_eq!(intervals_of_means(&rows, 1)[0], many);
        assert_eq!(intervals_of_means::<1>(&[], 1)[0], Figure { value: 0.0, low: 0.0, high: 0.0 });
        // The normal approximation: the standard deviation of 0, .1, … .9 is .2872.
        let reach = DEVIATIONS * 0.2872 / 20.0;
        assert!((many.high - 0.45 - reach).abs() < 0.006 && (0.45 - many.low - reach).abs() < 0.006, "{many:?}");
    }

    #[test]
    fn a_root_of_sums_has_an_interval_around_it() {
        let rows: Vec<[f64; 2]> = (0..200).map(|n| [1.0, f64::from(n % 5)]).collect();
        let [root] = intervals_of_sums(&rows, 1, |[count, squares]| [(squares / count).sqrt()]);
        assert!((root.value - 2.0_f64.sqrt()).abs() < 1e-12 && root.low < root.value && root.value < root.high);
        // The delta method: a standard deviation of √2 of the squares, divided by 2·√2·√200.
        let reach = DEVIATIONS * 2.0_f64.sqrt() / (2.0 * 2.0_f64.sqrt() * 200.0_f64.sqrt());
        assert!((root.high - root.value - reach).abs() < 0.01, "{root:?}");
    }

    #[test]
    fn the_interval_of_coverage_is_around_it_though_samples_find_fewer_films() {
        let lists: Vec<Vec<u32>> = (0..60).map(|person| vec![person, 60 + person % 3]).collect();
        let figure = interval_of_coverage(&lists, 100, 1);
        assert!((figure.value - 0.63).abs() < 1e-12 && figure.low < 0.63 && figure.high > 0.63, "{figure:?}");
        assert!(figure.high - figure.low < 0.2);
    }
}
