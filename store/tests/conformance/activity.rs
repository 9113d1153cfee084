use matinee_domain::{EventKind, Knobs, MovieId, UserId, activity::Mark};
use matinee_services::ports::{
    ChangedBy, OnConflict, Opinion, Opinions, SelectBy, Selection, StoredActivity, Taste, View,
};

use super::fixture::{assert_not_found, at, no_film, nobody, on_every_engine, stars};

fn entry(query: Option<&str>, movie: MovieId, seconds: i64) -> StoredActivity {
    StoredActivity { query: query.map(str::to_owned), movie, at: at(seconds) }
}

#[tokio::test]
async fn the_same_film_by_the_same_way_counts_once_at_its_latest_moment() {
    on_every_engine(async |db| {
        let (user, film) = (db.add_person().await, db.add_film("Alien").await);
        for (query, seconds) in [(None, 5), (Some("alien"), 2), (None, 3), (Some("alien"), 8), (Some("ridley"), 1)] {
            db.activity.add_view(user, film, query, at(seconds)).await.unwrap();
        }
        let list = db.activity.list(user, 10).await.unwrap();
        assert_eq!(list, [entry(Some("alien"), film, 8), entry(None, film, 5), entry(Some("ridley"), film, 1)]);
        assert_eq!(db.activity.list(user, 2).await.unwrap().len(), 2);
        db.activity.clear(user).await.unwrap();
        assert_eq!(db.activity.list(user, 10).await.unwrap(), []);
    })
    .await;
}

/// As somebody's request.
fn view(user: UserId, movie: MovieId, query: Option<&str>, seconds: i64) -> View {
    let request_id = Some(format!("r-{seconds}"));
    View { user, movie, query: query.map(str::to_owned), at: at(seconds), request_id }
}

