//! Everything on a film's page, in five small reads by key.

use matinee_domain::{
    Credit, ExternalId, ExternalSource, Histogram, Movie, MovieCard, MovieId, PersonId,
    movie::{CreditRole, PosterLink},
};
use sea_orm::{
    ConnectionTrait, FromQueryResult,
    sea_query::{Expr, ExprTrait, Order, Query},
};
use uuid::Uuid;

use super::{cards, statistics::BARS};
use crate::{
    entities::{credits, external_ids, movie_titles, movies, people, ratings},
    failure::{Outcome, damaged},
    sql::{count32, fetch, fetch_tuples, year},
};

pub(crate) async fn lookup(db: &impl ConnectionTrait, movie: Uuid) -> Outcome<Option<Movie>> {
    let Some(facts) = facts(db, movie).await? else { return Ok(None) };
    let genres = cards::genres(db, &[movie]).await?;
    let histogram = match facts.histogram() {
        Some(histogram) => histogram,
        None => count_histogram(db, movie).await?,
    };
    let Facts { title, original_title, runtime_min, plot, poster_url, poster_width_px, poster_height_px, .. } = facts;
    let card = MovieCard {
        id: MovieId(movie),
        title,
        year: year(movie, facts.year)?,
        genres: genres.into_iter().map(|(_, genre)| genre).collect(),
        rating: cards::summary(facts.rating_count, facts.rating_sum_half_stars),
    };
    let runtime_min =
        runtime_min.map(u16::try_from).transpose().map_err(|error| damaged("film", MovieId(movie), error))?;
    let size_px = |kept: Option<i16>| kept.and_then(|px| u16::try_from(px).ok());
    let poster = poster_url.zip(size_px(poster_width_px).zip(size_px(poster_height_px)));
    Ok(Some(Movie {
        card,
        original_title,
        alternative_titles: alternative_titles(db, movie).await?,
        runtime_min,
        plot,
        poster: poster.map(|(url, (width_px, height_px))| PosterLink { url, width_px, height_px }),
        credits: list_credits(db, movie).await?,
        histogram,
        external_ids: list_external_ids(db, movie).await?,
    }))
}

/// What the film itself is known to be.
#[derive(FromQueryResult)]
struct Facts {
    title: String,
    year: Option<i16>,
    original_title: Option<String>,
    runtime_min: Option<i16>,
    plot: Option<String>,
    poster_url: Option<String>,
    poster_width_px: Option<i16>,
    poster_height_px: Option<i16>,
    rating_count: i64,
    rating_sum_half_stars: i64,
    rated_1: i64,
    rated_2: i64,
    rated_3: i64,
    rated_4: i64,
    rated_5: i64,
    rated_6: i64,
    rated_7: i64,
    rated_8: i64,
    rated_9: i64,
    rated_10: i64,
}

impl Facts {
    /// The histogram as it is kept. `None` where it does not tell of the ratings there are: it has not been filled yet, or a
    /// version that knows of none wrote meanwhile.
    fn histogram(&self) -> Option<Histogram> {
        let bars = [
            self.rated_1,
            self.rated_2,
            self.rated_3,
            self.rated_4,
            self.rated_5,
            self.rated_6,
            self.rated_7,
            self.rated_8,
            self.rated_9,
            self.rated_10,
        ];
        let half_stars: i64 = (1..).zip(bars).map(|(half_stars, people)| half_stars * people).sum();
        let tells_of_all = bars.iter().sum::<i64>() == self.rating_count
            && half_stars == self.rating_sum_half_stars
            && bars.iter().all(|people| *people >= 0);
        tells_of_all.then(|| Histogram(bars.map(count32)))
    }
}

