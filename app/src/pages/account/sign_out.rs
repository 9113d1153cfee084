//! Signing out.

use leptos::prelude::*;

use super::door::follow_person;
use crate::{
    api::accounts::SignOut,
    language::tr,
    remote::{Sending, SentForm},
};

/// The button that signs out.
#[component]
pub fn SignOutForm() -> impl IntoView {
    let sending = Sending::to::<SignOut>();
    follow_person(sending);
    view! {
        <SentForm sending=sending>
            <button class="button">{tr!(account.sign_out)}</button>
        </SentForm>
    }
}
