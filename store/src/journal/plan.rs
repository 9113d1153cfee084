//! What a rollback has to do, from the entries of the change sets that it takes back.
//!
//! The entries on each row are collected with all others that the row has had since: [`standing`] tells what the row is
//! to become, and what stands in the way.

use std::collections::{BTreeMap, HashMap, HashSet};

use matinee_domain::ChangeSetId;
use matinee_services::{
    ports::{Obstacle, SelectBy, Selection},
    provenance::Provenance,
};
use sea_orm::{
    ConnectionTrait,
    prelude::Uuid,
    sea_query::{Expr, ExprTrait, Order},
};
use serde_json::Value as Json;

use super::{
    change::{PackedKeys, Row},
    entries,
    reading::{ENTRY_COLUMNS, EntryRow, current},
    selecting::{Links, latest_first, subject_of},
    standing::{self, Step, Undoing},
    tables::{self, Table},
};
use crate::{
    entities::{change_sets, changes},
    failure::{Failure, Outcome, not_found},
    sql::{MAX_LISTED, fetch, fetch_tuple, fetch_tuples, listed},
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
    /// Its changes since the earliest that is taken back, in order once [`complete`] has been there.
    steps: Vec<Step>,
    /// What it is to become; none where it is to go.
    pub target: Option<Row>,
    pub obstacle: Option<Obstacle>,
}

impl PlannedRow {
    fn new(subject: Option<Uuid>) -> Self {
        Self { subject, steps: Vec::new(), target: None, obstacle: None }
    }

    /// One that was added in bulk.
    pub fn added(subject: Option<Uuid>, bulk: &AddedRows) -> Self {
        Self { steps: vec![bulk.step()], ..Self::new(subject) }
    }

    /// The version that it must have now; none where it must not be there.
    pub fn expected(&self) -> Option<i64> {
        self.steps.last().and_then(|step| step.after)
    }

    /// The last version that it had: what comes back gets the next one.
    pub fn last_version(&self) -> i64 {
        self.steps.last().map_or(0, Step::last_version)
    }

    fn first(&self) -> Option<(Uuid, i64)> {
        self.steps.iter().map(|step| (step.set, step.position)).min()
    }
}

/// Rows of one table, by key.
pub(super) type PlannedRows = HashMap<Vec<Json>, PlannedRow>;

/// Rows that one entry added in bulk.
#[derive(Debug)]
pub(super) struct AddedRows {
    pub table: &'static Table,
    set: Uuid,
    position: i64,
    /// Of all but those that later entries changed; none where that is all of them.
    keys: Option<PackedKeys>,
}

impl AddedRows {
    fn step(&self) -> Step {
        Step { set: self.set, position: self.position, before: None, after: Some(1) }
    }

    /// The rows' keys. They are read when they are needed: those of a large import are a gigabyte.
    pub async fn keys(&self, db: &impl ConnectionTrait) -> Outcome<Vec<Vec<Json>>> {
        use changes::Column::{AddedKeys, ChangeSet, Position};
        if let Some(keys) = &self.keys {
            return keys.unpack(self.table);
        }
        let select = entries::select()
            .column(AddedKeys)
            .and_where(Expr::col(ChangeSet).eq(self.set))
            .and_where(Expr::col(Position).eq(self.position))
            .take();
        let keys = fetch_tuple::<(Option<Vec<u8>>,)>(db, &select).await?.and_then(|(keys,)| keys);
        PackedKeys(keys.unwrap_or_default()).unpack(self.table)
    }
}

/// A rollback before it is made.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Latest first.
    pub change_sets: Vec<Uuid>,
    selected: HashSet<Uuid>,
    links: Links,
    pub rows: BTreeMap<&'static str, PlannedRows>,
    /// Rows added in bulk that no later entry of these change sets changed: they are to go.
    pub added: Vec<AddedRows>,
}

