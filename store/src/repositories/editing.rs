//! Changing a film's data by hand: what differs is written, in one change set.

use std::collections::HashSet;

use async_trait::async_trait;
use matinee_domain::{Movie, MovieId, movie::CreditRole, title::match_key};
use matinee_services::ports::{Edited, FilmData, FilmEditing, RepositoryResult, VersionedFilm};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Condition, Expr, ExprTrait, IntoCondition, Query},
};
use uuid::Uuid;

use super::{catalogue::writing::insert_rows, film};
use crate::{
    Store,
    entities::{Moment, credits, movie_genres, movies, people},
    failure::{Outcome, not_found},
    ids::person_id,
    journal::{self, Cause, Tx},
    sql::{fetch_tuple, for_change, moment, year_column},
};

#[async_trait]
impl FilmEditing for Store {
    async fn lookup_film(&self, movie: MovieId) -> RepositoryResult<Option<VersionedFilm>> {
        // From the primary: who edits must see what is there.
        self.read(async |db| lookup(db, movie.0, false).await).await
    }

    async fn set_film(&self, movie: MovieId, data: &FilmData, version: i64) -> RepositoryResult<Edited> {
        let now = moment(self.now());
        self.write(Cause::system("edit_film"), |tx| async move {
            let Some(kept) = lookup(&*tx, movie.0, true).await? else { return Err(not_found("film", movie)) };
            if kept.data == *data {
                return Ok(Edited::Same);
            }
            if kept.version != version {
                return Ok(Edited::ChangedSince);
            }
            write(&*tx, movie.0, &kept.data, data, now).await?;
            Ok(Edited::Done)
        })
        .await
    }
}

async fn lookup(db: &impl ConnectionTrait, movie: Uuid, to_change: bool) -> Outcome<Option<VersionedFilm>> {
    let select = Query::select()
        .column("version")
        .from(movies::Entity)
        .and_where(Expr::col(movies::Column::Id).eq(movie))
        .take();
    let select = if to_change { for_change(select) } else { select };
    let Some((version,)) = fetch_tuple::<(i64,)>(db, &select).await? else { return Ok(None) };
    let found = film::lookup(db, movie).await?;
    Ok(found.map(|movie| VersionedFilm { data: data_of(movie), version }))
}

fn data_of(movie: Movie) -> FilmData {
    let names = |role: CreditRole| {
        movie.credits.iter().filter(|credit| credit.role == role).map(|credit| credit.name.clone()).collect()
    };
    FilmData {
        directors: names(CreditRole::Director),
        writers: names(CreditRole::Writer),
        cast: names(CreditRole::Cast),
        title: movie.card.title,
        original_title: movie.original_title,
        year: movie.card.year,
        runtime_min: movie.runtime_min,
        plot: movie.plot,
        genres: movie.card.genres,
    }
}

async fn write<C: ConnectionTrait + Send>(
    tx: &Tx<C>,
    movie: Uuid,
    kept: &FilmData,
    data: &FilmData,
    now: Moment,
) -> Outcome<()> {
    use movies::Column::{Id, MatchKey, OriginalTitle, Plot, RuntimeMin, Title, UpdatedAt, Year};
    // Also where only genres or credits change, so that whoever follows films by their version sees it.
    let update = Query::update()
        .value(Title, data.title.as_str())
        .value(OriginalTitle, data.original_title.clone())
        .value(MatchKey, match_key(&data.title))
        .value(Year, year_column(data.year))
        .value(RuntimeMin, data.runtime_min.and_then(|minutes| i16::try_from(minutes).ok()))
        .value(Plot, data.plot.clone())
        .value(UpdatedAt, now)
        .take();
    tx.update(&journal::MOVIES, update, Expr::col(Id).eq(movie).into_condition()).await?;
    if kept.genres != data.genres {
        replace_genres(tx, movie, &data.genres).await?;
    }
    let roles = [
        (CreditRole::Director, &kept.directors, &data.directors),
        (CreditRole::Writer, &kept.writers, &data.writers),
        (CreditRole::Cast, &kept.cast, &data.cast),
    ];
    for (role, before, after) in roles {
        if before != after {
            replace_credits(tx, movie, role, after).await?;
        }
    }
    Ok(())
}

async fn replace_genres<C: ConnectionTrait + Send>(tx: &Tx<C>, movie: Uuid, genres: &[String]) -> Outcome<()> {
    use movie_genres::Column::{Genre, MovieId, Position};
    tx.delete(&journal::MOVIE_GENRES, Expr::col(MovieId).eq(movie).into_condition()).await?;
    let rows = (0_i16..).zip(genres).map(|(position, genre)| [movie.into(), genre.as_str().into(), position.into()]);
    insert_rows(tx, &journal::MOVIE_GENRES, [MovieId, Genre, Position], rows.collect()).await?;
    Ok(())
}

async fn replace_credits<C: ConnectionTrait + Send>(
    tx: &Tx<C>,
    movie: Uuid,
    role: CreditRole,
    names: &[String],
) -> Outcome<()> {
    use credits::Column::{MovieId, PersonId, Position, Role};
    let theirs = Condition::all().add(Expr::col(MovieId).eq(movie)).add(Expr::col(Role).eq(role.as_str()));
    tx.delete(&journal::CREDITS, theirs).await?;
    let mut seen = HashSet::new();
    let credited: Vec<(Uuid, &str)> =
        names.iter().map(|name| (person_id(name).0, name.as_str())).filter(|(id, _)| seen.insert(*id)).collect();
    let rows = credited.iter().map(|(id, name)| [(*id).into(), (*name).into()]).collect();
    insert_rows(tx, &journal::PEOPLE, [people::Column::Id, people::Column::Name], rows).await?;
    let rows = (0_i16..).zip(&credited);
    let rows =
        rows.map(|(position, (id, _))| [movie.into(), role.as_str().into(), position.into(), (*id).into()]).collect();
    insert_rows(tx, &journal::CREDITS, [MovieId, Role, Position, PersonId], rows).await?;
    Ok(())
}
