//! Who looks at the pages.

use leptos::prelude::*;
use matinee_domain::Account;

use crate::AppError;

/// The account of who asks; `None` for visitors, and for those whose account was deleted elsewhere.
#[server(prefix = "/api/ui", endpoint = "viewer", input = server_fn::codec::GetUrl)]
pub async fn viewer_account() -> Result<Option<Account>, AppError> {
    use matinee_services::ServiceError;

    // Also of somebody who may not do all that they could yet: they see that they are signed in.
    let Some(user) = crate::session::user_of(&crate::session::request_session()?).await? else { return Ok(None) };
    match super::services()?.account(user).await {
        Ok(account) => Ok(Some(account)),
        Err(ServiceError::SignInNeeded) => {
            crate::session::sign_out(&crate::session::request_session()?).await?;
            Ok(None)
        }
        Err(error) => Err(super::fail(error)),
    }
}
