//! Taking films in.
//!
//! The source whose id made a film (its `MovieId` says so) may correct title, year and genres. Any other source adds
//! what is missing: its title as an alternative one, alternative titles, and a year or genres where there are none.

use matinee_domain::title::match_key;
use matinee_services::ports::ImportedMovie;
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, IntoCondition, Query},
};
use uuid::Uuid;

use super::{
    external_ids::{self, Known},
    state::{self, Film, Films},
    writing::insert_rows,
};
use crate::{
    entities::{Moment, movie_genres, movie_titles, movies},
    failure::Outcome,
    ids::movie_id,
    journal::{self, Tx},
    sql::year_column,
};

pub(crate) async fn put<C: ConnectionTrait + Send>(tx: &Tx<C>, imported: &[ImportedMovie], now: Moment) -> Outcome<()> {
    let all_ids = imported.iter().flat_map(|movie| &movie.external_ids);
    let mut known = Known::find(tx, all_ids.map(|id| (id.source, id.id.as_str())).collect()).await?;
    let mut placed = Vec::with_capacity(imported.len());
    for movie in imported {
        // Without any id it could never be found again.
        let Some(first) = movie.external_ids.first() else { continue };
        let own_id = movie_id(first).0;
        let id = known.first(&movie.external_ids).unwrap_or(own_id);
        known.learn(&movie.external_ids, id);
        placed.push((id, movie, id == own_id));
    }
    let mut films = state::load(tx, placed.iter().map(|(id, ..)| *id).collect()).await?;
    for &(id, movie, is_own) in &placed {
        films.entry(id).and_modify(|film| merge(film, movie, is_own)).or_insert_with(|| made_from(movie));
    }
    write(tx, &films, now).await?;
    let ids: Vec<_> =
        placed.iter().flat_map(|(id, movie, _)| movie.external_ids.iter().map(move |other| (other, *id))).collect();
    external_ids::add(tx, &ids).await?;
    Ok(())
}

fn made_from(movie: &ImportedMovie) -> Film {
    let mut film = Film::new(movie.title.clone());
    film.original_title = Some(movie.original_title.clone()).filter(|original| *original != movie.title);
    film.year = year_column(movie.year);
    film.set_genres(&movie.genres);
    film.add_titles(&movie.alternative_titles);
    film
}

fn merge(film: &mut Film, movie: &ImportedMovie, is_own: bool) {
    if is_own {
        film.set_title(&movie.title);
        film.set_original_title(Some(&movie.original_title).filter(|original| **original != movie.title));
        film.set_year(year_column(movie.year).or(film.year));
        if !movie.genres.is_empty() {
            film.set_genres(&movie.genres);
        }
    } else {
        film.set_year(film.year.or(year_column(movie.year)));
        if film.genres.is_empty() {
            film.set_genres(&movie.genres);
        }
        if match_key(&movie.title) != match_key(&film.title) {
            film.add_titles(std::slice::from_ref(&movie.title));
        }
    }
    film.add_titles(&movie.alternative_titles);
}

/// What is new or differs from what is kept, in the order of ids.
pub(super) fn changed(films: &Films) -> Vec<(Uuid, &Film)> {
    let mut changed: Vec<(Uuid, &Film)> =
        films.iter().filter(|(_, film)| film.is_changed()).map(|(id, film)| (*id, film)).collect();
    changed.sort_unstable_by_key(|(id, _)| *id);
    changed
}

/// Writes alternative titles and genres that are new, and nothing of the films' own rows.
pub(super) async fn insert_titles_and_genres<C: ConnectionTrait + Send>(tx: &Tx<C>, films: &Films) -> Outcome<()> {
    let changed = changed(films);
    insert_titles(tx, &changed).await?;
    insert_genres(tx, &changed).await
}

/// Writes what is new or changed, and nothing else.
async fn write<C: ConnectionTrait + Send>(tx: &Tx<C>, films: &Films, now: Moment) -> Outcome<()> {
    let changed = changed(films);
    let (new, old): (Vec<_>, Vec<_>) = changed.iter().copied().partition(|(_, film)| film.is_new);
    insert(tx, &new, now).await?;
    for (id, film) in old {
        update(tx, id, film, now).await?;
    }
    insert_titles(tx, &changed).await?;
    insert_genres(tx, &changed).await
}

async fn insert<C: ConnectionTrait + Send>(tx: &Tx<C>, films: &[(Uuid, &Film)], now: Moment) -> Outcome<()> {
    use movies::Column::{CreatedAt, Id, MatchKey, OriginalTitle, Title, UpdatedAt, Year};
    let columns = [Id, Title, OriginalTitle, MatchKey, Year, CreatedAt, UpdatedAt];
    let rows = films
        .iter()
        .map(|(id, film)| {
            [
                (*id).into(),
                film.title.as_str().into(),
                film.original_title.clone().into(),
                match_key(&film.title).into(),
                film.year.into(),
                now.into(),
                now.into(),
            ]
        })
        .collect();
    // A film of that id whose external id has been taken away stays as it is.
    insert_rows(tx, &journal::MOVIES, columns, rows).await?;
    Ok(())
}

/// Also where only titles or genres changed, so that whoever follows films by `version` and `updated_at` sees it.
async fn update<C: ConnectionTrait + Send>(tx: &Tx<C>, id: Uuid, film: &Film, now: Moment) -> Outcome<()> {
    use movies::Column::{Id, MatchKey, OriginalTitle, Title, UpdatedAt, Year};
    let update = Query::update()
        .value(Title, film.title.as_str())
        .value(OriginalTitle, film.original_title.clone())
        .value(MatchKey, match_key(&film.title))
        .value(Year, film.year)
        .value(UpdatedAt, now)
        .take();
    tx.update(&journal::MOVIES, update, Expr::col(Id).eq(id).into_condition()).await?;
    if film.genres_replaced {
        let theirs = Expr::col(movie_genres::Column::MovieId).eq(id).into_condition();
        tx.delete(&journal::MOVIE_GENRES, theirs).await?;
    }
    Ok(())
}

async fn insert_titles<C: ConnectionTrait + Send>(tx: &Tx<C>, films: &[(Uuid, &Film)]) -> Outcome<()> {
    use movie_titles::Column::{MatchKey, MovieId, Position, Title};
    let columns = [MovieId, Title, Position, MatchKey];
    let rows = films
        .iter()
        .flat_map(|(id, film)| {
            film.new_titles()
                .map(|(position, title)| [(*id).into(), title.into(), position.into(), match_key(title).into()])
        })
        .collect();
    insert_rows(tx, &journal::MOVIE_TITLES, columns, rows).await?;
    Ok(())
}

async fn insert_genres<C: ConnectionTrait + Send>(tx: &Tx<C>, films: &[(Uuid, &Film)]) -> Outcome<()> {
    use movie_genres::Column::{Genre, MovieId, Position};
    let columns = [MovieId, Genre, Position];
    let rows = films
        .iter()
        .filter(|(_, film)| film.genres_replaced)
        .flat_map(|(id, film)| {
            (0_i16..).zip(&film.genres).map(|(position, genre)| [(*id).into(), genre.as_str().into(), position.into()])
        })
        .collect();
    insert_rows(tx, &journal::MOVIE_GENRES, columns, rows).await?;
    Ok(())
}
