//! Taking change sets back. A rollback is a change set like any other, so it can be taken back too.
//!
//! It runs as one transaction: rows go children first, then rows come back or change parents first, then the statistics of
//! the films concerned are computed anew. A dry run does the same and abandons the transaction.

use std::collections::{BTreeSet, HashMap, HashSet};

use matinee_domain::ChangeSetId;
use matinee_services::ports::{Conflict, Obstacle, OnConflict, PlannedRow as Listed, RevertReport, Step};
use sea_orm::{
    ConnectionTrait,
    prelude::Uuid,
    sea_query::{Condition, Expr, ExprTrait, Query},
};
use serde_json::Value as Json;

use super::{
    change::{Row, key_text, uuid_of},
    plan::{AddedRows, Plan, PlannedRow, PlannedRows},
    tables::{self, MOVIES, RATINGS, Table, USERS},
    tx::{KEYS_AT_ONCE, Tx, all_columns, key_is, keys_of},
};
use crate::{
    entities::change_sets,
    failure::{Outcome, damaged},
    repositories::statistics::{self, Shifts},
    sql::{MAX_LISTED, among, count, fetch_tuple, fetch_tuples},
};

/// A rollback under way.
pub(super) struct Reverting<'t, C> {
    tx: &'t Tx<C>,
    on_conflict: &'t OnConflict,
    report: RevertReport,
    /// Films whose statistics are computed anew.
    films: BTreeSet<Uuid>,
    /// Ratings that go or come back, where each counted in its film's statistics at once.
    shifts: Shifts,
    counts_at_once: bool,
}

impl<'t, C: ConnectionTrait + Send> Reverting<'t, C> {
    /// Makes what `plan` says, and reports. Whether it may stay is the caller's to say.
    pub async fn make(tx: &'t Tx<C>, plan: Plan, on_conflict: &'t OnConflict) -> Outcome<RevertReport> {
        let reverted = plan.change_sets.iter().copied().map(ChangeSetId).collect();
        let report = RevertReport { reverted, ..RevertReport::default() };
        let counts_at_once = plan.added.is_empty() && !is_import_of_many(tx, &plan.change_sets).await?;
        let (films, shifts) = (BTreeSet::new(), Shifts::default());
        let mut this = Self { tx, on_conflict, report, films, shifts, counts_at_once };
        for table in tables::ALL.into_iter().rev() {
            this.remove_rows(table, &plan).await?;
        }
        for table in tables::ALL {
            this.put_rows_back(table, &plan).await?;
        }
        this.follow_with_statistics().await?;
        Ok(this.report)
    }

    /// To count a film's ratings anew is exact whatever was there, and of some thousand films it is to go through most ratings that
    /// there are: what a person rated is shifted then, as it was when they rated it.
    async fn follow_with_statistics(&mut self) -> Outcome<()> {
        // What is put back by force may have been changed by an import that has not counted it yet.
        let are_counted = self.counts_at_once && self.films.is_empty() && self.report.overridden == 0;
        if are_counted && self.shifts.films().len() > statistics::FILMS_ONE_BY_ONE {
            return self.shifts.make(self.tx).await;
        }
        self.films.extend(self.shifts.films());
        statistics::recompute_films(self.tx, &self.films).await
    }

    async fn remove_rows(&mut self, table: &'static Table, plan: &Plan) -> Outcome<()> {
        let going: Vec<_> =
            plan.rows.get(table.name).into_iter().flatten().filter(|(_, row)| row.target.is_none()).collect();
        for rows in going.chunks(KEYS_AT_ONCE) {
            let keys: Vec<Vec<Json>> = rows.iter().map(|(key, _)| (*key).clone()).collect();
            let now = self.held(table, &keys).await?;
            let mut going = Vec::with_capacity(rows.len());
            for (key, row) in rows {
                let found = now.get(*key);
                if self.may_go_on(table, key, row, found) {
                    going.extend(found);
                }
            }
            self.remove_all(table, &going).await?;
        }
        for bulk in plan.added.iter().filter(|bulk| bulk.table.name == table.name) {
            for keys in bulk.keys(self.tx).await?.chunks(KEYS_AT_ONCE) {
                self.remove_added(plan, bulk, keys).await?;
            }
        }
        Ok(())
    }

    /// Rows that were added in bulk: as long as they are as they were added, or what was done to them was taken back. One that somebody
    /// removed and made again is of version 1, too, so the version alone does not tell.
    async fn remove_added(&mut self, plan: &Plan, bulk: &AddedRows, keys: &[Vec<Json>]) -> Outcome<()> {
        let table = bulk.table;
        let now = self.held(table, keys).await?;
        // One that is gone already is as it should be.
        let found: Vec<_> = keys.iter().filter_map(|key| Some((key, now.get(key)?))).collect();
        let subjects = found.iter().filter_map(|(_, row)| row.subject(table)).collect();
        let touched = Plan::subjects_changed_since(self.tx, bulk, subjects).await?;
        let is_touched = |row: &Row| row.subject(table).is_some_and(|subject| touched.contains(&subject));
        let changed = found.iter().filter(|(_, row)| row.version != 1 || is_touched(row));
        let mut changed: PlannedRows =
            changed.map(|(key, row)| ((*key).clone(), PlannedRow::added(row.subject(table), bulk))).collect();
        plan.complete(self.tx, table, &mut changed).await?;
        let mut going = Vec::with_capacity(found.len());
        for (key, row) in found {
            let may_go = match changed.get(key) {
                Some(planned) => self.may_go_on(table, key, planned, Some(row)),
                None if row.version == 1 && !is_touched(row) => true,
                None => self.overcome(table, key, Obstacle::ChangedSince),
            };
            if may_go {
                going.push(row);
            }
        }
        self.remove_all(table, &going).await
    }

