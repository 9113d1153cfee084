//! The search field in the bar: a plain form to the search page; hydrated, it suggests films as one types (an ARIA
//! combobox), and on the search page itself the results follow what is typed.

use std::time::Duration;

use leptos::{
    ev, html, leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local, wasm_bindgen::JsCast, web_sys,
};
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
    location::Url,
};
use matinee_domain::MovieCard;

use crate::{
    api::search::Suggestions as Suggest,
    components::{
        icons::{Icon, IconName},
        layout::is_typing,
        poster::Poster,
        words::fill,
    },
    i18n::{t_string, use_i18n},
    language::tr,
    pages::search::question::Question,
    remote,
};

/// How long typing pauses before a search is made.
const PAUSE: Duration = Duration::from_millis(120);

/// The form's id; filters elsewhere on the page belong to it by `form="search"`.
pub const FORM_ID: &str = "search";
const FIELD_ID: &str = "q";

/// What the field knows.
#[derive(Clone, Copy)]
struct Typing {
    text: RwSignal<String>,
    films: RwSignal<Vec<MovieCard>>,
    open: RwSignal<bool>,
    /// Which suggestion is picked; the one after the last film is "all films".
    picked: RwSignal<Option<usize>>,
    on_search_page: Memo<bool>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Typing {
    fn close(self) {
        self.open.set(false);
        self.picked.set(None);
    }

    /// Searches after a pause in typing.
    fn later(self, go: impl Fn(&str, bool) + Clone + 'static) {
        self.stop();
        let work = move || {
            if self.on_search_page.get_untracked() {
                ask(&go, true);
            } else {
                spawn_local(self.suggest());
            }
        };
        self.timer.set_value(set_timeout_with_handle(work, PAUSE).ok());
    }

    fn stop(self) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    }

    async fn suggest(self) {
        let text = self.text.get_untracked();
        if text.trim().is_empty() {
            self.close();
            return;
        }
        // What does not come is not missed: Enter leads to the search page, which says what is wrong.
        let films = remote::ask(Suggest { text: text.clone() }).await.unwrap_or_default();
        if self.text.get_untracked() == text && is_typing() {
            self.picked.set(None);
            self.films.set(films);
            self.open.set(true);
        }
    }

    /// Where the picked suggestion leads; `None` for "all films".
    fn target(self, picked: usize) -> Option<String> {
        let text = self.text.get_untracked();
        self.films.with_untracked(|films| films.get(picked).map(|film| path_from(film, &text)))
    }

    fn step(self, by: isize) {
        let places = self.films.with_untracked(Vec::len) + 1;
        self.picked.update(|picked| {
            *picked = match (*picked, by) {
                (None, 1..) => Some(0),
                (None, _) => Some(places - 1),
                (Some(at), by) => at.checked_add_signed(by).filter(|at| *at < places),
            };
        });
    }
}

/// The film's page, which keeps that this search led there.
pub fn path_from(film: &MovieCard, text: &str) -> String {
    let text = text.trim();
    if text.is_empty() { film.path() } else { format!("{}?from={}", film.path(), Url::escape(text)) }
}

/// Goes to the search page with what stands in the form and in the filters that belong to it.
pub fn ask(go: &impl Fn(&str, bool), replace: bool) {
    let form = document().get_element_by_id(FORM_ID).and_then(|form| form.dyn_into::<web_sys::HtmlFormElement>().ok());
    let Some(data) = form.and_then(|form| web_sys::FormData::new_with_form(&form).ok()) else { return };
    let one = |name: &str| data.get(name).as_string().unwrap_or_default().trim().to_owned();
    let question = Question {
        q: one("q"),
        genre: data.get_all("genre").iter().filter_map(|value| value.as_string()).collect(),
        from: one("from").parse().ok(),
        to: one("to").parse().ok(),
        min: one("min").parse().ok(),
        page: None,
    };
    go(&question.path(), replace);
}

/// Follows a path without loading the page; `replace` for what is typed, so that "back" leaves the search.
pub fn use_go() -> impl Fn(&str, bool) + Clone + 'static {
    let navigate = use_navigate();
    move |path, replace| navigate(path, NavigateOptions { replace, scroll: !replace, ..NavigateOptions::default() })
}

