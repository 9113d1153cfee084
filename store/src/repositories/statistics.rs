//! Films' rating statistics: number and sum of ratings, how many gave how many half stars, and the popularity that follows from them.
//!
//! Popularity is a film's mean in half stars after adding [`IMAGINED_RATINGS`] of what is expected of it (a Bayesian mean): the mean of all
//! ratings, or where it is rated elsewhere the mean there, drawn to that of all by [`IMAGINED_VOTES`]; ten points there are ten half stars.
//! The mean of all is computed by [`refresh`] and kept in `rating_priors`, so that one rating touches one film.

use std::collections::{BTreeMap, BTreeSet};

use matinee_domain::MovieId;
use sea_orm::{
    ConnectionTrait, IdenStatic,
    sea_query::{
        Asterisk, Expr, ExprTrait, Func, OnConflict, Order, Query, SelectStatement, TableRef, UpdateStatement,
    },
};
use uuid::Uuid;

use crate::{
    Store,
    entities::{movies, rating_priors, ratings},
    failure::Outcome,
    journal::Cause,
    sql::{MAX_LISTED, among, fetch_tuple, listed, lock_ids, moment},
};
use matinee_services::ports::RepositoryResult;

/// How many ratings of the mean of all are added to a film's own.
const IMAGINED_RATINGS: f64 = 50.0;

/// How many votes of the mean of all are added to those elsewhere: our choice.
const IMAGINED_VOTES: f64 = 25_000.0;

/// The mean in half stars while nothing has been computed: near what people give everywhere.
const FALLBACK_MEAN: f64 = 7.0;

/// The row of `rating_priors`.
const PRIOR: i16 = 1;

/// Films whose statistics are computed by a statement for each.
pub(crate) const FILMS_ONE_BY_ONE: usize = 200;

/// Films whose statistics are shifted by one statement.
const SHIFTED_AT_ONCE: usize = 1024;

/// Films whose statistics are computed in one transaction: a writer waits for no more than that.
const FILMS_AT_ONCE: u64 = 2000;

/// Where the number of people stands who gave a film one half star, two, and so on.
pub(crate) const BARS: [movies::Column; 10] = {
    use movies::Column::{Rated1, Rated2, Rated3, Rated4, Rated5, Rated6, Rated7, Rated8, Rated9, Rated10};
    [Rated1, Rated2, Rated3, Rated4, Rated5, Rated6, Rated7, Rated8, Rated9, Rated10]
};

/// Takes a person's former rating, in half stars, out of a film's statistics, and the new one in. Returns whether there is
/// such a film.
pub(crate) async fn shift(
    db: &impl ConnectionTrait,
    movie: MovieId,
    before: Option<i16>,
    after: Option<i16>,
) -> Outcome<bool> {
    let people = |rating: Option<i16>| i64::from(rating.is_some());
    let half_stars = |rating: Option<i16>| i64::from(rating.unwrap_or(0));
    let bar = |at: i16| (i64::from(after == Some(at)) - i64::from(before == Some(at))).into();
    let count = people(after) - people(before);
    let sum = half_stars(after) - half_stars(before);
    let update = shifted(count.into(), sum.into(), bar).and_where(Expr::col(movies::Column::Id).eq(movie.0)).take();
    Ok(db.execute(&update).await?.rows_affected() > 0)
}

/// By how much films' numbers of people who gave one half star, two, and so on change.
#[derive(Debug, Default)]
pub(crate) struct Shifts(BTreeMap<Uuid, [i64; BARS.len()]>);

impl Shifts {
    /// Counts a rating of so many half stars so many times more.
    pub fn count(&mut self, film: Uuid, half_stars: i64, times: i64) {
        let at = usize::try_from(half_stars - 1).ok();
        let bars = self.0.entry(film).or_default();
        if let Some(bar) = at.and_then(|at| bars.get_mut(at)) {
            *bar += times;
        }
    }

    /// All films that are concerned.
    pub fn films(&self) -> impl ExactSizeIterator<Item = Uuid> {
        self.0.keys().copied()
    }

