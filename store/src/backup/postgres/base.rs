//! Taking a base backup, the log that belongs to it, and the fingerprints of one moment.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use sea_orm::sqlx::{self, AssertSqlSafe, Connection, PgConnection};
use tokio::{
    process::Child,
    time::{Instant, interval, sleep},
};

use super::{BASE, PostgresPrograms, PostgresSource, TABLESPACES, WAL, connect, failed, programs, rows};
use matinee_domain::Timestamp;

use crate::backup::{BackupError, FileSeal, Manifest, Origin, Pace, Progress, Stage, files, files::blocking};

/// How long the log may take to arrive once it was written.
const LOG_TIMEOUT: Duration = Duration::from_mins(2);

/// How often to look whether it has.
const LOOK: Duration = Duration::from_millis(20);

/// How often to ask how far the base backup is.
const ASK: Duration = Duration::from_millis(500);

/// How long to wait for writers to end, and how often to try: they queue behind whoever waits.
const LOCK_TIMEOUT: &str = "SET lock_timeout = '2s'";
const TRIES: u32 = 10;

/// Fills `work` with everything but the manifest, and the manifest with what belongs to it.
pub(in crate::backup) async fn fill(
    work: &Path,
    name: &str,
    mut manifest: Manifest,
    source: &PostgresSource,
    pace: Pace,
    progress: &Progress,
) -> Result<Manifest, BackupError> {
    let url = &source.url;
    let mut control = connect(url).await?;
    let needs_programs_of = version_of(&mut control, url).await?;
    same_version(&source.programs, needs_programs_of).await?;
    // Before the base backup, so that the log has no gap between that and the restore point.
    let mut log = receive_log(source, &work.join(WAL)).await?;
    take_base(source, work, &mut control, progress).await?;
    let mut snapshot = connect(url).await?;
    let last = restore_point(name, url, &mut control, &mut snapshot).await?;
    let arrived = work.join(WAL).join(&last);
    wait_for(&mut log, || arrived.exists()).await?;
    // What has arrived whole is on disk; the rest is nobody's.
    let _ = log.kill().await;
    let reading = failed("read", url);
    let who =
        "SELECT current_database()::text, current_user::text, (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
    let (database, user, now_ms): (String, String, i64) =
        sqlx::query_as(who).fetch_one(&mut control).await.map_err(&reading)?;
    let recoverable_from = Timestamp::from_timestamp_millis(now_ms).unwrap_or(manifest.created_at);
    manifest.origin = Some(Origin { database, user, recoverable_from });
    let schema = sqlx::query_scalar("SELECT version FROM seaql_migrations ORDER BY version").fetch_all(&mut snapshot);
    manifest.schema = schema.await.map_err(&reading)?;
    let told = |done| progress.tell(Stage::ReadingRows, done, 0);
    manifest.tables = rows::fingerprints(&mut snapshot, pace, &told).await.map_err(&reading)?;
    // Nothing is left to do about an error here: all has been read.
    let _ = (snapshot.close().await, control.close().await);
    let (work, progress) = (work.to_owned(), progress.clone());
    blocking(move || {
        remove_links(&work.join(BASE).join("pg_tblspc"))?;
        remove_partial(&work.join(WAL))?;
        for file in files::list(&work)? {
            files::sync_file(&work.join(&file))?;
            let (bytes, sha256) = files::hash_file(&work.join(&file), pace, &progress)?;
            manifest.files.insert(file, FileSeal { bytes, sha256 });
        }
        Ok(manifest)
    })
    .await
}

/// The server's major version.
async fn version_of(control: &mut PgConnection, url: &str) -> Result<u32, BackupError> {
    let product: String =
        sqlx::query_scalar("SELECT version()").fetch_one(&mut *control).await.map_err(failed("ask", url))?;
    // It answers the next question with a version of PostgreSQL's.
    if product.contains("CockroachDB") {
        return Err(BackupError::IsCockroach { address: crate::engine::redact(url).into_owned() });
    }
    let version: String =
        sqlx::query_scalar("SHOW server_version_num").fetch_one(control).await.map_err(failed("ask", url))?;
    Ok(version.parse::<u32>().unwrap_or(0) / 10_000)
}

