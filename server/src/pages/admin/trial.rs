//! The latest trial of a model on the admin page: both arms side by side.

use leptos::prelude::*;
use matinee_app::{
    components::words::{day, fill},
    i18n::Locale,
    plain::{TrialWords, trial},
};
use matinee_services::{
    ports::Counts,
    trial::{Difference, Interval, Measure, Part, TrialReport},
};

/// The section; what there is to say where there was no trial yet, too.
pub fn section(locale: Locale, report: Option<&TrialReport>) -> AnyView {
    let words = trial(locale);
    let shown = match report {
        Some(report) => one(locale, words, report),
        None => view! { <p>{words.none}</p> }.into_any(),
    };
    view! {
        <section class="settings__part">
            <h2>{words.title}</h2>
            {shown}
        </section>
    }
    .into_any()
}

fn one(locale: Locale, words: &'static TrialWords, report: &TrialReport) -> AnyView {
    let trial = &report.trial;
    let template = if trial.ended_at.is_some() { words.ended } else { words.runs };
    let until = trial.ended_at.map_or_else(String::new, |at| day(locale, at));
    let said = fill(
        template,
        &[
            ("share", &per_cent(locale, f64::from(trial.share_permille) / 1_000.0)),
            ("since", &day(locale, trial.started_at)),
            ("until", &until),
            ("model", &trial.model),
            ("against", &trial.against),
        ],
    );
    let rows: Vec<_> = Measure::ALL.into_iter().map(|measure| row(locale, words, report, measure)).collect();
    view! {
        <p>{said}</p>
        <div class="arms__around" tabindex="0" role="region" aria-label=words.title>
            <table class="arms">
                <thead>
                    <tr>
                        <th scope="col">{words.measure}</th>
                        <th scope="col">{words.live}</th>
                        <th scope="col">{words.on_trial}</th>
                        <th scope="col">{words.difference}</th>
                        <th scope="col">{words.chance}</th>
                    </tr>
                </thead>
                <tbody>{rows} {figures(locale, words, report)}</tbody>
            </table>
        </div>
        <p class="arms__note">{words.note}</p>
    }
    .into_any()
}

fn row(locale: Locale, words: &'static TrialWords, report: &TrialReport, measure: Measure) -> AnyView {
    let name = match measure {
        Measure::Opened => words.opened,
        Measure::Rated => words.rated,
        Measure::Liked => words.liked,
        Measure::Dismissed => words.dismissed,
    };
    let difference = report.difference(measure);
    let (value, chance) = match difference {
        Some(Difference { value, interval, p }) => {
            (signed(locale, value, interval), p.map_or_else(|| words.too_few.to_owned(), |p| probability(locale, p)))
        }
        None => ("–".to_owned(), words.too_few.to_owned()),
    };
    view! {
        <tr>
            <th scope="row">{name}</th>
            <td>{part(locale, words, report.live.part(measure))}</td>
            <td>{part(locale, words, report.on_trial.part(measure))}</td>
            <td class="figures">{value}</td>
            <td class="figures">{chance}</td>
        </tr>
    }
    .into_any()
}

/// The numbers that have no interval.
fn figures(locale: Locale, words: &'static TrialWords, report: &TrialReport) -> Vec<AnyView> {
    let count = |name: &'static str, of: fn(&Counts) -> u64| {
        let (live, on_trial) = (of(&report.live.counts), of(&report.on_trial.counts));
        plain(name, live.to_string(), on_trial.to_string())
    };
    let stars = |mean: Option<f64>| mean.map_or_else(|| "–".to_owned(), |mean| decimal(locale, mean, 2));
    vec![
        count(words.people, |counts| counts.people),
        count(words.films, |counts| counts.films),
        count(words.films_opened, |counts| counts.opened),
        count(words.films_rated, |counts| counts.rated),
        plain(words.stars, stars(report.live.mean_stars()), stars(report.on_trial.mean_stars())),
        plain(words.missed, "–".to_owned(), report.on_trial.counts.missed.to_string()),
    ]
}

fn plain(name: &'static str, live: String, on_trial: String) -> AnyView {
    view! {
        <tr>
            <th scope="row">{name}</th>
            <td class="figures">{live}</td>
            <td class="figures">{on_trial}</td>
            <td></td>
            <td></td>
        </tr>
    }
    .into_any()
}

/// A proportion with its interval, and below it what it is of.
fn part(locale: Locale, words: &'static TrialWords, part: Part) -> AnyView {
    let value = match (part.rate(), part.interval()) {
        (Some(rate), Some(Interval { low, high })) => {
            format!("{} ({}–{})", per_cent(locale, rate), bare(locale, low), bare(locale, high))
        }
        _ => "–".to_owned(),
    };
    let of = fill(words.so_many_of, &[("part", &part.part.to_string()), ("of", &part.of.to_string())]);
    view! {
        <span class="figures">{value}</span>
        <br />
        <small class="figures">{of}</small>
    }
    .into_any()
}

fn signed(locale: Locale, value: f64, Interval { low, high }: Interval) -> String {
    let sign = |value: f64| {
        let sign = if value > 0.0 {
            "+"
        } else if value < 0.0 {
            "−"
        } else {
            ""
        };
        format!("{sign}{}", bare(locale, value.abs()))
    };
    format!("{} ({} … {})", sign(value), sign(low), sign(high))
}

/// A part in percent with one decimal: `12.3`.
fn bare(locale: Locale, part: f64) -> String {
    decimal(locale, part * 100.0, 1)
}

fn per_cent(locale: Locale, part: f64) -> String {
    format!("{}\u{a0}%", bare(locale, part))
}

fn probability(locale: Locale, p: f64) -> String {
    if p < 0.001 { format!("< {}", decimal(locale, 0.001, 3)) } else { decimal(locale, p, 3) }
}

fn decimal(locale: Locale, value: f64, decimals: usize) -> String {
    let figures = format!("{value:.decimals$}");
    match locale {
        Locale::en => figures,
        Locale::de => figures.replace('.', ","),
    }
}

#[cfg(test)]
mod tests {
    use matinee_domain::Timestamp;
    use matinee_services::ports::Trial;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn both_arms_stand_beside_each_other_with_intervals_in_the_readers_language() {
        let trial = Trial {
            id: Uuid::from_u128(1),
            model: "new".to_owned(),
            against: "old".to_owned(),
            share_permille: 125,
            started_at: Timestamp::UNIX_EPOCH,
            ended_at: None,
        };
        let live = Counts { people: 80, people_opened: 48, films: 800, ..Counts::default() };
        let on_trial = Counts { people: 70, people_opened: 56, rated: 2, half_stars: 15, ..Counts::default() };
        let report = TrialReport::new(trial, live, on_trial);
        let english = section(Locale::en, Some(&report)).to_html();
        for text in
            ["12.5\u{a0}%", "60.0\u{a0}% (", "48 of 80", "+20.0 (+5.2 … +33.4)", "0.008", "3.75", "too few to tell"]
        {
            assert!(english.contains(text), "{text} in {english}");
        }
        let german = section(Locale::de, Some(&report)).to_html();
        assert!(german.contains("48 von 80") && german.contains("+20,0 (+5,2 … +33,4)"), "{german}");
        assert!(section(Locale::en, None).to_html().contains("No model is on trial"));
    }
}
