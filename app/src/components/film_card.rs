//! Films in a row or a grid: poster, title, year, everybody's mean, and why each is here. Their cards are text (see
//! [`markup`](crate::components::markup)): the list around them hears what is pressed.

use leptos::{ev, prelude::*, wasm_bindgen::JsCast, web_sys::Element};
use leptos_router::location::Url;
use matinee_domain::{MovieCard, Reason, Recommendation, recommendation::Similar};

use crate::{
    components::{
        facts::genre_list,
        markup::{push_all, push_element, push_text},
        poster::Posters,
        reasons::push_because,
        stars::push_mean,
        words::{fill, percent},
    },
    feedback::{Feedback, use_feedback},
    i18n::{Locale, td_string, use_i18n},
};

/// A film as an item of a list.
pub struct ListedFilm {
    pub movie: MovieCard,
    pub why: Why,
}

/// Why a film is in the list.
pub enum Why {
    /// It stands there for everybody, or was searched for.
    Unsaid,
    /// It is recommended. Largest share first.
    Reasons(Vec<Reason>),
    /// The same people love it.
    Alike {
        /// 0–1.
        likeness: f32,
        shared_genres: Vec<String>,
    },
}

impl From<MovieCard> for ListedFilm {
    fn from(movie: MovieCard) -> Self {
        Self { movie, why: Why::Unsaid }
    }
}

impl From<Recommendation> for ListedFilm {
    fn from(item: Recommendation) -> Self {
        let why = if item.reasons.is_empty() { Why::Unsaid } else { Why::Reasons(item.reasons) };
        Self { movie: item.movie, why }
    }
}

impl From<Similar> for ListedFilm {
    fn from(Similar { movie, likeness, shared_genres }: Similar) -> Self {
        Self { movie, why: Why::Alike { likeness, shared_genres } }
    }
}

/// The cards of a list. They follow the language.
#[derive(Clone, Copy)]
pub struct Cards {
    films: StoredValue<(Vec<ListedFilm>, String)>,
    html: Memo<String>,
    feedback: Feedback,
}

impl Cards {
    /// `from` is the search that found the films: kept, where the person keeps a history, when one is opened.
    pub fn new<T: Into<ListedFilm>>(films: Vec<T>, from: &str) -> Self {
        let query = match from.trim() {
            "" => String::new(),
            text => format!("?from={}", Url::escape(text)),
        };
        let films: Vec<ListedFilm> = films.into_iter().map(Into::into).collect();
        let (films, i18n) = (StoredValue::new((films, query)), use_i18n());
        // Asked for more than once while a page is drawn.
        let html = Memo::new(move |_| {
            let locale = i18n.get_locale();
            films.with_value(|(films, query)| cards(locale, films, query))
        });
        Self { films, html, feedback: use_feedback() }
    }

    /// The list's items.
    pub fn html(self) -> String {
        self.html.get()
    }

    /// Opens the sheet of reasons where a card's "Why" was pressed.
    pub fn hear(self, event: &ev::MouseEvent) {
        let pressed = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let button = pressed.and_then(|element| element.closest("[data-why]").ok().flatten());
        let Some(place) = button.and_then(|button| button.get_attribute("data-why")?.parse::<usize>().ok()) else {
            return;
        };
        let told = self.films.with_value(|(films, _)| match films.get(place) {
            Some(ListedFilm { movie, why: Why::Reasons(reasons) }) => Some((movie.clone(), reasons.clone())),
            _ => None,
        });
        if let Some((movie, reasons)) = told {
            self.feedback.open_why(movie, reasons);
        }
    }
}

/// Films in a grid.
#[component]
pub fn FilmGrid(cards: Cards) -> impl IntoView {
    view! { <ul class="grid" inner_html=move || cards.html() on:click=move |event| cards.hear(&event)></ul> }
}

