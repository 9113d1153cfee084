//! The home page's content.

use leptos::prelude::*;
use matinee_domain::home::Home;

use crate::AppError;

/// The home page of who asks.
#[server(prefix = "/api/ui", endpoint = "home", input = server_fn::codec::GetUrl)]
pub async fn load_home() -> Result<Home, AppError> {
    let user = crate::session::current_user().await?;
    super::services()?.home(user).await.map_err(super::fail)
}
