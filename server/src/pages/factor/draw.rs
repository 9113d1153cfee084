//! The pages.

use leptos::prelude::*;
use matinee_app::{
    components::words::{day, iso},
    i18n::Locale,
    plain::{FactorWords, Sheet, factor},
};
use matinee_domain::FieldError;
use matinee_services::{ports::SecondFactor, recovery::RecoveryCode};

use super::{
    super::{
        passkey,
        pieces::{described, field, invalid, opening},
        security::SECURITY,
    },
    SetUp, qr,
    sign_in::{Asked, Fault},
};

/// The part on the page of security.
pub fn part(locale: Locale, on: Option<&SecondFactor>, has_passkeys: bool) -> AnyView {
    let words = factor(locale);
    let by_passkey = has_passkeys.then(|| {
        view! {
            <form method="post" action=format!("{SECURITY}/factor/passkey")>
                <button class="button">{words.ask_for_passkey}</button>
            </form>
        }
    });
    let body = match on {
        None => view! {
            <p>{words.off}</p>
            {has_passkeys.then(|| view! { <p>{words.or_passkey}</p> })}
            <div class="cluster">
                <form method="post" action=format!("{SECURITY}/factor/begin")>
                    <button class="button">{words.begin}</button>
                </form>
                {by_passkey}
            </div>
        }
        .into_any(),
        Some(on) => is_on(locale, words, on),
    };
    view! {
        <section class="settings__part">
            <h2>{words.title}</h2>
            {body}
        </section>
    }
    .into_any()
}

fn is_on(locale: Locale, words: &'static FactorWords, on: &SecondFactor) -> AnyView {
    let left = words.left.replace("{count}", &on.codes_left.to_string());
    view! {
        <p>{if on.has_app() { words.on } else { words.on_by_passkey }}</p>
        <p class="ledger__facts">
            <span>
                {words.since} " " <time datetime=iso(on.since)>{day(locale, on.since)}</time>
            </span>
            <span>{left}</span>
        </p>
        {(on.codes_left == 0).then(|| view! { <p class="field__error">{words.none_left}</p> })}
        <div class="cluster">
            <form method="post" action=format!("{SECURITY}/factor/codes")>
                <button class="button">{words.new_codes}</button>
            </form>
            <form method="post" action=format!("{SECURITY}/factor/off")>
                <button class="button button--wrong">{words.switch_off}</button>
            </form>
        </div>
    }
    .into_any()
}

/// The secret, and the field for its first code.
pub fn set_up(locale: Locale, shown: &SetUp) -> Sheet {
    let words = factor(locale);
    let wrong: Vec<_> =
        shown.is_wrong.then(|| FieldError::new("code", "wrong", words.code_wrong)).into_iter().collect();
    let address = qr::address(&shown.secret, &shown.account);
    let picture = qr::svg(&address, words.picture).unwrap_or_default();
    let secret = shown.secret.expose();
    let groups: Vec<_> =
        (0..secret.len()).step_by(4).map(|at| secret[at..secret.len().min(at + 4)].to_owned()).collect();
    let body = view! {
        {opening(words.set_up, words.set_up_note)}
        <ol class="steps">
            <li class="steps__one">
                <h2>{words.scan}</h2>
                <p>{words.scan_note}</p>
                <div class="steps__pair">
                    <div inner_html=picture></div>
                    <div>
                        <p class="field__label" id="typed">
                            {words.type_in}
                        </p>
                        <code class="secret" aria-labelledby="typed">
                            {groups.join(" ")}
                        </code>
                        <p>
                            <a class="quiet" href=address rel="external">
                                {words.open_app}
                            </a>
                        </p>
                    </div>
                </div>
            </li>
            <li class="steps__one">
                <h2>{words.show_code}</h2>
                <p>{words.show_code_note}</p>
                <form class="form narrow" method="post" action=format!("{SECURITY}/factor")>
                    {code_field(words.code, words.code_help, Field::Digits, &wrong)}
                    <div class="cluster">
                        <button class="button button--main">{words.switch_on}</button>
                        <a class="button" href=SECURITY rel="external">
                            {words.not_now}
                        </a>
                    </div>
                </form>
            </li>
        </ol>
    };
    Sheet { title: words.set_up.to_owned(), body: body.into_any() }
}

