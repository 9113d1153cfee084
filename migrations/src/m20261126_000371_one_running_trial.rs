//! One trial runs, whoever starts one at the same time.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // A partial index reads the same on all three engines.
        let sql = "CREATE UNIQUE INDEX IF NOT EXISTS trials_running_idx ON trials (state) WHERE state = 'running'";
        manager.get_connection().execute_unprepared(sql).await.map(|_| ())
    }
}
