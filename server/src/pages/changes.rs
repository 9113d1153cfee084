//! `/account/changes`: my last changes and imports, each with the way to take it back.

use axum::{
    extract::{Query, State},
    response::{Redirect, Response},
};
use leptos::prelude::*;
use matinee_app::{
    components::words::{fill, stars_in_short},
    i18n::Locale,
    plain::{Sheet, Words},
};
use matinee_domain::ChangeSetId;
use matinee_services::{Services, changes::ShownChange};
use serde::Deserialize;

use super::{
    Frame, Refusal,
    access::SignedIn,
    pieces::{moment, notice, opening, to_data},
};
use crate::api::extract::Id;

/// What was done just now, after a form.
#[derive(Default, Deserialize)]
pub struct Said {
    said: Option<String>,
}

impl Said {
    pub fn into_name(self) -> Option<String> {
        self.said
    }
}

pub async fn list(
    SignedIn(me): SignedIn,
    frame: Frame,
    State(services): State<Services>,
    Query(Said { said }): Query<Said>,
) -> Result<Response, Refusal> {
    let changes = services.my_changes_shown(me).await?;
    let draw = move |locale, words: &'static Words| {
        let items: Vec<_> = changes.iter().map(|change| item(locale, words, change)).collect();
        let list = if items.is_empty() {
            view! { <p>{words.changes.empty}</p> }.into_any()
        } else {
            view! { <ul class="ledger">{items}</ul> }.into_any()
        };
        let body = view! {
            {opening(words.changes.title, words.changes.note)}
            {notice(words, said.as_deref())}
            <div class="desk">{list}</div>
            <p class="desk__more">
                {to_data(words)}
            </p>
        };
        Sheet { title: words.changes.title.to_owned(), body: body.into_any() }
    };
    Ok(frame.page(draw).await)
}

fn item(locale: Locale, words: &'static Words, shown: &ShownChange) -> AnyView {
    let ShownChange { change, movie, stars_before, stars_after, is_superseded } = shown;
    let stars = |stars: Option<_>| stars.map(|stars| stars_in_short(locale, stars));
    let film = movie.as_ref().map(|movie| {
        let year = movie.year.map(|year| format!(" ({year})")).unwrap_or_default();
        view! { <a href=movie.path() rel="external">{format!("{}{year}", movie.title)}</a> }
    });
    let detail = match (stars(*stars_before), stars(*stars_after)) {
        (Some(before), Some(after)) if before != after => {
            fill(words.changes.from_to, &[("before", &before), ("after", &after)])
        }
        (Some(stars), _) | (None, Some(stars)) => stars,
        (None, None) if change.reason == "import" => {
            words.changes.ratings.replace("{count}", &change.entries.to_string())
        }
        (None, None) if movie.is_none() => words.changes.rows.replace("{count}", &change.entries.to_string()),
        (None, None) => String::new(),
    };
    let what = words.reason(&change.reason).to_owned();
    let undo = if change.undone {
        view! { <span class="ledger__done">{words.changes.undone}</span> }.into_any()
    } else if *is_superseded {
        view! { <span class="ledger__done">{words.changes.superseded}</span> }.into_any()
    } else {
        let of = movie.as_ref().map_or_else(|| what.clone(), |movie| format!("{what}: {}", movie.title));
        view! {
            <form method="post" action=format!("/account/changes/{}/undo", change.id)>
                <button class="button" aria-label=format!("{} – {of}", words.changes.undo)>
                    {words.changes.undo}
                </button>
            </form>
        }
        .into_any()
    };
    view! {
        <li class="ledger__item">
            <div>
                <p class="ledger__what">
                    {what.clone()} " " {film}
                </p>
                <p class="ledger__facts">{moment(locale, change.at)} " " <span>{detail}</span></p>
            </div>
            {undo}
        </li>
    }
    .into_any()
}

pub async fn undo(
    SignedIn(me): SignedIn,
    State(services): State<Services>,
    Id(id): Id<ChangeSetId>,
) -> Result<Redirect, Refusal> {
    let left = services.undo(me, id).await?;
    let said = if left == 0 { "undone" } else { "undone-but" };
    Ok(Redirect::to(&format!("/account/changes?said={said}")))
}
