//! What signing in and registering share: the frame with posters, where to go afterwards, and why a form was refused.

use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, location::Url};

use crate::{
    AppError,
    api::accounts::DoorFilms,
    feedback::use_feedback,
    flash::refused,
    remote::{Sending, load},
    viewer::local_path,
};

/// A form with its title, and posters beside it where there is room.
#[component]
pub fn Door(#[prop(into)] title: Signal<&'static str>, children: Children) -> impl IntoView {
    let door = load(|| DoorFilms {});
    let door = move || door.get().and_then(Result::ok).unwrap_or_default();
    let ways = move || view! { <div class="ways" inner_html=door().1></div> };
    let posters = move || view! { <div class="door__posters" aria-hidden="true" inner_html=door().0></div> };
    view! {
        <div class="door">
            <div class="door__form">
                <h1 class="door__title">{move || title.get()}</h1>
                {children()}
                <Suspense>{ways}</Suspense>
            </div>
            <Suspense>{posters}</Suspense>
        </div>
    }
}

/// The page to go to after signing in, as the address has it.
pub fn back() -> Memo<String> {
    let query = use_query_map();
    Memo::new(move |_| query.with(|query| local_path(query.get_str("back").unwrap_or("/")).to_owned()))
}

/// The path of the other form, which leads to the same page.
pub fn with_back(path: &str, back: &str) -> String {
    if back == "/" { path.to_owned() } else { format!("{path}?back={}", Url::escape(back)) }
}

/// Why the form was refused: just now in the browser, or before this page came.
pub fn form_error(sending: Sending) -> Signal<Option<AppError>> {
    let before = StoredValue::new(refused(sending.path()));
    Signal::derive(move || match sending.answer() {
        Some(answer) => answer.err(),
        None => before.get_value(),
    })
}

/// After the form did what it is for, everything that depends on who is signed in is fetched anew.
pub fn follow_person(sending: Sending) {
    let feedback = use_feedback();
    Effect::new(move |_| {
        if sending.is_done() {
            feedback.person_changed();
        }
    });
}
