//! Recommending films: the person's events in, films with their true reasons out.

use std::collections::{HashMap, HashSet};

use matinee_domain::{
    Event, EventKind, KnobChange, Knobs, MovieId, PredictedStars, Reason, ReasonKind, Recommendation,
    RecommendationSource, UserId,
    activity::Mark,
    recommendation::{ReasonMovie, Recommendations},
};

use crate::{
    Result, ServiceError, Services,
    ports::{
        Arm, Asker, Happened, Opinion, Opinions, RankedBy, Recall, RecommendRequest, ScoreTerm, ScoredMovie, Taste,
        TermSource,
    },
    tuning::{Tuned, TunedFilm, tune},
};

/// Films that knobs choose from: as many as a worker names, so that the list is still long with most genres left out.
pub const CANDIDATES: u32 = RecommendRequest::MAX_LIMIT;

/// What speaks for a film to a person.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Case {
    /// Largest share first.
    pub reasons: Vec<Reason>,
    /// What they would give it, where a model says so.
    pub predicted: Option<PredictedStars>,
}

impl Services {
    /// Films for a person to watch next, best first, each with its reasons, as the person's knobs order them. Where the model
    /// doesn't answer, popular films come instead, and [`Recommendations::source`] says so.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn recommend(&self, user: UserId, limit: u32) -> Result<Recommendations> {
        Ok(self.recommend_tuned(user, limit, KnobChange::default()).await?.into())
    }

    /// The same with what every knob did, and with knobs turned for this answer alone.
    ///
    /// # Errors
    /// `Invalid` where a knob can't be turned so far; when the database does not answer.
    pub async fn recommend_tuned(&self, user: UserId, limit: u32, change: KnobChange) -> Result<Tuned> {
        let taste = self.activity.get_taste(user, RecommendRequest::MAX_EVENTS).await?;
        self.recommend_by_taste(user, taste, limit, change).await
    }

    pub(crate) async fn recommend_by_taste(
        &self,
        user: UserId,
        taste: Taste,
        limit: u32,
        change: KnobChange,
    ) -> Result<Tuned> {
        let (tuned, arm) = self.list_by_arm(user, taste, limit, change).await?;
        let unseen = tuned.items.iter().filter(|film| !film.is_seen);
        self.note_shown(user, arm, unseen.map(|film| film.recommendation.movie.id));
        Ok(tuned)
    }

    /// A person's list, and the arm of the trial whose model made it, if one runs.
    async fn list_by_arm(
        &self,
        user: UserId,
        taste: Taste,
        limit: u32,
        change: KnobChange,
    ) -> Result<(Tuned, Option<Arm>)> {
        let limit = limit.clamp(1, RecommendRequest::MAX_LIMIT);
        let knobs = taste.knobs.clone().changed(change).map_err(ServiceError::Invalid)?;
        let mut arm = self.arm_of(user);
        let candidates = if knobs.is_neutral() { limit } else { CANDIDATES };
        let mut request = RecommendRequest {
            events: taste.events.clone(),
            hidden: taste.hidden.clone(),
            limit: candidates,
            now: self.clock.now(),
            person: Some(Asker { id: user, opinions: taste.opinions }),
            model: self.model_wanted(user),
            // Of who has rated nothing it would be what everybody gives.
            stars: rated(&taste.events).next().is_some(),
            next: false,
        };
        let refused = if knobs.hide_seen { None } else { Some(self.not_interested(user).await?) };
        let (scored, source) = match self.recommender.recommend_by(request.clone()).await {
            Ok(ranked) => {
                // Films that are put beside these have to be scored by the same model.
                request.model = ranked.on_trial(request.model.as_ref()).cloned();
                if arm == Some(Arm::Trial) && request.model.is_none() {
                    self.note(user, || Happened::Missed);
                    arm = None;
                }
                let scored = match &refused {
                    None => ranked.movies,
                    Some(refused) => self.with_seen(request, ranked, refused).await,
                };
                (scored, RecommendationSource::Model)
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "recommending popular films instead");
                arm = None;
                let popular = self.popular_instead(&taste, refused.as_ref(), candidates).await?;
                (popular, RecommendationSource::Popular)
            }
        };
        let items = self.explain(scored, &knobs, &taste, limit as usize).await?;
        Ok((Tuned { items, source, knobs }, arm))
    }

    /// What a person says of a film, and why it is recommended to them. There is no such [`Case`] where they rated it or said that it is
    /// nothing for them, where it is not among the first `within` films of their list, and where the model doesn't answer.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn opinion(&self, user: UserId, movie: MovieId, within: u32) -> Result<(Opinion, Case)> {
        let (opinions, opinion) = self.activity.get_opinions(user, movie).await?;
        if opinion != Opinion::default() {
            return Ok((opinion, Case::default()));
        }
        let case = if opinions.knobs.is_neutral() {
            self.case(user, opinions, movie, within).await?
        } else {
            self.case_by_knobs(user, movie, within).await?
        };
        Ok((opinion, case))
    }

    async fn case(&self, user: UserId, opinions: Opinions, movie: MovieId, within: u32) -> Result<Case> {
        let mut request = RecommendRequest {
            stars: !opinions.rated.is_empty(),
            events: opinions.rated,
            hidden: opinions.hidden,
            limit: within,
            now: self.clock.now(),
            person: Some(Asker { id: user, opinions: opinions.digest }),
            model: self.model_wanted(user),
            next: false,
        };
        let film = match self.recommender.recall(&request, movie) {
            Recall::Film(film) => Some(film),
            Recall::NotAmong => None,
            Recall::NoList => {
                let taste = self.activity.get_taste(user, RecommendRequest::MAX_EVENTS).await?;
                request.person = Some(Asker { id: user, opinions: taste.opinions });
                (request.events, request.hidden) = (taste.events, taste.hidden);
                let list = self.recommender.recommend(request).await.unwrap_or_else(|error| {
                    tracing::warn!(error = &error as &dyn std::error::Error, "no reasons for a film");
                    Vec::new()
                });
                list.into_iter().find(|film| film.movie == movie)
            }
        };
        let Some(film) = film else { return Ok(Case::default()) };
        let named = self.reason_movies(film.terms.iter().filter_map(term_movie).collect()).await?;
        let reasons = film.terms.iter().filter_map(|term| reason(term, &named)).collect();
        Ok(Case { reasons, predicted: film.stars })
    }

    async fn case_by_knobs(&self, user: UserId, movie: MovieId, within: u32) -> Result<Case> {
        let taste = self.activity.get_taste(user, RecommendRequest::MAX_EVENTS).await?;
        // Nobody is shown this list.
        let (list, _) = self.list_by_arm(user, taste, within, KnobChange::default()).await?;
        let list = Recommendations::from(list);
        let is_by_model = list.source == RecommendationSource::Model;
        let found = list.items.into_iter().find(|item| is_by_model && item.movie.id == movie);
        Ok(found.map(|item| Case { reasons: item.reasons, predicted: item.predicted }).unwrap_or_default())
    }

    async fn not_interested(&self, user: UserId) -> Result<HashSet<MovieId>> {
        Ok(self.activity.list_marked(user, Mark::NotInterested).await?.into_iter().collect())
    }

    /// The films that the person rated, in their places among those that they didn't. A film's own rating is no reason for it: that
    /// term is left out and taken off its score. Where another model scored them (one takes the other's place just then), they are left out.
    async fn with_seen(
        &self,
        request: RecommendRequest,
        RankedBy { movies: mut scored, version }: RankedBy,
        refused: &HashSet<MovieId>,
    ) -> Vec<ScoredMovie> {
        let seen: Vec<MovieId> = rated(&request.events).filter(|movie| !refused.contains(movie)).collect();
        match self.recommender.rank(request, seen).await {
            Ok(seen) if seen.version == version => scored.extend(seen.movies.into_iter().map(without_itself)),
            Ok(_) => tracing::debug!("films that were seen were scored by another model than the others"),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "recommending without films that were seen");
            }
        }
        scored.sort_by(|a, b| b.score.total_cmp(&a.score));
        scored
    }

    /// Joins films and reasons to scores, in two queries whatever their number.
    pub(crate) async fn explain(
        &self,
        scored: Vec<ScoredMovie>,
        knobs: &Knobs,
        taste: &Taste,
        limit: usize,
    ) -> Result<Vec<TunedFilm>> {
        let candidates: Vec<MovieId> = scored.iter().map(|film| film.movie).collect();
        let cards = self.cards_by_id(&candidates).await?;
        let chosen = tune(scored, &cards, knobs, limit);
        let named = chosen.iter().flat_map(|one| one.film.terms.iter().filter_map(term_movie)).collect();
        let named = self.reason_movies(named).await?;
        let seen: HashSet<MovieId> = rated(&taste.events).collect();
        let items = chosen.into_iter().map(|one| {
            let reasons = one.film.terms.iter().filter_map(|term| reason(term, &named)).collect();
            let (is_seen, score) =
                (seen.contains(&one.movie.id), if knobs.is_neutral() { one.film.score } else { one.value });
            let recommendation = Recommendation { movie: one.movie, score, reasons, predicted: one.film.stars };
            TunedFilm { recommendation, place_before: one.place_before, lifted: one.lifted, is_seen }
        });
        Ok(items.collect())
    }

    /// Films as reasons name them.
    pub(crate) async fn reason_movies(&self, movies: HashSet<MovieId>) -> Result<HashMap<MovieId, ReasonMovie>> {
        let cards = self.movies.list_cards(&movies.into_iter().collect::<Vec<_>>()).await?;
        Ok(cards
            .into_iter()
            .map(|card| (card.id, ReasonMovie { id: card.id, path: card.path(), title: card.title }))
            .collect())
    }

    async fn popular_instead(
        &self,
        taste: &Taste,
        refused: Option<&HashSet<MovieId>>,
        limit: u32,
    ) -> Result<Vec<ScoredMovie>> {
        let hidden: HashSet<MovieId> = refused.cloned().unwrap_or_else(|| taste.hidden.iter().copied().collect());
        let asked = limit.saturating_add(u32::try_from(hidden.len()).unwrap_or(u32::MAX)).min(1_000);
        let movies = self.movies.list_popular(None, asked).await?;
        let open = movies.into_iter().filter(|movie| !hidden.contains(&movie.id)).take(limit as usize);
        let popular = ScoreTerm { source: TermSource::Popularity, value: 1.0, share: 1.0 };
        let scored = open.map(|movie| ScoredMovie {
            movie: movie.id,
            score: movie.rating.mean,
            terms: vec![popular.clone()],
            stars: None,
        });
        Ok(scored.collect())
    }
}

