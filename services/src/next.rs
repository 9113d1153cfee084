//! What somebody may watch next, by the order of what they rated lately: beside the list by their taste, not in place of it.

use matinee_domain::{Knobs, Recommendation, RecommendationSource, UserId, recommendation::Recommendations};

use crate::{
    Result, Services,
    ports::{Asker, RecommendRequest, Taste},
    tuning::TunedFilm,
};

impl Services {
    /// Films that people rate after what the person rated lately, best first, each with its reasons. None where the model can't tell, doesn't
    /// answer, or knows no rating of theirs.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn recommend_next(&self, user: UserId, limit: u32) -> Result<Recommendations> {
        let taste = self.activity.get_taste(user, RecommendRequest::MAX_EVENTS).await?;
        let items = self.next_by_taste(user, &taste, limit).await?;
        Ok(Recommendations { items, source: RecommendationSource::Model })
    }

    /// Of the person's knobs the genres alone count that they left out.
    pub(crate) async fn next_by_taste(&self, user: UserId, taste: &Taste, limit: u32) -> Result<Vec<Recommendation>> {
        if !taste.events.iter().any(matinee_domain::Event::is_rating) {
            return Ok(Vec::new());
        }
        let limit = limit.clamp(1, RecommendRequest::MAX_LIMIT);
        let knobs = Knobs { excluded_genres: taste.knobs.excluded_genres.clone(), ..Knobs::default() };
        let request = RecommendRequest {
            events: taste.events.clone(),
            hidden: taste.hidden.clone(),
            limit: if knobs.is_neutral() { limit } else { RecommendRequest::MAX_LIMIT },
            now: self.clock.now(),
            person: Some(Asker { id: user, opinions: taste.opinions }),
            model: self.model_wanted(user),
            stars: false,
            next: true,
        };
        let scored = self.recommender.recommend(request).await.unwrap_or_else(|error| {
            tracing::warn!(error = &error as &dyn std::error::Error, "nothing is said of what comes next");
            Vec::new()
        });
        let films = self.explain(scored, &knobs, taste, limit as usize).await?;
        Ok(films.into_iter().map(|TunedFilm { recommendation, .. }| recommendation).collect())
    }
}