impl Plan {
    /// # Errors
    /// `NotFound` when a change set is named that isn't there.
    pub async fn make(db: &impl ConnectionTrait, which: &Selection) -> Outcome<Self> {
        let links = Links::load(db).await?;
        let change_sets = find_change_sets(db, which, &links).await?;
        let selected = change_sets.iter().copied().collect();
        let mut plan = Self { change_sets, selected, links, ..Self::default() };
        let subject = subject_of(which);
        for sets in plan.change_sets.clone().chunks(SETS_AT_ONCE) {
            let mut before: Option<(Uuid, i64)> = None;
            loop {
                let entries = read_entries(db, sets, subject, before).await?;
                before = entries.last().map(|entry| (entry.change_set, entry.position));
                let is_last = (entries.len() as u64) < ENTRIES_AT_ONCE;
                for entry in &entries {
                    plan.take(db, entry).await?;
                }
                if is_last {
                    break;
                }
            }
        }
        let mut rows = std::mem::take(&mut plan.rows);
        for (table, rows) in &mut rows {
            let table = tables::named(table).expect("entries of no other tables are taken");
            plan.complete(db, table, rows).await?;
        }
        plan.rows = rows;
        Ok(plan)
    }

    /// Takes an entry up. They come latest first.
    async fn take(&mut self, db: &impl ConnectionTrait, entry: &EntryRow) -> Outcome<()> {
        let table = entry.table()?;
        if table.is_secret {
            return Ok(());
        }
        if entry.is_bulk() {
            let bulk = AddedRows { table, set: entry.change_set, position: entry.position, keys: None };
            return self.take_added(db, bulk).await;
        }
        let step = step_of(table, entry)?;
        // Nothing before and nothing after: somebody was erased, which stays so.
        if step.after.is_none() && step.before.is_none() {
            return Ok(());
        }
        let rows = self.rows.entry(table.name).or_default();
        rows.entry(entry.key()?).or_insert_with(|| PlannedRow::new(entry.subject)).steps.push(step);
        Ok(())
    }

    async fn take_added(&mut self, db: &impl ConnectionTrait, mut bulk: AddedRows) -> Outcome<()> {
        if let Some(rows) = self.rows.get_mut(bulk.table.name).filter(|rows| !rows.is_empty()) {
            let (keys, mut untouched) = (bulk.keys(db).await?, PackedKeys::default());
            for key in &keys {
                match rows.get_mut(key) {
                    Some(row) => row.steps.push(bulk.step()),
                    None => untouched.pack(bulk.table, key),
                }
            }
            bulk.keys = (untouched.count(bulk.table)? < keys.len() as u64).then_some(untouched);
        }
        self.added.push(bulk);
        Ok(())
    }

    /// Adds what others did to these rows since, and says what is to become of each. Those that are as they should be
    /// already are left out.
    pub async fn complete(
        &self,
        db: &impl ConnectionTrait,
        table: &'static Table,
        rows: &mut PlannedRows,
    ) -> Outcome<()> {
        self.add_steps_of_others(db, table, rows).await?;
        let mut ends_in_rollback = Vec::new();
        for (key, row) in rows.iter_mut() {
            row.steps.sort_unstable_by_key(|step| (step.set, step.position));
            if row.steps.last().is_some_and(|step| self.links.reverted_by(step.set).is_some()) {
                ends_in_rollback.push(key.clone());
            }
        }
        // What the last change left is the row itself; it matters where that was a rollback.
        let now = current(db, table, &ends_in_rollback).await?;
        rows.retain(|key, row| {
            let undoing = standing::undo(&row.steps, now.get(key), &self.links, &self.selected);
            let stands = undoing.is_some();
            if let Some(Undoing { target, obstacle }) = undoing {
                (row.target, row.obstacle) = (target, obstacle);
            }
            stands
        });
        Ok(())
    }

    /// Which of these subjects had changes in the table since rows of it were added in bulk.
    pub async fn subjects_changed_since(
        db: &impl ConnectionTrait,
        bulk: &AddedRows,
        subjects: HashSet<Uuid>,
    ) -> Outcome<HashSet<Uuid>> {
        use changes::Column::{ChangeSet, Subject, TableName};
        let mut changed = HashSet::new();
        for subjects in subjects.into_iter().collect::<Vec<_>>().chunks(MAX_LISTED) {
            let select = entries::select()
                .column(Subject)
                .distinct()
                .and_where(Expr::col(Subject).is_in(listed(subjects)))
                .and_where(Expr::col(ChangeSet).gt(bulk.set))
                .and_where_option(not_own(ChangeSet))
                .and_where(Expr::col(TableName).eq(bulk.table.name))
                .take();
            changed.extend(fetch_tuples::<(Uuid,)>(db, &select).await?.into_iter().map(|(subject,)| subject));
        }
        Ok(changed)
    }

