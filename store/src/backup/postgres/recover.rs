//! Laying a cluster down from a backup, and letting PostgreSQL bring it to a moment.

use std::{
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use matinee_domain::Timestamp;
use sea_orm::sqlx::{Connection, PgConnection};
use tokio::time::{Instant, sleep};

use super::{BASE, PostgresPrograms, TABLESPACES, WAL, connect, failed, rows};
use crate::backup::{
    Backup, BackupError, Manifest, Pace, Progress, Stage, files,
    files::{blocking, failed as file_failed},
    row_sum,
};

/// How long a server may take to recover, and how often to look whether it has.
const RECOVERY_TIMEOUT: Duration = Duration::from_hours(4);
const LOOK: Duration = Duration::from_millis(50);

/// Where recovery stops.
#[derive(Clone, Debug)]
pub(in crate::backup) enum Until {
    /// At the backup's own restore point.
    Backup,
    /// At the last transaction that was committed by then, with the log from this archive.
    Moment { to: Timestamp, archive: PathBuf },
    /// At the end of this archive.
    End { archive: PathBuf },
}

/// Copies a backup into `data`, which must not hold anything, and its tablespaces into folders beside that; compares
/// all checksums, and tells PostgreSQL how far to recover when it is started. A server that starts on a copy of a running one puts
/// all its files on disk first (`recovery_init_sync_method`), so that is not done here, file by file, too.
pub(in crate::backup) async fn lay_down(
    backup: &Backup,
    manifest: &Manifest,
    programs: &PostgresPrograms,
    data: &Path,
    until: &Until,
    progress: &Progress,
) -> Result<(), BackupError> {
    let (from, sealed, to, told) = (backup.folder.clone(), manifest.clone(), data.to_owned(), progress.clone());
    let name = backup.name.clone();
    blocking(move || copy(&name, &from, &sealed, &to, &told)).await?;
    own(programs, data)?;
    own(programs, &tablespaces_of(data))?;
    progress.tell(Stage::CheckingStructure, 0, 0);
    let mut command = programs.server("pg_verifybackup");
    command.arg("--quiet").arg(data);
    programs.run(command, "verify the restored base backup").await.map_err(|error| match error {
        // Every checksum was right a moment ago.
        BackupError::Program { said, .. } if said.contains("Permission denied") => {
            BackupError::ClosedToServer { path: data.to_owned() }
        }
        BackupError::Program { said, .. } => BackupError::Damaged { name: backup.name.clone(), reason: said },
        other => other,
    })?;
    write(&data.join("recovery.signal"), "")?;
    let settings = data.join("postgresql.auto.conf");
    let before = fs::read_to_string(&settings).unwrap_or_default();
    write(&settings, &format!("{before}{}", recovery(&backup.name, until)))?;
    own(programs, data)
}

fn copy(name: &str, from: &Path, sealed: &Manifest, data: &Path, progress: &Progress) -> Result<(), BackupError> {
    let damaged = |reason: String| BackupError::Damaged { name: name.to_owned(), reason };
    for folder in files::list_folders(from)? {
        if let Some(to) = place(&folder, data) {
            files::make_private_folder(&to)?;
        }
    }
    let there = files::list(from)?;
    let extra = there.iter().find(|file| file.contains('/') && !sealed.files.contains_key(*file));
    if let Some(extra) = extra {
        return Err(damaged(format!("it holds a file {extra} that was not in it")));
    }
    for (file, seal) in &sealed.files {
        let to = place(file, data).ok_or_else(|| damaged(format!("{file} has no place in a cluster")))?;
        // The log's pieces that the base backup brought are in the log, too, and whole there.
        if to.exists() {
            fs::remove_file(&to).map_err(file_failed("replace", &to))?;
        }
        let (bytes, sha256) = files::copy(&from.join(file), &to, Pace::Full, progress)?;
        if bytes != seal.bytes || sha256 != seal.sha256 {
            return Err(damaged(format!("{file} doesn't have the checksum that it was sealed with")));
        }
    }
    link_tablespaces(data)
}

/// Where a file or folder of a backup belongs.
fn place(file: &str, data: &Path) -> Option<PathBuf> {
    let (part, rest) = file.split_once('/').unwrap_or((file, ""));
    let place = match part {
        BASE => data.to_owned(),
        WAL => data.join("pg_wal"),
        TABLESPACES => tablespaces_of(data),
        _ => return None,
    };
    Some(if rest.is_empty() { place } else { place.join(rest) })
}

/// `DATA.tablespaces`: a folder for each.
pub(in crate::backup) fn tablespaces_of(data: &Path) -> PathBuf {
    let mut name = data.as_os_str().to_owned();
    name.push(".tablespaces");
    name.into()
}

fn link_tablespaces(data: &Path) -> Result<(), BackupError> {
    let folder = tablespaces_of(data);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(file_failed("read", &folder)(error)),
    };
    for entry in entries.flatten() {
        let link = data.join("pg_tblspc").join(entry.file_name());
        let target = fs::canonicalize(entry.path()).map_err(file_failed("open", &entry.path()))?;
        #[cfg(unix)]
        std::os::unix::fs::symlink(target, &link).map_err(file_failed("link", &link))?;
        #[cfg(not(unix))]
        let _ = (target, link);
    }
    Ok(())
}

