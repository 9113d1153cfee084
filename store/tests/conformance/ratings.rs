use matinee_domain::{
    Page, UserId,
    rating::{RatingFilter, RatingSort},
};
use matinee_services::ports::OnConflict;

use super::fixture::{Db, assert_not_found, at, imported, no_film, nobody, on_every_engine, stars};
use super::history::{latest, this};

#[tokio::test]
async fn a_rating_replaces_the_one_before() {
    on_every_engine(async |db| {
        let (user, film) = (db.add_person().await, db.add_film("Alien").await);
        assert_eq!(db.ratings.lookup(user, film).await.unwrap(), None);
        assert_eq!(db.ratings.set(user, film, stars(4.0), at(1)).await.unwrap(), None);
        assert_eq!(db.ratings.set(user, film, stars(0.5), at(2)).await.unwrap(), Some(stars(4.0)));
        assert_eq!(db.ratings.lookup(user, film).await.unwrap(), Some(stars(0.5)));
        assert_eq!(db.ratings.count(user).await.unwrap(), 1);
        assert_eq!(db.ratings.remove(user, film).await.unwrap(), Some(stars(0.5)));
        assert_eq!(db.ratings.remove(user, film).await.unwrap(), None);
        assert_eq!(db.ratings.count(user).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn the_films_statistics_follow_at_once() {
    on_every_engine(async |db| {
        let (ada, bob) = (db.add_person().await, db.add_person().await);
        let film = db.add_film("Alien").await;
        db.ratings.set(ada, film, stars(4.0), at(1)).await.unwrap();
        db.ratings.set(bob, film, stars(1.5), at(1)).await.unwrap();
        db.ratings.set(bob, film, stars(2.0), at(2)).await.unwrap();
        let movie = db.movies.lookup(film).await.unwrap().unwrap();
        assert_eq!((movie.card.rating.count, movie.card.rating.mean), (2, 3.0));
        assert_eq!(movie.histogram.0, [0, 0, 0, 1, 0, 0, 0, 1, 0, 0]);
        db.ratings.remove(ada, film).await.unwrap();
        db.ratings.remove(bob, film).await.unwrap();
        let movie = db.movies.lookup(film).await.unwrap().unwrap();
        assert_eq!((movie.card.rating.count, movie.card.rating.mean), (0, 0.0));
        assert_eq!(movie.histogram.0, [0; 10]);
        assert_eq!(db.movies.list_popular(None, 10).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn ratings_from_elsewhere_are_added_where_there_are_none_and_count_at_once() {
    on_every_engine(async |db| {
        let user = db.add_person().await;
        let films = db.add_films((0..40).map(|n| imported(&n.to_string(), &format!("Film {n}"), 1990)).collect()).await;
        db.ratings.set(user, films[3], stars(1.0), at(1)).await.unwrap();
        let brought: Vec<_> =
            films.iter().map(|film| (*film, stars(4.5), at(2))).chain([(no_film(), stars(3.0), at(2))]).collect();
        assert_eq!(db.ratings.add_many(user, &brought).await.unwrap(), 39);
        let told =
            |movie: matinee_domain::Movie| (movie.card.rating.count, movie.card.rating.mean, movie.histogram.0[8]);
        assert_eq!(told(db.movies.lookup(films[7]).await.unwrap().unwrap()), (1, 4.5, 1));
        assert_eq!(told(db.movies.lookup(films[3]).await.unwrap().unwrap()), (1, 1.0, 0), "rated here stays");
        assert_eq!(db.ratings.count(user).await.unwrap(), 40);

        let before = db.dump().await;
        assert_eq!(db.ratings.add_many(user, &brought).await.unwrap(), 0, "a second time");
        assert_eq!(db.ratings.add_many(user, &[]).await.unwrap(), 0);
        assert_not_found(db.ratings.add_many(nobody(), &brought[..1]).await, "person");
        assert_eq!(db.dump().await, before);
    })
    .await;
}

#[tokio::test]
async fn hundreds_of_ratings_are_taken_back_with_the_films_statistics_and_put_back_again() {
    on_every_engine(async |db| {
        let (ada, bob) = (db.add_person().await, db.add_person().await);
        let films =
            db.add_films((0..250).map(|n| imported(&n.to_string(), &format!("Film {n}"), 1990)).collect()).await;
        for film in &films[..5] {
            db.ratings.set(bob, *film, stars(2.0), at(1)).await.unwrap();
        }
        let before = db.dump_contents().await;
        let brought: Vec<_> = films.iter().map(|film| (*film, stars(4.5), at(2))).collect();
        assert_eq!(db.ratings.add_many(ada, &brought).await.unwrap(), 250);
        let (import, after) = (latest(db).await, db.dump_contents().await);
        assert_eq!((import.reason.as_str(), import.entries), ("import", 250));
        let report = db.history.revert(&this(import.id), OnConflict::Refuse, false).await.unwrap();
        assert_eq!((report.removed, report.conflict_count), (250, 0));
        assert_eq!(db.dump_contents().await, before);
        let again = db.history.revert(&this(report.change_set.unwrap()), OnConflict::Refuse, false).await.unwrap();
        assert_eq!(again.restored, 250);
        assert_eq!(db.dump_contents().await, after);
        // What is changed since stays, and counts.
        db.ratings.set(ada, films[9], stars(1.0), at(3)).await.unwrap();
        let back = again.change_set.unwrap();
        let report = db.history.revert(&this(back), OnConflict::Skip, false).await.unwrap();
        assert_eq!((report.removed, report.conflict_count), (249, 1));
        let movie = db.movies.lookup(films[9]).await.unwrap().unwrap();
        assert_eq!((movie.card.rating.count, movie.card.rating.mean), (1, 1.0));
        let movie = db.movies.lookup(films[200]).await.unwrap().unwrap();
        assert_eq!((movie.card.rating.count, movie.histogram.0), (0, [0; 10]));
        db.accounts.remove(ada).await.unwrap();
        let dump = db.dump().await;
        assert!(!format!("{dump:?}").contains(&ada.to_string()), "an erased person's import stays nowhere");
    })
    .await;
}

#[tokio::test]
async fn rating_what_or_as_who_is_not_there_changes_nothing() {
    on_every_engine(async |db| {
        let (user, film) = (db.add_person().await, db.add_film("Alien").await);
        let before = db.dump().await;
        assert_not_found(db.ratings.set(user, no_film(), stars(4.0), at(1)).await, "film");
        assert_not_found(db.ratings.set(nobody(), film, stars(4.0), at(1)).await, "person");
        assert_eq!(db.ratings.remove(nobody(), no_film()).await.unwrap(), None);
        assert_eq!(db.dump().await, before);
    })
    .await;
}

#[tokio::test]
async fn the_same_rating_again_changes_nothing() {
    on_every_engine(async |db| {
        let (user, film) = (db.add_person().await, db.add_film("Alien").await);
        db.ratings.set(user, film, stars(4.0), at(1)).await.unwrap();
        let before = db.dump().await;
        assert_eq!(db.ratings.set(user, film, stars(4.0), at(1)).await.unwrap(), Some(stars(4.0)));
        assert_eq!(db.dump().await, before);
    })
    .await;
}

/// A person who rated five films.
async fn shelf(db: &Db) -> UserId {
    let user = db.add_person().await;
    let films = [
        ("The Zebra", 1950, 3.0),
        ("Été 100%", 1960, 5.0),
        ("apple_pie", 1970, 1.0),
        ("Applespie", 1980, 3.0),
        (r"Back\slash", 1990, 4.0),
    ];
    let ids = db.add_films(films.iter().map(|(title, year, _)| imported(title, title, *year)).collect()).await;
    for (seconds, (id, (_, _, given))) in (0..).zip(ids.iter().zip(films)) {
        db.ratings.set(user, *id, stars(given), at(seconds)).await.unwrap();
    }
    user
}

fn titles(page: &Page<matinee_domain::MyRating>) -> Vec<&str> {
    page.items.iter().map(|rating| rating.movie.title.as_str()).collect()
}

#[tokio::test]
async fn ratings_are_sorted_as_asked() {
    on_every_engine(async |db| {
        let user = shelf(db).await;
        for (sort, order) in [
            (RatingSort::Recent, [r"Back\slash", "Applespie", "apple_pie", "Été 100%", "The Zebra"]),
            (RatingSort::Highest, ["Été 100%", r"Back\slash", "Applespie", "The Zebra", "apple_pie"]),
            (RatingSort::Lowest, ["apple_pie", "Applespie", "The Zebra", r"Back\slash", "Été 100%"]),
            (RatingSort::Title, ["apple_pie", "Applespie", r"Back\slash", "Été 100%", "The Zebra"]),
            (RatingSort::Year, [r"Back\slash", "Applespie", "apple_pie", "Été 100%", "The Zebra"]),
        ] {
            let filter = RatingFilter { sort, limit: 100, ..Default::default() };
            let page = db.ratings.list(user, &filter).await.unwrap();
            assert_eq!(titles(&page), order, "{sort:?}");
            assert_eq!(page.total, 5);
        }
    })
    .await;
}

#[tokio::test]
async fn a_title_is_found_whatever_its_case_and_wildcards_mean_themselves() {
    on_every_engine(async |db| {
        let user = shelf(db).await;
        for (text, found) in [
            ("APPLE", &["Applespie", "apple_pie"][..]),
            ("e_p", &["apple_pie"]),
            ("100%", &["Été 100%"]),
            ("%", &["Été 100%"]),
            (r"\", &[r"Back\slash"]),
            ("éTÉ", &["Été 100%"]),
            ("zebra", &["The Zebra"]),
            ("nothing", &[]),
            ("' OR 1 = 1 --", &[]),
        ] {
            let filter = RatingFilter { title: Some(text.to_owned()), limit: 100, ..Default::default() };
            let page = db.ratings.list(user, &filter).await.unwrap();
            assert_eq!(titles(&page), found, "{text:?}");
            assert_eq!(page.total, found.len() as u64);
        }
    })
    .await;
}

#[tokio::test]
async fn ratings_come_in_pages_and_by_stars() {
    on_every_engine(async |db| {
        let user = shelf(db).await;
        let three = RatingFilter { stars: Some(stars(3.0)), limit: 1, ..Default::default() };
        let page = db.ratings.list(user, &three).await.unwrap();
        assert_eq!((titles(&page), page.total), (vec!["Applespie"], 2));
        let page = db.ratings.list(user, &RatingFilter { offset: 1, ..three }).await.unwrap();
        assert_eq!((titles(&page), page.total), (vec!["The Zebra"], 2));
        assert_eq!((page.items[0].stars, page.items[0].rated_at), (stars(3.0), at(0)));
        let beyond = RatingFilter { offset: 99, limit: 100, ..Default::default() };
        let page = db.ratings.list(user, &beyond).await.unwrap();
        assert_eq!((page.items.len(), page.total), (0, 5));
        let nobodys = db.ratings.list(nobody(), &RatingFilter { limit: 10, ..Default::default() }).await.unwrap();
        assert_eq!((nobodys.items.len(), nobodys.total), (0, 0));
    })
    .await;
}