async fn facts(db: &impl ConnectionTrait, movie: Uuid) -> Outcome<Option<Facts>> {
    use movies::Column::{
        Id, OriginalTitle, Plot, PosterHeightPx, PosterUrl, PosterWidthPx, RatingCount, RatingSumHalfStars, RuntimeMin,
        Title, Year,
    };
    let select = Query::select()
        .columns([Title, Year, OriginalTitle, RuntimeMin, Plot, PosterUrl, PosterWidthPx, PosterHeightPx])
        .columns([RatingCount, RatingSumHalfStars])
        .columns(BARS)
        .from(movies::Entity)
        .and_where(Expr::col(Id).eq(movie))
        .take();
    Ok(fetch::<Facts>(db, &select).await?.pop())
}

async fn alternative_titles(db: &impl ConnectionTrait, movie: Uuid) -> Outcome<Vec<String>> {
    use movie_titles::Column::{MovieId, Position, Title};
    let select = Query::select()
        .column(Title)
        .from(movie_titles::Entity)
        .and_where(Expr::col(MovieId).eq(movie))
        .order_by(Position, Order::Asc)
        .order_by(Title, Order::Asc)
        .take();
    let rows: Vec<(String,)> = fetch_tuples(db, &select).await?;
    Ok(rows.into_iter().map(|(title,)| title).collect())
}

/// Directors first, then writers, then the cast, each in the order of the credits.
async fn list_credits(db: &impl ConnectionTrait, movie: Uuid) -> Outcome<Vec<Credit>> {
    let select = Query::select()
        .column((credits::Entity, credits::Column::Role))
        .column((credits::Entity, credits::Column::PersonId))
        .column((people::Entity, people::Column::Name))
        .from(credits::Entity)
        .inner_join(
            people::Entity,
            Expr::col((people::Entity, people::Column::Id)).equals((credits::Entity, credits::Column::PersonId)),
        )
        .and_where(Expr::col((credits::Entity, credits::Column::MovieId)).eq(movie))
        .order_by((credits::Entity, credits::Column::Position), Order::Asc)
        .take();
    let rows: Vec<(String, Uuid, String)> = fetch_tuples(db, &select).await?;
    let mut list = rows
        .into_iter()
        .map(|(role, person, name)| {
            let role = CreditRole::from_name(&role)
                .ok_or_else(|| damaged("film", MovieId(movie), format!("{role:?} is no role")))?;
            Ok(Credit { person: PersonId(person), name, role })
        })
        .collect::<Outcome<Vec<_>>>()?;
    list.sort_by_key(|credit| credit.role);
    Ok(list)
}

/// Counted in the index over (film, half stars): as much work as there are ratings.
async fn count_histogram(db: &impl ConnectionTrait, movie: Uuid) -> Outcome<Histogram> {
    use ratings::Column::{HalfStars, MovieId as RatedMovie};
    let select = Query::select()
        .column(HalfStars)
        .expr(Expr::col(HalfStars).count())
        .from(ratings::Entity)
        .and_where(Expr::col(RatedMovie).eq(movie))
        .group_by_col(HalfStars)
        .take();
    let rows: Vec<(i16, i64)> = fetch_tuples(db, &select).await?;
    let mut histogram = Histogram::default();
    for (half_stars, people) in rows {
        let bar = usize::try_from(half_stars - 1).ok().and_then(|at| histogram.0.get_mut(at));
        *bar.ok_or_else(|| damaged("rating of film", MovieId(movie), format!("{half_stars} half stars")))? =
            count32(people);
    }
    Ok(histogram)
}

async fn list_external_ids(db: &impl ConnectionTrait, movie: Uuid) -> Outcome<Vec<ExternalId>> {
    use external_ids::Column::{ExternalId as IdThere, MovieId as Film, Source};
    let select = Query::select()
        .columns([Source, IdThere])
        .from(external_ids::Entity)
        .and_where(Expr::col(Film).eq(movie))
        .order_by(Source, Order::Asc)
        .order_by(IdThere, Order::Asc)
        .take();
    let rows: Vec<(String, String)> = fetch_tuples(db, &select).await?;
    rows.into_iter()
        .map(|(source, id)| {
            let source = ExternalSource::from_name(&source)
                .ok_or_else(|| damaged("film", MovieId(movie), format!("{source:?} is no catalogue")))?;
            Ok(ExternalId { source, id })
        })
        .collect()
}
