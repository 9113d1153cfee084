//! How near predicted stars come to those that were given, over all ratings of a group; people are what is drawn for intervals.

use super::super::{
    measure::Figures,
    report::{Of, Stars},
};
use crate::{bootstrap::intervals_of_sums, trainer::stars::Predicted};

/// Bins of predicted stars, half a star each.
const BINS: usize = 10;
/// Sums of one person: ratings, squares, absolute errors, ratings within the interval, widths, and errors by bin.
const EACH: usize = 5 + BINS;
const BOTH: usize = 2 * EACH;
const NAMES: [&str; 5] = ["rmse", "mae", "coverage@80", "width@80", "miscalibration"];

type Row = [f64; EACH];

/// The answers of one stage to one group of people.
#[derive(Clone, Debug, Default)]
pub struct StarAnswers {
    pub rows: Vec<Row>,
}

impl StarAnswers {
    /// One person's, of (predicted, given).
    pub fn row(answers: impl Iterator<Item = (Predicted, f64)>) -> Row {
        let mut row = [0.0; EACH];
        for (predicted, given) in answers {
            let error = predicted.stars - given;
            let is_within = predicted.low <= given && given <= predicted.high;
            let of_all =
                [1.0, error.powi(2), error.abs(), f64::from(u8::from(is_within)), predicted.high - predicted.low];
            row.iter_mut().zip(of_all).for_each(|(sum, value)| *sum += value);
            row[5 + bin(predicted.stars)] += error;
        }
        row
    }

    fn ratings(&self) -> usize {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a sum of ones")]
        let ratings = self.rows.iter().map(|row| row[0]).sum::<f64>() as usize;
        ratings
    }

    fn figures(&self, seed: u64) -> Figures {
        named(intervals_of_sums(&self.rows, seed, measures))
    }

    /// How much more this stage has of each measure, of the same people.
    fn less(&self, other: &Self, seed: u64) -> Figures {
        let both = |(one, other): (&Row, &Row)| -> [f64; BOTH] {
            std::array::from_fn(|at| if at < EACH { one[at] } else { other[at - EACH] })
        };
        let rows: Vec<[f64; BOTH]> = self.rows.iter().zip(&other.rows).map(both).collect();
        named(intervals_of_sums(&rows, seed, |sums| {
            let (one, other) = sums.split_at(EACH);
            let of = |sums: &[f64]| measures(std::array::from_fn(|at| sums[at]));
            let (one, other) = (of(one), of(other));
            std::array::from_fn(|at| one[at] - other[at])
        }))
    }
}

/// The figures of the group number `at`; none where no stage was measured, or nobody of it has hidden ratings.
pub fn in_figures(answers: &[(&'static str, Vec<StarAnswers>)], at: usize, seed: u64) -> Option<Stars> {
    let mut of_stages = answers.iter().map(|(stage, of_groups)| (*stage, &of_groups[at]));
    let stages = of_stages.clone().map(|(stage, answers)| Of { stage, figures: answers.figures(seed) });
    let (_, first) = of_stages.clone().next().filter(|(_, first)| !first.rows.is_empty())?;
    let stages = stages.collect();
    of_stages.next();
    let differences = of_stages.map(|(stage, other)| Of { stage, figures: first.less(other, seed) }).collect();
    Some(Stars { people: first.rows.len(), ratings: first.ratings(), stages, differences })
}

fn measures(sums: Row) -> [f64; NAMES.len()] {
    let [ratings, squares, absolute, within, widths, ..] = sums;
    // |mean predicted − mean given| of each bin, weighted by its ratings: those cancel.
    let off: f64 = sums[5..].iter().map(|sum| sum.abs()).sum();
    let ratings = ratings.max(1.0);
    [(squares / ratings).sqrt(), absolute / ratings, within / ratings, widths / ratings, off / ratings]
}

fn named(figures: [crate::bootstrap::Figure; NAMES.len()]) -> Figures {
    NAMES.into_iter().map(str::to_owned).zip(figures).collect()
}

fn bin(stars: f64) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "half stars, 1 to 10")]
    let half_stars = (stars * 2.0) as usize;
    half_stars.clamp(1, BINS) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn predicted(stars: f64) -> Predicted {
        Predicted { stars, low: stars - 1.0, high: stars + 1.0 }
    }

    #[test]
    fn errors_are_those_of_ratings_and_bins_are_told_apart() {
        let one = StarAnswers::row([(predicted(4.0), 5.0), (predicted(4.2), 3.2)].into_iter());
        let other = StarAnswers::row([(predicted(2.0), 4.0)].into_iter());
        let answers = StarAnswers { rows: vec![one, other] };
        let figures = answers.figures(1);
        let is_near = |name: &str, value: f64| (figures[name].value - value).abs() < 1e-12;
        assert!(is_near("rmse", 2.0_f64.sqrt()) && is_near("mae", 4.0 / 3.0), "{figures:?}");
        assert!(is_near("coverage@80", 2.0 / 3.0) && is_near("width@80", 2.0), "{figures:?}");
        assert!(is_near("miscalibration", 2.0 / 3.0), "those of 4 to 4.5 are right on average: {figures:?}");
        assert!(answers.less(&answers.clone(), 1).values().all(|figure| figure.value.abs() < 1e-12));
        assert_eq!(answers.ratings(), 3);
        assert_eq!((bin(0.5), bin(0.99), bin(4.99), bin(5.0)), (0, 0, 8, 9));
    }

    #[test]
    fn nobody_has_no_figures() {
        assert!(in_figures(&[("stars", vec![StarAnswers::default()])], 0, 1).is_none());
        assert!(in_figures(&[], 0, 1).is_none());
    }
}
