use std::sync::Arc;

use matinee_services::ports::RatingRepository;

use crate::conformance::fixture::{at, on_postgres, open, stars};

/// Ten ratings each by so many people of one film, all at once.
const PEOPLE: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_loses_a_race_under_serializable_tries_again_until_it_is_done() {
    on_postgres(async |db| {
        let film = db.add_film("Alien").await;
        let store: Arc<dyn RatingRepository> =
            Arc::new(open(&format!("{}&options[default_transaction_isolation]=serializable", db.url)).await);
        let mut writers = Vec::new();
        for _ in 0..PEOPLE {
            let (store, user) = (Arc::clone(&store), db.add_person().await);
            writers.push(tokio::spawn(async move {
                for half in 1..=10 {
                    store.set(user, film, stars(f64::from(half) / 2.0), at(half.into())).await.unwrap();
                }
            }));
        }
        for writer in writers {
            writer.await.unwrap();
        }
        let movie = db.movies.lookup(film).await.unwrap().unwrap();
        assert_eq!((movie.card.rating.count, movie.card.rating.mean), (6, 5.0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_person_on_several_devices_rates_a_film_once() {
    on_postgres(async |db| {
        let (user, film) = (db.add_person().await, db.add_film("Alien").await);
        for round in 0..10 {
            let devices = (0..4).map(|device| {
                let ratings = Arc::clone(&db.ratings);
                let given = stars(f64::from(device + 1));
                tokio::spawn(async move { ratings.set(user, film, given, at(round)).await.unwrap() })
            });
            for device in devices.collect::<Vec<_>>() {
                device.await.unwrap();
            }
            assert_eq!(db.movies.lookup(film).await.unwrap().unwrap().card.rating.count, 1);
            db.ratings.remove(user, film).await.unwrap();
        }
        assert_eq!(db.movies.lookup(film).await.unwrap().unwrap().card.rating.count, 0);
    })
    .await;
}
