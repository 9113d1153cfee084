//! People's histories, and the stretches of them that a round of training reads.

use matinee_domain::Timestamp;
use rand::{Rng, RngExt, seq::SliceRandom};

use super::SasrecOptions;
use crate::trainer::interactions::{Interaction, Interactions};

/// A film that somebody rated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    pub film: u32,
    pub weight: f32,
    at: Timestamp,
}

/// One history a person, the earliest first.
#[derive(Clone, Debug, Default)]
pub struct Sequences(pub Vec<Vec<Step>>);

impl Sequences {
    pub fn new(data: &Interactions, options: &SasrecOptions) -> Self {
        Self(data.rows.iter().map(|row| history(row, options)).filter(|history| !history.is_empty()).collect())
    }

    /// Stretches of at most `longest` steps, which together are all histories, but for steps that are thinned out; in another
    /// order each time.
    pub fn stretches(&self, longest: usize, thinned: f64, rng: &mut impl Rng) -> Vec<Vec<Step>> {
        let mut stretches = Vec::with_capacity(self.0.len());
        for history in &self.0 {
            let mut steps = history.clone();
            shuffle_ties(&mut steps, rng);
            if rng.random_bool(thinned) {
                let kept = rng.random_range(0.1..1.0);
                steps.retain(|_| rng.random_bool(kept));
            }
            // Where one is too long for a stretch, it is cut elsewhere each time.
            let first = if steps.len() > longest { rng.random_range(1..=longest) } else { steps.len() };
            let (first, rest) = steps.split_at(first);
            stretches.extend(std::iter::once(first).chain(rest.chunks(longest)).map(<[Step]>::to_vec));
        }
        stretches.retain(|stretch| !stretch.is_empty());
        stretches.shuffle(rng);
        stretches
    }
}

/// Whether a film of this weight is in a history.
pub fn counts(weight: f32, options: &SasrecOptions) -> bool {
    if options.with_dislikes { weight.abs() > 0.0 } else { weight > 0.0 }
}

fn history(row: &[Interaction], options: &SasrecOptions) -> Vec<Step> {
    let latest = row.iter().map(|rating| rating.at).max().unwrap_or_default();
    let steps = row.iter().map(|rating| Step { film: rating.item, weight: rating.weight(latest), at: rating.at });
    let mut steps: Vec<Step> = steps.filter(|step| counts(step.weight, options)).collect();
    steps.sort_by_key(|step| step.at);
    steps
}

/// Of what was rated in one second nobody knows the order, so no order is learnt.
fn shuffle_ties(steps: &mut [Step], rng: &mut impl Rng) {
    for tied in steps.chunk_by_mut(|one, other| one.at == other.at) {
        tied.shuffle(rng);
    }
}

#[cfg(test)]
mod tests {
    use matinee_domain::Stars;
    use rand::{SeedableRng, rngs::ChaCha8Rng};

    use super::*;

    fn rated(item: u32, half_stars: u8, second: i64) -> Interaction {
        let at = Timestamp::from_timestamp(second, 0).unwrap();
        Interaction { item, stars: Stars::from_half_stars(half_stars).unwrap(), at }
    }

    fn films(steps: &[Step]) -> Vec<u32> {
        steps.iter().map(|step| step.film).collect()
    }

    #[test]
    fn histories_are_in_order_of_time_and_dislikes_are_in_them_where_that_is_asked_for() {
        let rows = vec![vec![rated(0, 10, 30), rated(1, 2, 10), rated(2, 8, 20)], vec![rated(1, 1, 1)]];
        let data = Interactions { items: vec![], rows };
        let options = SasrecOptions::new(1);
        assert_eq!(films(&Sequences::new(&data, &options).0[0]), [1, 2, 0]);
        let likes = Sequences::new(&data, &SasrecOptions { with_dislikes: false, ..options });
        assert_eq!(likes.0.len(), 1, "who liked nothing has no history");
        assert_eq!(films(&likes.0[0]), [2, 0]);
    }

    #[test]
    fn stretches_are_short_enough_and_together_all_that_there_is() {
        let row = (0..95_u32).map(|film| rated(film, 8, film.into())).collect();
        let sequences = Sequences::new(&Interactions { items: vec![], rows: vec![row] }, &SasrecOptions::new(1));
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let stretches = sequences.stretches(10, 0.0, &mut rng);
        assert!(stretches.iter().all(|stretch| stretch.len() <= 10 && films(stretch).is_sorted()));
        let mut all: Vec<u32> = stretches.iter().flat_map(|stretch| films(stretch)).collect();
        all.sort_unstable();
        assert_eq!(all, (0..95).collect::<Vec<_>>());
        let thinned = sequences.stretches(200, 1.0, &mut rng);
        assert!(thinned[0].len() < 95 && films(&thinned[0]).is_sorted(), "{thinned:?}");
    }

    #[test]
    fn what_was_rated_in_one_second_comes_in_any_order() {
        let row = (0..20).map(|film| rated(film, 8, i64::from(film / 10))).collect();
        let sequences = Sequences::new(&Interactions { items: vec![], rows: vec![row] }, &SasrecOptions::new(1));
        let stretch = films(&sequences.stretches(200, 0.0, &mut ChaCha8Rng::seed_from_u64(1))[0]);
        assert!(!stretch.is_sorted() && stretch[..10].iter().all(|film| *film < 10), "{stretch:?}");
    }
}
