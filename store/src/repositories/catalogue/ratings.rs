//! Taking ratings in, tens of thousands at a time.

use std::collections::{HashMap, hash_map::Entry};

use matinee_services::ports::ImportedRating;
use sea_orm::{
    ConnectionTrait,
    sea_query::{Condition, Expr, ExprTrait, Query},
};
use uuid::Uuid;

use super::{
    external_ids::Known,
    writing::{insert_rows, missing},
};
use crate::{
    entities::{
        Moment,
        ratings::{
            self,
            Column::{HalfStars, MovieId as Film, RatedAt, UserId as User},
        },
        users,
    },
    failure::Outcome,
    ids::rater_id,
    journal::{self, Tx},
    sql::{MAX_LISTED, fetch_tuples, listed},
};

/// Returns the indices of ratings whose film is not known.
pub(crate) async fn put<C: ConnectionTrait + Send>(
    tx: &Tx<C>,
    imported: &[ImportedRating],
    now: Moment,
) -> Outcome<Vec<usize>> {
    let known =
        Known::find(tx, imported.iter().map(|rating| (rating.movie.0, rating.movie.1.as_str())).collect()).await?;
    let mut raters: HashMap<(&str, &str), Uuid> = HashMap::new();
    let mut latest: HashMap<(Uuid, Uuid), (i64, i16)> = HashMap::with_capacity(imported.len());
    let mut unknown = Vec::new();
    for (index, rating) in imported.iter().enumerate() {
        let Some(movie) = known.get(rating.movie.0, &rating.movie.1) else {
            unknown.push(index);
            continue;
        };
        let rater =
            *raters.entry((rating.dataset, &rating.rater)).or_insert_with(|| rater_id(rating.dataset, &rating.rater).0);
        let this = (rating.at.timestamp_millis(), i16::from(rating.stars.half_stars()));
        match latest.entry((rater, movie)) {
            Entry::Vacant(entry) => {
                entry.insert(this);
            }
            Entry::Occupied(mut entry) => {
                let latest = entry.get_mut();
                *latest = this.max(*latest);
            }
        }
    }
    add_raters(tx, &raters, now).await?;
    add_ratings(tx, latest).await?;
    Ok(unknown)
}

async fn add_raters<C: ConnectionTrait + Send>(
    tx: &Tx<C>,
    raters: &HashMap<(&str, &str), Uuid>,
    now: Moment,
) -> Outcome<()> {
    use users::Column::{CreatedAt, Id, KeepsHistory, Name};
    let columns = [Id, Name, KeepsHistory, CreatedAt];
    let ids: Vec<Uuid> = raters.values().copied().collect();
    let unknown = missing(tx, &journal::USERS, &ids).await?;
    let rows = raters
        .iter()
        .filter(|(_, id)| unknown.contains(id))
        .map(|((dataset, rater), id)| [(*id).into(), format!("{dataset} {rater}").into(), false.into(), now.into()])
        .collect();
    insert_rows(tx, &journal::USERS, columns, rows).await?;
    Ok(())
}

/// Of two ratings the later stays, and the higher of two at one moment: the order of rows and of imports is no matter.
async fn add_ratings<C: ConnectionTrait + Send>(tx: &Tx<C>, ratings: HashMap<(Uuid, Uuid), (i64, i16)>) -> Outcome<()> {
    let mut rows: Vec<_> = ratings.iter().map(|(key, rating)| (*key, *rating)).collect();
    // In the order of the key, so that neighbours land on the same page of the file.
    rows.sort_unstable();
    let columns = [User, Film, HalfStars, RatedAt];
    let values: Vec<_> = rows
        .iter()
        .map(|((user, movie), (at, half_stars))| [(*user).into(), (*movie).into(), (*half_stars).into(), (*at).into()])
        .collect();
    let added = insert_rows(tx, &journal::RATINGS, columns, values).await?;
    if added == rows.len() as u64 {
        return Ok(());
    }
    // Some were there already, those that were just added among them; most are the same.
    for rows in rows.chunks(MAX_LISTED / 2) {
        let keys = rows.iter().map(|(key, _)| *key).collect::<Vec<_>>();
        let select = Query::select()
            .columns([User, Film, RatedAt, HalfStars].map(|column| (ratings::Entity, column)))
            .from_values(listed(&keys), "wanted")
            .inner_join(
                ratings::Entity,
                Expr::col((ratings::Entity, User))
                    .equals(("wanted", "column1"))
                    .and(Expr::col((ratings::Entity, Film)).equals(("wanted", "column2"))),
            )
            .take();
        let kept: Vec<(Uuid, Uuid, i64, i16)> = fetch_tuples(tx, &select).await?;
        for (user, movie, at, half_stars) in kept {
            let Some(new) = ratings.get(&(user, movie)).filter(|new| **new > (at, half_stars)) else { continue };
            let update = Query::update().value(RatedAt, new.0).value(HalfStars, new.1).take();
            let this = Condition::all().add(Expr::col(User).eq(user)).add(Expr::col(Film).eq(movie));
            tx.update(&journal::RATINGS, update, this).await?;
        }
    }
    Ok(())
}
