//! Everything on films' pages, in five small reads by key.

use std::collections::HashMap;

use matinee_domain::{
    Credit, ExternalId, ExternalSource, Histogram, Movie, MovieCard, MovieId, PersonId, RatedElsewhere,
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
    sql::{among, count32, fetch, fetch_tuples, year},
};

pub(crate) async fn lookup(db: &impl ConnectionTrait, movie: Uuid) -> Outcome<Option<Movie>> {
    Ok(list(db, &[movie]).await?.pop())
}

/// Those of the films that there are, in no order; as many reads as for one.
pub(crate) async fn list(db: &impl ConnectionTrait, movies: &[Uuid]) -> Outcome<Vec<Movie>> {
    let facts = facts(db, movies).await?;
    let movies: Vec<_> = facts.iter().map(|facts| facts.id).collect();
    if movies.is_empty() {
        return Ok(Vec::new());
    }
    let mut genres = grouped(cards::genres(db, &movies).await?);
    let mut titles = grouped(alternative_titles(db, &movies).await?);
    let mut credits = list_credits(db, &movies).await?;
    let mut external_ids = list_external_ids(db, &movies).await?;
    let mut found = Vec::with_capacity(facts.len());
    for facts in facts {
        let id = facts.id;
        let histogram = match facts.histogram() {
            Some(histogram) => histogram,
            None => count_histogram(db, id).await?,
        };
        let mut movie = facts.into_movie(genres.remove(&id).unwrap_or_default(), histogram)?;
        movie.alternative_titles = titles.remove(&id).unwrap_or_default();
        movie.credits = credits.remove(&id).unwrap_or_default();
        movie.external_ids = external_ids.remove(&id).unwrap_or_default();
        found.push(movie);
    }
    Ok(found)
}

/// What belongs to each film, in the order of the rows.
fn grouped<T>(rows: impl IntoIterator<Item = (Uuid, T)>) -> HashMap<Uuid, Vec<T>> {
    let mut groups: HashMap<_, Vec<T>> = HashMap::new();
    for (movie, part) in rows {
        groups.entry(movie).or_default().push(part);
    }
    groups
}

/// What the film itself is known to be.
#[derive(FromQueryResult)]
struct Facts {
    id: Uuid,
    title: String,
    year: Option<i16>,
    original_title: Option<String>,
    runtime_min: Option<i16>,
    plot: Option<String>,
    poster_url: Option<String>,
    poster_width_px: Option<i16>,
    poster_height_px: Option<i16>,
    votes_elsewhere: Option<i64>,
    mean_elsewhere_tenths: Option<i16>,
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

    /// The film with nothing that other tables know but its genres.
    fn into_movie(self, genres: Vec<String>, histogram: Histogram) -> Outcome<Movie> {
        let id = MovieId(self.id);
        let card = MovieCard {
            id,
            title: self.title,
            year: year(self.id, self.year)?,
            genres,
            rating: cards::summary(self.rating_count, self.rating_sum_half_stars),
        };
        let runtime_min =
            self.runtime_min.map(u16::try_from).transpose().map_err(|error| damaged("film", id, error))?;
        let size_px = |kept: Option<i16>| kept.and_then(|px| u16::try_from(px).ok());
        let poster = self.poster_url.zip(size_px(self.poster_width_px).zip(size_px(self.poster_height_px)));
        Ok(Movie {
            card,
            original_title: self.original_title,
            alternative_titles: Vec::new(),
            runtime_min,
            plot: self.plot,
            poster: poster.map(|(url, (width_px, height_px))| PosterLink { url, width_px, height_px }),
            credits: Vec::new(),
            histogram,
            external_ids: Vec::new(),
            elsewhere: self
                .votes_elsewhere
                .zip(self.mean_elsewhere_tenths)
                .map(|(votes, tenths)| RatedElsewhere { votes: count32(votes), mean: f32::from(tenths) / 10.0 }),
        })
    }
}

