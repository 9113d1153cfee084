use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Instant,
};

use matinee_domain::MovieId;
use matinee_services::ports::{OnConflict, PruneReport, RatingRepository, Retention, SelectBy, Selection};
use matinee_store::{Partition, PartitionError, Store};
use sea_orm::ConnectionTrait;

use crate::{
    cluster::TestDatabase,
    conformance::fixture::{Db, assert_not_found, at, imported, no_film, on_postgres, open, sqlite, stars},
};

async fn store_of(db: &Db) -> Store {
    open(&db.url).await
}

/// The partitions of a table: name, and where it is.
async fn partitions(store: &Store, table: &str) -> BTreeMap<String, String> {
    let list = store.list_partitions().await.unwrap();
    list.into_iter()
        .filter(|one| one.table == table)
        .map(|Partition { name, tablespace, .. }| (name, tablespace))
        .collect()
}

#[tokio::test]
async fn films_and_what_people_own_are_in_partitions_from_the_beginning() {
    on_postgres(async |db| {
        let store = store_of(db).await;
        for table in ["movies", "movie_titles", "movie_genres", "credits", "ratings", "activity", "marks"] {
            assert_eq!(partitions(&store, table).await.len(), 4, "{table}");
        }
        assert_eq!(partitions(&store, "users").await.into_keys().collect::<Vec<_>>(), ["users"]);
        db.add_films((0..200).map(|n| imported(&n.to_string(), "F", 2000)).collect()).await;
        db.connect().await.execute_unprepared("ANALYZE").await.unwrap();
        let list = store.list_partitions().await.unwrap();
        let films: Vec<_> = list.into_iter().filter(|partition| partition.table == "movies").collect();
        assert_eq!(films.iter().map(|partition| partition.rows).sum::<u64>(), 200);
        assert!(films.iter().all(|partition| partition.rows > 20 && partition.bytes > 0), "{films:?}");
    })
    .await;
}

#[tokio::test]
async fn partitions_are_placed_on_disks_in_turn() {
    let database = TestDatabase::migrated(async |url| open(url).await.migrate().await.unwrap()).await;
    let store = open(&database.url).await;
    let disks = ["a", "b"].map(|disk| format!("{}_{disk}", database.name));
    let server = sea_orm::Database::connect(&database.url).await.unwrap();
    for disk in &disks {
        let folder = database.disk(disk);
        let make = format!("CREATE TABLESPACE {disk} LOCATION '{}'", folder.display());
        server.execute_unprepared(&make).await.unwrap();
    }
    let mut steps = Vec::new();
    store.place_partitions("ratings", &disks, &mut |step| steps.push((step.done, step.total))).await.unwrap();
    assert_eq!(steps, [(1, 4), (2, 4), (3, 4), (4, 4)]);
    let placed: Vec<_> = partitions(&store, "ratings").await.into_values().collect();
    assert_eq!(placed, [&disks[0], &disks[1], &disks[0], &disks[1]].map(String::clone));
    let left = "SELECT count(*) FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid \
                WHERE i.indrelid = 'ratings_m4_r0'::regclass AND c.reltablespace = 0";
    let left = server.query_one_raw(sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, left)).await.unwrap();
    assert_eq!(left.unwrap().try_get_by_index::<i64>(0).unwrap(), 0, "indexes that stayed behind");

    // What is split stays where it was.
    store.split_partitions("ratings", &mut |_| ()).await.unwrap();
    let placed = partitions(&store, "ratings").await;
    assert_eq!((&placed["ratings_m8_r0"], &placed["ratings_m8_r5"]), (&disks[0], &disks[1]));

    let wrong = store.place_partitions("ratings", &["no_such".to_owned()], &mut |_| ()).await;
    assert!(matches!(wrong, Err(PartitionError::NoSuchTablespace { .. })), "{wrong:?}");
    let wrong = store.place_partitions("stars", &disks, &mut |_| ()).await;
    assert!(matches!(wrong, Err(PartitionError::NoSuchTable { .. })), "{wrong:?}");
    let wrong = store.split_partitions("users", &mut |_| ()).await;
    assert!(matches!(wrong, Err(PartitionError::Whole { .. })), "{wrong:?}");
    store.close().await;
    server.close().await.unwrap();
    database.remove().await;
}

