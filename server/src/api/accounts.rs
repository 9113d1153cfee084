use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use matinee_app::session;
use matinee_domain::{Account, NewAccount};
use matinee_services::{ServiceError, Services, accounts::PasswordSignIn, duty::Strength};
use serde::Deserialize;
use tower_sessions::Session;
use utoipa::ToSchema;

use super::extract::{Body, Me, ProvenMe};
use crate::{http::problem::Problem, pages::language_of};

/// Makes an account and signs it in.
#[utoipa::path(post, path = "/accounts", request_body = NewAccount, tag = "account",
    responses((status = 201, body = Account, description = "Made, and signed in by the session cookie"),
        (status = 409, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn register(
    session: Session,
    State(services): State<Services>,
    headers: HeaderMap,
    Body(account): Body<NewAccount>,
) -> Result<(StatusCode, Json<Account>), Problem> {
    let account = services.register(&account).await?;
    services.welcome(&account, language_of(&headers)).await;
    session::sign_in(&session, account.id, Strength::OneFactor, services.clock.now()).await?;
    Ok((StatusCode::CREATED, Json(account)))
}

/// What a sign-in sends.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    email: String,
    password: String,
    /// The code of an authenticator app, or a recovery code, for accounts with a second step.
    #[serde(default)]
    code: Option<String>,
}

/// Signs in. Accounts with a second step give a code as well: without one the problem is `code-needed`.
#[utoipa::path(post, path = "/session", request_body = Credentials, tag = "account",
    responses((status = 200, body = Account, description = "Signed in by the session cookie"),
        (status = 401, body = Problem), (status = 429, body = Problem)))]
pub async fn sign_in(
    session: Session,
    State(services): State<Services>,
    Body(credentials): Body<Credentials>,
) -> Result<Json<Account>, Problem> {
    let (account, strength) =
        match (services.sign_in(&credentials.email, &credentials.password).await?, credentials.code) {
            (PasswordSignIn::Done(account), _) => (account, Strength::OneFactor),
            (PasswordSignIn::CodeNeeded(_), None) => return Err(ServiceError::CodeNeeded.into()),
            (PasswordSignIn::CodeNeeded(account), Some(code)) => {
                services.check_factor(account.id, &code).await?;
                (account, Strength::TwoFactors)
            }
        };
    session::sign_in(&session, account.id, strength, services.clock.now()).await?;
    Ok(Json(account))
}

/// Signs out. Without a session there is nothing to do, which is fine.
#[utoipa::path(delete, path = "/session", tag = "account", responses((status = 204)))]
pub async fn sign_out(session: Session) -> Result<StatusCode, Problem> {
    session::sign_out(&session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The account that is signed in.
#[utoipa::path(get, path = "/me", tag = "account",
    responses((status = 200, body = Account), (status = 401, body = Problem)))]
pub async fn me(Me(me): Me, State(services): State<Services>) -> Result<Json<Account>, Problem> {
    Ok(Json(services.account(me).await?))
}

/// Asks for the password once more.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    password: String,
}

/// Deletes the account with all that its person owns. Asks for a session that was signed in to lately: no token is enough.
#[utoipa::path(delete, path = "/me", request_body = Confirmation, tag = "account",
    responses((status = 204), (status = 401, body = Problem),
        (status = 403, body = Problem, description = "Asked by a token, or the last sign-in is a while ago (`proof-needed`)")))]
pub async fn delete(
    ProvenMe(me): ProvenMe,
    session: Session,
    State(services): State<Services>,
    Body(confirmation): Body<Confirmation>,
) -> Result<StatusCode, Problem> {
    services.delete_account(me, &confirmation.password).await?;
    session::sign_out(&session).await?;
    Ok(StatusCode::NO_CONTENT)
}
