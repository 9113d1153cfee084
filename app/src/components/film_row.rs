//! A row of films that scrolls sideways, by touch, wheel, keyboard, and two buttons for the mouse.

use leptos::{html, prelude::*};

use crate::{
    components::{
        film_card::Cards,
        icons::{Icon, IconName},
    },
    language::tr,
};

/// How much of what is seen one press of a button moves on.
const STEP_PERCENT: i32 = 80;

/// A titled row of films.
#[component]
pub fn FilmRow(
    /// The title's id, unique on the page.
    #[prop(into)]
    id: String,
    title: AnyView,
    /// A sentence under the title.
    #[prop(optional_no_strip, into)]
    note: Option<AnyView>,
    cards: Cards,
    /// Where all films of the row are, where it is the beginning of more.
    #[prop(optional_no_strip, into)]
    all: Option<String>,
    /// Set as soon as somebody moves along the row.
    #[prop(optional_no_strip, into)]
    moved: Option<RwSignal<bool>>,
) -> impl IntoView {
    let track = NodeRef::<html::Ul>::new();
    let (at_start, set_at_start) = signal(true);
    let (at_end, set_at_end) = signal(false);
    let look = move || {
        if let Some(track) = track.get_untracked() {
            set_at_start.set(track.scroll_left() <= 1);
            set_at_end.set(track.scroll_left() + track.client_width() >= track.scroll_width() - 1);
            if let Some(moved) = moved.filter(|moved| track.scroll_left() > 1 && !moved.get_untracked()) {
                moved.set(true);
            }
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
    let all = all.map(|href| {
        let (all_id, name) = (format!("{id}-all"), format!("{id}-all {id}"));
        view! {
            <a class="quiet strand__all" href=href id=all_id aria-labelledby=name>
                {tr!(rating.row_all)}
            </a>
        }
    });
    view! {
        <section class="strand" aria-labelledby=id>
            <div class="strand__head">
                <div>
                    <h2 class="strand__title" id=heading>
                        {title}
                    </h2>
                    {note.map(|note| view! { <p class="strand__note">{note}</p> })}
                </div>
                {all}
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
                    on:click=move |event| cards.hear(&event)
                    inner_html=move || cards.html()
                ></ul>
            </div>
        </section>
    }
}
