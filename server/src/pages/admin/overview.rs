//! `/admin`: the way to everything, and what the instance has been doing since it started, out of its own measurements.

use std::collections::BTreeMap;

use axum::{extract::State, response::Response};
use leptos::prelude::*;
use matinee_app::{
    components::words::{fill, percent},
    i18n::Locale,
    plain::{Sheet, Words, words::Admin},
};
use matinee_services::{Services, access::SeeOperation, ports::ShadowReport};
use metrics_exporter_prometheus::PrometheusHandle;

use super::trial;
use crate::pages::{Frame, Refusal, access::May, pieces::opening};

/// Measurements that the page shows: their first names.
const SHOWN: [&str; 3] = ["matinee_backup", "matinee_cache", "matinee_ai"];

pub async fn page(
    May(allowed): May<SeeOperation>,
    frame: Frame,
    State(services): State<Services>,
    State(metrics): State<PrometheusHandle>,
) -> Result<Response, Refusal> {
    let films = services.movies.count().await?;
    let indexed = services.search.count().await.ok();
    let status = services.recommender.status().await.ok();
    let (model, shadow) = status.map_or((None, None), |status| (status.version, status.shadow));
    let measured = measured(&metrics.render());
    let tried = services.trial_report(&allowed).await?;
    let draw = move |locale, words: &'static Words| {
        let admin = &words.admin;
        let measured: Vec<_> = measured
            .iter()
            .map(|(name, value)| view! { <dt><code>{name.clone()}</code></dt><dd class="figures">{value.clone()}</dd> })
            .collect();
        let measured = (!measured.is_empty()).then(|| view! { <dl class="measures">{measured}</dl> });
        let or_none = |text: Option<String>| text.unwrap_or_else(|| admin.none.to_owned());
        let body = view! {
            {opening(admin.title, admin.note)}
            <div class="settings">
                <section class="settings__part">
                    <h2>{admin.history}</h2>
                    <p>{admin.history_note}</p>
                    <a class="button" href="/admin/history" rel="external">
                        {admin.see_history}
                    </a>
                </section>
                <section class="settings__part">
                    <h2>{words.people.title}</h2>
                    <p>{words.people.note}</p>
                    <a class="button" href="/admin/people" rel="external">
                        {admin.see_people}
                    </a>
                </section>
                <section class="settings__part">
                    <h2>{admin.operation}</h2>
                    <dl class="settings__facts">
                        <dt>{admin.films}</dt>
                        <dd class="figures">{films}</dd>
                        <dt>{admin.indexed}</dt>
                        <dd class="figures">{or_none(indexed.map(|films| films.to_string()))}</dd>
                        <dt>{admin.model}</dt>
                        <dd>{or_none(model.clone())}</dd>
                        {shadow.as_ref().map(|report| beside(locale, admin, report))}
                    </dl>
                    {measured}
                </section>
                {trial::section(locale, tried.as_ref())}
            </div>
        };
        Sheet { title: admin.title.to_owned(), body: body.into_any() }
    };
    Ok(frame.page(draw).await)
}

/// How far the model that scores beside the live one agrees with it.
fn beside(locale: Locale, admin: &Admin, report: &ShadowReport) -> AnyView {
    let overlap = report.overlap_at_10.map_or_else(|| "–".to_owned(), |overlap| percent(as_f32(overlap)));
    let correlation = report.rank_correlation.map_or_else(|| "–".to_owned(), |value| decimal(locale, value));
    let text = fill(
        admin.shadow_agrees,
        &[
            ("version", &report.version),
            ("scored", &report.scored.to_string()),
            ("overlap", &overlap),
            ("correlation", &correlation),
        ],
    );
    view! {
        <dt>{admin.shadow}</dt>
        <dd class="figures">{text}</dd>
    }
    .into_any()
}

fn decimal(locale: Locale, value: f64) -> String {
    let figures = format!("{value:.2}");
    match locale {
        Locale::en => figures,
        Locale::de => figures.replace('.', ","),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a part of a whole, shown in percent")]
const fn as_f32(part: f64) -> f32 {
    part as f32
}

/// Measurements of the caches and backups by name; those with buckets are left out.
fn measured(metrics: &str) -> BTreeMap<String, String> {
    let lines = metrics.lines().filter(|line| SHOWN.iter().any(|name| line.starts_with(name)));
    lines
        .filter(|line| !line.contains("_bucket{") && !line.contains("quantile="))
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use matinee_app::plain::words;

    use super::*;

    #[test]
    fn only_what_tells_of_caches_and_backups_is_shown() {
        let text =
            "# TYPE matinee_backup_bytes gauge\nmatinee_backup_bytes 12\nother 3\nmatinee_cache_x_bucket{le=\"1\"} 4\n";
        assert_eq!(measured(text).into_iter().collect::<Vec<_>>(), [("matinee_backup_bytes".into(), "12".into())]);
    }
    #[test]
    fn how_far_a_shadow_agrees_is_said_in_the_readers_language() {
        let report = ShadowReport {
            version: "v2".to_owned(),
            scored: 40,
            dropped: 0,
            failed: 0,
            overlap_at_10: Some(0.806),
            rank_correlation: Some(0.934),
        };
        let said = |locale| beside(locale, &words::of(locale).admin, &report).to_html();
        let english = said(Locale::en);
        assert!(
            english.contains("v2: 40 requests") && english.contains("81\u{a0}%") && english.contains("0.93"),
            "{english}"
        );
        assert!(said(Locale::de).contains("0,93"));
    }
}
