//! The film as search engines read it: JSON-LD `Movie` (schema.org). Written by the server alone.

use leptos::prelude::*;
use matinee_domain::Movie;

/// A data block; it is never run, so the content policy lets it pass.
#[component]
pub fn JsonLd<'a>(movie: &'a Movie) -> impl IntoView + use<> {
    view! { <script type="application/ld+json" inner_html=json(movie)></script> }
}

#[cfg(not(feature = "ssr"))]
fn json(_movie: &Movie) -> String {
    String::new()
}

#[cfg(feature = "ssr")]
fn json(movie: &Movie) -> String {
    use leptos::serde_json::{Value, json};
    use matinee_domain::movie::CreditRole;

    use crate::components::meta::absolute;

    let card = &movie.card;
    let people = |role: CreditRole| -> Vec<Value> {
        let named = movie.credits.iter().filter(|credit| credit.role == role);
        named.map(|credit| json!({ "@type": "Person", "name": credit.name })).collect()
    };
    let mut film = json!({
        "@context": "https://schema.org",
        "@type": "Movie",
        "name": card.title,
        "url": absolute(&card.path()),
        "image": absolute(&format!("/poster/{}.svg", card.id)),
        "genre": card.genres,
    });
    let mut put = |key: &str, value: Value| {
        film[key] = value;
    };
    if let Some(year) = card.year {
        put("datePublished", json!(year.to_string()));
    }
    if let Some(minutes) = movie.runtime_min {
        put("duration", json!(format!("PT{minutes}M")));
    }
    if let Some(plot) = &movie.plot {
        put("description", json!(plot));
    }
    if !movie.alternative_titles.is_empty() {
        put("alternateName", json!(movie.alternative_titles));
    }
    for (key, role) in [("director", CreditRole::Director), ("author", CreditRole::Writer), ("actor", CreditRole::Cast)]
    {
        let people = people(role);
        if !people.is_empty() {
            put(key, json!(people));
        }
    }
    if card.rating.count > 0 {
        let mean = format!("{:.2}", card.rating.mean);
        put(
            "aggregateRating",
            json!({
                "@type": "AggregateRating",
                "ratingValue": mean,
                "ratingCount": card.rating.count,
                "bestRating": "5",
                "worstRating": "0.5",
            }),
        );
    }
    let same: Vec<_> = movie.external_ids.iter().filter_map(|id| id.source.url(&id.id)).collect();
    if !same.is_empty() {
        put("sameAs", json!(same));
    }
    // A title can hold "</script>".
    film.to_string().replace('<', "\\u003c")
}
