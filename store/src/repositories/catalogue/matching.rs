//! Finding films by title and year.

use std::collections::{BTreeSet, HashMap};

use matinee_domain::{Year, title::match_key};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, Query},
};
use uuid::Uuid;

use crate::{
    entities::{movie_titles, movies},
    failure::Outcome,
    sql::{MAX_LISTED, fetch_tuples, listed, year_column},
};

/// Films by what all spellings of their titles have in common.
#[derive(Default)]
pub(crate) struct Candidates(HashMap<String, BTreeSet<(Uuid, Option<i16>)>>);

impl Candidates {
    /// Looks up all films that any of these titles could mean: two queries for some thousands of titles.
    pub(crate) async fn find(tx: &impl ConnectionTrait, titles: Vec<&str>) -> Outcome<Self> {
        let keys: BTreeSet<String> = titles.into_iter().map(match_key).filter(|key| !key.is_empty()).collect();
        let keys: Vec<String> = keys.into_iter().collect();
        let mut candidates = Self::default();
        for keys in keys.chunks(MAX_LISTED) {
            candidates.add_by_title(tx, keys).await?;
            candidates.add_by_alternative_title(tx, keys).await?;
        }
        Ok(candidates)
    }

    /// The one film of that title whose year is nearest: the same, or else one off. `None` where there is none, or
    /// where several are equally near.
    pub(crate) fn the_one(&self, title: &str, year: Option<Year>) -> Option<Uuid> {
        let films = self.0.get(&match_key(title))?;
        let year = year_column(year);
        for distance in [0, 1] {
            let mut near = films.iter().filter(|(_, theirs)| match (year, *theirs) {
                (Some(year), Some(theirs)) => year.abs_diff(theirs) == distance,
                // What has no year is only like what has none.
                (None, None) => distance == 0,
                _ => false,
            });
            match (near.next(), near.next()) {
                (Some((film, _)), None) => return Some(*film),
                (Some(_), Some(_)) => return None,
                (None, _) => {}
            }
        }
        None
    }

    /// All films of that title, with their years.
    pub(crate) fn of_title(&self, title: &str) -> impl Iterator<Item = (Uuid, Option<i16>)> {
        self.0.get(&match_key(title)).into_iter().flatten().copied()
    }

    async fn add_by_title(&mut self, tx: &impl ConnectionTrait, keys: &[String]) -> Outcome<()> {
        use movies::Column::{Id, MatchKey, Year};
        let select = Query::select()
            .columns([MatchKey, Id, Year])
            .from(movies::Entity)
            .and_where(Expr::col(MatchKey).is_in(listed(keys)))
            .take();
        self.add(fetch_tuples(tx, &select).await?);
        Ok(())
    }

    async fn add_by_alternative_title(&mut self, tx: &impl ConnectionTrait, keys: &[String]) -> Outcome<()> {
        use movie_titles::Column::{MatchKey, MovieId};
        let select = Query::select()
            .column((movie_titles::Entity, MatchKey))
            .column((movies::Entity, movies::Column::Id))
            .column((movies::Entity, movies::Column::Year))
            .from(movie_titles::Entity)
            .inner_join(
                movies::Entity,
                Expr::col((movies::Entity, movies::Column::Id)).equals((movie_titles::Entity, MovieId)),
            )
            .and_where(Expr::col((movie_titles::Entity, MatchKey)).is_in(listed(keys)))
            .take();
        self.add(fetch_tuples(tx, &select).await?);
        Ok(())
    }

    fn add(&mut self, rows: Vec<(String, Uuid, Option<i16>)>) {
        for (key, film, year) in rows {
            self.0.entry(key).or_default().insert((film, year));
        }
    }
}
