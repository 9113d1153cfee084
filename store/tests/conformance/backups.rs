//! Backups of `SQLite` databases: what is copied is what was there, whatever is damaged is found, and nothing that
//! somebody may want back is overwritten.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use chrono::TimeDelta;
use matinee_domain::{MovieId, Timestamp, UserId};
use matinee_services::ports::{AccountRepository, CatalogueWriter, Clock, RatingRepository};
use matinee_store::{
    Store,
    backup::{Backup, BackupError, Backups, CreateOptions, Pace, Progress, Restored, Retention, Stage, State},
    movie_id,
};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use uuid::Uuid;

use super::fixture::{account, at, done, imported, imported_rating, key, open, stars};

/// A clock that goes on by a minute with every look at it.
struct MinuteClock(Mutex<Timestamp>);

impl Clock for MinuteClock {
    fn now(&self) -> Timestamp {
        let mut now = self.0.lock().unwrap();
        *now += TimeDelta::minutes(1);
        *now
    }
}

/// A database with some films and ratings, and a folder for its backups.
struct World {
    store: Arc<Store>,
    path: PathBuf,
    backups: Backups,
    folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // A name that means something in an address, and must not here.
        let path = folder.path().join("films & people?100%.db");
        let store = Arc::new(open(path.to_str().unwrap()).await);
        store.migrate().await.unwrap();
        let films =
            (1..=40).map(|id| imported(&id.to_string(), &format!("Film {id}, l’été\n"), 1980 + id / 4)).collect();
        store.put_movies(&key("films"), films, done(40)).await.unwrap();
        let ratings = (0..400)
            .map(|n| imported_rating(n % 10, &(n / 10 + 1).to_string(), 0.5 + f64::from(n % 10) / 2.0, n.into()));
        store.put_ratings(&key("ratings"), ratings.collect(), done(400)).await.unwrap();
        store.refresh_statistics().await.unwrap();
        let backups = Backups::new(folder.path().join("backups"), Arc::new(MinuteClock(Mutex::new(at(0)))));
        Self { store, path, backups, folder }
    }

    async fn add_film(&self, title: &str) -> MovieId {
        let film = imported(title, title, 1999);
        let id = movie_id(&film.external_ids[0]);
        self.store.put_movies(&key("more"), vec![film], done(1)).await.unwrap();
        id
    }

    async fn create(&self) -> Backup {
        self.try_create().await.unwrap()
    }

    async fn try_create(&self) -> Result<Backup, BackupError> {
        self.backups.create(&self.path, CreateOptions::default(), &Progress::none()).await
    }

    async fn verify(&self, name: &str) -> Result<Backup, BackupError> {
        self.backups.verify(Some(name), Pace::Full, &Progress::none()).await
    }

    async fn restore(&self, database: &Path, force: bool) -> Result<Restored, BackupError> {
        self.backups.prepare_restore(None, database, force, &Progress::none()).await?.commit().await
    }

    fn state(&self, name: &str) -> State {
        self.backups.find(Some(name)).unwrap().state
    }

    fn elsewhere(&self) -> PathBuf {
        self.folder.path().join("restored.db")
    }
}

/// A connection that is none of the store's.
async fn connect(path: &Path) -> DatabaseConnection {
    let path = path.to_str().unwrap().replace('%', "%25").replace('?', "%3F");
    Database::connect(format!("sqlite:{path}?mode=rwc")).await.unwrap()
}

/// Every row of every table, as text.
async fn dump(path: &Path) -> Vec<String> {
    let db = connect(path).await;
    let ask = async |sql: String| -> Vec<String> {
        let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    };
    let mut dump = Vec::new();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name";
    for table in ask(tables.to_owned()).await {
        let columns = ask(format!("SELECT 'quote(' || name || ')' FROM pragma_table_info('{table}')")).await;
        let row = columns.join(" || ', ' || ");
        dump.extend(ask(format!("SELECT '{table}: ' || {row} FROM {table} ORDER BY 1")).await);
    }
    db.close().await.unwrap();
    dump
}

