//! Trials of models. That one began and ended is journaled; what is counted for it is not, nor who was shown what, which is forgotten with
//! the trial's end.

use async_trait::async_trait;
use matinee_domain::{MovieId, Timestamp, UserId};
use matinee_services::ports::{
    Arm, Counts, DayCounts, Happened, Observed, RepositoryError, RepositoryResult, ShownFilm, Trial, TrialRepository,
};
use sea_orm::{
    ConnectionTrait,
    sea_query::{
        Condition, Expr, ExprTrait, InsertStatement, IntoCondition, OnConflict, Order, Query, SelectStatement,
    },
};
use uuid::Uuid;

use super::{accounts::lock, activity::keeps_history};
use crate::{
    Store,
    entities::{Moment, trial_counts, trial_shown, trials},
    failure::{Failure, Outcome, damaged},
    journal::{self, Cause},
    sql::{among, count, fetch, fetch_tuple, fetch_tuples, moment},
};

use trial_counts::Column as Counted;
use trial_shown::Column::{
    Arm as OfArm, DismissedAt, HalfStars, MovieId as Film, OpenedAt, ShownAt, TrialId, UserId as Owner,
};
use trials::Column::{Against, EndedAt, Id, OnTrial, SharePermille, StartedAt, State};

const RUNNING: &str = "running";
const ENDED: &str = "ended";

/// People whose rows are forgotten in one transaction.
const FORGOTTEN_AT_ONCE: u64 = 200;
/// A film that is shown again counts as shown then, if it was so long before.
const SHOWN_AGAIN: chrono::TimeDelta = chrono::TimeDelta::days(1);

type TrialRow = (Uuid, String, String, i16, Moment, Option<Moment>);
type ShownRow = (Uuid, String, Moment, Option<Moment>, Option<i16>, Option<Moment>);

#[async_trait]
impl TrialRepository for Store {
    async fn add_trial(&self, trial: &Trial) -> RepositoryResult<()> {
        let insert = &Query::insert()
            .into_table(trials::Entity)
            .columns([Id, State, OnTrial, Against, SharePermille, StartedAt])
            .values_panic([
                trial.id.into(),
                RUNNING.into(),
                trial.model.as_str().into(),
                trial.against.as_str().into(),
                i16::try_from(trial.share_permille).unwrap_or(i16::MAX).into(),
                moment(trial.started_at).into(),
            ])
            .take();
        self.write(Cause::system("start_trial"), |tx| async move {
            match tx.insert(&journal::TRIALS, insert.clone()).await {
                Ok(_) => Ok(()),
                Err(failure) if failure.is_taken() => {
                    Err(RepositoryError::Exists { what: "trial", key: "kind: one that runs" }.into())
                }
                Err(failure) => Err(failure),
            }
        })
        .await
    }

    async fn end_trial(&self, id: Uuid, now: Timestamp) -> RepositoryResult<bool> {
        self.write(Cause::system("end_trial"), |tx| async move {
            let update = Query::update().value(State, ENDED).value(EndedAt, moment(now)).take();
            let this = Condition::all().add(Expr::col(Id).eq(id)).add(Expr::col(State).eq(RUNNING));
            Ok(tx.update(&journal::TRIALS, update, this).await? > 0)
        })
        .await
    }

    async fn lookup_running_trial(&self) -> RepositoryResult<Option<Trial>> {
        let select = &trials().and_where(Expr::col(State).eq(RUNNING)).take();
        let row: Option<TrialRow> = self.read(async |db| fetch_tuple(db, select).await).await?;
        Ok(row.map(trial))
    }

    async fn list_trials(&self, limit: u32) -> RepositoryResult<Vec<Trial>> {
        let select = &trials().order_by(StartedAt, Order::Desc).order_by(Id, Order::Asc).limit(limit.into()).take();
        let rows: Vec<TrialRow> = self.read(async |db| fetch_tuples(db, select).await).await?;
        Ok(rows.into_iter().map(trial).collect())
    }

