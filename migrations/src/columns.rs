//! Columns, keys and tables as all migrations write them.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, text, text_null},
};

use crate::{
    cockroach,
    engine::Engine,
    partitions::{self, By},
};

/// `CREATE TABLE IF NOT EXISTS name`, with the columns that every table of rows has at its end left to the caller.
pub fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(name).if_not_exists().take()
}

/// `version`: 1 for a new row, one more with every change.
pub fn version() -> ColumnDef {
    big_integer("version").default(1).take()
}

/// A moment: milliseconds since 1970 in UTC. Eight bytes and one order on every engine; SQLite would keep text.
pub fn moment(name: &'static str) -> ColumnDef {
    big_integer(name)
}

/// A text column that holds one of `names`.
pub fn one_of(column: &'static str, names: &[&'static str]) -> ColumnDef {
    text(column).check(Expr::col(column).is_in(names.iter().copied())).take()
}

/// The primary key over these columns.
pub fn key(columns: &[&'static str]) -> IndexCreateStatement {
    let mut key = Index::create();
    for column in columns {
        key.col(*column);
    }
    key
}

/// `column` → `table.id`; what points to a removed row goes with it.
pub fn belongs_to(column: &'static str, from: &'static str, table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(from, column).to(table, "id").on_delete(ForeignKeyAction::Cascade).take()
}

/// An index named `table_column_column_idx`.
pub fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().if_not_exists().name(format!("{table}_{}_idx", columns.join("_"))).take();
    index.table(table);
    for column in columns {
        index.col(*column);
    }
    index
}

/// Makes a table whose rows are long or whose key is random text.
pub async fn create(manager: &SchemaManager<'_>, table: TableCreateStatement) -> Result<(), DbErr> {
    create_as(manager, table, false, None).await
}

/// Makes a table of short rows. SQLite keeps it in its primary key's tree, so that a read by key or by the key's
/// beginning is one descent and no second copy of the key is kept. `CockroachDB` always does; PostgreSQL can't.
pub async fn create_clustered(manager: &SchemaManager<'_>, table: TableCreateStatement) -> Result<(), DbErr> {
    create_as(manager, table, true, None).await
}

/// The same as [`create`], in partitions by the hash of column `by` where the engine is PostgreSQL: see `partitions.rs`.
pub async fn create_hashed(
    manager: &SchemaManager<'_>,
    table: TableCreateStatement,
    by: &'static str,
) -> Result<(), DbErr> {
    create_as(manager, table, false, Some(By::Hash(by))).await
}

/// The same as [`create_clustered`], in partitions by the hash of column `by` where the engine is PostgreSQL.
pub async fn create_clustered_hashed(
    manager: &SchemaManager<'_>,
    table: TableCreateStatement,
    by: &'static str,
) -> Result<(), DbErr> {
    create_as(manager, table, true, Some(By::Hash(by))).await
}

/// The same as [`create_clustered`], in partitions by the time in column `by`, a version 7 UUID, where the engine is
/// PostgreSQL, and by the hash of its key on `CockroachDB`.
pub async fn create_clustered_by_time(
    manager: &SchemaManager<'_>,
    table: TableCreateStatement,
    by: &'static str,
) -> Result<(), DbErr> {
    create_as(manager, table, true, Some(By::Time(by))).await
}

async fn create_as(
    manager: &SchemaManager<'_>,
    mut table: TableCreateStatement,
    clustered: bool,
    by: Option<By>,
) -> Result<(), DbErr> {
    match Engine::of(manager).await? {
        Engine::Sqlite => {
            if clustered {
                table.extra("WITHOUT ROWID");
            }
            manager.create_table(table).await
        }
        Engine::Cockroach => match by {
            Some(By::Time(_)) => cockroach::create_hash_sharded(manager, &table).await,
            _ => manager.create_table(table).await,
        },
        Engine::Postgres => partitions::create(manager, table, by).await,
    }
}

/// Adds a column that isn't there. SQLite has no `ADD COLUMN IF NOT EXISTS`.
pub async fn add_column(
    manager: &SchemaManager<'_>,
    table: &'static str,
    name: &'static str,
    mut column: ColumnDef,
) -> Result<(), DbErr> {
    if manager.has_column(table, name).await? {
        return Ok(());
    }
    manager.alter_table(Table::alter().table(table).add_column(&mut column).take()).await
}

/// The same for a text that may be null, in order of bytes as [`create`] makes them (`partitions.rs` says why).
pub async fn add_text_column(
    manager: &SchemaManager<'_>,
    table: &'static str,
    name: &'static str,
) -> Result<(), DbErr> {
    let mut column = text_null(name);
    if Engine::of(manager).await? == Engine::Postgres {
        column.extra("COLLATE \"C\"");
    }
    add_column(manager, table, name, column).await
}
