//! The page itself.

use leptos::prelude::*;
use matinee_app::{
    api::sign_in_path,
    components::words::{day, iso},
    i18n::Locale,
    plain::{SecurityWords, Sheet, Words, passkey as passkey_words, security},
    session::{BROWSER_KEY, PLACE_KEY},
};
use matinee_domain::FieldError;
use matinee_services::{
    passkeys::MAX_PASSKEYS,
    ports::{Identity, StoredSession},
};

use super::{
    super::{
        factor, mail, passkey,
        pieces::{described, field, invalid, opening},
    },
    HERE, Shown, handle_of, last_used,
};
use crate::auth::{Device, Place};

/// What the page is told to say to who has to sign in once more.
const PROVE: &str = "prove";

pub fn page(locale: Locale, _: &'static Words, shown: &Shown) -> Sheet {
    let words = security(locale);
    let said = shown.said.as_deref().filter(|said| *said != PROVE).and_then(|said| words.said(said));
    // Where nothing can be linked, nothing is said of it.
    let linked_part = (!shown.identities.is_empty() || !shown.linkable.is_empty()).then(|| {
        view! {
            <section class="settings__part">
                <h2>{words.linked}</h2>
                {linked(locale, words, shown)}
            </section>
        }
    });
    let body = view! {
        {opening(words.title, words.note)}
        {said.map(|text| view! { <p class="said" role="status">{text}</p> })}
        {(!shown.has_proved).then(|| prove(words, shown))}
        <div class="settings">
            {linked_part}
            {passkeys(locale, words, shown)}
            {mail::part(locale, &shown.email, shown.is_confirmed)}
            <section class="settings__part">
                <h2>{words.password}</h2>
                {password(words, shown)}
            </section>
            {shown.has_password.then(|| factor::part(locale, shown.factor.as_ref(), shown.passkeys_at.is_some() && !shown.passkeys.is_empty()))}
            <section class="settings__part">
                <h2>{words.sessions}</h2>
                <p>{words.sessions_note}</p>
                {sessions(locale, words, shown)}
            </section>
            {(!shown.has_password).then(|| deletion(words))}
            <p>
                <a class="quiet" href="/account" rel="external">
                    {words.back}
                </a>
            </p>
        </div>
    };
    Sheet { title: words.title.to_owned(), body: body.into_any() }
}

/// Where the last sign-in is a while ago, the page says what it takes to change anything; to who just tried, that nothing was.
fn prove(words: &'static SecurityWords, shown: &Shown) -> AnyView {
    let has_tried = shown.said.as_deref() == Some(PROVE);
    let text = has_tried.then(|| words.said(PROVE)).flatten().unwrap_or(words.prove);
    view! {
        <p class="said" role=has_tried.then_some("status")>
            {text} " "
            <a href=sign_in_path(Some(&shown.back)) rel="external">
                {words.prove_link}
            </a>
        </p>
    }
    .into_any()
}

fn linked(locale: Locale, words: &'static SecurityWords, shown: &Shown) -> AnyView {
    let is_last = shown.identities.len() == 1 && !shown.has_password && shown.passkeys.is_empty();
    let items: Vec<_> = shown.identities.iter().map(|identity| item(locale, words, shown, identity, is_last)).collect();
    let list = if items.is_empty() {
        view! { <p>{words.none_linked}</p> }.into_any()
    } else {
        view! { <ul class="ledger">{items}</ul> }.into_any()
    };
    let buttons: Vec<_> = shown
        .linkable
        .iter()
        .map(|(id, title)| {
            view! {
                <form method="post" action=format!("{HERE}/link/{id}")>
                    <button class="button">{words.link.replace("{provider}", title)}</button>
                </form>
            }
        })
        .collect();
    view! {
        {list}
        {is_last.then(|| view! { <p class="field__help">{words.last_way_in}</p> })}
        <div class="cluster">{buttons}</div>
    }
    .into_any()
}

fn item(locale: Locale, words: &'static SecurityWords, shown: &Shown, identity: &Identity, is_last: bool) -> AnyView {
    let known = shown.titles.iter().find(|(id, _)| *id == identity.provider);
    let title = known.map_or_else(|| identity.provider.clone(), |(_, title)| title.clone());
    let unlink = (!is_last).then(|| {
        view! {
            <form method="post" action=format!("{HERE}/unlink")>
                <input type="hidden" name="issuer" value=identity.key.issuer.clone() />
                <input type="hidden" name="subject" value=identity.key.subject.clone() />
                <button class="button button--wrong" aria-label=format!("{} – {title}", words.unlink)>
                    {words.unlink}
                </button>
            </form>
        }
    });
    view! {
        <li class="ledger__item">
            <div>
                <p class="ledger__what">{title.clone()}</p>
                <p class="ledger__facts">
                    <span>{identity.label.clone()}</span>
                    <span>
                        {words.linked_at} " "
                        <time datetime=iso(identity.linked_at)>{day(locale, identity.linked_at)}</time>
                    </span>
                </p>
            </div>
            {unlink}
        </li>
    }
    .into_any()
}

