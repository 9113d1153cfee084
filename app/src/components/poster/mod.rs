//! The typographic poster: what stands for a film where there is no picture. It is drawn from the film itself (title, year,
//! genres, id), always the same for the same film, without chance or a clock.
//!
//! A poster is made in three steps, each a pure function: [`Look`] chooses one of the layouts and palettes by genre and a
//! hash of the id; `setting` breaks the title into lines and finds the largest size that fits, from the widths of the
//! display face; `layouts` draws. [`poster_document`] writes a whole SVG document (`/poster/{id}.svg`, OpenGraph images);
//! [`Poster`] puts the same drawing into a page.
//!
//! Grain and light are a layer of the style sheet over every poster (`style/poster.css`), not part of the drawing.

mod canvas;
mod film;
#[cfg(feature = "ssr")]
mod kept;
mod layouts;
mod look;
mod metrics;
mod palette;
mod setting;
#[cfg(test)]
mod tests;

use leptos::prelude::*;
use matinee_domain::MovieCard;

pub use film::PosterFilm;
pub use look::Look;

impl From<&MovieCard> for PosterFilm {
    fn from(card: &MovieCard) -> Self {
        Self::new(card.id.0.as_u128(), &card.title, card.year.map(matinee_domain::Year::get), &card.genres)
    }
}

/// A poster as an SVG document of its own, 400 × 600, with its title read out.
pub fn poster_document(card: &MovieCard) -> String {
    let film = PosterFilm::from(card);
    canvas::document(&film, Look::of(&film))
}

/// The looks of films that stand side by side, in their order: each its own, but no two neighbours alike.
pub fn looks<'a>(films: impl IntoIterator<Item = &'a MovieCard>) -> Vec<Look> {
    let mut before = None;
    films
        .into_iter()
        .map(|card| {
            let look = Look::beside(&PosterFilm::from(card), before);
            before = Some(look);
            look
        })
        .collect()
}

/// The posters of films that stand side by side, one after the other: each has its own look, but no two neighbours are alike.
#[derive(Default)]
pub struct Posters {
    before: Option<Look>,
}

impl Posters {
    /// Appends the next film's poster in its box, as HTML.
    pub fn push_next(&mut self, html: &mut String, film: &MovieCard) {
        let film = PosterFilm::from(film);
        let look = Look::beside(&film, self.before);
        self.before = Some(look);
        html.push_str("<div class=\"poster\" aria-hidden=\"true\">");
        html.push_str(&drawn(film, look));
        html.push_str("</div>");
    }
}

/// A film's poster in its 2 : 3 box. Never read out: wherever it stands, a text names the film.
#[component]
pub fn Poster(
    /// The film, as `&card` or a [`PosterFilm`].
    #[prop(into)]
    film: PosterFilm,
    /// The look among neighbours, from [`looks`]; the film's own where it stands alone.
    #[prop(optional)]
    look: Option<Look>,
    /// Classes beside `poster`, such as `poster--small`.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    let look = look.unwrap_or_else(|| Look::of(&film));
    view! { <div class=format!("poster {class}") aria-hidden="true" inner_html=drawn(film, look)></div> }
}

#[cfg(feature = "ssr")]
use kept::drawn;

#[cfg(not(feature = "ssr"))]
#[expect(clippy::needless_pass_by_value, reason = "as on the server, which keeps it")]
fn drawn(film: PosterFilm, look: Look) -> String {
    canvas::inline(&film, look)
}