    async fn observe(&self, observed: &Observed) -> RepositoryResult<()> {
        let Observed { trial, person, ref what, at } = *observed;
        // Most of what people do is with films that they were not shown, which is found out without a transaction.
        if let Some(movie) = film_of(what) {
            let select = &shown_to(person, trial).and_where(Expr::col(Film).eq(movie.0)).take();
            let row: Option<ShownRow> = self.read(async |db| fetch_tuple(db, select).await).await?;
            if row.is_none() {
                return Ok(());
            }
        }
        self.write(Cause::system("count_trial"), |tx| async move {
            // What one person does at the same time elsewhere waits, so that each thing counts once.
            lock(&*tx, person.0).await?;
            if !is_counted(&*tx, trial, person).await? {
                return Ok(());
            }
            let rows: Vec<ShownRow> = fetch_tuples(&*tx, &shown_to(person, trial)).await?;
            let known = rows.into_iter().map(shown).collect::<Outcome<Vec<_>>>()?;
            let (arm, more) = match what {
                Happened::Missed => (Arm::Trial, Counts { missed: 1, ..Counts::default() }),
                Happened::Shown { arm, movies } => (*arm, take_down(&*tx, observed, *arm, movies, &known).await?),
                Happened::Opened(movie) | Happened::Rated(movie, _) | Happened::Dismissed(movie) => {
                    let Some(film) = known.iter().find(|film| film.movie == *movie) else { return Ok(()) };
                    if at - film.shown_at > chrono::TimeDelta::days(Trial::COUNTS_FOR_DAYS) {
                        return Ok(());
                    }
                    (film.arm, done_with(&*tx, observed, film, &known).await?)
                }
            };
            if more != Counts::default() {
                tx.execute(&counted(trial, arm, at, more)).await?;
            }
            Ok(())
        })
        .await
    }

    async fn list_counts(&self, trial: Uuid) -> RepositoryResult<Vec<DayCounts>> {
        let columns = [Counted::TrialId, Counted::Arm, Counted::Day];
        let select = &Query::select()
            .columns(columns.into_iter().chain(values(Counts::default()).map(|(column, _)| column)))
            .from(trial_counts::Entity)
            .and_where(Expr::col(Counted::TrialId).eq(trial))
            .order_by(Counted::Day, Order::Asc)
            .order_by(Counted::Arm, Order::Asc)
            .take();
        let rows: Vec<trial_counts::Model> = self.read(async |db| fetch(db, select).await).await?;
        Ok(rows.iter().map(day_counts).collect::<Outcome<_>>()?)
    }

    async fn list_shown(&self, person: UserId) -> RepositoryResult<Vec<ShownFilm>> {
        let select = &shown_films()
            .and_where(Expr::col(Owner).eq(person.0))
            .and_where(Expr::col(TrialId).in_subquery(running()))
            .order_by(ShownAt, Order::Desc)
            .order_by(Film, Order::Asc)
            .take();
        let rows: Vec<ShownRow> = self.read(async |db| fetch_tuples(db, select).await).await?;
        Ok(rows.into_iter().map(shown).collect::<Outcome<_>>()?)
    }

    async fn forget_shown(&self) -> RepositoryResult<u64> {
        let over = || Expr::col(TrialId).in_subquery(running()).not();
        let (mut forgotten, mut last) = (0, Uuid::nil());
        loop {
            // From person to person, so that nothing is looked at twice, and a database that takes no writes is only asked.
            let next = &Query::select()
                .distinct()
                .column(Owner)
                .from(trial_shown::Entity)
                .and_where(Expr::col(Owner).gt(last))
                .and_where(over())
                .order_by(Owner, Order::Asc)
                .limit(FORGOTTEN_AT_ONCE)
                .take();
            let people: Vec<(Uuid,)> = self.read_bulk(async |db| fetch_tuples(db, next).await).await?;
            let people: Vec<Uuid> = people.into_iter().map(|(person,)| person).collect();
            let Some(furthest) = people.last() else { return Ok(forgotten) };
            last = *furthest;
            let theirs = among(Expr::col(Owner), &people).and(over());
            let delete = &Query::delete().from_table(trial_shown::Entity).and_where(theirs).take();
            forgotten += self
                .write(Cause::system("forget_shown"), |tx| async move { Ok(tx.execute(delete).await?.rows_affected()) })
                .await?;
        }
    }
}

