//! `/privacy`: what is kept, why, and for how long.

use axum::response::Response;
use leptos::prelude::*;
use matinee_app::plain::{Sheet, Words};

use super::{Frame, pieces::opening};

pub async fn page(frame: Frame) -> Response {
    let draw = |_, words: &'static Words| {
        let parts: Vec<_> = words
            .privacy
            .parts
            .iter()
            .map(|(title, text)| {
                view! {
                    <section class="settings__part">
                        <h2>{*title}</h2>
                        <p>{*text}</p>
                    </section>
                }
            })
            .collect();
        let body = view! {
            {opening(words.privacy.title, words.privacy.note)}
            <div class="settings">{parts}</div>
        };
        Sheet { title: words.privacy.title.to_owned(), body: body.into_any() }
    };
    frame.page(draw).await
}
