use super::fixture::{at, done, imported, imported_rating, key, on_every_engine, stars};

#[tokio::test]
async fn all_ratings_are_read_once_page_by_page() {
    on_every_engine(async |db| {
        db.add_films((0..7).map(|n| imported(&n.to_string(), "T", 2000)).collect()).await;
        let ratings: Vec<_> =
            (0..5).flat_map(|rater| (0..7).map(move |n| imported_rating(rater, &n.to_string(), 3.5, 9))).collect();
        db.catalogue.put_ratings(&key("ratings"), ratings, done(35)).await.unwrap();
        assert_eq!(db.training.count_ratings().await.unwrap(), 35);

        let mut all = Vec::new();
        let mut after = None;
        loop {
            let page = db.training.list_ratings(after, 4).await.unwrap();
            let Some(last) = page.last() else { break };
            assert!(page.len() <= 4);
            after = Some((last.user, last.movie));
            all.extend(page);
        }
        assert_eq!(all.len(), 35);
        assert!(all.is_sorted_by(|a, b| (a.user, a.movie) < (b.user, b.movie)));
        assert!(all.iter().all(|rating| rating.stars == stars(3.5) && rating.at == at(9)));
    })
    .await;
}

#[tokio::test]
async fn an_empty_database_has_no_ratings() {
    on_every_engine(async |db| {
        assert_eq!(db.training.count_ratings().await.unwrap(), 0);
        assert_eq!(db.training.list_ratings(None, 10).await.unwrap(), []);
    })
    .await;
}
