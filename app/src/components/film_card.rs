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
    let why = children.map(|children| children().into_any()).or_else(|| {
        let reasons = reasons.clone();
        (!reasons.is_empty()).then(|| view! { <Because reasons=reasons films=1 /> }.into_any())
    });
    let more = (!reasons.is_empty()).then(|| view! { <WhyButton card=card.clone() reasons=reasons /> });
    let path = match from.filter(|text| !text.trim().is_empty()) {
        Some(text) => format!("{}?from={}", card.path(), Url::escape(&text)),
        None => card.path(),
    };
    view! {
        <li class="card">
            <div class="card__poster">{poster}</div>
            <div class="card__text">
                <h3 class="card__title">
                    <a class="card__link" href=path>
                        {card.title.clone()}
                    </a>
                </h3>
                <p class="card__facts">
                    {card.year.map(|year| view! { <span>{year.get()}</span> })} <MeanScore mean=card.rating.mean />
                </p>
                {why.map(|why| view! { <p class="card__why">{why}</p> })}
            </div>
            {more}
        </li>
    }
}
