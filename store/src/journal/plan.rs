//! What a rollback has to do, from the entries of the change sets that it takes back.
//!
//! Entries are read latest first and folded row by row: a row is to become what it was before the earliest of them. In
//! between, each entry must have left the version that the next one found, or somebody else's change lies between them.

use std::collections::{BTreeMap, HashMap, HashSet};

use matinee_domain::ChangeSetId;
use matinee_services::ports::{Obstacle, SelectBy, Selection};
use sea_orm::{
    ConnectionTrait,
    prelude::Uuid,
    sea_query::{Expr, ExprTrait, Order},
};
use serde_json::Value as Json;

use super::{
    change::{PackedKeys, Row},
    entries,
    reading::{ENTRY_COLUMNS, EntryRow},
    selecting::{latest_first, subject_of, taken_back},
    tables::Table,
};
use crate::{
    entities::{change_sets, changes},
    failure::{Failure, Outcome, not_found},
    sql::{MAX_LISTED, fetch, fetch_tuples, listed},
};

/// Change sets that one rollback takes back at most.
const MAX_CHANGE_SETS: u64 = 100_000;

/// Change sets whose entries are read by one statement, and entries that it reads.
const SETS_AT_ONCE: usize = 256;
const ENTRIES_AT_ONCE: u64 = 4_000;

/// A row that single entries changed.
#[derive(Debug)]
pub(super) struct PlannedRow {
    pub subject: Option<Uuid>,
    /// The version that it must have now; none where it must not be there.
    pub expected: Option<i64>,
    /// The last version that it had before the latest entry: what comes back gets the next one.
    pub last_version: i64,
    /// What it is to become; none where it is to go.
    pub target: Option<Row>,
    /// The change set of the latest entry.
    pub latest: Uuid,
    /// The version that the earliest entry so far found.
    found: Option<i64>,
    pub obstacle: Option<Obstacle>,
}

/// A rollback before it is made.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Latest first.
    pub change_sets: Vec<Uuid>,
    pub rows: BTreeMap<&'static str, HashMap<Vec<Json>, PlannedRow>>,
    /// Rows added in bulk that no later entry changed: they are to go.
    pub added: Vec<(&'static Table, PackedKeys)>,
}

impl Plan {
    /// # Errors
    /// `NotFound` when a change set is named that isn't there.
    pub async fn make(db: &impl ConnectionTrait, which: &Selection) -> Outcome<Self> {
        let mut plan = Self { change_sets: find_change_sets(db, which).await?, ..Self::default() };
        let subject = subject_of(which);
        for sets in plan.change_sets.clone().chunks(SETS_AT_ONCE) {
            let mut before: Option<(Uuid, i64)> = None;
            loop {
                let entries = read_entries(db, sets, subject, before).await?;
                before = entries.last().map(|entry| (entry.change_set, entry.position));
                let is_last = (entries.len() as u64) < ENTRIES_AT_ONCE;
                entries.iter().try_for_each(|entry| plan.fold(entry))?;
                if is_last {
                    break;
                }
            }
        }
        Ok(plan)
    }

    fn fold(&mut self, entry: &EntryRow) -> Outcome<()> {
        let table = entry.table()?;
        if table.is_secret {
            return Ok(());
        }
        if let Some(keys) = entry.added() {
            return self.fold_added(table, keys);
        }
        let target = match (&entry.image_before, entry.version_before) {
            (Some(image), Some(version)) => Some(Row::from_image(table, image, version)?),
            _ => None,
        };
        // Nothing before and nothing after: somebody was erased, which stays so.
        if entry.version_after.is_none() && target.is_none() {
            return Ok(());
        }
        let rows = self.rows.entry(table.name).or_default();
        let row = rows.entry(entry.key()?).or_insert_with(|| PlannedRow {
            subject: entry.subject,
            expected: entry.version_after,
            last_version: Ord::max(entry.version_before.unwrap_or(0), entry.version_after.unwrap_or(0)),
            target: None,
            latest: entry.change_set,
            found: entry.version_after,
            obstacle: None,
        });
        if row.found != entry.version_after && row.obstacle.is_none() {
            row.obstacle = Some(Obstacle::ChangedBetween);
        }
        row.found = entry.version_before;
        row.target = target;
        Ok(())
    }