fn rated(events: &[Event]) -> impl Iterator<Item = MovieId> {
    events.iter().filter(|event| matches!(event.kind, EventKind::Rated { .. })).map(|event| event.movie)
}

fn without_itself(mut film: ScoredMovie) -> ScoredMovie {
    let own = film.terms.iter().position(|term| term_movie(term) == Some(film.movie));
    if let Some(own) = own {
        let own = film.terms.remove(own);
        film.score -= own.value;
        let left = 1.0 - own.share;
        for term in film.terms.iter_mut().filter(|_| left > 0.0) {
            term.share = (term.share / left).min(1.0);
        }
    }
    film
}

pub(crate) fn term_movie(term: &ScoreTerm) -> Option<MovieId> {
    match term.source {
        TermSource::Event(event) => Some(event.movie),
        TermSource::Popularity => None,
    }
}

pub(crate) fn reason(term: &ScoreTerm, named: &HashMap<MovieId, ReasonMovie>) -> Option<Reason> {
    let TermSource::Event(Event { movie, kind, .. }) = term.source else {
        return Some(Reason { share: term.share, ..popular() });
    };
    let movie = named.get(&movie)?.clone();
    let (kind, stars) = match kind {
        EventKind::Rated { stars } => (ReasonKind::Rated, Some(stars)),
        EventKind::Searched => (ReasonKind::Searched, None),
        EventKind::Viewed => (ReasonKind::Viewed, None),
    };
    Some(Reason { kind, movie: Some(movie), stars, share: term.share })
}

/// The one reason of a film that is recommended to everybody.
fn popular() -> Reason {
    Reason { kind: ReasonKind::Popular, movie: None, stars: None, share: 1.0 }
}
