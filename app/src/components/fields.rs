//! Fields of forms: label, help, what is wrong with them, control; and the summary of what is wrong above them.

use leptos::{html, prelude::*};
use matinee_domain::FieldError;

use crate::{
    AppError,
    components::words::fill,
    i18n::{Locale, t_string, td_string, use_i18n},
    language::tr,
};

/// What an input is for, by which browsers and phones fill it in and choose the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    Name,
    Email,
    /// The e-mail address to sign in with.
    Username,
    CurrentPassword,
    NewPassword,
}

impl FieldKind {
    const fn input_type(self) -> &'static str {
        match self {
            Self::Name => "text",
            Self::Email | Self::Username => "email",
            Self::CurrentPassword | Self::NewPassword => "password",
        }
    }

    const fn autocomplete(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Username => "username",
            Self::CurrentPassword => "current-password",
            Self::NewPassword => "new-password",
        }
    }

    const fn inputmode(self) -> Option<&'static str> {
        match self {
            Self::Email | Self::Username => Some("email"),
            _ => None,
        }
    }

    const fn is_password(self) -> bool {
        matches!(self, Self::CurrentPassword | Self::NewPassword)
    }
}

/// What is wrong with a field, in the reader's language.
pub fn field_error_text(locale: Locale, error: &FieldError) -> &'static str {
    match (error.field.as_str(), error.code.as_str()) {
        ("name", "missing") => td_string!(locale, account.error.name_missing),
        ("name", "too_long") => td_string!(locale, account.error.name_too_long),
        ("name", "bad_character") => td_string!(locale, account.error.name_bad_character),
        ("email", "missing") => td_string!(locale, account.error.email_missing),
        ("email", "too_long") => td_string!(locale, account.error.email_too_long),
        ("email", "not_an_email") => td_string!(locale, account.error.email_not_an_email),
        ("email", "taken") => td_string!(locale, account.error.email_taken),
        ("password", "missing") => td_string!(locale, account.error.password_missing),
        ("password", "too_short") => td_string!(locale, account.error.password_too_short),
        ("password", "too_long") => td_string!(locale, account.error.password_too_long),
        ("password", "wrong") => td_string!(locale, account.error.password_wrong),
        ("confirm", _) => td_string!(locale, account.error.confirm_missing),
        _ => td_string!(locale, account.error.other),
    }
}

/// One line of text. Its name is its id too.
#[component]
pub fn Field(
    /// The name it is sent by, unique on the page.
    name: &'static str,
    kind: FieldKind,
    #[prop(into)] label: Signal<&'static str>,
    #[prop(optional, into)] help: Option<Signal<&'static str>>,
    /// What was typed before; passwords have none.
    #[prop(optional)]
    value: Option<String>,
    /// Why the form was refused, if it was.
    #[prop(into)]
    error: Signal<Option<AppError>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let wrong = Memo::new(move |_| error.with(|error| error.as_ref().and_then(|error| error.field(name).cloned())));
    let has_help = help.is_some();
    let described = move || {
        let help = has_help.then(|| format!("{name}-help"));
        let error = wrong.with(Option::is_some).then(|| format!("{name}-error"));
        let ids: Vec<_> = help.into_iter().chain(error).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    };
    // Without script the browser moves to the first field that was refused.
    let first_wrong = error.with_untracked(|error| match error {
        Some(AppError::Invalid { fields, .. }) => fields.first().is_some_and(|first| first.field == name),
        _ => false,
    });
    let (seen, set_seen) = signal(false);
    let input = view! {
        <input
            class="input"
            id=name
            name=name
            type=move || if seen.get() { "text" } else { kind.input_type() }
            value=value
            autocomplete=kind.autocomplete()
            inputmode=kind.inputmode()
            autocapitalize=(kind != FieldKind::Name).then_some("none")
            spellcheck="false"
            required
            autofocus=first_wrong
            aria-describedby=described
            aria-invalid=move || wrong.with(Option::is_some).then_some("true")
        />
    };
    let control = if kind.is_password() {
        view! {
            <div class="password">
                {input}
                <button
                    type="button"
                    class="password__show with-script"
                    aria-pressed=move || seen.get().to_string()
                    aria-label=tr!(account.field.show_password)
                    aria-controls=name
                    on:click=move |_| set_seen.update(|seen| *seen = !*seen)
                >
                    {move || {
                        if seen.get() {
                            t_string!(i18n, account.field.hide)
                        } else {
                            t_string!(i18n, account.field.show)
                        }
                    }}
                </button>
            </div>
        }
        .into_any()
    } else {
        input.into_any()
    };
    view! {
        <div class="field">
            <label class="field__label" for=name>
                {move || label.get()}
            </label>
            {help
                .map(|help| {
                    view! {
                        <p class="field__help" id=format!("{name}-help")>
                            {move || help.get()}
                        </p>
                    }
                })}
            {move || {
                wrong
                    .get()
                    .map(|error| {
                        view! {
                            <p class="field__error" id=format!("{name}-error")>
                                {field_error_text(i18n.get_locale(), &error)}
                            </p>
                        }
                    })
            }}
            {control}
        </div>
    }
}