    fn fold_added(&mut self, table: &'static Table, keys: PackedKeys) -> Outcome<()> {
        let Some(rows) = self.rows.get_mut(table.name).filter(|rows| !rows.is_empty()) else {
            self.added.push((table, keys));
            return Ok(());
        };
        let mut untouched = PackedKeys::default();
        for key in keys.unpack(table)? {
            match rows.get_mut(&key) {
                Some(row) => {
                    if row.found != Some(1) && row.obstacle.is_none() {
                        row.obstacle = Some(Obstacle::ChangedBetween);
                    }
                    row.found = None;
                    row.target = None;
                }
                None => untouched.pack(table, &key),
            }
        }
        self.added.push((table, untouched));
        Ok(())
    }

    /// Marks rows that somebody changed after the latest change set that is taken back.
    pub async fn find_later_changes(&mut self, db: &impl ConnectionTrait) -> Outcome<()> {
        let selected: HashSet<Uuid> = self.change_sets.iter().copied().collect();
        for (&table, rows) in &mut self.rows {
            let subjects: HashSet<Uuid> = rows.values().filter_map(|row| row.subject).collect();
            let Some(earliest) = rows.values().map(|row| row.latest).min() else { continue };
            let subjects: Vec<Uuid> = subjects.into_iter().collect();
            for subjects in subjects.chunks(MAX_LISTED) {
                use changes::Column::{ChangeSet, RowKey, Subject, TableName};
                let select = entries::select()
                    .columns([ChangeSet, RowKey])
                    .and_where(Expr::col(Subject).is_in(listed(subjects)))
                    .and_where(Expr::col(ChangeSet).gt(earliest))
                    .and_where(Expr::col(TableName).eq(table))
                    .take();
                let later: Vec<(Uuid, String)> = fetch_tuples(db, &select).await?;
                for (set, key) in later {
                    let key: Vec<Json> = serde_json::from_str(&key).unwrap_or_default();
                    let Some(row) = rows.get_mut(&key).filter(|row| set > row.latest) else { continue };
                    if !selected.contains(&set) && row.obstacle.is_none() {
                        row.obstacle = Some(Obstacle::ChangedSince);
                    }
                }
            }
        }
        Ok(())
    }
}

async fn find_change_sets(db: &impl ConnectionTrait, which: &Selection) -> Outcome<Vec<Uuid>> {
    let select =
        latest_first(which).column((change_sets::Entity, change_sets::Column::Id)).limit(MAX_CHANGE_SETS + 1).take();
    let found: Vec<(Uuid,)> = fetch_tuples(db, &select).await?;
    if let (SelectBy::ChangeSet(ChangeSetId(id)), []) = (&which.by, found.as_slice()) {
        return Err(not_found("change set", id));
    }
    if found.len() as u64 > MAX_CHANGE_SETS {
        return Err(Failure::Port(matinee_services::ports::RepositoryError::TooMuch {
            what: "change sets in one rollback",
            limit: MAX_CHANGE_SETS,
        }));
    }
    let mut ids: Vec<Uuid> = found.into_iter().map(|(id,)| id).collect();
    // What is taken back already stays so. Of a whole span of time everything is taken back in turn, rollbacks too.
    if which.by != SelectBy::Everything {
        let taken_back: HashSet<Uuid> = taken_back(db).await?.into_iter().collect();
        ids.retain(|id| !taken_back.contains(id));
    }
    Ok(ids)
}

/// Entries of these change sets, latest first, from before this one on.
async fn read_entries(
    db: &impl ConnectionTrait,
    sets: &[Uuid],
    subject: Option<Uuid>,
    before: Option<(Uuid, i64)>,
) -> Outcome<Vec<EntryRow>> {
    use changes::Column::{ChangeSet, Position, Subject};
    let earlier = before.map(|(set, position)| {
        Expr::col(ChangeSet).lt(set).or(Expr::col(ChangeSet).eq(set).and(Expr::col(Position).lt(position)))
    });
    let select = entries::select()
        .columns(ENTRY_COLUMNS)
        .and_where(Expr::col(ChangeSet).is_in(listed(sets)))
        .and_where_option(subject.map(|subject| Expr::col(Subject).eq(subject)))
        .and_where_option(earlier)
        .order_by(ChangeSet, Order::Desc)
        .order_by(Position, Order::Desc)
        .limit(ENTRIES_AT_ONCE)
        .take();
    fetch(db, &select).await
}
