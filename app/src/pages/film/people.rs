//! Who made the film, and where else it is described.

use leptos::prelude::*;
use leptos_router::location::Url;
use matinee_domain::{Credit, ExternalId, ExternalSource, RatedElsewhere, movie::CreditRole};

use crate::{
    components::words::mean_figures,
    i18n::{t_string, use_i18n},
};

/// Names, by what they did; each leads to their films.
#[component]
pub fn People(credits: Vec<Credit>) -> impl IntoView {
    let i18n = use_i18n();
    let part = move |role: CreditRole| {
        let names: Vec<_> =
            credits.iter().filter(|credit| credit.role == role).map(|credit| credit.name.clone()).collect();
        if names.is_empty() {
            return None;
        }
        let label = move || match role {
            CreditRole::Director => t_string!(i18n, film.director),
            CreditRole::Writer => t_string!(i18n, film.writer),
            CreditRole::Cast => t_string!(i18n, film.cast),
        };
        let names = names.into_iter().enumerate().map(|(place, name)| {
            let href = format!("/search?q={}", Url::escape(&name));
            view! {
                {(place > 0).then_some(", ")}
                <a href=href>{name}</a>
            }
        });
        Some(view! {
            <dt>{label}</dt>
            <dd>{names.collect_view()}</dd>
        })
    };
    let parts: Vec<_> =
        [CreditRole::Director, CreditRole::Writer, CreditRole::Cast].into_iter().filter_map(part).collect();
    (!parts.is_empty()).then(|| view! { <dl class="people">{parts}</dl> })
}

/// Links to other catalogues, and how the film is rated there.
#[component]
pub fn Elsewhere(ids: Vec<ExternalId>, rated: Option<RatedElsewhere>) -> impl IntoView {
    let i18n = use_i18n();
    let links = ids.into_iter().filter_map(|ExternalId { source, id }| {
        let name = match source {
            ExternalSource::Imdb => "IMDb",
            ExternalSource::Tmdb => "TMDB",
            ExternalSource::Wikidata => "Wikidata",
            ExternalSource::Wikipedia => "Wikipedia",
            ExternalSource::Movielens | ExternalSource::Movielens100k => return None,
        };
        let href = source.url(&id)?;
        let rated = rated.filter(|_| source == ExternalSource::Imdb);
        let mean = rated.map(|rated| move || format!(" {}/10", mean_figures(i18n.get_locale(), rated.mean)));
        Some(view! {
            <a href=href rel="noopener noreferrer">
                {name}
                {mean}
            </a>
        })
    });
    let links: Vec<_> = links.collect();
    (!links.is_empty()).then(|| view! { <p class="elsewhere">{links}</p> })
}
