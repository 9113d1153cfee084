//! The list of an evening: what each person's model would show, what all of them make of it, and why each film is on it, for each.

use std::collections::{HashMap, HashSet};

use futures::future::{join_all, try_join_all};
use matinee_domain::{MovieCard, MovieId, Reason, ReasonKind, RecommendationSource, UserId};

use super::aggregate::{Aggregation, aggregate, contentment};
use crate::{
    Result, Services,
    ports::{Evening, RankedBy, RecommendRequest, RecommenderError, ScoredMovie, Taste},
    recommend::{reason, term_movie},
};

/// Films that each person brings to the table: six people's are no more than a worker ranks at once.
const OF_EACH: u32 = 150;
/// Popular films to choose from where the model doesn't answer.
const POPULAR: u32 = 500;

/// Films for all who take part.
#[derive(Clone, Debug, PartialEq)]
pub struct JointList {
    /// Best first.
    pub films: Vec<JointFilm>,
    pub source: RecommendationSource,
}

/// A film, and what it is for each.
#[derive(Clone, Debug, PartialEq)]
pub struct JointFilm {
    pub movie: MovieCard,
    /// In the order of the guests; nobody where the model doesn't answer.
    pub each: Vec<ForOne>,
}

/// What a film is for one person.
#[derive(Clone, Debug, PartialEq)]
pub struct ForOne {
    /// The part of the films on the table that they would like less, 0–1.
    pub contentment: f32,
    /// The model's terms, largest share first. Of what others searched and looked at the film is not named.
    pub reasons: Vec<Reason>,
}

impl Services {
    /// The films for an evening that I take part in. Left out is what any guest rated, doesn't want, or excludes by genre.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn joint_list(&self, me: UserId, evening: &Evening, by: Aggregation, limit: usize) -> Result<JointList> {
        let guests: Vec<UserId> = evening.guests.iter().map(|guest| guest.user).collect();
        let tastes = guests.iter().map(|guest| self.activity.get_taste(*guest, RecommendRequest::MAX_EVENTS));
        let tastes = try_join_all(tastes).await?;
        match self.table(&tastes).await {
            Ok(table) => self.joint(me, &guests, &tastes, table, by, limit).await,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "popular films for an evening instead");
                self.popular_for_all(&tastes, limit).await
            }
        }
    }

    /// What each person's model says of every film that is among the best of any.
    async fn table(&self, tastes: &[Taste]) -> Result<Vec<HashMap<MovieId, ScoredMovie>>, RecommenderError> {
        let hidden = hidden_from(tastes);
        let hidden: Vec<MovieId> = hidden.into_iter().collect();
        let request = |taste: &Taste| RecommendRequest {
            events: taste.events.clone(),
            hidden: hidden.clone(),
            limit: OF_EACH,
            now: self.clock.now(),
            // Nobody's own: what is kept of their answers must not lack what others rated.
            person: None,
            // The same model for all of them, so that their scores can be put together.
            model: None,
            stars: false,
            next: false,
        };
        let best = join_all(tastes.iter().map(|taste| self.recommender.recommend(request(taste)))).await;
        let best: Vec<Vec<ScoredMovie>> = best.into_iter().collect::<Result<_, _>>()?;
        let mut seen = HashSet::new();
        let films: Vec<MovieId> =
            best.iter().flatten().map(|film| film.movie).filter(|film| seen.insert(*film)).collect();
        let ranked = join_all(tastes.iter().map(|taste| self.recommender.rank(request(taste), films.clone()))).await;
        let by_film = |ranked: RankedBy| ranked.movies.into_iter().map(|film| (film.movie, film)).collect();
        ranked.into_iter().map(|ranked| ranked.map(by_film)).collect()
    }

    async fn joint(
        &self,
        me: UserId,
        guests: &[UserId],
        tastes: &[Taste],
        table: Vec<HashMap<MovieId, ScoredMovie>>,
        by: Aggregation,
        limit: usize,
    ) -> Result<JointList> {
        let mut films: Vec<MovieId> = table.iter().flat_map(HashMap::keys).copied().collect();
        films.sort_unstable();
        films.dedup();
        let cards = self.cards_by_id(&films).await?;
        films.retain(|film| cards.get(film).is_some_and(|card| is_welcome(card, tastes)));
        let score = |of: &HashMap<MovieId, ScoredMovie>, film| of.get(film).map(|film: &ScoredMovie| film.score);
        let contents: Vec<Vec<f32>> =
            table.iter().map(|of| contentment(&films.iter().map(|film| score(of, film)).collect::<Vec<_>>())).collect();
        let joint = aggregate(&contents, by, limit);

        let terms = |film: MovieId| table.iter().filter_map(move |of| of.get(&film)).flat_map(|film| &film.terms);
        let named = joint.iter().flat_map(|one| terms(films[one.film]).filter_map(term_movie)).collect();
        let named = self.reason_movies(named).await?;
        let for_one = |guest: usize, film: usize| {
            let said = table[guest].get(&films[film]).map_or(&[][..], |film| &film.terms);
            let reasons = said.iter().filter_map(|term| reason(term, &named));
            let reasons = reasons.map(|reason| if guests[guest] == me { reason } else { discreet(reason) }).collect();
            ForOne { contentment: contents[guest][film], reasons }
        };
        let films = joint.iter().filter_map(|one| {
            let movie = cards.get(&films[one.film])?.clone();
            Some(JointFilm { movie, each: (0..guests.len()).map(|guest| for_one(guest, one.film)).collect() })
        });
        Ok(JointList { films: films.collect(), source: RecommendationSource::Model })
    }

    async fn popular_for_all(&self, tastes: &[Taste], limit: usize) -> Result<JointList> {
        let hidden = hidden_from(tastes);
        let popular = self.movies.list_popular(None, POPULAR).await?.into_iter();
        let open = popular.filter(|movie| !hidden.contains(&movie.id) && is_welcome(movie, tastes)).take(limit);
        let films = open.map(|movie| JointFilm { movie, each: Vec::new() }).collect();
        Ok(JointList { films, source: RecommendationSource::Popular })
    }
}

