//! `/account/data`: what is kept of me, all of it to take along ([`super::export`]), and where to change it.

use axum::response::Response;
use leptos::prelude::*;
use matinee_app::plain::{self, Sheet, Words, security};

use super::{Frame, Refusal, access::SignedIn, import, pieces::opening};

pub async fn page(_: SignedIn, frame: Frame) -> Result<Response, Refusal> {
    let draw = |locale, words: &'static Words| {
        let (data, security, bring) = (&words.data, security(locale), plain::import(locale));
        let part = |title: &'static str, note: &'static str, links: AnyView| {
            view! {
                <section class="settings__part">
                    <h2>{title}</h2>
                    <p>{note}</p>
                    <p class="cluster">{links}</p>
                </section>
            }
        };
        let link = |href: &'static str, text: &'static str| {
            view! {
                <a class="button" href=href rel="external">
                    {text}
                </a>
            }
            .into_any()
        };
        let file = |href: &'static str, text: &'static str| {
            view! {
                <a class="button" href=href rel="external" download="">
                    {text}
                </a>
            }
            .into_any()
        };
        let files =
            view! { {file("/account/data/matinee.json", data.json)} {file("/account/data/letterboxd.csv", data.csv)} };
        let body = view! {
            {opening(data.title, data.note)}
            <div class="settings">
                {part(security.title, security.note, link("/account/security", data.see_security))}
                {part(words.changes.title, words.changes.note, link("/account/changes", data.see_changes))}
                {part(data.export, data.export_note, files.into_any())}
                {part(bring.title, bring.note, link(import::PATH, bring.link))}
                {part(words.tokens.title, words.tokens.note, link("/account/tokens", data.see_tokens))}
                {part(words.privacy.title, data.privacy_note, link("/privacy", words.privacy.title))}
                <p>
                    <a class="quiet" href="/account" rel="external">
                        {data.back}
                    </a>
                </p>
            </div>
        };
        Sheet { title: data.title.to_owned(), body: body.into_any() }
    };
    Ok(frame.page(draw).await)
}
