//! How people tuned their lists.

use async_trait::async_trait;
use matinee_domain::{KnobChange, Knobs, UserId};
use matinee_services::ports::{KnobRepository, RepositoryResult};
use sea_orm::{
    ConnectionTrait, Value,
    sea_query::{Expr, ExprTrait, IntoCondition, Query},
};
use serde_json::Value as Json;
use uuid::Uuid;

use super::accounts::lock;
use crate::{
    Store,
    entities::knobs,
    failure::{Outcome, damaged, not_found},
    journal::{self, Cause},
    sql::fetch_tuple,
};

use knobs::Column::{Diversity, ExcludedGenres, HideSeen, Popularity, Recency, UserId as Owner};

#[async_trait]
impl KnobRepository for Store {
    async fn get_knobs(&self, user: UserId) -> RepositoryResult<Knobs> {
        self.read(async |db| get(db, user.0).await).await
    }

    async fn set_knobs(&self, user: UserId, knobs: &Knobs) -> RepositoryResult<()> {
        let values = &columns(knobs);
        self.write(Cause::by(user.0, "tune"), |tx| async move {
            // Whoever turns them at the same time waits.
            lock(&*tx, user.0).await?;
            let theirs = Expr::col(Owner).eq(user.0).into_condition();
            if let Some(kept) = tx.select(&journal::KNOBS, theirs).await?.pop() {
                if get(&*tx, user.0).await? == *knobs {
                    return Ok(());
                }
                let mut update = Query::update();
                for (column, value) in values.clone() {
                    update.value(column, value);
                }
                tx.update_one(&journal::KNOBS, update, &kept).await?;
                return Ok(());
            }
            if knobs.is_neutral() {
                return Ok(());
            }
            let mut insert = Query::insert();
            let (names, values): (Vec<_>, Vec<_>) = values.iter().cloned().unzip();
            let values = [user.0.into()].into_iter().chain(values.into_iter().map(Into::into));
            insert.into_table(knobs::Entity).columns([Owner].into_iter().chain(names)).values_panic(values);
            let key: Vec<Json> = vec![user.0.to_string().into()];
            match tx.insert_one(&journal::KNOBS, insert, key, user.0).await {
                Ok(_) => Ok(()),
                Err(failure) if failure.is_missing_parent() => Err(not_found("person", user)),
                Err(failure) => Err(failure),
            }
        })
        .await
    }
}

/// The neutral ones for whoever tuned nothing.
pub(super) async fn get(db: &impl ConnectionTrait, user: Uuid) -> Outcome<Knobs> {
    let select = Query::select()
        .columns([Popularity, Recency, Diversity, HideSeen, ExcludedGenres])
        .from(knobs::Entity)
        .and_where(Expr::col(Owner).eq(user))
        .take();
    let row: Option<(i16, i16, i16, bool, String)> = fetch_tuple(db, &select).await?;
    let Some((popularity, recency, diversity, hide_seen, genres)) = row else { return Ok(Knobs::default()) };
    kept(user, [popularity, recency, diversity].map(i64::from), hide_seen, &genres)
}

/// Knobs as they are kept: popularity, recency and diversity; genres as JSON.
pub(super) fn kept(user: Uuid, places: [i64; 3], hide_seen: bool, genres: &str) -> Outcome<Knobs> {
    let genres = serde_json::from_str(genres).map_err(|error| damaged("knobs of", user, error))?;
    // What is out of 16 bits is out of range all the more.
    let [popularity, recency, diversity] = places.map(|place| Some(i16::try_from(place).unwrap_or(i16::MAX)));
    let kept = KnobChange { popularity, recency, diversity, hide_seen: Some(hide_seen), excluded_genres: Some(genres) };
    let wrong = |fields: Vec<_>| damaged("knobs of", user, format!("{fields:?}"));
    Knobs::default().changed(kept).map_err(wrong)
}

fn columns(knobs: &Knobs) -> [(knobs::Column, Value); 5] {
    let genres = Json::from(knobs.excluded_genres.clone()).to_string();
    [
        (Popularity, knobs.popularity.place().into()),
        (Recency, knobs.recency.place().into()),
        (Diversity, knobs.diversity.place().into()),
        (HideSeen, knobs.hide_seen.into()),
        (ExcludedGenres, genres.into()),
    ]
}
