//! People's ratings.

use async_trait::async_trait;
use matinee_domain::{
    MovieId, MyRating, Page, Stars, Timestamp, UserId,
    rating::{RatingFilter, RatingSort},
    title::match_key,
};
use matinee_services::ports::{RatingRepository, RepositoryResult};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Condition, Expr, ExprTrait, Func, Order, Query, SelectStatement},
};
use uuid::Uuid;

use super::{accounts, cards, statistics};
use crate::{
    Store,
    entities::{Moment, movies, ratings},
    failure::{Outcome, damaged, not_found},
    journal::{self, Cause, Tx},
    sql::{count, fetch_tuple, fetch_tuples, holding, moment},
};

/// The most ratings of one page.
const MAX_PAGE: u32 = 100;

#[async_trait]
impl RatingRepository for Store {
    async fn lookup(&self, user: UserId, movie: MovieId) -> RepositoryResult<Option<Stars>> {
        let kept = self.read(async |db| lookup(db, user, movie).await).await?;
        Ok(kept.map(|(stars, _)| stars))
    }

    async fn set(&self, user: UserId, movie: MovieId, stars: Stars, at: Timestamp) -> RepositoryResult<Option<Stars>> {
        self.write(Cause::by(user.0, "rate"), |tx| async move { set(&*tx, user, movie, stars, moment(at)).await }).await
    }

    async fn remove(&self, user: UserId, movie: MovieId) -> RepositoryResult<Option<Stars>> {
        self.write(Cause::by(user.0, "unrate"), |tx| async move { remove(&*tx, user, movie).await }).await
    }

    async fn list(&self, user: UserId, filter: &RatingFilter) -> RepositoryResult<Page<MyRating>> {
        self.read(async |db| list(db, user, filter).await).await
    }

    async fn count(&self, user: UserId) -> RepositoryResult<u64> {
        let select = Query::select()
            .expr(Expr::col(ratings::Column::MovieId).count())
            .from(ratings::Entity)
            .and_where(Expr::col(ratings::Column::UserId).eq(user.0))
            .take();
        let row: Option<(i64,)> = self.read(async |db| fetch_tuple(db, &select).await).await?;
        Ok(row.map_or(0, |(ratings,)| count(ratings)))
    }
}

/// Kept half stars as a rating.
pub(crate) fn stars(movie: Uuid, half_stars: i16) -> Outcome<Stars> {
    u8::try_from(half_stars)
        .ok()
        .and_then(|half_stars| Stars::from_half_stars(half_stars).ok())
        .ok_or_else(|| damaged("rating of film", movie, format!("{half_stars} half stars")))
}

async fn lookup(db: &impl ConnectionTrait, user: UserId, movie: MovieId) -> Outcome<Option<(Stars, Moment)>> {
    use ratings::Column::{HalfStars, MovieId as Film, RatedAt, UserId as User};
    let select = Query::select()
        .columns([HalfStars, RatedAt])
        .from(ratings::Entity)
        .and_where(Expr::col(User).eq(user.0))
        .and_where(Expr::col(Film).eq(movie.0))
        .take();
    let kept: Option<(i16, Moment)> = fetch_tuple(db, &select).await?;
    kept.map(|(half_stars, at)| Ok((stars(movie.0, half_stars)?, at))).transpose()
}

pub(super) async fn set<C: ConnectionTrait + Send>(
    tx: &Tx<C>,
    user: UserId,
    movie: MovieId,
    stars: Stars,
    at: Moment,
) -> Outcome<Option<Stars>> {
    accounts::lock(tx, user.0).await?;
    let kept = lookup(tx, user, movie).await?;
    let previous = kept.map(|(stars, _)| stars);
    if kept == Some((stars, at)) {
        return Ok(previous);
    }
    let new_film = i64::from(previous.is_none());
    let difference = i64::from(stars.half_stars()) - previous.map_or(0, |stars| i64::from(stars.half_stars()));
    if (new_film, difference) != (0, 0) && !statistics::shift(tx, movie, new_film, difference).await? {
        return Err(not_found("film", movie));
    }
    if previous.is_none() {
        add(tx, user, movie, stars, at).await?;
    } else {
        change(tx, user, movie, stars, at).await?;
    }
    Ok(previous)
}

async fn add<C: ConnectionTrait + Send>(
    tx: &Tx<C>,
    user: UserId,
    movie: MovieId,
    stars: Stars,
    at: Moment,
) -> Outcome<()> {
    use ratings::Column::{HalfStars, MovieId as Film, RatedAt, UserId as User};
    let insert = Query::insert()
        .into_table(ratings::Entity)
        .columns([User, Film, HalfStars, RatedAt])
        .values_panic([user.0.into(), movie.0.into(), i16::from(stars.half_stars()).into(), at.into()])
        .take();
    match tx.insert(&journal::RATINGS, insert).await {
        Ok(_) => Ok(()),
        // The film is there: its statistics have just been changed.
        Err(failure) if failure.is_missing_parent() => Err(not_found("person", user)),
        Err(failure) => Err(failure),
    }
}

