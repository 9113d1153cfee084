//! Text made of a locale's template and values: ratings in words, decimals, dates.

use chrono::Datelike;
use leptos_i18n::I18nContext;
use matinee_domain::{Stars, Timestamp, decimal::fixed};

use crate::i18n::{Locale, td_string};

/// The context that [`crate::i18n::use_i18n`] gives.
pub type I18n = I18nContext<Locale>;

/// A locale's template with its placeholders (`{title}`) filled in.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// A locale's template, cut at a placeholder: what stands before and after it. For values that are more than text.
pub fn around(template: &'static str, name: &str) -> (&'static str, &'static str) {
    template.split_once(&format!("{{{name}}}")).unwrap_or((template, ""))
}

/// A rating in figures: `4½`, `½`.
pub fn figures(stars: Stars) -> String {
    match (stars.half_stars() / 2, stars.half_stars() % 2) {
        (0, _) => "½".to_owned(),
        (whole, 0) => whole.to_string(),
        (whole, _) => format!("{whole}½"),
    }
}

/// A mean of ratings with one decimal, as the language writes it: `4.1`, `4,1`.
pub fn mean_figures(locale: Locale, mean: f32) -> String {
    let figures = fixed(mean.into(), 1);
    match locale {
        Locale::en => figures,
        Locale::de => figures.replace('.', ","),
    }
}

/// A part of a whole (0–1) in percent; the figure is never parted from its sign.
pub fn percent(part: f32) -> String {
    format!("{}\u{a0}%", fixed(f64::from(part.clamp(0.0, 1.0)) * 100.0, 0))
}

/// A rating in full words, for whoever hears the page: "4 and a half of 5 stars".
pub fn stars_in_words(locale: Locale, stars: Stars) -> String {
    let whole = (stars.half_stars() / 2).to_string();
    match (stars.half_stars() / 2, stars.half_stars() % 2) {
        (0, _) => td_string!(locale, rating.half_star).to_owned(),
        (_, 0) => fill(td_string!(locale, rating.whole_stars), &[("count", &whole)]),
        _ => fill(td_string!(locale, rating.half_stars), &[("count", &whole)]),
    }
}

/// A rating, short: "4½ stars".
pub fn stars_in_short(locale: Locale, stars: Stars) -> String {
    let template =
        if stars.half_stars() <= 2 { td_string!(locale, rating.short_one) } else { td_string!(locale, rating.short) };
    fill(template, &[("stars", &figures(stars))])
}

/// A day as the language writes it: "22 November 2026". The same on the server and in the browser, whatever their time
/// zones: days are UTC's.
pub fn day(locale: Locale, at: Timestamp) -> String {
    let month = match at.month() {
        1 => td_string!(locale, account.month.m1),
        2 => td_string!(locale, account.month.m2),
        3 => td_string!(locale, account.month.m3),
        4 => td_string!(locale, account.month.m4),
        5 => td_string!(locale, account.month.m5),
        6 => td_string!(locale, account.month.m6),
        7 => td_string!(locale, account.month.m7),
        8 => td_string!(locale, account.month.m8),
        9 => td_string!(locale, account.month.m9),
        10 => td_string!(locale, account.month.m10),
        11 => td_string!(locale, account.month.m11),
        _ => td_string!(locale, account.month.m12),
    };
    let (day, year) = (at.day().to_string(), at.year().to_string());
    fill(td_string!(locale, account.month.date), &[("day", &day), ("month", month), ("year", &year)])
}

/// A moment as `<time datetime>` wants it.
pub fn iso(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_or_cut_at_its_placeholders() {
        assert_eq!(fill("{a} and {b}", &[("a", "1"), ("b", "2")]), "1 and 2");
        assert_eq!(around("You gave {film}.", "film"), ("You gave ", "."));
        assert_eq!(around("No film", "film"), ("No film", ""));
    }

    #[test]
    fn half_stars_are_written_with_a_fraction() {
        let text = |stars: f64| figures(Stars::new(stars).unwrap());
        assert_eq!((text(0.5), text(3.0), text(4.5)), ("½".into(), "3".into(), "4½".into()));
    }

    #[test]
    fn numbers_are_written_as_the_language_writes_them() {
        assert_eq!((mean_figures(Locale::en, 4.06), mean_figures(Locale::de, 4.06)), ("4.1".into(), "4,1".into()));
        assert_eq!(percent(0.756), "76\u{a0}%");
    }

    #[test]
    fn ratings_are_said_in_the_readers_language() {
        let stars = Stars::new(4.5).unwrap();
        assert_eq!(stars_in_words(Locale::en, stars), "4 and a half of 5 stars");
        assert_eq!(stars_in_short(Locale::de, stars), "4½ Sterne");
    }

    #[test]
    fn a_day_has_its_months_name() {
        let at = Timestamp::from_timestamp(1_795_305_600, 0).unwrap();
        assert_eq!(day(Locale::en, at), "22 November 2026");
        assert_eq!(day(Locale::de, at), "22. November 2026");
        assert_eq!(iso(at), "2026-11-22T00:00:00Z");
    }
}
