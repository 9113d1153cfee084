//! On ratings whose truth is known.

use matinee_domain::{MovieId, Stars, Timestamp};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use uuid::Uuid;

use super::{
    HIGHEST, HeldOut, LOWEST, MAX_FITS, Predicted, StarsHead, StarsModel, StarsOptions, choose, fold_in::dot,
    reach::class, split::as_known,
};
use crate::{
    model::MAX_KNOWN_RATINGS,
    trainer::{TrainError, Tried, interactions::Interaction, interactions::Interactions},
};

const FILMS: u32 = 60;

fn interactions(films: u32, rows: Vec<Vec<(u32, f64)>>) -> Interactions {
    let rating = |(item, stars): (u32, f64)| {
        let half_stars = (stars * 2.0).round().clamp(1.0, 10.0) / 2.0;
        Interaction { item, stars: Stars::new(half_stars).unwrap(), at: Timestamp::default() }
    };
    Interactions {
        items: (0..films).map(|film| MovieId(Uuid::from_u128(film.into()))).collect(),
        rows: rows.into_iter().map(|row| row.into_iter().map(rating).collect()).collect(),
    }
}

/// People who are kind or not rate films that are good or not; half of them like the even ones, the other half the odd ones, as far
/// as `taste` says. Noise is uniform within `noise`.
fn world(people: usize, taste: f64, noise: f64, seed: u64) -> Interactions {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let rows = (0..people).map(|person| {
        let kindness = rng.random_range(-0.5..0.5);
        let side = if person % 2 == 0 { taste } else { -taste };
        let row = (0..FILMS).filter(|_| rng.random_bool(0.5)).collect::<Vec<_>>();
        let rate = |film: u32| {
            let goodness = f64::from(film % 7) / 7.0 - 0.5;
            let fit = if film.is_multiple_of(2) { side } else { -side };
            (film, 3.0 + kindness + goodness + fit + rng.random_range(-noise..=noise))
        };
        row.into_iter().map(rate).collect()
    });
    interactions(FILMS, rows.collect())
}

/// The root of the mean of squares over all but ten ratings of each person, those ten being known.
fn rmse(model: &StarsModel, people: &Interactions) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for row in &people.rows {
        let (known, hidden) = row.split_at(10);
        let opinion = model.fold_in(&as_known(known)).unwrap();
        for rating in hidden {
            sum += (model.stars(&opinion, Some(rating.item)) - rating.stars.value()).powi(2);
            count += 1.0;
        }
    }
    f64::sqrt(sum / count)
}

#[test]
fn factors_find_a_taste_that_biases_do_not_see() {
    let (learnt, others) = (world(300, 1.0, 0.3, 1), world(100, 1.0, 0.3, 2));
    let of = |options| rmse(&StarsModel::fit(&learnt, options).unwrap(), &others);
    let factors = of(StarsOptions { width: 2, ..StarsOptions::new(1) });
    let biases = of(StarsOptions::biases_alone(1));
    let mean = of(StarsOptions::mean_alone(1));
    assert!(factors < 0.4 && biases > 0.9 && mean > biases + 0.02, "{factors} {biases} {mean}");
}

#[test]
fn four_of_five_ratings_of_people_never_seen_are_within_the_interval() {
    let (learnt, others) = (world(600, 0.6, 1.0, 1), world(200, 0.6, 1.0, 2));
    let held_out = HeldOut::split(&learnt, 1).unwrap();
    let head = StarsHead::fit(&learnt, &held_out, StarsOptions::new(1)).unwrap().unwrap();
    for told in [0, 1, 4, 10, 20] {
        let (mut within, mut count, mut width) = (0.0, 0.0, 0.0);
        for row in others.rows.iter().filter(|row| row.len() > told) {
            let opinion = head.model.fold_in(&as_known(&row[..told])).unwrap();
            for rating in &row[told..] {
                let Predicted { stars, low, high } = head.predict(&opinion, Some(rating.item));
                assert!((LOWEST..=stars).contains(&low) && (stars..=HIGHEST).contains(&high), "{low} {stars} {high}");
                within += f64::from(u8::from((low..=high).contains(&rating.stars.value())));
                count += 1.0;
                width += high - low;
            }
        }
        let (part, width) = (within / count, width / count);
        assert!((0.76..=0.84).contains(&part) && width < 3.0, "{told} told: {part} within {width} stars");
    }
}

#[test]
fn a_fold_in_is_what_training_itself_would_solve() {
    let data = world(80, 1.0, 0.3, 3);
    let model = StarsModel::fit(&data, StarsOptions { width: 3, ..StarsOptions::new(1) }).unwrap();
    for row in &data.rows {
        let opinion = model.fold_in(&as_known(row)).unwrap();
        // Where the sum of squares is smallest, its slope is 0 in every direction.
        let mut slope: Vec<f64> =
            model.options.diagonal(row.len()).zip(&opinion.row).map(|(ridge, value)| ridge * value).collect();
        for rating in row {
            let films = model.films.row(rating.item as usize);
            let wanted = rating.stars.value() - model.mean - model.films.biases[rating.item as usize];
            let off = dot(films, &opinion.row) - wanted;
            slope.iter_mut().zip(films).for_each(|(slope, value)| *slope += off * value);
        }
        assert!(slope.iter().all(|slope| slope.abs() < 1e-9), "{slope:?}");
    }
}