    async fn add_steps_of_others(
        &self,
        db: &impl ConnectionTrait,
        table: &'static Table,
        rows: &mut PlannedRows,
    ) -> Outcome<()> {
        let subjects: HashSet<Uuid> = rows.values().filter_map(|row| row.subject).collect();
        let Some((earliest, _)) = rows.values().filter_map(PlannedRow::first).min() else { return Ok(()) };
        let firsts: HashMap<Vec<Json>, Option<(Uuid, i64)>> =
            rows.iter().map(|(key, row)| (key.clone(), row.first())).collect();
        let subjects: Vec<Uuid> = subjects.into_iter().collect();
        for subjects in subjects.chunks(MAX_LISTED) {
            use changes::Column::{ChangeSet, Subject, TableName};
            let select = entries::select()
                .columns(ENTRY_COLUMNS)
                .and_where(Expr::col(Subject).is_in(listed(subjects)))
                .and_where(Expr::col(ChangeSet).gt(earliest))
                .and_where_option(not_own(ChangeSet))
                .and_where(Expr::col(TableName).eq(table.name))
                .take();
            for entry in fetch::<EntryRow>(db, &select).await? {
                if self.selected.contains(&entry.change_set) {
                    continue;
                }
                let key = entry.key()?;
                let is_later = firsts.get(&key).is_some_and(|first| *first < Some((entry.change_set, entry.position)));
                if let Some(row) = rows.get_mut(&key).filter(|_| is_later) {
                    row.steps.push(step_of(table, &entry)?);
                }
            }
        }
        Ok(())
    }
}

/// What the rollback itself has kept by now is nobody else's doing.
fn not_own(column: changes::Column) -> Option<Expr> {
    Provenance::current().change_set.map(|own| Expr::col(column).ne(own))
}

fn step_of(table: &'static Table, entry: &EntryRow) -> Outcome<Step> {
    let before = match (&entry.image_before, entry.version_before) {
        (Some(image), Some(version)) => Some(Row::from_image(table, image, version)?),
        _ => None,
    };
    Ok(Step { set: entry.change_set, position: entry.position, before, after: entry.version_after })
}

async fn find_change_sets(db: &impl ConnectionTrait, which: &Selection, links: &Links) -> Outcome<Vec<Uuid>> {
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
    // What is taken back already stays so, unless that rollback is itself to be taken back.
    let taken_back = links.taken_back_by_others(&ids.iter().copied().collect());
    ids.retain(|id| !taken_back.contains(id));
    Ok(ids)
}

/// Entries of these change sets without keys of what was added in bulk, latest first, from before this one on.
async fn read_entries(
    db: &impl ConnectionTrait,
    sets: &[Uuid],
    subject: Option<Uuid>,
    before: Option<(Uuid, i64)>,
) -> Outcome<Vec<EntryRow>> {
    use changes::Column::{AddedKeys, ChangeSet, Position, Subject};
    let earlier = before.map(|(set, position)| {
        Expr::col(ChangeSet).lt(set).or(Expr::col(ChangeSet).eq(set).and(Expr::col(Position).lt(position)))
    });
    let select = entries::select()
        .columns(ENTRY_COLUMNS.into_iter().filter(|column| !matches!(column, AddedKeys)))
        .expr_as(Expr::val(None::<Vec<u8>>), AddedKeys)
        .and_where(Expr::col(ChangeSet).is_in(listed(sets)))
        .and_where_option(subject.map(|subject| Expr::col(Subject).eq(subject)))
        .and_where_option(earlier)
        .order_by(ChangeSet, Order::Desc)
        .order_by(Position, Order::Desc)
        .limit(ENTRIES_AT_ONCE)
        .take();
    fetch(db, &select).await
}
