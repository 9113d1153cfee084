//! Pages that the server alone draws: plain links and forms, no WebAssembly. On the server only (feature `ssr`), so not a
//! byte of them is in the browser's bundle.
//!
//! They stand in the same document and layout as the others ([`document`]); what they say is in [`words`], a file for each
//! language. The handlers are the server's own (`server/src/pages`). The hydrated app must link to them with
//! `rel="external"`, or its router would look for them among its own pages.

mod colophon;
mod ways;
pub mod words;

use leptos::prelude::*;
use leptos_meta::{Meta, Title, provide_meta_context};
use leptos_router::components::Router;

pub use colophon::{Colophon, Staff};
pub use ways::{Ways, ways_in};
pub use words::{
    DescribeWords, DutyWords, EveningWords, FactorWords, ImportWords, KnobWords, LetterWords, MailWords, PasskeyWords,
    SecurityWords, TrialWords, TuneWords, Words, describe, duty, evening, factor, import, letters, mail, passkey,
    security, trial, tune,
};

use crate::{
    app::in_head,
    components::layout::Layout,
    feedback::provide_feedback,
    i18n::Locale,
    language::{self, provide_language},
    shell,
    theme::provide_theme,
    viewer::provide_viewer,
};

/// What stands on a page.
pub struct Sheet {
    /// For the browser's title; the page's own heading is part of `body`.
    pub title: String,
    pub body: AnyView,
}

/// The whole document of a page that is not hydrated.
pub fn document(draw: impl Fn(Locale, &'static Words) -> Sheet + Send + Sync + 'static) -> AnyView {
    shell::document(shell::Script::None, move || view! { <Plain draw=Box::new(draw) /> }.into_any())
}

/// The language of letters that the request causes.
pub fn letter_language() -> matinee_services::ports::Language {
    match language::of_request() {
        Locale::en => matinee_services::ports::Language::En,
        Locale::de => matinee_services::ports::Language::De,
    }
}

type Draw = Box<dyn Fn(Locale, &'static Words) -> Sheet + Send + Sync>;

#[component]
fn Plain(draw: Draw) -> impl IntoView {
    provide_meta_context();
    provide_language();
    provide_theme();
    provide_viewer();
    provide_feedback();
    let locale = language::of_request();
    let Sheet { title, body } = draw(locale, words::of(locale));
    let title = in_head(format!("{title} · Matinee"));
    view! {
        <Title text=title />
        <Meta name="robots" content="noindex" />
        <Router>
            <Layout>{body}</Layout>
        </Router>
    }
}
