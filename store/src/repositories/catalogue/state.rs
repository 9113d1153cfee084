//! Films as an import sees them: what is kept, and what of it a batch changes.

use std::collections::{BTreeSet, HashMap, HashSet};

use matinee_domain::title::match_key;
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, Order, Query},
};
use uuid::Uuid;

use crate::{
    entities::{movie_genres, movie_titles, movies},
    failure::Outcome,
    sql::{MAX_LISTED, among, fetch_tuples, for_change},
};

pub(crate) type Films = HashMap<Uuid, Film>;

/// A film's titles, year and genres. Setters note whether anything differs.
#[derive(Debug)]
pub(crate) struct Film {
    pub title: String,
    pub original_title: Option<String>,
    pub year: Option<i16>,
    /// Most telling first, each once.
    pub genres: Vec<String>,
    /// Alternative titles, those kept first.
    titles: Vec<String>,
    kept_titles: usize,
    pub is_new: bool,
    pub genres_replaced: bool,
    row_changed: bool,
}

impl Film {
    /// One that isn't kept yet.
    pub fn new(title: String) -> Self {
        Self {
            title,
            original_title: None,
            year: None,
            genres: Vec::new(),
            titles: Vec::new(),
            kept_titles: 0,
            is_new: true,
            genres_replaced: false,
            row_changed: false,
        }
    }

    pub fn is_changed(&self) -> bool {
        self.is_new || self.row_changed || self.genres_replaced || self.titles.len() > self.kept_titles
    }

    pub fn set_title(&mut self, title: &str) {
        if self.title != title {
            title.clone_into(&mut self.title);
            self.row_changed = true;
        }
    }

    pub fn set_original_title(&mut self, title: Option<&String>) {
        if self.original_title.as_ref() != title {
            self.original_title = title.cloned();
            self.row_changed = true;
        }
    }

    pub fn set_year(&mut self, year: Option<i16>) {
        if self.year != year {
            self.year = year;
            self.row_changed = true;
        }
    }

    pub fn set_genres(&mut self, genres: &[String]) {
        let mut each_once: Vec<String> = Vec::with_capacity(genres.len());
        for genre in genres {
            if !each_once.contains(genre) {
                each_once.push(genre.clone());
            }
        }
        if self.genres != each_once {
            self.genres = each_once;
            self.genres_replaced = true;
        }
    }

    /// Adds those that are neither the title nor there already.
    pub fn add_titles(&mut self, titles: &[String]) {
        for title in titles {
            if *title != self.title && !self.titles.contains(title) {
                self.titles.push(title.clone());
            }
        }
    }

    /// Adds those that are other titles and not only other spellings of what is there.
    pub fn add_other_titles(&mut self, titles: &[String]) {
        if titles.is_empty() {
            return;
        }
        let mut keys: HashSet<String> = self.titles.iter().chain([&self.title]).map(|title| match_key(title)).collect();
        self.titles.extend(titles.iter().filter(|title| keys.insert(match_key(title))).cloned());
    }

    /// Alternative titles to be written, with their positions.
    pub fn new_titles(&self) -> impl Iterator<Item = (i16, &str)> {
        (0_i16..).zip(&self.titles).skip(self.kept_titles).map(|(position, title)| (position, title.as_str()))
    }
}

/// What is kept of these films.
pub(crate) async fn load(tx: &impl ConnectionTrait, ids: BTreeSet<Uuid>) -> Outcome<Films> {
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let mut films = Films::with_capacity(ids.len());
    for ids in ids.chunks(MAX_LISTED) {
        load_rows(tx, ids, &mut films).await?;
        load_genres(tx, ids, &mut films).await?;
        load_titles(tx, ids, &mut films).await?;
    }
    Ok(films)
}

async fn load_rows(tx: &impl ConnectionTrait, ids: &[Uuid], films: &mut Films) -> Outcome<()> {
    use movies::Column::{Id, OriginalTitle, Title, Year};
    let select = Query::select()
        .columns([Id, Title, OriginalTitle, Year])
        .from(movies::Entity)
        .and_where(among(Expr::col(Id), ids))
        .take();
    let rows: Vec<(Uuid, String, Option<String>, Option<i16>)> = fetch_tuples(tx, &for_change(select)).await?;
    films.extend(rows.into_iter().map(|(id, title, original_title, year)| {
        (id, Film { original_title, year, is_new: false, ..Film::new(title) })
    }));
    Ok(())
}

async fn load_genres(tx: &impl ConnectionTrait, ids: &[Uuid], films: &mut Films) -> Outcome<()> {
    use movie_genres::Column::{Genre, MovieId, Position};
    let select = Query::select()
        .columns([MovieId, Genre])
        .from(movie_genres::Entity)
        .and_where(among(Expr::col(MovieId), ids))
        .order_by(Position, Order::Asc)
        .take();
    let rows: Vec<(Uuid, String)> = fetch_tuples(tx, &select).await?;
    for (id, genre) in rows {
        if let Some(film) = films.get_mut(&id) {
            film.genres.push(genre);
        }
    }
    Ok(())
}

async fn load_titles(tx: &impl ConnectionTrait, ids: &[Uuid], films: &mut Films) -> Outcome<()> {
    use movie_titles::Column::{MovieId, Position, Title};
    let select = Query::select()
        .columns([MovieId, Title])
        .from(movie_titles::Entity)
        .and_where(among(Expr::col(MovieId), ids))
        .order_by(Position, Order::Asc)
        .take();
    let rows: Vec<(Uuid, String)> = fetch_tuples(tx, &select).await?;
    for (id, title) in rows {
        if let Some(film) = films.get_mut(&id) {
            film.titles.push(title);
            film.kept_titles += 1;
        }
    }
    Ok(())
}
