//! Measures of many rankings, as JSON and as a table.

use std::collections::{BTreeMap, HashSet};

use matinee_domain::MovieId;
use serde::Serialize;

use super::rankings::{Person, Ranking};
use crate::trainer::metrics::{ndcg, recall, reciprocal_rank};

const RECALL_CUTS: [usize; 3] = [10, 20, 50];

/// Mean measures by name, such as `ndcg@10`.
pub type Measures = BTreeMap<String, f64>;

/// The model that serves, and popularity alone, by name.
#[derive(Debug, Serialize)]
pub struct Comparison {
    #[serde(rename = "default")]
    pub model: Measures,
    pub popularity: Measures,
}

/// Wall-clock time.
#[derive(Debug, Serialize)]
pub struct Seconds {
    pub fit: f64,
    pub score: f64,
}

/// The outcome of an evaluation; what was not asked for is left out.
#[derive(Debug, Serialize)]
pub struct Report {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Comparison>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holdout: Option<Holdout>,
    pub seconds: Seconds,
}

/// Unseen people, by the number of their events that the model was told of.
#[derive(Debug, Serialize)]
pub struct Holdout {
    pub users: usize,
    pub seed: u64,
    pub events: BTreeMap<usize, Comparison>,
}

/// Measures rankings, one for each person, of `items` films; people with nothing relevant don't count.
pub fn measure(people: &[Person], rankings: &[Ranking], items: &[MovieId], k: usize) -> Measures {
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    let mut recommended: HashSet<usize> = HashSet::new();
    let mut count = 0_u32;
    for (person, ranking) in people.iter().zip(rankings).filter(|(person, _)| !person.relevant.is_empty()) {
        count += 1;
        recommended.extend(ranking.iter().copied().take(k));
        let hits: Vec<bool> = ranking.iter().map(|item| person.relevant.contains(&items[*item])).collect();
        let relevant = person.relevant.len();
        let mut add = |name: String, value: f64| *sums.entry(name).or_default() += value;
        add(format!("ndcg@{k}"), ndcg(&hits, relevant, k));
        for cut in RECALL_CUTS {
            add(format!("recall@{cut}"), recall(&hits, relevant, cut));
        }
        add("mrr".to_owned(), reciprocal_rank(&hits));
    }
    let mut means: Measures = sums.into_iter().map(|(name, sum)| (name, sum / f64::from(count.max(1)))).collect();
    #[expect(clippy::cast_precision_loss, reason = "counts of films are far below 2^53")]
    let coverage = recommended.len() as f64 / items.len().max(1) as f64;
    means.insert(format!("coverage@{k}"), coverage);
    means
}

impl Report {
    /// For people to read.
    pub fn print(&self) {
        let rows = self.metrics.iter().map(|comparison| ("test".to_owned(), comparison));
        let held_out = self.holdout.iter().flat_map(|holdout| &holdout.events);
        let rows: Vec<_> =
            rows.chain(held_out.map(|(events, comparison)| (format!("{events} events"), comparison))).collect();
        let Some((_, first)) = rows.first() else { return };
        let names: Vec<String> = first.model.keys().map(|name| format!("{name:>12}")).collect();
        println!("{:12} {:12} {}", "people", "ranking", names.concat());
        for (people, comparison) in &rows {
            for (ranking, measures) in [("default", &comparison.model), ("popularity", &comparison.popularity)] {
                let values: Vec<String> = measures.values().map(|value| format!("{value:>12.4}")).collect();
                println!("{people:12} {ranking:12} {}", values.concat());
            }
        }
        println!("fit {:.1} s, score {:.2} s", self.seconds.fit, self.seconds.score);
    }
}
