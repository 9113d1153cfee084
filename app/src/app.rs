//! The routes.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{FlatRoutes, Route, Router},
    path,
};

use crate::{
    components::layout::Layout,
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

/// The whole app, on the server and in the browser.
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
                <FlatRoutes fallback=NotFoundPage>
                    <Route path=path!("/") view=HomePage ssr=SsrMode::Async />
                    <Route path=path!("/search") view=SearchPage ssr=SsrMode::Async />
                    <Route path=path!("/film/:id/:slug?") view=FilmPage ssr=SsrMode::Async />
                    <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async />
                    <Route path=path!("/register") view=RegisterPage ssr=SsrMode::Async />
                    <Route path=path!("/ratings") view=RatingsPage ssr=SsrMode::Async />
                    <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async />
                    <Route path=path!("/offline") view=OfflinePage ssr=SsrMode::Async />
                </FlatRoutes>
            </Layout>
        </Router>
    }
}

/// The document's title.
#[expect(clippy::needless_pass_by_value, reason = "the shape that the formatter wants")]
fn title(page: String) -> String {
    if page.is_empty() { "Matinee".to_owned() } else { format!("{page} · Matinee") }
}