async fn same_version(programs: &PostgresPrograms, server: u32) -> Result<(), BackupError> {
    let mut command = programs.server("pg_basebackup");
    command.arg("--version");
    let said = programs.run(command, "tell its version").await?;
    let number = said.split(' ').find_map(|word| word.split('.').next()?.parse::<u32>().ok());
    if number == Some(server) {
        return Ok(());
    }
    Err(BackupError::OtherVersion { programs: programs.path(""), said: said.trim().to_owned(), server })
}

/// Starts `pg_receivewal` and waits until it receives. One that ends before anything has come is started again: a server that has just
/// been restored breaks connections off once.
async fn receive_log(source: &PostgresSource, folder: &Path) -> Result<Child, BackupError> {
    files::make_private_folder(folder)?;
    let mut tries = 1;
    loop {
        let mut command = source.programs.client("pg_receivewal", &source.url);
        command.arg("--no-loop").arg("--directory").arg(folder);
        // Not piped: nobody reads while it runs.
        command.stdout(std::process::Stdio::null());
        let mut child = command.spawn().map_err(files::failed("run", &source.programs.path("pg_receivewal")))?;
        let received = wait_for(&mut child, || fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()));
        match received.await {
            Ok(()) => return Ok(child),
            Err(_) if tries < TRIES && matches!(child.try_wait(), Ok(Some(_))) => {}
            Err(error) => return Err(error),
        }
        tries += 1;
        sleep(LOOK * tries).await;
    }
}

/// Waits until something has arrived, or `pg_receivewal` ended.
async fn wait_for(log: &mut Child, arrived: impl Fn() -> bool) -> Result<(), BackupError> {
    let doing = "receive the log";
    let limit = Instant::now() + LOG_TIMEOUT;
    while !arrived() {
        if let Ok(Some(status)) = log.try_wait() {
            let mut stderr = Vec::new();
            if let Some(pipe) = log.stderr.as_mut() {
                let _ = tokio::io::AsyncReadExt::read_to_end(pipe, &mut stderr).await;
            }
            let output = std::process::Output { status, stdout: Vec::new(), stderr };
            programs::ended("pg_receivewal", doing, &output)?;
            return Err(BackupError::Program {
                program: "pg_receivewal".to_owned(),
                doing,
                said: "it ended too early".to_owned(),
            });
        }
        if Instant::now() > limit {
            let said = format!("nothing arrived within {} s", LOG_TIMEOUT.as_secs());
            return Err(BackupError::Program { program: "pg_receivewal".to_owned(), doing, said });
        }
        sleep(LOOK).await;
    }
    Ok(())
}

/// Runs `pg_basebackup`. Tablespaces come into folders of their own, named by their numbers.
async fn take_base(
    source: &PostgresSource,
    work: &Path,
    control: &mut PgConnection,
    progress: &Progress,
) -> Result<(), BackupError> {
    let asking = failed("ask", &source.url);
    let places =
        "SELECT oid::text, pg_tablespace_location(oid) FROM pg_tablespace WHERE pg_tablespace_location(oid) <> ''";
    let places: Vec<(String, String)> = sqlx::query_as(places).fetch_all(&mut *control).await.map_err(&asking)?;
    let total: i64 = sqlx::query_scalar("SELECT sum(pg_database_size(oid))::bigint FROM pg_database")
        .fetch_one(&mut *control)
        .await
        .map_err(&asking)?;
    let total = u64::try_from(total).unwrap_or(0);
    files::need_space(work, total.saturating_mul(2))?;
    let mut command = source.programs.client("pg_basebackup", &source.url);
    command.args(["--format=plain", "--wal-method=stream", "--checkpoint=fast", "--manifest-checksums=SHA256"]);
    command.arg("--pgdata").arg(work.join(BASE));
    for (number, place) in places {
        let to = work.join(TABLESPACES).join(number);
        command.arg(format!("--tablespace-mapping={}={}", escaped(&place), escaped(&to.to_string_lossy())));
    }
    let mut running = std::pin::pin!(source.programs.run(command, "take a base backup"));
    let mut asks = interval(ASK);
    loop {
        tokio::select! {
            done = &mut running => return done.map(drop),
            _ = asks.tick() => {
                let far = "SELECT coalesce(sum(backup_streamed), 0)::bigint FROM pg_stat_progress_basebackup";
                let far: sqlx::Result<i64> = sqlx::query_scalar(far).fetch_one(&mut *control).await;
                let far = far.ok().and_then(|far| u64::try_from(far).ok()).unwrap_or(0);
                progress.tell(Stage::Copying, far, total.max(far));
            }
        }
    }
}