    /// [`KEYS_AT_ONCE`] rows at most as they are, by key, locked where the engine locks rows: what is decided of them holds until the end.
    async fn held(&self, table: &'static Table, keys: &[Vec<Json>]) -> Outcome<HashMap<Vec<Json>, Row>> {
        let any = keys.iter().try_fold(Condition::any(), |any, key| Outcome::Ok(any.add(key_is(table, key)?)))?;
        let rows = self.tx.select(table, any).await?;
        Ok(rows.into_iter().map(|row| (row.key(table), row)).collect())
    }

    /// Removes [`KEYS_AT_ONCE`] rows at most: those that no other row needs by one statement.
    async fn remove_all(&mut self, table: &'static Table, rows: &[&Row]) -> Outcome<()> {
        let ids: Vec<Uuid> = rows.iter().filter_map(|row| uuid_of(&row.values[0])).collect();
        let mut needed: HashSet<Uuid> = HashSet::new();
        for (child, column) in table.children() {
            let pointing = Query::select()
                .column(column.name)
                .distinct()
                .from(child.name)
                .and_where(among(Expr::col(column.name), &ids))
                .take();
            needed.extend(fetch_tuples::<(Uuid,)>(self.tx, &pointing).await?.into_iter().map(|(id,)| id));
        }
        let is_needed = |row: &&Row| uuid_of(&row.values[0]).is_some_and(|id| needed.contains(&id));
        let (needed, free): (Vec<&Row>, Vec<&Row>) = rows.iter().copied().partition(is_needed);
        for row in needed {
            self.remove(table, row).await?;
        }
        if free.is_empty() {
            return Ok(());
        }
        self.tx.delete(table, keys_of(table, free.iter().copied())?).await?;
        for row in free {
            self.concerns(table, Some(row), None);
            self.note(table, &row.key(table), Step::Remove);
        }
        Ok(())
    }

    async fn put_rows_back(&mut self, table: &'static Table, plan: &Plan) -> Outcome<()> {
        let coming: Vec<_> = plan.rows.get(table.name).into_iter().flatten().collect();
        let coming: Vec<_> =
            coming.into_iter().filter_map(|(key, row)| Some((key, row, row.target.as_ref()?))).collect();
        for rows in coming.chunks(KEYS_AT_ONCE) {
            let keys: Vec<Vec<Json>> = rows.iter().map(|(key, ..)| (*key).clone()).collect();
            let now = self.held(table, &keys).await?;
            for (key, row, target) in rows {
                let found = now.get(*key);
                if self.may_go_on(table, key, row, found) && self.has_its_place(table, key, target).await? {
                    self.put_back(table, key, row, target, found).await?;
                }
            }
        }
        Ok(())
    }

    /// Whether the row is as the change sets left it.
    fn may_go_on(&mut self, table: &Table, key: &[Json], row: &PlannedRow, found: Option<&Row>) -> bool {
        let is_expected = found.map(|found| found.version) == row.expected();
        match &row.obstacle {
            Some(obstacle) => self.overcome(table, key, obstacle.clone()),
            None if !is_expected => self.overcome(table, key, Obstacle::ChangedSince),
            None => true,
        }
    }

    /// Notes a conflict; returns whether to go on all the same.
    fn overcome(&mut self, table: &Table, key: &[Json], obstacle: Obstacle) -> bool {
        let key = key_text(table, key);
        let is_overridden = obstacle.may_be_forced() && self.on_conflict.forces(table.name, &key);
        self.report.conflict_count += 1;
        self.report.overridden += u64::from(is_overridden);
        if self.report.conflicts.len() < RevertReport::MAX_LISTED {
            self.report.conflicts.push(Conflict { table: table.name.to_owned(), key, obstacle });
        }
        is_overridden
    }

    fn note(&mut self, table: &Table, key: &[Json], step: Step) {
        match step {
            Step::Restore => self.report.restored += 1,
            Step::Change => self.report.changed += 1,
            Step::Remove => self.report.removed += 1,
        }
        if self.report.rows.len() < RevertReport::MAX_LISTED {
            self.report.rows.push(Listed { table: table.name.to_owned(), key: key_text(table, key), step });
        }
    }