/// What anybody rated or doesn't want.
fn hidden_from(tastes: &[Taste]) -> HashSet<MovieId> {
    tastes.iter().flat_map(|taste| taste.hidden.iter().copied()).collect()
}

/// Whether nobody leaves its genres out.
fn is_welcome(movie: &MovieCard, tastes: &[Taste]) -> bool {
    let excluded = |genre: &String| tastes.iter().any(|taste| taste.knobs.excluded_genres.contains(genre));
    !movie.genres.iter().any(excluded)
}

/// What others may be told: ratings are what is shared, not what somebody looked at.
fn discreet(reason: Reason) -> Reason {
    match reason.kind {
        ReasonKind::Searched | ReasonKind::Viewed => Reason { movie: None, ..reason },
        ReasonKind::Rated | ReasonKind::Popular => reason,
    }
}

#[cfg(test)]
mod tests {
    use matinee_domain::{KnobChange, Knobs, RatingSummary, recommendation::ReasonMovie};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn of_what_others_looked_at_the_film_is_not_named_and_of_what_they_rated_it_is() {
        let movie =
            ReasonMovie { id: MovieId(Uuid::nil()), title: "Alien".to_owned(), path: "/film/1/alien".to_owned() };
        let reason = |kind| Reason { kind, movie: Some(movie.clone()), stars: None, share: 0.5 };
        for kind in [ReasonKind::Searched, ReasonKind::Viewed] {
            assert_eq!(discreet(reason(kind)), Reason { movie: None, ..reason(kind) });
        }
        assert_eq!(discreet(reason(ReasonKind::Rated)), reason(ReasonKind::Rated));
    }

    #[test]
    fn a_genre_that_one_guest_leaves_out_is_left_out_for_all() {
        let card = |genre: &str| MovieCard {
            id: MovieId(Uuid::nil()),
            title: String::new(),
            year: None,
            genres: vec!["Drama".to_owned(), genre.to_owned()],
            rating: RatingSummary::default(),
        };
        let change = KnobChange { excluded_genres: Some(vec!["War".to_owned()]), ..KnobChange::default() };
        let tastes = [Taste::default(), Taste { knobs: Knobs::default().changed(change).unwrap(), ..Taste::default() }];
        assert!(is_welcome(&card("Comedy"), &tastes) && !is_welcome(&card("War"), &tastes));
    }
}