fn password(words: &'static SecurityWords, shown: &Shown) -> AnyView {
    if shown.email.is_empty() {
        return view! { <p>{words.no_address}</p> }.into_any();
    }
    let note = if shown.has_password { words.has_password } else { words.no_password };
    let current = shown.has_password.then(|| secret(words.current, "current", "current-password", "", &shown.wrong));
    view! {
        <p>{note.replace("{email}", &shown.email)}</p>
        <form class="form narrow" method="post" action=format!("{HERE}/password")>
            <input type="hidden" autocomplete="username" value=shown.email.clone() />
            {current}
            {secret(words.new, "password", "new-password", words.new_help, &shown.wrong)}
            <button class="button button--main">{words.set_password}</button>
        </form>
    }
    .into_any()
}

/// Where passkeys work, or there are some from when they did.
fn passkeys(locale: Locale, words: &'static SecurityWords, shown: &Shown) -> Option<AnyView> {
    let origin = shown.passkeys_at.as_deref()?;
    let name = device_in_words(words, shown.device).unwrap_or_else(|| passkey_words(locale).title.to_owned());
    let is_only_way_in = shown.identities.is_empty() && !shown.has_password;
    let may_add = shown.passkeys.len() < MAX_PASSKEYS as usize;
    let part = passkey::Shown {
        origin,
        passkeys: &shown.passkeys,
        new_name: name,
        is_only_way_in,
        is_second_step: shown.factor.as_ref().is_some_and(|factor| !factor.has_app()),
        may_add,
    };
    Some(passkey::part(locale, part))
}

/// For accounts without a password, which the account's own page would ask for.
fn deletion(words: &'static SecurityWords) -> AnyView {
    view! {
        <section class="settings__part">
            <h2>{words.delete}</h2>
            <p>{words.delete_note}</p>
            <form class="form narrow" method="post" action=format!("{HERE}/delete")>
                <label class="switch">
                    <span>{words.delete_confirm}</span>
                    <input type="checkbox" name="confirm" value="1" autocomplete="off" required />
                </label>
                <button class="button button--wrong">{words.delete}</button>
            </form>
        </section>
    }
    .into_any()
}

fn secret(
    label: &'static str,
    name: &'static str,
    autocomplete: &'static str,
    help: &'static str,
    wrong: &[FieldError],
) -> AnyView {
    let control = view! {
        <input
            class="input"
            type="password"
            id=name
            name=name
            autocomplete=autocomplete
            required
            aria-describedby=described(name, !help.is_empty(), wrong)
            aria-invalid=invalid(name, wrong)
        />
    };
    field(label, name, control.into_any(), help, wrong)
}

fn sessions(locale: Locale, words: &'static SecurityWords, shown: &Shown) -> AnyView {
    let items: Vec<_> = shown.sessions.iter().map(|session| session_item(locale, words, shown, session)).collect();
    let has_others = shown.sessions.iter().any(|session| session.id != shown.this);
    let end_others = has_others.then(|| {
        view! {
            <form method="post" action=format!("{HERE}/sessions/end-others")>
                <button class="button button--wrong">{words.end_others}</button>
            </form>
        }
    });
    view! {
        <ul class="ledger">{items}</ul>
        {end_others}
    }
    .into_any()
}

fn session_item(locale: Locale, words: &'static SecurityWords, shown: &Shown, session: &StoredSession) -> AnyView {
    let is_this = session.id == shown.this;
    let seen = last_used(session, shown.idle);
    let data: serde_json::Value = serde_json::from_str(&session.data).unwrap_or_default();
    let name = device(words, &data);
    let end = (!is_this).then(|| {
        view! {
            <form method="post" action=format!("{HERE}/sessions/{}/end", handle_of(&session.id))>
                <button class="button" aria-label=format!("{} – {name}", words.end)>
                    {words.end}
                </button>
            </form>
        }
    });
    view! {
        <li class="ledger__item">
            <div>
                <p class="ledger__what">{name.clone()}</p>
                <p class="ledger__facts">
                    {is_this.then(|| view! { <span>{words.this_one}</span> })}
                    <span>
                        {words.seen} " " <time datetime=iso(seen)>{day(locale, seen)}</time>
                    </span>
                    {place(words, &data).map(|place| view! { <span>{place}</span> })}
                </p>
            </div>
            {end}
        </li>
    }
    .into_any()
}

/// The browser that a session is in, in words.
fn device(words: &'static SecurityWords, data: &serde_json::Value) -> String {
    let device = Device::of(data[BROWSER_KEY].as_str().unwrap_or_default());
    device_in_words(words, device).unwrap_or_else(|| words.device.to_owned())
}

/// The coarse place that it is used from, in words; nothing where it is not known.
fn place(words: &'static SecurityWords, data: &serde_json::Value) -> Option<String> {
    let place: Option<Place> = serde_json::from_value(data[PLACE_KEY].clone()).ok()?;
    Some(match place? {
        Place::Machine => words.place_machine.to_owned(),
        Place::Local => words.place_local.to_owned(),
        Place::Network(network) => words.place_network.replace("{network}", &network),
    })
}

fn device_in_words(words: &'static SecurityWords, device: Device) -> Option<String> {
    match device {
        Device { browser: Some(browser), system: Some(system) } => {
            Some(words.device_of.replace("{browser}", browser).replace("{system}", system))
        }
        Device { browser: Some(one), .. } | Device { system: Some(one), .. } => Some(one.to_owned()),
        Device { .. } => None,
    }
}
