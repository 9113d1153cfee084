//! Rating a film in half stars: ten radio buttons and a submit button; hydrated, by pointer, touch-drag, arrows and digits,
//! seen at once and undone from the notice.

use leptos::{ev, html, prelude::*, server_fn::ServerFn, wasm_bindgen::JsCast, web_sys};
use matinee_domain::{MovieId, Stars};

use crate::{
    api::ratings::Rate,
    components::words::{fill, stars_in_short, stars_in_words},
    feedback::{Feedback, Rated, use_feedback},
    i18n::{t_string, use_i18n},
    language::tr,
};

/// One film's rating as the input has it.
#[derive(Clone, Copy)]
struct Rating {
    movie: MovieId,
    current: Signal<Option<Stars>>,
    feedback: Feedback,
    /// What is under a dragging finger.
    dragged: RwSignal<Option<Stars>>,
}

impl Rating {
    fn get(self) -> Option<Stars> {
        self.feedback.rating(self.movie).unwrap_or_else(|| self.current.get())
    }

    fn set(self, stars: Option<Stars>) {
        let shown = untrack(|| self.get());
        if stars != shown {
            self.feedback.rate(self.movie, stars, shown);
        }
    }
}

/// What a key makes of a rating; `None` for keys that mean nothing here.
fn after_key(key: &str, rating: Rated) -> Option<Rated> {
    let half_stars = rating.map_or(0, Stars::half_stars);
    let wanted = match key {
        "ArrowRight" | "ArrowUp" => (half_stars + 1).min(10),
        "ArrowLeft" | "ArrowDown" => half_stars.saturating_sub(1).max(1),
        "Home" => 1,
        "End" => 10,
        "0" | "Delete" | "Backspace" => 0,
        digit => {
            let full = digit.parse::<u8>().ok().filter(|digit| (1..=5).contains(digit))? * 2;
            // The same digit again takes half a star off.
            if half_stars == full { full - 1 } else { full }
        }
    };
    Some(Stars::from_half_stars(wanted).ok())
}

/// The input. `current` is the rating that the page's data has; what is rated here since wins over it.
#[component]
pub fn StarsInput(
    movie: MovieId,
    #[prop(into)] current: Signal<Option<Stars>>,
    /// The film's title, where the page doesn't make clear whose rating it is: said to those who hear the page.
    #[prop(optional, into)]
    title: Option<String>,
    /// What stands above the stars in place of "Your rating".
    #[prop(optional, into)]
    legend: Option<Signal<String>>,
    /// For lists: small stars without a visible legend, value and "clear".
    #[prop(optional)]
    small: bool,
    /// Begins the radios' ids, for a film that stands on a page twice.
    #[prop(default = "s")]
    id_prefix: &'static str,
) -> impl IntoView {
    let i18n = use_i18n();
    let rating = Rating { movie, current, feedback: use_feedback(), dragged: RwSignal::new(None) };
    if let Some(stars) =
        clicked_before(movie, id_prefix).filter(|_| untrack(|| rating.feedback.rating(movie)).is_none())
    {
        Effect::new(move |_| rating.set(Some(stars)));
    }
    let legend = move || match (&legend, &title) {
        (Some(legend), _) => legend.get(),
        (None, Some(title)) => fill(t_string!(i18n, rating.legend_of), &[("title", title)]),
        (None, None) => t_string!(i18n, rating.legend).to_owned(),
    };
    let value = move || match rating.dragged.get().or_else(|| rating.get()) {
        Some(stars) => stars_in_short(i18n.get_locale(), stars),
        None => t_string!(i18n, rating.unrated).to_owned(),
    };
    let clear = move || {
        rating.get().is_some().then(|| {
            view! {
                <button class="quiet quiet--ink" name="clear" value="1">
                    {tr!(rating.clear)}
                </button>
            }
        })
    };
    // Radios act at once; what submits is "clear", or the button of a page that isn't hydrated yet.
    let on_submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let submitter = event.submitter().and_then(|button| button.dyn_into::<web_sys::HtmlButtonElement>().ok());
        if submitter.is_some_and(|button| button.name() == "clear") {
            rating.set(None);
        }
    };
    view! {
        <form class="rate" method="post" action=Rate::url() autocomplete="off" on:submit=on_submit>
            <input type="hidden" name="movie" value=movie.to_string() />
            <fieldset class="stars" class:stars--small=small>
                <legend class="stars__legend" class:visually-hidden=small>
                    {legend}
                </legend>
                <Track rating=rating id_prefix=id_prefix />
            </fieldset>
            {(!small).then(|| view! { <output class="stars__value" aria-live="off">{value}</output> })}
            <button class="button without-script">{tr!(rating.save)}</button>
            {(!small).then_some(clear)}
        </form>
    }
}