    /// Changes the statistics of the films.
    pub async fn make(&self, db: &impl ConnectionTrait) -> Outcome<()> {
        let rows: Vec<_> = self.0.iter().map(|(film, bars)| shift_row(*film, bars)).collect();
        for rows in rows.chunks(SHIFTED_AT_ONCE) {
            let films: Vec<Uuid> = rows.iter().map(|row| row.0).collect();
            lock(db, &films).await?;
            let listed = Query::select().column(Asterisk).from_values(listed(rows), "listed").take();
            let column = |at: usize| Expr::col(("shifts", format!("column{at}")));
            // The film, and its bars.
            let bars = || (1_i64..).zip(2..2 + BARS.len());
            let count = bars().map(|(_, at)| column(at)).reduce(ExprTrait::add);
            let sum = bars().map(|(half_stars, at)| column(at).mul(half_stars)).reduce(ExprTrait::add);
            let none = || Expr::val(0_i64);
            let bar = |at: i16| usize::try_from(at).map_or_else(|_| none(), |at| column(at + 1));
            let update = shifted(count.unwrap_or_else(none), sum.unwrap_or_else(none), bar)
                .from(TableRef::SubQuery(listed.into(), "shifts".into()))
                .and_where(Expr::col((movies::Entity, movies::Column::Id)).eq(column(1)))
                .take();
            db.execute(&update).await?;
        }
        Ok(())
    }
}

/// A film, and by how much each of its bars changes.
type ShiftRow = (Uuid, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64);

const fn shift_row(film: Uuid, bars: &[i64; BARS.len()]) -> ShiftRow {
    (film, bars[0], bars[1], bars[2], bars[3], bars[4], bars[5], bars[6], bars[7], bars[8], bars[9])
}

/// Takes all ratings of a person out of the films' statistics, before they are removed.
pub(crate) async fn take_out(db: &impl ConnectionTrait, user: Uuid) -> Outcome<()> {
    shift_theirs(db, user, None, -1).await
}

/// Takes a person's ratings of these films into their statistics, once they are added.
pub(crate) async fn take_in(db: &impl ConnectionTrait, user: Uuid, films: &[Uuid]) -> Outcome<()> {
    for films in films.chunks(MAX_LISTED) {
        lock(db, films).await?;
        shift_theirs(db, user, Some(films), 1).await?;
    }
    Ok(())
}

/// Whoever rates one of these films waits from now on.
async fn lock(db: &impl ConnectionTrait, films: &[Uuid]) -> Outcome<()> {
    lock_ids(db, "movies", among(Expr::col(movies::Column::Id), films)).await
}

/// Counts each rating of a person so many times, of these films or of all.
async fn shift_theirs(db: &impl ConnectionTrait, user: Uuid, films: Option<&[Uuid]>, times: i64) -> Outcome<()> {
    use ratings::Column::{HalfStars, MovieId as Film, UserId};
    let theirs = Query::select()
        .columns([Film, HalfStars])
        .from(ratings::Entity)
        .and_where(Expr::col(UserId).eq(user))
        .and_where_option(films.map(|films| among(Expr::col(Film), films)))
        .take();
    let half_stars = || Expr::col(("theirs", "half_stars"));
    let bar = |at: i16| Expr::case(half_stars().eq(at), times).finally(0_i64).into();
    let update = shifted(Expr::val(times), Expr::val(times).mul(half_stars()), bar)
        .from(TableRef::SubQuery(theirs.into(), "theirs".into()))
        .and_where(Expr::col((movies::Entity, movies::Column::Id)).equals(("theirs", "movie_id")))
        .take();
    db.execute(&update).await?;
    Ok(())
}

