//! Against the definition: dense systems, solved one by one.

use faer::{Mat, linalg::solvers::Solve};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};

use super::{
    Ials, IalsOptions, choose,
    sweeps::{alternate, diagonal, solve_side, starting_rows},
};
use crate::trainer::{
    Interactions, TrainError,
    factors::{precise, single},
    solver::{Pull, Solver},
    sparse::SparseRows,
};

const FILMS: usize = 9;
const FILM_INDICES: std::ops::Range<u32> = 0..9;

fn options() -> IalsOptions {
    IalsOptions { width: 4, lambda: 0.05, power: 0.7, unobserved: 0.2, spread: 0.5, sweeps: 3, seed: 5 }
}

/// Some people like films 0–3 and not 4–6, others the other way round; film 8 has no ratings.
fn ratings(people: usize) -> SparseRows {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let rows = (0..people).map(|person| {
        let row = (0..8_u32).filter_map(|film| {
            let is_liked = (film < 4) == (person % 2 == 0);
            rng.random_bool(0.7).then(|| (film, if film == 7 || is_liked { 0.9 } else { -0.3 }))
        });
        row.collect()
    });
    SparseRows::new(FILMS, rows.collect::<Vec<_>>().into_iter())
}

fn model(x: &SparseRows, options: IalsOptions) -> Ials {
    let films = alternate(x, options, &|_| {}).unwrap();
    let options = IalsOptions { width: films.spectrum.len(), ..options };
    Ials { options, films: films.rows, spectrum: films.spectrum, log_popularity: vec![0.0; x.width()] }
}

/// One row by the definition: the sums over all of the other side, and a dense system.
fn by_definition(events: &[(usize, f64)], others: &Mat<f64>, options: IalsOptions) -> Mat<f64> {
    let width = others.ncols();
    let evidence: f64 = events.iter().map(|event| event.1.abs()).sum();
    let ridge = options.lambda * (evidence + options.unobserved * precise(others.nrows())).powf(options.power);
    let mut matrix = Mat::from_fn(width, width, |a, b| if a == b { ridge } else { 0.0 });
    let mut wanted = Mat::zeros(width, 1);
    for other in 0..others.nrows() {
        for (a, b) in (0..width).flat_map(|a| (0..width).map(move |b| (a, b))) {
            matrix[(a, b)] += options.unobserved * others[(other, a)] * others[(other, b)];
        }
    }
    for &(other, weight) in events {
        for a in 0..width {
            for b in 0..width {
                matrix[(a, b)] += weight.abs() * others[(other, a)] * others[(other, b)];
            }
            wanted[(a, 0)] += weight * others[(other, a)];
        }
    }
    matrix.partial_piv_lu().solve(&wanted)
}

fn side_by_definition(x: &SparseRows, others: &Mat<f64>, options: IalsOptions) -> Mat<f64> {
    let rows: Vec<Mat<f64>> =
        (0..x.height()).map(|row| by_definition(&x.row(row).collect::<Vec<_>>(), others, options)).collect();
    Mat::from_fn(x.height(), others.ncols(), |row, column| rows[row][(column, 0)])
}

#[test]
fn it_fits_what_the_definition_does_and_people_fold_in_as_they_were_trained() {
    let (x, options) = (ratings(12), options());
    let start = starting_rows(FILMS, options);
    let mut films = Mat::from_fn(FILMS, options.width, |row, column| start[row * options.width + column]);
    for _ in 0..options.sweeps {
        let people = side_by_definition(&x, &films, options);
        films = side_by_definition(&x.transposed(), &people, options);
    }
    let wanted = side_by_definition(&x, &films, options) * films.transpose();

    let model = model(&x, options);
    let people = solve_side(&x, &model.films, &model.spectrum, model.options).unwrap();
    for (person, trained) in people.chunks(options.width).enumerate() {
        let events: Vec<(u32, f32)> =
            x.row(person).map(|(film, weight)| (u32::try_from(film).unwrap(), single(weight))).collect();
        let taste = model.fold_in(&events).unwrap();
        for (folded, trained) in taste.row().iter().zip(trained) {
            // Events have single precision.
            assert!((folded - trained).abs() < 1e-6, "{folded} {trained}");
        }
        for film in 0..FILMS {
            let score: f64 = trained.iter().zip(model.row(film)).map(|(a, b)| a * b).sum();
            assert!((score - wanted[(person, film)]).abs() < 1e-9, "{score} {}", wanted[(person, film)]);
        }
    }
}

