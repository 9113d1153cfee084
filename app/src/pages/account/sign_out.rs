//! Signing out.

use leptos::{form::ActionForm, prelude::*};

use super::door::follow_person;
use crate::{api::accounts::SignOut, language::tr};

/// The button that signs out.
#[component]
pub fn SignOutForm() -> impl IntoView {
    let action = ServerAction::<SignOut>::new();
    follow_person(action);
    view! {
        <ActionForm action=action>
            <button class="button">{tr!(account.sign_out)}</button>
        </ActionForm>
    }
}
