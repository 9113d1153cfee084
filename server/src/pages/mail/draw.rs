//! The pages.

use leptos::prelude::*;
use matinee_app::{
    i18n::Locale,
    plain::{MailWords, Sheet, mail},
};
use matinee_domain::{Email, FieldError};

use super::super::{
    pieces::{described, field, invalid, opening},
    security::SECURITY,
};

/// The part on the page of security.
pub fn part(locale: Locale, email: &str, is_confirmed: bool) -> AnyView {
    let words = mail(locale);
    let note = match (email.is_empty(), is_confirmed) {
        (true, _) => words.none,
        (false, true) => words.is_confirmed,
        (false, false) => words.not_confirmed,
    };
    let again = (!email.is_empty() && !is_confirmed).then(|| {
        view! {
            <form method="post" action=format!("{SECURITY}/email/again")>
                <button class="button">{words.again}</button>
            </form>
        }
    });
    view! {
        <section class="settings__part">
            <h2>{words.title}</h2>
            <p>{note.replace("{email}", email)}</p>
            {again}
            <form class="form narrow" method="post" action=format!("{SECURITY}/email")>
                {address_field(words.new, words.new_help, "", &[])}
                <button class="button">{words.change}</button>
            </form>
        </section>
    }
    .into_any()
}

/// Asks for the address.
pub fn forgot(locale: Locale, typed: &str, wrong: &[FieldError]) -> Sheet {
    let words = mail(locale);
    let body = view! {
        {opening(words.forgot_title, words.forgot_note)}
        <form class="form narrow" method="post" action="/sign-in/forgot">
            {address_field(words.address, "", typed, wrong)}
            <button class="button button--main button--wide">{words.send}</button>
        </form>
        {onward("/sign-in", words.to_sign_in)}
    };
    Sheet { title: words.forgot_title.to_owned(), body: body.into_any() }
}

/// What is wrong with an address that is none.
pub fn no_address(locale: Locale) -> Vec<FieldError> {
    vec![FieldError::new("email", "not_an_email", mail(locale).no_address)]
}

/// Where to look now.
pub fn look(locale: Locale) -> Sheet {
    let words = mail(locale);
    let (title, note) = words.look;
    let body = view! {
        {opening(title, note)}
        <div class="narrow settings__part">
            <p>{words.nothing_came}</p>
            <p class="cluster">
                <a class="button" href="/sign-in/forgot" rel="external">
                    {words.send_again}
                </a>
                <a class="button" href="/sign-in" rel="external">
                    {words.to_sign_in}
                </a>
            </p>
        </div>
    };
    Sheet { title: title.to_owned(), body: body.into_any() }
}

/// A field for the new password.
pub fn choose(locale: Locale, token: &str, email: &Email, wrong: &[FieldError]) -> Sheet {
    let words = mail(locale);
    let (title, note) = words.reset;
    let wrong = &in_words(words, wrong);
    let control = view! {
        <input
            class="input"
            type="password"
            id="password"
            name="password"
            autocomplete="new-password"
            required
            autofocus
            aria-describedby=described("password", true, wrong)
            aria-invalid=invalid("password", wrong)
        />
    };
    let body = view! {
        {opening(title, note.replace("{email}", email.as_str()))}
        <form class="form narrow" method="post" action="/sign-in/reset">
            <input type="hidden" name="token" value=token.to_owned() />
            <input type="hidden" autocomplete="username" value=email.as_str().to_owned() />
            {field(words.password, "password", control.into_any(), words.password_help, wrong)}
            <button class="button button--main button--wide">{words.set}</button>
        </form>
    };
    Sheet { title: title.to_owned(), body: body.into_any() }
}

/// The same in the reader's language.
fn in_words(words: &'static MailWords, wrong: &[FieldError]) -> Vec<FieldError> {
    let said = |code: &str| match code {
        "too_common" | "breached" => words.password_common,
        _ => words.password_length,
    };
    wrong.iter().map(|error| FieldError::new(&error.field, &error.code, said(&error.code))).collect()
}

pub fn is_set(locale: Locale) -> Sheet {
    let words = mail(locale);
    let (title, note) = words.is_set;
    let body = view! {
        {opening(title, note)}
        <p>
            <a class="button button--main" href="/sign-in" rel="external">
                {words.to_sign_in}
            </a>
        </p>
    };
    Sheet { title: title.to_owned(), body: body.into_any() }
}

/// A button that says that the address is one's own.
pub fn confirm(locale: Locale, token: &str, email: &Email) -> Sheet {
    let words = mail(locale);
    let (title, note) = words.confirm;
    let body = view! {
        {opening(title, note.replace("{email}", email.as_str()))}
        <form method="post" action="/account/confirm">
            <input type="hidden" name="token" value=token.to_owned() />
            <button class="button button--main">{words.confirm_button}</button>
        </form>
    };
    Sheet { title: title.to_owned(), body: body.into_any() }
}

pub fn confirmed(locale: Locale, email: &Email) -> Sheet {
    let words = mail(locale);
    let (title, note) = words.confirmed;
    let body = view! {
        {opening(title, note.replace("{email}", email.as_str()))}
        <p class="cluster">
            <a class="button button--main" href="/" rel="external">
                {words.on}
            </a>
            <a class="button" href=SECURITY rel="external">
                {words.to_security}
            </a>
        </p>
    };
    Sheet { title: title.to_owned(), body: body.into_any() }
}

/// The address has another account by now.
pub fn taken(locale: Locale) -> Sheet {
    let words = mail(locale);
    let (title, note) = words.taken;
    let body = view! {
        {opening(title, note)}
        <p class="cluster">
            <a class="button button--main" href=SECURITY rel="external">
                {words.to_security}
            </a>
        </p>
    };
    Sheet { title: title.to_owned(), body: body.into_any() }
}

/// The link is worth nothing any more.
pub fn over(locale: Locale, to: &'static str) -> Sheet {
    let words = mail(locale);
    let (title, note) = words.over;
    let label = if to == SECURITY { words.to_security } else { words.forgot };
    let body = view! {
        {opening(title, note)}
        <p class="cluster">
            <a class="button button--main" href=to rel="external">
                {label}
            </a>
            <a class="button" href="/sign-in" rel="external">
                {words.to_sign_in}
            </a>
        </p>
    };
    Sheet { title: title.to_owned(), body: body.into_any() }
}

fn address_field(label: &'static str, help: &'static str, typed: &str, wrong: &[FieldError]) -> AnyView {
    let control = view! {
        <input
            class="input"
            type="email"
            id="email"
            name="email"
            value=typed.to_owned()
            autocomplete="email"
            autocapitalize="none"
            spellcheck="false"
            maxlength="254"
            required
            aria-describedby=described("email", !help.is_empty(), wrong)
            aria-invalid=invalid("email", wrong)
        />
    };
    field(label, "email", control.into_any(), help, wrong)
}

fn onward(to: &'static str, label: &'static str) -> AnyView {
    view! {
        <p class="narrow door__other">
            <a href=to rel="external">
                {label}
            </a>
        </p>
    }
    .into_any()
}
