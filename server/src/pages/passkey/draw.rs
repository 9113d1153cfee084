//! The pages, and the form that the script fills in.

use leptos::{nonce::use_nonce, prelude::*};
use matinee_app::{
    api::sign_in_path,
    components::words::{day, iso},
    i18n::Locale,
    plain::{PasskeyWords, Sheet, passkey},
};
use matinee_domain::PasskeyName;
use matinee_services::ports::Passkey;

use super::{
    super::{
        pieces::opening,
        security::{SECURITY, handle_of},
    },
    Fault,
};

/// What the script does with a form.
struct Ceremony<'a> {
    /// What the device is asked for.
    kind: Kind,
    /// Where its answer is sent.
    action: &'static str,
    /// Where passkeys work.
    origin: &'a str,
    /// Whether the device is asked at once, without a press: whoever comes to the page has pressed for it just before.
    at_once: bool,
    fault: Option<Fault>,
}

#[derive(Clone, Copy)]
enum Kind {
    Create,
    Get,
}

/// What the part on the page of security shows.
pub struct Shown<'a> {
    /// Where passkeys work.
    pub origin: &'a str,
    pub passkeys: &'a [Passkey],
    /// What a new one may be called.
    pub new_name: String,
    /// Nothing but passkeys lets the person in.
    pub is_only_way_in: bool,
    /// The second step has nothing but passkeys to ask for.
    pub is_second_step: bool,
    pub may_add: bool,
}

/// The part on the page of security.
pub fn part(locale: Locale, shown: Shown<'_>) -> AnyView {
    let words = passkey(locale);
    let Shown { origin, passkeys, new_name, is_only_way_in, is_second_step, may_add } = shown;
    let stays = match passkeys.len() {
        1 if is_second_step => Some(words.second_step),
        1 if is_only_way_in => Some(words.last_way_in),
        _ => None,
    };
    let is_last = stays.is_some();
    let items: Vec<_> = passkeys.iter().map(|one| item(locale, words, one, is_last)).collect();
    let list = if items.is_empty() {
        view! { <p>{words.none}</p> }.into_any()
    } else {
        view! { <ul class="ledger">{items}</ul> }.into_any()
    };
    let add = if may_add {
        let ceremony =
            Ceremony { kind: Kind::Create, action: "/account/security/passkeys", origin, at_once: false, fault: None };
        let fields = view! {
            {name_field(words.new_name, "passkey-name", words.name_help, new_name)}
            <button class="button">{words.add}</button>
        };
        form(words, &ceremony, fields.into_any())
    } else {
        view! { <p>{words.many}</p> }.into_any()
    };
    view! {
        <section class="settings__part">
            <h2>{words.title}</h2>
            <p>{words.note}</p>
            {list}
            {stays.map(|why| view! { <p class="field__help">{why}</p> })}
            {add}
        </section>
    }
    .into_any()
}

fn item(locale: Locale, words: &'static PasskeyWords, one: &Passkey, is_last: bool) -> AnyView {
    let handle = handle_of(&one.id);
    let used = match one.used_at {
        Some(at) => view! {
            <span>
                {words.used} " " <time datetime=iso(at)>{day(locale, at)}</time>
            </span>
        }
        .into_any(),
        None => view! { <span>{words.unused}</span> }.into_any(),
    };
    let remove = (!is_last).then(|| {
        view! {
            <form method="post" action=format!("{SECURITY}/passkeys/{handle}/remove")>
                <button class="button button--wrong" aria-label=format!("{} – {}", words.remove, one.name)>
                    {words.remove}
                </button>
            </form>
        }
    });
    view! {
        <li class="ledger__item">
            <div>
                <p class="ledger__what">{one.name.clone()}</p>
                <p class="ledger__facts">
                    <span>
                        {words.added} " " <time datetime=iso(one.created_at)>{day(locale, one.created_at)}</time>
                    </span>
                    {used}
                </p>
            </div>
            {remove}
            <details class="rename">
                <summary aria-label=format!("{} – {}", words.rename, one.name)>{words.rename}</summary>
                <form class="rename__form" method="post" action=format!("{SECURITY}/passkeys/{handle}/name")>
                    {name_field(words.name, &format!("name-{handle}"), "", one.name.clone())}
                    <button class="button">{words.keep_name}</button>
                </form>
            </details>
        </li>
    }
    .into_any()
}

