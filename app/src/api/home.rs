//! The home page's content.

use leptos::prelude::*;
use matinee_domain::home::Home;

use crate::AppError;

/// The home page of who asks, with the beginnings of its rows or with whole ones.
#[server(prefix = "/api/ui", endpoint = "home", input = server_fn::codec::GetUrl)]
pub async fn load_home(whole: bool) -> Result<Home, AppError> {
    let user = crate::session::current_user().await?;
    super::services()?.home(user, whole).await.map_err(super::fail)
}
