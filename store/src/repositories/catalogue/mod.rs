//! Bulk writing of the catalogue: each call is one transaction that also keeps the import's progress.
//!
//! Everything is written so that the same rows in any order and however often end in the same database: films and
//! raters have ids made from what their source calls them, of two ratings by one person for one film the later counts,
//! and what is equal is not written again.

mod copying;
pub(super) mod described;
mod external_ids;
pub(super) mod facts;
mod matching;
pub(super) mod movies;
pub(super) mod placing;
mod progress;
pub(super) mod ratings;
mod state;
pub(super) mod writing;

use async_trait::async_trait;
use matinee_domain::ExternalId;
use matinee_services::ports::{
    CatalogueWriter, FilmMatch, FilmMatcher, ImportKey, ImportProgress, ImportedMovie, ImportedRating, MovieFacts,
    Placement, RepositoryResult,
};

use super::statistics;
use crate::{Store, journal::Cause, sql::moment};

#[async_trait]
impl CatalogueWriter for Store {
    async fn get_progress(&self, key: &ImportKey) -> RepositoryResult<ImportProgress> {
        self.read(async |db| progress::get(db, key).await).await
    }

    async fn put_movies(
        &self,
        key: &ImportKey,
        movies: Vec<ImportedMovie>,
        progress: ImportProgress,
    ) -> RepositoryResult<()> {
        let now = moment(self.now());
        let movies = &movies;
        self.write_bulk(Cause::system("import"), |tx| async move {
            movies::put(&*tx, movies, now).await?;
            progress::set(&*tx, key, progress).await
        })
        .await
    }

    async fn put_ratings(
        &self,
        key: &ImportKey,
        ratings: Vec<ImportedRating>,
        progress: ImportProgress,
    ) -> RepositoryResult<Vec<usize>> {
        let now = moment(self.now());
        let ratings = &ratings;
        self.write_bulk(Cause::system("import"), |tx| async move {
            let unknown = ratings::put(&*tx, ratings, now).await?;
            progress::set(&*tx, key, progress).await?;
            Ok(unknown)
        })
        .await
    }

    async fn put_facts(
        &self,
        key: &ImportKey,
        facts: Vec<MovieFacts>,
        progress: ImportProgress,
    ) -> RepositoryResult<Vec<bool>> {
        let now = moment(self.now());
        let facts = &facts;
        self.write_bulk(Cause::system("import"), |tx| async move {
            let matched = facts::put(&*tx, facts, now).await?;
            progress::set(&*tx, key, progress).await?;
            Ok(matched)
        })
        .await
    }

    async fn put_described(
        &self,
        key: &ImportKey,
        films: Vec<MovieFacts>,
        progress: ImportProgress,
    ) -> RepositoryResult<Vec<Placement>> {
        let now = moment(self.now());
        let films = &films;
        self.write_bulk(Cause::system("import"), |tx| async move {
            let placements = described::put(&*tx, films, now).await?;
            progress::set(&*tx, key, progress).await?;
            Ok(placements)
        })
        .await
    }

    async fn put_external_ids(
        &self,
        key: &ImportKey,
        ids: Vec<(ExternalId, Vec<ExternalId>)>,
        progress: ImportProgress,
    ) -> RepositoryResult<()> {
        let ids = &ids;
        self.write_bulk(Cause::system("import"), |tx| async move {
            external_ids::put(&*tx, ids).await?;
            progress::set(&*tx, key, progress).await
        })
        .await
    }

    async fn refresh_statistics(&self) -> RepositoryResult<()> {
        statistics::refresh(self).await
    }
}

#[async_trait]
impl FilmMatcher for Store {
    async fn match_films(&self, described: &[MovieFacts]) -> RepositoryResult<Vec<FilmMatch>> {
        self.read(async |db| placing::match_films(db, described).await).await
    }
}
