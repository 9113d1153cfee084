//! Films' numbers in other catalogues: finding films by them, and adding more.

use std::collections::{HashMap, HashSet};

use matinee_domain::{ExternalId, ExternalSource};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, Query},
};
use uuid::Uuid;

use super::writing::insert_rows;
use crate::{
    entities::external_ids::{
        self,
        Column::{ExternalId as IdThere, MovieId as Film, Source},
    },
    failure::Outcome,
    journal::{self, Tx},
    sql::{MAX_LISTED, fetch_tuples, listed},
};

/// Films by what other catalogues call them.
#[derive(Default)]
pub(crate) struct Known<'a>(HashMap<(ExternalSource, &'a str), Uuid>);

impl<'a> Known<'a> {
    /// Looks these up: one query for each source and some thousands of ids.
    pub(crate) async fn find(tx: &impl ConnectionTrait, ids: Vec<(ExternalSource, &'a str)>) -> Outcome<Self> {
        let mut wanted: HashMap<ExternalSource, HashSet<&str>> = HashMap::new();
        for (source, id) in ids {
            wanted.entry(source).or_default().insert(id);
        }
        let mut known = HashMap::new();
        for (source, ids) in wanted {
            let list: Vec<&str> = ids.iter().copied().collect();
            for list in list.chunks(MAX_LISTED) {
                let select = Query::select()
                    .columns([IdThere, Film])
                    .from(external_ids::Entity)
                    .and_where(Expr::col(Source).eq(source.as_str()))
                    .and_where(Expr::col(IdThere).is_in(listed(list)))
                    .take();
                let rows: Vec<(String, Uuid)> = fetch_tuples(tx, &select).await?;
                known
                    .extend(rows.into_iter().filter_map(|(id, movie)| Some(((source, *ids.get(id.as_str())?), movie))));
            }
        }
        Ok(Self(known))
    }

    pub(crate) fn get(&self, source: ExternalSource, id: &str) -> Option<Uuid> {
        self.0.get(&(source, id)).copied()
    }

    /// The film of the first id that is known.
    pub(crate) fn first(&self, ids: &[ExternalId]) -> Option<Uuid> {
        ids.iter().find_map(|id| self.get(id.source, &id.id))
    }

    /// Takes ids in that are about to be written; those that are known already stay.
    pub(crate) fn learn(&mut self, ids: &'a [ExternalId], movie: Uuid) {
        for id in ids {
            self.0.entry((id.source, &id.id)).or_insert(movie);
        }
    }
}

/// Writes ids that are not known yet; an id of another film stays with that film. Returns how many were written.
pub(crate) async fn add<C: ConnectionTrait + Send>(tx: &Tx<C>, ids: &[(&ExternalId, Uuid)]) -> Outcome<u64> {
    let mut seen = HashSet::new();
    let mut ids: Vec<_> = ids.iter().filter(|(id, _)| seen.insert((id.source, id.id.as_str()))).collect();
    // In the order of the key, as files mostly are, so that neighbours land on the same page of the database.
    ids.sort_unstable_by_key(|(id, _)| (id.source.as_str(), id.id.as_str()));
    let rows = ids
        .into_iter()
        .map(|(id, movie)| [id.source.as_str().into(), id.id.as_str().into(), (*movie).into()])
        .collect();
    let columns = [Source, IdThere, Film];
    insert_rows(tx, &journal::EXTERNAL_IDS, columns, rows).await
}

pub(crate) async fn put<C: ConnectionTrait + Send>(tx: &Tx<C>, ids: &[(ExternalId, Vec<ExternalId>)]) -> Outcome<()> {
    let known = Known::find(tx, ids.iter().map(|(id, _)| (id.source, id.id.as_str())).collect()).await?;
    let mut rows = Vec::new();
    for (id, others) in ids {
        if let Some(movie) = known.get(id.source, &id.id) {
            rows.extend(others.iter().map(|other| (other, movie)));
        }
    }
    add(tx, &rows).await?;
    Ok(())
}
