//! The footer: what this is, the API, and the other language.

use leptos::prelude::*;

use crate::{components::switches::LanguageSwitch, i18n::*};

#[component]
pub fn Footer() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <footer class="foot">
            <div class="foot__inner">
                <p>{t!(i18n, common.footer)}</p>
                <nav class="foot__links" aria-label=move || t_string!(i18n, common.about)>
                    <a href="/api/openapi.json" rel="external">
                        {t!(i18n, common.api)}
                    </a>
                    <LanguageSwitch />
                </nav>
            </div>
        </footer>
    }
}