    /// Removes a row, unless others need it; those go with it where that is forced.
    async fn remove(&mut self, table: &'static Table, row: &Row) -> Outcome<()> {
        let key = row.key(table);
        for (child, column) in table.children() {
            let pointing = || Expr::col(column.name).eq(uuid_of(&key[0]));
            let select =
                Query::select().expr(Expr::col("version").count()).from(child.name).and_where(pointing()).take();
            let pointing_rows = fetch_tuple::<(i64,)>(self.tx, &select).await?.map_or(0, |(rows,)| count(rows));
            if pointing_rows == 0 {
                continue;
            }
            // A session says nothing that is worth keeping its person for.
            if !child.is_secret {
                let obstacle = Obstacle::StillNeeded { table: child.name.to_owned(), rows: pointing_rows };
                if !self.overcome(table, &key, obstacle) {
                    return Ok(());
                }
            }
            let theirs = Condition::all().add(pointing());
            for gone in self.tx.select(child, theirs.clone()).await? {
                self.concerns(child, Some(&gone), None);
                self.note(child, &gone.key(child), Step::Remove);
            }
            self.tx.delete(child, theirs).await?;
        }
        self.tx.delete(table, key_is(table, &key)?).await?;
        self.concerns(table, Some(row), None);
        self.note(table, &key, Step::Remove);
        Ok(())
    }

    /// Whether what the row points to is there, and what must be its own is free.
    async fn has_its_place(&mut self, table: &'static Table, key: &[Json], target: &Row) -> Outcome<bool> {
        for &(column, parent) in table.parents {
            let Some(id) = uuid_of(&target.values[column]) else { continue };
            let select = Query::select().expr(Expr::val(1_i64)).from(parent).and_where(Expr::col("id").eq(id)).take();
            if fetch_tuple::<(i64,)>(self.tx, &select).await?.is_none() {
                return Ok(self.overcome(table, key, Obstacle::ParentGone { table: parent.to_owned() }));
            }
        }
        if table.name == USERS.name
            && let Some(email) = target.values[2].as_str()
        {
            let select = Query::select()
                .expr(Expr::val(1_i64))
                .from(USERS.name)
                .and_where(Expr::col("email").eq(email))
                .and_where(Expr::col("id").ne(uuid_of(&key[0])))
                .take();
            if fetch_tuple::<(i64,)>(self.tx, &select).await?.is_some() {
                return Ok(self.overcome(table, key, Obstacle::Taken { column: "email".to_owned() }));
            }
        }
        Ok(true)
    }

    async fn put_back(
        &mut self,
        table: &'static Table,
        key: &[Json],
        row: &PlannedRow,
        target: &Row,
        found: Option<&Row>,
    ) -> Outcome<()> {
        let values = table.columns.iter().zip(&target.values).map(|(column, value)| {
            let value = column.kind.value(value);
            value.ok_or_else(|| damaged("history of", table.name, format!("{} can't be read", column.name)))
        });
        let values = values.collect::<Outcome<Vec<_>>>()?;
        if found.is_some() {
            let mut update = Query::update();
            for (column, value) in table.columns.iter().zip(values).skip(table.key_len) {
                if !tables::lets_in(table, column) {
                    update.value(column.name, value);
                }
            }
            self.tx.update(table, update, key_is(table, key)?).await?;
            self.note(table, key, Step::Change);
        } else {
            let insert = Query::insert()
                .into_table(table.name)
                .columns(all_columns(table))
                .values_panic(values.into_iter().map(Expr::val).chain([Expr::val(row.last_version() + 1)]))
                .take();
            self.tx.insert(table, insert).await?;
            self.note(table, key, Step::Restore);
        }
        self.concerns(table, found, Some(target));
        Ok(())
    }

    /// Films' statistics follow what a row was and what it is.
    fn concerns(&mut self, table: &Table, before: Option<&Row>, after: Option<&Row>) {
        for (row, times) in [(before, -1), (after, 1)] {
            let Some(row) = row else { continue };
            if table.name == MOVIES.name {
                self.films.extend(uuid_of(&row.values[0]));
            } else if table.name == RATINGS.name
                && let Some(film) = uuid_of(&row.values[1])
            {
                let half_stars = row.get(table, "half_stars").as_i64().unwrap_or_default();
                self.shifts.count(film, half_stars, times);
            }
        }
    }
}

/// Whether an import of an operator is among these: it counts its ratings when it ends, which it may not have.
async fn is_import_of_many(db: &impl ConnectionTrait, sets: &[Uuid]) -> Outcome<bool> {
    use change_sets::Column::{ActorKind, Id, Reason};
    for sets in sets.chunks(MAX_LISTED) {
        let select = Query::select()
            .expr(Expr::val(1_i64))
            .from(change_sets::Entity)
            .and_where(among(Expr::col(Id), sets))
            .and_where(Expr::col(Reason).eq("import"))
            .and_where(Expr::col(ActorKind).ne("person"))
            .limit(1)
            .take();
        if fetch_tuple::<(i64,)>(db, &select).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether what was done may stay.
pub(super) fn may_stay(report: &RevertReport, on_conflict: &OnConflict, dry_run: bool) -> bool {
    !dry_run && !on_conflict.refuses(report) && changes_anything(report)
}

pub(super) fn changes_anything(report: &RevertReport) -> bool {
    report.restored + report.changed + report.removed > 0
}
