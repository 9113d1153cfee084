//! The filters: inputs that belong to the form in the bar (`form="search"`). Hydrated, each change searches at once.

use leptos::{ev, prelude::*};
use matinee_domain::{
    Stars,
    search::{GenreCount, SearchPage as Found},
};

use super::question::Question;
use crate::{
    components::{
        search_box::{FORM_ID, ask, use_go},
        words::figures,
    },
    i18n::use_i18n,
    language::{genre_name, tr},
    remote::Loading,
};

/// The ratings that are offered as the least, in half stars.
const RATINGS: [u8; 4] = [6, 7, 8, 9];

#[component]
pub fn Filters(question: Memo<Question>, found: Loading<Found>) -> impl IntoView {
    let go = use_go();
    let on_change = move |_: ev::Event| ask(&go, true);
    let year = move |year: Option<u16>| year.map(|year| year.to_string()).unwrap_or_default();
    let clear = move || {
        let question = question.get();
        question.is_filtered().then(|| {
            let href = Question { q: question.q, ..Question::default() }.path();
            view! {
                <a class="quiet quiet--ink" href=href>
                    {tr!(search.clear)}
                </a>
            }
        })
    };
    view! {
        <aside class="filters" aria-label=tr!(search.filters) on:change=on_change>
            <details class="filters__box">
                <summary class="filters__summary">{tr!(search.filters)}</summary>
                <div class="filters">
                    <Transition>
                        <GenreChips found=found question=question />
                    </Transition>
                    <fieldset class="filters__group">
                        <legend>{tr!(search.years)}</legend>
                        <div class="filters__years">
                            <input
                                class="input"
                                form=FORM_ID
                                name="from"
                                inputmode="numeric"
                                size="4"
                                maxlength="4"
                                autocomplete="off"
                                placeholder=tr!(search.from)
                                aria-label=tr!(search.from_year)
                                value=year(question.get_untracked().from)
                                prop:value=move || year(question.get().from)
                            />
                            <span aria-hidden="true">"–"</span>
                            <input
                                class="input"
                                form=FORM_ID
                                name="to"
                                inputmode="numeric"
                                size="4"
                                maxlength="4"
                                autocomplete="off"
                                placeholder=tr!(search.to)
                                aria-label=tr!(search.to_year)
                                value=year(question.get_untracked().to)
                                prop:value=move || year(question.get().to)
                            />
                        </div>
                    </fieldset>
                    <LeastRating question=question />
                    <div class="cluster">
                        <button class="button without-script" form=FORM_ID>
                            {tr!(search.apply)}
                        </button>
                        {clear}
                    </div>
                </div>
            </details>
        </aside>
    }
}

/// Something of the page of hits, without a copy of all of it; `None` until it is there, and where it failed.
fn in_answer<T>(found: Loading<Found>, read: impl FnOnce(&Found) -> T) -> Option<T> {
    found.with(|answer| answer.and_then(|answer| answer.as_ref().ok()).map(read))
}

/// Genres among the films found, and those asked for even where no film has them. In the alphabet's order and keyed, so that
/// a chip stays where it is, and keeps the focus, when the counts change.
#[component]
fn GenreChips(found: Loading<Found>, question: Memo<Question>) -> impl IntoView {
    let i18n = use_i18n();
    let genres = move || {
        let mut genres = in_answer(found, |found| found.genres.clone()).unwrap_or_default();
        for genre in question.get_untracked().genre {
            if !genres.iter().any(|known| known.genre == genre) {
                genres.push(GenreCount { genre, count: 0 });
            }
        }
        genres.sort_by(|one, other| one.genre.cmp(&other.genre));
        genres
    };
    let count = move |genre: &str| {
        in_answer(found, |found| found.genres.iter().find(|known| known.genre == genre).map(|known| known.count))
            .flatten()
    };
    let chip = move |GenreCount { genre, .. }: GenreCount| {
        let checked = {
            let genre = genre.clone();
            move || question.with(|question| question.genre.contains(&genre))
        };
        let name = {
            let genre = genre.clone();
            move || genre_name(i18n.get_locale(), &genre)
        };
        let count = {
            let genre = genre.clone();
            move || count(&genre).unwrap_or_default()
        };
        view! {
            <label class="chip">
                <input
                    type="checkbox"
                    form=FORM_ID
                    name="genre"
                    value=genre
                    autocomplete="off"
                    checked=checked.clone()
                    prop:checked=checked
                />
                {name}
                " "
                <span class="chip__count">{count}</span>
            </label>
        }
    };
    view! {
        <fieldset class="filters__group filters__group--genres">
            <legend>{tr!(search.genre)}</legend>
            <div class="filters__chips">
                <For each=genres key=|genre| genre.genre.clone() children=chip />
            </div>
        </fieldset>
    }
}

#[component]
fn LeastRating(question: Memo<Question>) -> impl IntoView {
    let is = move |least: Option<Stars>| move || question.with(|question| question.min == least);
    let ratings = RATINGS.into_iter().filter_map(|half_stars| Stars::from_half_stars(half_stars).ok());
    let chips = ratings.map(|least| {
        view! {
            <label class="chip">
                <input
                    type="radio"
                    form=FORM_ID
                    name="min"
                    value=least.decimal()
                    autocomplete="off"
                    checked=is(Some(least))
                    prop:checked=is(Some(least))
                />
                {figures(least)}
                <span class="visually-hidden">" "{tr!(search.stars_or_more)}</span>
            </label>
        }
    });
    view! {
        <fieldset class="filters__group">
            <legend>{tr!(search.rated)}</legend>
            <div class="filters__chips filters__chips--stars">
                <label class="chip">
                    <input
                        type="radio"
                        form=FORM_ID
                        name="min"
                        value=""
                        autocomplete="off"
                        checked=is(None)
                        prop:checked=is(None)
                    />
                    {tr!(search.any_rating)}
                </label>
                {chips.collect_view()}
            </div>
        </fieldset>
    }
}