/// By what recovery may be told where to stop.
const TARGETS: [&str; 5] =
    ["recovery_target", "recovery_target_lsn", "recovery_target_name", "recovery_target_time", "recovery_target_xid"];

/// Settings of recovery. A cluster that was restored itself has those of that time, and PostgreSQL refuses two targets: all are taken back first,
/// for it takes them in this order. The log's pieces that came with the backup are in `pg_wal`, where PostgreSQL looks when the
/// command finds nothing.
fn recovery(name: &str, until: &Until) -> String {
    let mut text = format!("\n# Recovery from {name}; not needed any more once the server takes writes.\n");
    let mut set = |key: &str, value: &str| {
        let _ = writeln!(text, "{key} = '{}'", value.replace('\'', "''"));
    };
    let from = |archive: &Path| {
        let archive = archive.to_string_lossy().replace('%', "%%");
        format!("cp \"{archive}/%f\" \"%p\" 2>/dev/null || cp \"{archive}/%f.partial\" \"%p\" 2>/dev/null")
    };
    for target in TARGETS {
        set(target, "");
    }
    match until {
        Until::Backup => {
            set("restore_command", "false");
            set("recovery_target_name", name);
        }
        Until::Moment { to, archive } => {
            set("restore_command", &from(archive));
            // As PostgreSQL reads it; by ISO 8601 it would be refused here.
            set("recovery_target_time", &to.format("%Y-%m-%d %H:%M:%S%.6f+00").to_string());
        }
        Until::End { archive } => set("restore_command", &from(archive)),
    }
    set("recovery_target_action", "promote");
    text
}

