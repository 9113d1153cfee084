use matinee_domain::{ExternalId, ExternalSource};
use matinee_services::ports::{ImportKey, ImportProgress, ImportedMovie};

use super::fixture::{
    assert_not_found, at, done, imported, imported_rating, key, movielens, nobody, on_every_engine, stars, year,
};

fn imdb(id: &str) -> ExternalId {
    ExternalId { source: ExternalSource::Imdb, id: id.to_owned() }
}

fn batch() -> Vec<ImportedMovie> {
    let mut films: Vec<_> = (0..300).map(|n| imported(&n.to_string(), &format!("Film {n}"), 1950 + n % 50)).collect();
    films[7].alternative_titles = vec!["Siebter".into(), "Film 7".into(), "Siebter".into()];
    films[7].genres = vec!["Drama".into(), "Crime".into(), "Drama".into()];
    films
}

#[tokio::test]
async fn the_same_films_again_change_nothing() {
    on_every_engine(async |db| {
        db.add_films(batch()).await;
        assert_eq!(db.movies.count().await.unwrap(), 300);
        let before = db.dump().await;
        db.add_films(batch()).await;
        let mut reversed = batch();
        reversed.reverse();
        db.add_films(reversed).await;
        assert_eq!(db.dump().await, before);
    })
    .await;
}

#[tokio::test]
async fn the_same_ratings_again_change_nothing_in_any_order() {
    on_every_engine(async |db| {
        db.add_films(batch()).await;
        // Rater 3 rates film 5 three times, twice at the same moment.
        let mut ratings: Vec<_> = (0..2000_u32)
            .map(|n| imported_rating(n % 40, &(n % 300).to_string(), f64::from(n % 10 + 1) / 2.0, i64::from(n)))
            .collect();
        for (given, seconds) in [(1.0, 9_999), (4.0, 9_999), (2.0, 5_000)] {
            ratings.push(imported_rating(3, "5", given, seconds));
        }
        let put = async |ratings: Vec<_>| {
            db.catalogue.put_ratings(&key("ratings"), ratings, done(2003)).await.unwrap();
            db.catalogue.refresh_statistics().await.unwrap();
        };
        put(ratings.clone()).await;
        let before = db.dump().await;
        assert!(before.iter().any(|row| row.starts_with("ratings: ") && row.contains("1700009999000")));
        put(ratings.clone()).await;
        assert_eq!(db.dump().await, before);
        ratings.reverse();
        put(ratings.split_off(1000)).await;
        put(ratings).await;
        assert_eq!(db.dump().await, before);
        let film = matinee_store::movie_id(&movielens("5"));
        let rater = matinee_store::rater_id("movielens", "3");
        assert_eq!(db.ratings.lookup(rater, film).await.unwrap(), Some(stars(4.0)));
    })
    .await;
}

#[tokio::test]
async fn ratings_of_unknown_films_are_told_and_the_others_taken_in() {
    on_every_engine(async |db| {
        db.add_films(batch()).await;
        let ratings = ["1", "no such", "2", "301", "3"].map(|film| imported_rating(1, film, 3.0, 0));
        let unknown = db.catalogue.put_ratings(&key("ratings"), ratings.to_vec(), done(5)).await.unwrap();
        assert_eq!(unknown, [1, 3]);
        assert_eq!(db.training.count_ratings().await.unwrap(), 3);
    })
    .await;
}

#[tokio::test]
async fn progress_is_kept_with_the_rows_so_that_an_import_goes_on() {
    on_every_engine(async |db| {
        let key = key("films");
        assert_eq!(db.catalogue.get_progress(&key).await.unwrap(), ImportProgress::default());
        let mut films = batch();
        let rest = films.split_off(100);
        db.catalogue.put_movies(&key, films, done(100)).await.unwrap();
        assert_eq!(db.catalogue.get_progress(&key).await.unwrap(), done(100));
        let finished = ImportProgress { rows_done: 300, finished: true };
        db.catalogue.put_movies(&key, rest, finished).await.unwrap();
        assert_eq!(db.catalogue.get_progress(&key).await.unwrap(), finished);
        assert_eq!(db.movies.count().await.unwrap(), 300);
        let other_file = ImportKey { fingerprint: "1".repeat(64), ..key };
        assert_eq!(db.catalogue.get_progress(&other_file).await.unwrap(), ImportProgress::default());
    })
    .await;
}

