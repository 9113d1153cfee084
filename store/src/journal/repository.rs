//! The history port.

use async_trait::async_trait;
use matinee_domain::{ChangeSetId, MovieId, Timestamp};
use matinee_services::{
    ports::{
        ChangeSet, ChangedRow, FilmChanges, HistoryRepository, OnConflict, PruneReport, RatedFilms, RepositoryResult,
        Retention, RevertReport, SelectBy, Selection,
    },
    provenance::Provenance,
};
use sea_orm::{ConnectionTrait, prelude::Uuid, sea_query::Query};

use super::{
    following,
    plan::Plan,
    reading, retention,
    revert::{Reverting, may_stay},
    writing::Cause,
};
use crate::{Store, entities::reverts, failure::Outcome};

/// Change sets that one statement links.
const LINKS_AT_ONCE: usize = 1_000;

#[async_trait]
impl HistoryRepository for Store {
    async fn list(
        &self,
        which: &Selection,
        before: Option<ChangeSetId>,
        limit: u32,
    ) -> RepositoryResult<Vec<ChangeSet>> {
        self.read_bulk(async |db| reading::list(db, which, before, limit).await).await
    }

    async fn lookup(&self, id: ChangeSetId) -> RepositoryResult<Option<ChangeSet>> {
        let this = Selection { by: SelectBy::ChangeSet(id), since: None };
        Ok(self.read(async |db| reading::list(db, &this, None, 1).await).await?.pop())
    }

    async fn has_changed(&self, request_id: &str, since: Timestamp) -> RepositoryResult<bool> {
        self.read(async |db| reading::has_changed(db, request_id, since).await).await
    }

    async fn list_rows(&self, id: ChangeSetId, from: u64, limit: u32) -> RepositoryResult<Vec<ChangedRow>> {
        self.read_bulk(async |db| reading::list_rows(db, id, None, from, limit).await).await
    }

    async fn list_rows_of_film(&self, id: ChangeSetId, film: MovieId, limit: u32) -> RepositoryResult<Vec<ChangedRow>> {
        self.read_bulk(async |db| reading::list_rows(db, id, Some(film.0), 0, limit).await).await
    }

    async fn revert(
        &self,
        which: &Selection,
        on_conflict: OnConflict,
        dry_run: bool,
    ) -> RepositoryResult<RevertReport> {
        let mut provenance = Provenance::current();
        // Known beforehand, so that it can be linked to what it takes back.
        let id = provenance.change_set.unwrap_or_else(|| self.new_change_set_id().0);
        provenance.change_set = Some(id);
        let on_conflict = &on_conflict;
        let stays = |report: &RevertReport| may_stay(report, on_conflict, dry_run);
        let work = self.write_rollback(Cause::system("revert"), stays, |tx| async move {
            let plan = Plan::make(&*tx, which).await?;
            let report = Reverting::make(&*tx, plan, on_conflict).await?;
            link(&*tx, id, &report).await?;
            Ok(report)
        });
        let report = provenance.scope(work).await?;
        let change_set = stays(&report).then_some(ChangeSetId(id));
        Ok(RevertReport { change_set, ..report })
    }

    async fn list_film_changes(&self, since: Timestamp) -> RepositoryResult<FilmChanges> {
        self.read(async |db| following::film_changes(db, since).await).await
    }

    async fn list_rated_films(&self, since: Timestamp) -> RepositoryResult<RatedFilms> {
        self.read(async |db| following::rated_films(db, since).await).await
    }

    async fn prune(&self, keep: Retention, dry_run: bool) -> RepositoryResult<PruneReport> {
        retention::prune(self, keep, dry_run).await
    }
}

async fn link(tx: &impl ConnectionTrait, id: Uuid, report: &RevertReport) -> Outcome<()> {
    for reverted in report.reverted.chunks(LINKS_AT_ONCE) {
        let mut insert = Query::insert();
        insert.into_table(reverts::Entity).columns([reverts::Column::ChangeSet, reverts::Column::Reverted]);
        for set in reverted {
            insert.values_panic([id.into(), set.0.into()]);
        }
        tx.execute(&insert).await?;
    }
    Ok(())
}
