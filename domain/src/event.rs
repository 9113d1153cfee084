//! What a person did that tells of their taste, and how much each thing weighs.

use serde::{Deserialize, Serialize};

use crate::{MovieId, Stars, Timestamp};

/// Something a person did with a film.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Event {
    pub movie: MovieId,
    #[serde(flatten)]
    pub kind: EventKind,
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventKind {
    /// Rated, with these stars.
    Rated { stars: Stars },
    /// Found by a search and then opened.
    Searched,
    /// The film's page was looked at.
    Viewed,
}

/// Half-life of an event's weight: what was done that long ago counts half.
pub const HALF_LIFE_DAYS: f64 = 5.0 * 365.25;

impl EventKind {
    /// The weight of a fresh event, −1 to 1: dislikes count against, weak signals a little.
    pub fn weight(self) -> f32 {
        match self {
            Self::Rated { stars } => RATED_WEIGHTS[usize::from(stars.half_stars()) - 1],
            Self::Searched => 0.2,
            Self::Viewed => 0.1,
        }
    }
}

/// Weight of ½ star, 1 star, … 5 stars. Dislikes weigh less than likes: measured on MovieLens, heavier ones made rankings
/// worse, for people rate low what is close to their taste and fell short.
const RATED_WEIGHTS: [f32; 10] = [-0.3, -0.25, -0.15, -0.05, 0.1, 0.35, 0.6, 0.85, 0.95, 1.0];

impl Event {
    pub fn is_rating(&self) -> bool {
        matches!(self.kind, EventKind::Rated { .. })
    }

    /// [`EventKind::weight`], halved for every [`HALF_LIFE_DAYS`] of age. An event from the future counts as fresh.
    pub fn weight(&self, now: Timestamp) -> f32 {
        #[expect(clippy::cast_precision_loss, reason = "seconds of a life fit f64's 53 bits")]
        let age_days = (now - self.at).num_seconds().max(0) as f64 / 86_400.0;
        #[expect(clippy::cast_possible_truncation, reason = "a factor between 0 and 1")]
        let fade = (0.5_f64).powf(age_days / HALF_LIFE_DAYS) as f32;
        self.kind.weight() * fade
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: EventKind, days_ago: i64) -> f32 {
        let now = Timestamp::from_timestamp(1_700_000_000, 0).expect("a valid moment");
        Event { movie: MovieId(uuid::Uuid::nil()), kind, at: now - chrono::TimeDelta::days(days_ago) }.weight(now)
    }

    #[test]
    fn dislikes_count_against_and_more_stars_never_weigh_less() {
        let weights: Vec<_> = Stars::all().map(|stars| event(EventKind::Rated { stars }, 0)).collect();
        assert!(weights[0] < 0.0 && weights[9] > 0.0);
        assert!(weights.is_sorted());
    }

    #[test]
    fn an_event_of_five_years_ago_counts_half() {
        let ratio = event(EventKind::Viewed, 1826) / event(EventKind::Viewed, 0);
        assert!((ratio - 0.5).abs() < 0.001, "{ratio}");
    }

    #[test]
    fn an_event_from_the_future_counts_as_fresh() {
        assert!((event(EventKind::Viewed, -10) - event(EventKind::Viewed, 0)).abs() < f32::EPSILON);
    }
}
