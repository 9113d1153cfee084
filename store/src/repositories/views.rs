//! Views, several in one transaction: of all that people write, that they looked at a film is most.

use std::collections::{BTreeMap, HashMap, HashSet};

use matinee_services::ports::View;
use sea_orm::{
    ConnectionTrait, QueryResult, Value,
    sea_query::{Condition, Expr, ExprTrait, Query},
};
use uuid::Uuid;

use super::activity::key_of;
use crate::{
    entities::{Moment, activity, users},
    failure::{Outcome, not_found},
    given,
    journal::{self, Change, OwnSet, Row, Tx},
    sql::{among, fetch_tuples, moment},
};

/// Adds or moves on the row that was read, and no row that somebody else wrote meanwhile.
const OR_LATER: &str = "ON CONFLICT (\"user_id\", \"movie_id\", \"query\") DO UPDATE SET \"at\" = \"excluded\".\"at\", \
                        \"version\" = \"excluded\".\"version\" WHERE \"activity\".\"version\" = \"excluded\".\"version\" - 1 \
                        RETURNING \"user_id\", \"movie_id\", \"query\"";

/// Person, film, search.
type Key = (Uuid, Uuid, String);

/// Writes each of these that isn't there at its moment or a later one, and journals each by itself. What somebody else writes
/// at the same time stays as they wrote it.
pub(super) async fn put<C: ConnectionTrait + Send>(tx: &Tx<C>, views: &[View]) -> Outcome<()> {
    use activity::Column::{At, MovieId as Film, Query as Text, UserId as User, Version};
    let mut latest: BTreeMap<Key, (Moment, Option<&str>)> = BTreeMap::new();
    for View { user, movie, query, at, request_id } in views {
        let key = (user.0, movie.0, query.as_deref().unwrap_or_default().trim().to_owned());
        let this = (moment(*at), request_id.as_deref());
        let kept = latest.entry(key).or_insert(this);
        if kept.0.0 < this.0.0 {
            *kept = this;
        }
    }
    let people: HashSet<Uuid> = latest.keys().map(|(user, ..)| *user).collect();
    let keeping = who_keep_history(tx, people.into_iter().collect()).await?;
    latest.retain(|(user, ..), _| keeping.contains(user));
    if latest.is_empty() {
        return Ok(());
    }
    let there = find(tx, latest.keys()).await?;
    let (mut rows, mut own_sets): (Vec<[Value; 5]>, HashMap<Key, OwnSet>) = (Vec::new(), HashMap::new());
    for (key, (at, request_id)) in latest {
        let (version, change) = match there.get(&key) {
            Some(row) if moment_of(row).is_some_and(|kept| kept >= at.0.timestamp_millis()) => continue,
            Some(row) => (row.version + 1, Change::of(&journal::ACTIVITY, row, Some(row.version + 1))),
            None => (1, Change::added(&journal::ACTIVITY, key_of(key.0, key.1, &key.2), Some(key.0), 1)),
        };
        rows.push([key.0.into(), key.1.into(), key.2.clone().into(), at.into(), version.into()]);
        own_sets.insert(key.clone(), OwnSet { person: key.0, request_id: request_id.map(str::to_owned), change });
    }
    let columns = [User, Film, Text, At, Version];
    let written = match given::insert_returning(tx, activity::Entity, columns, &rows, OR_LATER).await {
        Err(failure) if failure.is_missing_parent() => {
            return Err(not_found("film", "among those that were looked at"));
        }
        written => written?,
    };
    let written = written.iter().map(QueryResult::try_get_many_by_index::<Key>).collect::<Result<Vec<_>, _>>()?;
    tx.keep_each(written.iter().filter_map(|key| own_sets.remove(key)).collect()).await
}

async fn who_keep_history(tx: &impl ConnectionTrait, people: Vec<Uuid>) -> Outcome<HashSet<Uuid>> {
    let select = Query::select()
        .column(users::Column::Id)
        .from(users::Entity)
        .and_where(among(Expr::col(users::Column::Id), &people))
        .and_where(Expr::col(users::Column::KeepsHistory).eq(true))
        .take();
    let keeping: Vec<(Uuid,)> = fetch_tuples(tx, &select).await?;
    Ok(keeping.into_iter().map(|(person,)| person).collect())
}

/// The rows that are there of these keys, and some others of the same people and films.
async fn find<'k, C: ConnectionTrait + Send>(
    tx: &Tx<C>,
    keys: impl Iterator<Item = &'k Key> + Clone,
) -> Outcome<HashMap<Key, Row>> {
    let people: HashSet<Uuid> = keys.clone().map(|(user, ..)| *user).collect();
    let films: HashSet<Uuid> = keys.map(|(_, film, _)| *film).collect();
    let [people, films] = [people, films].map(|ids| ids.into_iter().collect::<Vec<_>>());
    let these = Condition::all()
        .add(among(Expr::col(activity::Column::UserId), &people))
        .add(among(Expr::col(activity::Column::MovieId), &films));
    let rows = tx.select(&journal::ACTIVITY, these).await?;
    let keyed = rows.into_iter().filter_map(|row| {
        let [user, film] = ["user_id", "movie_id"].map(|name| row.get(&journal::ACTIVITY, name).as_str()?.parse().ok());
        let query = row.get(&journal::ACTIVITY, "query").as_str()?.to_owned();
        Some(((user?, film?, query), row))
    });
    Ok(keyed.collect())
}

/// In milliseconds.
fn moment_of(row: &Row) -> Option<i64> {
    row.get(&journal::ACTIVITY, "at").as_i64()
}