fn name_field(label: &'static str, id: &str, help: &'static str, value: String) -> AnyView {
    view! {
        <div class="field">
            <label class="field__label" for=id.to_owned()>
                {label}
            </label>
            {(!help.is_empty()).then(|| view! { <p class="field__help" id=format!("{id}-help")>{help}</p> })}
            <input
                class="input"
                id=id.to_owned()
                name="name"
                value=value
                required
                maxlength=PasskeyName::MAX_CHARS.to_string()
                autocomplete="off"
                aria-describedby=(!help.is_empty()).then(|| format!("{id}-help"))
            />
        </div>
    }
    .into_any()
}

/// Signing in.
pub fn sign_in(locale: Locale, origin: &str, back: &str, fault: Option<Fault>) -> Sheet {
    let words = passkey(locale);
    let ceremony = Ceremony { kind: Kind::Get, action: "/sign-in/passkey", origin, at_once: fault.is_none(), fault };
    let fields = view! {
        <input type="hidden" name="back" value=back.to_owned() />
        <button class="button button--main button--wide">{words.use_one}</button>
    };
    let body = view! {
        {opening(words.sign_in, words.sign_in_note)}
        <div class="narrow passkey-door">
            {form(words, &ceremony, fields.into_any())}
            <a class="button button--wide" href=sign_in_path(Some(back)) rel="external">
                {words.other_way}
            </a>
        </div>
    };
    Sheet { title: words.sign_in.to_owned(), body: body.into_any() }
}

/// In place of the code.
pub fn instead(locale: Locale, origin: &str, fault: Option<Fault>) -> AnyView {
    let words = passkey(locale);
    let ceremony = Ceremony { kind: Kind::Get, action: "/sign-in/code/passkey", origin, at_once: false, fault };
    let fields = view! { <button class="button button--wide">{words.use_one}</button> };
    view! {
        <section class="narrow instead">
            <p>{words.instead}</p>
            {form(words, &ceremony, fields.into_any())}
        </section>
    }
    .into_any()
}

/// After the password, where no code is asked for.
pub fn after_password(locale: Locale, origin: &str, fault: Option<Fault>, at_once: bool) -> AnyView {
    let words = passkey(locale);
    let at_once = at_once && fault.is_none();
    let ceremony = Ceremony { kind: Kind::Get, action: "/sign-in/code/passkey", origin, at_once, fault };
    let fields = view! { <button class="button button--main button--wide">{words.use_one}</button> };
    view! { <div class="narrow">{form(words, &ceremony, fields.into_any())}</div> }.into_any()
}

/// The form that the script fills in. What is hidden it shows: `fields` where the browser knows passkeys, and otherwise why not.
fn form(words: &'static PasskeyWords, ceremony: &Ceremony<'_>, fields: AnyView) -> AnyView {
    let kind = match ceremony.kind {
        Kind::Create => "create",
        Kind::Get => "get",
    };
    let said = ceremony.fault.map(|fault| match fault {
        Fault::Over => words.over,
        Fault::Unknown => words.unknown,
        Fault::Wrong => words.wrong,
        Fault::Copied => words.copied,
        Fault::SomebodyElse => words.somebody_else,
    });
    let says = [("cancelled", words.cancelled), ("known", words.known), ("failed", words.failed)];
    let says = says.map(|(name, text)| {
        view! {
            <p class="field__error" role="alert" data-says=name hidden>
                {text}
            </p>
        }
    });
    view! {
        <form
            class="form passkey"
            method="post"
            action=ceremony.action
            data-passkey=kind
            data-origin=ceremony.origin.to_owned()
            data-at-once=ceremony.at_once
        >
            {said.map(|said| view! { <p class="field__error" role="alert" data-said="">{said}</p> })}
            {says.into_iter().collect_view()}
            <input type="hidden" name="answer" autocomplete="off" />
            <div class="passkey__ready" data-ready="" hidden>
                {fields}
            </div>
            <p class="passkey__not" data-says="no-passkeys" hidden>
                {words.no_passkeys}
            </p>
            <p class="passkey__not" data-says="elsewhere" hidden>
                {words.elsewhere.replace("{origin}", ceremony.origin)}
            </p>
            <noscript>
                <p class="passkey__not">{words.no_script}</p>
            </noscript>
        </form>
        <script type="module" src="/passkey.js" nonce=use_nonce()></script>
    }
    .into_any()
}