/// Rates these films again and again until told to stop. Every rating must be taken.
fn keep_rating(
    store: &Store,
    db_user: matinee_domain::UserId,
    films: Vec<MovieId>,
    stop: &Arc<AtomicBool>,
    done: &Arc<AtomicU32>,
) -> tokio::task::JoinHandle<()> {
    let (store, stop, done) = (store.clone(), Arc::clone(stop), Arc::clone(done));
    tokio::spawn(async move {
        for round in 0.. {
            for film in &films {
                let given = stars(f64::from(round % 10 + 1) / 2.0);
                store.set(db_user, *film, given, at(i64::from(round))).await.unwrap();
                done.fetch_add(1, Ordering::Relaxed);
            }
            if stop.load(Ordering::Relaxed) {
                break;
            }
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tables_are_split_while_people_write_and_no_write_is_lost() {
    on_postgres(async |db| {
        let store = store_of(db).await;
        let films = db.add_films((0..60).map(|n| imported(&n.to_string(), "F", 2000)).collect()).await;
        let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let mut writers = Vec::new();
        for _ in 0..6 {
            let user = db.add_person().await;
            writers.push(keep_rating(&store, user, films.clone(), &stop, &done));
        }
        for table in ["ratings", "movies", "credits", "ratings"] {
            let before = done.load(Ordering::Relaxed);
            while done.load(Ordering::Relaxed) < before + 20 {
                tokio::task::yield_now().await;
            }
            let begun = Instant::now();
            store.split_partitions(table, &mut |_| ()).await.unwrap();
            println!("{table}: split in {} ms", begun.elapsed().as_millis());
        }
        stop.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.await.unwrap();
        }
        assert_eq!(partitions(&store, "ratings").await.len(), 16);
        assert_eq!(partitions(&store, "movies").await.len(), 8);
        for film in &films {
            let movie = db.movies.lookup(*film).await.unwrap().unwrap();
            assert_eq!((movie.card.rating.count, movie.histogram.0.iter().sum::<u32>()), (6, 6));
        }
        // What referred to films still does.
        let user = db.add_person().await;
        assert_not_found(db.ratings.set(user, no_film(), stars(1.0), at(0)).await, "film");
        let server = db.connect().await;
        let orphan = format!("INSERT INTO movie_genres (movie_id, genre, position) VALUES ('{}', 'War', 0)", no_film());
        assert!(server.execute_unprepared(&orphan).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn the_embedded_engine_says_that_it_is_one_file() {
    let (db, _folder) = sqlite().await;
    let store = store_of(&db).await;
    let error = store.list_partitions().await.unwrap_err().to_string();
    assert!(error.contains("one file") && error.contains("PostgreSQL"), "{error}");
    assert_eq!(store.ensure_quarters("changes", at(0), 2).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn history_has_a_partition_for_each_quarter() {
    on_postgres(async |db| {
        let server = db.connect().await;
        let make = "CREATE TABLE past (change_set uuid, position int, PRIMARY KEY (change_set, position)) \
                    PARTITION BY RANGE (change_set)";
        server.execute_unprepared(make).await.unwrap();
        let store = store_of(db).await;
        for _ in 0..2 {
            let names = store.ensure_quarters("past", at(0), 2).await.unwrap();
            assert_eq!(names, ["past_2023q4", "past_2024q1", "past_2024q2"]);
        }
        // A version 7 id of 2024-02-01.
        let insert = "INSERT INTO past VALUES ('018d6200-0000-7abc-8def-000000000000', 0)";
        server.execute_unprepared(insert).await.unwrap();
        server.execute_unprepared("ANALYZE past").await.unwrap();
        let list = store.list_partitions().await.unwrap();
        let holding: Vec<_> = list.iter().filter(|one| one.table == "past" && one.rows == 1).collect();
        assert_eq!(holding.len(), 1);
        assert_eq!(holding[0].name, "past_2024q1");
    })
    .await;
}

fn everything_of(by: SelectBy) -> Selection {
    Selection { by, since: None }
}

#[tokio::test]
async fn an_old_quarter_goes_whole_and_what_must_stay_of_it_is_moved_first() {
    on_postgres(async |db| {
        let store = store_of(db).await;
        let (film, user) = (db.add_film("Alien").await, db.add_person().await);
        let rate = async |times: std::ops::Range<i64>| {
            for time in times {
                let given = stars(f64::from(u8::try_from(time % 5).unwrap() + 1));
                db.ratings.set(user, film, given, at(time)).await.unwrap();
            }
        };
        rate(0..60).await;
        db.pass_time(150 * 86_400);
        rate(60..65).await;
        let keep = Retention { older_than: db.now() - chrono::TimeDelta::days(10), keep_versions: 5 };
        let plan = db.history.prune(keep, true).await.unwrap();
        // Nothing was written in the quarter between.
        let quarters = ["change_sets_2023q4", "changes_2023q4", "change_sets_2024q1", "changes_2024q1"];
        assert_eq!(plan.partitions, quarters);
        assert_eq!((plan.entries, plan.change_sets), (60, 60));
        assert!(partitions(&store, "changes").await.contains_key("changes_2023q4"), "a dry run drops nothing");

        let of_film = db.history.list(&everything_of(SelectBy::Movie(film)), None, 10).await.unwrap();
        assert_eq!(db.history.prune(keep, false).await.unwrap(), plan);
        for table in ["changes", "change_sets"] {
            let left = partitions(&store, table).await;
            assert!(quarters.iter().all(|gone| !left.contains_key(*gone)) && left.len() == 4, "{left:?}");
        }
        // The last versions of what was changed only then.
        assert_eq!(db.history.list(&everything_of(SelectBy::Movie(film)), None, 10).await.unwrap(), of_film);
        assert!(of_film[0].entries > 0);
        let rows = db.history.list_rows(of_film[0].id, 0, 100).await.unwrap();
        assert_eq!(rows.len() as u64, of_film[0].entries);
        let of_person = db.history.list(&everything_of(SelectBy::Person(user)), None, 100).await.unwrap();
        let reasons: Vec<_> = of_person.iter().map(|set| set.reason.as_str()).collect();
        assert_eq!(reasons, ["rate", "rate", "rate", "rate", "rate", "register"]);
        db.history
            .revert(&everything_of(SelectBy::ChangeSet(of_person[0].id)), OnConflict::Refuse, false)
            .await
            .unwrap();
        assert_eq!(db.ratings.lookup(user, film).await.unwrap(), Some(stars(4.0)));
        let nothing_left = db.history.prune(keep, false).await.unwrap();
        assert_eq!(nothing_left, PruneReport::default());
    })
    .await;
}

#[tokio::test]
async fn an_old_quarter_of_which_much_stays_is_thinned_out_and_keeps_its_partitions() {
    on_postgres(async |db| {
        let store = store_of(db).await;
        let (film, user) = (db.add_film("Alien").await, db.add_person().await);
        for time in 0..7 {
            db.ratings.set(user, film, stars(f64::from(time % 5 + 1)), at(time.into())).await.unwrap();
        }
        db.pass_time(150 * 86_400);
        let keep = Retention { older_than: db.now() - chrono::TimeDelta::days(10), keep_versions: 5 };
        let plan = db.history.prune(keep, true).await.unwrap();
        assert_eq!(plan.entries, 2);
        assert!(!plan.partitions.iter().any(|name| name.ends_with("2023q4")), "{plan:?}");
        assert_eq!(db.history.prune(keep, false).await.unwrap(), plan);
        assert!(partitions(&store, "changes").await.contains_key("changes_2023q4"));
    })
    .await;
}
