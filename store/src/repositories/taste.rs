//! What a recommendation needs to know of a person, and a film's page: reads over the beginnings of keys, in one statement. Each
//! statement is a way to the database and back, which costs more than what these find.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use chrono::DateTime;
use matinee_domain::{Event, EventKind, Knobs, MovieId, activity::Mark};
use matinee_services::ports::{Opinion, Opinions, Taste};
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

/// What a row of the statement is.
mod part {
    /// A film, its half stars, and when it was rated.
    pub const RATED: i64 = 0;
    /// A film, and the name of a mark.
    pub const MARKED: i64 = 1;
    /// A film, and when it was last found by a search.
    pub const SEARCHED: i64 = 2;
    /// The same where no search led to it.
    pub const VIEWED: i64 = 3;
    /// The person; popularity, recency, diversity, whether films that were seen are hidden; genres.
    pub const KNOBS: i64 = 4;
}

/// Part, film or person, four numbers, and a text.
type Row = (i64, Uuid, i64, i64, i64, i64, String);

pub(crate) async fn get(db: &impl ConnectionTrait, user: Uuid, max_events: u32) -> Outcome<Taste> {
    let parts = [marked(user), opened(user, max_events), tuned(user)];
    let found = Found::read(db, rated(user), parts.into()).await?;
    let (rated, opinions) = (found.rated, found.digest());
    let mut events = found.events();
    events.truncate(max_events as usize);
    Ok(Taste { events, hidden: found.hidden(), rated, opinions, knobs: found.knobs })
}

/// What a person said, and what of that of this film.
pub(crate) async fn get_opinions(
    db: &impl ConnectionTrait,
    user: Uuid,
    movie: MovieId,
) -> Outcome<(Opinions, Opinion)> {
    let found = Found::read(db, rated(user), vec![marked(user), tuned(user)]).await?;
    let stars = found.events.get(&movie.0).and_then(|event| match event.kind {
        EventKind::Rated { stars } => Some(stars),
        _ => None,
    });
    let opinion = Opinion { stars, not_interested: found.not_interested.contains(&movie.0) };
    let (rated, hidden, digest) = (found.events(), found.hidden(), found.digest());
    Ok((Opinions { rated, hidden, digest, knobs: found.knobs }, opinion))
}

/// What the statement found.
#[derive(Default)]
struct Found {
    /// By film.
    events: HashMap<Uuid, Event>,
    /// How many of them are ratings.
    rated: u64,
    not_interested: HashSet<Uuid>,
    not_because: HashSet<Uuid>,
    knobs: Knobs,
}

impl Found {
    async fn read(
        db: &impl ConnectionTrait,
        mut select: SelectStatement,
        others: Vec<SelectStatement>,
    ) -> Outcome<Self> {
        select.unions(others.into_iter().map(|part| (UnionType::All, part)));
        let rows: Vec<Row> = fetch_tuples(db, &select).await?;
        let mut found = Self { events: HashMap::with_capacity(rows.len()), ..Self::default() };
        rows.into_iter().try_for_each(|row| found.take(row))?;
        Ok(found)
    }

    fn take(&mut self, (part, id, first, second, third, fourth, text): Row) -> Outcome<()> {
        match part {
            part::RATED => {
                self.rated += 1;
                let half_stars = i16::try_from(first).unwrap_or_default();
                self.add(id, EventKind::Rated { stars: stars(id, half_stars)? }, second)?;
            }
            part::SEARCHED => self.add(id, EventKind::Searched, first)?,
            part::VIEWED => self.add(id, EventKind::Viewed, first)?,
            part::KNOBS => self.knobs = knobs::kept(id, [first, second, third], fourth != 0, &text)?,
            _ if text == Mark::NotInterested.as_str() => _ = self.not_interested.insert(id),
            _ if text == Mark::NotBecause.as_str() => _ = self.not_because.insert(id),
            _ => {}
        }
        Ok(())
    }

