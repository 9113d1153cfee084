//! Tokens of people for programs.

use async_trait::async_trait;
use matinee_domain::{ApiToken, Timestamp, TokenScope, UserId};
use matinee_services::ports::{RepositoryResult, TokenRepository};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Order, Query, SelectStatement};
use uuid::Uuid;

use crate::{
    Store,
    entities::{Moment, api_tokens},
    failure::{Outcome, damaged, not_found},
    journal::{self, Cause},
    sql::{fetch_tuple, fetch_tuples, moment},
};

use api_tokens::Column::{CreatedAt, ExpiresAt, Id, Name, Scope, SecretHash, UsedAt, UserId as Owner};

type Row = (Uuid, String, String, String, Moment, Moment, Option<Moment>);

/// A person's token of this id.
pub(super) fn select_one(user: UserId, id: Uuid) -> SelectStatement {
    tokens_of(user).and_where(Expr::col(Id).eq(id)).take()
}

#[async_trait]
impl TokenRepository for Store {
    async fn add_token(&self, token: &ApiToken, secret_hash: &str) -> RepositoryResult<()> {
        let insert = &Query::insert()
            .into_table(api_tokens::Entity)
            .columns([Owner, Id, Name, Scope, SecretHash, CreatedAt, ExpiresAt])
            .values_panic([
                token.user.0.into(),
                token.id.into(),
                token.name.as_str().into(),
                token.scope.as_str().into(),
                secret_hash.into(),
                moment(token.created_at).into(),
                moment(token.expires_at).into(),
            ])
            .take();
        self.write(Cause::by(token.user.0, "add_token"), |tx| async move {
            match tx.insert(&journal::API_TOKENS, insert.clone()).await {
                Ok(_) => Ok(()),
                Err(failure) if failure.is_missing_parent() => Err(not_found("person", token.user)),
                Err(failure) => Err(failure),
            }
        })
        .await
    }

    async fn list_tokens(&self, user: UserId) -> RepositoryResult<Vec<ApiToken>> {
        let select = tokens_of(user).order_by(CreatedAt, Order::Desc).order_by(Id, Order::Asc).take();
        self.read(async |db| {
            let rows: Vec<Row> = fetch_tuples(db, &select).await?;
            rows.into_iter().map(|row| read(user, row).map(|(token, _)| token)).collect()
        })
        .await
    }

    async fn lookup_token(&self, user: UserId, id: Uuid) -> RepositoryResult<Option<(ApiToken, String)>> {
        let select = select_one(user, id);
        self.read(async |db| {
            let row: Option<Row> = fetch_tuple(db, &select).await?;
            row.map(|row| read(user, row)).transpose()
        })
        .await
    }

    async fn set_token_used(&self, user: UserId, id: Uuid, at: Timestamp) -> RepositoryResult<()> {
        self.write(Cause::by(user.0, "use_token"), |tx| async move {
            let update = Query::update().value(UsedAt, moment(at)).take();
            tx.update(&journal::API_TOKENS, update, this(user, id)).await?;
            Ok(())
        })
        .await
    }

    async fn remove_token(&self, user: UserId, id: Uuid) -> RepositoryResult<bool> {
        self.write(Cause::by(user.0, "revoke_token"), |tx| async move {
            Ok(tx.delete(&journal::API_TOKENS, this(user, id)).await? > 0)
        })
        .await
    }
}

fn tokens_of(user: UserId) -> SelectStatement {
    Query::select()
        .columns([Id, Name, Scope, SecretHash, CreatedAt, ExpiresAt, UsedAt])
        .from(api_tokens::Entity)
        .and_where(Expr::col(Owner).eq(user.0))
        .take()
}

fn this(user: UserId, id: Uuid) -> Condition {
    Condition::all().add(Expr::col(Owner).eq(user.0)).add(Expr::col(Id).eq(id))
}

fn read(user: UserId, row: Row) -> Outcome<(ApiToken, String)> {
    let (id, name, scope, secret_hash, created_at, expires_at, used_at) = row;
    let scope = TokenScope::from_name(&scope)
        .ok_or_else(|| damaged("token", id, format!("{scope:?} is nothing that a token may do")))?;
    let token = ApiToken {
        id,
        user,
        name,
        scope,
        created_at: created_at.0,
        expires_at: expires_at.0,
        used_at: used_at.map(|at| at.0),
    };
    Ok((token, secret_hash))
}
