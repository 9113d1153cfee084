//! The journal: what is kept, and what can be taken back.

use matinee_domain::{ChangeSetId, MovieId, Role, Timestamp, UserId, activity::Mark};
use matinee_services::{
    ports::{
        ChangeSet, ChangedBy, Conflict, Obstacle, OnConflict, Retention, RevertReport, SelectBy, Selection, Step,
        StoredSession,
    },
    provenance::{Actor, Provenance},
};

use matinee_store::{movie_id, rater_id};

use super::fixture::{
    Db, assert_not_found, at, done, imported, imported_rating, key, movielens, on_every_engine, stars,
};

pub fn everything() -> Selection {
    Selection { by: SelectBy::Everything, since: None }
}

pub fn this(set: ChangeSetId) -> Selection {
    Selection { by: SelectBy::ChangeSet(set), since: None }
}

/// The latest change set.
pub async fn latest(db: &Db) -> ChangeSet {
    db.history.list(&everything(), None, 1).await.unwrap().pop().expect("something was changed")
}

async fn take_back(db: &Db, set: ChangeSetId) -> RevertReport {
    db.history.revert(&this(set), OnConflict::Refuse, false).await.unwrap()
}

async fn rated(db: &Db, user: UserId, movie: MovieId) -> Option<f64> {
    db.ratings.lookup(user, movie).await.unwrap().map(|stars| f64::from(stars.half_stars()) / 2.0)
}

#[tokio::test]
async fn a_change_set_says_who_why_and_what_was_there() {
    on_every_engine(async |db| {
        let (film, user) = (db.add_film("Alien").await, db.add_person().await);
        db.ratings.set(user, film, stars(4.0), at(1)).await.unwrap();
        let provenance = Provenance { request_id: Some("r-1".into()), ..Provenance::default() };
        provenance.scope(db.ratings.set(user, film, stars(2.5), at(2))).await.unwrap();

        let set = latest(db).await;
        assert_eq!((set.by, set.reason.as_str()), (ChangedBy::Person(Some(user)), "rate"));
        assert_eq!((set.request_id.as_deref(), set.entries), (Some("r-1"), 1));
        assert_eq!(db.history.lookup(set.id).await.unwrap(), Some(set.clone()));
        let rows = db.history.list_rows(set.id, 0, 10).await.unwrap();
        let [row] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!((row.table.as_str(), row.version_before, row.version_after), ("ratings", Some(1), Some(2)));
        let half_stars = |image: &Option<String>| {
            let image: serde_json::Value = serde_json::from_str(image.as_deref().unwrap()).unwrap();
            image["half_stars"].as_i64().unwrap()
        };
        assert_eq!((half_stars(&row.before), half_stars(&row.after)), (8, 5));
    })
    .await;
}

#[tokio::test]
async fn whether_a_request_changed_anything_is_known_by_its_id() {
    on_every_engine(async |db| {
        let (film, user) = (db.add_film("Alien").await, db.add_person().await);
        let as_request = |id: &str| Provenance { request_id: Some(id.into()), ..Provenance::default() };
        as_request("r-1").scope(db.ratings.set(user, film, stars(2.5), at(2))).await.unwrap();
        as_request("r-2").scope(db.ratings.set(user, film, stars(2.5), at(2))).await.unwrap();
        let set = latest(db).await;
        let has_changed = async |id: &str, since: Timestamp| db.history.has_changed(id, since).await.unwrap();
        assert!(has_changed("r-1", set.at).await);
        assert!(!has_changed("r-1", set.at + chrono::TimeDelta::milliseconds(1)).await, "that was before");
        assert!(!has_changed("r-2", set.at).await, "the stars were those already");
        assert!(!has_changed("r-3", set.at).await);
    })
    .await;
}

