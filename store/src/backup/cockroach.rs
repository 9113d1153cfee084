//! Backups of a `CockroachDB`, which makes them itself, on its nodes or in the cloud: here are only its statements run
//! (`matinee_migrations::cockroach::backup`). None of this has ever run on a `CockroachDB`.

use matinee_domain::Timestamp;
use matinee_migrations::cockroach::backup::{self, Which};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement};

use super::BackupError;
use crate::{Engine, engine};

/// A collection of backups of one database.
#[derive(Debug)]
pub struct CockroachBackups {
    db: DatabaseConnection,
    /// Without its password.
    address: String,
    database: String,
    collection: String,
}

impl CockroachBackups {
    /// The backups of the database at `url` in a collection; none where the server there is no `CockroachDB`.
    ///
    /// # Errors
    /// `Server` when it can't be reached.
    pub async fn open(url: &str, collection: &str) -> Result<Option<Self>, BackupError> {
        let address = engine::redact(url).into_owned();
        let failed = |source: DbErr| BackupError::Server {
            doing: "connect to",
            address: address.clone(),
            source: Box::new(source),
        };
        // Of its own: the store's connections end statements that take as long as a backup does.
        let mut options = ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        let db = Database::connect(options).await.map_err(failed)?;
        if engine::postgres::which(&db).await.map_err(failed)? != Engine::Cockroach {
            return Ok(None);
        }
        let ask = Statement::from_string(DbBackend::Postgres, "SELECT current_database()");
        let row = db.query_one_raw(ask).await.map_err(failed)?;
        let database = row.map(|row| row.try_get_by_index(0)).transpose().map_err(failed)?.unwrap_or_default();
        Ok(Some(Self { db, address, database, collection: collection.to_owned() }))
    }

    /// Makes a full backup with its history.
    ///
    /// # Errors
    /// `Server`, with what the server said.
    pub async fn create(&self) -> Result<(), BackupError> {
        self.run("back up", &backup::create(&self.database, &self.collection)).await
    }

    /// Has the server make them by itself, each day and each hour.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub async fn schedule(&self) -> Result<(), BackupError> {
        self.run("schedule backups of", &backup::schedule(&self.database, &self.collection)).await
    }

    /// The names of the backups, oldest first.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub async fn list(&self) -> Result<Vec<String>, BackupError> {
        let ask = Statement::from_string(DbBackend::Postgres, backup::list(&self.collection));
        let failed = |source| self.failed("list the backups of", source);
        let rows = self.db.query_all_raw(ask).await.map_err(failed)?;
        rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>().map_err(failed)
    }

    /// Checks that all files of a backup (the newest, without a name) are there and every row can be read.
    ///
    /// # Errors
    /// As [`create`](Self::create), also for a backup that is damaged.
    pub async fn verify(&self, name: Option<&str>) -> Result<(), BackupError> {
        let which = name.map_or(Which::Latest, Which::Named);
        let scratch = format!("{}_verify", self.database);
        let doing = "verify a backup of";
        self.run(doing, &backup::check_files(&self.collection, which)).await?;
        self.run(doing, &backup::drop_database(&scratch)).await?;
        let checked = self.run(doing, &backup::check_rows(&self.database, &self.collection, which, &scratch)).await;
        self.run(doing, &backup::drop_database(&scratch)).await?;
        checked
    }

    /// Restores a backup (the newest, without a name), to a moment of its history if one is given, as the new database
    /// `into`.
    ///
    /// # Errors
    /// As [`create`](Self::create), also where there is a database of that name.
    pub async fn restore(&self, name: Option<&str>, to: Option<Timestamp>, into: &str) -> Result<(), BackupError> {
        let which = name.map_or(Which::Latest, Which::Named);
        let moment = to.map(|to| to.format("%Y-%m-%d %H:%M:%S%.6f+00:00").to_string());
        let restore = backup::restore(&self.database, &self.collection, which, moment.as_deref(), into);
        self.run("restore a backup of", &restore).await
    }

    async fn run(&self, doing: &'static str, sql: &str) -> Result<(), BackupError> {
        self.db.execute_unprepared(sql).await.map(drop).map_err(|source| self.failed(doing, source))
    }

    fn failed(&self, doing: &'static str, source: DbErr) -> BackupError {
        BackupError::Server { doing, address: self.address.clone(), source: Box::new(source) }
    }
}
