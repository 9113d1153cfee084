//! What one ranking is worth to one person, and what many are worth.

use std::collections::BTreeMap;

use super::audience::Audience;
use crate::{
    bootstrap::{Figure, interval_of_coverage, intervals_of_means},
    trainer::metrics::{ndcg, recall, reciprocal_rank},
};

const RECALL_CUTS: [usize; 3] = [10, 20, 50];
/// Measures of one person.
const EACH: usize = 8;

/// The measures of one stage, or how far two are apart, by name such as `ndcg@10`.
pub type Figures = BTreeMap<String, Figure>;

/// Measures of one person, in the order of [`names`].
pub type Row = [f64; EACH];

/// The answers of one stage to one group of people, of whom those count who have something to find.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    rows: Vec<Row>,
    /// The first k films of each.
    lists: Vec<Vec<u32>>,
}

/// How well known films are and by whom, and where lists are cut.
#[derive(Clone, Debug)]
pub struct Scale {
    pub k: usize,
    /// −log₂ of the part of the people of training who rated the film: its self-information in bits.
    surprise: Vec<f64>,
    audience: Audience,
}

impl Scale {
    /// For films that so many of `people` rated.
    pub fn new(k: usize, raters: &[u32], people: usize, audience: Audience) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a number of people is far below 2^53")]
        let people = people as f64;
        // Nobody rates a film of the training no time; a repeated rating must not make it more than everybody.
        let surprise = raters.iter().map(|&raters| (people / f64::from(raters.max(1))).log2().max(0.0)).collect();
        Self { k, surprise, audience }
    }

    pub fn films(&self) -> usize {
        self.surprise.len()
    }

    fn names(&self) -> [String; EACH] {
        let k = self.k;
        let [first, second, third] = RECALL_CUTS.map(|cut| format!("recall@{cut}"));
        let [gain, hit, novelty, alike] = ["ndcg", "hr", "novelty", "alike"].map(|name| format!("{name}@{k}"));
        [gain, hit, first, second, third, "mrr".to_owned(), novelty, alike]
    }

    fn novelty(&self, list: &[u32]) -> f64 {
        let bits: f64 = list.iter().map(|film| self.surprise[*film as usize]).sum();
        bits / f64::from(u32::try_from(list.len().max(1)).expect("a short list"))
    }
}

impl Answers {
    /// Takes in a ranking, in which the first relevant film is, if there is one to find; `relevant` counts those that are none of the
    /// stage's films, too.
    pub fn add(&mut self, ranking: &[u32], is_relevant: impl Fn(u32) -> bool, relevant: usize, scale: &Scale) {
        let hits: Vec<bool> = ranking.iter().map(|film| is_relevant(*film)).collect();
        let list = &ranking[..scale.k.min(ranking.len())];
        let hit = if hits.iter().take(scale.k).any(|hit| *hit) { 1.0 } else { 0.0 };
        let [first, second, third] = RECALL_CUTS.map(|cut| recall(&hits, relevant, cut));
        let (gain, reciprocal) = (ndcg(&hits, relevant, scale.k), reciprocal_rank(&hits));
        let alike = scale.audience.alike(list);
        self.rows.push([gain, hit, first, second, third, reciprocal, scale.novelty(list), alike]);
        self.lists.push(list.to_vec());
    }

    pub fn people(&self) -> usize {
        self.rows.len()
    }

    /// Every measure with its interval; none of nobody.
    pub fn figures(&self, scale: &Scale, seed: u64) -> Figures {
        if self.rows.is_empty() {
            return Figures::new();
        }
        let mut figures: Figures = scale.names().into_iter().zip(intervals_of_means(&self.rows, seed)).collect();
        let coverage = interval_of_coverage(&self.lists, scale.films(), seed);
        figures.insert(format!("coverage@{}", scale.k), coverage);
        figures
    }

    /// How much more this stage has of everything that is a mean over people, person by person, who must be the same.
    pub fn less(&self, other: &Self, scale: &Scale, seed: u64) -> Figures {
        if self.rows.is_empty() {
            return Figures::new();
        }
        let pairs = self.rows.iter().zip(&other.rows);
        let rows: Vec<Row> = pairs.map(|(one, other)| std::array::from_fn(|at| one[at] - other[at])).collect();
        scale.names().into_iter().zip(intervals_of_means(&rows, seed)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_near(figures: &Figures, name: &str, value: f64) -> bool {
        (figures[name].value - value).abs() < 1e-12
    }

    #[test]
    fn every_measure_is_the_mean_over_people_and_coverage_that_of_all() {
        // Four people; the films were rated by all, two, one and one of them.
        let people = [vec![0, 1, 2], vec![0, 1], vec![0, 3], vec![0]];
        let scale = Scale::new(2, &[4, 2, 1, 1], 4, Audience::new(&people, 4));
        let mut answers = Answers::default();
        answers.add(&[0, 1, 2], |film| film == 1, 1, &scale);
        answers.add(&[0, 2, 1], |film| film == 1, 1, &scale);
        let figures = answers.figures(&scale, 1);
        assert!(is_near(&figures, "hr@2", 0.5), "{figures:?}");
        assert!(is_near(&figures, "ndcg@2", 3.0_f64.log2().recip() / 2.0), "{figures:?}");
        assert!(is_near(&figures, "mrr", f64::midpoint(0.5, 1.0 / 3.0)), "{figures:?}");
        assert!(is_near(&figures, "novelty@2", f64::midpoint(0.5, 1.0)), "0 and 1 bit, then 0 and 2: {figures:?}");
        let alike = f64::midpoint(2.0 / 8.0_f64.sqrt(), 1.0 / 4.0_f64.sqrt());
        assert!(is_near(&figures, "alike@2", alike), "films 0 and 1, then 0 and 2: {figures:?}");
        assert!(is_near(&figures, "coverage@2", 0.75), "{figures:?}");
        assert!(
            figures.values().all(|figure| figure.low <= figure.value && figure.value <= figure.high),
            "{figures:?}"
        );
    }

    #[test]
    fn two_stages_that_do_the_same_do_not_differ() {
        let scale = Scale::new(1, &[1, 1], 2, Audience::new(&[vec![0, 1]], 2));
        let mut answers = Answers::default();
        answers.add(&[1, 0], |film| film == 0, 1, &scale);
        let difference = answers.less(&answers.clone(), &scale, 1);
        assert!(difference.values().all(|figure| figure.value.abs() < 1e-12 && figure.high.abs() < 1e-12));
        assert!(Answers::default().figures(&scale, 1).is_empty());
    }
}
