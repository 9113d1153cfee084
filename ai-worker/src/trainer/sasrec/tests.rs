//! The whole of it, on small worlds.

use matinee_domain::{Stars, Timestamp};

use super::{
    Sasrec, SasrecOptions,
    batches::Batch,
    derivatives::Path,
    layers::Dropout,
    loss::{Candidates, Loss, Sought},
    matrix::Matrix,
    network::Network,
};
use crate::trainer::{
    TrainError,
    interactions::{Interaction, Interactions},
};

pub const FILMS: u32 = 12;

pub fn options() -> SasrecOptions {
    SasrecOptions {
        width: 16,
        history: 20,
        dropout: 0.0,
        negatives: 8,
        learning_rate: 5e-3,
        epochs: 12,
        ..SasrecOptions::new(7)
    }
}

/// Everybody goes through the films in a circle, from another one on, and likes each third most.
pub fn circle(people: usize, events: usize) -> Interactions {
    let row = |person: usize| {
        let step = |at: usize| Interaction {
            item: u32::try_from((person + at) % FILMS as usize).unwrap(),
            stars: Stars::from_half_stars(if at.is_multiple_of(3) { 10 } else { 7 }).unwrap(),
            at: Timestamp::from_timestamp(i64::try_from(at).unwrap() * 60, 0).unwrap(),
        };
        (0..events).map(step).collect()
    };
    let items = (0..FILMS).map(|film| matinee_domain::MovieId(uuid::Uuid::from_u128(film.into()))).collect();
    Interactions { items, rows: (0..people).map(row).collect() }
}

pub fn fit(data: &Interactions, options: SasrecOptions) -> Sasrec {
    Sasrec::fit(data, options, &mut |_| {}).unwrap()
}

fn best(scores: &[f32]) -> u32 {
    (0..).zip(scores).max_by(|one, other| one.1.total_cmp(other.1)).unwrap().0
}

/// The latest first.
fn events(films: impl DoubleEndedIterator<Item = u32>) -> Vec<(u32, f32)> {
    films.rev().map(|film| (film % FILMS, 0.6)).collect()
}

#[test]
fn what_always_follows_is_what_comes_first() {
    let model = fit(&circle(120, 8), SasrecOptions { batch: 16, epochs: 40, ..options() });
    for film in 0..FILMS {
        let scores = model.scores(&events(film..film + 4)).unwrap();
        assert_eq!(best(&scores), (film + 4) % FILMS, "{scores:?}");
        assert_eq!(best(&model.scores(&events(film..=film)).unwrap()), (film + 1) % FILMS, "after one event");
    }
}

#[test]
fn with_few_people_all_rounds_are_gone_through_and_with_many_it_stops_when_nothing_is_gained() {
    let heard = |people: usize, options: SasrecOptions| {
        let mut heard = Vec::new();
        Sasrec::fit(&circle(people, 5), options, &mut |epoch| heard.push(epoch)).unwrap();
        heard
    };
    let few = heard(12, SasrecOptions { epochs: 20, ..options() });
    assert!(few.len() == 20 && few.iter().all(|epoch| epoch.held_out.is_none()));
    assert!(few[19].loss < few[0].loss, "{few:?}");
    let many = heard(240, SasrecOptions { epochs: 60, patience: 2, ..options() });
    assert!(many.len() < 60 && many.iter().all(|epoch| epoch.held_out.is_some()), "{}", many.len());
}

#[test]
fn what_comes_later_changes_nothing_before_it_nor_do_others_beside() {
    let data = circle(24, 8);
    let model = fit(&data, SasrecOptions { epochs: 1, ..options() });
    let read = |histories: &[Vec<(u32, f32)>]| model.learnt.read(&Batch::new(histories, FILMS));
    let near = |one: &[f32], other: &[f32]| one.iter().zip(other).all(|(one, other)| (one - other).abs() < 1e-5);
    let before = read(&[vec![(1, 0.5), (2, 1.0), (3, 0.1)]]);
    let after = read(&[vec![(1, 0.5), (2, 1.0), (9, -0.3)], vec![(4, 1.0); 9]]);
    for place in 0..3 {
        assert!(near(before.row(place), after.row(place)), "place {place}");
    }
    assert!(!near(before.row(3), after.row(3)));
}

