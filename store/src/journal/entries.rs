//! Entries of the journal, wherever they are: a change set of one entry has it in its own row, others in `changes`.

use sea_orm::sea_query::{Expr, ExprTrait, IntoIden, Query, SelectStatement, UnionType};

use crate::entities::{change_sets, changes};

/// `SELECT … FROM` all entries, which are named as the table `changes`. Conditions that are put on it reach both tables.
pub(super) fn select() -> SelectStatement {
    select_as(changes::Entity)
}

/// The same under another name.
pub(super) fn select_as(name: impl IntoIden) -> SelectStatement {
    Query::select().from_subquery(all(), name).take()
}

fn all() -> SelectStatement {
    use change_sets::Column as Own;
    use changes::Column::{
        AddedKeys, ChangeSet, ImageBefore, Position, RowKey, Subject, TableName, VersionAfter, VersionBefore,
    };
    let several = Query::select()
        .columns([ChangeSet, Position, TableName, RowKey, Subject, VersionBefore, VersionAfter, ImageBefore, AddedKeys])
        .from(changes::Entity)
        .take();
    Query::select()
        .expr_as(Expr::col(Own::Id), ChangeSet)
        // Of the other's very type: PostgreSQL takes the two for one table then.
        .expr_as(Expr::cust("CAST(0 AS bigint)"), Position)
        .columns([
            Own::TableName,
            Own::RowKey,
            Own::Subject,
            Own::VersionBefore,
            Own::VersionAfter,
            Own::ImageBefore,
            Own::AddedKeys,
        ])
        .from(change_sets::Entity)
        .and_where(Expr::col(Own::TableName).is_not_null())
        .union(UnionType::All, several)
        .take()
}
