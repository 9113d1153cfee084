//! .

pub mod question;

use leptos::prelude::*;

#[component]
pub fn SearchPage() -> impl IntoView {
    view! { <h1>"SearchPage"</h1> }
}
