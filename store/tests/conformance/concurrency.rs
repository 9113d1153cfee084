use std::sync::Arc;

use super::fixture::{self, at, on_every_engine, open, stars};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_writers_at_once_lose_nothing() {
    on_every_engine(async |db| {
        let film = db.add_film("Alien").await;
        let mut people = Vec::new();
        for _ in 0..64 {
            people.push(db.add_person().await);
        }
        let writers = people.iter().map(|user| {
            let (ratings, user) = (Arc::clone(&db.ratings), *user);
            tokio::spawn(async move {
                for half in 1..=10 {
                    ratings.set(user, film, stars(f64::from(half) / 2.0), at(half.into())).await.unwrap();
                }
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
        let movie = db.movies.lookup(film).await.unwrap().unwrap();
        assert_eq!((movie.card.rating.count, movie.card.rating.mean), (64, 5.0));
        assert_eq!(movie.histogram.0, [0, 0, 0, 0, 0, 0, 0, 0, 0, 64]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_processes_may_write_to_one_file() {
    let (db, _folder) = fixture::sqlite().await;
    let film = db.add_film("Alien").await;
    let mut writers = Vec::new();
    for _ in 0..4 {
        // A store of its own has connections of its own, as another process would.
        let store: Arc<dyn matinee_services::ports::RatingRepository> = Arc::new(open(&db.url).await);
        for _ in 0..4 {
            let (store, user) = (Arc::clone(&store), db.add_person().await);
            writers.push(tokio::spawn(async move {
                for seconds in 0..20 {
                    store.set(user, film, stars(3.0), at(seconds)).await.unwrap();
                }
            }));
        }
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(db.movies.lookup(film).await.unwrap().unwrap().card.rating.count, 16);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_go_on_while_somebody_writes() {
    on_every_engine(async |db| {
        let film = db.add_film("Alien").await;
        let user = db.add_person().await;
        let ratings = Arc::clone(&db.ratings);
        let writer = tokio::spawn(async move {
            for seconds in 0..200 {
                ratings.set(user, film, stars(f64::from(seconds % 10 + 1) / 2.0), at(seconds.into())).await.unwrap();
            }
        });
        let mut reads = 0;
        while !writer.is_finished() {
            let movie = db.movies.lookup(film).await.unwrap().unwrap();
            assert!(movie.card.rating.count <= 1);
            reads += 1;
        }
        writer.await.unwrap();
        assert!(reads > 0);
    })
    .await;
}