/// `UPDATE movies` by these differences, for the caller to say which. `bar`: of the people who gave so many half stars.
fn shifted(count: Expr, sum: Expr, bar: impl Fn(i16) -> Expr) -> UpdateStatement {
    let count = Expr::col((movies::Entity, movies::Column::RatingCount)).add(count);
    let sum = Expr::col((movies::Entity, movies::Column::RatingSumHalfStars)).add(sum);
    let mut update = Query::update();
    update
        .table(movies::Entity)
        .value(movies::Column::RatingCount, count.clone())
        .value(movies::Column::RatingSumHalfStars, sum.clone())
        .value(movies::Column::Popularity, popularity(count, sum));
    for (at, column) in (1..).zip(BARS) {
        update.value(column, Expr::col((movies::Entity, column)).add(bar(at)));
    }
    update
}

/// Null for a film that nobody rated here or elsewhere, so that the index by popularity holds rated films only where it matters.
fn popularity(count: Expr, sum: Expr) -> Expr {
    use movies::Column::{MeanElsewhereTenths, VotesElsewhere};
    let of_all = Expr::expr(Func::coalesce([scalar(select_mean()), Expr::val(FALLBACK_MEAN)]));
    let of_film = |column| Expr::col((movies::Entity, column));
    let or_none = |column| Expr::expr(Func::coalesce([of_film(column), Expr::val(0_i64)]));
    let (votes, tenths) = (|| or_none(VotesElsewhere), or_none(MeanElsewhereTenths));
    let expected = votes().mul(tenths).div(10.0).add(of_all.mul(IMAGINED_VOTES)).div(votes().add(IMAGINED_VOTES));
    let score = sum.add(expected.mul(IMAGINED_RATINGS)).div(count.clone().add(IMAGINED_RATINGS));
    Expr::case(count.gt(0_i64).or(of_film(VotesElsewhere).is_not_null()), score).into()
}

/// The popularity of films that nobody has rated here, as [`popularity`] has it: whoever adds a film that was rated elsewhere keeps it with
/// the film, so that the statistics need not write each row once more.
pub(crate) struct Expected {
    mean_half_stars: f64,
}

impl Expected {
    /// By the mean of all ratings as it was last computed.
    pub async fn read(db: &impl ConnectionTrait) -> Outcome<Self> {
        let mean: Option<(f64,)> = fetch_tuple(db, &select_mean()).await?;
        Ok(Self { mean_half_stars: mean.map_or(FALLBACK_MEAN, |(mean,)| mean) })
    }

    /// Of a film with so many votes elsewhere, of this mean in tenths.
    pub fn of(&self, votes: i64, mean_tenths: i64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "the product is far below what a double holds exactly")]
        let (votes, sum) = (votes as f64, (votes * mean_tenths) as f64);
        let expected = (sum / 10.0 + self.mean_half_stars * IMAGINED_VOTES) / (votes + IMAGINED_VOTES);
        expected * IMAGINED_RATINGS / IMAGINED_RATINGS
    }
}

fn select_mean() -> SelectStatement {
    Query::select()
        .column(rating_priors::Column::MeanHalfStars)
        .from(rating_priors::Entity)
        .and_where(Expr::col(rating_priors::Column::Id).eq(PRIOR))
        .take()
}

fn scalar(select: SelectStatement) -> Expr {
    Expr::SubQuery(None, Box::new(select.into()))
}

/// Computes the statistics of these films anew.
pub(crate) async fn recompute_films(db: &impl ConnectionTrait, films: &BTreeSet<Uuid>) -> Outcome<()> {
    let films: Vec<Uuid> = films.iter().copied().collect();
    // A rating that is committed meanwhile must not be older than the count.
    for films in films.chunks(MAX_LISTED) {
        lock(db, films).await?;
    }
    // Few films one by one; of many, what lies between them too, which costs less than a statement for each.
    let ranges: Vec<(Uuid, Uuid)> = if films.len() <= FILMS_ONE_BY_ONE {
        films.iter().map(|film| (*film, *film)).collect()
    } else {
        films.chunks(FILMS_ONE_BY_ONE).filter_map(|films| Some((*films.first()?, *films.last()?))).collect()
    };
    for (first, last) in ranges {
        db.execute(&recompute(first, last)).await?;
        db.execute(&settle_unrated(first, last)).await?;
    }
    Ok(())
}

