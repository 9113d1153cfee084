//! A disk that is full: what is written then is refused whole, what was acknowledged stays, and when there is space again it goes on.
//!
//! The disk is a small file system in memory, which only root can mount; others skip these tests and say so.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use matinee_domain::MovieId;
use matinee_services::ports::{CatalogueWriter, RatingRepository, SystemClock};
use matinee_store::{
    backup::{Backups, CreateOptions, Progress},
    movie_id,
};
use sea_orm::{ConnectionTrait, Statement};

use super::fixture::{account, at, done, imported, imported_rating, key, movielens, open, stars};
use crate::cluster::{TestDatabase, make_folder};

const FILMS: u32 = 40;

/// A file system of so many KiB.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` for who may not mount.
    fn mount(folder: &Path, kib: u32) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={kib}k"), "matinee-test"]).arg(folder);
        if mount.output().is_ok_and(|done| done.status.success()) {
            return Some(Self(folder.to_owned()));
        }
        eprintln!("skipped: this user may mount no file system");
        None
    }

    fn resize(&self, kib: u32) {
        let mut mount = Command::new("mount");
        mount.args(["-o", &format!("remount,size={kib}k")]).arg(&self.0);
        assert!(mount.status().unwrap().success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

async fn count(url: &str, from: &str) -> i64 {
    let address = if url.contains("://") { url.to_owned() } else { format!("sqlite:{url}") };
    let db = sea_orm::Database::connect(address).await.unwrap();
    let ask = Statement::from_string(db.get_database_backend(), format!("SELECT COUNT(*) FROM {from}"));
    let count = db.query_one_raw(ask).await.unwrap().unwrap().try_get_by_index(0).unwrap();
    db.close().await.unwrap();
    count
}

/// Fills the disk with what `url` keeps there until a write is refused, looks, makes space by `enlarge`, and goes on.
async fn fill_up(url: &str, refusal: &[&str], enlarge: impl Fn()) {
    let store = open(url).await;
    store.migrate().await.unwrap();
    let films = (1..=FILMS).map(|id| imported(&id.to_string(), &format!("Film {id}"), 1999)).collect();
    store.put_movies(&key("films"), films, done(u64::from(FILMS))).await.unwrap();
    let film = |number: u32| -> MovieId { movie_id(&movielens(&(number % FILMS + 1).to_string())) };
    let user = matinee_domain::UserId(uuid::Uuid::from_u128(7));
    matinee_services::ports::AccountRepository::add(&store, account(user, "ada@example.org")).await.unwrap();

    // An import, batch by batch, until one is refused.
    let batch = |number: u32| {
        let ratings = (0..4_000).map(|n| imported_rating(number * 100 + n / 40, &(n % FILMS + 1).to_string(), 3.5, 1));
        ratings.collect::<Vec<_>>()
    };
    let (mut batches, mut refused) = (0_u32, None);
    while refused.is_none() {
        assert!(batches < 100, "the disk is never full");
        match store.put_ratings(&key("ratings"), batch(batches), done(u64::from(batches + 1) * 4_000)).await {
            Ok(_) => batches += 1,
            Err(error) => refused = Some(error.to_string()),
        }
    }
    let refused = refused.unwrap();
    assert!(refusal.iter().any(|part| refused.contains(part)), "{refused}");
    // Single writes, until one of those is refused; each acknowledged one is there.
    let mut last = std::collections::BTreeMap::new();
    let mut number = 0;
    let refused = loop {
        assert!(number < 200_000, "the disk is never full");
        let given = stars(f64::from(number % 10 + 1) / 2.0);
        match store.set(user, film(number), given, at(number.into())).await {
            Ok(_) => {
                last.insert(film(number), given);
            }
            Err(error) => break error.to_string(),
        }
        number += 1;
    };
    assert!(refusal.iter().any(|part| refused.contains(part)), "{refused}");
    assert_eq!(count(url, "ratings").await, i64::from(batches) * 4_000 + i64::try_from(last.len()).unwrap());
    for (film, given) in &last {
        assert_eq!(RatingRepository::lookup(&store, user, *film).await.unwrap(), Some(*given));
    }

    enlarge();
    store.set(user, film(number), stars(5.0), at(number.into())).await.unwrap();
    assert_eq!(RatingRepository::lookup(&store, user, film(number)).await.unwrap(), Some(stars(5.0)));
    store.put_ratings(&key("ratings"), batch(batches), done(u64::from(batches + 1) * 4_000)).await.unwrap();
    store.refresh_statistics().await.unwrap();
    let wrong = "movies m WHERE rating_count <> (SELECT COUNT(*) FROM ratings r WHERE r.movie_id = m.id)";
    assert_eq!(count(url, wrong).await, 0);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_under_an_embedded_database_refuses_writes_and_backups_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(folder.path(), 3_000) else { return };
    let path = folder.path().join("matinee.db");
    let backups = Backups::new(folder.path().join("backups"), Arc::new(SystemClock));
    fill_up(path.to_str().unwrap(), &["database or disk is full", "disk I/O error"], || disk.resize(40_000)).await;
    // The free space is filled by something else, as far as a backup may not notice at once.
    let created = async || backups.create(&path, CreateOptions::default(), &Progress::none()).await;
    disk.resize(u32::try_from(fs::metadata(&path).unwrap().len() / 1024).unwrap() + 400);
    let error = created().await.unwrap_err().to_string();
    assert!(error.contains("free") && error.contains("another disk"), "{error}");
    assert!(backups.list().unwrap().is_empty(), "nothing half is left");
    disk.resize(40_000);
    created().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_of_postgresql_refuses_what_goes_there_and_loses_nothing() {
    let database = TestDatabase::migrated(async |url| open(url).await.migrate().await.unwrap()).await;
    let folder = database.disk("small");
    let Some(disk) = SmallDisk::mount(&folder, 3_000) else { return database.remove().await };
    make_folder(&folder);
    let server = sea_orm::Database::connect(&database.url).await.unwrap();
    let tablespace = format!("{}_small", database.name);
    let make = format!("CREATE TABLESPACE {tablespace} LOCATION '{}'", folder.display());
    server.execute_unprepared(&make).await.unwrap();
    let store = open(&database.url).await;
    // With the journal of them, for a rating that is changed needs hardly more space.
    for table in ["ratings", "change_sets"] {
        store.place_partitions(table, std::slice::from_ref(&tablespace), &mut |_| ()).await.unwrap();
    }
    store.close().await;
    fill_up(&database.url, &["No space left on device"], || disk.resize(80_000)).await;
    let store = open(&database.url).await;
    for table in ["ratings", "change_sets"] {
        store.place_partitions(table, &["pg_default".to_owned()], &mut |_| ()).await.unwrap();
    }
    store.close().await;
    server.execute_unprepared(&format!("DROP TABLESPACE {tablespace}")).await.unwrap();
    server.close().await.unwrap();
    database.remove().await;
}
