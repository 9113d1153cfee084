//! `/account/second-step`: what is asked of somebody who signed in by one factor where the operator asks for two, and how to go on.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use matinee_app::{
    i18n::Locale,
    plain::{Sheet, duty},
    session::strength_of,
};
use matinee_services::duty::Standing;
use tower_sessions::Session;

use super::{Frame, Refusal, access::SignedIn, factor::unkept, pieces::opening, security::SECURITY};
use crate::state::AppState;

pub async fn page(
    SignedIn(me): SignedIn,
    session: Session,
    frame: Frame,
    State(state): State<AppState>,
) -> Result<Response, Refusal> {
    let strength = strength_of(&session).await.map_err(unkept)?;
    let standing = state.services.standing(me, strength).await?;
    if standing == Standing::Free {
        return Ok(Redirect::to("/").into_response());
    }
    let by_passkey = state.passkeys.party().is_some() && !state.services.my_passkeys(me).await?.is_empty();
    Ok(frame.page(move |locale, _| draw(locale, standing, by_passkey)).await)
}

fn draw(locale: Locale, standing: Standing, by_passkey: bool) -> Sheet {
    let words = duty(locale);
    let (note, way) = if standing == Standing::SetUp {
        let way = view! {
            <a class="button button--main" href=SECURITY rel="external">
                {words.set_up}
            </a>
        };
        (words.set_up_note, way.into_any())
    } else {
        let passkey = by_passkey.then(|| {
            view! {
                <a class="button button--main" href="/sign-in/passkey?back=/" rel="external">
                    {words.by_passkey}
                </a>
            }
        });
        let way = view! {
            {passkey}
            <a class="button" href="/sign-in" rel="external">
                {words.again}
            </a>
        };
        (words.again_note, way.into_any())
    };
    let leaving = (standing == Standing::SetUp).then(|| {
        view! {
            <p>
                <a class="quiet" href="/account/data" rel="external">
                    {words.data}
                </a>
            </p>
            <p>
                <a class="quiet" href="/account" rel="external">
                    {words.delete}
                </a>
            </p>
        }
    });
    let body = view! {
        {opening(words.title, note)}
        <div class="narrow settings__part">
            <div class="cluster">{way}</div>
            <p>{words.meanwhile}</p>
            {leaving}
            <form method="post" action="/api/ui/sign-out">
                <button class="button">{words.sign_out}</button>
            </form>
        </div>
    };
    Sheet { title: words.title.to_owned(), body: body.into_any() }
}
