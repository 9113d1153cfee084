//! The routes.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{FlatRoutes, Route, Router},
    path,
};

use crate::{
    components::{layout::Layout, markup::push_text},
    feedback::provide_feedback,
    language::provide_language,
    pages::{
        account::{AccountPage, RatingsPage, RegisterPage, SignInPage},
        film::FilmPage,
        home::HomePage,
        not_found::NotFoundPage,
        offline::OfflinePage,
        search::SearchPage,
    },
    theme::provide_theme,
    viewer::provide_viewer,
};

/// The whole app, on the server and in the browser. Pages are erased types (`into_any`): the compiler would build them
/// all into one otherwise, which takes minutes.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_language();
    provide_theme();
    provide_viewer();
    provide_feedback();
    view! {
        <Title formatter=title />
        <Router>
            <Layout>
                <FlatRoutes fallback=|| NotFoundPage().into_any()>
                    <Route path=path!("/") view=|| HomePage().into_any() ssr=SsrMode::Async />
                    <Route path=path!("/search") view=|| SearchPage().into_any() ssr=SsrMode::Async />
                    <Route path=path!("/film/:id/:slug?") view=|| FilmPage().into_any() ssr=SsrMode::Async />
                    <Route path=path!("/sign-in") view=|| SignInPage().into_any() ssr=SsrMode::Async />
                    <Route path=path!("/register") view=|| RegisterPage().into_any() ssr=SsrMode::Async />
                    <Route path=path!("/ratings") view=|| RatingsPage().into_any() ssr=SsrMode::Async />
                    <Route path=path!("/account") view=|| AccountPage().into_any() ssr=SsrMode::Async />
                    <Route path=path!("/offline") view=|| OfflinePage().into_any() ssr=SsrMode::Async />
                </FlatRoutes>
            </Layout>
        </Router>
    }
}

/// The document's title.
#[expect(clippy::needless_pass_by_value, reason = "the shape that the formatter wants")]
fn title(page: String) -> String {
    in_head(if page.is_empty() { "Matinee".to_owned() } else { format!("{page} · Matinee") })
}

/// A title as Leptos's `<Title>` is to be given it. On the server `leptos_meta` 0.8 writes it between the tags as it is, and a title may
/// hold what somebody searched for: one with a tag in it would go on as HTML. In the browser it becomes `document.title`, a text.
pub(crate) fn in_head(title: String) -> String {
    if !cfg!(feature = "ssr") {
        return title;
    }
    let mut html = String::with_capacity(title.len());
    push_text(&mut html, &title);
    html
}

/// Whether a path is one of the routes above. The others are pages that the server alone draws.
#[cfg(feature = "ssr")]
pub fn has_page(path: &str) -> bool {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    matches!(path, "/" | "/search" | "/sign-in" | "/register" | "/ratings" | "/account" | "/offline")
        || path.starts_with("/film/")
}
