//! The rows of the home page.

use leptos::prelude::*;
use leptos_router::location::Url;
use matinee_domain::home::{Home, HomeRow, RowTitle};

use crate::{
    components::{
        film_card::{Cards, FilmGrid},
        film_row::FilmRow,
    },
    i18n::{t, use_i18n},
    language::{genre_name, tr},
};

/// The rows, or their beginnings; `moved` is set as soon as somebody moves along one.
#[component]
pub fn HomeRows(rows: Vec<HomeRow>, moved: RwSignal<bool>) -> impl IntoView {
    rows.into_iter()
        .enumerate()
        .map(|(place, HomeRow { title, items })| {
            // The first film for the person may stand above its row.
            let shown = items.len() + usize::from(title == RowTitle::ForYou);
            let all = (shown >= Home::BEGINNING).then(|| path(&title));
            let (note, heading) = (note(&title), view! { <Heading title=title /> }.into_any());
            let cards = Cards::new(items, "");
            view! { <FilmRow id=format!("row-{place}") title=heading note=note cards=cards all=all moved=moved /> }
        })
        .collect_view()
}

/// A row by itself, whole.
#[component]
pub fn OneRow(row: HomeRow) -> impl IntoView {
    let note = note(&row.title).map(|note| view! { <p class="opening__note">{note}</p> });
    view! {
        <div class="opening">
            <h1 class="opening__title">
                <Heading title=row.title />
            </h1>
            {note}
        </div>
        <FilmGrid cards=Cards::new(row.items, "") />
        <div class="pages">
            <a class="button" href="/">
                {tr!(common.to_home)}
            </a>
        </div>
    }
}

/// The page with all films of a row.
fn path(title: &RowTitle) -> String {
    match title {
        RowTitle::Genre { genre } => format!("/search?genre={}", Url::escape(genre)),
        // What nothing was asked of comes in the same order.
        RowTitle::MostRated => "/search".to_owned(),
        title => format!("/?row={}", Url::escape(&title.key())),
    }
}

#[component]
fn Heading(title: RowTitle) -> impl IntoView {
    let i18n = use_i18n();
    match title {
        RowTitle::ForYou => tr!(home.for_you).into_any(),
        RowTitle::Next => tr!(home.next).into_any(),
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
        RowTitle::ForYou => Some(
            view! {
                {tr!(home.for_you_note)}
                " "
                <a href="/tune" rel="external">
                    {tr!(home.tune)}
                </a>
            }
            .into_any(),
        ),
        RowTitle::Next => Some(tr!(home.next_note).into_any()),
        RowTitle::Because { .. } => Some(tr!(home.because_note).into_any()),
        _ => None,
    }
}
