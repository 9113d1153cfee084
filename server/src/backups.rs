//! Backups that a running server makes: one at a time, at a gentle pace, at the interval of the settings. What happened
//! is in the log, once for each backup, and in `/metrics`, which also shows backups that somebody else made into the
//! same folder (a timer, say).

use std::{path::PathBuf, sync::Arc, time::Duration};

use chrono::TimeDelta;
use matinee_domain::Timestamp;
use matinee_services::ports::Clock;
use matinee_store::backup::{
    Backup, BackupError, Backups, CreateOptions, Happening, LastTime, Pace, PostgresPrograms, PostgresSource, Progress,
    Retention, State,
};
use tokio::task::spawn_blocking;

use crate::config::Config;

/// How often to look whether a backup is due.
const LOOK: Duration = Duration::from_secs(30);

/// After a failure, the next try comes this much later, or after the interval if that is shorter.
const RETRY: TimeDelta = TimeDelta::minutes(10);

/// Looks after the backups until the process ends.
pub fn start(config: &Config, clock: Arc<dyn Clock>) {
    let mut schedule = Schedule::new(config, clock);
    tokio::spawn(async move {
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            schedule.look().await;
        }
    });
}

/// When the next backup is due, and what is done then.
pub struct Schedule {
    backups: Backups,
    source: Source,
    interval: Option<TimeDelta>,
    retention: Retention,
    clock: Arc<dyn Clock>,
    failed_at: Option<Timestamp>,
}

impl Schedule {
    /// By the settings; without an interval it makes no backups, and only tells of those there are.
    pub fn new(config: &Config, clock: Arc<dyn Clock>) -> Self {
        let minutes = config.backup.interval_minutes;
        metrics::counter!("matinee_backup_failures_total").absolute(0);
        Self {
            backups: Backups::new(config.backup.folder(&config.data), Arc::clone(&clock)),
            source: Source::of(config),
            interval: (minutes > 0).then(|| TimeDelta::minutes(minutes.into())),
            retention: retention(config),
            clock,
            failed_at: None,
        }
    }

    /// Makes a backup if one is due.
    pub async fn look(&mut self) {
        let backups = self.backups.clone();
        let listed = spawn_blocking(move || backups.list()).await;
        // Where the folder can't be read, making a backup says why.
        let listed = listed.ok().and_then(Result::ok).unwrap_or_default();
        if let Some(newest) = listed.iter().find(|backup| matches!(backup.state, State::Verified { .. })) {
            tell(newest);
        }
        tell_states(&listed);
        self.tell_last_times();
        let newest = listed.iter().filter(|backup| is_whole(backup)).find_map(Backup::created_at);
        let Some(interval) = self.interval else { return };
        if !due(newest, self.failed_at, interval, self.clock.now()) {
            return;
        }
        let started = std::time::Instant::now();
        let made = self.make().await;
        let duration = started.elapsed();
        match made {
            Ok((backup, removed)) => {
                self.failed_at = None;
                tell(&backup);
                metrics::gauge!("matinee_backup_last_duration_seconds").set(duration.as_secs_f64());
                let duration_ms = duration.as_millis();
                tracing::info!(
                    name = backup.name,
                    bytes = backup.bytes(),
                    duration_ms,
                    removed,
                    "backup made and verified"
                );
            }
            // By hand, or by a timer: the next look sees it.
            Err(BackupError::Busy { .. }) => tracing::debug!("another backup is being made"),
            Err(error) => {
                self.failed_at = Some(self.clock.now());
                metrics::counter!("matinee_backup_failures_total").increment(1);
                self.backups.note_failure(&error);
                self.tell_last_times();
                tracing::error!(error = &error as &dyn std::error::Error, "no backup was made");
            }
        }
    }

    /// Of failures and restores of commands, too.
    fn tell_last_times(&self) {
        for (what, name) in [(Happening::Failure, "failure"), (Happening::Restore, "restore")] {
            if let Some(LastTime { at, .. }) = self.backups.last_time(what) {
                #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^53")]
                metrics::gauge!(format!("matinee_backup_last_{name}_timestamp_seconds")).set(at.timestamp() as f64);
            }
        }
    }

