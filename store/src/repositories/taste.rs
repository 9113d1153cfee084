//! What a recommendation needs to know of a person, in four reads over the beginning of a key.

use std::collections::{HashMap, HashSet};

use matinee_domain::{Event, EventKind, MovieId, activity::Mark};
use matinee_services::ports::Taste;
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, Order, Query, SelectStatement},
};
use uuid::Uuid;

use super::{knobs, ratings::stars};
use crate::{
    entities::{Moment, activity, marks, ratings, users},
    failure::Outcome,
    sql::fetch_tuples,
};

pub(crate) async fn get(db: &impl ConnectionTrait, user: Uuid, max_events: u32) -> Outcome<Taste> {
    let rated: Vec<(Uuid, i16, Moment)> = fetch_tuples(db, &rated(user)).await?;
    let marks: Vec<(Uuid, String)> = fetch_tuples(db, &marked(user)).await?;
    let marked = |mark: Mark| marks.iter().filter(move |(_, name)| name == mark.as_str()).map(|(movie, _)| *movie);
    let not_because: HashSet<Uuid> = marked(Mark::NotBecause).collect();

    // Enough that `max_events` are left without the films that were rated or don't count.
    let opened_limit = u64::from(max_events) + rated.len() as u64 + not_because.len() as u64;
    let opened: Vec<(Uuid, Option<Moment>, Moment)> = fetch_tuples(db, &opened(user, opened_limit)).await?;

    let mut events: HashMap<Uuid, Event> = HashMap::with_capacity(rated.len() + opened.len());
    for (movie, searched_at, opened_at) in opened {
        let (kind, at) = match searched_at {
            Some(at) => (EventKind::Searched, at),
            None => (EventKind::Viewed, opened_at),
        };
        events.insert(movie, Event { movie: MovieId(movie), kind, at: at.0 });
    }
    for &(movie, half_stars, at) in &rated {
        let kind = EventKind::Rated { stars: stars(movie, half_stars)? };
        events.insert(movie, Event { movie: MovieId(movie), kind, at: at.0 });
    }
    events.retain(|movie, _| !not_because.contains(movie));
    let mut events: Vec<Event> = events.into_values().collect();
    events.sort_unstable_by(|a, b| b.at.cmp(&a.at).then(a.movie.cmp(&b.movie)));
    events.truncate(max_events as usize);

    let hidden: HashSet<Uuid> = rated.iter().map(|row| row.0).chain(marked(Mark::NotInterested)).collect();
    let mut hidden: Vec<MovieId> = hidden.into_iter().map(MovieId).collect();
    hidden.sort_unstable();
    Ok(Taste { events, hidden, knobs: knobs::get(db, user).await? })
}

fn rated(user: Uuid) -> SelectStatement {
    use ratings::Column::{HalfStars, MovieId, RatedAt, UserId};
    Query::select()
        .columns([MovieId, HalfStars, RatedAt])
        .from(ratings::Entity)
        .and_where(Expr::col(UserId).eq(user))
        .take()
}

fn marked(user: Uuid) -> SelectStatement {
    use marks::Column::{Mark, MovieId, UserId};
    Query::select().columns([MovieId, Mark]).from(marks::Entity).and_where(Expr::col(UserId).eq(user)).take()
}

/// Each film once: when it was last opened from a search, and when last at all. Nothing where the person has switched
/// the history off.
fn opened(user: Uuid, limit: u64) -> SelectStatement {
    use activity::Column::{At, MovieId, Query as Text, UserId};
    let keeps_history = Query::select()
        .expr(Expr::val(1))
        .from(users::Entity)
        .and_where(Expr::col(users::Column::Id).eq(user))
        .and_where(Expr::col(users::Column::KeepsHistory).eq(true))
        .take();
    let searched_at = Expr::case(Expr::col(Text).ne(""), Expr::col(At));
    let last = Expr::col(At).max();
    Query::select()
        .column(MovieId)
        .expr(Expr::expr(searched_at).max())
        .expr(last.clone())
        .from(activity::Entity)
        .and_where(Expr::col(UserId).eq(user))
        .and_where(Expr::exists(keeps_history))
        .group_by_col(MovieId)
        .order_by_expr(last, Order::Desc)
        .limit(limit)
        .take()
}
