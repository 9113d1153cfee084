//! Order and filters of my ratings: a form that writes the address.

use leptos::{html, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use matinee_domain::Stars;

use super::rating_query::{RatingQuery, SORTS};
use crate::{
    components::words::stars_in_short,
    i18n::{t_string, use_i18n},
    language::tr,
};

/// The form; hydrated, every change acts at once.
#[component]
pub fn Sorting(query: Memo<RatingQuery>) -> impl IntoView {
    let i18n = use_i18n();
    let title = NodeRef::<html::Input>::new();
    let sort = NodeRef::<html::Select>::new();
    let stars = NodeRef::<html::Select>::new();
    let navigate = use_navigate();
    let go = move || {
        let (Some(title), Some(sort), Some(stars)) =
            (title.get_untracked(), sort.get_untracked(), stars.get_untracked())
        else {
            return;
        };
        let wanted = RatingQuery::from_form(&sort.value(), &title.value(), &stars.value());
        navigate(&wanted.path(1), NavigateOptions { scroll: false, ..NavigateOptions::default() });
    };
    let submitted = go.clone();
    let order = move |name: &'static str| match name {
        "highest" => t_string!(i18n, account.ratings.sort_highest),
        "lowest" => t_string!(i18n, account.ratings.sort_lowest),
        "title" => t_string!(i18n, account.ratings.sort_title),
        "year" => t_string!(i18n, account.ratings.sort_year),
        _ => t_string!(i18n, account.ratings.sort_recent),
    };
    let orders = SORTS.map(|(sort, name)| {
        let selected = move || query.with(|query| query.sort == sort);
        view! {
            <option value=name selected=selected prop:selected=selected>
                {move || order(name)}
            </option>
        }
    });
    let choices = Stars::all().rev().map(|stars| {
        let selected = move || query.with(|query| query.stars() == Some(stars));
        view! {
            <option value=stars.decimal() selected=selected prop:selected=selected>
                {move || stars_in_short(i18n.get_locale(), stars)}
            </option>
        }
    });
    view! {
        <form
            class="sorting"
            method="get"
            action="/ratings"
            on:submit=move |event| {
                event.prevent_default();
                submitted();
            }
            on:change=move |_| go()
        >
            <div class="field">
                <label class="field__label" for="title">
                    {tr!(account.ratings.title_filter)}
                </label>
                <input
                    class="input"
                    id="title"
                    type="search"
                    name="title"
                    autocomplete="off"
                    value=move || query.with(|query| query.title.clone())
                    node_ref=title
                />
            </div>
            <div class="field">
                <label class="field__label" for="sort">
                    {tr!(account.ratings.sort)}
                </label>
                <select class="select" id="sort" name="sort" autocomplete="off" node_ref=sort>
                    {orders.collect_view()}
                </select>
            </div>
            <div class="field">
                <label class="field__label" for="stars">
                    {tr!(account.ratings.stars)}
                </label>
                <select class="select" id="stars" name="stars" autocomplete="off" node_ref=stars>
                    <option value="">{tr!(account.ratings.any_stars)}</option>
                    {choices.collect_view()}
                </select>
            </div>
            <button class="button without-script">{tr!(account.ratings.apply)}</button>
        </form>
    }
}
