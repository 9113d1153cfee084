//! Making an account.

use leptos::prelude::*;
use leptos_meta::Title;

use super::door::{Door, back, follow_person, form_error, with_back};
use crate::{
    api::accounts::Register,
    components::fields::{Field, FieldKind, FormErrors},
    language::tr,
    remote::{Sending, SentForm},
};

/// `/register?back=…`
#[component]
pub fn RegisterPage() -> impl IntoView {
    let sending = Sending::to::<Register>();
    let error = form_error(sending);
    follow_person(sending);
    let back = back();
    let kept = move |field: &str| error.get_untracked().and_then(|error| error.kept(field)).unwrap_or_default();
    let title = Signal::derive(tr!(account.register.title));
    let name = Signal::derive(tr!(account.field.name));
    let name_help = Signal::derive(tr!(account.field.name_hint));
    let email = Signal::derive(tr!(account.field.email));
    let password = Signal::derive(tr!(account.field.password));
    let password_help = Signal::derive(tr!(account.field.password_hint));
    view! {
        <Title text=move || title.get() />
        <Door title=title>
            <p class="door__note">{tr!(account.register.note)}</p>
            <SentForm sending=sending class="form">
                <FormErrors error=error labels=vec![("name", name), ("email", email), ("password", password)] />
                <input type="hidden" name="back" value=move || back.get() />
                <Field name="name" kind=FieldKind::Name label=name help=name_help value=kept("name") error=error />
                <Field name="email" kind=FieldKind::Email label=email value=kept("email") error=error />
                <Field
                    name="password"
                    kind=FieldKind::NewPassword
                    label=password
                    help=password_help
                    error=error
                />
                <button class="button button--main button--wide" aria-busy=move || sending.busy()>
                    {tr!(account.register.submit)}
                </button>
            </SentForm>
            <p class="door__other">
                {tr!(account.register.have_account)} " "
                <a href=move || with_back("/sign-in", &back.get())>{tr!(account.register.sign_in)}</a>
            </p>
        </Door>
    }
}
