//! What a person keeps with us: their ratings, their history, and the films left out of recommendations.

use leptos::prelude::*;
use matinee_domain::{Account, MovieCard, MyRating, Page, activity::ActivityEntry};
use serde::{Deserialize, Serialize};

use crate::AppError;

/// Everything on the account page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountPageData {
    pub account: Account,
    /// Latest first.
    pub history: Vec<ActivityEntry>,
    /// Films marked "not interested", latest first.
    pub not_interested: Vec<MovieCard>,
    /// Films marked "not because of this", latest first.
    pub not_because: Vec<MovieCard>,
    pub ratings: u64,
}

/// The account page of who asks.
#[server(prefix = "/api/ui", endpoint = "account", input = server_fn::codec::GetUrl)]
pub async fn account_page() -> Result<AccountPageData, AppError> {
    use matinee_domain::activity::Mark;

    let user = require_user_of("/account").await?;
    let services = super::services()?;
    Ok(AccountPageData {
        account: services.account(user).await.map_err(super::fail)?,
        history: services.history(user).await.map_err(super::fail)?,
        not_interested: services.marked(user, Mark::NotInterested).await.map_err(super::fail)?,
        not_because: services.marked(user, Mark::NotBecause).await.map_err(super::fail)?,
        ratings: services.count_ratings(user).await.map_err(super::fail)?,
    })
}

/// A page of my ratings, and how many there are in all, whatever is asked for.
#[server(prefix = "/api/ui", endpoint = "ratings", input = server_fn::codec::GetUrl)]
pub async fn my_ratings(
    /// The page's address.
    address: String,
) -> Result<(Page<MyRating>, u64), AppError> {
    let query = crate::pages::account::rating_query::RatingQuery::at(&address);
    let user = require_user_of(&query.path(query.page)).await?;
    let services = super::services()?;
    let page = services.my_ratings(user, &query.filter()).await.map_err(super::fail)?;
    let all = services.count_ratings(user).await.map_err(super::fail)?;
    Ok((page, all))
}

/// Who asks for a page of their own; a browser is sent to sign in and then back.
#[cfg(feature = "ssr")]
async fn require_user_of(page: &str) -> Result<matinee_domain::UserId, AppError> {
    let user = crate::session::require_user().await;
    if matches!(user, Err(AppError::SignInNeeded)) && super::accepts_html() {
        super::redirect(&super::sign_in_path(Some(page)));
    }
    user
}

/// Forgets all searches and views.
#[server(prefix = "/api/ui", endpoint = "clear-history")]
pub async fn clear_history() -> Result<(), AppError> {
    use crate::feedback::{Notice, Said};

    let user = crate::session::require_user().await;
    let cleared = match user {
        Ok(user) => super::services()?.clear_history(user).await.map_err(super::fail),
        Err(error) => Err(error),
    };
    crate::flash::answer_form::<ClearHistory>(cleared, |result| Some(Notice::told(result, Said::HistoryCleared)), None)
}

/// Switches the keeping of history on (`keep` is sent) or off (it is not, as an unticked box isn't).
#[server(prefix = "/api/ui", endpoint = "keep-history")]
pub async fn keep_history(#[server(default)] keep: Option<String>) -> Result<(), AppError> {
    use crate::feedback::{Notice, Said};

    let user = crate::session::require_user().await;
    let kept = match user {
        Ok(user) => super::services()?.set_keeps_history(user, keep.is_some()).await.map_err(super::fail),
        Err(error) => Err(error),
    };
    crate::flash::answer_form::<KeepHistory>(kept, |result| Some(Notice::told(result, Said::Saved)), None)
}
