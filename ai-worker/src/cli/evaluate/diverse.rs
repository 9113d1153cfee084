//! The served model's list as a person gets it who turns the knob of diversity, by the code that the web instance orders it with.
//!
//! Files of ratings tell no genres: without a file of them, films are alike by their reasons alone.

use std::collections::HashMap;

use matinee_domain::{KnobChange, Knobs, MovieId};
use matinee_services::{
    recommend::CANDIDATES,
    tuning::{Candidate, Traits, rerank},
};
use rayon::prelude::*;

use super::stages::{Asked, Served, Stage, index};
use crate::worker::{MAX_TERMS, Ranked};

/// Numbers of films' genres.
pub struct Genres(HashMap<MovieId, Vec<u16>>);

impl Genres {
    /// Of names between `|`.
    pub fn new(of_films: &[(MovieId, String)]) -> Self {
        let mut numbers = HashMap::new();
        let mut number = |name| {
            let next = u16::try_from(numbers.len()).unwrap_or(u16::MAX);
            *numbers.entry(name).or_insert(next)
        };
        Self(of_films.iter().map(|(film, names)| (*film, names.split('|').map(&mut number).collect())).collect())
    }

    /// Of each of `items`; nothing of a film that is not known.
    pub fn of(&self, items: &[MovieId]) -> Vec<Vec<u16>> {
        items.iter().map(|film| self.0.get(film).cloned().unwrap_or_default()).collect()
    }
}

pub struct Diverse {
    served: Served,
    /// By film index.
    genres: Vec<Vec<u16>>,
    knobs: Knobs,
}

impl Diverse {
    /// With the knob at a place from 0 to 4.
    pub fn new(served: Served, genres: &[Vec<u16>], place: i16) -> Self {
        let change = KnobChange { diversity: Some(place), ..KnobChange::default() };
        Self { served, genres: genres.to_vec(), knobs: Knobs::default().changed(change).expect("a place of the knob") }
    }
}

impl Stage for Diverse {
    fn rank(&mut self, asked: &[Asked], depth: usize) -> anyhow::Result<Vec<Vec<u32>>> {
        let Self { served, genres, knobs } = self;
        let (genres, knobs) = (&*genres, &*knobs);
        let mut rankings = Vec::with_capacity(asked.len());
        served.ranked(asked, depth.max(CANDIDATES as usize), |asked, ranked| {
            let ordered =
                asked.par_iter().zip(ranked).map(|(asked, films)| ordered(asked, &films, genres, knobs, depth));
            rankings.par_extend(ordered);
        })?;
        Ok(rankings)
    }
}

/// The first `depth` films: the candidates by the knobs, then whatever follows them in the model's order.
fn ordered(asked: &Asked, films: &[Ranked], genres: &[Vec<u16>], knobs: &Knobs, depth: usize) -> Vec<u32> {
    let (first, others) = films.split_at(films.len().min(CANDIDATES as usize));
    let candidate = |film: &Ranked| Candidate {
        score: film.score,
        ratings: 0,
        year: None,
        traits: traits(film, asked, &genres[film.item]),
    };
    let candidates: Vec<Candidate> = first.iter().map(candidate).collect();
    let placed = rerank(&candidates, knobs, depth).into_iter().map(|placed| &first[placed.candidate]);
    placed.chain(others).take(depth).map(index).collect()
}