fn cards(locale: Locale, films: &[ListedFilm], query: &str) -> String {
    let mut html = String::with_capacity(films.len() * 2048);
    let mut posters = Posters::default();
    for (place, ListedFilm { movie, why }) in films.iter().enumerate() {
        html.push_str("<li class=\"card\"><div class=\"card__poster\">");
        posters.push_next(&mut html, movie);
        push_all(
            &mut html,
            &[
                "</div><div class=\"card__text\"><h3 class=\"card__title\"><a class=\"card__link\" href=\"",
                &movie.path(),
                query,
            ],
        );
        html.push_str("\">");
        push_text(&mut html, &movie.title);
        html.push_str("</a></h3><p class=\"card__facts\">");
        if let Some(year) = movie.year {
            push_element(&mut html, "span", "", &year.get().to_string());
        }
        push_mean(&mut html, locale, movie.rating.mean);
        html.push_str("</p>");
        match why {
            Why::Unsaid => html.push_str("</div>"),
            Why::Reasons(reasons) => {
                html.push_str("<p class=\"card__why\">");
                push_because(&mut html, locale, reasons, 1);
                html.push_str("</p></div>");
                push_why_button(&mut html, locale, place, &movie.title);
            }
            Why::Alike { likeness, shared_genres } => {
                push_element(&mut html, "p", " class=\"card__why\"", &alike(locale, *likeness, shared_genres));
                html.push_str("</div>");
            }
        }
        html.push_str("</li>");
    }
    html
}

/// Opens the sheet that tells all reasons. Needs script; a film's own page tells them without.
fn push_why_button(html: &mut String, locale: Locale, place: usize, title: &str) {
    let place = place.to_string();
    push_all(
        html,
        &[
            "<button type=\"button\" class=\"quiet quiet--ink with-script\" aria-haspopup=\"dialog\" data-why=\"",
            &place,
            "\">",
        ],
    );
    push_text(html, td_string!(locale, rating.more));
    html.push(' ');
    push_element(html, "span", " class=\"visually-hidden\"", title);
    html.push_str("</button>");
}

fn alike(locale: Locale, likeness: f32, shared_genres: &[String]) -> String {
    let alike = fill(td_string!(locale, film.likeness), &[("percent", &percent(likeness))]);
    if shared_genres.is_empty() {
        return alike;
    }
    let shares = fill(td_string!(locale, film.shares), &[("genres", &genre_list(locale, shared_genres))]);
    format!("{shares} · {alike}")
}

#[cfg(test)]
mod tests {
    use matinee_domain::{MovieId, RatingSummary};
    use uuid::Uuid;

    use super::*;

    fn film(title: &str) -> MovieCard {
        let rating = RatingSummary { count: 3, mean: 4.5 };
        MovieCard { id: MovieId(Uuid::from_u128(7)), title: title.to_owned(), year: None, genres: Vec::new(), rating }
    }

    #[test]
    fn a_card_leads_to_its_film_and_says_the_mean_in_words() {
        let movie = film("Heat");
        let path = movie.path();
        let html = cards(Locale::en, &[movie.into()], "?from=heat");
        assert!(html.contains(&format!("href=\"{path}?from=heat\">Heat</a>")), "{html}");
        assert!(html.contains(">Mean rating</span> 4.5</span>"), "{html}");
        assert!(!html.contains("data-why"), "nothing to tell, no button: {html}");
    }

    #[test]
    fn a_title_cannot_break_out_of_its_card() {
        let html = cards(Locale::de, &[film("<script>alert(1)</script>").into()], "");
        assert!(!html.contains("<script"), "{html}");
    }

    #[test]
    fn a_recommendation_says_why_and_can_tell_more() {
        let reason = Reason { kind: matinee_domain::ReasonKind::Popular, movie: None, stars: None, share: 1.0 };
        let listed = ListedFilm { movie: film("Heat"), why: Why::Reasons(vec![reason]) };
        let html = cards(Locale::en, &[film("Ran").into(), listed], "");
        assert!(html.contains("Because many people love it") && html.contains("data-why=\"1\""), "{html}");
    }
}