#[tokio::test]
async fn several_views_at_once_are_kept_as_one_after_the_other_and_journaled_one_by_one() {
    on_every_engine(async |db| {
        let (ada, bob, nameless) = (db.add_person().await, db.add_person().await, db.add_person().await);
        let (alien, heat) = (db.add_film("Alien").await, db.add_film("Heat").await);
        db.accounts.set_keeps_history(nameless, false).await.unwrap();
        db.activity.add_view(ada, heat, None, at(5)).await.unwrap();
        let sets = async |user| {
            let which = Selection { by: SelectBy::Actor(user), since: None };
            db.history.list(&which, None, 50).await.unwrap()
        };
        db.activity
            .add_views(&[
                view(ada, alien, Some(" alien "), 8),
                view(ada, alien, Some("alien"), 7),
                view(ada, alien, None, 6),
                view(ada, heat, None, 9),
                view(bob, heat, Some("heat"), 3),
                view(nameless, heat, None, 4),
                view(nobody(), heat, None, 4),
            ])
            .await
            .unwrap();
        let of_ada = [entry(None, heat, 9), entry(Some("alien"), alien, 8), entry(None, alien, 6)];
        assert_eq!(db.activity.list(ada, 10).await.unwrap(), of_ada);
        assert_eq!(db.activity.list(bob, 10).await.unwrap(), [entry(Some("heat"), heat, 3)]);
        assert_eq!(db.activity.list(nameless, 10).await.unwrap(), []);

        let (views, of_bob) = (sets(ada).await, sets(bob).await);
        assert_eq!(views.iter().filter(|set| set.reason == "view").count(), 4, "{views:?}");
        let set = of_bob.iter().find(|set| set.reason == "view").unwrap();
        assert_eq!((set.by, set.request_id.as_deref()), (ChangedBy::Person(Some(bob)), Some("r-3")));
        let moved = views.iter().find(|set| set.request_id.as_deref() == Some("r-9")).unwrap();
        let rows = db.history.list_rows(moved.id, 0, 10).await.unwrap();
        assert_eq!((rows[0].version_before, rows[0].version_after), (Some(1), Some(2)));
        db.history
            .revert(&Selection { by: SelectBy::ChangeSet(moved.id), since: None }, OnConflict::Refuse, false)
            .await
            .unwrap();
        assert_eq!(db.activity.list(ada, 1).await.unwrap(), [entry(Some("alien"), alien, 8)]);

        // What is there at a later moment is no change, and with a film that isn't there nothing is kept.
        let before = sets(ada).await.len();
        db.activity.add_views(&[view(ada, heat, None, 2)]).await.unwrap();
        db.activity.add_views(&[]).await.unwrap();
        assert_not_found(
            db.activity.add_views(&[view(ada, heat, None, 20), view(ada, no_film(), None, 20)]).await,
            "film",
        );
        assert_eq!(sets(ada).await.len(), before);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_kept_of_who_keeps_no_history() {
    on_every_engine(async |db| {
        let (user, film) = (db.add_person().await, db.add_film("Alien").await);
        db.activity.add_view(user, film, None, at(1)).await.unwrap();
        db.accounts.set_keeps_history(user, false).await.unwrap();
        db.activity.add_view(user, film, Some("alien"), at(2)).await.unwrap();
        assert_eq!(db.activity.list(user, 10).await.unwrap(), [entry(None, film, 1)]);
        assert_eq!(db.activity.get_taste(user, 10).await.unwrap(), Taste::default());
    })
    .await;
}

#[tokio::test]
async fn what_is_missing_is_named() {
    on_every_engine(async |db| {
        let (user, film) = (db.add_person().await, db.add_film("Alien").await);
        assert_not_found(db.activity.add_view(user, no_film(), None, at(0)).await, "film");
        assert_not_found(db.activity.add_view(nobody(), film, None, at(0)).await, "person");
        assert_not_found(db.activity.set_mark(user, no_film(), Mark::NotBecause, at(0)).await, "film");
        assert_not_found(db.activity.set_mark(nobody(), film, Mark::NotBecause, at(0)).await, "person");
    })
    .await;
}

#[tokio::test]
async fn marks_are_set_listed_latest_first_and_removed() {
    on_every_engine(async |db| {
        let user = db.add_person().await;
        let (a, b) = (db.add_film("A").await, db.add_film("B").await);
        db.activity.set_mark(user, a, Mark::NotInterested, at(1)).await.unwrap();
        db.activity.set_mark(user, b, Mark::NotInterested, at(2)).await.unwrap();
        db.activity.set_mark(user, a, Mark::NotInterested, at(3)).await.unwrap();
        db.activity.set_mark(user, a, Mark::NotBecause, at(3)).await.unwrap();
        assert_eq!(db.activity.list_marked(user, Mark::NotInterested).await.unwrap(), [a, b]);
        db.activity.remove_mark(user, a, Mark::NotInterested).await.unwrap();
        db.activity.remove_mark(user, a, Mark::NotInterested).await.unwrap();
        assert_eq!(db.activity.list_marked(user, Mark::NotInterested).await.unwrap(), [b]);
        assert_eq!(db.activity.list_marked(user, Mark::NotBecause).await.unwrap(), [a]);
    })
    .await;
}

#[tokio::test]
async fn taste_has_each_film_once_by_its_strongest_event() {
    on_every_engine(async |db| {
        let user = db.add_person().await;
        let mut films = Vec::new();
        for title in ["rated", "searched", "viewed", "not because", "not interested"] {
            films.push(db.add_film(title).await);
        }
        for film in &films {
            db.activity.add_view(user, *film, None, at(50)).await.unwrap();
        }
        db.ratings.set(user, films[0], stars(4.5), at(10)).await.unwrap();
        db.activity.add_view(user, films[0], Some("r"), at(60)).await.unwrap();
        db.activity.add_view(user, films[1], Some("s"), at(40)).await.unwrap();
        db.ratings.set(user, films[3], stars(1.0), at(70)).await.unwrap();
        db.activity.set_mark(user, films[3], Mark::NotBecause, at(0)).await.unwrap();
        db.activity.set_mark(user, films[4], Mark::NotInterested, at(0)).await.unwrap();

        let taste = db.activity.get_taste(user, 10).await.unwrap();
        let events: Vec<_> = taste.events.iter().map(|event| (event.movie, event.kind, event.at)).collect();
        // Two were viewed at the same moment: in order of their ids.
        let mut viewed = [films[2], films[4]];
        viewed.sort();
        let expected = [
            (viewed[0], EventKind::Viewed, at(50)),
            (viewed[1], EventKind::Viewed, at(50)),
            (films[1], EventKind::Searched, at(40)),
            (films[0], EventKind::Rated { stars: stars(4.5) }, at(10)),
        ];
        assert_eq!(events, expected);
        let mut hidden = vec![films[0], films[3], films[4]];
        hidden.sort();
        assert_eq!(taste.hidden, hidden);
        assert_eq!(taste.rated, 2);

        let latest = db.activity.get_taste(user, 3).await.unwrap();
        assert_eq!(latest.events, taste.events[..3]);
        assert_eq!(latest.hidden, hidden);
    })
    .await;
}

#[tokio::test]
async fn films_that_were_rated_or_are_no_reason_take_no_place_among_those_that_were_opened() {
    on_every_engine(async |db| {
        let user = db.add_person().await;
        let (seen, no_reason, old) = (db.add_film("A").await, db.add_film("B").await, db.add_film("C").await);
        for (film, seconds) in [(seen, 9), (no_reason, 8), (old, 1)] {
            db.activity.add_view(user, film, Some("x"), at(seconds)).await.unwrap();
            db.activity.add_view(user, film, None, at(seconds + 1)).await.unwrap();
        }
        db.ratings.set(user, seen, stars(4.0), at(0)).await.unwrap();
        db.activity.set_mark(user, no_reason, Mark::NotBecause, at(0)).await.unwrap();
        let kinds = async |limit| {
            let taste = db.activity.get_taste(user, limit).await.unwrap();
            assert_eq!(taste.rated, 1);
            taste.events.iter().map(|event| (event.movie, event.kind, event.at)).collect::<Vec<_>>()
        };
        let searched = (old, EventKind::Searched, at(1));
        assert_eq!(kinds(1).await, [searched]);
        assert_eq!(kinds(2).await, [searched, (seen, EventKind::Rated { stars: stars(4.0) }, at(0))]);
        assert_eq!(kinds(0).await, []);
    })
    .await;
}

#[tokio::test]
async fn what_somebody_says_of_a_film_is_their_stars_and_whether_it_is_nothing_for_them() {
    on_every_engine(async |db| {
        let (user, other) = (db.add_person().await, db.add_person().await);
        let (film, another) = (db.add_film("A").await, db.add_film("B").await);
        let opinion = async |of| db.activity.get_opinions(of, film).await.unwrap().1;
        assert_eq!(opinion(user).await, Opinion::default());
        db.activity.add_view(user, film, None, at(0)).await.unwrap();
        db.ratings.set(user, another, stars(1.0), at(0)).await.unwrap();
        db.activity.set_mark(user, another, Mark::NotInterested, at(0)).await.unwrap();
        assert_eq!(opinion(user).await, Opinion::default());
        db.activity.set_mark(user, film, Mark::NotInterested, at(0)).await.unwrap();
        assert_eq!(opinion(user).await, Opinion { stars: None, not_interested: true });
        db.activity.set_mark(user, film, Mark::NotBecause, at(0)).await.unwrap();
        db.ratings.set(user, film, stars(3.5), at(1)).await.unwrap();
        assert_eq!(opinion(user).await, Opinion { stars: Some(stars(3.5)), not_interested: true });
        assert_eq!(opinion(other).await, Opinion::default());
    })
    .await;
}

#[tokio::test]
async fn opinions_are_a_taste_without_what_was_looked_at() {
    on_every_engine(async |db| {
        let user = db.add_person().await;
        let mut films = Vec::new();
        for title in ["A", "B", "C", "D"] {
            let film = db.add_film(title).await;
            db.activity.add_view(user, film, None, at(9)).await.unwrap();
            films.push(film);
        }
        db.ratings.set(user, films[0], stars(3.5), at(1)).await.unwrap();
        db.ratings.set(user, films[1], stars(4.0), at(2)).await.unwrap();
        db.ratings.set(user, films[2], stars(4.5), at(3)).await.unwrap();
        db.activity.set_mark(user, films[1], Mark::NotBecause, at(0)).await.unwrap();
        db.activity.set_mark(user, films[3], Mark::NotInterested, at(0)).await.unwrap();
        let knobs = Knobs { hide_seen: false, ..Knobs::default() };
        db.knobs.set_knobs(user, &knobs).await.unwrap();

        let (opinions, _) = db.activity.get_opinions(user, films[0]).await.unwrap();
        let rated: Vec<_> = opinions.rated.iter().map(|event| (event.movie, event.kind, event.at)).collect();
        let of = |film, given, seconds| (film, EventKind::Rated { stars: stars(given) }, at(seconds));
        assert_eq!(rated, [of(films[2], 4.5, 3), of(films[0], 3.5, 1)]);
        let taste = db.activity.get_taste(user, 10).await.unwrap();
        assert_eq!((&opinions.hidden, &opinions.knobs), (&taste.hidden, &knobs));
        // The same of both, of any length of it, and another with whatever is said.
        let short = db.activity.get_taste(user, 1).await.unwrap();
        let digest = async || db.activity.get_opinions(user, films[0]).await.unwrap().0.digest;
        assert_eq!([taste.opinions, short.opinions], [opinions.digest; 2]);
        let mut digests = vec![opinions.digest];
        db.activity.add_view(user, films[3], Some("d"), at(10)).await.unwrap();
        assert_eq!(digest().await, opinions.digest, "to look at a film is not to say anything");
        db.ratings.set(user, films[0], stars(4.0), at(1)).await.unwrap();
        digests.push(digest().await);
        db.activity.remove_mark(user, films[1], Mark::NotBecause).await.unwrap();
        digests.push(digest().await);
        db.activity.remove_mark(user, films[3], Mark::NotInterested).await.unwrap();
        digests.push(digest().await);
        db.activity.set_mark(user, films[3], Mark::NotBecause, at(0)).await.unwrap();
        digests.push(digest().await);
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), 5);
        let (nothing, _) = db.activity.get_opinions(nobody(), films[0]).await.unwrap();
        assert_eq!(nothing, Opinions::default());
    })
    .await;
}

#[tokio::test]
async fn who_did_nothing_has_no_taste() {
    on_every_engine(async |db| {
        assert_eq!(db.activity.get_taste(nobody(), 10).await.unwrap(), Taste::default());
        assert_eq!(db.activity.list(nobody(), 10).await.unwrap(), []);
    })
    .await;
}