/// By genres, and by the reasons that an answer to the web instance names.
fn traits(film: &Ranked, asked: &Asked, genres: &[u16]) -> Traits {
    let events = asked.events.iter().map(|event| Some(event.0)).zip(film.event_terms.iter().copied());
    let all = events.chain([(None, film.prior_term)]);
    let mut terms: Vec<(Option<u32>, f32)> = all.filter(|(_, value)| *value > 0.0).collect();
    terms.sort_by(|a, b| b.1.total_cmp(&a.1));
    let named = terms.into_iter().take(MAX_TERMS);
    Traits::new(genres.iter().copied(), named.filter_map(|(of, value)| Some((of?, value))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knobs(diversity: i16) -> Knobs {
        let change = KnobChange { diversity: Some(diversity), ..KnobChange::default() };
        Knobs::default().changed(change).unwrap()
    }

    fn asked() -> Asked {
        Asked { events: vec![(90, 1.0), (91, 1.0)], seen: vec![90, 91] }
    }

    fn ranked(item: usize, score: f32, event_terms: [f32; 2]) -> Ranked {
        Ranked { item, score, event_terms: event_terms.to_vec(), prior_term: 0.0 }
    }

    fn by_reasons(films: &[Ranked], knobs: &Knobs, depth: usize) -> Vec<u32> {
        ordered(&asked(), films, &vec![Vec::new(); 500], knobs, depth)
    }

    #[test]
    fn a_film_of_another_genre_comes_before_a_slightly_better_one_of_the_same_where_genres_are_known() {
        let [first, second, unknown] = [1, 2, 3].map(|film| MovieId(uuid::Uuid::from_u128(film)));
        let known = Genres::new(&[(first, "Drama|War".to_owned()), (second, "War|Comedy".to_owned())]);
        assert_eq!(known.of(&[second, unknown, first]), [vec![1, 2], vec![], vec![0, 1]]);

        let films =
            [ranked(0, 1.0, [0.0; 2]), ranked(1, 0.9, [0.0; 2]), ranked(2, 0.85, [0.0; 2]), ranked(3, 0.0, [0.0; 2])];
        let genres = [vec![0], vec![0], vec![1], vec![]];
        assert_eq!(ordered(&asked(), &films, &genres, &knobs(1), 9), [0, 2, 1, 3]);
        assert_eq!(by_reasons(&films, &knobs(1), 9), [0, 1, 2, 3]);
    }

    #[test]
    fn a_film_that_another_favourite_speaks_for_comes_before_a_slightly_better_one_of_the_same() {
        // λ = .85 and .7: .85 · .9 − .15 · .5 = .69 against .85 · .85 = .7225; a worse one stays behind at place 1, .85 · .8 = .68.
        let films = |third| {
            [
                ranked(1, 1.0, [1.0, 0.0]),
                ranked(2, 0.9, [0.9, 0.0]),
                ranked(3, third, [0.0, third]),
                ranked(4, 0.0, [0.0; 2]),
            ]
        };
        assert_eq!(by_reasons(&films(0.85), &knobs(0), 9), [1, 2, 3, 4]);
        assert_eq!(by_reasons(&films(0.85), &knobs(1), 9), [1, 3, 2, 4]);
        assert_eq!(by_reasons(&films(0.8), &knobs(1), 9), [1, 2, 3, 4]);
        assert_eq!(by_reasons(&films(0.8), &knobs(2), 9), [1, 3, 2, 4]);
        assert_eq!(by_reasons(&films(0.8), &knobs(2), 2), [1, 3]);
    }

    #[test]
    fn what_is_past_the_candidates_follows_in_the_models_order() {
        let score = |item: usize| 1.0 - f32::from(u16::try_from(item).unwrap()) / 1_000.0;
        let last = CANDIDATES as usize + 5;
        // One favourite speaks for film 200 and for what is past the candidates, the other for all else.
        let terms = |item| if item == 200 || item >= CANDIDATES as usize { [0.0, 1.0] } else { [1.0, 0.0] };
        let films: Vec<Ranked> = (0..last).map(|item| ranked(item, score(item), terms(item))).collect();
        let order = by_reasons(&films, &knobs(4), usize::MAX);
        assert_eq!(order[..2], [0, 200], "another kind is second");
        assert_eq!(order[CANDIDATES as usize..], [400, 401, 402, 403, 404]);
        assert_eq!(
            by_reasons(&films, &knobs(4), 200),
            order[..200],
            "a shorter list is the beginning of the longer one"
        );
    }

    #[test]
    fn films_are_alike_by_the_largest_terms_alone_and_not_by_popularity() {
        let asked = Asked { events: (0..6).map(|film| (film, 1.0)).collect(), seen: Vec::new() };
        let film =
            |terms: [f32; 6], prior_term| Ranked { item: 9, score: 1.0, event_terms: terms.to_vec(), prior_term };
        let only_first = Traits::new([], [(0, 1.0)]);
        let of_five = traits(&film([0.1, 1.0, 1.0, 1.0, 1.0, 1.0], 0.0), &asked, &[]);
        assert!(of_five.alike(&only_first).abs() < 1e-6, "the smallest of six is not named");
        let known = traits(&film([0.5, 0.0, -1.0, 0.0, 0.0, 0.0], 3.0), &asked, &[]);
        assert!((known.alike(&only_first) - 0.5).abs() < 1e-6);
        let popular = traits(&film([0.0; 6], 3.0), &asked, &[]);
        assert!(popular.alike(&popular).abs() < 1e-6);
    }
}