/// The star that somebody clicked on the server's page before the browser's side took over: it is checked without having come so.
fn clicked_before(movie: MovieId, id_prefix: &str) -> Option<Stars> {
    if cfg!(feature = "ssr") {
        return None;
    }
    let clicked = format!("[id^='{id_prefix}-{movie}-']:checked:not([checked])");
    document().query_selector(&clicked).ok()??.get_attribute("value")?.parse().ok()
}

/// The ten half stars.
#[component]
fn Track(rating: Rating, id_prefix: &'static str) -> impl IntoView {
    let track = NodeRef::<html::Div>::new();
    let id_of = move |stars: Stars| format!("{id_prefix}-{}-{}", rating.movie, stars.half_stars());
    let on_key = move |event: ev::KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let Some(wanted) = after_key(&event.key(), untrack(|| rating.get())) else { return };
        event.prevent_default();
        rating.set(wanted);
        if let Some(radio) = wanted.and_then(|stars| document().get_element_by_id(&id_of(stars)))
            && let Ok(radio) = radio.dyn_into::<web_sys::HtmlElement>()
        {
            let _ = radio.focus();
        }
    };
    let by_hand = |event: &ev::PointerEvent| event.pointer_type() != "mouse";
    let under = move |event: &ev::PointerEvent| {
        let width = track.get_untracked()?.client_width().max(1);
        let half = (event.offset_x() * 10).div_euclid(width) + 1;
        Stars::from_half_stars(u8::try_from(half.clamp(1, 10)).ok()?).ok()
    };
    let on_down = move |event: ev::PointerEvent| {
        if by_hand(&event)
            && let Some(track) = track.get_untracked()
        {
            // From now on the pointer's place is told in the track's measure.
            let _ = track.set_pointer_capture(event.pointer_id());
        }
    };
    let held = move |event: &ev::PointerEvent| {
        track.get_untracked().is_some_and(|track| track.has_pointer_capture(event.pointer_id()))
    };
    let on_move = move |event: ev::PointerEvent| {
        if held(&event) {
            rating.dragged.set(under(&event));
        }
    };
    let on_up = move |event: ev::PointerEvent| {
        if held(&event) {
            rating.dragged.set(None);
            if let Some(stars) = under(&event) {
                rating.set(Some(stars));
            }
        }
    };
    let halves = Stars::all().map(|stars| view! { <Half rating=rating stars=stars id=id_of(stars) /> });
    view! {
        <div
            class="stars__track"
            node_ref=track
            data-dragging=move || rating.dragged.get().map(|_| "")
            on:keydown=on_key
            on:pointerdown=on_down
            on:pointermove=on_move
            on:pointerup=on_up
            on:pointercancel=move |_| rating.dragged.set(None)
        >
            {halves.collect_view()}
        </div>
    }
}

/// One radio and its half star.
#[component]
fn Half(rating: Rating, stars: Stars, id: String) -> impl IntoView {
    let i18n = use_i18n();
    let label = id.clone();
    let is_right = stars.half_stars().is_multiple_of(2);
    view! {
        <input
            class="stars__radio"
            type="radio"
            name="stars"
            value=stars.decimal()
            id=id
            checked=move || rating.get() == Some(stars)
            prop:checked=move || rating.get() == Some(stars)
            on:change=move |_| rating.set(Some(stars))
        />
        <label
            class="stars__half"
            class:stars__half--right=is_right
            for=label
            data-hover=move || (rating.dragged.get() == Some(stars)).then_some("")
        >
            <span class="visually-hidden">{move || stars_in_words(i18n.get_locale(), stars)}</span>
        </label>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half stars in, half stars out; 0 is no rating.
    fn press(key: &str, half_stars: u8) -> Option<u8> {
        after_key(key, Stars::from_half_stars(half_stars).ok()).map(|wanted| wanted.map_or(0, Stars::half_stars))
    }

    #[test]
    fn digits_rate_and_the_same_digit_again_takes_half_a_star_off() {
        assert_eq!(press("4", 0), Some(8));
        assert_eq!(press("4", 8), Some(7));
        assert_eq!(press("4", 7), Some(8));
        assert_eq!(press("1", 2), Some(1));
    }

    #[test]
    fn arrows_move_by_half_a_star_and_stop_at_the_ends() {
        assert_eq!(press("ArrowRight", 0), Some(1));
        assert_eq!(press("ArrowUp", 10), Some(10));
        assert_eq!(press("ArrowLeft", 1), Some(1));
        assert_eq!(press("ArrowDown", 6), Some(5));
        assert_eq!(press("End", 0), Some(10));
    }

    #[test]
    fn delete_and_zero_take_the_rating_back_and_other_keys_mean_nothing() {
        assert_eq!(press("Delete", 6), Some(0));
        assert_eq!(press("0", 0), Some(0));
        for key in ["6", "a", "Tab", "Enter", "12"] {
            assert_eq!(press(key, 6), None, "{key}");
        }
    }
}