/// Computes the statistics of all films anew from the ratings, some films at a time.
pub(crate) async fn refresh(store: &Store) -> RepositoryResult<()> {
    refresh_prior(store).await?;
    let mut after = None;
    loop {
        let range = store.read_bulk(async |db| next_films(db, after).await).await?;
        let Some((first, last)) = range else { break };
        store
            .write_bulk(Cause::system("statistics"), |tx| async move {
                // Who rates one of these films meanwhile waits: the count below must not be older than the film's row.
                lock_ids(&*tx, "movies", Expr::col(movies::Column::Id).between(first, last)).await?;
                tx.execute(&recompute(first, last)).await?;
                tx.execute(&settle_unrated(first, last)).await?;
                Ok(())
            })
            .await?;
        after = Some(last);
    }
    // Beside other work it takes longer than people may wait.
    Ok(crate::engine::analyze(store.engine(), store.bulk_writer()).await?)
}

impl Store {
    /// Computes films' statistics anew where they do not tell of all ratings: after an upgrade from a schema that had fewer of
    /// them. Returns whether there was anything to do.
    ///
    /// # Errors
    /// Of the database.
    pub async fn complete_statistics(&self) -> RepositoryResult<bool> {
        let incomplete: Option<(i32,)> = self.read_bulk(async |db| fetch_tuple(db, &incomplete()).await).await?;
        if incomplete.is_some() {
            refresh(self).await?;
        }
        Ok(incomplete.is_some())
    }
}

/// A film whose histogram does not tell of all its ratings: `film::Facts::histogram` does not believe it.
fn incomplete() -> SelectStatement {
    let none = || Expr::val(0_i64);
    let told = BARS.into_iter().map(Expr::col).reduce(ExprTrait::add).unwrap_or_else(none);
    let half_stars = (1_i64..).zip(BARS).map(|(half_stars, bar)| Expr::col(bar).mul(half_stars));
    let half_stars = half_stars.reduce(ExprTrait::add).unwrap_or_else(none);
    Query::select()
        .expr(Expr::val(1_i32))
        .from(movies::Entity)
        .and_where(Expr::col(movies::Column::RatingCount).gt(0_i64))
        .and_where(
            Expr::col(movies::Column::RatingCount)
                .ne(told)
                .or(Expr::col(movies::Column::RatingSumHalfStars).ne(half_stars)),
        )
        .limit(1)
        .take()
}

async fn refresh_prior(store: &Store) -> RepositoryResult<()> {
    let mean = store.read_bulk(async |db| mean_of_all(db).await).await?;
    let now = moment(store.now());
    let Some(mean) = mean else { return Ok(()) };
    store
        .write(Cause::system("statistics"), |tx| async move {
            use rating_priors::Column::{ComputedAt, Id, MeanHalfStars, Version};
            let insert = Query::insert()
                .into_table(rating_priors::Entity)
                .columns([Id, MeanHalfStars, ComputedAt])
                .values_panic([PRIOR.into(), mean.into(), now.into()])
                .on_conflict(
                    OnConflict::column(Id)
                        .update_columns([MeanHalfStars, ComputedAt])
                        .value(Version, Expr::col((rating_priors::Entity, Version)).add(1))
                        .action_and_where(Expr::col((rating_priors::Entity, MeanHalfStars)).ne(mean))
                        .to_owned(),
                )
                .take();
            tx.execute(&insert).await?;
            Ok(())
        })
        .await
}

/// In half stars; `None` where nobody rated anything.
async fn mean_of_all(db: &impl ConnectionTrait) -> Outcome<Option<f64>> {
    let select = Query::select()
        .expr(Expr::col(ratings::Column::HalfStars).count())
        .expr(
            Expr::expr(Func::coalesce([Expr::col(ratings::Column::HalfStars).sum(), Expr::val(0_i64)]))
                .cast_as("bigint"),
        )
        .from(ratings::Entity)
        .take();
    let (count, sum): (i64, i64) = fetch_tuple(db, &select).await?.unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "a mean of 1 to 10 needs less")]
    Ok((count > 0).then(|| sum as f64 / count as f64))
}

