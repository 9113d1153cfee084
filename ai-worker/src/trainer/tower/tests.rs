//! A made-up world in which people like films of one theme.

use matinee_domain::{MovieId, Stars, Timestamp, UserId};
use matinee_services::ports::TrainingRating;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use uuid::Uuid;

use super::*;
use crate::trainer::Interactions;

const THEMES: u128 = 4;
const RATED: u128 = 160;
const UNRATED: u128 = 40;
const WIDTH: usize = 8;
const OPTIONS: FitOptions = FitOptions { lambda: 20.0, dropout: 0.2, user_power: 0.0, rank: 16, seed: 5 };

fn film(number: u128) -> MovieId {
    MovieId(Uuid::from_u128(number))
}

fn ratings() -> Interactions {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut ratings = Vec::new();
    for (person, number) in (0..200_u128).flat_map(|person| (0..RATED).map(move |number| (person, number))) {
        let is_own = person % THEMES == number % THEMES;
        if rng.random_bool(if is_own { 0.4 } else { 0.05 }) {
            let stars = if is_own { 4.5 } else { 1.5 };
            ratings.push(TrainingRating {
                user: UserId(Uuid::from_u128(person)),
                movie: film(number),
                stars: Stars::new(stars).unwrap(),
                at: Timestamp::from_timestamp(1_700_000_000, 0).unwrap(),
            });
        }
    }
    Interactions::new(&ratings, 1, usize::MAX)
}

/// Embeddings that tell the theme as loudly as `theme` says, beside noise.
fn texts(theme: f32) -> FilmTexts {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut texts = FilmTexts::new(WIDTH);
    for number in 0..RATED + UNRATED {
        let mut embedding: Vec<f32> = (0..WIDTH).map(|_| rng.random_range(-0.3..0.3)).collect();
        embedding[(number % THEMES) as usize] += theme;
        let length = embedding.iter().map(|value| value * value).sum::<f32>().sqrt();
        let embedding: Vec<f32> = embedding.iter().map(|value| value / length).collect();
        texts.put(film(number), &embedding).unwrap();
    }
    texts
}

fn learn(data: &Interactions, texts: &FilmTexts) -> (Factors, Result<Tower, LeftOut>) {
    let factors = Factors::fit(data, OPTIONS).unwrap();
    let learnt = Tower::learn(data, &factors, texts, OPTIONS).unwrap();
    (factors, learnt)
}

#[test]
fn where_texts_tell_what_people_like_films_that_nobody_has_rated_are_ranked_right() {
    let (data, texts) = (ratings(), texts(1.0));
    let (mut factors, tower) = learn(&data, &texts);
    let tower = tower.unwrap();
    let figures = tower.figures;
    assert!(figures.explained > 0.5 && figures.ndcg > figures.ndcg_random + 0.3, "{figures:?}");
    let (films, embeddings): (Vec<_>, Vec<_>) = to_place(&texts, &data.items, usize::MAX).into_iter().unzip();
    assert_eq!(films.len() as u128, UNRATED);
    let rated = factors.movies();
    let known = factors.clone();
    tower.extend(&mut factors, &embeddings);
    assert_eq!(factors.movies(), rated + films.len());
    let of_theme = |theme: u128| move |film: &MovieId| film.0.as_u128() % THEMES == theme;
    let event = |theme| u32::try_from(data.items.iter().position(of_theme(theme)).unwrap()).unwrap();
    for theme in 0..THEMES {
        let scores = factors.event_scores(&[(event(theme), 1.0)]);
        let mut order: Vec<usize> = (rated..scores.len()).collect();
        order.sort_by(|one, other| scores[*other].total_cmp(&scores[*one]));
        let best = order.iter().take(8).map(|at| films[at - rated]);
        assert!(best.into_iter().all(|film| of_theme(theme)(&film)), "theme {theme}");
        // The other way round: such a film tells of those who rate it.
        let placed = films.iter().position(of_theme(theme)).unwrap();
        let told = factors.event_scores(&[(u32::try_from(rated + placed).unwrap(), 1.0)]);
        let best = (0..rated).max_by(|one, other| told[*one].total_cmp(&told[*other])).unwrap();
        assert!(of_theme(theme)(&data.items[best]), "theme {theme}");
    }
    // Those that are rated have the rows that they had.
    assert_eq!(factors.films[..known.films.len()], known.films);
    assert_eq!(factors.events[..known.events.len()], known.events);
}

#[test]
fn where_texts_are_noise_no_film_is_placed_and_the_reason_is_told() {
    let reason = learn(&ratings(), &texts(0.0)).1.err().unwrap();
    assert!(matches!(reason, LeftOut::Unexplained { .. } | LeftOut::NoBetter { .. }), "{reason}");
}

#[test]
fn with_few_films_or_no_texts_no_film_is_placed() {
    let reason = learn(&ratings().of_films(|film| film < 1), &texts(1.0)).1.err().unwrap();
    assert_eq!(reason, LeftOut::TooFew { films: 1, described: 1 });
    let reason = learn(&ratings(), &FilmTexts::new(WIDTH)).1.err().unwrap();
    assert_eq!(reason, LeftOut::TooFew { films: usize::try_from(RATED).unwrap(), described: 0 });
}

#[test]
fn an_embedding_of_another_width_or_with_what_is_no_number_is_refused_by_name() {
    let mut texts = FilmTexts::new(2);
    let width = texts.put(film(7), &[1.0]).unwrap_err();
    assert!(matches!(width, TrainError::EmbeddingWidth { found: 1, width: 2, .. }), "{width}");
    let nan = texts.put(film(7), &[f32::NAN, 0.0]).unwrap_err();
    assert!(matches!(nan, TrainError::EmbeddingNotFinite { .. }) && nan.to_string().contains(&film(7).to_string()));
    assert!(texts.films().is_empty() && texts.lookup(film(7)).is_none());
}

#[test]
fn of_more_films_than_there_is_room_for_those_are_placed_that_were_added_last() {
    let placed = to_place(&texts(1.0), &ratings().items, 3);
    let numbers: Vec<u128> = placed.iter().map(|(film, _)| film.0.as_u128()).collect();
    assert_eq!(numbers, [RATED + UNRATED - 1, RATED + UNRATED - 2, RATED + UNRATED - 3]);
}

#[test]
fn learning_twice_is_the_same() {
    let (data, texts) = (ratings(), texts(1.0));
    let rows = || {
        let tower = learn(&data, &texts).1.unwrap();
        (tower.figures, tower.place(&[texts.lookup(film(RATED)).unwrap()]).films)
    };
    assert_eq!(rows(), rows());
}
