//! The people by whom models are judged: the same for every model, for they are chosen by their id, and part of their
//! ratings told, the rest to be found.

use std::collections::{BTreeMap, HashSet};

use matinee_domain::{Event, EventKind, MovieId, Stars, Timestamp, UserId};
use matinee_services::ports::{RecommendRequest, RepositoryResult, TrainingRating, TrainingRepository};
use rand::{SeedableRng, rngs::ChaCha8Rng, seq::SliceRandom};

/// Ratings read at once.
const PAGE: u32 = 10_000;
/// Ratings that somebody must have to be asked about.
const MIN_RATINGS: usize = 5;
/// A rating of at least this many half stars is a film that should have been recommended.
const RELEVANT_HALF_STARS: u8 = 8;
/// Films that count.
pub const CUT: u32 = 10;

/// Whether the person is one of the `one_in` who are held out of training: by a digest of their id, so that it is the
/// same person every time, whatever ids are made of.
pub fn is_held_out(user: UserId, one_in: u32) -> bool {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(user.0.as_bytes());
    let bits = digest.iter().take(4).fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
    bits.is_multiple_of(one_in.max(1))
}

/// Somebody of whom part is told.
#[derive(Clone, Debug)]
pub struct HeldOut {
    pub request: RecommendRequest,
    /// What should be found.
    pub relevant: HashSet<MovieId>,
    /// What they gave to the films that are not told of.
    pub given: Vec<(MovieId, Stars)>,
    /// All that they rated but the last film, and that one, where it is known which was the last.
    pub next: Option<(RecommendRequest, MovieId)>,
}

impl HeldOut {
    /// Reads the ratings of one person in `one_in`, `most` people at most. Memory is that of their ratings.
    ///
    /// # Errors
    /// When the repository does not answer.
    pub async fn read(ratings: &dyn TrainingRepository, one_in: u32, most: usize) -> RepositoryResult<Vec<Self>> {
        let mut people: BTreeMap<UserId, Vec<TrainingRating>> = BTreeMap::new();
        let mut after = None;
        loop {
            let page = ratings.list_ratings(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some((last.user, last.movie));
            for rating in page {
                if is_held_out(rating.user, one_in) {
                    people.entry(rating.user).or_default().push(rating);
                }
            }
        }
        let mut held_out: Vec<Self> = people.into_values().filter_map(Self::of).collect();
        held_out.truncate(most);
        Ok(held_out)
    }

    /// Four fifths of the person's ratings are told; `None` where too little is known or nothing is to be found.
    fn of(mut ratings: Vec<TrainingRating>) -> Option<Self> {
        if ratings.len() < MIN_RATINGS {
            return None;
        }
        let user = ratings[0].user;
        let seed = user.0.as_u128().to_le_bytes();
        let seed: [u8; 32] = std::array::from_fn(|at| seed[at % seed.len()]);
        ratings.shuffle(&mut ChaCha8Rng::from_seed(seed));
        let (told, hidden) = ratings.split_at(ratings.len() * 4 / 5);
        let relevant: HashSet<MovieId> = hidden
            .iter()
            .filter(|rating| rating.stars.half_stars() >= RELEVANT_HALF_STARS)
            .map(|rating| rating.movie)
            .collect();
        let now = told.iter().map(|rating| rating.at).max()?;
        let given = hidden.iter().map(|rating| (rating.movie, rating.stars)).collect();
        let request = request(told, now);
        (!relevant.is_empty()).then(|| Self { request, relevant, given, next: next(ratings) })
    }
}

fn next(mut ratings: Vec<TrainingRating>) -> Option<(RecommendRequest, MovieId)> {
    ratings.sort_by_key(|rating| rating.at);
    let (last, before) = ratings.split_last()?;
    let now = before.last().map(|rating| rating.at).filter(|at| *at < last.at)?;
    Some((RecommendRequest { next: true, ..request(before, now) }, last.movie))
}

fn request(told: &[TrainingRating], now: Timestamp) -> RecommendRequest {
    let event = |rating: &TrainingRating| Event {
        movie: rating.movie,
        kind: EventKind::Rated { stars: rating.stars },
        at: rating.at,
    };
    let mut events: Vec<_> = told.iter().map(event).collect();
    events.sort_by_key(|event| std::cmp::Reverse(event.at));
    RecommendRequest {
        events,
        hidden: Vec::new(),
        limit: CUT,
        now,
        person: None,
        model: None,
        stars: false,
        next: false,
    }
}
