//! Signing in.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;

use super::door::{Door, back, follow_person, form_error, with_back};
use crate::{
    api::accounts::SignIn,
    components::fields::{Field, FieldKind, FormErrors},
    language::tr,
};

/// `/sign-in?back=…`
#[component]
pub fn SignInPage() -> impl IntoView {
    let action = ServerAction::<SignIn>::new();
    let error = form_error(action);
    follow_person(action);
    let back = back();
    let kept = error.get_untracked().and_then(|error| error.kept("email"));
    let title = Signal::derive(tr!(account.sign_in.title));
    let email = Signal::derive(tr!(account.field.email));
    let password = Signal::derive(tr!(account.field.password));
    view! {
        <Title text=move || title.get() />
        <Door title=title>
            <p class="door__note">{tr!(account.sign_in.note)}</p>
            <ActionForm action=action attr:class="form" attr:novalidate="">
                <FormErrors error=error labels=vec![("email", email), ("password", password)] />
                <input type="hidden" name="back" value=move || back.get() />
                <Field name="email" kind=FieldKind::Username label=email value=kept.unwrap_or_default() error=error />
                <Field name="password" kind=FieldKind::CurrentPassword label=password error=error />
                <button
                    class="button button--main button--wide"
                    aria-busy=move || action.pending().get().then_some("true")
                >
                    {tr!(account.sign_in.submit)}
                </button>
            </ActionForm>
            <p class="door__other">
                {tr!(account.sign_in.no_account)} " "
                <a href=move || with_back("/register", &back.get())>{tr!(account.sign_in.register)}</a>
            </p>
        </Door>
    }
}
