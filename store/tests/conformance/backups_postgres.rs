//! Backups of a PostgreSQL cluster: made while somebody writes, verified, and recovered to a moment.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use matinee_domain::{Timestamp, UserId};
use matinee_services::ports::{AccountRepository, CatalogueWriter, RatingRepository, SystemClock};
use matinee_store::{
    Store,
    backup::{
        Backup, BackupError, Backups, ClusterRestore, CreateOptions, Pace, PostgresPrograms, PostgresSource, Progress,
        State,
    },
    movie_id,
};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use tempfile::TempDir;
use uuid::Uuid;

use super::fixture::{account, at, done, imported, imported_rating, key, movielens, open, stars};
use crate::cluster::{make_folder, must, program, programs};

/// A cluster of this test's own, which stops with it.
struct Cluster {
    data: PathBuf,
    sockets: PathBuf,
}

impl Cluster {
    /// A new one with two tablespaces and small pieces of the log.
    fn make(folder: &Path) -> Self {
        let data = folder.join("data");
        must(
            program("initdb")
                .args(["--no-sync", "--auth=trust", "--username=matinee", "--encoding=UTF8", "--wal-segsize=1"])
                .arg("--pgdata")
                .arg(&data),
        );
        make_folder(&folder.join("second disk"));
        let cluster = Self { data, sockets: folder.join("s") };
        cluster.start();
        cluster
    }

    fn start(&self) {
        make_folder(&self.sockets);
        let settings = format!("-c listen_addresses= -c unix_socket_directories={}", self.sockets.display());
        let mut start = program("pg_ctl");
        start.args(["--wait", "--timeout=120", "--log"]).arg(self.sockets.join("log"));
        start.arg("--pgdata").arg(&self.data).arg("--options").arg(settings).arg("start").stderr(Stdio::null());
        let started = start.status().unwrap();
        assert!(started.success(), "{}", fs::read_to_string(self.sockets.join("log")).unwrap_or_default());
    }

    /// Waits until recovery has ended.
    async fn is_writable(&self) {
        while self.ask("SELECT pg_is_in_recovery()::text").await != ["false"] {
            tokio::task::yield_now().await;
        }
    }

    fn url(&self) -> String {
        format!("postgres://matinee@localhost/postgres?host={}", self.sockets.display())
    }

    async fn connect(&self) -> DatabaseConnection {
        Database::connect(self.url()).await.unwrap()
    }

    async fn run(&self, sql: &str) {
        let db = self.connect().await;
        db.execute_unprepared(sql).await.unwrap();
        db.close().await.unwrap();
    }

    async fn ask(&self, sql: &str) -> Vec<String> {
        let db = self.connect().await;
        let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
        let texts = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
        db.close().await.unwrap();
        texts
    }

    /// Every row of every table, as text.
    async fn dump(&self) -> Vec<String> {
        let tables = "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace \
                      AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname";
        let mut dump = Vec::new();
        for table in self.ask(tables).await {
            let mut rows = self.ask(&format!("SELECT '{table}: ' || t::text FROM {table} AS t")).await;
            rows.sort();
            dump.append(&mut rows);
        }
        dump
    }

    /// Copies the log into `folder` as it is written.
    fn archive(&self, folder: &Path) -> Archive {
        make_folder(folder);
        let mut receive = program("pg_receivewal");
        let child = receive.arg("--directory").arg(folder).arg("--dbname").arg(self.url()).stderr(Stdio::null());
        Archive(child.spawn().unwrap())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = program("pg_ctl").args(["stop", "--mode=immediate", "--pgdata"]).arg(&self.data).status();
    }
}

struct Archive(Child);

