//! The footer: what this is, the API, and the other language.

use leptos::prelude::*;

use crate::{components::switches::LanguageSwitch, language::tr};

#[component]
pub fn Footer() -> impl IntoView {
    view! {
        <footer class="foot">
            <div class="foot__inner">
                <p>{tr!(common.footer)}</p>
                <nav class="foot__links" aria-label=tr!(common.about)>
                    <a href="/api/openapi.json" rel="external">
                        {tr!(common.api)}
                    </a>
                    <LanguageSwitch />
                </nav>
            </div>
        </footer>
    }
}