/// An equals sign in a path is not the one between two paths.
fn escaped(path: &str) -> String {
    path.replace('=', "\\=")
}

/// Writes a restore point into the log and opens a snapshot of that very moment: nobody may commit between the two, so
/// all tables are locked against writers meanwhile. Returns the name of the piece of the log that holds the point.
async fn restore_point(
    name: &str,
    url: &str,
    control: &mut PgConnection,
    snapshot: &mut PgConnection,
) -> Result<String, BackupError> {
    let marking = failed("mark a moment in", url);
    let mut gate = connect(url).await?;
    lock_tables(&mut gate, url).await?;
    sqlx::raw_sql("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").execute(&mut *snapshot).await.map_err(&marking)?;
    // A transaction sees the moment of its first statement.
    let _: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_class").fetch_one(snapshot).await.map_err(&marking)?;
    let point = "SELECT pg_walfile_name(pg_create_restore_point($1))";
    let point: sqlx::Result<String> = sqlx::query_scalar(point).bind(name).fetch_one(&mut *control).await;
    // Closing ends the transaction, and lets writers go on.
    let _ = gate.close().await;
    let point = point.map_err(&marking)?;
    let _: String = sqlx::query_scalar("SELECT pg_switch_wal()::text").fetch_one(control).await.map_err(&marking)?;
    Ok(point)
}

async fn lock_tables(gate: &mut PgConnection, url: &str) -> Result<(), BackupError> {
    let locking = failed("lock the tables of", url);
    sqlx::raw_sql(LOCK_TIMEOUT).execute(&mut *gate).await.map_err(&locking)?;
    let tables = rows::table_names(gate).await.map_err(&locking)?;
    if !tables.iter().any(|table| table == "seaql_migrations") {
        return Err(BackupError::NotMatineeServer { address: crate::engine::redact(url).into_owned() });
    }
    let tables: Vec<String> = tables.iter().map(|table| format!("public.{table}")).collect();
    let statement = format!("BEGIN; LOCK TABLE {} IN SHARE MODE", tables.join(", "));
    let mut tries = 1;
    loop {
        match sqlx::raw_sql(AssertSqlSafe(statement.clone())).execute(&mut *gate).await {
            Ok(_) => return Ok(()),
            Err(error) if tries == TRIES => return Err(locking(error)),
            Err(_) => sqlx::raw_sql("ROLLBACK").execute(&mut *gate).await.map_err(&locking)?,
        };
        tries += 1;
        sleep(LOOK * tries).await;
    }
}

/// The links of a base backup name folders where it was made; `recover` makes them anew.
fn remove_links(folder: &Path) -> Result<(), BackupError> {
    for entry in fs::read_dir(folder).map_err(files::failed("read", folder))?.flatten() {
        fs::remove_file(entry.path()).map_err(files::failed("remove", &entry.path()))?;
    }
    Ok(())
}

fn remove_partial(folder: &Path) -> Result<(), BackupError> {
    let entries = fs::read_dir(folder).map_err(files::failed("read", folder))?.flatten();
    let partial = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "partial");
    for path in entries.map(|entry| entry.path()).filter(partial) {
        fs::remove_file(&path).map_err(files::failed("remove", &path))?;
    }
    Ok(())
}
