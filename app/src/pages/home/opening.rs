//! What a new account is asked: to rate five films it knows.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use matinee_domain::{MovieCard, home::Home};

use crate::{
    components::{facts::genre_list, icons::Seats, poster::Poster, stars_input::StarsInput, words::fill},
    i18n::{t_string, use_i18n},
    language::tr,
};

/// Films shown at a time.
const SHOWN: usize = 9;

/// `?ask=others` shows the other films: a link, so that it works without script.
#[component]
pub fn Opening(rated: u64, films: Vec<MovieCard>) -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let others = Memo::new(move |_| query.with(|query| query.get_str("ask") == Some("others")));
    let more = films.len() > SHOWN;
    let films = StoredValue::new(films);
    let shown = move || {
        let first = if others.get() && more { SHOWN } else { 0 };
        films.with_value(|films| films.iter().skip(first).take(SHOWN).cloned().collect::<Vec<_>>())
    };
    let taken = u8::try_from(rated.min(5)).unwrap_or(5);
    let text = move || {
        let (rated, enough) = (rated.to_string(), Home::ENOUGH_RATINGS.to_string());
        fill(t_string!(i18n, home.ask_taken), &[("rated", &rated), ("enough", &enough)])
    };
    let link = move || {
        let (href, text) = if others.get() {
            ("/", t_string!(i18n, home.ask_first))
        } else {
            ("/?ask=others", t_string!(i18n, home.ask_others))
        };
        view! {
            <a class="button" href=href>
                {text}
            </a>
        }
    };
    view! {
        <section class="strand" aria-labelledby="opening">
            <div class="opening">
                <h1 class="opening__title" id="opening">
                    {tr!(home.ask_title)}
                </h1>
                <p class="opening__note">{tr!(home.ask_note)}</p>
                <div class="seats">
                    <Seats taken=Signal::stored(taken) />
                    <p class="seats__text" role="status">
                        {text}
                    </p>
                </div>
            </div>
            <ul class="five">
                <For each=shown key=|film| film.id let:film>
                    <AskedFilm film=film />
                </For>
            </ul>
            {more.then(|| view! { <div class="cluster">{link}</div> })}
        </section>
    }
}

#[component]
fn AskedFilm(film: MovieCard) -> impl IntoView {
    let i18n = use_i18n();
    let (year, genres) = (film.year.map(|year| year.get().to_string()), film.genres.clone());
    let facts = move || {
        let genres = genre_list(i18n.get_locale(), &genres);
        year.iter().chain([&genres]).filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" · ")
    };
    view! {
        <li class="five__film">
            <Poster film=&film />
            <div>
                <h2 class="five__title">
                    <a href=film.path()>{film.title.clone()}</a>
                </h2>
                <p class="five__facts">{facts}</p>
                <StarsInput movie=film.id current=Signal::stored(None) title=film.title.clone() small=true id_prefix="ask" />
            </div>
        </li>
    }
}