async fn execute(path: &Path, sql: &str) {
    let db = connect(path).await;
    db.execute_unprepared(sql).await.unwrap();
    db.close().await.unwrap();
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// Makes the checksums agree with what is there: damage that only a comparison of rows can find.
fn seal_again(folder: &Path, change: impl Fn(&mut serde_json::Value)) {
    let hash = |bytes: &[u8]| format!("{:x}", Sha256::digest(bytes));
    let database = fs::read(folder.join("matinee.db")).unwrap();
    let mut manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    manifest["files"]["matinee.db"]["sha256"] = hash(&database).into();
    manifest["files"]["matinee.db"]["bytes"] = database.len().into();
    change(&mut manifest);
    let manifest = serde_json::to_vec(&manifest).unwrap();
    let sums = format!("{}  matinee.db\n{}  manifest.json\n", hash(&database), hash(&manifest));
    fs::write(folder.join("manifest.json"), manifest).unwrap();
    fs::write(folder.join("SHA256SUMS"), sums).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_database_is_the_one_that_was_backed_up_row_by_row() {
    let world = World::new().await;
    let before = dump(&world.path).await;
    let backup = world.create().await;
    assert!(matches!(backup.state, State::Verified { .. }), "{backup:?}");
    let manifest = backup.manifest.clone().unwrap();
    assert_eq!(manifest.tables["ratings"].rows, 400);
    assert_eq!(manifest.tables["movies"].rows, 40);
    assert!(manifest.schema.len() >= 12 && manifest.engine == "sqlite");
    // What comes afterwards is no part of it.
    world.add_film("Alien").await;
    let restored = world.restore(&world.elsewhere(), false).await.unwrap();
    assert_eq!((restored.backup.name, restored.kept_aside), (backup.name, None));
    assert_eq!(dump(&world.elsewhere()).await, before);
    // And it is a database to go on with.
    let store = open(world.elsewhere().to_str().unwrap()).await;
    store.migrate().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backup_made_while_others_write_is_of_one_moment() {
    let world = World::new().await;
    let film = world.add_film("Alien").await;
    let user = UserId(Uuid::from_u128(7));
    world.store.add(account(user, "ada@example.org")).await.unwrap();
    let ratings = Arc::clone(&world.store);
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let writer = tokio::spawn(async move {
        let mut seconds = 0;
        while !stopped.load(std::sync::atomic::Ordering::Relaxed) {
            ratings.set(user, film, stars(f64::from(seconds % 10 + 1) / 2.0), at(seconds.into())).await.unwrap();
            seconds += 1;
        }
        seconds
    });
    for _ in 0..3 {
        // Verified means that the copy's rows are those of the source at that moment.
        let backup = world.create().await;
        assert!(matches!(backup.state, State::Verified { .. }), "{backup:?}");
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(writer.await.unwrap() > 3, "writers were not kept waiting");
    world.restore(&world.elsewhere(), false).await.unwrap();
    // The film's statistics and its rating were written in one transaction.
    let db = connect(&world.elsewhere()).await;
    let agree = "SELECT count(*) AS n FROM movies m WHERE rating_count <> (SELECT count(*) FROM ratings r WHERE r.movie_id = m.id)";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), agree)).await.unwrap().unwrap();
    assert_eq!(row.try_get::<i64>("", "n").unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_come_later_are_covered_by_themselves() {
    let world = World::new().await;
    execute(&world.path, "CREATE TABLE \"odd \"\"name\" (a, b GENERATED ALWAYS AS (a || 'x'));
        INSERT INTO \"odd \"\"name\" (a) VALUES (NULL), (1), (1.5), ('1'), (x'31'), (x'00ff'), ('a' || char(0) || 'b'), ('a' || char(0) || 'c')").await;
    let backup = world.create().await;
    assert_eq!(backup.manifest.unwrap().tables["odd \"name"].rows, 8);
    let database = backup.folder.join("matinee.db");
    for (change, word) in [
        ("UPDATE \"odd \"\"name\" SET a = 'a' || char(0) || 'd' WHERE a = 'a' || char(0) || 'c'", "odd \"name"),
        ("UPDATE \"odd \"\"name\" SET a = '1' WHERE typeof(a) = 'integer'", "odd \"name"),
        ("INSERT INTO \"odd \"\"name\" (a) VALUES (2)", "9 rows instead of 8"),
        ("DROP TABLE \"odd \"\"name\"", "0 rows instead of 8"),
        ("CREATE TABLE another (a)", "another"),
        ("DROP INDEX ratings_user_id_rated_at_idx", "sqlite_schema"),
    ] {
        let saved = world.folder.path().join("saved");
        copy_folder(&backup.folder, &saved);
        execute(&database, change).await;
        seal_again(&backup.folder, |_| ());
        let error = world.verify(&backup.name).await.unwrap_err().to_string();
        assert!(error.contains("damaged") && error.contains(word), "{change}: {error}");
        copy_folder(&saved, &backup.folder);
    }
    world.verify(&backup.name).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_rating_is_found_even_under_checksums_that_agree() {
    let world = World::new().await;
    let backup = world.create().await;
    execute(
        &backup.folder.join("matinee.db"),
        "UPDATE ratings SET half_stars = half_stars % 10 + 1 WHERE rated_at = (SELECT max(rated_at) FROM ratings)",
    )
    .await;
    seal_again(&backup.folder, |_| ());
    let error = world.verify(&backup.name).await.unwrap_err();
    assert!(error.to_string().contains("ratings"), "{error}");
    assert!(matches!(world.state(&backup.name), State::Damaged { .. }), "the list shows it from then on");
    let error = world.restore(&world.elsewhere(), false).await.unwrap_err();
    assert!(matches!(error, BackupError::NoneGood { .. }), "{error}");
    assert!(!world.elsewhere().exists());
}

/// Flips a bit of a file of a backup, calls `check`, and flips it back.
async fn with_flipped_bit(file: &Path, byte: usize, bit: u8, check: impl AsyncFnOnce()) {
    let whole = fs::read(file).unwrap();
    let mut flipped = whole.clone();
    flipped[byte] ^= 1 << bit;
    fs::write(file, flipped).unwrap();
    check().await;
    fs::write(file, whole).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_anywhere_is_found() {
    let world = World::new().await;
    let backup = world.create().await;
    let found = async |file: &str, byte: usize, bit: u8| {
        with_flipped_bit(&backup.folder.join(file), byte, bit, async || {
            let outcome = world.verify(&backup.name).await;
            let damaged = matches!(outcome, Err(BackupError::Damaged { .. } | BackupError::NewerFormat { .. }));
            assert!(damaged, "bit {bit} of byte {byte} of {file}: {outcome:?}");
        })
        .await;
    };
    // Every byte of the checksums and every fifth of the manifest, each with one of its bits; of the large file as many
    // as there is time for.
    let mut runner = TestRunner::deterministic();
    let mut pick = |below: usize| (0..below).new_tree(&mut runner).unwrap().current();
    for (file, step) in [("manifest.json", 5), ("SHA256SUMS", 1)] {
        let length = fs::read(backup.folder.join(file)).unwrap().len();
        for byte in (pick(step)..length).step_by(step) {
            let bit = u8::try_from(pick(8)).unwrap();
            found(file, byte, bit).await;
        }
    }
    let length = usize::try_from(backup.bytes()).unwrap();
    let positions = std::env::var("MATINEE_TEST_FLIPS").map_or(60, |flips| flips.parse().unwrap());
    for _ in 0..positions {
        let (byte, bit) = (pick(length), u8::try_from(pick(8)).unwrap());
        found("matinee.db", byte, bit).await;
    }
    // Whole again, it is good again.
    world.verify(&backup.name).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn half_written_backups_are_shown_as_such_and_never_used() {
    let world = World::new().await;
    let whole = world.create().await;
    let dir = world.backups.dir().to_owned();
    for (name, missing) in [
        ("matinee-20300101T000001Z", "matinee.db"),
        ("matinee-20300101T000002Z", "manifest.json"),
        ("matinee-20300101T000003Z", "SHA256SUMS"),
    ] {
        copy_folder(&whole.folder, &dir.join(name));
        fs::remove_file(dir.join(name).join(missing)).unwrap();
        assert_eq!(world.state(name), State::Incomplete, "{missing}");
        let error = world.verify(name).await.unwrap_err();
        assert!(matches!(error, BackupError::Incomplete { .. }) && error.to_string().contains(missing), "{error}");
        let forced = world.backups.prepare_restore(Some(name), &world.elsewhere(), true, &Progress::none()).await;
        assert!(matches!(forced.err(), Some(BackupError::Incomplete { .. })), "{missing}");
    }
    let short = dir.join("matinee-20300101T000004Z");
    copy_folder(&whole.folder, &short);
    fs::File::options().write(true).open(short.join("matinee.db")).unwrap().set_len(5_000).unwrap();
    assert!(matches!(world.state("matinee-20300101T000004Z"), State::Damaged { .. }));
    // What a killed process leaves is listed, and removed by the next backup.
    fs::create_dir(dir.join(".incomplete-matinee-20300101T000005Z")).unwrap();
    assert_eq!(world.state("matinee-20300101T000005Z"), State::Incomplete);
    assert_eq!(world.backups.find(None).unwrap().name, whole.name);
    world.create().await;
    assert!(!dir.join(".incomplete-matinee-20300101T000005Z").exists());
    assert!(!world.elsewhere().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_holds_data_is_replaced_only_by_force_and_kept() {
    let world = World::new().await;
    let before = dump(&world.path).await;
    world.create().await;
    world.restore(&world.elsewhere(), false).await.unwrap();
    execute(&world.elsewhere(), "PRAGMA journal_mode = WAL; DELETE FROM ratings").await;
    let changed = dump(&world.elsewhere()).await;
    let error = world.restore(&world.elsewhere(), false).await.unwrap_err();
    assert!(matches!(error, BackupError::HoldsData { .. }) && error.to_string().contains("--force"), "{error}");
    assert_eq!(dump(&world.elsewhere()).await, changed);
    let restored = world.restore(&world.elsewhere(), true).await.unwrap();
    assert_eq!(dump(&world.elsewhere()).await, before);
    assert_eq!(dump(&restored.kept_aside.unwrap()).await, changed);
    // One that has a schema and nothing in it is no loss.
    let empty = world.folder.path().join("empty.db");
    let store = open(empty.to_str().unwrap()).await;
    store.migrate().await.unwrap();
    store.close().await;
    let restored = world.restore(&empty, false).await.unwrap();
    assert_eq!(restored.kept_aside, None);
    assert_eq!(dump(&empty).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_in_use_or_broken_is_treated_with_care() {
    let world = World::new().await;
    world.create().await;
    let before = dump(&world.path).await;
    // The store has it open, as a server would.
    let error = world.restore(&world.path, true).await.unwrap_err();
    assert!(matches!(error, BackupError::InUse { .. }) && error.to_string().contains("stop the server"), "{error}");
    assert_eq!(dump(&world.path).await, before);
    let broken = world.elsewhere();
    fs::write(&broken, "this is no database, but may be all that somebody has").unwrap();
    let error = world.restore(&broken, false).await.unwrap_err();
    assert!(matches!(error, BackupError::HoldsData { .. }), "{error}");
    let restored = world.restore(&broken, true).await.unwrap();
    assert_eq!(dump(&broken).await, before);
    assert!(fs::read_to_string(restored.kept_aside.unwrap()).unwrap().starts_with("this is no database"));
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_that_this_program_cannot_restore_are_refused() {
    let world = World::new().await;
    let backup = world.create().await;
    let refused = async || {
        let elsewhere = world.elsewhere();
        let restored = world.backups.prepare_restore(Some(&backup.name), &elsewhere, true, &Progress::none()).await;
        restored.err().expect("it is refused").to_string()
    };
    seal_again(&backup.folder, |manifest| {
        manifest["matinee"] = "9.0.0".into();
        manifest["schema"].as_array_mut().unwrap().push("m20991231_000001_dreams".into());
    });
    let error = refused().await;
    assert!(error.contains("m20991231_000001_dreams") && error.contains("9.0.0"), "{error}");
    seal_again(&backup.folder, |manifest| manifest["engine"] = "postgres".into());
    assert!(refused().await.contains("postgres"));
    seal_again(&backup.folder, |manifest| manifest["format"] = 2.into());
    assert!(refused().await.contains("format 2"));
    assert!(!world.elsewhere().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_paths_and_files_get_a_clear_answer() {
    let world = World::new().await;
    let create = async |path: &Path| {
        let made = world.backups.create(path, CreateOptions::default(), &Progress::none()).await;
        made.unwrap_err().to_string()
    };
    let folder = world.folder.path();
    let error = create(&folder.join("nothing.db")).await;
    assert!(error.contains("nothing.db") && error.contains("MATINEE_DATA_DIR"), "{error}");
    assert!(create(folder).await.contains("not a SQLite database"));
    fs::write(folder.join("text.db"), "no database, however long this text may be. ".repeat(100)).unwrap();
    assert!(create(&folder.join("text.db")).await.contains("not a SQLite database"));
    execute(&folder.join("other.db"), "CREATE TABLE songs (id)").await;
    assert!(create(&folder.join("other.db")).await.contains("not one of Matinee"));
    // A folder that can't be made, for there is a file of that name.
    fs::write(folder.join("file"), "").unwrap();
    let elsewhere = Backups::new(folder.join("file/backups"), Arc::new(MinuteClock(Mutex::new(at(0)))));
    let made = elsewhere.create(&world.path, CreateOptions::default(), &Progress::none()).await;
    assert!(made.unwrap_err().to_string().contains("file/backups"));
    assert!(world.backups.list().unwrap().is_empty(), "nothing half is left");
    assert!(matches!(world.backups.find(None), Err(BackupError::NoneGood { .. })));
    let error = world.verify("../../etc").await.unwrap_err();
    assert!(matches!(error, BackupError::NotFound { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn retention_removes_verified_backups_that_are_old_enough() {
    let world = World::new().await;
    let mut names = Vec::new();
    for _ in 0..4 {
        names.push(world.create().await.name);
    }
    let unverified = CreateOptions { verify: false, ..CreateOptions::default() };
    let unverified = world.backups.create(&world.path, unverified, &Progress::none()).await.unwrap();
    assert_eq!(unverified.state, State::Unverified);
    assert!(world.backups.prune(Retention { keep_count: 1, keep_days: 1 }).unwrap().is_empty(), "all are young");
    let removed = world.backups.prune(Retention { keep_count: 2, keep_days: 0 }).unwrap();
    assert_eq!(removed, [names[1].clone(), names[0].clone()]);
    let left: Vec<String> = world.backups.list().unwrap().into_iter().map(|backup| backup.name).collect();
    assert_eq!(left, [unverified.name, names[3].clone(), names[2].clone()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_told_for_every_stage_and_one_backup_is_made_at_a_time() {
    let world = World::new().await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (told, backups, path) = (Arc::clone(&seen), world.backups.clone(), world.path.clone());
    let busy = Arc::new(Mutex::new(None));
    let second = Arc::clone(&busy);
    let progress = Progress::new(move |step| {
        told.lock().unwrap().push(step.stage);
        if step.stage == Stage::Restoring {
            second
                .lock()
                .unwrap()
                .get_or_insert_with(|| backups.prune(Retention { keep_count: 1, keep_days: 0 }).err());
        }
    });
    let options = CreateOptions { pace: Pace::Gentle, ..CreateOptions::default() };
    world.backups.create(&path, options, &progress).await.unwrap();
    let mut stages = seen.lock().unwrap().clone();
    stages.dedup();
    let all = [
        Stage::Copying,
        Stage::ReadingRows,
        Stage::Sealing,
        Stage::Restoring,
        Stage::CheckingStructure,
        Stage::ComparingRows,
    ];
    assert_eq!(stages, all);
    assert!(matches!(*busy.lock().unwrap(), Some(Some(BackupError::Busy { .. }))));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_may_not_be_written_gets_a_clear_answer() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new().await;
    let closed = world.folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o500)).unwrap();
    if fs::write(closed.join("try"), "").is_ok() {
        eprintln!("skipped: this user may write everywhere");
        return;
    }
    let backups = Backups::new(closed.join("backups"), Arc::new(MinuteClock(Mutex::new(at(0)))));
    let made = backups.create(&world.path, CreateOptions::default(), &Progress::none()).await;
    let error = made.unwrap_err().to_string();
    assert!(error.contains("closed") && error.contains("as the user whose folder it is"), "{error}");
}