#[test]
fn each_sweep_brings_the_sum_of_squares_down() {
    let x = ratings(20);
    let losses: Vec<f64> = (1..6)
        .map(|sweeps| {
            let model = model(&x, IalsOptions { sweeps, ..options() });
            let people = solve_side(&x, &model.films, &model.spectrum, model.options).unwrap();
            loss(&x, &people, &model)
        })
        .collect();
    assert!(losses.is_sorted_by(|a, b| a >= b), "{losses:?}");
}

/// What is minimised.
fn loss(x: &SparseRows, people: &[f64], model: &Ials) -> f64 {
    let (options, squares) = (model.options, |row: &[f64]| row.iter().map(|value| value * value).sum::<f64>());
    let evidence = |x: &SparseRows, row: usize| x.row(row).map(|event| event.1.abs()).sum();
    let by_film = x.transposed();
    let mut loss = 0.0;
    for (person, row) in people.chunks(options.width).enumerate() {
        let score = |film: usize| -> f64 { row.iter().zip(model.row(film)).map(|(a, b)| a * b).sum() };
        loss += (0..FILMS).map(|film| options.unobserved * score(film).powi(2)).sum::<f64>();
        loss += x.row(person).map(|(film, w)| w.abs() * (score(film) - w.signum()).powi(2)).sum::<f64>();
        loss += options.ridge(evidence(x, person), x.width()) * squares(row);
    }
    let films = (0..FILMS).map(|film| options.ridge(evidence(&by_film, film), x.height()) * squares(model.row(film)));
    loss + films.sum::<f64>()
}

