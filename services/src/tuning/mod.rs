//! A person's knobs, and the list that they make of the model's candidates ([`rerank`] has the formulas).
//!
//! Reasons stay what they are: terms of the model's score. What a knob did beside is said of each film by the place that it had without.

mod likeness;
mod rerank;

use std::collections::HashMap;

use matinee_domain::{
    KnobChange, Knobs, MovieCard, MovieId, Recommendation, RecommendationSource, UserId,
    recommendation::Recommendations,
};

pub use likeness::Traits;
pub use rerank::{Candidate, Lifted, Placed, rerank};

use crate::{
    Result, ServiceError, Services,
    ports::{ScoredMovie, TermSource},
};

/// A list as a person tuned it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuned {
    /// Best first.
    pub items: Vec<TunedFilm>,
    pub source: RecommendationSource,
    /// By which the list was made.
    pub knobs: Knobs,
}

/// A film of such a list.
#[derive(Clone, Debug, PartialEq)]
pub struct TunedFilm {
    /// Its score is that by which the list is ordered; its reasons are the model's.
    pub recommendation: Recommendation,
    /// Its place among the model's candidates, from 1.
    pub place_before: usize,
    /// The knob that lifted it most, if any did.
    pub lifted: Option<Lifted>,
    /// The person rated it.
    pub is_seen: bool,
}

impl From<Tuned> for Recommendations {
    fn from(tuned: Tuned) -> Self {
        let items = tuned.items.into_iter().map(|film| film.recommendation).collect();
        Self { items, source: tuned.source }
    }
}

impl Services {
    /// How a person tuned their list.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn knobs(&self, user: UserId) -> Result<Knobs> {
        Ok(self.knobs.get_knobs(user).await?)
    }

    /// Turns a person's knobs, and keeps them.
    ///
    /// # Errors
    /// `Invalid` with every refused field.
    pub async fn turn_knobs(&self, user: UserId, change: KnobChange) -> Result<Knobs> {
        let knobs = self.knobs(user).await?.changed(change).map_err(ServiceError::Invalid)?;
        self.knobs.set_knobs(user, &knobs).await?;
        Ok(knobs)
    }
}

/// A candidate that the knobs let through, with what the model said of it.
pub(crate) struct Chosen {
    pub film: ScoredMovie,
    pub movie: MovieCard,
    pub value: f32,
    pub place_before: usize,
    pub lifted: Option<Lifted>,
}

/// The model's candidates, best first, as the knobs order them.
pub(crate) fn tune(
    scored: Vec<ScoredMovie>,
    cards: &HashMap<MovieId, MovieCard>,
    knobs: &Knobs,
    limit: usize,
) -> Vec<Chosen> {
    if knobs.is_neutral() {
        let known = scored.into_iter().enumerate().filter_map(|(place, film)| {
            let movie = cards.get(&film.movie)?.clone();
            Some(Chosen { value: film.score, film, movie, place_before: place + 1, lifted: None })
        });
        return known.take(limit).collect();
    }
    let mut numbers = Numbers::default();
    let (mut kept, mut candidates) = (Vec::new(), Vec::new());
    for (place, film) in scored.into_iter().enumerate() {
        let Some(movie) = cards.get(&film.movie) else { continue };
        if movie.genres.iter().any(|genre| knobs.excluded_genres.binary_search(genre).is_ok()) {
            continue;
        }
        candidates.push(Candidate {
            score: film.score,
            ratings: movie.rating.count,
            year: movie.year.map(|year| i32::from(year.get())),
            traits: numbers.traits(movie, &film),
        });
        kept.push(Some((place, film)));
    }
    let chosen = rerank(&candidates, knobs, limit).into_iter().filter_map(|placed| {
        let (place, film) = kept.get_mut(placed.candidate)?.take()?;
        let movie = cards.get(&film.movie)?.clone();
        Some(Chosen { film, movie, value: placed.value, place_before: place + 1, lifted: placed.lifted })
    });
    chosen.collect()
}

/// Numbers for genres and for films of terms, as they come.
#[derive(Default)]
struct Numbers {
    genres: HashMap<String, u16>,
    movies: HashMap<MovieId, u32>,
}

impl Numbers {
    fn traits(&mut self, movie: &MovieCard, film: &ScoredMovie) -> Traits {
        let genres = movie.genres.iter().map(|genre| {
            let next = u16::try_from(self.genres.len()).unwrap_or(u16::MAX);
            *self.genres.entry(genre.clone()).or_insert(next)
        });
        let genres: Vec<u16> = genres.collect();
        let terms = film.terms.iter().filter_map(|term| {
            let TermSource::Event(event) = term.source else { return None };
            let next = u32::try_from(self.movies.len()).unwrap_or(u32::MAX);
            Some((*self.movies.entry(event.movie).or_insert(next), term.value))
        });
        let terms: Vec<(u32, f32)> = terms.collect();
        Traits::new(genres, terms)
    }
}

#[cfg(test)]
mod tests {
    use matinee_domain::{RatingSummary, Year};

    use super::*;

    fn film(number: u128, genres: &[&str]) -> (MovieId, MovieCard) {
        let id = MovieId(uuid::Uuid::from_u128(number));
        let card = MovieCard {
            id,
            title: format!("Film {number}"),
            year: Year::new(1990).ok(),
            genres: genres.iter().map(|genre| (*genre).to_owned()).collect(),
            rating: RatingSummary::default(),
        };
        (id, card)
    }

    #[test]
    fn films_of_an_excluded_genre_and_films_that_have_gone_are_left_out_and_places_are_the_models() {
        let known = [film(1, &["War", "Drama"]), film(2, &["Comedy"]), film(3, &["Drama"])];
        let gone = film(4, &[]).0;
        let order = [known[0].0, known[1].0, gone, known[2].0];
        let scored = order.iter().zip([4.0, 3.0, 2.0, 1.0]);
        let scored =
            scored.map(|(movie, score)| ScoredMovie { movie: *movie, score, terms: Vec::new(), stars: None }).collect();
        let change = KnobChange { excluded_genres: Some(vec!["War".to_owned()]), ..KnobChange::default() };
        let knobs = Knobs::default().changed(change).unwrap();
        let chosen = tune(scored, &known.into_iter().collect(), &knobs, 10);
        let places: Vec<_> = chosen.iter().map(|chosen| (chosen.movie.title.as_str(), chosen.place_before)).collect();
        assert_eq!(places, [("Film 2", 2), ("Film 3", 4)]);
    }
}
