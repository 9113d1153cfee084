//! Golden queries: what a model must get right whatever its measures say, written down by hand.
//!
//! ```json
//! [{ "name": "space horror", "liked": ["<film id>"], "expect_one_of": ["<film id>", "<film id>"], "within": 50 }]
//! ```

use std::path::Path;

use matinee_domain::{Event, EventKind, MovieId, Stars, Timestamp};
use matinee_services::ports::RecommendRequest;
use serde::{Deserialize, Serialize};

use super::LifeError;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Golden {
    pub name: String,
    /// Films that the person gave five stars.
    pub liked: Vec<MovieId>,
    /// At least one of these comes…
    pub expect_one_of: Vec<MovieId>,
    /// …among the first so many.
    #[serde(default = "fifty")]
    pub within: u32,
}

const fn fifty() -> u32 {
    50
}

impl Golden {
    pub fn request(&self, now: Timestamp) -> RecommendRequest {
        let loved = Stars::from_half_stars(10).ok().map(|stars| EventKind::Rated { stars });
        let event = |&movie| Some(Event { movie, kind: loved?, at: now });
        let events = self.liked.iter().filter_map(event).collect();
        RecommendRequest {
            events,
            hidden: Vec::new(),
            limit: self.within,
            now,
            person: None,
            model: None,
            stars: false,
            next: false,
        }
    }
}

/// # Errors
/// When the file can't be read or is none of golden queries.
pub fn read_golden(path: &Path) -> Result<Vec<Golden>, LifeError> {
    let failed = |reason: String| LifeError::Golden { path: path.to_owned(), reason };
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| failed(error.to_string()))
}
