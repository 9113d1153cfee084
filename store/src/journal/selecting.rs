//! Which change sets, and which of their rows, are meant.

use std::collections::{BTreeMap, HashSet};

use matinee_domain::Timestamp;
use matinee_services::ports::{SelectBy, Selection};
use sea_orm::{
    ConnectionTrait,
    prelude::Uuid,
    sea_query::{Condition, Expr, ExprTrait, Order, Query, SelectStatement, UnionType},
};

use super::entries;
use crate::{
    entities::{change_sets, changes, reverts},
    failure::Outcome,
    sql::fetch_tuples,
};

/// The least id that a change set of this moment can have.
pub(super) fn first_id_at(at: Timestamp) -> Uuid {
    let millis = u128::try_from(at.timestamp_millis()).unwrap_or(0);
    // Version 7: 48 bits of milliseconds, then version and variant, all else zero.
    Uuid::from_u128(millis << 80 | 0x7 << 76 | 0b10 << 62)
}

/// Conditions on `change_sets`.
pub(super) fn change_sets_of(which: &Selection) -> Condition {
    use change_sets::Column::{Id, Note, Reason};
    let subject = |subject: Uuid| {
        let theirs = entries::select()
            .column(changes::Column::ChangeSet)
            .and_where(Expr::col(changes::Column::Subject).eq(subject))
            .take();
        Expr::col((change_sets::Entity, Id)).in_subquery(theirs)
    };
    let mut condition = Condition::all();
    if let Some(since) = which.since {
        condition = condition.add(Expr::col((change_sets::Entity, Id)).gte(first_id_at(since)));
    }
    match &which.by {
        SelectBy::Everything => condition,
        SelectBy::ChangeSet(id) => condition.add(Expr::col((change_sets::Entity, Id)).eq(id.0)),
        SelectBy::Movie(movie) => condition.add(subject(movie.0)),
        SelectBy::Person(user) => condition.add(subject(user.0)),
        SelectBy::Actor(user) => condition.add(Expr::col((change_sets::Entity, Id)).in_subquery(doings_of(user.0))),
        SelectBy::Import(note) => condition
            .add(Expr::col((change_sets::Entity, Reason)).eq("import"))
            .add(Expr::col((change_sets::Entity, Note)).eq(note.as_str())),
    }
}

/// Ids of what a person did: to what is theirs, and to what is not, by the index that each of these has.
pub(super) fn doings_of(person: Uuid) -> SelectStatement {
    let [to_theirs, elsewhere] = doings(person);
    let ids = |which: Condition| {
        Query::select().column(change_sets::Column::Id).from(change_sets::Entity).cond_where(which).take()
    };
    ids(to_theirs).union(UnionType::All, ids(elsewhere)).take()
}

/// Conditions on `change_sets` that hold for what a person did, never both.
pub(super) fn doings(person: Uuid) -> [Condition; 2] {
    use change_sets::Column::{Actor, Subject};
    let actor = || Condition::all().add(Expr::col(Actor).eq(person));
    [
        actor().add(Expr::col(Subject).eq(person)),
        // In the words of its index.
        actor().add(Expr::cust("actor IS DISTINCT FROM subject")),
    ]
}

/// The one subject whose rows are meant, where not all rows of the change sets are.
pub(super) fn subject_of(which: &Selection) -> Option<Uuid> {
    match which.by {
        SelectBy::Movie(movie) => Some(movie.0),
        SelectBy::Person(user) => Some(user.0),
        SelectBy::Everything | SelectBy::ChangeSet(_) | SelectBy::Actor(_) | SelectBy::Import(_) => None,
    }
}

/// Selected change sets, latest first.
pub(super) fn latest_first(which: &Selection) -> SelectStatement {
    Query::select()
        .from(change_sets::Entity)
        .cond_where(change_sets_of(which))
        .order_by((change_sets::Entity, change_sets::Column::Id), Order::Desc)
        .take()
}

/// Which change sets took which others back.
#[derive(Debug, Default)]
pub(super) struct Links(BTreeMap<Uuid, HashSet<Uuid>>);

impl Links {
    pub async fn load(db: &impl ConnectionTrait) -> Outcome<Self> {
        let select = Query::select()
            .columns([reverts::Column::ChangeSet, reverts::Column::Reverted])
            .from(reverts::Entity)
            .take();
        Ok(Self::of(fetch_tuples(db, &select).await?))
    }

    /// Pairs of a rollback and what it took back.
    pub fn of(pairs: impl IntoIterator<Item = (Uuid, Uuid)>) -> Self {
        let mut links = Self::default();
        for (revert, reverted) in pairs {
            links.0.entry(revert).or_default().insert(reverted);
        }
        links
    }

    /// What this one took back, if it is a rollback.
    pub fn reverted_by(&self, set: Uuid) -> Option<&HashSet<Uuid>> {
        self.0.get(&set)
    }

    /// What is taken back by a rollback that is none of `selected` and is not taken back itself.
    pub fn taken_back_by_others(&self, selected: &HashSet<Uuid>) -> HashSet<Uuid> {
        let (mut taken_back, mut by_others) = (HashSet::<Uuid>::new(), HashSet::new());
        // Later ones first: whether a rollback holds is known before what it took back is looked at.
        for (revert, reverted) in self.0.iter().rev() {
            if taken_back.contains(revert) {
                continue;
            }
            taken_back.extend(reverted);
            if !selected.contains(revert) {
                by_others.extend(reverted);
            }
        }
        by_others
    }
}