async fn change<C: ConnectionTrait + Send>(
    tx: &Tx<C>,
    user: UserId,
    movie: MovieId,
    stars: Stars,
    at: Moment,
) -> Outcome<()> {
    use ratings::Column::{HalfStars, RatedAt};
    let update = Query::update().value(HalfStars, i16::from(stars.half_stars())).value(RatedAt, at).take();
    tx.update(&journal::RATINGS, update, one(user, movie)).await?;
    Ok(())
}

pub(super) async fn remove<C: ConnectionTrait + Send>(
    tx: &Tx<C>,
    user: UserId,
    movie: MovieId,
) -> Outcome<Option<Stars>> {
    accounts::lock(tx, user.0).await?;
    let Some((stars, _)) = lookup(tx, user, movie).await? else { return Ok(None) };
    tx.delete(&journal::RATINGS, one(user, movie)).await?;
    statistics::shift(tx, movie, -1, -i64::from(stars.half_stars())).await?;
    Ok(Some(stars))
}

/// One person's rating of one film.
fn one(user: UserId, movie: MovieId) -> Condition {
    use ratings::Column::{MovieId as Film, UserId as User};
    Condition::all().add(Expr::col(User).eq(user.0)).add(Expr::col(Film).eq(movie.0))
}

pub(super) async fn list(db: &impl ConnectionTrait, user: UserId, filter: &RatingFilter) -> Outcome<Page<MyRating>> {
    let matching = matching(user, filter);
    let total = matching.clone().expr(Expr::col((ratings::Entity, ratings::Column::MovieId)).count()).take();
    let total: Option<(i64,)> = fetch_tuple(db, &total).await?;
    let mut page = matching
        .clone()
        .columns(
            [ratings::Column::MovieId, ratings::Column::HalfStars, ratings::Column::RatedAt]
                .map(|column| (ratings::Entity, column)),
        )
        .limit(filter.limit.clamp(1, MAX_PAGE).into())
        .offset(filter.offset.into())
        .take();
    sort(&mut page, filter.sort);
    let rows: Vec<(Uuid, i16, Moment)> = fetch_tuples(db, &page).await?;
    let cards = cards::list(db, &rows.iter().map(|row| row.0).collect::<Vec<_>>()).await?;
    let items = rows
        .into_iter()
        .zip(cards)
        .map(|((id, half_stars, at), movie)| Ok(MyRating { movie, stars: stars(id, half_stars)?, rated_at: at.0 }))
        .collect::<Outcome<_>>()?;
    Ok(Page { items, total: total.map_or(0, |(total,)| count(total)) })
}

/// A person's ratings with their films, filtered.
fn matching(user: UserId, filter: &RatingFilter) -> SelectStatement {
    let mut select = Query::select()
        .from(ratings::Entity)
        .inner_join(
            movies::Entity,
            Expr::col((movies::Entity, movies::Column::Id)).equals((ratings::Entity, ratings::Column::MovieId)),
        )
        .and_where(Expr::col((ratings::Entity, ratings::Column::UserId)).eq(user.0))
        .take();
    if let Some(stars) = filter.stars {
        select.and_where(Expr::col((ratings::Entity, ratings::Column::HalfStars)).eq(i16::from(stars.half_stars())));
    }
    if let Some(title) = filter.title.as_deref().map(str::trim).filter(|title| !title.is_empty()) {
        select.and_where(title_holds(title));
    }
    select
}

/// Whatever the case. SQLite folds the case of ASCII alone; for other letters the folded title helps.
fn title_holds(text: &str) -> Expr {
    let lower = Func::lower(Expr::col((movies::Entity, movies::Column::Title)));
    let holds = Expr::expr(lower).like(holding(&text.to_lowercase()));
    let folded = match_key(text);
    if text.is_ascii() || folded.is_empty() {
        return holds;
    }
    holds.or(Expr::col((movies::Entity, movies::Column::MatchKey)).like(holding(&folded)))
}

fn sort(select: &mut SelectStatement, sort: RatingSort) {
    let rated_at = (ratings::Entity, ratings::Column::RatedAt);
    let half_stars = (ratings::Entity, ratings::Column::HalfStars);
    let by_title = |select: &mut SelectStatement| {
        select
            .order_by((movies::Entity, movies::Column::MatchKey), Order::Asc)
            .order_by((movies::Entity, movies::Column::Title), Order::Asc);
    };
    match sort {
        RatingSort::Recent => {
            select.order_by(rated_at, Order::Desc);
        }
        RatingSort::Highest => {
            select.order_by(half_stars, Order::Desc).order_by(rated_at, Order::Desc);
        }
        RatingSort::Lowest => {
            select.order_by(half_stars, Order::Asc).order_by(rated_at, Order::Desc);
        }
        RatingSort::Title => by_title(select),
        RatingSort::Year => {
            // Films without a year come last, on every engine.
            let year = Func::coalesce([Expr::col((movies::Entity, movies::Column::Year)), Expr::val(0_i16)]);
            select.order_by_expr(year.into(), Order::Desc);
            by_title(select);
        }
    }
    // One order for equals, so that pages neither repeat nor miss a film.
    select.order_by((ratings::Entity, ratings::Column::MovieId), Order::Asc);
}
