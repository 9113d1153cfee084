//! .

use leptos::prelude::*;

#[component]
pub fn OfflinePage() -> impl IntoView {
    view! { <h1>"OfflinePage"</h1> }
}
