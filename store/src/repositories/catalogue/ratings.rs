//! Taking ratings in, tens of thousands at a time.

use std::collections::{HashMap, hash_map::Entry};

use matinee_services::ports::ImportedRating;
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};
use uuid::Uuid;

use super::{external_ids::Known, writing::insert_rows};
use crate::{
    entities::{
        Moment,
        ratings::{
            self,
            Column::{HalfStars, MovieId as Film, RatedAt, UserId as User, Version},
        },
        users,
    },
    failure::Outcome,
    ids::rater_id,
};

/// Returns the indices of ratings whose film is not known.
pub(crate) async fn put(tx: &impl ConnectionTrait, imported: &[ImportedRating], now: Moment) -> Outcome<Vec<usize>> {
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

async fn add_raters(tx: &impl ConnectionTrait, raters: &HashMap<(&str, &str), Uuid>, now: Moment) -> Outcome<()> {
    use users::Column::{CreatedAt, Id, KeepsHistory, Name};
    let insert = Query::insert().into_table(users::Entity).columns([Id, Name, KeepsHistory, CreatedAt]).take();
    let rows = raters
        .iter()
        .map(|((dataset, rater), id)| [(*id).into(), format!("{dataset} {rater}").into(), false.into(), now.into()])
        .collect();
    insert_rows(tx, &insert, rows, OnConflict::column(Id).do_nothing()).await?;
    Ok(())
}

/// Of two ratings the later stays, and the higher of two at one moment: the order of rows and of imports is no matter.
async fn add_ratings(tx: &impl ConnectionTrait, ratings: HashMap<(Uuid, Uuid), (i64, i16)>) -> Outcome<()> {
    let mut ratings: Vec<_> = ratings.into_iter().collect();
    // In the order of the key, so that neighbours land on the same page of the file.
    ratings.sort_unstable();
    let kept = |column| Expr::col((ratings::Entity, column));
    let new = |column: ratings::Column| Expr::col(("excluded", column));
    let later =
        new(RatedAt).gt(kept(RatedAt)).or(new(RatedAt).eq(kept(RatedAt)).and(new(HalfStars).gt(kept(HalfStars))));
    let on_conflict = OnConflict::columns([User, Film])
        .update_columns([HalfStars, RatedAt])
        .value(Version, kept(Version).add(1))
        .action_and_where(later)
        .to_owned();
    let insert = Query::insert().into_table(ratings::Entity).columns([User, Film, HalfStars, RatedAt]).take();
    let rows = ratings
        .into_iter()
        .map(|((user, movie), (at, half_stars))| [user.into(), movie.into(), half_stars.into(), at.into()])
        .collect();
    insert_rows(tx, &insert, rows, &on_conflict).await?;
    Ok(())
}
