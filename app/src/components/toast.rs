//! What was done just now, said in passing, with the way to undo it. Without JavaScript it stands on the page that follows
//! a form, and undoing is a form too.

use leptos::{prelude::*, server_fn::ServerFn};
use matinee_domain::activity::Mark;

use crate::{
    AppError,
    api::{marks::SetMark, ratings::Rate},
    components::{
        reasons::WhySheet,
        words::{around, fill, stars_in_words},
    },
    feedback::{Notice, Said, Undo, use_feedback},
    i18n::{t_string, td_string, use_i18n},
    language::tr,
};

/// Notices, and the sheet of reasons; stands once in the layout.
#[component]
pub fn Toasts() -> impl IntoView {
    let feedback = use_feedback();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            {move || feedback.notice().map(|notice| view! { <Toast notice=notice /> })}
        </div>
        <WhySheet />
    }
}

#[component]
fn Toast(notice: Notice) -> impl IntoView {
    let Notice { said, undo } = notice;
    view! {
        <div class="toast">
            <span class="toast__text">{text(said.clone())}</span>
            {undo.map(|undo| view! { <UndoForm undo=undo /> })}
            {matches!(said, Said::NotSaved(AppError::SignInNeeded)).then(|| view! { <SignInLink /> })}
        </div>
    }
}

fn text(said: Said) -> AnyView {
    let i18n = use_i18n();
    match said {
        Said::Rated(stars) => {
            // Seen as stars, heard in words.
            let text = move || {
                let locale = i18n.get_locale();
                let (before, after) = around(td_string!(locale, rating.rated), "stars");
                view! {
                    {before}
                    <span aria-hidden="true">{stars.to_string()}</span>
                    <span class="visually-hidden">{stars_in_words(locale, stars)}</span>
                    {after}
                }
            };
            text.into_any()
        }
        Said::Unrated => tr!(rating.cleared).into_any(),
        Said::Marked(Mark::NotInterested) => tr!(rating.not_interested_done).into_any(),
        Said::Marked(Mark::NotBecause) => tr!(rating.not_because_done).into_any(),
        Said::Unmarked => tr!(rating.unmarked).into_any(),
        Said::Restored => tr!(rating.restored).into_any(),
        Said::HistoryCleared => tr!(account.account.history_cleared).into_any(),
        Said::Saved => tr!(account.account.saved).into_any(),
        Said::AccountDeleted => tr!(account.account.deleted).into_any(),
        Said::NotSaved(AppError::SignInNeeded) => tr!(rating.sign_in_first).into_any(),
        Said::NotSaved(error) => {
            (move || fill(t_string!(i18n, rating.not_saved), &[("why", &error.text(i18n.get_locale()))])).into_any()
        }
    }
}

#[component]
fn SignInLink() -> impl IntoView {
    let location = leptos_router::hooks::use_location();
    let href = move || {
        let back = format!("{}{}", location.pathname.get(), location.search.get());
        format!("/sign-in?back={}", leptos_router::location::Url::escape(&back))
    };
    view! {
        <a class="toast__do" href=href>
            {tr!(rating.sign_in)}
        </a>
    }
}

#[component]
fn UndoForm(undo: Undo) -> impl IntoView {
    let feedback = use_feedback();
    let (action, movie) = match undo {
        Undo::Rating { movie, .. } => (Rate::url(), movie),
        Undo::Mark { movie, .. } => (SetMark::url(), movie),
    };
    let values = match undo {
        Undo::Rating { before: Some(stars), .. } => vec![("stars", stars.decimal())],
        Undo::Rating { before: None, .. } => vec![("clear", "1".to_owned())],
        Undo::Mark { mark, before, .. } => vec![("mark", mark.as_str().to_owned()), ("on", before.to_string())],
    };
    view! {
        <form
            method="post"
            action=action
            on:submit=move |event| {
                event.prevent_default();
                feedback.hide();
                feedback.undo(undo);
            }
        >
            <input type="hidden" name="movie" value=movie.to_string() />
            {values
                .into_iter()
                .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
                .collect_view()}
            <button class="toast__do">{tr!(rating.undo)}</button>
        </form>
    }
}