/// Above a form that was refused: what is wrong, with links to the fields. In the browser the first wrong field gets the
/// focus, or the summary where no field is to blame.
#[component]
pub fn FormErrors(
    #[prop(into)] error: Signal<Option<AppError>>,
    /// The fields' names and labels.
    labels: Vec<(&'static str, Signal<&'static str>)>,
) -> impl IntoView {
    let i18n = use_i18n();
    let summary = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        let Some(error) = error.get() else { return };
        let field = match &error {
            AppError::Invalid { fields, .. } => fields.first().map(|field| field.field.clone()),
            _ => None,
        };
        // The summary stands there only after this very change is drawn.
        request_animation_frame(move || focus(field.as_deref(), summary));
    });
    move || {
        error.get().map(|error| {
            let title = title(i18n.get_locale(), &error);
            let links = match &error {
                AppError::Invalid { fields, .. } => links(fields, &labels),
                _ => None,
            };
            view! {
                <div class="form-errors" role="alert" tabindex="-1" node_ref=summary>
                    <h2 class="form-errors__title">{title}</h2>
                    {links}
                </div>
            }
        })
    }
}

fn title(locale: Locale, error: &AppError) -> String {
    match error {
        AppError::Invalid { fields, .. } if fields.len() == 1 => {
            td_string!(locale, account.error.summary_one).to_owned()
        }
        AppError::Invalid { fields, .. } => {
            fill(td_string!(locale, account.error.summary), &[("count", &fields.len().to_string())])
        }
        AppError::WrongCredentials { .. } => td_string!(locale, account.sign_in.wrong).to_owned(),
        other => other.text(locale),
    }
}

fn links(fields: &[FieldError], labels: &[(&'static str, Signal<&'static str>)]) -> Option<AnyView> {
    let wrong = labels.iter().copied().filter(|(name, _)| fields.iter().any(|error| error.field == *name));
    let items: Vec<_> = wrong
        .map(|(name, label)| {
            view! {
                <li>
                    // A plain jump within the page, not a matter of the router's.
                    <a href=format!("#{name}") rel="external">
                        {move || label.get()}
                    </a>
                </li>
            }
        })
        .collect();
    (!items.is_empty()).then(|| view! { <ul>{items}</ul> }.into_any())
}

fn focus(field: Option<&str>, summary: NodeRef<html::Div>) {
    use leptos::{wasm_bindgen::JsCast, web_sys::HtmlElement};

    let field = field.and_then(|name| document().get_element_by_id(name));
    if let Some(field) = field.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = field.focus();
    } else if let Some(summary) = summary.get_untracked() {
        let _ = summary.focus();
    }
}
