//! Asking a stage about people, a few at a time, so that memory is that of measures and not of rankings.

use std::collections::{HashMap, HashSet};

use matinee_domain::{Event, EventKind, MovieId, UserId};
use matinee_services::ports::{RecommendRequest, TrainingRating};

use super::{
    measure::{Answers, Scale},
    protocol::Person,
    stages::{Asked, Stage},
};

/// Films of a first ranking; who has no relevant one among them gets a full ranking.
const DEPTH: usize = 200;
const BATCH: usize = 128;
/// Films of a list that is written.
pub const LIST_DEPTH: usize = 50;

/// Films of the fit, and what is known of people.
pub struct World<'a> {
    pub index: HashMap<MovieId, u32>,
    pub train: &'a [TrainingRating],
    pub scale: Scale,
}

/// Where ranked lists go, where they are wanted.
pub type Lists = Vec<(UserId, Vec<u32>)>;

impl World<'_> {
    /// What `stage` does with these people; who has nothing to find doesn't count, but is listed.
    ///
    /// # Errors
    /// When the stage fails.
    pub fn ask(
        &self,
        stage: &mut dyn Stage,
        people: &[Person],
        mut lists: Option<&mut Lists>,
    ) -> anyhow::Result<Answers> {
        let mut answers = Answers::default();
        let depth = DEPTH.max(self.scale.k);
        for batch in people.chunks(BATCH) {
            let asked: Vec<Asked> = batch.iter().map(|person| self.asked(person)).collect();
            let rankings = stage.rank(&asked, depth)?;
            for ((person, asked), mut ranking) in batch.iter().zip(&asked).zip(rankings) {
                if let Some(lists) = lists.as_deref_mut() {
                    lists.push((person.user, ranking.iter().copied().take(LIST_DEPTH).collect()));
                }
                if person.relevant.is_empty() {
                    continue;
                }
                let findable: HashSet<u32> =
                    person.relevant.iter().filter_map(|movie| self.index.get(movie).copied()).collect();
                let is_relevant = |film: u32| findable.contains(&film);
                let is_found = ranking.iter().any(|film| is_relevant(*film));
                if !is_found && findable.iter().any(|film| !asked.seen.contains(film)) {
                    ranking = stage.rank(std::slice::from_ref(asked), self.index.len())?.pop().unwrap_or_default();
                }
                answers.add(&ranking, is_relevant, person.relevant.len(), &self.scale);
            }
        }
        Ok(answers)
    }

    /// What is known of a person, the latest first.
    pub fn known<'s>(&'s self, person: &'s Person) -> Vec<&'s TrainingRating> {
        let mut known: Vec<_> = self.train[person.trained.clone()].iter().chain(&person.told).collect();
        known.sort_by_key(|rating| std::cmp::Reverse(rating.at));
        known
    }

    /// As a request at the moment of the person's latest rating, with the latest events, as many as a request brings.
    pub fn asked(&self, person: &Person) -> Asked {
        let known = self.known(person);
        let now = known.first().map(|rating| rating.at).unwrap_or_default();
        let events = known
            .iter()
            .take(RecommendRequest::MAX_EVENTS as usize)
            .filter_map(|rating| {
                let kind = EventKind::Rated { stars: rating.stars };
                let event = Event { movie: rating.movie, kind, at: rating.at };
                Some((*self.index.get(&rating.movie)?, event.weight(now)))
            })
            .collect();
        let seen = known.iter().filter_map(|rating| self.index.get(&rating.movie).copied()).collect();
        Asked { events, seen }
    }
}
