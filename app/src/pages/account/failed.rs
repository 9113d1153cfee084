//! A page of one's own that has nothing to show: nobody is signed in, or something did not answer.

use leptos::prelude::*;

use super::door::with_back;
use crate::{
    AppError,
    components::empty_state::EmptyState,
    i18n::{t_string, use_i18n},
    language::tr,
};

/// Why the page has nothing to show.
#[component]
pub fn Failed(
    error: AppError,
    /// The page to come back to.
    back: String,
) -> impl IntoView {
    let i18n = use_i18n();
    let sign_in = with_back("/sign-in", &back);
    let needed = error == AppError::SignInNeeded;
    let text = Signal::derive(move || match &error {
        AppError::SignInNeeded => t_string!(i18n, account.account.sign_in_first).to_owned(),
        other => other.text(i18n.get_locale()),
    });
    view! {
        <EmptyState text=text>
            {if needed {
                view! {
                    <a class="button button--main" href=sign_in>
                        {tr!(account.sign_in.title)}
                    </a>
                }
                    .into_any()
            } else {
                view! {
                    <a class="button button--main" href=back rel="external">
                        {tr!(account.failed_retry)}
                    </a>
                }
                    .into_any()
            }}
        </EmptyState>
    }
}
