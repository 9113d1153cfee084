//! The versions of the recommendation model.

use async_trait::async_trait;
use matinee_domain::Timestamp;
use matinee_services::ports::{ModelRegistry, ModelState, RegisteredModel, RepositoryError, RepositoryResult};
use sea_orm::sea_query::{Expr, ExprTrait, IntoCondition, Order, Query, SelectStatement};

use crate::{
    Store,
    entities::{Moment, models},
    failure::{Outcome, damaged, not_found},
    journal::{self, Cause},
    sql::{count, fetch_tuple, fetch_tuples, moment},
};

use models::Column::{ChangedAt, CreatedAt, Manifest, Name, SizeBytes, State, Verdict};

type Row = (String, String, String, i64, Option<String>, Moment, Moment);

#[async_trait]
impl ModelRegistry for Store {
    async fn add_model(&self, model: &RegisteredModel) -> RepositoryResult<()> {
        let insert = &Query::insert()
            .into_table(models::Entity)
            .columns([Name, State, Manifest, SizeBytes, Verdict, CreatedAt, ChangedAt])
            .values_panic([
                model.name.as_str().into(),
                model.state.name().into(),
                model.manifest.as_str().into(),
                i64::try_from(model.size_bytes).unwrap_or(i64::MAX).into(),
                model.verdict.clone().into(),
                moment(model.created_at).into(),
                moment(model.changed_at).into(),
            ])
            .take();
        self.write(Cause::system("add_model"), |tx| async move {
            match tx.insert(&journal::MODELS, insert.clone()).await {
                Ok(_) => Ok(()),
                Err(failure) if failure.is_taken() => {
                    Err(RepositoryError::Exists { what: "model", key: "name, or another one that is live" }.into())
                }
                Err(failure) => Err(failure),
            }
        })
        .await
    }

    async fn list_models(&self, limit: u32) -> RepositoryResult<Vec<RegisteredModel>> {
        let select = &models().order_by(CreatedAt, Order::Desc).order_by(Name, Order::Desc).limit(limit.into()).take();
        let rows: Vec<Row> = self.read(async |db| fetch_tuples(db, select).await).await?;
        Ok(rows.into_iter().map(registered).collect::<Outcome<_>>()?)
    }

    async fn lookup_model(&self, name: &str) -> RepositoryResult<Option<RegisteredModel>> {
        let select = &models().and_where(Expr::col(Name).eq(name)).take();
        let row: Option<Row> = self.read(async |db| fetch_tuple(db, select).await).await?;
        Ok(row.map(registered).transpose()?)
    }

    async fn lookup_live_model(&self) -> RepositoryResult<Option<RegisteredModel>> {
        let select = &models().and_where(Expr::col(State).eq(ModelState::Live.name())).take();
        let row: Option<Row> = self.read(async |db| fetch_tuple(db, select).await).await?;
        Ok(row.map(registered).transpose()?)
    }

    async fn set_model_state(
        &self,
        name: &str,
        state: ModelState,
        verdict: Option<&str>,
        now: Timestamp,
    ) -> RepositoryResult<()> {
        let reason = match state {
            ModelState::Live => "promote_model",
            ModelState::Refused => "refuse_model",
            ModelState::Candidate | ModelState::Shadow | ModelState::Retired => "move_model",
        };
        self.write(Cause::system(reason), |tx| async move {
            let to =
                |state: ModelState| Query::update().value(State, state.name()).value(ChangedAt, moment(now)).take();
            if state == ModelState::Live {
                let other = Expr::col(State).eq(ModelState::Live.name()).and(Expr::col(Name).ne(name));
                tx.update(&journal::MODELS, to(ModelState::Retired), other.into_condition()).await?;
            }
            let mut update = to(state);
            if let Some(verdict) = verdict {
                update.value(Verdict, verdict);
            }
            match tx.update(&journal::MODELS, update, Expr::col(Name).eq(name).into_condition()).await? {
                0 => Err(not_found("model", name)),
                _ => Ok(()),
            }
        })
        .await
    }
}

fn models() -> SelectStatement {
    Query::select()
        .columns([Name, State, Manifest, SizeBytes, Verdict, CreatedAt, ChangedAt])
        .from(models::Entity)
        .take()
}

fn registered((name, state, manifest, size_bytes, verdict, created_at, changed_at): Row) -> Outcome<RegisteredModel> {
    let Some(state) = ModelState::named(&state) else {
        return Err(damaged("model", name, format!("there is no state `{state}`")));
    };
    let (created_at, changed_at) = (created_at.0, changed_at.0);
    Ok(RegisteredModel { name, state, manifest, size_bytes: count(size_bytes), verdict, created_at, changed_at })
}
