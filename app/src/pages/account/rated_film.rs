//! One of my ratings: changed by its stars, removed by its button.

use leptos::{prelude::*, server_fn::ServerFn};
use matinee_domain::MyRating;

use crate::{
    api::ratings::Rate,
    components::{
        icons::{Icon, IconName},
        poster::Poster,
        stars_input::StarsInput,
        words::{day, fill, iso},
    },
    feedback::use_feedback,
    i18n::{t_string, use_i18n},
    language::{genre_name, tr},
};

/// One rating. It stays in its place when it is removed, so that nothing jumps and it can be rated again.
#[component]
pub fn RatedFilm(rating: MyRating) -> impl IntoView {
    let i18n = use_i18n();
    let feedback = use_feedback();
    let MyRating { movie, stars, rated_at } = rating;
    let id = movie.id;
    let removed = move || feedback.rating(id) == Some(None);
    let (genres, year) = (movie.genres.clone(), movie.year);
    let facts = move || {
        let genres = genres.iter().map(|genre| genre_name(i18n.get_locale(), genre)).collect::<Vec<_>>().join(", ");
        let year = year.map(|year| year.to_string());
        year.into_iter().chain((!genres.is_empty()).then_some(genres)).collect::<Vec<_>>().join(" · ")
    };
    let when = move || {
        if removed() {
            tr!(account.ratings.removed).into_any()
        } else {
            view! {
                {tr!(account.ratings.rated_on)}
                " "
                <time datetime=iso(rated_at)>{day(i18n.get_locale(), rated_at)}</time>
            }
            .into_any()
        }
    };
    let title = movie.title.clone();
    let remove = move || fill(t_string!(i18n, account.ratings.remove_of), &[("title", &title)]);
    view! {
        <li class="listing__item">
            <Poster film=&movie class="poster--small" />
            <div>
                <h2 class="listing__title">
                    <a href=movie.path()>{movie.title.clone()}</a>
                </h2>
                <p class="listing__facts">{facts}</p>
                <p class="listing__when">{when}</p>
            </div>
            <div class="listing__do">
                <StarsInput movie=id current=Some(stars) title=movie.title.clone() small=true />
                <form
                    method="post"
                    action=Rate::url()
                    on:submit=move |event| {
                        event.prevent_default();
                        if !removed() {
                            feedback.rate(id, None, Some(feedback.rating(id).flatten().unwrap_or(stars)));
                        }
                    }
                >
                    <input type="hidden" name="movie" value=id.to_string() />
                    <input type="hidden" name="clear" value="1" />
                    <button class="icon-button" aria-label=remove aria-disabled=move || removed().then_some("true")>
                        <Icon name=IconName::Remove />
                    </button>
                </form>
            </div>
        </li>
    }
}
