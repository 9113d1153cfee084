//! What the service worker shows when there is no connection; it is kept ahead, so it asks the server for nothing.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    components::empty_state::EmptyState,
    language::{tr, tr_signal},
};

/// Offline.
#[component]
pub fn OfflinePage() -> impl IntoView {
    let title = tr_signal!(common.offline_title);
    let text = tr_signal!(common.offline_text);
    view! {
        <Title text=move || title.get() />
        <EmptyState title=title text=text>
            <a class="button" href="/" rel="external">
                {tr!(common.try_again)}
            </a>
        </EmptyState>
    }
}