/// The recovery codes, once.
pub fn codes(locale: Locale, codes: &[RecoveryCode], is_new: bool) -> Sheet {
    let words = factor(locale);
    let title = if is_new { words.is_on } else { words.codes_renewed };
    let items: Vec<_> = codes
        .iter()
        .map(|code| {
            view! {
                <li>
                    <code>{code.expose()}</code>
                </li>
            }
        })
        .collect();
    let body = view! {
        {opening(title, "")}
        <section class="codes" aria-labelledby="codes">
            <h2 id="codes">{words.codes}</h2>
            <p>{words.codes_note}</p>
            <ol class="codes__list">{items}</ol>
            <p>
                <a class="button button--main" href=SECURITY rel="external">
                    {words.kept}
                </a>
            </p>
        </section>
    };
    Sheet { title: title.to_owned(), body: body.into_any() }
}

/// The code, after the password.
pub fn ask(locale: Locale, asked: &Asked) -> Sheet {
    let words = factor(locale);
    let (said, passkey_fault) = match asked.fault {
        Some(Fault::Wrong) if asked.has_app => (Some(words.wrong), None),
        Some(Fault::Wrong) => (Some(words.recovery_wrong), None),
        Some(Fault::TooSoon) => (Some(words.too_soon), None),
        Some(Fault::Passkey(fault)) => (None, Some(fault)),
        None => (None, None),
    };
    let passkeys_at = asked.passkeys_at.as_deref();
    if !asked.has_app {
        return ask_for_passkey(locale, words, passkeys_at, passkey_fault, said);
    }
    let instead = passkeys_at.map(|origin| passkey::instead(locale, origin, passkey_fault));
    let wrong: Vec<_> = said.map(|said| FieldError::new("code", "wrong", said)).into_iter().collect();
    let body = view! {
        {opening(words.ask, words.ask_note)}
        <form class="form narrow" method="post" action="/sign-in/code">
            {code_field(words.ask_code, words.ask_help, Field::Either, &wrong)}
            <button class="button button--main button--wide">{words.sign_in}</button>
        </form>
        {instead}
        <details class="narrow lost">
            <summary>{words.lost}</summary>
            <p>{words.lost_note}</p>
        </details>
    };
    Sheet { title: words.ask.to_owned(), body: body.into_any() }
}

/// A passkey, after the password; a recovery code where it is lost.
fn ask_for_passkey(
    locale: Locale,
    words: &'static FactorWords,
    passkeys_at: Option<&str>,
    passkey_fault: Option<passkey::Fault>,
    said: Option<&'static str>,
) -> Sheet {
    let wrong: Vec<_> = said.map(|said| FieldError::new("code", "wrong", said)).into_iter().collect();
    let is_lost = !wrong.is_empty() || passkeys_at.is_none();
    let passkey = passkeys_at.map(|origin| passkey::after_password(locale, origin, passkey_fault, !is_lost));
    let body = view! {
        {opening(words.ask_passkey, words.ask_passkey_note)}
        {passkey}
        <details class="narrow lost" open=is_lost>
            <summary>{words.device_lost}</summary>
            <form class="form" method="post" action="/sign-in/code">
                {code_field(words.recovery_code, words.recovery_help, Field::Recovery, &wrong)}
                <button class="button button--wide">{words.sign_in}</button>
            </form>
        </details>
    };
    Sheet { title: words.ask_passkey.to_owned(), body: body.into_any() }
}

/// There is nothing to give a code for.
pub fn over(locale: Locale) -> Sheet {
    let words = factor(locale);
    let (title, note) = words.over;
    let body = view! {
        {opening(title, note)}
        <p>
            <a class="button button--main" href="/sign-in" rel="external">
                {words.again}
            </a>
        </p>
    };
    Sheet { title: title.to_owned(), body: body.into_any() }
}

/// What a field takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Digits,
    Recovery,
    /// That, and nothing else is asked for on the page.
    Either,
}

/// Phones offer digits where nothing else is asked for; there the field is not what the page begins with, so the focus waits.
fn code_field(label: &'static str, help: &'static str, takes: Field, wrong: &[FieldError]) -> AnyView {
    let control = view! {
        <input
            class="input code"
            id="code"
            name="code"
            autocomplete=if takes == Field::Recovery { "off" } else { "one-time-code" }
            inputmode=(takes == Field::Digits).then_some("numeric")
            autocapitalize="none"
            spellcheck="false"
            maxlength="64"
            required
            autofocus=takes == Field::Either
            aria-describedby=described("code", true, wrong)
            aria-invalid=invalid("code", wrong)
        />
    };
    field(label, "code", control.into_any(), help, wrong)
}