#[test]
fn few_events_and_many_solve_the_same_system() {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let width = 7;
    let table: Vec<f64> = (0..40 * width).map(|_| rng.random_range(-1.0..1.0)).collect();
    let spectrum: Vec<f64> = (0..width).map(precise).collect();
    for count in 0..width {
        let events: Vec<(usize, f64)> = (0..count).map(|at| (at * 5, rng.random_range(-1.0..1.0))).collect();
        let diagonal = || diagonal(&spectrum, options(), 1.0, 40);
        let (mut few, mut many) = (vec![0.0; width], vec![0.0; width]);
        let mut solver = Solver::new(width);
        solver.solve(&table, count, events.iter().copied().map(Pull::by_sign), diagonal(), &mut few).unwrap();
        solver.factorise(&table, events.iter().copied().map(Pull::by_sign), diagonal(), &mut many).unwrap();
        solver.apply(&mut many);
        for (few, many) in few.iter().zip(&many) {
            assert!((few - many).abs() < 1e-12, "{few} {many}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_score_is_the_sum_of_its_terms(events in prop::collection::vec((FILM_INDICES, -1.0..1.0_f32), 0..300)) {
        let model = model(&ratings(12), options());
        let taste = model.fold_in(&events).unwrap();
        for (film, score) in taste.scores().into_iter().enumerate() {
            let terms = taste.terms(film);
            prop_assert_eq!(terms.len(), events.len());
            prop_assert!((terms.iter().sum::<f32>() - score).abs() < 1e-4, "{:?} {}", terms, score);
            for (event, term) in events.iter().zip(&terms) {
                prop_assert!(event.0 as usize != film || *term == 0.0, "a film is no reason for itself");
            }
        }
    }
}

#[test]
fn likes_draw_towards_films_like_them_and_dislikes_away() {
    let model = model(&ratings(40), options());
    let score = |film: u32, weight: f32, of: usize| model.fold_in(&[(film, weight)]).unwrap().scores()[of];
    assert!(score(0, 1.0, 1) > 0.1 && score(0, 1.0, 1) > score(0, 1.0, 5) + 0.1);
    assert!(score(0, -0.3, 1) < 0.0 && score(0, -0.3, 1) < score(0, -0.3, 5));
    assert!(score(0, 0.0, 1).abs() < f32::EPSILON, "an event that weighs nothing says nothing");
    let with_nothing = model.fold_in(&[(0, 1.0), (5, 0.0)]).unwrap().scores();
    let without = model.fold_in(&[(0, 1.0)]).unwrap().scores();
    assert!(with_nothing.iter().zip(&without).all(|(with, without)| (with - without).abs() < 1e-6));
}

#[test]
fn a_film_without_ratings_and_a_person_without_events_score_zero() {
    let model = model(&ratings(12), options());
    assert!(model.fold_in(&[]).unwrap().scores().iter().all(|score| score.abs() < f32::EPSILON));
    assert!(model.fold_in(&[(0, 1.0)]).unwrap().scores()[8].abs() < f32::EPSILON);
    assert!(model.fold_in(&[(8, 1.0)]).unwrap().scores().iter().all(|score| score.abs() < f32::EPSILON));
}

#[test]
fn one_person_with_one_film_is_enough_and_nothing_is_too_little() {
    let one = model(&SparseRows::new(1, std::iter::once(vec![(0, 1.0)])), options());
    assert_eq!((one.movies(), one.options().width), (1, 1));
    let taste = one.fold_in(&[(0, 1.0)]).unwrap();
    assert!(taste.row()[0].is_finite() && taste.scores()[0].abs() < 1e-6, "no reason for itself");
    let refused = Ials::fit(&Interactions::default(), options(), &|_| {}).unwrap_err();
    assert!(matches!(refused, TrainError::NoRatings), "{refused}");
}

#[test]
fn a_person_with_very_many_events_is_folded_in_and_explained() {
    let model = model(&ratings(12), options());
    let events: Vec<(u32, f32)> = (0..200_000).map(|at| (at % 8, if at % 3 == 0 { -0.2 } else { 0.8 })).collect();
    let taste = model.fold_in(&events).unwrap();
    let (scores, terms) = (taste.scores(), taste.terms(8));
    assert_eq!(terms.len(), events.len());
    assert!(scores.iter().chain(&terms).all(|value| value.is_finite()));
}

#[test]
fn what_is_no_number_and_no_film_is_refused_by_name() {
    let model = model(&ratings(12), options());
    for weight in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let refused = model.fold_in(&[(0, 1.0), (3, weight)]).map(|_| ()).unwrap_err();
        assert!(matches!(refused, TrainError::NotFinite { film: 3, .. }), "{refused}");
    }
    let refused = model.fold_in(&[(9, 1.0)]).map(|_| ()).unwrap_err();
    assert_eq!(refused.to_string(), "there is an event of film 9, and the model has 9 films");
    let broken = SparseRows::new(3, [vec![(0, 1.0)], vec![(2, f64::NAN)]].into_iter());
    let refused = alternate(&broken, options(), &|_| {}).map(|_| ()).unwrap_err();
    assert_eq!(refused.to_string(), "the weight of an event of film 2 is NaN: weights must be finite");
}

#[test]
fn options_that_make_no_sense_are_refused_by_name() {
    let refusals = [
        (IalsOptions { width: 0, ..options() }, "width"),
        (IalsOptions { width: 257, ..options() }, "width"),
        (IalsOptions { lambda: 0.0, ..options() }, "lambda"),
        (IalsOptions { lambda: f64::NAN, ..options() }, "lambda"),
        (IalsOptions { unobserved: -1.0, ..options() }, "unobserved"),
        (IalsOptions { power: f64::INFINITY, ..options() }, "power"),
        (IalsOptions { spread: 0.0, ..options() }, "spread"),
        (IalsOptions { sweeps: 0, ..options() }, "sweeps"),
    ];
    for (options, wanted) in refusals {
        let refused = alternate(&ratings(3), options, &|_| {}).map(|_| ()).unwrap_err();
        assert!(matches!(refused, TrainError::Setting { name, .. } if name == wanted), "{refused}");
    }
}

#[test]
fn the_same_seed_gives_the_same_model_and_every_sweep_is_told_of() {
    let x = ratings(12);
    assert_eq!(model(&x, options()), model(&x, options()));
    assert_ne!(model(&x, options()), model(&x, IalsOptions { seed: 6, ..options() }));
    let heard = std::cell::RefCell::new(Vec::new());
    alternate(&x, options(), &|sweep| heard.borrow_mut().push((sweep.done, sweep.of))).unwrap();
    assert_eq!(heard.into_inner(), [(1, 3), (2, 3), (3, 3)]);
}

#[test]
fn with_too_few_people_to_choose_by_the_start_is_taken() {
    let chosen = choose(&Interactions::default(), options(), 10, &|_| {}).unwrap();
    assert_eq!((chosen.options, chosen.fits), (options(), 0));
}