    /// A backup, verified, and those removed that it outlived.
    async fn make(&self) -> Result<(Backup, usize), BackupError> {
        let options = CreateOptions { verify: true, pace: Pace::Gentle };
        let backup = self.source.back_up(&self.backups, options, &Progress::none()).await?;
        let (backups, retention) = (self.backups.clone(), self.retention);
        let removed = spawn_blocking(move || backups.prune(retention)).await.map_err(|_| BackupError::Stopped)??;
        Ok((backup, removed.len()))
    }
}

/// What is backed up.
#[derive(Clone, Debug)]
pub enum Source {
    File(PathBuf),
    /// Where the cluster is, and the folder of PostgreSQL's programs.
    Cluster {
        url: String,
        programs: Option<PathBuf>,
    },
}

impl Source {
    /// By the settings.
    pub fn of(config: &Config) -> Self {
        if config.data.url.is_empty() {
            return Self::File(config.data.file());
        }
        let programs = Some(config.backup.postgres_bin.clone()).filter(|folder| !folder.as_os_str().is_empty());
        Self::Cluster { url: config.data.url.as_str().to_owned(), programs }
    }

    /// Makes a backup.
    ///
    /// # Errors
    /// As `Backups::create` and `Backups::create_postgres`.
    pub async fn back_up(
        &self,
        backups: &Backups,
        options: CreateOptions,
        progress: &Progress,
    ) -> Result<Backup, BackupError> {
        match self {
            Self::File(database) => backups.create(database, options, progress).await,
            Self::Cluster { url, programs } => {
                let programs = PostgresPrograms::find(programs.as_deref())?;
                let source = PostgresSource { url: url.clone(), programs: programs.clone() };
                backups.clone().with_programs(programs).create_postgres(&source, options, progress).await
            }
        }
    }
}

/// What stays, by the settings.
pub fn retention(config: &Config) -> Retention {
    Retention { keep_count: config.backup.keep_count, keep_days: config.backup.keep_days }
}

fn is_whole(backup: &Backup) -> bool {
    matches!(backup.state, State::Verified { .. } | State::Unverified)
}

/// Measurements of the last good backup.
fn tell(backup: &Backup) {
    if let Some(made) = backup.created_at() {
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^53")]
        metrics::gauge!("matinee_backup_last_success_timestamp_seconds").set(made.timestamp() as f64);
    }
    #[expect(clippy::cast_precision_loss, reason = "sizes of files are far below 2^53 bytes")]
    metrics::gauge!("matinee_backup_last_size_bytes").set(backup.bytes() as f64);
}

/// How many there are of each state.
fn tell_states(backups: &[Backup]) {
    let named = |state: &State| match state {
        State::Verified { .. } => "verified",
        State::Unverified => "unverified",
        State::Incomplete => "incomplete",
        State::Damaged { .. } => "damaged",
    };
    for name in ["verified", "unverified", "incomplete", "damaged"] {
        let count = backups.iter().filter(|backup| named(&backup.state) == name).count();
        #[expect(clippy::cast_precision_loss, reason = "a few backups")]
        metrics::gauge!("matinee_backups", "state" => name).set(count as f64);
    }
}

/// Whether it is time for a backup.
fn due(newest: Option<Timestamp>, failed_at: Option<Timestamp>, interval: TimeDelta, now: Timestamp) -> bool {
    let rested = failed_at.is_none_or(|failed| now - failed >= interval.min(RETRY));
    rested && newest.is_none_or(|made| now - made >= interval)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_is_due_after_the_interval_and_after_a_failure_not_at_once() {
        let now = Timestamp::from_timestamp(1_790_000_000, 0).unwrap();
        let ago = |minutes| Some(now - TimeDelta::minutes(minutes));
        let hour = TimeDelta::hours(1);
        for (newest, failed, expected) in [
            (None, None, true),
            (ago(59), None, false),
            (ago(60), None, true),
            (ago(60), ago(1), false),
            (ago(60), ago(10), true),
            (None, ago(9), false),
        ] {
            assert_eq!(due(newest, failed, hour, now), expected, "{newest:?} {failed:?}");
        }
        assert!(due(ago(2), ago(1), TimeDelta::minutes(1), now), "a short interval is the pause, too");
    }
}
