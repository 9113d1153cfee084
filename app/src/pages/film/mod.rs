//! .

use leptos::prelude::*;

#[component]
pub fn FilmPage() -> impl IntoView {
    view! { <h1>"FilmPage"</h1> }
}