    fn add(&mut self, movie: Uuid, kind: EventKind, at_ms: i64) -> Outcome<()> {
        let at = DateTime::from_timestamp_millis(at_ms)
            .ok_or_else(|| damaged("event of film", movie, format!("at {at_ms} ms")))?;
        self.events.insert(movie, Event { movie: MovieId(movie), kind, at });
        Ok(())
    }

    /// What counts, latest first.
    fn events(&self) -> Vec<Event> {
        let counts = |event: &&Event| !self.not_because.contains(&event.movie.0);
        let mut events: Vec<Event> = self.events.values().filter(counts).copied().collect();
        events.sort_unstable_by(|a, b| b.at.cmp(&a.at).then(a.movie.cmp(&b.movie)));
        events
    }

    /// Of ratings and marks, in whatever order they were read; 0 where there are none.
    fn digest(&self) -> u64 {
        let rated = self.events.iter().filter_map(|(movie, event)| match event.kind {
            EventKind::Rated { stars } => Some(digest_of(0, *movie, stars.half_stars())),
            EventKind::Searched | EventKind::Viewed => None,
        });
        let marked = self.not_interested.iter().map(|movie| digest_of(1, *movie, 0));
        let marked = marked.chain(self.not_because.iter().map(|movie| digest_of(2, *movie, 0)));
        rated.chain(marked).fold(0, u64::wrapping_add)
    }

    /// What was rated or is nothing for the person.
    fn hidden(&self) -> Vec<MovieId> {
        let is_rated = |event: &&Event| matches!(event.kind, EventKind::Rated { .. });
        let rated = self.events.values().filter(is_rated).map(|event| event.movie);
        let hidden: HashSet<MovieId> = rated.chain(self.not_interested.iter().copied().map(MovieId)).collect();
        let mut hidden: Vec<MovieId> = hidden.into_iter().collect();
        hidden.sort_unstable();
        hidden
    }
}

fn digest_of(what: u8, movie: Uuid, half_stars: u8) -> u64 {
    let mut digest = DefaultHasher::new();
    (what, movie, half_stars).hash(&mut digest);
    digest.finish()
}

/// Numbers of all kinds as one, so that the parts agree.
fn number(expr: impl Into<Expr>) -> Expr {
    Func::cast_as(expr, "bigint").into()
}

fn part(part: i64, id: impl IntoColumnRef, numbers: [Expr; 4], text: Expr) -> SelectStatement {
    let [first, second, third, fourth] = numbers;
    let mut select = Query::select();
    select.expr(Expr::val(part)).expr(Expr::col(id));
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
    part(part::RATED, MovieId, numbers, nothing()).from(ratings::Entity).and_where(Expr::col(UserId).eq(user)).take()
}

fn marked(user: Uuid) -> SelectStatement {
    use marks::Column::{Mark, MovieId, UserId};
    part(part::MARKED, MovieId, [zero(), zero(), zero(), zero()], Expr::col(Mark))
        .from(marks::Entity)
        .and_where(Expr::col(UserId).eq(user))
        .take()
}

fn tuned(user: Uuid) -> SelectStatement {
    use knobs_table::Column::{Diversity, ExcludedGenres, HideSeen, Popularity, Recency, UserId};
    let hides: Expr = CaseStatement::new().case(Expr::col(HideSeen), 1_i64).finally(0_i64).into();
    let numbers =
        [number(Expr::col(Popularity)), number(Expr::col(Recency)), number(Expr::col(Diversity)), number(hides)];
    part(part::KNOBS, UserId, numbers, Expr::col(ExcludedGenres))
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
    let kind = CaseStatement::new().case(searched_at.clone().is_not_null(), part::SEARCHED).finally(part::VIEWED);
    let at = Func::coalesce([searched_at, opened_at]);
    Query::select()
        .expr(number(kind))
        .column(MovieId)
        .expr(number(at))
        .exprs([zero(), zero(), zero(), nothing()])
        .from_subquery(films, "opened")
        .take()
}
