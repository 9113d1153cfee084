//! Signing out.

use leptos::{form::ActionForm, prelude::*};

use super::door::follow_person;
use crate::{
    api::accounts::SignOut,
    i18n::{t, use_i18n},
};

/// The button that signs out.
#[component]
pub fn SignOutForm() -> impl IntoView {
    let i18n = use_i18n();
    let action = ServerAction::<SignOut>::new();
    follow_person(action);
    view! {
        <ActionForm action=action>
            <button class="button">{t!(i18n, account.sign_out)}</button>
        </ActionForm>
    }
}
