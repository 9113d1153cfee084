//! What is computed at once: some histories side by side, as long as the longest of them.

use super::sequences::Step;

/// People × places, in order of person. A history begins with a start, which is a film of its own; after its end there are starts as
/// well, which nothing looks at.
pub struct Batch {
    pub people: usize,
    /// Places of each person.
    pub places: usize,
    /// Of each place of each person.
    pub films: Vec<u32>,
    pub weights: Vec<f32>,
}

impl Batch {
    /// Histories with a start before each; `start` is its number.
    pub fn new(histories: &[Vec<(u32, f32)>], start: u32) -> Self {
        let people = histories.len();
        let places = histories.iter().map(Vec::len).max().unwrap_or_default() + 1;
        let mut films = vec![start; people * places];
        let mut weights = vec![0.0_f32; people * places];
        for (person, history) in histories.iter().enumerate() {
            for (at, &(film, weight)) in (person * places + 1..).zip(history) {
                (films[at], weights[at]) = (film, weight);
            }
        }
        Self { people, places, films, weights }
    }
}

/// Stretches of histories, in which each step is to be found by those before it.
pub struct Lesson {
    pub batch: Batch,
    /// The places that have something to find.
    pub places: Vec<u32>,
    /// What is to be found there.
    pub targets: Vec<u32>,
    /// What finding it counts.
    pub worth: Vec<f32>,
}

impl Lesson {
    pub fn new(stretches: &[Vec<Step>], start: u32, indifference: f32) -> Self {
        let known = |stretch: &Vec<Step>| {
            stretch[..stretch.len().saturating_sub(1)].iter().map(|step| (step.film, step.weight)).collect()
        };
        let batch = Batch::new(&stretches.iter().map(known).collect::<Vec<_>>(), start);
        let (mut places, mut targets, mut worth) = (Vec::new(), Vec::new(), Vec::new());
        for (person, stretch) in stretches.iter().enumerate() {
            for (at, step) in stretch.iter().enumerate() {
                places.push(u32::try_from(person * batch.places + at).expect("a batch is small"));
                targets.push(step.film);
                worth.push(indifference + (1.0 - indifference) * step.weight.max(0.0));
            }
        }
        Self { batch, places, targets, worth }
    }
}

/// The fewest groups of neighbours that have at most so many places, of people in order of length; one person is a group however long.
pub fn pieces(stretches: &[Vec<Step>], most: usize) -> Vec<&[Vec<Step>]> {
    let mut pieces = Vec::new();
    let mut rest = stretches;
    while !rest.is_empty() {
        let fits = (1..=rest.len()).take_while(|&people| people * rest[people - 1].len() <= most).last().unwrap_or(1);
        let (piece, others) = rest.split_at(fits);
        pieces.push(piece);
        rest = others;
    }
    pieces
}
