//! A transaction that writes.

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    TransactionTrait,
};

use super::{Engine, postgres::CopyTransaction, writing};

/// Which of the two is a matter of what it is for.
#[derive(Debug)]
pub(crate) enum WriteTransaction {
    Plain(DatabaseTransaction),
    /// One that takes rows by `COPY`, too.
    Copying(CopyTransaction),
}

impl WriteTransaction {
    /// One that takes rows by `COPY` where many are to be expected and the engine can.
    pub async fn begin(pool: &DatabaseConnection, engine: Engine, is_bulk: bool) -> Result<Self, DbErr> {
        if is_bulk && engine == Engine::Postgres {
            return CopyTransaction::begin(pool).await.map(Self::Copying);
        }
        pool.begin_with_options(writing()).await.map(Self::Plain)
    }

    /// A handle for `COPY`, where it can.
    pub fn copying(&self) -> Option<CopyTransaction> {
        match self {
            Self::Plain(_) => None,
            Self::Copying(transaction) => Some(transaction.clone()),
        }
    }

    pub async fn commit(self) -> Result<(), DbErr> {
        match self {
            Self::Plain(transaction) => transaction.commit().await,
            Self::Copying(transaction) => transaction.commit().await,
        }
    }

    pub async fn rollback(self) -> Result<(), DbErr> {
        match self {
            Self::Plain(transaction) => transaction.rollback().await,
            Self::Copying(transaction) => transaction.rollback().await,
        }
    }
}

#[async_trait]
impl ConnectionTrait for WriteTransaction {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::Plain(transaction) => transaction.get_database_backend(),
            Self::Copying(transaction) => transaction.get_database_backend(),
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self {
            Self::Plain(transaction) => transaction.execute_raw(statement).await,
            Self::Copying(transaction) => transaction.execute_raw(statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match self {
            Self::Plain(transaction) => transaction.execute_unprepared(sql).await,
            Self::Copying(transaction) => transaction.execute_unprepared(sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Plain(transaction) => transaction.query_one_raw(statement).await,
            Self::Copying(transaction) => transaction.query_one_raw(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Plain(transaction) => transaction.query_all_raw(statement).await,
            Self::Copying(transaction) => transaction.query_all_raw(statement).await,
        }
    }
}
