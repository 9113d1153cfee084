//! What stands below the footer of every page: the privacy page, and what those may do who look after the site. The server adds
//! it after the app, which neither knows of it nor takes it over. What belongs to a film's page is shown by the style
//! sheet where there is one, for the app changes pages without asking the server.

use http::request::Parts;
use leptos::prelude::*;
use matinee_domain::Role;

use super::words;
use crate::language;

/// The role of who asks, which the server puts into the request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct Staff(pub Role);

#[component]
pub fn Colophon() -> impl IntoView {
    let locale = language::of_request();
    let (words, described) = (words::of(locale), words::describe(locale));
    let role = use_context::<Parts>().and_then(|parts| parts.extensions.get::<Staff>().copied());
    let may = |needed: Role| role.is_some_and(|Staff(role)| role >= needed);
    view! {
        <nav class="colophon" aria-label=words.colophon>
            <p class="colophon__search">{described.link_note}</p>
            <a href="/describe/here" rel="external">
                {described.link}
            </a>
            <a href="/tune" rel="external nofollow">
                {words::tune(locale).link}
            </a>
            <a href="/evening" rel="external nofollow">
                {words::evening(locale).link}
            </a>
            <a href="/privacy" rel="external">
                {words.privacy.title}
            </a>
            {may(Role::Editor)
                .then(|| {
                    view! {
                        <a class="colophon__film" href="/edit/here" rel="external nofollow">
                            {words.edit.link}
                        </a>
                    }
                })}
            {may(Role::Admin)
                .then(|| {
                    view! {
                        <a href="/admin" rel="external nofollow">
                            {words.admin.title}
                        </a>
                    }
                })}
        </nav>
    }
}