#[test]
fn nothing_one_rating_and_a_million_are_all_an_opinion() {
    let model = StarsModel::fit(&world(80, 1.0, 0.3, 3), StarsOptions::new(1)).unwrap();
    let nobody = model.fold_in(&[]).unwrap();
    assert_eq!(nobody.known, 0);
    let kind = model.fold_in(&[(0, 5.0)]).unwrap();
    assert!(model.stars(&kind, None) > model.stars(&nobody, None), "who gave five stars gives more than others");
    let many: Vec<(u32, f32)> = (0..1_000_000_u32).map(|at| (at % FILMS, if at < 256 { 5.0 } else { 0.5 })).collect();
    let opinion = model.fold_in(&many).unwrap();
    assert_eq!(opinion.known, MAX_KNOWN_RATINGS);
    assert_eq!(opinion, model.fold_in(&many[..MAX_KNOWN_RATINGS]).unwrap(), "the latest count");
}

#[test]
fn what_is_no_rating_of_a_film_of_the_model_is_refused_by_name() {
    let model = StarsModel::fit(&world(20, 1.0, 0.3, 3), StarsOptions::new(1)).unwrap();
    let error = |rating| model.fold_in(&[(0, 3.0), rating]).unwrap_err();
    assert!(matches!(error((1, f32::NAN)), TrainError::NotFinite { film: 1, .. }));
    assert!(matches!(error((FILMS, 3.0)), TrainError::UnknownFilm { film: FILMS, .. }));
    for wrong in [
        StarsOptions { width: 33, ..StarsOptions::new(1) },
        StarsOptions { ridge: 0.0, ..StarsOptions::new(1) },
        StarsOptions { bias_ridge: f64::NAN, ..StarsOptions::new(1) },
        StarsOptions { sweeps: 0, ..StarsOptions::new(1) },
    ] {
        assert!(matches!(StarsModel::fit(&world(20, 1.0, 0.3, 3), wrong), Err(TrainError::Setting { .. })));
    }
}

#[test]
fn little_to_learn_from_is_no_trouble() {
    let of = |data: &Interactions| StarsModel::fit(data, StarsOptions::new(1));
    assert!(matches!(of(&interactions(0, Vec::new())), Err(TrainError::NoRatings)));
    assert!(matches!(of(&interactions(3, vec![Vec::new(); 2])), Err(TrainError::NoRatings)));
    for data in [
        interactions(1, vec![vec![(0, 4.0)]]),
        interactions(1, vec![vec![(0, 4.0)]; 300]),
        interactions(40, vec![(0..40).map(|film| (film, 4.0)).collect()]),
    ] {
        let model = of(&data).unwrap();
        let opinion = model.fold_in(&as_known(&data.rows[0])).unwrap();
        assert!((model.stars(&opinion, Some(0)) - 4.0).abs() < 1e-9);
        assert!(HeldOut::split(&data, 1).is_none(), "nobody has enough ratings to be held out");
    }
}

#[test]
fn where_all_ratings_are_the_same_the_interval_is_that_one() {
    let data = interactions(20, vec![(0..20).map(|film| (film, 3.5)).collect(); 200]);
    let held_out = HeldOut::split(&data, 1).unwrap();
    let head = StarsHead::fit(&data, &held_out, StarsOptions::new(1)).unwrap().unwrap();
    let predicted = head.predict(&head.model.fold_in(&[(3, 3.5)]).unwrap(), Some(1));
    for value in [predicted.stars, predicted.low, predicted.high] {
        assert!((value - 3.5).abs() < 1e-9, "{predicted:?}");
    }
}

#[test]
fn the_choice_is_bounded_the_same_for_a_seed_and_never_worse_than_biases() {
    for taste in [0.0, 1.0] {
        let held_out = HeldOut::split(&world(150, taste, 0.5, 1), 1).unwrap();
        let start = StarsOptions { sweeps: 5, ..StarsOptions::new(1) };
        let chosen = choose(&held_out, start, &Tried::default(), &|_| {}).unwrap();
        assert!(chosen.fits as usize <= MAX_FITS);
        assert!(chosen.metrics["stars/rmse"] <= chosen.metrics["stars/biases/rmse"]);
        assert_eq!(taste > 0.5, chosen.metrics["stars/rmse"] < 0.8 * chosen.metrics["stars/biases/rmse"]);
        assert_eq!(chosen, choose(&held_out, start, &Tried::default(), &|_| {}).unwrap());
    }
}

#[test]
fn nobody_is_chosen_by_and_measured_by_and_fitted_to() {
    let data = world(300, 1.0, 0.5, 1);
    let held_out = HeldOut::split(&data, 1).unwrap();
    assert_eq!((held_out.choosing.len(), held_out.measuring.len()), (30, 30));
    assert_eq!(held_out.rest.rows.len(), 240);
    assert!(HeldOut::split(&world(90, 1.0, 0.5, 1), 1).is_none());
}

#[test]
fn classes_begin_where_they_say() {
    assert_eq!([0, 1, 2, 3, 50, 51, 9999].map(|count| class(&super::reach::KNOWN_FROM, count)), [0, 1, 1, 2, 5, 6, 6]);
}