impl Drop for Archive {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct World {
    cluster: Cluster,
    store: Arc<Store>,
    source: PostgresSource,
    backups: Backups,
    folder: TempDir,
    _backups: TempDir,
}

impl World {
    async fn new() -> Self {
        let (folder, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        make_folder(folder.path());
        let cluster = Cluster::make(folder.path());
        let store = Arc::new(open(&cluster.url()).await);
        store.migrate().await.unwrap();
        let films = (1..=40).map(|id| imported(&id.to_string(), &format!("Film {id}, l’été\n"), 1980 + id / 4));
        store.put_movies(&key("films"), films.collect(), done(40)).await.unwrap();
        let ratings = (0..400)
            .map(|n| imported_rating(n % 10, &(n / 10 + 1).to_string(), 0.5 + f64::from(n % 10) / 2.0, n.into()));
        store.put_ratings(&key("ratings"), ratings.collect(), done(400)).await.unwrap();
        store.refresh_statistics().await.unwrap();
        let second = folder.path().join("second disk");
        cluster.run(&format!("CREATE TABLESPACE second LOCATION '{}'", second.display())).await;
        cluster.run("ALTER TABLE users SET TABLESPACE second").await;
        // As in a cluster that was restored to a moment itself.
        cluster.run("ALTER SYSTEM SET recovery_target_time = '2020-01-01 00:00:00+00'").await;
        let programs = PostgresPrograms::find(Some(&programs())).unwrap();
        let source = PostgresSource { url: cluster.url(), programs: programs.clone() };
        let backups = Backups::new(dir.path().join("backups"), Arc::new(SystemClock)).with_programs(programs);
        Self { cluster, store, source, backups, folder, _backups: dir }
    }

    async fn create(&self) -> Backup {
        self.backups.create_postgres(&self.source, CreateOptions::default(), &Progress::none()).await.unwrap()
    }

    /// A cluster that was recovered to the end that `how` says.
    async fn restored(&self, how: &ClusterRestore) -> Cluster {
        let folder = self.folder.path().join("restored");
        make_folder(&folder);
        let cluster = Cluster { data: folder.join("data"), sockets: self.folder.path().join("r") };
        self.backups.restore_cluster(None, &cluster.data, how, &Progress::none()).await.unwrap();
        cluster.start();
        cluster.is_writable().await;
        cluster
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cluster_is_backed_up_while_somebody_writes_and_recovered_to_a_moment() {
    let world = World::new().await;
    let archive = world.folder.path().join("archive");
    let _archive = world.cluster.archive(&archive);
    let user = UserId(Uuid::from_u128(7));
    world.store.add(account(user, "ada@example.org")).await.unwrap();
    let film = movie_id(&movielens("1"));
    let (store, stop) = (Arc::clone(&world.store), Arc::new(AtomicBool::new(false)));
    let stopped = Arc::clone(&stop);
    let writer = tokio::spawn(async move {
        let mut seconds = 0;
        while !stopped.load(Ordering::Relaxed) {
            store.set(user, film, stars(f64::from(seconds % 10 + 1) / 2.0), at(seconds.into())).await.unwrap();
            seconds += 1;
        }
    });
    // Verified means that the recovered rows are those of the source at the restore point.
    let backup = world.create().await;
    stop.store(true, Ordering::Relaxed);
    writer.await.unwrap();
    assert!(matches!(backup.state, State::Verified { .. }), "{backup:?}");
    let manifest = backup.manifest.as_ref().unwrap();
    assert!(manifest.files.keys().any(|file| file.starts_with("tablespaces/")), "the second disk is in it");
    assert_eq!((manifest.tables["movies"].rows, manifest.tables["ratings"].rows), (40, 401));

    world.store.put_movies(&key("more"), vec![imported("41", "Alien", 1979)], done(1)).await.unwrap();
    let wanted = world.cluster.dump().await;
    let now = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint::text";
    let moment: i64 = world.cluster.ask(now).await[0].parse().unwrap();
    world.cluster.run("DELETE FROM ratings; DELETE FROM marks; SELECT pg_switch_wal()").await;
    // The archive has reached what must not come back.
    let last = world.cluster.ask("SELECT pg_walfile_name(pg_switch_wal())").await.remove(0);
    while !archive.join(&last).exists() {
        tokio::task::yield_now().await;
    }
    let to = Timestamp::from_timestamp_micros(moment);
    let restored = world.restored(&ClusterRestore { to, archive: Some(archive) }).await;
    assert_eq!(restored.dump().await, wanted);

    let again =
        world.backups.restore_cluster(None, &restored.data, &ClusterRestore::default(), &Progress::none()).await;
    assert!(matches!(again, Err(BackupError::NotEmpty { .. })), "{again:?}");
    let early = ClusterRestore { to: Some(at(0)), archive: Some(world.folder.path().to_owned()) };
    let elsewhere = world.folder.path().join("elsewhere");
    let early = world.backups.restore_cluster(None, &elsewhere, &early, &Progress::none()).await;
    assert!(matches!(early, Err(BackupError::TooEarly { .. })), "{early:?}");
    let other = world.backups.prepare_restore(None, &elsewhere, true, &Progress::none()).await;
    assert!(matches!(other.err(), Some(BackupError::WrongEngine { .. })));
    assert!(!elsewhere.exists());
    // Of a cluster that was there before, whose data folder has another name now.
    let in_use = world.folder.path().join("elsewhere.tablespaces");
    fs::create_dir_all(in_use.join("16999")).unwrap();
    let beside = world.backups.restore_cluster(None, &elsewhere, &ClusterRestore::default(), &Progress::none()).await;
    assert!(matches!(&beside, Err(BackupError::NotEmpty { path }) if *path == in_use), "{beside:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_of_a_cluster_s_backup_is_found() {
    let world = World::new().await;
    let backup = world.create().await;
    let files = &backup.manifest.as_ref().unwrap().files;
    let filled: Vec<&String> = files.iter().filter(|(_, file)| file.bytes > 0).map(|(name, _)| name).collect();
    let flips = std::env::var("MATINEE_TEST_FLIPS").map_or(4, |flips| flips.parse().unwrap());
    for number in 0..flips {
        // Spread over files by the golden ratio.
        let chosen = number * 0x9e37 % filled.len();
        let path = backup.folder.join(filled[chosen]);
        let whole = fs::read(&path).unwrap();
        let mut flipped = whole.clone();
        let byte = number * 0x79b9 % whole.len();
        flipped[byte] ^= 1 << (number % 8);
        fs::write(&path, flipped).unwrap();
        let outcome = world.backups.verify(Some(&backup.name), Pace::Full, &Progress::none()).await;
        assert!(matches!(outcome, Err(BackupError::Damaged { .. })), "byte {byte} of {}: {outcome:?}", path.display());
        fs::write(&path, whole).unwrap();
    }
    fs::write(backup.folder.join("base/stranger"), "").unwrap();
    let outcome = world.backups.verify(Some(&backup.name), Pace::Full, &Progress::none()).await;
    assert!(outcome.unwrap_err().to_string().contains("base/stranger"));
    fs::remove_file(backup.folder.join("base/stranger")).unwrap();
    world.backups.verify(Some(&backup.name), Pace::Full, &Progress::none()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_cluster_s_backup_lacks_is_said() {
    let nowhere = tempfile::tempdir().unwrap();
    let missing = PostgresPrograms::find(Some(nowhere.path())).unwrap_err().to_string();
    assert!(missing.contains("pg_basebackup") && missing.contains(nowhere.path().to_str().unwrap()), "{missing}");
    let programs = PostgresPrograms::find(Some(&programs())).unwrap();
    let url = format!("postgres://ada:s3cret@localhost/films?host={}", nowhere.path().display());
    let source = PostgresSource { url, programs };
    let backups = Backups::new(nowhere.path().join("backups"), Arc::new(SystemClock));
    let error = backups.create_postgres(&source, CreateOptions::default(), &Progress::none()).await.unwrap_err();
    let error = error.to_string();
    assert!(error.contains("connect") && !error.contains("s3cret"), "{error}");
    assert!(backups.list().unwrap().is_empty(), "nothing half is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_with_a_gap_or_damage_is_refused_rather_than_cut_short_without_a_word() {
    let world = World::new().await;
    let archive = world.folder.path().join("archive");
    let receiving = world.cluster.archive(&archive);
    let options = CreateOptions { verify: false, ..CreateOptions::default() };
    let backup = world.backups.create_postgres(&world.source, options, &Progress::none()).await.unwrap();
    let mut pieces = Vec::new();
    for round in 0..4 {
        let write = format!("UPDATE movies SET plot = repeat('{round}', 3000)");
        world.cluster.run(&write).await;
        pieces.push(world.cluster.ask("SELECT pg_walfile_name(pg_switch_wal())").await.remove(0));
    }
    while !archive.join(&pieces[3]).exists() {
        tokio::task::yield_now().await;
    }
    drop(receiving);
    let into = world.folder.path().join("restored");
    let restore = async |archive: &Path| {
        let how = ClusterRestore { to: None, archive: Some(archive.to_owned()) };
        world.backups.restore_cluster(Some(&backup.name), &into, &how, &Progress::none()).await
    };
    let whole = fs::read(archive.join(&pieces[1])).unwrap();
    fs::remove_file(archive.join(&pieces[1])).unwrap();
    let error = restore(&archive).await.unwrap_err().to_string();
    assert!(error.contains("gap") && error.contains(&pieces[1]) && error.contains("--to"), "{error}");
    let (mut flipped, middle) = (whole.clone(), 300);
    flipped[middle..middle + 64].fill(0x58);
    for damaged in [&flipped[..], &whole[..whole.len() / 200], &[]] {
        fs::write(archive.join(&pieces[1]), damaged).unwrap();
        let error = restore(&archive).await.unwrap_err();
        assert!(matches!(error, BackupError::ArchiveDamaged { .. }), "{error}");
    }
    let empty = world.folder.path().join("empty");
    make_folder(&empty);
    let error = restore(&empty).await.unwrap_err();
    assert!(matches!(error, BackupError::ArchiveGap { .. }), "{error}");
    assert!(!into.exists(), "nothing was laid down");
    fs::write(archive.join(&pieces[1]), whole).unwrap();
    restore(&archive).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_written_backup_of_a_cluster_and_folders_that_its_server_may_not_enter_are_said() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new().await;
    let options = CreateOptions { verify: false, ..CreateOptions::default() };
    let backup = world.backups.create_postgres(&world.source, options, &Progress::none()).await.unwrap();
    let into = world.folder.path().join("new/restored");
    let restore = async |into: &Path| {
        world.backups.restore_cluster(Some(&backup.name), into, &ClusterRestore::default(), &Progress::none()).await
    };
    for file in ["base/PG_VERSION", "manifest.json", "SHA256SUMS"] {
        let kept = world.folder.path().join("kept");
        fs::rename(backup.folder.join(file), &kept).unwrap();
        let error = restore(&into).await.unwrap_err();
        assert!(matches!(error, BackupError::Incomplete { .. }), "without {file}: {error}");
        assert!(!into.exists());
        fs::rename(&kept, backup.folder.join(file)).unwrap();
    }
    // A server runs as another user only where this is root.
    let closed = world.folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    match restore(&closed.join("restored")).await {
        Ok(_) => eprintln!("skipped: PostgreSQL runs as this user"),
        Err(error) => assert!(matches!(error, BackupError::ClosedToServer { .. }), "{error}"),
    }
    // Folders that are made on the way are open to it.
    restore(&into).await.unwrap();
}
