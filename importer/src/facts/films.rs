//! Directors, running times and years, from the film list of vega-datasets (`movies.json`).
//!
//! Its quirks: titles that are numbers (`1941`); years of before about 1945 a century too late, because they were written
//! with two digits; accented letters of one encoding read as another (`LÈon` for `Léon`).

use encoding_rs::{MACINTOSH, WINDOWS_1252};
use matinee_domain::{Year, title::CleanTitle};
use matinee_services::ports::MovieFacts;
use serde_json::Value;

use super::json;
use crate::{
    run::ImportError,
    source::{Member, Source},
    table::{Outcome, Sink, shorten},
};

/// Names the document has.
pub const FILES: [&str; 2] = ["vega-movies.json", "movies.json"];

/// The list ends in 2011; a later year is one of two digits that was taken for this century's.
const LAST_YEAR: i32 = 2011;
/// The longest running time taken, in minutes.
const MOST_MINUTES: u64 = 900;

/// Reads all films of the list.
///
/// # Errors
/// When the document can't be read.
pub fn read(source: &Source, member: &Member, sink: &mut Sink<'_, MovieFacts>) -> Result<(), ImportError> {
    let parse = |key: Option<String>, value: Value| match key {
        Some(_) => Outcome::Bad("the document is no list of films".to_owned()),
        None => parse(&value),
    };
    json::read(source, member, parse, sink)
}

fn parse(film: &Value) -> Outcome<MovieFacts> {
    let title = match &film["Title"] {
        Value::String(title) if !title.trim().is_empty() => repair(title.trim()),
        Value::Number(number) => number.to_string(),
        other => return Outcome::Bad(format!("the title is {}", shorten(&other.to_string()))),
    };
    let year = match &film["Release Date"] {
        Value::Null => None,
        Value::String(date) => match parse_year(date) {
            Some(year) => Some(year),
            None => return Outcome::Bad(format!("`{}` is no release date", shorten(date))),
        },
        other => return Outcome::Bad(format!("{} is no release date", shorten(&other.to_string()))),
    };
    let runtime_min = match &film["Running Time min"] {
        Value::Null => None,
        value => match value.as_u64().filter(|minutes| (1..=MOST_MINUTES).contains(minutes)) {
            Some(minutes) => u16::try_from(minutes).ok(),
            None => return Outcome::Bad(format!("{} is no running time", shorten(&value.to_string()))),
        },
    };
    let directors: Vec<String> =
        film["Director"].as_str().map(|name| repair(name.trim())).filter(|name| !name.is_empty()).into_iter().collect();
    if directors.is_empty() && runtime_min.is_none() {
        return Outcome::PassedOver;
    }
    let clean = CleanTitle::parse(&title);
    let year = clean.year.or(year);
    Outcome::Taken(MovieFacts { title: clean.title, year, directors, runtime_min, ..MovieFacts::default() })
}

/// `Jun 12 1998` → 1998; `Dec 15 2039` → 1939.
fn parse_year(date: &str) -> Option<Year> {
    let year: i32 = date.trim().rsplit([' ', '-', '/']).next()?.parse().ok()?;
    let year = match year {
        0..=99 => 1900 + year,
        later if later > LAST_YEAR => later - 100,
        other => other,
    };
    Year::new(year).ok()
}

/// Latin-1 that was read as the old Macintosh encoding: `LÈon` → `Léon`. What isn't that stays.
fn repair(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let (bytes, _, unmappable) = MACINTOSH.encode(text);
    if unmappable {
        return text.to_owned();
    }
    WINDOWS_1252.decode_without_bom_handling(&bytes).0.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_of_two_digits_belong_to_the_last_century() {
        let year = |date| parse_year(date).map(|year: Year| year.get());
        assert_eq!(year("Jun 12 1998"), Some(1998));
        assert_eq!(year("Dec 15 2039"), Some(1939));
        assert_eq!(year("12-Jun-98"), Some(1998));
        assert_eq!(year("Dec 23 2011"), Some(2011));
        assert_eq!(year("soon"), None);
    }

    #[test]
    fn letters_of_a_wrong_encoding_are_put_right_and_others_stay() {
        assert_eq!(repair("LÈon"), "Léon");
        assert_eq!(repair("The Naked Gun 2Ω"), "The Naked Gun 2½");
        assert_eq!(repair("Alien³"), "Alien³");
        assert_eq!(repair("Plain"), "Plain");
    }
}
