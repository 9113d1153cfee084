//! The head that predicts stars, in an ONNX Runtime session.

use std::collections::{HashMap, HashSet};

use matinee_domain::{EventKind, MovieId, PredictedStars};
use matinee_services::ports::RecommendRequest;
use ort::{inputs, session::Session, value::Tensor};

use super::{EngineError, OnnxRuntime, ranker::index};
use crate::model::MAX_KNOWN_RATINGS;

/// Stars are 0.5 to 5; what comes out of single precision may be off by the last digit.
const LOWEST: f32 = 0.499;
const HIGHEST: f32 = 5.001;

/// Predicts stars.
pub struct StarsHead {
    session: Session,
    films: usize,
}

/// Somebody's ratings of films that a model knows, the latest first.
pub type Known = Vec<(usize, f32)>;

impl StarsHead {
    /// # Errors
    /// When ONNX Runtime refuses the graph.
    pub fn new(runtime: &OnnxRuntime, graph: &[u8], films: usize, version: &str) -> Result<Self, EngineError> {
        let failed = |source| EngineError::Session { version: version.to_owned(), source };
        Ok(Self { session: runtime.session(graph).map_err(failed)?, films })
    }

    /// For films by index, each below the number of films, in their order.
    ///
    /// # Errors
    /// When ONNX Runtime fails, or an answer is none.
    pub fn predict(&mut self, known: &[(usize, f32)], films: &[usize]) -> Result<Vec<PredictedStars>, EngineError> {
        if films.is_empty() {
            return Ok(Vec::new());
        }
        // Without ratings there is one of the dummy film.
        let padding = known.is_empty().then_some((self.films, 0.0));
        let events = || known.iter().chain(&padding).copied();
        let items: Vec<i64> = events().map(|(film, _)| index(film)).collect();
        let stars: Vec<f32> = events().map(|(_, stars)| stars).collect();
        let outputs = self.session.run(inputs![
            "event_items" => Tensor::from_array(([items.len()], items))?,
            "event_stars" => Tensor::from_array(([stars.len()], stars))?,
            "items" => Tensor::from_array(([films.len()], films.iter().copied().map(index).collect::<Vec<_>>()))?,
        ])?;
        let (_, stars) = outputs["stars"].try_extract_tensor::<f32>()?;
        let (_, low) = outputs["low"].try_extract_tensor::<f32>()?;
        let (_, high) = outputs["high"].try_extract_tensor::<f32>()?;
        if [stars.len(), low.len(), high.len()] != [films.len(); 3] {
            return Err(EngineError::Shape("stars"));
        }
        let predicted = stars.iter().zip(low).zip(high);
        let predicted = predicted.map(|((&stars, &low), &high)| PredictedStars { stars, low, high });
        predicted.map(|one| if is_sound(one) { Ok(one) } else { Err(EngineError::Nonsense("stars")) }).collect()
    }
}

fn is_sound(PredictedStars { stars, low, high }: PredictedStars) -> bool {
    // Of what is no number, no comparison holds.
    LOWEST <= low && low <= stars && stars <= high && high <= HIGHEST
}

/// What a request says of what somebody gave films: the latest rating of each film that is known, the latest first.
pub fn known(request: &RecommendRequest, films: &HashMap<MovieId, usize>) -> Known {
    let rated =
        request.events.iter().take(RecommendRequest::MAX_EVENTS as usize).filter_map(|event| match event.kind {
            EventKind::Rated { stars } => Some((event.at, *films.get(&event.movie)?, stars)),
            _ => None,
        });
    let mut rated: Vec<_> = rated.collect();
    rated.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
    let mut seen = HashSet::new();
    rated.retain(|(_, film, _)| seen.insert(*film));
    rated.truncate(MAX_KNOWN_RATINGS);
    rated.into_iter().map(|(_, film, stars)| (film, f32::from(stars.half_stars()) / 2.0)).collect()
}
