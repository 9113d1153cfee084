//! Where there is nothing yet, or nothing came: what it is, what was kept, what to do.

use leptos::prelude::*;

/// A state with a text and, as children, what to do about it.
#[component]
pub fn EmptyState(
    /// The page's heading, where the state is the whole page.
    #[prop(optional, into)]
    title: Option<Signal<String>>,
    #[prop(into)] text: Signal<String>,
    /// Links and buttons.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="state">
            {title.map(|title| view! { <h1 class="state__title">{move || title.get()}</h1> })}
            <p class="state__text">{move || text.get()}</p>
            <div class="state__do">{children()}</div>
        </div>
    }
}