async fn facts(db: &impl ConnectionTrait, movies: &[Uuid]) -> Outcome<Vec<Facts>> {
    use movies::Column::{
        Id, MeanElsewhereTenths, OriginalTitle, Plot, PosterHeightPx, PosterUrl, PosterWidthPx, RatingCount,
        RatingSumHalfStars, RuntimeMin, Title, VotesElsewhere, Year,
    };
    let select = Query::select()
        .columns([Id, Title, Year, OriginalTitle, RuntimeMin, Plot, PosterUrl, PosterWidthPx, PosterHeightPx])
        .columns([VotesElsewhere, MeanElsewhereTenths, RatingCount, RatingSumHalfStars])
        .columns(BARS)
        .from(movies::Entity)
        .and_where(among(Expr::col(Id), movies))
        .take();
    fetch(db, &select).await
}

async fn alternative_titles(db: &impl ConnectionTrait, movies: &[Uuid]) -> Outcome<Vec<(Uuid, String)>> {
    use movie_titles::Column::{MovieId, Position, Title};
    let select = Query::select()
        .columns([MovieId, Title])
        .from(movie_titles::Entity)
        .and_where(among(Expr::col(MovieId), movies))
        .order_by(MovieId, Order::Asc)
        .order_by(Position, Order::Asc)
        .order_by(Title, Order::Asc)
        .take();
    fetch_tuples(db, &select).await
}

/// Directors first, then writers, then the cast, each in the order of the credits.
async fn list_credits(db: &impl ConnectionTrait, movies: &[Uuid]) -> Outcome<HashMap<Uuid, Vec<Credit>>> {
    let select = Query::select()
        .column((credits::Entity, credits::Column::MovieId))
        .column((credits::Entity, credits::Column::Role))
        .column((credits::Entity, credits::Column::PersonId))
        .column((people::Entity, people::Column::Name))
        .from(credits::Entity)
        .inner_join(
            people::Entity,
            Expr::col((people::Entity, people::Column::Id)).equals((credits::Entity, credits::Column::PersonId)),
        )
        .and_where(among(Expr::col((credits::Entity, credits::Column::MovieId)), movies))
        .order_by((credits::Entity, credits::Column::MovieId), Order::Asc)
        .order_by((credits::Entity, credits::Column::Position), Order::Asc)
        .take();
    let rows: Vec<(Uuid, String, Uuid, String)> = fetch_tuples(db, &select).await?;
    let credit = |(movie, role, person, name): (Uuid, String, Uuid, String)| {
        let role = CreditRole::from_name(&role)
            .ok_or_else(|| damaged("film", MovieId(movie), format!("{role:?} is no role")))?;
        Ok((movie, Credit { person: PersonId(person), name, role }))
    };
    let mut lists = grouped(rows.into_iter().map(credit).collect::<Outcome<Vec<_>>>()?);
    for list in lists.values_mut() {
        list.sort_by_key(|credit| credit.role);
    }
    Ok(lists)
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

async fn list_external_ids(db: &impl ConnectionTrait, movies: &[Uuid]) -> Outcome<HashMap<Uuid, Vec<ExternalId>>> {
    use external_ids::Column::{ExternalId as IdThere, MovieId as Film, Source};
    let select = Query::select()
        .columns([Film, Source, IdThere])
        .from(external_ids::Entity)
        .and_where(among(Expr::col(Film), movies))
        .order_by(Film, Order::Asc)
        .order_by(Source, Order::Asc)
        .order_by(IdThere, Order::Asc)
        .take();
    let rows: Vec<(Uuid, String, String)> = fetch_tuples(db, &select).await?;
    let external_id = |(movie, source, id): (Uuid, String, String)| {
        let source = ExternalSource::from_name(&source)
            .ok_or_else(|| damaged("film", MovieId(movie), format!("{source:?} is no catalogue")))?;
        Ok((movie, ExternalId { source, id }))
    };
    Ok(grouped(rows.into_iter().map(external_id).collect::<Outcome<Vec<_>>>()?))
}