#[component]
pub fn SearchBox() -> impl IntoView {
    let location = use_location();
    let on_search_page = Memo::new(move |_| location.pathname.get() == "/search");
    let asked = Memo::new(move |_| {
        if on_search_page.get() {
            location.query.with(|query| query.get("q")).unwrap_or_default()
        } else {
            String::new()
        }
    });
    let typing = Typing {
        text: RwSignal::new(typed_before().unwrap_or_else(|| asked.get_untracked())),
        films: RwSignal::default(),
        open: RwSignal::new(false),
        picked: RwSignal::new(None),
        on_search_page,
        timer: StoredValue::new(None),
    };
    let field = NodeRef::<html::Input>::new();
    // Another page's search comes into the field, but not while somebody types there.
    let on_asked = move |asked: &String, _: Option<&String>, _: Option<()>| {
        if !has_focus(FIELD_ID) || !on_search_page.get_untracked() {
            typing.text.set(asked.clone());
            typing.close();
        }
    };
    Effect::watch(move || asked.get(), on_asked, false);
    focus_by_slash(field);

    let go = use_go();
    let on_submit = {
        let go = go.clone();
        move |event: ev::SubmitEvent| {
            event.prevent_default();
            typing.stop();
            typing.close();
            ask(&go, false);
        }
    };
    let on_input = {
        let go = go.clone();
        move |event: ev::Event| {
            typing.text.set(event_target_value(&event));
            typing.later(go.clone());
        }
    };
    let on_key = {
        let go = go.clone();
        move |event: ev::KeyboardEvent| on_key(typing, &event, &go)
    };
    let active = move || typing.picked.get().filter(|_| typing.open.get()).map(option_id);
    view! {
        <form class="bar__search search" id=FORM_ID role="search" action="/search" method="get" on:submit=on_submit>
            <label class="visually-hidden" for=FIELD_ID>
                {tr!(search.label)}
            </label>
            <div class="search__field">
                <Icon name=IconName::Search class="search__icon" />
                <input
                    class="search__input"
                    id=FIELD_ID
                    type="search"
                    name="q"
                    maxlength="200"
                    placeholder=tr!(search.placeholder)
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    role="combobox"
                    aria-expanded=move || typing.open.get().to_string()
                    aria-controls="suggestions"
                    aria-autocomplete="list"
                    aria-activedescendant=active
                    value=typing.text.get_untracked()
                    prop:value=typing.text
                    node_ref=field
                    on:input=on_input
                    on:keydown=on_key
                    on:blur=move |_| typing.close()
                />
                <kbd class="search__key" aria-hidden="true">
                    "/"
                </kbd>
            </div>
            <Show when=move || typing.open.get()>
                <Suggestions typing=typing />
            </Show>
        </form>
    }
}

fn option_id(place: usize) -> String {
    format!("suggestion-{place}")
}

/// What somebody typed into the field of the server's page before the browser's side took over.
fn typed_before() -> Option<String> {
    if cfg!(feature = "ssr") {
        return None;
    }
    let field = document().get_element_by_id(FIELD_ID)?.dyn_into::<web_sys::HtmlInputElement>().ok()?;
    Some(field.value()).filter(|text| !text.is_empty())
}

fn has_focus(id: &str) -> bool {
    document().active_element().is_some_and(|element| element.id() == id)
}

fn on_key(typing: Typing, event: &ev::KeyboardEvent, go: &impl Fn(&str, bool)) {
    if !typing.open.get_untracked() {
        return;
    }
    match event.key().as_str() {
        "ArrowDown" => typing.step(1),
        "ArrowUp" => typing.step(-1),
        "Escape" => typing.close(),
        "Enter" => match typing.picked.get_untracked().and_then(|picked| typing.target(picked)) {
            Some(path) => {
                typing.close();
                go(&path, false);
            }
            None => return,
        },
        _ => return,
    }
    event.prevent_default();
}

/// `/` leads to the search field from everywhere but other fields.
fn focus_by_slash(field: NodeRef<html::Input>) {
    Effect::new(move |_| {
        let handle = window_event_listener(ev::keydown, move |event| {
            let plain = !event.ctrl_key() && !event.meta_key() && !event.alt_key();
            if event.key() == "/"
                && plain
                && !is_typing()
                && let Some(field) = field.get_untracked()
            {
                event.prevent_default();
                let _ = field.focus();
                field.select();
            }
        });
        on_cleanup(move || handle.remove());
    });
}

#[component]
fn Suggestions(typing: Typing) -> impl IntoView {
    let i18n = use_i18n();
    let go = use_go();
    let pick = {
        let go = go.clone();
        move |place: usize| {
            let target = typing.target(place);
            typing.close();
            match target {
                Some(path) => go(&path, false),
                None => ask(&go, false),
            }
        }
    };
    let films = {
        let pick = pick.clone();
        move || {
            let films = typing.films.get().into_iter().enumerate();
            films
                .map(|(place, film)| {
                    let pick = pick.clone();
                    view! {
                        <li
                            class="suggestions__item"
                            role="option"
                            id=option_id(place)
                            aria-selected=move || (typing.picked.get() == Some(place)).to_string()
                            on:mousedown=|event| event.prevent_default()
                            on:click=move |_| pick(place)
                        >
                            <Poster film=&film />
                            <span class="suggestions__title">{film.title.clone()}</span>
                            <span class="suggestions__year">{film.year.map(matinee_domain::Year::get)}</span>
                        </li>
                    }
                })
                .collect_view()
        }
    };
    let last = move || typing.films.with(Vec::len);
    let all = move || fill(t_string!(i18n, search.all_for), &[("text", typing.text.get().trim())]);
    view! {
        <ul
            class="suggestions"
            id="suggestions"
            role="listbox"
            aria-label=tr!(search.suggestions)
        >
            {films}
            <li
                class="suggestions__item suggestions__item--all"
                role="option"
                id=move || option_id(last())
                aria-selected=move || (typing.picked.get() == Some(last())).to_string()
                on:mousedown=|event| event.prevent_default()
                on:click=move |_| pick(last())
            >
                {all}
            </li>
        </ul>
    }
}