/// Whether what this person does is counted for this trial.
async fn is_counted(db: &impl ConnectionTrait, trial: Uuid, person: UserId) -> Outcome<bool> {
    let runs = running().and_where(Expr::col(Id).eq(trial)).take();
    if fetch_tuple::<(Uuid,)>(db, &runs).await?.is_none() {
        return Ok(false);
    }
    match keeps_history(db, person).await {
        // Whose account is gone meanwhile.
        Err(Failure::Port(RepositoryError::NotFound { .. })) => Ok(false),
        keeps => keeps,
    }
}

/// Keeps that these films were shown; what of it is new counts.
async fn take_down(
    db: &impl ConnectionTrait,
    &Observed { trial, person, at, .. }: &Observed,
    arm: Arm,
    movies: &[MovieId],
    known: &[ShownFilm],
) -> Outcome<Counts> {
    let known_film = |movie: &MovieId| known.iter().find(|film| film.movie == *movie);
    let mut new: Vec<MovieId> =
        movies.iter().take(Trial::SHOWN).filter(|movie| known_film(movie).is_none()).copied().collect();
    new.sort_unstable();
    new.dedup();
    new.truncate(Trial::MOST_FILMS.saturating_sub(known.len()));
    let again = movies.iter().filter_map(known_film).filter(|film| at - film.shown_at >= SHOWN_AGAIN);
    let again: Vec<Uuid> = again.map(|film| film.movie.0).collect();
    if !again.is_empty() {
        let update = Query::update()
            .table(trial_shown::Entity)
            .value(ShownAt, moment(at))
            .cond_where(theirs(person, trial))
            .and_where(among(Expr::col(Film), &again))
            .take();
        db.execute(&update).await?;
    }
    if new.is_empty() {
        return Ok(Counts::default());
    }
    let mut insert = Query::insert();
    insert.into_table(trial_shown::Entity).columns([Owner, TrialId, Film, OfArm, ShownAt]);
    for movie in &new {
        insert.values_panic([person.0.into(), trial.into(), movie.0.into(), arm.name().into(), moment(at).into()]);
    }
    db.execute(&insert).await?;
    Ok(Counts { people: u64::from(known.is_empty()), films: new.len() as u64, ..Counts::default() })
}

/// Keeps what was done with a film that was shown; what of it is the first time counts.
async fn done_with(
    db: &impl ConnectionTrait,
    &Observed { trial, person, ref what, at }: &Observed,
    film: &ShownFilm,
    known: &[ShownFilm],
) -> Outcome<Counts> {
    let mut update = Query::update();
    update.table(trial_shown::Entity).cond_where(theirs(person, trial)).and_where(Expr::col(Film).eq(film.movie.0));
    let first = |had: fn(&ShownFilm) -> bool| u64::from(!known.iter().any(had));
    let none = Counts::default();
    let counts = match what {
        Happened::Opened(_) if film.opened_at.is_none() => {
            update.value(OpenedAt, moment(at));
            Counts { opened: 1, people_opened: first(|film| film.opened_at.is_some()), ..none }
        }
        Happened::Rated(_, stars) if film.half_stars.is_none() => {
            let half_stars = i16::from(stars.half_stars());
            update.value(HalfStars, half_stars);
            let is_liked = half_stars >= Trial::LIKED_FROM;
            let first_liked = first(|film| film.half_stars.is_some_and(|given| given >= Trial::LIKED_FROM));
            Counts {
                rated: 1,
                people_rated: first(|film| film.half_stars.is_some()),
                half_stars: u64::from(stars.half_stars()),
                liked: u64::from(is_liked),
                people_liked: if is_liked { first_liked } else { 0 },
                ..none
            }
        }
        Happened::Dismissed(_) if film.dismissed_at.is_none() => {
            update.value(DismissedAt, moment(at));
            Counts { dismissed: 1, people_dismissed: first(|film| film.dismissed_at.is_some()), ..none }
        }
        _ => return Ok(none),
    };
    db.execute(&update).await?;
    Ok(counts)
}

const fn film_of(what: &Happened) -> Option<MovieId> {
    match what {
        Happened::Opened(movie) | Happened::Rated(movie, _) | Happened::Dismissed(movie) => Some(*movie),
        Happened::Shown { .. } | Happened::Missed => None,
    }
}

