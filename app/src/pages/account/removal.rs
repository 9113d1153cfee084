//! Deleting the account: says what is erased, and asks for the password and a tick.

use leptos::prelude::*;

use super::door::{follow_person, form_error};
use crate::{
    api::accounts::DeleteAccount,
    components::{
        fields::{Field, FieldKind, FormErrors, field_error_text},
        words::fill,
    },
    feedback::{Notice, Said, use_feedback},
    i18n::{t_string, use_i18n},
    language::tr,
    remote::{Sending, SentForm},
};

/// The last part of the account page.
#[component]
pub fn Removal(
    /// How many ratings go with the account.
    ratings: u64,
) -> impl IntoView {
    let i18n = use_i18n();
    let feedback = use_feedback();
    let sending = Sending::to::<DeleteAccount>();
    let error = form_error(sending);
    follow_person(sending);
    Effect::new(move |_| {
        if sending.is_done() {
            feedback.say(Notice::of(Said::AccountDeleted));
        }
    });
    let password = Signal::derive(tr!(account.account.delete_password));
    let confirm = Signal::derive(tr!(account.account.delete_confirm));
    let unticked = move || error.with(|error| error.as_ref().and_then(|error| error.field("confirm").cloned()));
    let submit = move || match ratings {
        1 => t_string!(i18n, account.account.delete_submit_one).to_owned(),
        many => fill(t_string!(i18n, account.account.delete_submit), &[("count", &many.to_string())]),
    };
    view! {
        <section class="settings__part">
            <h2>{tr!(account.account.delete_title)}</h2>
            <p>{tr!(account.account.delete_note)}</p>
            <details open=move || error.with(Option::is_some)>
                <summary class="quiet">{tr!(account.account.delete_open)}</summary>
                <SentForm sending=sending class="form">
                    <FormErrors error=error labels=vec![("password", password), ("confirm", confirm)] />
                    <Field name="password" kind=FieldKind::CurrentPassword label=password error=error />
                    <div class="field">
                        {move || {
                            unticked()
                                .map(|error| {
                                    view! {
                                        <p class="field__error" id="confirm-error">
                                            {field_error_text(i18n.get_locale(), &error)}
                                        </p>
                                    }
                                })
                        }}
                        <label class="switch">
                            <span>{move || confirm.get()}</span>
                            <input
                                type="checkbox"
                                id="confirm"
                                name="confirm"
                                value="1"
                                autocomplete="off"
                                required
                                aria-describedby=move || unticked().map(|_| "confirm-error")
                                aria-invalid=move || unticked().map(|_| "true")
                            />
                        </label>
                    </div>
                    <button class="button button--wrong" aria-busy=move || sending.busy()>
                        {submit}
                    </button>
                </SentForm>
            </details>
        </section>
    }
}
