//! The rows of the home page.

use leptos::prelude::*;
use matinee_domain::home::{HomeRow, RowTitle};

use crate::{
    components::film_row::FilmRow,
    i18n::*,
    language::{genre_name, tr},
};

#[component]
pub fn HomeRows(rows: Vec<HomeRow>) -> impl IntoView {
    rows.into_iter()
        .enumerate()
        .map(|(place, row)| {
            let title = view! { <Heading title=row.title.clone() /> }.into_any();
            match note(&row.title) {
                Some(note) => {
                    view! { <FilmRow id=format!("row-{place}") title=title note=note items=row.items /> }.into_any()
                }
                None => view! { <FilmRow id=format!("row-{place}") title=title items=row.items /> }.into_any(),
            }
        })
        .collect_view()
}

#[component]
fn Heading(title: RowTitle) -> impl IntoView {
    let i18n = use_i18n();
    match title {
        RowTitle::ForYou => tr!(home.for_you).into_any(),
        RowTitle::Because { movie } => {
            let film = move || {
                view! {
                    <a href=movie.path.clone()>
                        <cite>{movie.title.clone()}</cite>
                    </a>
                }
                .into_any()
            };
            t!(i18n, home.because, film = film).into_any()
        }
        RowTitle::ForYouGenre { genre } => {
            let genre = move || genre_name(i18n.get_locale(), &genre);
            t!(i18n, home.more_genre, genre = genre).into_any()
        }
        RowTitle::Loved => tr!(home.loved).into_any(),
        RowTitle::MostRated => tr!(home.most_rated).into_any(),
        RowTitle::Genre { genre } => (move || genre_name(i18n.get_locale(), &genre)).into_any(),
    }
}

fn note(title: &RowTitle) -> Option<AnyView> {
    match title {
        RowTitle::ForYou => Some(tr!(home.for_you_note).into_any()),
        RowTitle::Because { .. } => Some(tr!(home.because_note).into_any()),
        _ => None,
    }
}
