//! What stands where content is on its way, in the content's own shape.

use leptos::prelude::*;

/// Cards of a row that are on their way.
const CARDS: usize = 7;

/// A row of films that is on its way.
#[component]
pub fn RowSkeleton() -> impl IntoView {
    view! {
        <div class="strand skeleton" aria-busy="true">
            <div class="strand__head">
                <div class="bone bone--line"></div>
            </div>
            <div class="row">
                <ul class="row__track">{(0..CARDS).map(|_| view! { <CardBone /> }).collect_view()}</ul>
            </div>
        </div>
    }
}

/// A grid of films that is on its way.
#[component]
pub fn GridSkeleton(
    /// How many.
    #[prop(default = 12)]
    cards: usize,
) -> impl IntoView {
    view! {
        <ul class="grid skeleton" aria-busy="true">
            {(0..cards).map(|_| view! { <CardBone /> }).collect_view()}
        </ul>
    }
}

#[component]
fn CardBone() -> impl IntoView {
    view! {
        <li class="card" aria-hidden="true">
            <div class="bone bone--poster"></div>
            <div class="bone bone--line"></div>
            <div class="bone bone--line bone--short"></div>
        </li>
    }
}

/// Films one below the other that are on their way.
#[component]
pub fn ListingSkeleton(
    /// How many.
    #[prop(default = 6)]
    items: usize,
) -> impl IntoView {
    let item = |_| {
        view! {
            <li class="listing__item" aria-hidden="true">
                <div class="bone bone--poster"></div>
                <div>
                    <div class="bone bone--line"></div>
                    <div class="bone bone--line bone--short"></div>
                </div>
            </li>
        }
    };
    view! {
        <ul class="listing skeleton" aria-busy="true">
            {(0..items).map(item).collect_view()}
        </ul>
    }
}