#[tokio::test]
async fn what_changes_nothing_leaves_no_change_set() {
    on_every_engine(async |db| {
        let (film, user) = (db.add_film("Alien").await, db.add_person().await);
        db.ratings.set(user, film, stars(4.0), at(1)).await.unwrap();
        let before = latest(db).await;
        db.ratings.set(user, film, stars(4.0), at(1)).await.unwrap();
        db.ratings.remove(user, MovieId(uuid::Uuid::nil())).await.unwrap();
        db.accounts.set_keeps_history(user, true).await.unwrap();
        assert_eq!(latest(db).await, before);
    })
    .await;
}

#[tokio::test]
async fn a_rating_that_was_changed_or_removed_comes_back_with_the_films_statistics() {
    on_every_engine(async |db| {
        let (film, user) = (db.add_film("Alien").await, db.add_person().await);
        db.ratings.set(user, film, stars(4.0), at(1)).await.unwrap();
        db.ratings.remove(user, film).await.unwrap();
        let removal = latest(db).await;
        let report = take_back(db, removal.id).await;
        assert_eq!((report.restored, report.changed, report.removed, report.conflict_count), (1, 0, 0, 0));
        assert_eq!(rated(db, user, film).await, Some(4.0));
        let card = db.movies.lookup(film).await.unwrap().unwrap().card;
        assert_eq!((card.rating.count, card.rating.mean), (1, 4.0));

        // A rollback is a change set: it can be taken back.
        let rollback = latest(db).await;
        assert_eq!((rollback.reason.as_str(), rollback.reverts.as_slice()), ("revert", &[removal.id][..]));
        assert_eq!(db.history.lookup(removal.id).await.unwrap().unwrap().reverted_by, [rollback.id]);
        take_back(db, rollback.id).await;
        assert_eq!(rated(db, user, film).await, None);
        assert_eq!(db.movies.lookup(film).await.unwrap().unwrap().card.rating.count, 0);
    })
    .await;
}

#[tokio::test]
async fn what_is_taken_back_already_is_passed_over() {
    on_every_engine(async |db| {
        let (film, user) = (db.add_film("Alien").await, db.add_person().await);
        db.ratings.set(user, film, stars(4.0), at(1)).await.unwrap();
        let rating = latest(db).await;
        assert_eq!(take_back(db, rating.id).await.removed, 1);
        let again = take_back(db, rating.id).await;
        assert_eq!((again.change_set, again.removed, again.reverted.len()), (None, 0, 0));
        assert_not_found(
            db.history.revert(&this(ChangeSetId(uuid::Uuid::nil())), OnConflict::Refuse, false).await,
            "change set",
        );
    })
    .await;
}

