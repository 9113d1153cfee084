//! Registering, signing in and out, deleting an account. Sessions change here alone.

use leptos::prelude::*;

use crate::AppError;

/// Makes an account and signs in; the browser goes on to `back`.
#[server(prefix = "/api/ui", endpoint = "register")]
pub async fn register(
    #[server(default)] name: String,
    #[server(default)] email: String,
    #[server(default)] password: String,
    /// The page that asked for it.
    #[server(default)]
    back: Option<String>,
) -> Result<(), AppError> {
    use matinee_domain::NewAccount;

    let kept = [("name", name.as_str()), ("email", email.as_str())];
    let account = NewAccount { name: name.clone(), email: email.clone(), password };
    let back = back.as_deref().unwrap_or("/");
    let made = match super::services()?.register(&account).await {
        Ok(account) => {
            super::services()?.welcome(&account, crate::plain::letter_language()).await;
            begin_session(account.id, back).await
        }
        Err(error) => Err(super::fail(error).keep(&kept)),
    };
    let to = made.as_ref().map_or(back, |to| *to);
    crate::flash::answer_form::<Register>(made.map(|_| ()), |_| None, Some(to))
}

/// Signs in; the browser goes on to `back`.
#[server(prefix = "/api/ui", endpoint = "sign-in")]
pub async fn sign_in(
    #[server(default)] email: String,
    #[server(default)] password: String,
    /// The page that asked for it.
    #[server(default)]
    back: Option<String>,
) -> Result<(), AppError> {
    use matinee_services::accounts::PasswordSignIn;

    /// The server's own page that asks for the second factor.
    const CODE_PAGE: &str = "/sign-in/code";
    let kept = [("email", email.as_str())];
    let back = back.as_deref().unwrap_or("/");
    let known = match super::services()?.sign_in(&email, &password).await {
        Ok(PasswordSignIn::Done(account)) => begin_session(account.id, back).await,
        Ok(PasswordSignIn::CodeNeeded(account)) => await_code(account.id, back).await.map(|()| CODE_PAGE),
        Err(error) => Err(super::fail(error).keep(&kept)),
    };
    let to = known.as_ref().map_or(back, |to| *to);
    crate::flash::answer_form::<SignIn>(known.map(|_| ()), |_| None, Some(to))
}

/// Signs in who gave a password, and nothing else; returns where they go.
#[cfg(feature = "ssr")]
async fn begin_session(user: matinee_domain::UserId, back: &str) -> Result<&str, AppError> {
    use matinee_services::duty::Strength;

    let services = super::services()?;
    let now = services.clock.now();
    crate::session::sign_in(&crate::session::request_session()?, user, Strength::OneFactor, now).await?;
    Ok(crate::session::landing(&services, user, Strength::OneFactor, back).await)
}

#[cfg(feature = "ssr")]
async fn await_code(user: matinee_domain::UserId, back: &str) -> Result<(), AppError> {
    let now = super::services()?.clock.now();
    crate::session::await_code(&crate::session::request_session()?, user, back, now).await
}

/// Signs out. Harmless for those who aren't signed in.
#[server(prefix = "/api/ui", endpoint = "sign-out")]
pub async fn sign_out() -> Result<(), AppError> {
    let ended = crate::session::sign_out(&crate::session::request_session()?).await;
    crate::flash::answer_form::<SignOut>(ended, |_| None, Some("/"))
}

/// Deletes the account and all that its person owns, if they signed in lately; others are led to where they are asked to.
#[server(prefix = "/api/ui", endpoint = "delete-account")]
pub async fn delete_account(
    /// The account's password, once more.
    #[server(default)]
    password: String,
    /// Sent by the ticked box.
    #[server(default)]
    confirm: Option<String>,
) -> Result<(), AppError> {
    use crate::feedback::{Notice, Said};

    /// Says that nothing was changed, and leads to signing in and back.
    const PROOF_PAGE: &str = "/account/security?said=prove&back=%2Faccount";
    let deleted = match is_late().await {
        Ok(true) => {
            let error = AppError::SignInNeeded;
            super::answer_status(&error);
            super::redirect(PROOF_PAGE);
            return Err(error);
        }
        Ok(false) => erase(&password, confirm.is_some()).await,
        Err(error) => Err(error),
    };
    let notice = |result: &Result<(), AppError>| result.is_ok().then(|| Notice::of(Said::AccountDeleted));
    crate::flash::answer_form::<DeleteAccount>(deleted, notice, Some("/"))
}

/// Whether somebody is signed in, but since a while.
#[cfg(feature = "ssr")]
async fn is_late() -> Result<bool, AppError> {
    Ok(crate::session::current_user().await?.is_some() && !crate::session::request_has_proved().await?)
}

#[cfg(feature = "ssr")]
async fn erase(password: &str, confirmed: bool) -> Result<(), AppError> {
    use matinee_domain::FieldError;

    let user = crate::session::require_user().await?;
    let mut fields = Vec::new();
    if password.is_empty() {
        fields.push(FieldError::new("password", "missing", "the password is needed to delete the account"));
    }
    if !confirmed {
        fields.push(FieldError::new("confirm", "missing", "tick the box to delete the account"));
    }
    if !fields.is_empty() {
        return Err(refuse(fields));
    }
    match super::services()?.delete_account(user, password).await.map_err(super::fail) {
        Err(AppError::WrongCredentials { .. }) => {
            Err(refuse(vec![FieldError::new("password", "wrong", "the password is wrong: nothing was deleted")]))
        }
        other => other,
    }?;
    crate::session::sign_out(&crate::session::request_session()?).await
}

#[cfg(feature = "ssr")]
fn refuse(fields: Vec<matinee_domain::FieldError>) -> AppError {
    let error = AppError::Invalid { fields, kept: Vec::new() };
    super::answer_status(&error);
    error
}

/// What stands around the forms for signing in and registering, as HTML: posters of films, and the other ways in. Nothing of it changes,
/// so the server draws it and the browser's bundle need not know how.
#[server(prefix = "/api/ui", endpoint = "door", input = server_fn::codec::GetUrl)]
pub async fn door_films() -> Result<(String, String), AppError> {
    /// As many as the style sheet has room for.
    const POSTERS: u32 = 6;

    let films = super::services()?.popular(None, POSTERS).await.map_err(super::fail)?;
    let (mut html, mut posters) = (String::new(), crate::components::poster::Posters::default());
    for film in &films {
        posters.push_next(&mut html, film);
    }
    Ok((html, crate::plain::ways_in()))
}
