//! What a recommendation needs to know of a person, and a film's page: reads over the beginnings of keys, in one statement. Each
//! statement is a way to the database and back, which costs more than what these find.

use std::collections::{HashMap, HashSet};

use chrono::DateTime;
use matinee_domain::{Event, EventKind, MovieId, Timestamp, activity::Mark};
use matinee_services::ports::{Opinion, Taste};
use sea_orm::{
    ConnectionTrait,
    sea_query::{CaseStatement, Expr, ExprTrait, Func, IntoColumnRef, Order, Query, SelectStatement, UnionType},
};
use uuid::Uuid;

use super::{knobs, ratings::stars};
use crate::{
    entities::{activity, knobs as knobs_table, marks, ratings, users},
    failure::{Outcome, damaged},
    sql::fetch_tuples,
};

/// Whose a row of the statement is.
#[derive(Clone, Copy)]
enum Part {
    /// A film, its half stars, and when it was rated.
    Rated = 0,
    /// A film, and the name of a mark.
    Marked = 1,
    /// A film, and when it was last found by a search.
    Searched = 2,
    /// The same where no search led to it.
    Viewed = 3,
    /// The person; popularity, recency, diversity, whether films that were seen are hidden; genres.
    Knobs = 4,
}

/// Part, film or person, four numbers, and a text.
type Row = (i64, Uuid, i64, i64, i64, i64, String);

pub(crate) async fn get(db: &impl ConnectionTrait, user: Uuid, max_events: u32) -> Outcome<Taste> {
    let parts = [marked(user), opened(user, max_events), tuned(user)].map(|part| (UnionType::All, part));
    let rows: Vec<Row> = fetch_tuples(db, &rated(user).unions(parts).take()).await?;

    let mut taste = Taste::default();
    let mut events: HashMap<Uuid, Event> = HashMap::with_capacity(rows.len());
    let mut hidden: HashSet<Uuid> = HashSet::with_capacity(rows.len());
    let mut not_because = Vec::new();
    for (part, id, first, second, third, fourth, text) in rows {
        let event = |kind, at| Ok::<_, crate::failure::Failure>(Event { movie: MovieId(id), kind, at: time(id, at)? });
        match part {
            part if part == Part::Rated as i64 => {
                let half_stars = i16::try_from(first).unwrap_or_default();
                events.insert(id, event(EventKind::Rated { stars: stars(id, half_stars)? }, second)?);
                hidden.insert(id);
                taste.rated += 1;
            }
            part if part == Part::Searched as i64 => _ = events.insert(id, event(EventKind::Searched, first)?),
            part if part == Part::Viewed as i64 => _ = events.insert(id, event(EventKind::Viewed, first)?),
            part if part == Part::Knobs as i64 => {
                taste.knobs = knobs::kept(id, [first, second, third], fourth != 0, &text)?;
            }
            _ if text == Mark::NotInterested.as_str() => _ = hidden.insert(id),
            _ if text == Mark::NotBecause.as_str() => not_because.push(id),
            _ => {}
        }
    }
    for movie in not_because {
        events.remove(&movie);
    }
    taste.events = events.into_values().collect();
    taste.events.sort_unstable_by(|a, b| b.at.cmp(&a.at).then(a.movie.cmp(&b.movie)));
    taste.events.truncate(max_events as usize);
    taste.hidden = hidden.into_iter().map(MovieId).collect();
    taste.hidden.sort_unstable();
    Ok(taste)
}

/// What a person says of one film.
pub(crate) async fn get_opinion(db: &impl ConnectionTrait, user: Uuid, movie: Uuid) -> Outcome<Opinion> {
    let rating = Query::select()
        .column(ratings::Column::HalfStars)
        .expr(nothing())
        .from(ratings::Entity)
        .and_where(Expr::col(ratings::Column::UserId).eq(user))
        .and_where(Expr::col(ratings::Column::MovieId).eq(movie))
        .take();
    let mark = Query::select()
        .expr(Expr::val(0_i16))
        .column(marks::Column::Mark)
        .from(marks::Entity)
        .and_where(Expr::col(marks::Column::UserId).eq(user))
        .and_where(Expr::col(marks::Column::MovieId).eq(movie))
        .and_where(Expr::col(marks::Column::Mark).eq(Mark::NotInterested.as_str()))
        .take();
    let mut both = rating;
    both.union(UnionType::All, mark);
    let rows: Vec<(i16, String)> = fetch_tuples(db, &both).await?;
    let mut opinion = Opinion::default();
    for (half_stars, mark) in rows {
        match mark.as_str() {
            "" => opinion.stars = Some(stars(movie, half_stars)?),
            _ => opinion.not_interested = true,
        }
    }
    Ok(opinion)
}

