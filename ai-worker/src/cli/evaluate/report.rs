//! What came out, as JSON and for people to read.

use serde::Serialize;

use super::measure::Figures;
use crate::model::BoundBy;

/// The outcome of an evaluation.
#[derive(Debug, Serialize)]
pub struct Report {
    pub seed: u64,
    pub k: usize,
    pub protocols: Vec<Outcome>,
    /// Of all protocols together.
    pub seconds: Seconds,
}

/// Wall-clock time; choosing settings is part of fitting.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Seconds {
    pub fit: f64,
    pub score: f64,
}

/// The outcome of one protocol.
#[derive(Debug, Serialize)]
pub struct Outcome {
    pub protocol: &'static str,
    pub train: Learnt,
    pub groups: Vec<Measured>,
    /// Seconds by stage; whichever needs settings first waits for their choice.
    pub stages: Vec<Took>,
}

/// What was learnt from.
#[derive(Debug, Serialize)]
pub struct Learnt {
    pub ratings: usize,
    pub people: usize,
    pub films: usize,
    /// Films that are left out, for they are beyond a bound; those among them that should have been recommended count as not found.
    pub films_left_out: usize,
    pub bound_by: BoundBy,
}

#[derive(Debug, Serialize)]
pub struct Took {
    pub stage: &'static str,
    #[serde(flatten)]
    pub seconds: Seconds,
}

/// A group of people, and what each stage did with them, in the order in which stages were measured.
#[derive(Debug, Serialize)]
pub struct Measured {
    pub group: String,
    /// Who has something to find.
    pub people: usize,
    pub stages: Vec<Of>,
    /// The first stage less each other, by means over the same people.
    pub differences: Vec<Of>,
    /// Of stages that predict stars, where some were measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stars: Option<Stars>,
}

/// How near stages come to the stars of ratings that were hidden.
#[derive(Debug, Serialize)]
pub struct Stars {
    /// Who has hidden ratings.
    pub people: usize,
    pub ratings: usize,
    pub stages: Vec<Of>,
    pub differences: Vec<Of>,
}

#[derive(Debug, Serialize)]
pub struct Of {
    pub stage: &'static str,
    pub figures: Figures,
}

impl Report {
    /// A block for each group: measures down, stages across, intervals in brackets.
    pub fn print(&self) {
        for outcome in &self.protocols {
            outcome.print();
        }
        println!("\nfit {:.1} s, score {:.2} s", self.seconds.fit, self.seconds.score);
    }
}

impl Outcome {
    fn print(&self) {
        let Learnt { ratings, people, films, films_left_out, .. } = self.train;
        println!("\n{}: learnt from {ratings} ratings of {films} films by {people} people", self.protocol);
        if films_left_out > 0 {
            println!("  {films_left_out} films are left out: no stage can find them (--max-movies sets another bound)");
        }
        for group in &self.groups {
            group.print();
        }
        for Took { stage, seconds } in &self.stages {
            println!("  {stage}: fit {:.1} s, score {:.2} s", seconds.fit, seconds.score);
        }
    }
}

impl Measured {
    fn print(&self) {
        if !self.stages.is_empty() || self.stars.is_none() {
            println!("  {}: {} people", self.group, self.people);
            print_table(&self.stages, &self.differences);
        }
        if let Some(stars) = &self.stars {
            println!("  {}: {} ratings of {} people, in stars", self.group, stars.ratings, stars.people);
            print_table(&stars.stages, &stars.differences);
        }
    }
}

/// Measures down, stages across.
fn print_table(stages: &[Of], differences: &[Of]) {
    let Some(first) = stages.first().filter(|first| !first.figures.is_empty()) else { return };
    let less = differences.iter().map(|of| format!("{} − {}", first.stage, of.stage));
    let heads = stages.iter().map(|of| of.stage.to_owned()).chain(less);
    let heads: Vec<String> = heads.map(|head| format!("{head:29}")).collect();
    println!("    {:12} {}", "", heads.join(" ").trim_end());
    for name in first.figures.keys() {
        let of = |of: &Of| {
            let Some(figure) = of.figures.get(name) else { return format!("{:29}", "") };
            format!("{:29}", format!("{:.4} ({:.4} to {:.4})", figure.value, figure.low, figure.high))
        };
        let cells: Vec<String> = stages.iter().chain(differences).map(of).collect();
        println!("    {name:12} {}", cells.join(" ").trim_end());
    }
}
