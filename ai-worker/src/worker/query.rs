//! Between the port and the graph: films to indices, events to weights, terms to reasons.

use std::collections::{HashMap, HashSet};

use matinee_domain::{Event, EventKind, MovieId};
use matinee_services::ports::{RecommendRequest, ScoreTerm, ScoredMovie, TermSource};

use super::{Query, Ranked};
use crate::model::Prior;

/// Terms that an answer names at most.
pub const MAX_TERMS: usize = 5;

/// A request in the model's indices, with the events that its weights came from.
pub struct Prepared {
    pub query: Query,
    /// In the order of the query's events.
    pub(super) events: Vec<Event>,
}

impl Prepared {
    /// Passes over events and hidden films that the model doesn't know, all but the first event of a film, and weights
    /// that are no numbers; hides rated films.
    pub fn new(request: &RecommendRequest, index: &HashMap<MovieId, usize>, prior: Prior) -> Self {
        let mut seen = HashSet::new();
        let known: Vec<(usize, f32, Event)> = request
            .events
            .iter()
            .take(RecommendRequest::MAX_EVENTS as usize)
            .filter_map(|event| Some((*index.get(&event.movie)?, event.weight(request.now), *event)))
            .filter(|(item, weight, _)| weight.is_finite() && seen.insert(*item))
            .collect();
        let rated = request.events.iter().filter(|event| matches!(event.kind, EventKind::Rated { .. }));
        let hidden: HashSet<usize> = rated
            .map(|event| event.movie)
            .chain(request.hidden.iter().copied())
            .filter_map(|movie| index.get(&movie).copied())
            .collect();
        let query = Query {
            prior_weight: prior.weight(known.iter().map(|known| known.1)),
            events: known.iter().map(|known| (known.0, known.1)).collect(),
            hidden: hidden.into_iter().collect(),
            k: request.limit.clamp(1, RecommendRequest::MAX_LIMIT) as usize,
        };
        Self { query, events: known.into_iter().map(|known| known.2).collect() }
    }

    /// The same where popularity does not count.
    pub fn without_prior(request: &RecommendRequest, index: &HashMap<MovieId, usize>) -> Self {
        Self::new(request, index, Prior { scale: 0.0, fade: 1.0 })
    }

    /// The graph's answer in the port's words, with the `most` largest terms that speak for a film; all terms, also those
    /// against it, where that is [`usize::MAX`].
    pub fn explain(&self, ranked: &[Ranked], items: &[MovieId], most: usize) -> Vec<ScoredMovie> {
        ranked.iter().map(|film| self.explain_one(film, items[film.item], most)).collect()
    }

    fn explain_one(&self, film: &Ranked, movie: MovieId, most: usize) -> ScoredMovie {
        let events = self.events.iter().map(|event| TermSource::Event(*event)).zip(film.event_terms.iter().copied());
        let all = events.chain([(TermSource::Popularity, film.prior_term)]);
        let mut terms: Vec<(TermSource, f32)> =
            all.filter(|(_, value)| *value > 0.0 || most == usize::MAX && *value < 0.0).collect();
        terms.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        let positive: f32 = terms.iter().map(|(_, value)| value.max(0.0)).sum();
        let share = |value: f32| if value > 0.0 { (value / positive).min(1.0) } else { 0.0 };
        let term = |(source, value): (TermSource, f32)| ScoreTerm { source, value, share: share(value) };
        ScoredMovie { movie, score: film.score, terms: terms.into_iter().take(most).map(term).collect(), stars: None }
    }
}
