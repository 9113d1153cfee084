//! Small drawings that every page shares: icons, the mark, stars to read, seats, bars. Each is one SVG whose colours come from
//! classes in `style/`, since the content security policy allows no inline style. What a screen reader says of a drawing
//! is passed in by the page, in the reader's language.

use leptos::prelude::*;
use matinee_domain::{Histogram, Stars, decimal::fixed};

/// The icons of the interface, drawn on a 24 × 24 grid in strokes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IconName {
    Account,
    Close,
    Home,
    Next,
    Previous,
    Remove,
    Search,
    Star,
    Theme,
}

impl IconName {
    const fn path(self) -> &'static str {
        match self {
            Self::Account => "M12 12a4 4 0 100-8 4 4 0 000 8zM4 21c0-4 3.5-6 8-6s8 2 8 6",
            Self::Close => "M5 5l14 14M19 5L5 19",
            Self::Home => "M3 11l9-7 9 7v9h-6v-6H9v6H3z",
            Self::Next => "M9 4l8 8-8 8",
            Self::Previous => "M15 4l-8 8 8 8",
            Self::Remove => "M4 6h16M9 6V3h6v3M6 6l1 15h10l1-15",
            Self::Search => "M10.5 4a6.5 6.5 0 100 13 6.5 6.5 0 000-13zM15.5 15.5L21 21",
            Self::Star => "M12 3l2.8 5.9 6.4.8-4.7 4.5 1.2 6.4L12 17.4l-5.7 3.2 1.2-6.4-4.7-4.5 6.4-.8z",
            Self::Theme => "M12 3a9 9 0 100 18zM12 3a9 9 0 010 18",
        }
    }
}

/// An icon beside a text or in a button that has a name of its own; never read out.
#[component]
pub fn Icon(
    name: IconName,
    /// Classes beside `icon`.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    view! {
        <svg class=format!("icon {class}") viewBox="0 0 24 24" aria-hidden="true">
            <path d=name.path()></path>
        </svg>
    }
}

/// The mark: two seats in front of a screen, which are also an m and two suns.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg class="brand__mark" viewBox="0 0 28 22" aria-hidden="true">
            <path class="seat-1" d="M1 21V8.5a6 6 0 0112 0V21z"></path>
            <path class="seat-2" d="M15 21V8.5a6 6 0 0112 0V21z"></path>
        </svg>
    }
}

/// Five seats, of which some are taken: how far a new account is. The text beside it says the same.
#[component]
pub fn Seats(
    /// 0–5.
    #[prop(into)]
    taken: Signal<u8>,
) -> impl IntoView {
    let seats = (0..5_u8)
        .map(|place| {
            let shift = format!("translate({})", u32::from(place) * 31);
            view! {
                <path
                    class="seats__seat"
                    class:seats__seat--taken=move || place < taken.get()
                    transform=shift
                    d="M2 31V13a11 11 0 0122 0v18z"
                ></path>
            }
        })
        .collect_view();
    view! {
        <svg class="seats__row" viewBox="0 0 152 32" aria-hidden="true">
            {seats}
        </svg>
    }
}

/// The bar of a reason's share; the figure beside it says the same.
#[component]
pub fn ShareBar(
    /// 0–1.
    share: f32,
) -> impl IntoView {
    view! {
        <svg class="share" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
            <rect class="share__track" width="100" height="4"></rect>
            <rect class="share__part" width=fixed(f64::from(share.clamp(0.0, 1.0)) * 100.0, 0) height="4"></rect>
        </svg>
    }
}

/// Whether anybody gave a half star: some data sets know whole ones only.
pub fn has_half_stars(histogram: Histogram) -> bool {
    histogram.0.iter().step_by(2).any(|count| *count > 0)
}

/// How many people gave each rating, as ten bars from ½ to 5 stars, or five where nobody gave a half; mine stands out.
#[component]
pub fn HistogramBars(
    histogram: Histogram,
    /// My rating, if any.
    #[prop(into)]
    mine: Signal<Option<Stars>>,
    /// What is read out in place of the drawing.
    label: String,
) -> impl IntoView {
    let most = u64::from(histogram.0.iter().copied().max().unwrap_or(0).max(1));
    // Half stars that one bar stands for.
    let step: u8 = if has_half_stars(histogram) { 1 } else { 2 };
    let bars = (1_u8..)
        .zip(histogram.0)
        .filter(|(half_stars, _)| half_stars % step == 0)
        .map(|(half_stars, count)| {
            // A bar that stands for somebody is seen, however small its part.
            let height = (u64::from(count) * 36 / most).max(u64::from(count > 0));
            view! {
                <rect
                    class="histogram__bar"
                    class:histogram__bar--mine=move || mine.get().is_some_and(|stars| stars.half_stars().div_ceil(step) == half_stars / step)
                    x=format!("{}.6", (half_stars - step) * 10)
                    y=38 - height
                    width=format!("{}.8", step * 10 - 2)
                    height=height
                ></rect>
            }
        })
        .collect_view();
    view! {
        <svg class="histogram__bars" viewBox="0 0 100 39" preserveAspectRatio="none" role="img" aria-label=label>
            {bars}
            <rect class="histogram__ground" y="38" width="100" height="0.6"></rect>
        </svg>
    }
}
