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

use super::{accounts, cards, catalogue::writing::missing, statistics};
use crate::{
    Store,
    entities::{Moment, movies, ratings},
    failure::{Outcome, damaged, not_found},
    journal::{self, BULK_ROWS, Cause, Row, Tx},
    sql::{MAX_LISTED, among, count, fetch_tuple, fetch_tuples, holding, moment},
};

/// The most ratings of one page.
const MAX_PAGE: u32 = 100;

#[async_trait]
impl RatingRepository for Store {
    async fn lookup(&self, user: UserId, movie: MovieId) -> RepositoryResult<Option<Stars>> {
        self.read(async |db| lookup(db, user, movie).await).await
    }

    async fn set(&self, user: UserId, movie: MovieId, stars: Stars, at: Timestamp) -> RepositoryResult<Option<Stars>> {
        self.write(Cause::by(user.0, "rate"), |tx| async move { set(&*tx, user, movie, stars, moment(at)).await }).await
    }

    async fn add_many(&self, user: UserId, ratings: &[(MovieId, Stars, Timestamp)]) -> RepositoryResult<u64> {
        self.write_bulk(Cause::by(user.0, "import"), |tx| async move { add_many(&*tx, user, ratings).await }).await
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

async fn lookup(db: &impl ConnectionTrait, user: UserId, movie: MovieId) -> Outcome<Option<Stars>> {
    let select =
        Query::select().column(ratings::Column::HalfStars).from(ratings::Entity).cond_where(one(user, movie)).take();
    let kept: Option<(i16,)> = fetch_tuple(db, &select).await?;
    kept.map(|(half_stars,)| stars(movie.0, half_stars)).transpose()
}

/// A rating as it is kept.
struct Kept {
    row: Row,
    stars: Stars,
    at_ms: Option<i64>,
}

/// Locked until the transaction ends.
async fn lock<C: ConnectionTrait + Send>(tx: &Tx<C>, user: UserId, movie: MovieId) -> Outcome<Option<Kept>> {
    accounts::lock(tx, user.0).await?;
    let row = tx.select(&journal::RATINGS, one(user, movie)).await?.pop();
    let kept = |row: Row| {
        let half_stars = row.get(&journal::RATINGS, "half_stars").as_i64().and_then(|number| number.try_into().ok());
        let stars = stars(movie.0, half_stars.unwrap_or_default())?;
        Ok(Kept { stars, at_ms: row.get(&journal::RATINGS, "rated_at").as_i64(), row })
    };
    row.map(kept).transpose()
}

pub(super) async fn set<C: ConnectionTrait + Send>(
    tx: &Tx<C>,
    user: UserId,
    movie: MovieId,
    stars: Stars,
    at: Moment,
) -> Outcome<Option<Stars>> {
    let kept = lock(tx, user, movie).await?;
    let previous = kept.as_ref().map(|kept| kept.stars);
    if kept.as_ref().is_some_and(|kept| kept.stars == stars && kept.at_ms == Some(at.0.timestamp_millis())) {
        return Ok(previous);
    }
    let half_stars = |stars: Stars| i16::from(stars.half_stars());
    if previous != Some(stars)
        && !statistics::shift(tx, movie, previous.map(half_stars), Some(half_stars(stars))).await?
    {
        return Err(not_found("film", movie));
    }
    match kept {
        None => add(tx, user, movie, stars, at).await?,
        Some(kept) => {
            use ratings::Column::{HalfStars, RatedAt};
            let update = Query::update().value(HalfStars, i16::from(stars.half_stars())).value(RatedAt, at).take();
            tx.update_one(&journal::RATINGS, update, &kept.row).await?;
        }
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
    let key = vec![user.0.to_string().into(), movie.0.to_string().into()];
    match tx.insert_one(&journal::RATINGS, insert, key, user.0).await {
        Ok(_) => Ok(()),
        // The film is there: its statistics have just been changed.
        Err(failure) if failure.is_missing_parent() => Err(not_found("person", user)),
        Err(failure) => Err(failure),
    }
}

pub(super) async fn add_many<C: ConnectionTrait + Send>(
    tx: &Tx<C>,
    user: UserId,
    brought: &[(MovieId, Stars, Timestamp)],
) -> Outcome<u64> {
    use ratings::Column::{HalfStars, MovieId as Film, RatedAt, UserId as User};
    accounts::lock(tx, user.0).await?;
    let films: Vec<Uuid> = brought.iter().map(|(movie, ..)| movie.0).collect();
    let mut passed_over = missing(tx, &journal::MOVIES, &films).await?;
    for films in films.chunks(MAX_LISTED) {
        let rated = Query::select()
            .column(Film)
            .from(ratings::Entity)
            .and_where(Expr::col(User).eq(user.0))
            .and_where(among(Expr::col(Film), films))
            .take();
        passed_over.extend(fetch_tuples::<(Uuid,)>(tx, &rated).await?.into_iter().map(|(film,)| film));
    }
    let new: Vec<_> = brought.iter().filter(|(movie, ..)| !passed_over.contains(&movie.0)).collect();
    // So few at a time that each is journaled by itself, as the person's: what is theirs goes with them.
    for some in new.chunks(BULK_ROWS - 1) {
        let mut insert = Query::insert().into_table(ratings::Entity).columns([User, Film, HalfStars, RatedAt]).take();
        for (movie, stars, at) in some {
            let half_stars = i16::from(stars.half_stars());
            insert.values_panic([user.0.into(), movie.0.into(), half_stars.into(), moment(*at).into()]);
        }
        match tx.insert(&journal::RATINGS, insert).await {
            Ok(_) => {}
            Err(failure) if failure.is_missing_parent() => return Err(not_found("person", user)),
            Err(failure) => return Err(failure),
        }
    }
    // At the end, for whoever rates one of these films waits for it from now on.
    let films: Vec<Uuid> = new.iter().map(|(movie, ..)| movie.0).collect();
    statistics::take_in(tx, user.0, &films).await?;
    Ok(new.len() as u64)
}

pub(super) async fn remove<C: ConnectionTrait + Send>(
    tx: &Tx<C>,
    user: UserId,
    movie: MovieId,
) -> Outcome<Option<Stars>> {
    let Some(Kept { row, stars, .. }) = lock(tx, user, movie).await? else { return Ok(None) };
    statistics::shift(tx, movie, Some(stars.half_stars().into()), None).await?;
    tx.delete_one(&journal::RATINGS, &row).await?;
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

/// A person's ratings, filtered; with their films where the filter or the order looks at them, for each is read from a place of
/// its own.
fn matching(user: UserId, filter: &RatingFilter) -> SelectStatement {
    let mut select = Query::select()
        .from(ratings::Entity)
        .and_where(Expr::col((ratings::Entity, ratings::Column::UserId)).eq(user.0))
        .take();
    let by_film = matches!(filter.sort, RatingSort::Title | RatingSort::Year);
    let with_title = filter.title.as_deref().is_some_and(|title| !title.trim().is_empty());
    if by_film || with_title {
        select.inner_join(
            movies::Entity,
            Expr::col((movies::Entity, movies::Column::Id)).equals((ratings::Entity, ratings::Column::MovieId)),
        );
    }
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
    // One order for equals, so that pages neither repeat nor miss a film; the way of the index where there is one.
    let mut equals = Order::Asc;
    match sort {
        RatingSort::Recent => {
            select.order_by(rated_at, Order::Desc);
            equals = Order::Desc;
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
    select.order_by((ratings::Entity, ratings::Column::MovieId), equals);
}
