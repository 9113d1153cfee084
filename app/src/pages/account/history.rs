//! The history of searching and viewing: shown, switched off, cleared.

use leptos::{prelude::*, web_sys::HtmlInputElement};
use matinee_domain::activity::ActivityEntry;

use crate::{
    api::activity::{ClearHistory, KeepHistory},
    components::{
        poster::Poster,
        words::{day, fill, iso},
    },
    feedback::{Notice, Said, use_feedback},
    i18n::{t_string, use_i18n},
    language::tr,
    remote::{Sending, SentForm},
};

/// The history's part of the account page.
#[component]
pub fn History(
    /// Latest first.
    history: Vec<ActivityEntry>,
    /// Whether new entries are kept.
    keeps: bool,
) -> impl IntoView {
    let feedback = use_feedback();
    let clear = Sending::to::<ClearHistory>();
    let entries = RwSignal::new(history);
    Effect::new(move |_| {
        if let Some(result) = clear.answer() {
            feedback.say(Notice::told(&result, Said::HistoryCleared));
            if result.is_ok() {
                entries.set(Vec::new());
                feedback.taste_changed();
            }
        }
    });
    let list = move || {
        let entries = entries.get();
        if entries.is_empty() {
            return view! { <p>{tr!(account.account.history_empty)}</p> }.into_any();
        }
        view! {
            <ul class="listing">
                {entries.into_iter().map(|entry| view! { <Entry entry=entry /> }).collect_view()}
            </ul>
            <SentForm sending=clear>
                <button class="button">{tr!(account.account.history_clear)}</button>
            </SentForm>
        }
        .into_any()
    };
    view! {
        <section class="settings__part">
            <h2>{tr!(account.account.history_title)}</h2>
            <p>{tr!(account.account.history_note)}</p>
            <KeepSwitch keeps=keeps />
            {list}
        </section>
    }
}

/// Switches the keeping on and off: at once when hydrated, with a button otherwise.
#[component]
fn KeepSwitch(keeps: bool) -> impl IntoView {
    let feedback = use_feedback();
    let sending = Sending::to::<KeepHistory>();
    let (on, set_on) = signal(keeps);
    Effect::new(move |_| {
        if let Some(result) = sending.answer() {
            if result.is_err() {
                set_on.update(|on| *on = !*on);
            }
            feedback.say(Notice::told(&result, Said::Saved));
        }
    });
    let switch = move |event| {
        let switch: HtmlInputElement = event_target(&event);
        set_on.set(switch.checked());
        if let Some(form) = switch.form() {
            let _ = form.request_submit();
        }
    };
    view! {
        <SentForm sending=sending>
            <label class="switch">
                <span>{tr!(account.account.history_keep)}</span>
                <input
                    type="checkbox"
                    role="switch"
                    name="keep"
                    value="1"
                    autocomplete="off"
                    checked=keeps
                    prop:checked=move || on.get()
                    on:change=switch
                />
            </label>
            <button class="button without-script">{tr!(account.account.save)}</button>
        </SentForm>
        {move || (!on.get()).then(|| view! { <p>{tr!(account.account.history_off_note)}</p> })}
    }
}

#[component]
fn Entry(entry: ActivityEntry) -> impl IntoView {
    let i18n = use_i18n();
    let ActivityEntry { query, movie, at } = entry;
    let how = move || match &query {
        Some(query) => fill(t_string!(i18n, account.account.history_searched), &[("query", query)]),
        None => t_string!(i18n, account.account.history_viewed).to_owned(),
    };
    view! {
        <li class="listing__item">
            <Poster film=&movie class="poster--small" />
            <div>
                <h3 class="listing__title">
                    <a href=movie.path()>{movie.title.clone()}</a>
                </h3>
                <p class="listing__facts">{how}</p>
            </div>
            <div class="listing__do">
                <time class="listing__when" datetime=iso(at)>
                    {move || day(i18n.get_locale(), at)}
                </time>
            </div>
        </li>
    }
}