#[tokio::test]
async fn a_film_is_known_by_the_first_of_its_ids_that_is_known() {
    on_every_engine(async |db| {
        let film = db.add_film("Alien").await;
        let same = ImportedMovie {
            external_ids: vec![
                ExternalId { source: ExternalSource::Movielens100k, id: "183".into() },
                movielens("Alien"),
            ],
            year: year(1979),
            genres: vec!["Horror".into()],
            ..imported("x", "Alien: the first", 1979)
        };
        let before = db.dump_data().await.len();
        for _ in 0..2 {
            db.catalogue.put_movies(&key("100k"), vec![same.clone()], done(1)).await.unwrap();
        }
        let movie = db.movies.lookup(film).await.unwrap().unwrap();
        assert_eq!((db.movies.count().await.unwrap(), movie.card.title.as_str()), (1, "Alien"));
        // What it has stays; the other title helps to find it.
        assert_eq!((movie.card.year, movie.card.genres), (year(1999), vec!["Drama".to_owned()]));
        assert_eq!(movie.alternative_titles, ["Alien: the first"]);
        assert_eq!(movie.external_ids.len(), 2);
        assert_eq!(db.dump_data().await.len(), before + 3, "an id, a title and an import");
    })
    .await;
}

#[tokio::test]
async fn the_source_that_brought_a_film_may_correct_it() {
    on_every_engine(async |db| {
        let film = db.add_film("Allien").await;
        let right = ImportedMovie { genres: vec!["Horror".into()], ..imported("Allien", "Alien", 1979) };
        db.catalogue.put_movies(&key("newer"), vec![right], done(1)).await.unwrap();
        let card = db.movies.lookup(film).await.unwrap().unwrap().card;
        assert_eq!((card.title.as_str(), card.year, card.genres), ("Alien", year(1979), vec!["Horror".to_owned()]));
    })
    .await;
}

#[tokio::test]
async fn one_film_twice_in_a_batch_is_one_film() {
    on_every_engine(async |db| {
        let mut second = imported("2", "Alien", 1979);
        second.external_ids.push(movielens("1"));
        db.add_films(vec![imported("1", "Alien", 1979), second]).await;
        assert_eq!(db.movies.count().await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn other_catalogues_numbers_are_added_to_known_films() {
    on_every_engine(async |db| {
        let (a, b) = (db.add_film("A").await, db.add_film("B").await);
        let links = vec![
            (movielens("A"), vec![imdb("tt1"), ExternalId { source: ExternalSource::Tmdb, id: "9".into() }]),
            (movielens("no such"), vec![imdb("tt2")]),
            // Taken already: it stays with the first.
            (movielens("B"), vec![imdb("tt1")]),
        ];
        for _ in 0..2 {
            db.catalogue.put_external_ids(&key("links"), links.clone(), done(3)).await.unwrap();
            let ids = |movie: matinee_domain::Movie| movie.external_ids.into_iter().map(|id| id.id).collect::<Vec<_>>();
            assert_eq!(ids(db.movies.lookup(a).await.unwrap().unwrap()), ["tt1", "A", "9"]);
            assert_eq!(ids(db.movies.lookup(b).await.unwrap().unwrap()), ["B"]);
        }
        assert_eq!(db.catalogue.get_progress(&key("links")).await.unwrap(), done(3));
    })
    .await;
}

#[tokio::test]
async fn a_batch_of_nothing_keeps_progress() {
    on_every_engine(async |db| {
        db.catalogue.put_movies(&key("m"), Vec::new(), done(1)).await.unwrap();
        assert_eq!(db.catalogue.put_ratings(&key("r"), Vec::new(), done(2)).await.unwrap(), [0; 0]);
        assert_eq!(db.catalogue.put_facts(&key("f"), Vec::new(), done(3)).await.unwrap(), [false; 0]);
        db.catalogue.put_external_ids(&key("l"), Vec::new(), done(4)).await.unwrap();
        for (part, rows) in [("m", 1), ("r", 2), ("f", 3), ("l", 4)] {
            assert_eq!(db.catalogue.get_progress(&key(part)).await.unwrap(), done(rows));
        }
    })
    .await;
}

#[tokio::test]
async fn what_people_rated_counts_beside_what_was_imported() {
    on_every_engine(async |db| {
        let film = db.add_film("Alien").await;
        let ratings = vec![imported_rating(1, "Alien", 2.0, 0)];
        db.catalogue.put_ratings(&key("r"), ratings, done(1)).await.unwrap();
        let user = db.add_person().await;
        db.ratings.set(user, film, stars(4.0), at(0)).await.unwrap();
        db.catalogue.refresh_statistics().await.unwrap();
        let rating = db.movies.lookup(film).await.unwrap().unwrap().card.rating;
        assert_eq!((rating.count, rating.mean), (2, 3.0));
        assert_not_found(db.ratings.set(nobody(), film, stars(4.0), at(0)).await, "person");
    })
    .await;
}