/// Recovers a backup that was laid down in `data`, by a server of its own that nobody else can reach, and compares
/// every table. `scratch` must be a folder that the server's user may enter.
pub(in crate::backup) async fn check(
    backup: &Backup,
    manifest: &Manifest,
    programs: &PostgresPrograms,
    scratch: &Path,
    pace: Pace,
    progress: &Progress,
) -> Result<(), BackupError> {
    let data = scratch.join("data");
    own(programs, scratch)?;
    lay_down(backup, manifest, programs, &data, &Until::Backup, progress).await?;
    // Nothing of the source's settings: it may archive, preload libraries, or listen.
    write(&data.join("postgresql.auto.conf"), &recovery(&backup.name, &Until::Backup))?;
    let hba = scratch.join("hba.conf");
    write(&hba, "local all all trust\n")?;
    let config = scratch.join("server.conf");
    let quoted = |path: &Path| path.to_string_lossy().replace('\'', "''");
    let settings = format!(
        "listen_addresses = ''\nunix_socket_directories = '{}'\nhba_file = '{}'\nhot_standby = off\nfsync = off\n\
         archive_mode = off\nautovacuum = off\nmax_connections = 20\n",
        quoted(scratch),
        quoted(&hba)
    );
    write(&config, &settings)?;
    own(programs, scratch)?;
    let server = Server { programs: programs.clone(), data: data.clone() };
    let log = scratch.join("log");
    let mut start = programs.server("pg_ctl");
    start.args(["start", "--wait", "--timeout=3600"]).arg("--pgdata").arg(&data).arg("--log").arg(&log);
    start.arg("--options").arg(format!("-c config_file=\"{}\"", config.display()));
    // Not piped: the server would keep the pipe open.
    start.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let started = start.status().await.map_err(file_failed("run", &programs.path("pg_ctl")))?;
    let outcome = match if started.success() { recovered(programs, manifest, scratch).await } else { Ok(None) } {
        Ok(Some(mut restored)) => {
            let outcome = compare(backup, manifest, &mut restored, pace, progress).await;
            // Nothing is left to do about an error here: all has been read.
            let _ = restored.close().await;
            outcome
        }
        Ok(None) => {
            let said = fs::read_to_string(&log).unwrap_or_default();
            let fatal = said.lines().rev().find(|line| line.contains("FATAL") || line.contains("PANIC"));
            let said = fatal.or(said.lines().last()).unwrap_or("the server said nothing");
            Err(BackupError::Damaged { name: backup.name.clone(), reason: format!("it can't be recovered: {said}") })
        }
        Err(error) => Err(error),
    };
    drop(server);
    outcome
}

/// A connection to the recovered database. `None` when the server ends before it takes connections: it reads the log
/// until its end first.
async fn recovered(
    programs: &PostgresPrograms,
    manifest: &Manifest,
    scratch: &Path,
) -> Result<Option<PgConnection>, BackupError> {
    let (user, database) = manifest.origin.as_ref().map_or(("", ""), |origin| (&*origin.user, &*origin.database));
    let url = format!("postgres://{user}@localhost/{database}?host={}", scratch.to_string_lossy());
    let limit = Instant::now() + RECOVERY_TIMEOUT;
    loop {
        let refused = match connect(&url).await {
            Ok(connection) => return Ok(Some(connection)),
            Err(refused) => refused,
        };
        let mut status = programs.server("pg_ctl");
        status.arg("status").arg("--pgdata").arg(scratch.join("data"));
        if programs.run(status, "look at the recovered server").await.is_err() {
            return Ok(None);
        }
        if Instant::now() > limit {
            return Err(refused);
        }
        sleep(LOOK).await;
    }
}

async fn compare(
    backup: &Backup,
    manifest: &Manifest,
    restored: &mut PgConnection,
    pace: Pace,
    progress: &Progress,
) -> Result<(), BackupError> {
    let total = manifest.rows();
    let told = |done| progress.tell(Stage::ComparingRows, done, total.max(done));
    let tables = rows::fingerprints(restored, pace, &told).await;
    let tables = tables.map_err(failed("read", "postgres://the recovered server"))?;
    row_sum::compare(&backup.name, &manifest.tables, &tables)
}

/// Stops with its owner, however that ends.
struct Server {
    programs: PostgresPrograms,
    data: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut stop = self.programs.server("pg_ctl");
        stop.args(["stop", "--mode=immediate", "--wait"]).arg("--pgdata").arg(&self.data);
        // Where none runs there is nothing to stop.
        let _ = stop.as_std_mut().output();
    }
}

/// Writes a file anew.
fn write(path: &Path, text: &str) -> Result<(), BackupError> {
    fs::write(path, text).map_err(file_failed("write", path))
}

/// Gives a folder and all in it to the server's user, where that is another one.
fn own(programs: &PostgresPrograms, folder: &Path) -> Result<(), BackupError> {
    match programs.server_user() {
        Some(owner) if folder.exists() => files::give_to(folder, owner),
        _ => Ok(()),
    }
}
