//! Steps of people held out: the film that somebody rated next, to be found by what they had rated before.

use super::{interactions::Interaction, metrics::ndcg, validation::CUT};

/// Of each person so many steps at most are to be found, the last one among them.
const SOUGHT: usize = 8;

/// A step to be found, and what was before it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    /// (film, weight) of what was before, the latest first.
    pub events: Vec<(u32, f32)>,
    pub target: usize,
}

/// Steps of somebody's ratings, spread evenly over them; the very first follows nothing, and is none.
pub(super) fn steps(row: &[Interaction]) -> impl Iterator<Item = Step> {
    let mut row = row.to_vec();
    row.sort_by_key(|rating| rating.at);
    let sought: Vec<usize> = (1..row.len()).rev().step_by(row.len().div_ceil(SOUGHT).max(1)).collect();
    sought.into_iter().map(move |at| {
        let now = row[at].at;
        let events = row[..at].iter().rev().map(|rating| (rating.item, rating.weight(now))).collect();
        Step { events, target: row[at].item as usize }
    })
}

impl Step {
    /// nDCG of the step among `films` films that were not rated before, where each has this score.
    pub fn gain(&self, films: usize, score: impl Fn(usize) -> f32) -> f64 {
        let is_open = |film: usize| self.events.iter().all(|event| event.0 as usize != film);
        let sought = score(self.target);
        let better = (0..films).filter(|&film| film != self.target && score(film) >= sought && is_open(film));
        let mut hits = vec![false; better.take(CUT).count()];
        hits.push(true);
        ndcg(&hits, 1, CUT)
    }
}

#[cfg(test)]
mod tests {
    use matinee_domain::{Stars, Timestamp};

    use super::*;

    fn rated(item: u32, second: i64) -> Interaction {
        let at = Timestamp::from_timestamp(second, 0).unwrap();
        Interaction { item, stars: Stars::from_half_stars(10).unwrap(), at }
    }

    #[test]
    fn a_step_is_to_be_found_by_what_was_before_it_and_the_last_one_is_among_them() {
        let row: Vec<Interaction> = (0..20).map(|item| rated(item, i64::from(20 - item))).collect();
        let found: Vec<Step> = steps(&row).collect();
        assert_eq!(found[0].target, 0, "the latest rating is that of film 0");
        assert_eq!(found[0].events[..2], [(1, 1.0), (2, 1.0)]);
        assert!(found.len() <= SOUGHT && found.iter().all(|step| step.events.len() == 19 - step.target));
        assert_eq!((steps(&[]).count(), steps(&row[..1]).count()), (0, 0));
    }

    #[test]
    fn films_that_were_rated_before_are_not_in_the_way() {
        let step = Step { events: vec![(0, 1.0)], target: 2 };
        let scores = [9.0, 5.0, 3.0, 1.0];
        assert!(
            (step.gain(4, |film| scores[film]) - 3.0_f64.log2().recip()).abs() < 1e-12,
            "film 1 alone is before it"
        );
    }
}