/// The first and the last of the next films in order of id.
async fn next_films(db: &impl ConnectionTrait, after: Option<Uuid>) -> Outcome<Option<(Uuid, Uuid)>> {
    let next = Query::select()
        .column(movies::Column::Id)
        .from(movies::Entity)
        .and_where_option(after.map(|after| Expr::col(movies::Column::Id).gt(after)))
        .order_by(movies::Column::Id, Order::Asc)
        .limit(FILMS_AT_ONCE)
        .take();
    let ids: Vec<(Uuid,)> = crate::sql::fetch_tuples(db, &next).await?;
    Ok(ids.first().zip(ids.last()).map(|(first, last)| (first.0, last.0)))
}

/// Sets the statistics of rated films where they differ.
fn recompute(first: Uuid, last: Uuid) -> UpdateStatement {
    use movies::Column::{Id, Popularity, RatingCount, RatingSumHalfStars};
    let mut computed = Query::select()
        .column(ratings::Column::MovieId)
        .expr_as(Expr::col(ratings::Column::HalfStars).count(), "n")
        .expr_as(Expr::col(ratings::Column::HalfStars).sum(), "s")
        .from(ratings::Entity)
        .and_where(Expr::col(ratings::Column::MovieId).between(first, last))
        .group_by_col(ratings::Column::MovieId)
        .take();
    for (at, bar) in (1_i16..).zip(BARS) {
        let of_this = Expr::case(Expr::col(ratings::Column::HalfStars).eq(at), 1_i64);
        computed.expr_as(Expr::expr(of_this).count(), bar.as_str());
    }
    let (count, sum) = (Expr::col(("computed", "n")), Expr::col(("computed", "s")));
    let score = popularity(count.clone(), sum.clone());
    let mut differs = Expr::col((movies::Entity, RatingCount))
        .ne(count.clone())
        .or(Expr::col((movies::Entity, RatingSumHalfStars)).ne(sum.clone()))
        .or(Expr::col((movies::Entity, Popularity)).is_null())
        .or(Expr::col((movies::Entity, Popularity)).ne(score.clone()));
    let mut update = Query::update();
    update
        .table(movies::Entity)
        .value(RatingCount, count)
        .value(RatingSumHalfStars, sum)
        .value(Popularity, score)
        .from(TableRef::SubQuery(computed.into(), "computed".into()))
        .and_where(Expr::col((movies::Entity, Id)).equals(("computed", "movie_id")));
    for bar in BARS {
        let people = Expr::col(("computed", bar.as_str()));
        differs = differs.or(Expr::col((movies::Entity, bar)).ne(people.clone()));
        update.value(bar, people);
    }
    update.and_where(differs).take()
}

/// Sets the statistics of films that have lost their last rating, or are rated elsewhere alone, where they differ.
fn settle_unrated(first: Uuid, last: Uuid) -> UpdateStatement {
    use movies::Column::{Id, Popularity, RatingCount, RatingSumHalfStars, VotesElsewhere};
    let of_film = |column| Expr::col((movies::Entity, column));
    let rated = Query::select()
        .expr(Expr::val(1))
        .from(ratings::Entity)
        .and_where(Expr::col((ratings::Entity, ratings::Column::MovieId)).equals((movies::Entity, Id)))
        .take();
    let score = || popularity(Expr::val(0_i64), Expr::val(0_i64));
    let is_rated_there = of_film(VotesElsewhere).is_not_null();
    let has_none = of_film(Popularity).is_null();
    let differs = of_film(RatingCount)
        .ne(0_i64)
        .or(is_rated_there.clone().and(has_none.clone().or(of_film(Popularity).ne(score()))))
        .or(is_rated_there.not().and(has_none.not()));
    Query::update()
        .table(movies::Entity)
        .value(RatingCount, 0_i64)
        .value(RatingSumHalfStars, 0_i64)
        .value(Popularity, score())
        .values(BARS.map(|bar| (bar, 0_i64.into())))
        .and_where(of_film(Id).between(first, last))
        .and_where(differs)
        .and_where(Expr::not_exists(rated))
        .take()
}