fn trials() -> SelectStatement {
    Query::select().columns([Id, OnTrial, Against, SharePermille, StartedAt, EndedAt]).from(trials::Entity).take()
}

/// Ids of trials that run: one, or none.
fn running() -> SelectStatement {
    Query::select().column(Id).from(trials::Entity).and_where(Expr::col(State).eq(RUNNING)).take()
}

fn trial((id, model, against, share_permille, started_at, ended_at): TrialRow) -> Trial {
    Trial {
        id,
        model,
        against,
        share_permille: share_permille.unsigned_abs(),
        started_at: started_at.0,
        ended_at: ended_at.map(|at| at.0),
    }
}

fn theirs(person: UserId, trial: Uuid) -> Condition {
    Expr::col(Owner).eq(person.0).and(Expr::col(TrialId).eq(trial)).into_condition()
}

fn shown_films() -> SelectStatement {
    Query::select().columns([Film, OfArm, ShownAt, OpenedAt, HalfStars, DismissedAt]).from(trial_shown::Entity).take()
}

fn shown_to(person: UserId, trial: Uuid) -> SelectStatement {
    shown_films().cond_where(theirs(person, trial)).take()
}

fn shown((movie, arm, shown_at, opened_at, half_stars, dismissed_at): ShownRow) -> Outcome<ShownFilm> {
    let arm =
        Arm::named(&arm).ok_or_else(|| damaged("film shown in a trial", movie, format!("there is no arm `{arm}`")))?;
    Ok(ShownFilm {
        movie: MovieId(movie),
        arm,
        shown_at: shown_at.0,
        opened_at: opened_at.map(|at| at.0),
        half_stars,
        dismissed_at: dismissed_at.map(|at| at.0),
    })
}

/// One more row, or so much more in the one that is there.
fn counted(trial: Uuid, arm: Arm, at: Timestamp, more: Counts) -> InsertStatement {
    let day = at.timestamp().div_euclid(86_400);
    let more = values(more).into_iter().filter(|(_, value)| *value > 0);
    let mut conflict = OnConflict::columns([Counted::TrialId, Counted::Arm, Counted::Day]);
    let mut columns = vec![Counted::TrialId, Counted::Arm, Counted::Day];
    let mut row: Vec<Expr> = vec![trial.into(), arm.name().into(), day.into()];
    for (column, value) in more {
        conflict.value(column, Expr::col((trial_counts::Entity, column)).add(value));
        columns.push(column);
        row.push(value.into());
    }
    Query::insert().into_table(trial_counts::Entity).columns(columns).values_panic(row).on_conflict(conflict).take()
}

fn values(counts: Counts) -> [(Counted, i64); 12] {
    let Counts {
        people,
        films,
        opened,
        people_opened,
        rated,
        people_rated,
        half_stars,
        liked,
        people_liked,
        dismissed,
        people_dismissed,
        missed,
    } = counts;
    [
        (Counted::People, people),
        (Counted::Films, films),
        (Counted::Opened, opened),
        (Counted::PeopleOpened, people_opened),
        (Counted::Rated, rated),
        (Counted::PeopleRated, people_rated),
        (Counted::HalfStars, half_stars),
        (Counted::Liked, liked),
        (Counted::PeopleLiked, people_liked),
        (Counted::Dismissed, dismissed),
        (Counted::PeopleDismissed, people_dismissed),
        (Counted::Missed, missed),
    ]
    .map(|(column, value)| (column, i64::try_from(value).unwrap_or(i64::MAX)))
}

fn day_counts(row: &trial_counts::Model) -> Outcome<DayCounts> {
    let Some(arm) = Arm::named(&row.arm) else {
        return Err(damaged("count of trial", row.trial_id, format!("there is no arm `{}`", row.arm)));
    };
    let counts = Counts {
        people: count(row.people),
        films: count(row.films),
        opened: count(row.opened),
        people_opened: count(row.people_opened),
        rated: count(row.rated),
        people_rated: count(row.people_rated),
        half_stars: count(row.half_stars),
        liked: count(row.liked),
        people_liked: count(row.people_liked),
        dismissed: count(row.dismissed),
        people_dismissed: count(row.people_dismissed),
        missed: count(row.missed),
    };
    Ok(DayCounts { arm, day: row.day, counts })
}
