use matinee_domain::{MovieId, UserId};
use proptest::{prelude::*, test_runner::TestRunner};
use sea_orm::{ConnectionTrait, Statement};

use super::fixture::{Db, at, imported, on_every_engine, stars};

#[derive(Clone, Debug)]
enum Step {
    Rate { person: usize, film: usize, half_stars: u8 },
    Unrate { person: usize, film: usize },
    RemovePerson { person: usize },
    Refresh,
}

const PEOPLE: usize = 4;
const FILMS: usize = 3;

fn step() -> impl Strategy<Value = Step> {
    let (person, film) = (0..PEOPLE, 0..FILMS);
    prop_oneof![
        8 => (person.clone(), film.clone(), 1..=10_u8)
            .prop_map(|(person, film, half_stars)| Step::Rate { person, film, half_stars }),
        3 => (person.clone(), film).prop_map(|(person, film)| Step::Unrate { person, film }),
        1 => person.prop_map(|person| Step::RemovePerson { person }),
        1 => Just(Step::Refresh),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn kept_statistics_equal_those_counted_from_the_rows() {
    on_every_engine(async |db| {
        let films = db.add_films((0..FILMS).map(|n| imported(&n.to_string(), &format!("F{n}"), 2000)).collect()).await;
        let handle = tokio::runtime::Handle::current();
        let config = ProptestConfig {
            cases: if db.is_embedded() { 24 } else { 6 },
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        tokio::task::block_in_place(|| {
            TestRunner::new(config)
                .run(&prop::collection::vec(step(), 1..40), |steps| {
                    handle.block_on(check(db, &films, steps));
                    Ok(())
                })
                .unwrap();
        });
    })
    .await;
}

async fn check(db: &Db, films: &[MovieId], steps: Vec<Step>) {
    let mut people = Vec::new();
    for _ in 0..PEOPLE {
        people.push(db.add_person().await);
    }
    for (seconds, step) in (0..).zip(steps) {
        match step {
            // One who has been removed can't rate; that is refused and changes nothing.
            Step::Rate { person, film, half_stars } => {
                let given = stars(f64::from(half_stars) / 2.0);
                let _ = db.ratings.set(people[person], films[film], given, at(seconds)).await;
            }
            Step::Unrate { person, film } => {
                db.ratings.remove(people[person], films[film]).await.unwrap();
            }
            Step::RemovePerson { person } => db.accounts.remove(people[person]).await.unwrap(),
            Step::Refresh => db.catalogue.refresh_statistics().await.unwrap(),
        }
        compare(db, films, &people).await;
    }
    assert_kept(db).await;
    for person in people {
        db.accounts.remove(person).await.unwrap();
    }
    compare(db, films, &[]).await;
}

/// What pages show is what is kept, not what they count where that is incomplete.
async fn assert_kept(db: &Db) {
    let told: Vec<String> = (1..=10).map(|half_stars| format!("rated_{half_stars}")).collect();
    let sum: Vec<String> = (1..).zip(&told).map(|(half_stars, bar)| format!("{half_stars} * {bar}")).collect();
    let sql = format!(
        "SELECT COUNT(*) FROM movies WHERE rating_count <> {} OR rating_sum_half_stars <> {}",
        told.join(" + "),
        sum.join(" + ")
    );
    let connection = db.connect().await;
    let row = connection.query_one_raw(Statement::from_string(connection.get_database_backend(), sql)).await.unwrap();
    assert_eq!(row.unwrap().try_get_by_index::<i64>(0).unwrap(), 0, "films that do not tell of all their ratings");
    connection.close().await.unwrap();
}

async fn compare(db: &Db, films: &[MovieId], people: &[UserId]) {
    for film in films {
        let mut histogram = [0_u16; 10];
        for person in people {
            if let Some(given) = db.ratings.lookup(*person, *film).await.unwrap() {
                histogram[usize::from(given.half_stars()) - 1] += 1;
            }
        }
        let count: u16 = histogram.iter().sum();
        let sum: f32 = (1_u8..).zip(histogram).map(|(half, people)| f32::from(half) * f32::from(people) / 2.0).sum();
        let mean = if count == 0 { 0.0 } else { sum / f32::from(count) };
        let movie = db.movies.lookup(*film).await.unwrap().unwrap();
        assert_eq!(movie.histogram.0, histogram.map(u32::from));
        assert_eq!(movie.card.rating.count, u32::from(count));
        assert!((movie.card.rating.mean - mean).abs() < 1e-5, "{} is not {mean}", movie.card.rating.mean);
    }
    let popular = db.movies.list_popular(None, 100).await.unwrap();
    assert!(popular.iter().all(|card| card.rating.count > 0));
}
