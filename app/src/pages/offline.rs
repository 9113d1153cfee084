//! What the service worker shows when there is no connection; it is kept ahead, so it asks the server for nothing.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{components::empty_state::EmptyState, i18n::*};

/// Offline.
#[component]
pub fn OfflinePage() -> impl IntoView {
    let i18n = use_i18n();
    let title = Signal::derive(move || t_string!(i18n, common.offline_title).to_owned());
    let text = Signal::derive(move || t_string!(i18n, common.offline_text).to_owned());
    view! {
        <Title text=move || title.get() />
        <EmptyState title=title text=text>
            <a class="button" href="/" rel="external">
                {t!(i18n, common.try_again)}
            </a>
        </EmptyState>
    }
}