fn time(movie: Uuid, at_ms: i64) -> Outcome<Timestamp> {
    DateTime::from_timestamp_millis(at_ms).ok_or_else(|| damaged("event of film", movie, format!("at {at_ms} ms")))
}

/// Numbers of all kinds as one, so that the parts agree.
fn number(expr: impl Into<Expr>) -> Expr {
    Func::cast_as(expr, "bigint").into()
}

fn part(part: Part, id: impl IntoColumnRef, numbers: [Expr; 4], text: Expr) -> SelectStatement {
    let [first, second, third, fourth] = numbers;
    let mut select = Query::select();
    select.expr(Expr::val(part as i64)).expr(Expr::col(id));
    select.exprs([first, second, third, fourth, text]).take()
}

fn zero() -> Expr {
    Expr::val(0_i64)
}

fn nothing() -> Expr {
    Expr::val("")
}

fn rated(user: Uuid) -> SelectStatement {
    use ratings::Column::{HalfStars, MovieId, RatedAt, UserId};
    let numbers = [number(Expr::col(HalfStars)), number(Expr::col(RatedAt)), zero(), zero()];
    part(Part::Rated, MovieId, numbers, nothing()).from(ratings::Entity).and_where(Expr::col(UserId).eq(user)).take()
}

fn marked(user: Uuid) -> SelectStatement {
    use marks::Column::{Mark, MovieId, UserId};
    part(Part::Marked, MovieId, [zero(), zero(), zero(), zero()], Expr::col(Mark))
        .from(marks::Entity)
        .and_where(Expr::col(UserId).eq(user))
        .take()
}

fn tuned(user: Uuid) -> SelectStatement {
    use knobs_table::Column::{Diversity, ExcludedGenres, HideSeen, Popularity, Recency, UserId};
    let hides: Expr = CaseStatement::new().case(Expr::col(HideSeen), 1_i64).finally(0_i64).into();
    let numbers =
        [number(Expr::col(Popularity)), number(Expr::col(Recency)), number(Expr::col(Diversity)), number(hides)];
    part(Part::Knobs, UserId, numbers, Expr::col(ExcludedGenres))
        .from(knobs_table::Entity)
        .and_where(Expr::col(UserId).eq(user))
        .take()
}

/// Each film once that was opened, and neither rated nor said to be no reason: when it was last opened from a search, or else when
/// last at all. The latest ones. Nothing where the person has switched the history off.
fn opened(user: Uuid, limit: u32) -> SelectStatement {
    use activity::Column::{At, MovieId, Query as Text, UserId};
    let film = || Expr::col((activity::Entity, MovieId));
    let keeps_history = Query::select()
        .expr(Expr::val(1))
        .from(users::Entity)
        .and_where(Expr::col(users::Column::Id).eq(user))
        .and_where(Expr::col(users::Column::KeepsHistory).eq(true))
        .take();
    let is_rated = Query::select()
        .expr(Expr::val(1))
        .from(ratings::Entity)
        .and_where(Expr::col((ratings::Entity, ratings::Column::UserId)).eq(user))
        .and_where(Expr::col((ratings::Entity, ratings::Column::MovieId)).eq(film()))
        .take();
    let is_no_reason = Query::select()
        .expr(Expr::val(1))
        .from(marks::Entity)
        .and_where(Expr::col((marks::Entity, marks::Column::UserId)).eq(user))
        .and_where(Expr::col((marks::Entity, marks::Column::MovieId)).eq(film()))
        .and_where(Expr::col((marks::Entity, marks::Column::Mark)).eq(Mark::NotBecause.as_str()))
        .take();
    let searched_at = Expr::case(Expr::col(Text).ne(""), Expr::col(At));
    let last = Expr::col(At).max();
    let films = Query::select()
        .column(MovieId)
        .expr_as(Expr::expr(searched_at).max(), "searched_at")
        .expr_as(last.clone(), "opened_at")
        .from(activity::Entity)
        .and_where(Expr::col(UserId).eq(user))
        .and_where(Expr::exists(keeps_history))
        .and_where(Expr::exists(is_rated).not())
        .and_where(Expr::exists(is_no_reason).not())
        .group_by_col(MovieId)
        .order_by_expr(last, Order::Desc)
        .limit(limit.into())
        .take();
    let (searched_at, opened_at) = (Expr::col("searched_at"), Expr::col("opened_at"));
    let by_search = |yes: Part, no: Part| {
        CaseStatement::new().case(Expr::col("searched_at").is_not_null(), yes as i64).finally(no as i64)
    };
    let at = Func::coalesce([searched_at, opened_at]);
    Query::select()
        .expr(number(by_search(Part::Searched, Part::Viewed)))
        .column(MovieId)
        .expr(number(at))
        .exprs([zero(), zero(), zero(), nothing()])
        .from_subquery(films, "opened")
        .take()
}
