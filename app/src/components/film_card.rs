//! A film in a row or a grid: poster, title, year, everybody's mean, and why it is here.

use leptos::prelude::*;
use leptos_router::location::Url;
use matinee_domain::{MovieCard, Reason};

use crate::components::{
    poster::{Look, Poster},
    reasons::{Because, WhyButton},
    stars::MeanScore,
};

/// A film as an item of a list.
#[component]
pub fn FilmCard(
    card: MovieCard,
    /// The poster's look among its neighbours, from [`crate::components::poster::looks`].
    #[prop(optional, into)]
    look: Option<Look>,
    /// The search that found the film: kept, where the person keeps a history, when the film is opened.
    #[prop(optional, into)]
    from: Option<String>,
    /// Why the film is recommended; none where it stands for everybody.
    #[prop(optional)]
    reasons: Vec<Reason>,
    /// What stands in place of the reasons, such as what two films share.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let poster = match look {
        Some(look) => view! { <Poster film=&card look=look /> }.into_any(),
        None => view! { <Poster film=&card /> }.into_any(),
    };
    let path = match from.filter(|text| !text.trim().is_empty()) {
        Some(text) => format!("{}?from={}", card.path(), Url::escape(&text)),
        None => card.path(),
    };
    let (title, year, mean) = (card.title.clone(), card.year, card.rating.mean);
    let recommended = !reasons.is_empty();
    let why = children.map(|children| children().into_any());
    let why = why.or_else(|| recommended.then(|| view! { <Because reasons=reasons.clone() films=1 /> }.into_any()));
    let more = recommended.then(move || view! { <WhyButton card=card reasons=reasons /> });
    view! {
        <li class="card">
            <div class="card__poster">{poster}</div>
            <div class="card__text">
                <h3 class="card__title">
                    <a class="card__link" href=path>
                        {title}
                    </a>
                </h3>
                <p class="card__facts">
                    {year.map(|year| view! { <span>{year.get()}</span> })} <MeanScore mean=mean />
                </p>
                {why.map(|why| view! { <p class="card__why">{why}</p> })}
            </div>
            {more}
        </li>
    }
}