#[test]
fn what_was_thought_of_a_film_counts() {
    let model = fit(&circle(24, 8), options());
    assert_ne!(model.scores(&[(1, 1.0)]).unwrap(), model.scores(&[(1, -0.3)]).unwrap());
    assert_eq!(model.scores(&[(1, 1.0)]).unwrap(), model.scores(&[(5, 0.0), (1, 1.0)]).unwrap(), "of 0 it is none");
    let likes = fit(&circle(24, 8), SasrecOptions { with_dislikes: false, ..options() });
    assert_eq!(likes.scores(&[(1, 1.0)]).unwrap(), likes.scores(&[(5, -0.2), (1, 1.0)]).unwrap());
}

#[test]
fn the_same_seed_gives_the_same_scores_on_any_number_of_threads() {
    let data = circle(60, 8);
    let scores = |options: SasrecOptions, threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let options = SasrecOptions { dropout: 0.2, thinned: 0.5, epochs: 2, ..options };
        pool.install(|| fit(&data, options)).scores(&events(0..5)).unwrap()
    };
    assert_eq!(scores(options(), 1), scores(options(), 3));
    assert_ne!(scores(options(), 1), scores(SasrecOptions { seed: 8, ..options() }, 1));
}

#[test]
fn any_number_of_events_is_answered_and_the_latest_count() {
    let model = fit(&circle(24, 50), SasrecOptions { epochs: 2, ..options() });
    for count in [0, 1, 2, 20, 21, 500] {
        let scores = model.scores(&events(0..count)).unwrap();
        assert!(scores.len() == FILMS as usize && scores.iter().all(|score| score.is_finite()), "{count} events");
    }
    assert_eq!(model.scores(&events(0..500)).unwrap(), model.scores(&events(480..500)).unwrap());
}

#[test]
fn who_has_no_events_is_told_what_people_begin_with() {
    let mut data = circle(48, 6);
    data.rows.iter_mut().for_each(|row| row.insert(0, Interaction { item: 5, at: Timestamp::default(), ..row[0] }));
    let model = fit(&data, SasrecOptions { epochs: 20, ..options() });
    assert_eq!(best(&model.scores(&[]).unwrap()), 5);
}

#[test]
fn one_film_and_one_person_are_enough_and_nobody_is_too_few() {
    let one = Interactions { items: circle(1, 1).items[..1].to_vec(), rows: circle(1, 1).rows };
    let model = fit(&one, options());
    assert_eq!(model.scores(&[(0, 1.0)]).unwrap().len(), 1);
    assert_eq!(fit(&circle(1, 30), options()).scores(&[]).unwrap().len(), FILMS as usize);
    let refused = Sasrec::fit(&Interactions::default(), options(), &mut |_| {}).unwrap_err();
    assert!(matches!(refused, TrainError::NoRatings), "{refused}");
}

#[test]
fn training_that_comes_to_no_number_says_so() {
    let refused = Sasrec::fit(&circle(24, 8), SasrecOptions { learning_rate: 1e30, ..options() }, &mut |_| {});
    let refused = refused.unwrap_err();
    assert!(matches!(refused, TrainError::Diverged { epoch: 1.., .. }), "{refused}");
    assert!(refused.to_string().contains("smaller learning rate"), "{refused}");
}

#[test]
fn what_is_no_number_and_no_film_is_refused_by_name() {
    let model = fit(&circle(12, 5), SasrecOptions { epochs: 1, ..options() });
    for weight in [f32::NAN, f32::INFINITY] {
        let refused = model.scores(&[(0, 1.0), (3, weight)]).unwrap_err();
        assert!(matches!(refused, TrainError::NotFinite { film: 3, .. }), "{refused}");
    }
    let refused = model.scores(&[(FILMS, 1.0)]).unwrap_err();
    assert!(matches!(refused, TrainError::UnknownFilm { film: FILMS, .. }), "{refused}");
}

