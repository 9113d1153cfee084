//! Backups by the command line, as an operator meets them, and those that a running server makes.

use std::{
    path::Path,
    process::{Command, Output},
    sync::Arc,
};

use matinee_server::{backups::Schedule, compose, recommender};
use matinee_services::ports::Clock;
use matinee_store::backup::{Backups, Happening};

use crate::support::TestApp;

/// Runs `matinee …` on the data folder of an instance that may still be running.
pub fn matinee(data: &Path, arguments: &[&str]) -> Output {
    command(Command::new(env!("CARGO_BIN_EXE_matinee")), data).args(arguments).output().unwrap()
}

pub fn command(mut command: Command, data: &Path) -> Command {
    command.env("MATINEE_DATA_DIR", data).env("MATINEE_LOG", "warn").current_dir(data);
    command
}

/// Both streams; the code must be as expected.
#[track_caller]
pub fn text(output: &Output, code: i32) -> String {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{text}");
    text
}

/// An instance that has stopped; its folder is still there.
pub struct Stopped {
    pub config: matinee_server::config::Config,
    _folder: tempfile::TempDir,
}

pub async fn stopped() -> Stopped {
    let (config, folder) = TestApp::start_without_model().await.stop().await;
    Stopped { config, _folder: folder }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_backs_up_looks_verifies_and_restores() {
    let instance = stopped().await;
    let data = &instance.config.data.dir;
    let text_of = |arguments: &[&str], code| text(&matinee(data, arguments), code);
    assert!(text_of(&["backup", "list"], 0).contains("There are no backups"));
    assert!(text_of(&["backup", "restore", "latest"], 1).contains("no verified backup"));
    let made = text_of(&["backup", "create"], 0);
    assert!(made.contains("compared row by row") && made.contains("rows in"), "{made}");
    assert!(text_of(&["backup", "list"], 0).contains("verified 2"));
    assert!(text_of(&["backup", "verify", "--all"], 0).contains("Good: matinee-"));
    let refused = text_of(&["backup", "restore", "latest"], 1);
    assert!(refused.contains("--force"), "{refused}");
    let restored = text_of(&["backup", "restore", "latest", "--force"], 0);
    for part in ["Restored matinee-", "before-restore-", "start the server"] {
        assert!(restored.contains(part), "{part}: {restored}");
    }
    // The index is built anew although it holds as many films as the catalogue.
    let clock: Arc<dyn Clock> = Arc::new(matinee_services::ports::SystemClock);
    let recommender = recommender::open(&instance.config.ai, &instance.config.data, &instance.config.cache);
    let parts = compose::open(&instance.config, clock, recommender).await.unwrap();
    assert!(parts.index_is_stale.is_some());
    assert_eq!(parts.services.movies.count().await.unwrap(), 16);
    text_of(&["backup", "restore"], 2);
    text_of(&["backup", "verify", "nothing"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_beside_a_running_server_is_refused() {
    let app = TestApp::start_without_model().await;
    let data = &app.config.data.dir;
    text(&matinee(data, &["backup", "create"]), 0);
    let refused = text(&matinee(data, &["backup", "restore", "latest", "--force"]), 1);
    assert!(refused.contains("server seems to run") && refused.contains("nothing was changed"), "{refused}");
    assert_eq!(app.client().get("/readyz").await.status.as_u16(), 200);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_leaves_no_backup_and_harms_nothing() {
    let instance = stopped().await;
    let data = &instance.config.data.dir;
    // Files end at 128 blocks, as on a disk that is full then.
    let script = format!("trap '' XFSZ; ulimit -f 128; exec {} backup create", env!("CARGO_BIN_EXE_matinee"));
    let mut shell = command(Command::new("sh"), data);
    let failed = text(&shell.args(["-c", &script]).output().unwrap(), 1);
    assert!(failed.contains("no good backup was made") && failed.contains("disk is full"), "{failed}");
    assert!(text(&matinee(data, &["backup", "list"]), 0).contains("There are no backups"));
    text(&matinee(data, &["backup", "create"]), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_backs_up_at_its_interval_and_shows_it_in_its_measurements() {
    let app = TestApp::start_without_model().await;
    let mut config = app.config.clone();
    (config.backup.interval_minutes, config.backup.keep_count, config.backup.keep_days) = (60 * 24, 2, 0);
    let backups = config.backup.folder(&config.data);
    let count = || std::fs::read_dir(&backups).map_or(0, |all| all.filter(is_backup).count());
    let mut schedule = Schedule::new(&config, Arc::clone(&app.clock) as _);
    for expected in [1, 2, 2, 2] {
        schedule.look().await;
        assert_eq!(count(), expected);
        schedule.look().await;
        assert_eq!(count(), expected, "the next one is not due yet");
        app.clock.advance_days(1);
    }
    // A timer's command had no luck, and another restored one.
    let beside = Backups::new(&backups, Arc::clone(&app.clock) as _);
    beside.note(Happening::Failure, "the disk is full");
    beside.note(Happening::Restore, "elsewhere");
    schedule.look().await;
    let metrics = app.client().get("/metrics").await.body;
    for name in ["last_failure_timestamp_seconds", "last_restore_timestamp_seconds"] {
        assert!(metrics.contains(&format!("matinee_backup_{name} {}", app.clock.now().timestamp())), "{metrics}");
    }
    assert!(metrics.contains("matinee_backups{state=\"verified\"} 2"), "{metrics}");
    for name in ["last_success_timestamp_seconds", "last_duration_seconds", "last_size_bytes", "failures_total"] {
        assert!(metrics.contains(&format!("matinee_backup_{name}")), "{name}: {metrics}");
    }
    // Without a database to copy it fails, says so, and doesn't try again at once.
    config.data.dir = config.data.dir.join("nowhere");
    config.backup.dir = config.data.dir.clone();
    let mut schedule = Schedule::new(&config, Arc::clone(&app.clock) as _);
    for _ in 0..3 {
        schedule.look().await;
    }
    assert!(app.client().get("/metrics").await.body.contains("matinee_backup_failures_total 1"));
}

fn is_backup(entry: &std::io::Result<std::fs::DirEntry>) -> bool {
    entry.as_ref().unwrap().file_name().to_str().unwrap().starts_with("matinee-")
}