#[tokio::test]
async fn a_dry_run_tells_the_plan_and_changes_nothing() {
    on_every_engine(async |db| {
        let (film, user) = (db.add_film("Alien").await, db.add_person().await);
        db.ratings.set(user, film, stars(4.0), at(1)).await.unwrap();
        let (rating, before) = (latest(db).await, db.dump().await);
        let plan = db.history.revert(&this(rating.id), OnConflict::Refuse, true).await.unwrap();
        assert_eq!((plan.change_set, plan.removed), (None, 1));
        assert_eq!((plan.rows[0].table.as_str(), plan.rows[0].step), ("ratings", Step::Remove));
        assert_eq!(db.dump().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_row_that_was_changed_since_is_a_conflict_that_only_force_overrides() {
    on_every_engine(async |db| {
        let (film, user) = (db.add_film("Alien").await, db.add_person().await);
        db.ratings.set(user, film, stars(4.0), at(1)).await.unwrap();
        let first = latest(db).await;
        db.ratings.set(user, film, stars(1.0), at(2)).await.unwrap();
        let before = db.dump().await;
        let refused = take_back(db, first.id).await;
        assert_eq!((refused.change_set, refused.conflict_count), (None, 1));
        assert_eq!(refused.conflicts[0].obstacle, Obstacle::ChangedSince);
        assert_eq!(db.dump().await, before, "nothing may change");
        let skipped = db.history.revert(&this(first.id), OnConflict::Skip, false).await.unwrap();
        assert_eq!((skipped.change_set, skipped.removed, skipped.conflict_count), (None, 0, 1));
        let forced = db.history.revert(&this(first.id), OnConflict::Force, false).await.unwrap();
        assert_eq!((forced.removed, forced.conflict_count), (1, 1));
        assert_eq!(rated(db, user, film).await, None);
    })
    .await;
}

#[tokio::test]
async fn one_conflict_is_overridden_by_its_name_and_others_refuse_or_are_left() {
    on_every_engine(async |db| {
        let (alien, heat, user) = (db.add_film("Alien").await, db.add_film("Heat").await, db.add_person().await);
        db.pass_time(1_000);
        let began = u64::try_from(db.now().timestamp()).unwrap();
        let set = ChangeSetId(uuid::Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, began, 0)));
        let as_one = Provenance { change_set: Some(set.0), ..Provenance::default() };
        for film in [alien, heat] {
            as_one.clone().scope(db.ratings.set(user, film, stars(4.0), at(1))).await.unwrap();
        }
        db.pass_time(1_000);
        for film in [alien, heat] {
            db.ratings.set(user, film, stars(1.0), at(2)).await.unwrap();
        }
        let before = db.dump().await;
        let refused = take_back(db, set).await;
        let named: Vec<_> = refused.conflicts.iter().map(Conflict::row).collect();
        let name = |film: MovieId| named.iter().find(|row| row.key.contains(&film.to_string())).unwrap().clone();
        let only = |film, skip_others| OnConflict::ForceThese { rows: [name(film)].into(), skip_others };

        let report = db.history.revert(&this(set), only(alien, false), false).await.unwrap();
        assert_eq!((report.change_set, report.conflict_count, report.overridden), (None, 2, 1));
        assert_eq!(db.dump().await, before, "the other one is in the way");
        let report = db.history.revert(&this(set), only(alien, true), false).await.unwrap();
        assert_eq!((report.removed, report.conflict_count, report.overridden), (1, 2, 1));
        assert_eq!((rated(db, user, alien).await, rated(db, user, heat).await), (None, Some(1.0)));
        let back = take_back(db, report.change_set.unwrap()).await;
        assert_eq!((back.restored, back.conflict_count), (1, 0), "it can be taken back as any other: {back:?}");
        assert_eq!(rated(db, user, alien).await, Some(1.0));
        let both = OnConflict::ForceThese { rows: named.iter().cloned().collect(), skip_others: false };
        let report = db.history.revert(&this(set), both, false).await.unwrap();
        assert_eq!((report.removed, report.overridden), (2, 2), "{report:?}");
    })
    .await;
}

#[tokio::test]
async fn a_row_that_was_removed_and_made_again_is_a_conflict_though_its_version_is_the_same() {
    on_every_engine(async |db| {
        let (film, user) = (db.add_film("Alien").await, db.add_person().await);
        db.ratings.set(user, film, stars(4.0), at(1)).await.unwrap();
        let first = latest(db).await;
        db.ratings.remove(user, film).await.unwrap();
        db.ratings.set(user, film, stars(1.0), at(2)).await.unwrap();
        assert_eq!(take_back(db, first.id).await.conflicts[0].obstacle, Obstacle::ChangedSince);
        assert_eq!(rated(db, user, film).await, Some(1.0));
    })
    .await;
}

#[tokio::test]
async fn what_somebody_removed_and_made_again_stays_when_its_import_is_undone() {
    on_every_engine(async |db| {
        db.add_films((0..60).map(|n| imported(&n.to_string(), &format!("Film {n}"), 1990)).collect()).await;
        let ratings = (0..60_u32).map(|n| imported_rating(7, &n.to_string(), 3.5, 1)).collect();
        db.catalogue.put_ratings(&key("ratings"), ratings, done(60)).await.unwrap();
        db.catalogue.refresh_statistics().await.unwrap();
        let import = latest(db).await;
        let rater = rater_id("movielens", "7");
        let [changed, other] = ["7", "8"].map(|film| movie_id(&movielens(film)));
        db.ratings.remove(rater, changed).await.unwrap();
        db.ratings.set(rater, changed, stars(1.0), at(2)).await.unwrap();
        let report = db.history.revert(&this(import.id), OnConflict::Skip, false).await.unwrap();
        assert!(report.conflicts.iter().any(|conflict| conflict.table == "ratings"), "{report:?}");
        assert_eq!((rated(db, rater, changed).await, rated(db, rater, other).await), (Some(1.0), None));
    })
    .await;
}

#[tokio::test]
async fn several_changes_of_one_row_are_taken_back_at_once() {
    on_every_engine(async |db| {
        let (film, user) = (db.add_film("Alien").await, db.add_person().await);
        db.ratings.set(user, film, stars(4.0), at(1)).await.unwrap();
        for (given, seconds) in [(1.0, 2), (2.0, 3), (3.0, 4)] {
            db.ratings.set(user, film, stars(given), at(seconds)).await.unwrap();
        }
        db.activity.set_mark(user, film, Mark::NotInterested, at(5)).await.unwrap();
        let theirs = Selection { by: SelectBy::Actor(user), since: None };
        let report = db.history.revert(&theirs, OnConflict::Skip, false).await.unwrap();
        // Registering is theirs too: the account goes, with all that it owns.
        assert_eq!((report.removed, report.conflict_count), (3, 0), "{report:?}");
        assert_eq!(db.accounts.lookup(user).await.unwrap(), None);
        assert_eq!(db.movies.lookup(film).await.unwrap().unwrap().card.rating.count, 0);
    })
    .await;
}

#[tokio::test]
async fn changes_of_one_row_are_taken_back_one_after_the_other_latest_first() {
    on_every_engine(async |db| {
        let (film, user) = (db.add_film("Alien").await, db.add_person().await);
        let before = db.dump_contents().await;
        let mut sets = Vec::new();
        for (given, seconds) in [(4.0, 1), (1.0, 2), (3.0, 3)] {
            db.ratings.set(user, film, stars(given), at(seconds)).await.unwrap();
            sets.push(latest(db).await.id);
        }
        assert_eq!(take_back(db, sets[0]).await.conflict_count, 1, "later changes stand");
        for (set, left) in [(sets[2], Some(1.0)), (sets[1], Some(4.0)), (sets[0], None)] {
            let report = take_back(db, set).await;
            assert_eq!(report.conflict_count, 0, "{report:?}");
            assert_eq!(rated(db, user, film).await, left);
        }
        assert_eq!(db.dump_contents().await, before);
    })
    .await;
}

#[tokio::test]
async fn what_was_taken_back_and_made_again_stands_in_the_way_again() {
    on_every_engine(async |db| {
        let (film, user) = (db.add_film("Alien").await, db.add_person().await);
        db.ratings.set(user, film, stars(4.0), at(1)).await.unwrap();
        let first = latest(db).await.id;
        db.ratings.set(user, film, stars(1.0), at(2)).await.unwrap();
        let rollback = take_back(db, latest(db).await.id).await.change_set.unwrap();
        take_back(db, rollback).await;
        assert_eq!(take_back(db, first).await.conflicts[0].obstacle, Obstacle::ChangedSince);
        assert_eq!(rated(db, user, film).await, Some(1.0));
    })
    .await;
}

#[tokio::test]
async fn all_that_somebody_did_is_taken_back_whatever_of_it_was_taken_back_before() {
    on_every_engine(async |db| {
        let (film, user) = (db.add_film("Alien").await, db.add_person().await);
        db.ratings.set(user, film, stars(2.0), at(1)).await.unwrap();
        let before = db.dump_contents().await;
        db.pass_time(1_000);
        let since = db.now();
        let theirs = Provenance { actor: Actor::Person(user), ..Provenance::default() };
        for (given, seconds) in [(4.0, 2), (1.0, 3), (3.0, 4)] {
            db.ratings.set(user, film, stars(given), at(seconds)).await.unwrap();
        }
        theirs.clone().scope(async { take_back(db, latest(db).await.id).await }).await;
        db.ratings.set(user, film, stars(5.0), at(5)).await.unwrap();
        let doings = Selection { by: SelectBy::Actor(user), since: Some(since) };
        let report = db.history.revert(&doings, OnConflict::Refuse, false).await.unwrap();
        assert_eq!((report.conflict_count, report.changed), (0, 1), "{report:?}");
        assert_eq!(db.dump_contents().await, before);
    })
    .await;
}

#[tokio::test]
async fn an_import_is_undone_though_one_of_its_films_was_edited_when_that_was_taken_back() {
    on_every_engine(async |db| {
        let before = db.dump_data().await;
        let films = |title: &str| (0..60).map(|n| imported(&n.to_string(), &format!("{title} {n}"), 1990)).collect();
        db.add_films(films("Film")).await;
        let import = latest(db).await.id;
        db.catalogue.put_movies(&key("others"), vec![imported("7", "Seven", 1990)], done(0)).await.unwrap();
        let edit = latest(db).await.id;
        let refused = take_back(db, import).await;
        assert_eq!(refused.conflicts[0].obstacle, Obstacle::ChangedSince);
        assert_eq!(take_back(db, edit).await.conflict_count, 0);
        let report = take_back(db, import).await;
        assert_eq!(report.conflict_count, 0, "{report:?}");
        assert_eq!(db.dump_data().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_bulk_import_is_one_change_set_that_can_be_undone_as_one() {
    on_every_engine(async |db| {
        let before = db.dump_data().await;
        let import = Provenance {
            actor: Actor::Operator,
            reason: Some("import"),
            note: Some("movielens ./ml".into()),
            change_set: Some(ChangeSetId(uuid::Uuid::now_v7()).0),
            ..Provenance::default()
        };
        let films: Vec<_> = (0..60).map(|n| imported(&n.to_string(), &format!("Film {n}"), 1990)).collect();
        let ratings: Vec<_> = (0..900_u32).map(|n| imported_rating(n / 60, &(n % 60).to_string(), 3.5, 1)).collect();
        import
            .scope(async {
                db.catalogue.put_movies(&key("movies"), films, done(60)).await.unwrap();
                for part in ratings.chunks(300) {
                    db.catalogue.put_ratings(&key("ratings"), part.to_vec(), done(900)).await.unwrap();
                }
                db.catalogue.refresh_statistics().await.unwrap();
            })
            .await;
        let sets = db.history.list(&everything(), None, 10).await.unwrap();
        let [set] = sets.as_slice() else { panic!("{sets:?}") };
        assert_eq!((set.by, set.reason.as_str()), (ChangedBy::Operator, "import"));
        assert!(set.entries < 30, "{} entries stand for 1,100 rows", set.entries);

        let this_import = Selection { by: SelectBy::Import("movielens ./ml".into()), since: None };
        let report = db.history.revert(&this_import, OnConflict::Refuse, false).await.unwrap();
        assert_eq!((report.conflict_count, report.restored, report.changed), (0, 0, 0));
        assert_eq!(db.dump_data().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_rollback_of_more_rows_than_are_remembered_is_journaled_to_the_last_and_can_be_taken_back() {
    on_every_engine(async |db| {
        db.add_films((0..60).map(|n| imported(&n.to_string(), &format!("Film {n}"), 1990)).collect()).await;
        let before = db.dump_data().await;
        let ratings = (0..4_500_u32).map(|n| imported_rating(n / 60, &(n % 60).to_string(), 3.5, 1)).collect();
        db.catalogue.put_ratings(&key("ratings"), ratings, done(4_500)).await.unwrap();
        db.catalogue.refresh_statistics().await.unwrap();
        let with_ratings = db.dump_contents().await;
        let rollback = take_back(db, latest(db).await.id).await;
        assert_eq!((rollback.conflict_count, rollback.removed >= 4_500), (0, true), "{}", rollback.removed);
        assert_eq!(db.dump_data().await, before);
        let set = latest(db).await;
        assert_eq!((Some(set.id), set.entries), (rollback.change_set, rollback.removed));
        assert_eq!(take_back(db, set.id).await.restored, rollback.removed);
        assert_eq!(db.dump_contents().await, with_ratings);
    })
    .await;
}

#[tokio::test]
async fn films_that_people_have_rated_since_stay_when_their_import_is_undone() {
    on_every_engine(async |db| {
        let film = db.add_film("Alien").await;
        let import = latest(db).await;
        let user = db.add_person().await;
        db.ratings.set(user, film, stars(4.0), at(1)).await.unwrap();
        let refused = take_back(db, import.id).await;
        let needed = Obstacle::StillNeeded { table: "ratings".into(), rows: 1 };
        assert!(refused.conflicts.iter().any(|conflict| conflict.obstacle == needed), "{refused:?}");
        assert!(db.movies.lookup(film).await.unwrap().is_some());
        let forced = db.history.revert(&this(import.id), OnConflict::Force, false).await.unwrap();
        assert!(db.movies.lookup(film).await.unwrap().is_none());
        // What went by force can come back: it was journaled too.
        take_back(db, forced.change_set.unwrap()).await;
        assert_eq!(rated(db, user, film).await, Some(4.0));
    })
    .await;
}

#[tokio::test]
async fn everything_since_a_moment_can_be_taken_back() {
    on_every_engine(async |db| {
        let (film, user) = (db.add_film("Alien").await, db.add_person().await);
        db.ratings.set(user, film, stars(4.0), at(1)).await.unwrap();
        let before = db.dump_contents().await;
        db.pass_time(1_000);
        let since = db.now();
        db.ratings.set(user, film, stars(1.0), at(2)).await.unwrap();
        db.activity.add_view(user, film, Some("alien"), at(3)).await.unwrap();
        db.catalogue.put_movies(&key("films"), vec![imported("Alien", "Alien³", 1992)], done(7)).await.unwrap();
        let selected = Selection { by: SelectBy::Everything, since: Some(since) };
        assert_eq!(db.history.list(&selected, None, 10).await.unwrap().len(), 3);
        let report = db.history.revert(&selected, OnConflict::Refuse, false).await.unwrap();
        assert_eq!(report.conflict_count, 0, "{report:?}");
        assert_eq!(db.dump_contents().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_films_history_holds_what_is_part_of_it_and_a_persons_what_is_theirs() {
    on_every_engine(async |db| {
        let (film, user) = (db.add_film("Alien").await, db.add_person().await);
        db.ratings.set(user, film, stars(4.0), at(1)).await.unwrap();
        let by = async |by| {
            let sets = db.history.list(&Selection { by, since: None }, None, 10).await.unwrap();
            sets.into_iter().map(|set| set.reason).collect::<Vec<_>>()
        };
        assert_eq!(by(SelectBy::Movie(film)).await, ["import"]);
        assert_eq!(by(SelectBy::Person(user)).await, ["rate", "register"]);
    })
    .await;
}

/// An id as the store makes them.
fn begun_at(now: Timestamp) -> uuid::Uuid {
    let seconds = now.timestamp().try_into().unwrap();
    uuid::Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, now.timestamp_subsec_nanos()))
}

#[tokio::test]
async fn a_film_that_was_imported_as_one_of_many_has_its_import_in_its_history() {
    on_every_engine(async |db| {
        let note = |note: &str| Provenance {
            actor: Actor::Operator,
            reason: Some("import"),
            note: Some(note.into()),
            change_set: Some(begun_at(db.now())),
            ..Provenance::default()
        };
        let films = |numbers: std::ops::Range<u32>| {
            numbers.map(|n| imported(&n.to_string(), &format!("Film {n}"), 1990)).collect::<Vec<_>>()
        };
        let ids = note("first").scope(db.add_films(films(0..40))).await;
        db.pass_time(10);
        let others = note("second").scope(db.add_films(films(40..80))).await;
        db.pass_time(10);
        db.add_films(vec![imported("7", "Seven", 1990)]).await;
        let history = async |film: MovieId, limit: u32| {
            let of_film = Selection { by: SelectBy::Movie(film), since: None };
            db.history.list(&of_film, None, limit).await.unwrap()
        };
        let notes = async |film| history(film, 10).await.into_iter().map(|set| set.note).collect::<Vec<_>>();
        assert_eq!(notes(ids[7]).await, [None, Some("first".to_owned())]);
        assert_eq!(notes(ids[8]).await, [Some("first".to_owned())]);
        assert_eq!(notes(others[0]).await, [Some("second".to_owned())]);
        assert_eq!(history(ids[7], 1).await.len(), 1);
        // The import itself keeps no rows of this film apart, the correction does.
        let [correction, import] = history(ids[7], 10).await.try_into().unwrap();
        assert_eq!(db.history.list_rows_of_film(import.id, ids[7], 10).await.unwrap(), []);
        assert_eq!(db.history.list_rows_of_film(correction.id, ids[7], 10).await.unwrap().len(), 1);
        // To take back what is part of one film is not to take back the import.
        let this_film = Selection { by: SelectBy::Movie(ids[8]), since: None };
        assert_eq!(db.history.revert(&this_film, OnConflict::Refuse, false).await.unwrap().reverted, []);
        // When it is gone, what is left of it tells when it came.
        take_back(db, import.id).await;
        take_back(db, correction.id).await;
        take_back(db, import.id).await;
        assert_eq!(db.movies.lookup(ids[7]).await.unwrap(), None);
        assert_eq!(notes(ids[7]).await.pop(), Some(Some("first".to_owned())));
    })
    .await;
}

#[tokio::test]
async fn where_many_films_were_changed_the_latest_changes_are_told() {
    on_every_engine(async |db| {
        let films = |title: &str| {
            (0..1_100).map(|n| imported(&n.to_string(), &format!("{title} {n}"), 1990)).collect::<Vec<_>>()
        };
        db.add_films(films("Film")).await;
        assert!(!db.history.list_film_changes(at(0)).await.unwrap().are_many, "bulk writes are told otherwise");
        db.add_films(films("Renamed")).await;
        let last = db.add_films(vec![imported("7", "Seven", 1990)]).await[0];
        let told = db.history.list_film_changes(at(0)).await.unwrap();
        assert!(told.are_many && told.import_entries > 0);
        assert_eq!(told.films[0], (latest(db).await.id, last));
    })
    .await;
}

#[tokio::test]
async fn films_whose_ratings_were_given_changed_or_taken_back_are_told_to_whoever_follows() {
    on_every_engine(async |db| {
        let (alien, solaris, user) = (db.add_film("Alien").await, db.add_film("Solaris").await, db.add_person().await);
        let told = async || {
            let told = db.history.list_rated_films(at(0)).await.unwrap();
            assert!(!told.are_many);
            told.films.into_iter().map(|(_, film)| film).collect::<Vec<_>>()
        };
        assert!(told().await.is_empty());
        db.ratings.set(user, alien, stars(4.0), at(1)).await.unwrap();
        assert_eq!(told().await, [alien]);
        db.ratings.set(user, alien, stars(2.0), at(2)).await.unwrap();
        db.ratings.set(user, solaris, stars(5.0), at(3)).await.unwrap();
        db.ratings.remove(user, alien).await.unwrap();
        assert_eq!(told().await, [alien, solaris, alien, alien]);
        let removal = latest(db).await.id;
        take_back(db, removal).await;
        assert_eq!(told().await[0], alien, "a rollback is told, too");
    })
    .await;
}

/// What an admin does about a person, and about what the person did, with notes that name them.
async fn noted_about(db: &Db, user: UserId) {
    let admin = db.add_person().await;
    let noting = |note: String| Provenance { actor: Actor::Person(admin), note: Some(note), ..Provenance::default() };
    noting(format!("{user} becomes editor")).scope(db.people.set_role(user, Role::Editor)).await.unwrap();
    for id in ["0123456789abcdef0123456789abcdef", "1123456789abcdef0123456789abcdef"] {
        let session = StoredSession { id: id.into(), user: Some(user), data: "{}".into(), expires_at: at(60) };
        db.sessions.add(&session).await.unwrap();
    }
    let ended = noting(format!("of {user}")).scope(db.sessions.remove_all(user, None)).await.unwrap();
    assert_eq!(ended, 2, "one change set of several entries");
    let theirs = Provenance { actor: Actor::Person(user), ..Provenance::default() };
    theirs.scope(db.add_film("Solaris")).await;
    let added = this(latest(db).await.id);
    noting(format!("actor {user}")).scope(db.history.revert(&added, OnConflict::Refuse, false)).await.unwrap();
    let before = db.dump_tables(&["change_sets"]).await.join("\n");
    for note in ["becomes editor", "of ", "actor "] {
        assert!(before.contains(note), "{note} is noted");
    }
}

#[tokio::test]
async fn an_erased_person_is_in_no_history_and_comes_back_by_no_rollback() {
    on_every_engine(async |db| {
        let (film, user) = (db.add_film("Alien").await, db.add_person().await);
        db.ratings.set(user, film, stars(4.0), at(1)).await.unwrap();
        db.ratings.set(user, film, stars(3.0), at(2)).await.unwrap();
        db.activity.add_view(user, film, Some("a search of theirs"), at(3)).await.unwrap();
        noted_about(db, user).await;
        db.accounts.remove(user).await.unwrap();

        let hex = user.0.simple().to_string();
        let dump = db.dump().await.join("\n").to_lowercase();
        for trace in [hex.as_str(), &user.0.to_string(), "a search of theirs", "person1@example.org"] {
            assert!(!dump.contains(trace), "{trace} is still in the database");
        }
        for on_conflict in [OnConflict::Skip, OnConflict::Force] {
            for set in db.history.list(&everything(), None, 100).await.unwrap() {
                db.history.revert(&this(set.id), on_conflict.clone(), false).await.unwrap();
            }
            db.history.revert(&everything(), on_conflict, false).await.unwrap();
        }
        assert_eq!(db.accounts.lookup(user).await.unwrap(), None);
        assert_eq!(rated(db, user, film).await, None);
    })
    .await;
}

#[tokio::test]
async fn sessions_are_journaled_without_what_they_hold_and_never_come_back() {
    on_every_engine(async |db| {
        let user = db.add_person().await;
        let session = StoredSession {
            id: "0123456789abcdef0123456789abcdef".into(),
            user: Some(user),
            data: "{\"secret\":1}".into(),
            expires_at: at(60),
        };
        db.sessions.add(&session).await.unwrap();
        db.sessions.remove(&session.id).await.unwrap();
        let ended = latest(db).await;
        assert_eq!(ended.reason, "end_session");
        let journal = db.dump_tables(&["change_sets", "changes"]).await.join("\n");
        assert!(!journal.contains(&session.id) && !journal.contains("secret"), "{journal}");
        assert_eq!(take_back(db, ended.id).await.restored, 0);
        assert_eq!(db.sessions.lookup(&session.id, at(0)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn pruning_keeps_the_latest_versions_of_each_row() {
    on_every_engine(async |db| {
        let (film, user) = (db.add_film("Alien").await, db.add_person().await);
        for seconds in 0..12 {
            db.ratings.set(user, film, stars(f64::from(seconds % 5 + 1)), at(seconds.into())).await.unwrap();
        }
        let keep = Retention { older_than: db.now() + chrono::TimeDelta::days(1), keep_versions: 5 };
        let before = db.dump().await;
        let plan = db.history.prune(keep, true).await.unwrap();
        assert_eq!(plan.entries, 7);
        assert_eq!(db.dump().await, before);
        assert_eq!(db.history.prune(keep, false).await.unwrap(), plan);
        let left = db.history.list(&Selection { by: SelectBy::Person(user), since: None }, None, 50).await.unwrap();
        assert_eq!(left.iter().filter(|set| set.reason == "rate").count(), 5);
        // What is younger stays whatever its number.
        let keep = Retention { older_than: db.now() - chrono::TimeDelta::days(1), keep_versions: 1 };
        assert_eq!(db.history.prune(keep, false).await.unwrap().entries, 0);
    })
    .await;
}