#[test]
fn options_that_make_no_sense_are_refused_by_name() {
    let refusals = [
        (SasrecOptions { width: 0, ..options() }, "width"),
        (SasrecOptions { heads: 3, ..options() }, "heads"),
        (SasrecOptions { history: 0, ..options() }, "history"),
        (SasrecOptions { blocks: 0, ..options() }, "blocks"),
        (SasrecOptions { negatives: 0, ..options() }, "negatives"),
        (SasrecOptions { batch: 0, ..options() }, "batch"),
        (SasrecOptions { epochs: 0, ..options() }, "epochs"),
        (SasrecOptions { dropout: 1.0, ..options() }, "dropout"),
        (SasrecOptions { thinned: f64::NAN, ..options() }, "thinned"),
        (SasrecOptions { indifference: 2.0, ..options() }, "indifference"),
        (SasrecOptions { learning_rate: 0.0, ..options() }, "learning_rate"),
        (SasrecOptions { clip: f64::NAN, ..options() }, "clip"),
        (SasrecOptions { decay: -1.0, ..options() }, "decay"),
    ];
    for (options, wanted) in refusals {
        let refused = Sasrec::fit(&circle(3, 5), options, &mut |_| {}).map(|_| ()).unwrap_err();
        assert!(matches!(refused, TrainError::Setting { name, .. } if name == wanted), "{refused}");
    }
}

/// Some values that are neither alike nor large.
fn waves(rows: usize, width: usize, phase: f32) -> Matrix {
    let values =
        (0..rows * width).map(|at| (f32::from(u16::try_from(at).unwrap()) * 1.7 + phase).sin() / 2.0).collect();
    Matrix { rows, width, values }
}

/// All that is learnt, and the loss of two histories by it.
struct World {
    network: Network<Matrix>,
    films: Matrix,
}

impl World {
    /// With the derivatives of the network's matrices and of films.
    fn loss(&self) -> (f64, Network<Matrix>, Matrix) {
        let histories = [vec![(0, 1.0), (1, -0.3), (2, 0.5)], vec![(2, 0.8)]];
        let batch = Batch::new(&histories, 4);
        let path = Path::new(&self.network, Matrix::of_rows(&self.films, &batch.films), &batch, Dropout::new(0.3, 5));
        let candidates = Candidates { films: vec![3, 1], place: vec![u32::MAX, 1, u32::MAX, 0], correction: 0.4 };
        let targets = [1, 0, 3, 2, 0, 1, 0, 3];
        let (rows, own) = (Matrix::of_rows(&self.films, &candidates.films), Matrix::of_rows(&self.films, &targets));
        let worth = [1.0, 0.5, 1.0, 0.7, 1.0, 1.0, 0.2, 0.9];
        let loss =
            Loss::new(path.vectors(), &candidates, &rows, &Sought { films: &targets, rows: &own, worth: &worth });
        let (network, of_read) = path.back(&loss.of_vectors);
        let mut films = Matrix::zeros(self.films.rows, self.films.width);
        for (rows, gradient) in
            [(&batch.films[..], &of_read), (&candidates.films, &loss.of_candidates), (&targets, &loss.of_sought)]
        {
            for (at, row) in rows.iter().enumerate() {
                films.row_mut(*row as usize).iter_mut().zip(gradient.row(at)).for_each(|(sum, value)| *sum += value);
            }
        }
        (loss.sum, network, films)
    }
}

#[test]
fn derivatives_are_those_of_small_steps() {
    let options = SasrecOptions { width: 4, blocks: 2, heads: 2, history: 4, ..options() };
    let mut phase = 0.0;
    let network = Network::new(&options, &mut |(rows, width), _| {
        phase += 0.7;
        waves(rows, width, phase)
    });
    let mut world = World { network, films: waves(5, 4, 0.1) };
    let (_, mut of_network, of_films) = world.loss();
    let assert_slope = |which: &str, found: f32, moved: &mut dyn FnMut(f32) -> f64| {
        let slope = (moved(5e-3) - moved(-5e-3)) / 1e-2;
        assert!((slope - f64::from(found)).abs() < 2e-2 * (1.0 + slope.abs()), "{which}: {slope} {found}");
    };
    for at in 0..of_films.values.len() {
        assert_slope(&format!("films {at}"), of_films.values[at], &mut |step| {
            world.films.values[at] += step;
            let loss = world.loss().0;
            world.films.values[at] -= step;
            loss
        });
    }
    let found: Vec<Matrix> = of_network.all_mut().map(|matrix| matrix.clone()).collect();
    for (which, found) in found.iter().enumerate() {
        for (at, found) in found.values.iter().enumerate() {
            let value = |world: &mut World, step: f32| world.network.all_mut().nth(which).unwrap().values[at] += step;
            assert_slope(&format!("matrix {which}, {at}"), *found, &mut |step| {
                value(&mut world, step);
                let loss = world.loss().0;
                value(&mut world, -step);
                loss
            });
        }
    }
}
