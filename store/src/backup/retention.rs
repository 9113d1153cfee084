//! Which backups stay.

use chrono::TimeDelta;
use matinee_domain::Timestamp;

use super::{Backup, BackupError, Backups, State, files, folder::REMOVING};

/// A verified backup stays while it is among the newest `keep_count` or younger than `keep_days`. The newest verified one
/// stays always, and those that are not verified are never touched: somebody should look at them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    pub keep_count: usize,
    pub keep_days: u32,
}

impl Backups {
    /// Removes the verified backups that are neither among the newest nor young; returns their names.
    ///
    /// # Errors
    /// `Busy`, or `File` when one can't be removed.
    pub fn prune(&self, retention: Retention) -> Result<Vec<String>, BackupError> {
        let _lock = self.take()?;
        let mut removed = Vec::new();
        for backup in retention.outlived(self.list()?, self.clock.now()) {
            let going = self.dir.join(format!("{REMOVING}{}", backup.name));
            // Under a name of its own first: one that is half removed must not look like a backup.
            std::fs::rename(&backup.folder, &going).map_err(files::failed("remove", &backup.folder))?;
            std::fs::remove_dir_all(&going).map_err(files::failed("remove", &going))?;
            removed.push(backup.name);
        }
        if !removed.is_empty() {
            files::sync_folder(&self.dir)?;
        }
        Ok(removed)
    }
}

impl Retention {
    /// Of backups, newest first, those that need not stay.
    fn outlived(self, backups: Vec<Backup>, now: Timestamp) -> Vec<Backup> {
        let good = backups.into_iter().filter(|backup| matches!(backup.state, State::Verified { .. }));
        let age = TimeDelta::days(self.keep_days.into());
        good.skip(self.keep_count.max(1))
            .filter(|backup| backup.created_at().is_some_and(|made| now - made > age))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn backup(day: i64, state: State) -> Backup {
        let made = DateTime::from_timestamp(1_700_000_000, 0).unwrap() + TimeDelta::days(day);
        Backup {
            name: made.format("matinee-%Y%m%dT%H%M%SZ").to_string(),
            folder: "nowhere".into(),
            state,
            manifest: None,
        }
    }

    fn outlived(keep_count: usize, keep_days: u32, backups: &[(i64, bool)]) -> Vec<i64> {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap() + TimeDelta::days(100);
        let of = |&(day, good): &(i64, bool)| {
            backup(day, if good { State::Verified { at: now } } else { State::Unverified })
        };
        let outlived = Retention { keep_count, keep_days }.outlived(backups.iter().map(of).collect(), now);
        outlived.iter().map(|backup| (backup.created_at().unwrap() - (now - TimeDelta::days(100))).num_days()).collect()
    }

    #[test]
    fn a_backup_goes_when_it_is_neither_among_the_newest_nor_young() {
        let all = [(100, true), (99, true), (98, true), (60, true), (50, true)];
        assert_eq!(outlived(2, 0, &all), [98, 60, 50]);
        assert_eq!(outlived(2, 30, &all), [60, 50]);
        assert_eq!(outlived(4, 30, &all), [50]);
        assert_eq!(outlived(9, 0, &all), [0_i64; 0]);
    }

    #[test]
    fn the_last_good_backup_never_goes() {
        assert_eq!(outlived(0, 0, &[(10, true)]), [0_i64; 0]);
        assert_eq!(outlived(1, 0, &[(90, false), (80, false), (10, true)]), [0_i64; 0]);
    }

    #[test]
    fn what_is_not_known_to_be_good_is_not_touched() {
        assert_eq!(outlived(1, 0, &[(100, true), (20, false), (10, true)]), [10]);
    }
}
