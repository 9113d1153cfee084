//! Recommending films: the person's events in, films with their true reasons out.

use std::collections::{HashMap, HashSet};

use matinee_domain::{
    Event, EventKind, MovieCard, MovieId, Reason, ReasonKind, Recommendation, RecommendationSource, UserId,
    recommendation::{ReasonMovie, Recommendations},
};

use crate::{
    Result, Services,
    ports::{RecommendRequest, ScoreTerm, ScoredMovie, Taste, TermSource},
};

impl Services {
    /// Films for a person to watch next, best first, each with its reasons. Where the model doesn't answer, popular
    /// films come instead, and [`Recommendations::source`] says so.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn recommend(&self, user: UserId, limit: u32) -> Result<Recommendations> {
        let limit = limit.clamp(1, RecommendRequest::MAX_LIMIT);
        let taste = self.activity.get_taste(user, RecommendRequest::MAX_EVENTS).await?;
        let request = RecommendRequest {
            events: taste.events.clone(),
            hidden: taste.hidden.clone(),
            limit,
            now: self.clock.now(),
            person: Some(user),
        };
        match self.recommender.recommend(request).await {
            Ok(scored) => self.explain(scored).await,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "recommending popular films instead");
                self.recommend_popular(&taste, limit).await
            }
        }
    }

    /// Joins films and reasons to scores, in two queries whatever their number.
    async fn explain(&self, scored: Vec<ScoredMovie>) -> Result<Recommendations> {
        let ids: HashSet<MovieId> =
            scored.iter().flat_map(|item| item.terms.iter().filter_map(term_movie).chain([item.movie])).collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let cards = self.cards_by_id(&ids).await?;
        let items = scored
            .into_iter()
            .filter_map(|item| {
                let movie = cards.get(&item.movie)?.clone();
                let reasons = item.terms.iter().filter_map(|term| reason(term, &cards)).collect();
                Some(Recommendation { movie, score: item.score, reasons })
            })
            .collect();
        Ok(Recommendations { items, source: RecommendationSource::Model })
    }

    async fn recommend_popular(&self, taste: &Taste, limit: u32) -> Result<Recommendations> {
        let hidden: HashSet<_> = taste.hidden.iter().collect();
        let asked = limit.saturating_add(u32::try_from(hidden.len()).unwrap_or(u32::MAX)).min(1_000);
        let movies = self.movies.list_popular(None, asked).await?;
        let items = movies
            .into_iter()
            .filter(|movie| !hidden.contains(&movie.id))
            .take(limit as usize)
            .map(|movie| Recommendation { score: movie.rating.mean, movie, reasons: vec![popular()] })
            .collect();
        Ok(Recommendations { items, source: RecommendationSource::Popular })
    }
}

fn term_movie(term: &ScoreTerm) -> Option<MovieId> {
    match term.source {
        TermSource::Event(event) => Some(event.movie),
        TermSource::Popularity => None,
    }
}

fn reason(term: &ScoreTerm, cards: &HashMap<MovieId, MovieCard>) -> Option<Reason> {
    let TermSource::Event(Event { movie, kind, .. }) = term.source else {
        return Some(Reason { share: term.share, ..popular() });
    };
    let card = cards.get(&movie)?;
    let (kind, stars) = match kind {
        EventKind::Rated { stars } => (ReasonKind::Rated, Some(stars)),
        EventKind::Searched => (ReasonKind::Searched, None),
        EventKind::Viewed => (ReasonKind::Viewed, None),
    };
    let movie = ReasonMovie { id: card.id, title: card.title.clone(), path: card.path() };
    Some(Reason { kind, movie: Some(movie), stars, share: term.share })
}

/// The one reason of a film that is recommended to everybody.
fn popular() -> Reason {
    Reason { kind: ReasonKind::Popular, movie: None, stars: None, share: 1.0 }
}
