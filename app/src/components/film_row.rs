//! A row of films that scrolls sideways, by touch, wheel, keyboard, and two buttons for the mouse.

use leptos::{html, prelude::*};
use matinee_domain::Recommendation;

use crate::{
    components::{
        film_card::FilmCard,
        icons::{Icon, IconName},
        poster::looks,
    },
    language::tr,
};

/// How much of what is seen one press of a button moves on.
const STEP_PERCENT: i32 = 80;

/// A titled row; its children are list items.
#[component]
pub fn Row(
    /// The title's id, unique on the page.
    #[prop(into)]
    id: String,
    title: AnyView,
    /// A sentence under the title.
    #[prop(optional, into)]
    note: Option<AnyView>,
    children: Children,
) -> impl IntoView {
    strand(id, title, note, children().into_any())
}

fn strand(id: String, title: AnyView, note: Option<AnyView>, items: AnyView) -> impl IntoView {
    let track = NodeRef::<html::Ul>::new();
    let (at_start, set_at_start) = signal(true);
    let (at_end, set_at_end) = signal(false);
    let look = move || {
        if let Some(track) = track.get_untracked() {
            set_at_start.set(track.scroll_left() <= 1);
            set_at_end.set(track.scroll_left() + track.client_width() >= track.scroll_width() - 1);
        }
    };
    Effect::new(move |_| {
        track.track();
        look();
    });
    let step = move |direction: i32| {
        if let Some(track) = track.get_untracked() {
            track.set_scroll_left(track.scroll_left() + direction * track.client_width() * STEP_PERCENT / 100);
        }
    };
    let (heading, described, labelled) = (id.clone(), id.clone(), id.clone());
    view! {
        <section class="strand" aria-labelledby=id>
            <div class="strand__head">
                <div>
                    <h2 class="strand__title" id=heading>
                        {title}
                    </h2>
                    {note.map(|note| view! { <p class="strand__note">{note}</p> })}
                </div>
                <div class="row__buttons">
                    <button
                        type="button"
                        class="icon-button row__button"
                        aria-label=tr!(rating.row_previous)
                        aria-describedby=described.clone()
                        aria-disabled=move || at_start.get().to_string()
                        on:click=move |_| step(-1)
                    >
                        <Icon name=IconName::Previous />
                    </button>
                    <button
                        type="button"
                        class="icon-button row__button"
                        aria-label=tr!(rating.row_next)
                        aria-describedby=described
                        aria-disabled=move || at_end.get().to_string()
                        on:click=move |_| step(1)
                    >
                        <Icon name=IconName::Next />
                    </button>
                </div>
            </div>
            <div class="row">
                <ul
                    class="row__track"
                    tabindex="0"
                    role="list"
                    aria-labelledby=labelled
                    node_ref=track
                    on:scroll=move |_| look()
                >
                    {items}
                </ul>
            </div>
        </section>
    }
}

/// A titled row of films with their reasons.
#[component]
pub fn FilmRow(
    /// The title's id, unique on the page.
    #[prop(into)]
    id: String,
    title: AnyView,
    /// A sentence under the title.
    #[prop(optional, into)]
    note: Option<AnyView>,
    items: Vec<Recommendation>,
) -> impl IntoView {
    let looks = looks(items.iter().map(|item| &item.movie));
    let cards = items.into_iter().zip(looks);
    let cards = cards.map(|(item, look)| view! { <FilmCard card=item.movie look=look reasons=item.reasons /> });
    strand(id, title, note, cards.collect_view().into_any())
}
