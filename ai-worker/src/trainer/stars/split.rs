//! People held out: some to choose by, others to learn by how far predictions are off, the rest to fit to.

use std::collections::HashSet;

use rand::{SeedableRng, rngs::ChaCha8Rng, seq::SliceRandom};

use crate::trainer::interactions::{Interaction, Interactions};

const AT_LEAST_RATINGS: usize = 5;
/// Of both together.
const MOST: usize = 2_000;
const FEWEST: usize = 20;

/// Nobody is in two of the parts.
pub struct HeldOut {
    pub rest: Interactions,
    /// To choose by, each one's ratings in random order.
    pub choosing: Vec<Vec<Interaction>>,
    /// To learn by how far predictions are off, each one's ratings in random order.
    pub measuring: Vec<Vec<Interaction>>,
}

impl HeldOut {
    /// Holds out a fifth of the people, 2,000 at most; `None` where there are too few to learn anything from that.
    pub fn split(data: &Interactions, seed: u64) -> Option<Self> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let is_long = |user: &usize| data.rows[*user].len() >= AT_LEAST_RATINGS;
        let mut people: Vec<usize> = (0..data.rows.len()).filter(is_long).collect();
        people.shuffle(&mut rng);
        people.truncate((people.len() / 5).min(MOST));
        if people.len() < FEWEST {
            return None;
        }
        let mut rows = people.iter().map(|&user| {
            let mut row = data.rows[user].clone();
            row.shuffle(&mut rng);
            row
        });
        let choosing = rows.by_ref().take(people.len() / 2).collect();
        let measuring = rows.collect();
        let held_out: HashSet<usize> = people.into_iter().collect();
        Some(Self { rest: data.filtered(|user| !held_out.contains(&user)), choosing, measuring })
    }
}

/// Ratings as a fold-in takes them.
pub(super) fn as_known(ratings: &[Interaction]) -> Vec<(u32, f32)> {
    ratings.iter().map(|rating| (rating.item, f32::from(rating.stars.half_stars()) / 2.0)).collect()
}
