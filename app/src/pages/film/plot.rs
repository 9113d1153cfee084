//! The plot: its beginning, and the rest behind "read on" where it is long.

use leptos::prelude::*;

use crate::language::tr;

/// How much of a long plot is seen at once, at most.
const BEGINNING_BYTES: usize = 480;

#[component]
pub fn Plot<'a>(plot: &'a str) -> impl IntoView + use<> {
    let (beginning, rest) = split(plot);
    let rest = (!rest.is_empty()).then(|| {
        view! {
            <details class="film__more">
                <summary>{tr!(film.read_on)}</summary>
                <p>{rest.to_owned()}</p>
            </details>
        }
    });
    view! {
        <section class="film__section" aria-labelledby="plot">
            <h2 id="plot">{tr!(film.plot)}</h2>
            <div class="film__plot">
                <p>{beginning.to_owned()}</p>
                {rest}
            </div>
        </section>
    }
}

/// The first sentences, and what follows them.
fn split(plot: &str) -> (&str, &str) {
    if plot.len() <= BEGINNING_BYTES + BEGINNING_BYTES / 2 {
        return (plot, "");
    }
    let end = plot.floor_char_boundary(BEGINNING_BYTES);
    match plot[..end].rfind(". ") {
        Some(stop) => (&plot[..=stop], &plot[stop + 2..]),
        None => (plot, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_plot_is_split_after_a_sentence() {
        let plot = "Something happens, and then more. ".repeat(40);
        let (beginning, rest) = split(&plot);
        assert!(beginning.ends_with("more.") && beginning.len() <= BEGINNING_BYTES);
        assert!(rest.starts_with("Something"));
    }

    #[test]
    fn a_short_plot_and_one_without_sentences_stay_whole() {
        assert_eq!(split("One line."), ("One line.", ""));
        let endless = "å".repeat(600);
        assert_eq!(split(&endless), (endless.as_str(), ""));
    }
}
