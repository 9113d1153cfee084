//! A transaction of an import on PostgreSQL: one into which rows can be copied.
//!
//! `COPY` takes rows as they are kept, and writes a page full of them at once. `SeaORM`'s transactions have no such thing and
//! keep their connection to themselves, so this is the same over the driver.

use std::{fmt, io::Cursor, sync::Arc};

use async_trait::async_trait;
use futures::future::BoxFuture;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement,
    sqlx::{self, AssertSqlSafe, Executor, PgConnection, Postgres},
};
use sea_query_sqlx::SqlxValues;
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};

/// A handle of it: the transaction ends by [`CopyTransaction::commit`], or is rolled back with its last handle.
#[derive(Clone)]
pub(crate) struct CopyTransaction(Arc<Mutex<Option<Begun>>>);

/// The driver's transaction. In a type without a lifetime, or the compiler can't see that futures over it are `Send`.
struct Begun(sqlx::Transaction<'static, Postgres>);

impl fmt::Debug for CopyTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopyTransaction").finish_non_exhaustive()
    }
}

/// The transaction while a statement runs in it.
type Open<'a> = MappedMutexGuard<'a, Begun>;

impl CopyTransaction {
    pub async fn begin(pool: &DatabaseConnection) -> Result<Self, DbErr> {
        let transaction = pool.get_postgres_connection_pool().begin().await;
        let transaction = transaction.map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(error.into())))?;
        Ok(Self(Arc::new(Mutex::new(Some(Begun(transaction))))))
    }

    pub async fn commit(self) -> Result<(), DbErr> {
        let Begun(transaction) = self.0.lock().await.take().ok_or_else(over)?;
        transaction.commit().await.map_err(exec)
    }

    pub async fn rollback(self) -> Result<(), DbErr> {
        let Begun(transaction) = self.0.lock().await.take().ok_or_else(over)?;
        transaction.rollback().await.map_err(exec)
    }

    /// Runs `COPY … FROM STDIN` with this as its data; returns how many rows were added. After an error the transaction
    /// takes nothing more but a rollback, to a savepoint or as a whole.
    pub fn copy(&self, statement: String, data: Vec<u8>) -> BoxFuture<'static, Result<u64, DbErr>> {
        let this = self.clone();
        Box::pin(async move {
            let mut open = this.open().await?;
            let connection: &mut PgConnection = &mut open.0;
            let mut copying = connection.copy_in_raw(&statement).await.map_err(exec)?;
            copying.read_from(Cursor::new(data)).await.map_err(exec)?;
            copying.finish().await.map_err(exec)
        })
    }

    async fn open(&self) -> Result<Open<'_>, DbErr> {
        MutexGuard::try_map(self.0.lock().await, Option::as_mut).map_err(|_| over())
    }
}

#[async_trait]
impl ConnectionTrait for CopyTransaction {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let mut open = self.open().await?;
        prepared(&statement).execute(&mut *open.0).await.map(Into::into).map_err(exec)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut open = self.open().await?;
        (&mut *open.0).execute(AssertSqlSafe(sql.to_owned())).await.map(Into::into).map_err(exec)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let mut open = self.open().await?;
        let row = prepared(&statement).fetch_optional(&mut *open.0).await.map_err(query)?;
        Ok(row.map(Into::into))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut open = self.open().await?;
        let rows = prepared(&statement).fetch_all(&mut *open.0).await.map_err(query)?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}

fn prepared(statement: &Statement) -> sqlx::query::Query<'_, Postgres, SqlxValues> {
    let values = statement.values.clone().unwrap_or_else(|| sea_orm::sea_query::Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql.as_str()), SqlxValues(values))
}

fn exec(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}

fn query(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

fn over() -> DbErr {
    DbErr::Custom("the transaction is over".to_owned())
}
