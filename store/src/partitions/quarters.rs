//! History in partitions by quarter, so that what is too old goes with a file rather than row by row.
//!
//! Rows of history are keyed by their change set's id, a version 7 UUID (RFC 9562): its first 48 bits are the milliseconds
//! since 1970, so a range of ids is a range of time.

use chrono::{DateTime, Datelike, NaiveDate};
use matinee_domain::Timestamp;
use sea_orm::{ConnectionTrait, DatabaseConnection};
use uuid::Uuid;

use super::{PartitionError, quoted};

/// Three months of a year, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quarter {
    year: i32,
    /// 0–3.
    index: u32,
}

impl Quarter {
    /// The one that holds this moment.
    pub fn of(moment: Timestamp) -> Self {
        Self { year: moment.year(), index: moment.month0() / 3 }
    }

    #[must_use]
    pub const fn next(self) -> Self {
        if self.index == 3 {
            Self { year: self.year + 1, index: 0 }
        } else {
            Self { year: self.year, index: self.index + 1 }
        }
    }

    /// So many quarters earlier.
    #[must_use]
    pub const fn before(self, quarters: u32) -> Self {
        let all = self.year * 4 + self.index.cast_signed() - quarters.cast_signed();
        Self { year: all.div_euclid(4), index: all.rem_euclid(4).cast_unsigned() }
    }

    /// Its first moment.
    ///
    /// # Panics
    /// Never for a quarter that holds a moment.
    pub fn starts_at(self) -> Timestamp {
        let day = NaiveDate::from_ymd_opt(self.year, self.index * 3 + 1, 1).expect("every year has this month");
        DateTime::from_naive_utc_and_offset(day.and_hms_opt(0, 0, 0).expect("every day has midnight"), chrono::Utc)
    }

    /// The ids that were made in it: from the first, up to but without the second.
    ///
    /// # Panics
    /// As [`starts_at`](Self::starts_at).
    pub fn ids(self) -> (Uuid, Uuid) {
        (first_id(self.starts_at()), first_id(self.next().starts_at()))
    }

    /// The partition of a table that holds it: `changes_2026q4`.
    pub fn partition_of(self, table: &str) -> String {
        format!("{table}_{}q{}", self.year, self.index + 1)
    }

    /// The quarter whose partition of a table has this name, if it is one.
    pub fn of_partition(table: &str, name: &str) -> Option<Self> {
        let (year, quarter) = name.strip_prefix(table)?.strip_prefix('_')?.split_once('q')?;
        let index = quarter.parse::<u32>().ok()?.checked_sub(1)?;
        Some(Self { year: year.parse().ok()?, index })
            .filter(|quarter| quarter.partition_of(table) == name && index < 4)
    }
}

/// The least id of version 7 that could have been made at a moment.
fn first_id(moment: Timestamp) -> Uuid {
    let milliseconds = u128::try_from(moment.timestamp_millis()).unwrap_or(0);
    Uuid::from_u128(milliseconds << 80 | 0x7 << 76 | 0b10 << 62)
}

pub(super) async fn ensure(
    db: &DatabaseConnection,
    table: &str,
    now: Timestamp,
    ahead: u32,
) -> Result<Vec<String>, PartitionError> {
    let mut quarter = Quarter::of(now);
    let mut names = Vec::new();
    for _ in 0..=ahead {
        let (name, (from, to)) = (quarter.partition_of(table), quarter.ids());
        db.execute_unprepared(&format!(
            "CREATE TABLE IF NOT EXISTS {} PARTITION OF {} FOR VALUES FROM ('{from}') TO ('{to}')",
            quoted(&name),
            quoted(table)
        ))
        .await?;
        names.push(name);
        quarter = quarter.next();
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_quarter_holds_the_ids_that_were_made_in_it() {
        let quarter = Quarter::of(at("2026-11-25T19:00:00Z"));
        assert_eq!(quarter.partition_of("changes"), "changes_2026q4");
        assert_eq!(Quarter::of_partition("changes", "changes_2026q4"), Some(quarter));
        let others = ["changes_other", "changes_2026q5", "changes_2026q0", "changes_26q04", "change_sets_2026q4"];
        assert!(others.iter().all(|name| Quarter::of_partition("changes", name).is_none()));
        assert_eq!(quarter.starts_at(), at("2026-10-01T00:00:00Z"));
        let (from, to) = quarter.ids();
        let made = |moment: &str, rest: u128| {
            let id = first_id(at(moment)).as_u128() | rest;
            (from..to).contains(&Uuid::from_u128(id))
        };
        assert!(made("2026-10-01T00:00:00Z", 0) && made("2026-12-31T23:59:59.999Z", u128::MAX >> 66));
        assert!(!made("2026-09-30T23:59:59.999Z", u128::MAX >> 66) && !made("2027-01-01T00:00:00Z", 0));
        assert_eq!(from.get_version_num(), 7);
    }

    #[test]
    fn quarters_follow_each_other_over_the_years() {
        let last = Quarter::of(at("2026-12-31T23:59:59Z"));
        assert_eq!(last.next().partition_of("c"), "c_2027q1");
        assert_eq!(last.before(5).partition_of("c"), "c_2025q3");
        assert_eq!(last.next().before(1), last);
    }
}
