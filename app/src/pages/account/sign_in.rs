//! Signing in.

use leptos::prelude::*;
use leptos_meta::Title;

use super::door::{Door, back, follow_person, form_error, with_back};
use crate::{
    api::accounts::SignIn,
    components::fields::{Field, FieldKind, FormErrors},
    language::tr,
    remote::{Sending, SentForm},
};

/// `/sign-in?back=…`
#[component]
pub fn SignInPage() -> impl IntoView {
    let sending = Sending::to::<SignIn>();
    let error = form_error(sending);
    follow_person(sending);
    let back = back();
    let kept = error.get_untracked().and_then(|error| error.kept("email"));
    let title = Signal::derive(tr!(account.sign_in.title));
    let email = Signal::derive(tr!(account.field.email));
    let password = Signal::derive(tr!(account.field.password));
    view! {
        <Title text=move || title.get() />
        <Door title=title>
            <p class="door__note">{tr!(account.sign_in.note)}</p>
            <SentForm sending=sending class="form">
                <FormErrors error=error labels=vec![("email", email), ("password", password)] />
                <input type="hidden" name="back" value=move || back.get() />
                <Field name="email" kind=FieldKind::Username label=email value=kept.unwrap_or_default() error=error />
                <Field name="password" kind=FieldKind::CurrentPassword label=password error=error />
                <button class="button button--main button--wide" aria-busy=move || sending.busy()>
                    {tr!(account.sign_in.submit)}
                </button>
            </SentForm>
            <p class="door__other">
                {tr!(account.sign_in.no_account)} " "
                <a href=move || with_back("/register", &back.get())>{tr!(account.sign_in.register)}</a>
            </p>
        </Door>
    }
}
