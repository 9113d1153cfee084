//! What several pages share: fields, moments, notices, rows of a change.

use leptos::prelude::*;
use matinee_app::{
    components::{
        markup::push_text,
        words::{day, iso, stars_in_short},
    },
    i18n::Locale,
    plain::Words,
};
use matinee_domain::{FieldError, Stars, Timestamp};
use matinee_services::ports::ChangedRow;
use serde_json::{Map, Value};

/// A page's heading.
pub fn opening(title: impl Into<String>, note: impl Into<String>) -> AnyView {
    let (title, note) = (title.into(), note.into());
    view! {
        <div class="opening">
            <h1 class="opening__title">{title}</h1>
            {(!note.is_empty()).then(|| view! { <p class="opening__note">{note}</p> })}
        </div>
    }
    .into_any()
}

/// The way back to what is mine.
pub fn to_data(words: &'static Words) -> AnyView {
    view! {
        <a class="quiet" href="/account/data" rel="external">
            {words.data.title}
        </a>
    }
    .into_any()
}

/// A day and a time.
pub fn moment(locale: Locale, at: Timestamp) -> AnyView {
    view! {
        <time class="figures" datetime=iso(at)>
            {format!("{}, {} UTC", day(locale, at), at.format("%H:%M"))}
        </time>
    }
    .into_any()
}

/// What was done just now, named in the address by `said`.
pub fn notice(words: &'static Words, said: Option<&str>) -> Option<AnyView> {
    let text = words.said(said?)?;
    Some(view! { <p class="said" role="status">{text}</p> }.into_any())
}

/// A field with its label above, and what is wrong with it.
pub fn field(label: &'static str, name: &'static str, control: AnyView, help: &str, wrong: &[FieldError]) -> AnyView {
    let error = wrong.iter().find(|error| error.field == name).map(|error| error.message.clone());
    let help =
        (!help.is_empty()).then(|| view! { <p class="field__help" id=format!("{name}-help")>{help.to_owned()}</p> });
    view! {
        <div class="field">
            <label class="field__label" for=name>
                {label}
            </label>
            {help}
            {error.map(|error| view! { <p class="field__error" id=format!("{name}-error")>{error}</p> })}
            {control}
        </div>
    }
    .into_any()
}

/// `aria-describedby` of a field's control.
pub fn described(name: &str, has_help: bool, wrong: &[FieldError]) -> Option<String> {
    let is_wrong = wrong.iter().any(|error| error.field == name);
    let ids = [(has_help, "help"), (is_wrong, "error")];
    let ids: Vec<_> = ids.iter().filter(|(there, _)| *there).map(|(_, id)| format!("{name}-{id}")).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// `aria-invalid` of a field's control.
pub fn invalid(name: &str, wrong: &[FieldError]) -> Option<&'static str> {
    wrong.iter().any(|error| error.field == name).then_some("true")
}

/// A one-line text field.
pub fn text_field(label: &'static str, name: &'static str, value: String, help: &str, wrong: &[FieldError]) -> AnyView {
    let control = view! {
        <input
            class="input"
            id=name
            name=name
            value=value
            autocomplete="off"
            aria-describedby=described(name, !help.is_empty(), wrong)
            aria-invalid=invalid(name, wrong)
        />
    };
    field(label, name, control.into_any(), help, wrong)
}

/// A text field of several lines.
pub fn area_field(
    label: &'static str,
    name: &'static str,
    value: &str,
    rows: u8,
    help: &str,
    wrong: &[FieldError],
) -> AnyView {
    let control = view! {
        <textarea
            class="input"
            id=name
            name=name
            rows=rows
            aria-describedby=described(name, !help.is_empty(), wrong)
            aria-invalid=invalid(name, wrong)
            inner_html=in_textarea(value)
        ></textarea>
    };
    field(label, name, control.into_any(), help, wrong)
}

/// A text as it stands between the tags of a `<textarea>`, where Leptos 0.8 writes texts as they are: one with a tag in it would
/// end the field and go on as HTML. The line break is the one that browsers leave out there.
pub fn in_textarea(text: &str) -> String {
    let mut html = String::from("\n");
    push_text(&mut html, text);
    html
}

/// The rows of a change set, with what each was before and after.
pub fn changed_rows(locale: Locale, words: &'static Words, rows: &[ChangedRow]) -> AnyView {
    let rows: Vec<_> = rows.iter().map(|row| changed_row(locale, words, row)).collect();
    view! { <ul class="diff">{rows}</ul> }.into_any()
}

fn changed_row(locale: Locale, words: &'static Words, row: &ChangedRow) -> AnyView {
    let what = match (row.added_in_bulk, row.version_before, row.version_after) {
        (1.., ..) => words.diff.added_many.replace("{count}", &row.added_in_bulk.to_string()),
        (_, None, Some(_)) => words.diff.added.to_owned(),
        (_, Some(_), Some(_)) => words.diff.changed.to_owned(),
        (_, Some(_), None) => words.diff.removed.to_owned(),
        (_, None, None) => words.diff.erased.to_owned(),
    };
    let (before, after) = (object(row.before.as_deref()), object(row.after.as_deref()));
    let columns = before.keys().chain(after.keys().filter(|column| !before.contains_key(*column)));
    let lines: Vec<_> = columns
        .filter(|column| before.get(*column) != after.get(*column) && *column != "updated_at" && *column != "match_key")
        .map(|column| {
            let value = |of: &Map<String, Value>| {
                of.get(column).filter(|value| !value.is_null()).map(|value| readable(locale, column, value))
            };
            let was = value(&before).map(|was| view! { <del>{was}</del> });
            let is = value(&after).map(|is| view! { <ins>{is}</ins> });
            view! {
                <dt>{words.diff.column(column).to_owned()}</dt>
                <dd>{was} {is}</dd>
            }
        })
        .collect();
    let lines = (!lines.is_empty()).then(|| view! { <dl class="diff__columns">{lines}</dl> });
    view! {
        <li class="diff__row">
            <p class="diff__what">
                <b>{words.diff.table(&row.table).to_owned()}</b>
                " "
                {what}
                {(!row.key.is_empty()).then(|| view! { <code class="diff__key">{row.key.clone()}</code> })}
            </p>
            {lines}
        </li>
    }
    .into_any()
}

fn object(image: Option<&str>) -> Map<String, Value> {
    image.and_then(|image| serde_json::from_str(image).ok()).unwrap_or_default()
}

/// A column's value as people read it.
fn readable(locale: Locale, column: &str, value: &Value) -> String {
    let known = match (column, value.as_i64()) {
        ("half_stars", Some(half_stars)) => u8::try_from(half_stars)
            .ok()
            .and_then(|half| Stars::from_half_stars(half).ok())
            .map(|stars| stars_in_short(locale, stars)),
        (column, Some(millis)) if column == "at" || column.ends_with("_at") => Timestamp::from_timestamp_millis(millis)
            .map(|at| format!("{}, {} UTC", day(locale, at), at.format("%H:%M:%S"))),
        _ => None,
    };
    known.or_else(|| value.as_str().map(str::to_owned)).unwrap_or_else(|| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_inside_its_field() {
        let field = area_field("Plot", "plot", "</textarea><script>alert(1)</script>\n\"&", 3, "", &[]);
        let html = field.to_html();
        assert!(
            html.contains("&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;\n&quot;&amp;</textarea>"),
            "{html}"
        );
    }
}
