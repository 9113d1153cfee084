//! Titles as data sets write them, made fit to show: `Godfather, The (1972)` → `The Godfather`, 1972.

use crate::Year;

/// A title taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CleanTitle {
    /// Fit to show: the article in front, year and alternative titles taken out.
    pub title: String,
    pub year: Option<Year>,
    /// Titles in parentheses: original ones and those after `a.k.a.`.
    pub alternatives: Vec<String>,
}

/// Articles that data sets put last, in the languages that do so.
const ARTICLES: [&str; 31] = [
    "The", "A", "An", "Le", "La", "Les", "L'", "Un", "Une", "Der", "Die", "Das", "Ein", "Eine", "Il", "Lo", "Gli", "I",
    "El", "Los", "Las", "Una", "O", "Os", "As", "Um", "Uma", "De", "Het", "Den", "Det",
];

impl CleanTitle {
    /// Takes a data set's title apart. Never fails: what it can't read stays in the title.
    pub fn parse(raw: &str) -> Self {
        let (rest, year) = split_year(raw.trim());
        let (main, parenthesised) = split_parentheses(rest);
        let title = article_to_front(main.trim());
        let title = if title.is_empty() { raw.trim().to_owned() } else { title };
        let mut alternatives: Vec<String> = Vec::new();
        for text in parenthesised {
            let text = strip_aka(text.trim());
            let alternative = article_to_front(text);
            if !alternative.is_empty() && alternative != title && !alternatives.contains(&alternative) {
                alternatives.push(alternative);
            }
        }
        Self { title, year, alternatives }
    }
}

/// What two spellings of one title have in common: plain lower-case letters and digits of all words but articles, so
/// that `The Avengers`, `Avengers, The` and `AVENGERS` meet. Empty for a title of articles and punctuation alone.
pub fn match_key(title: &str) -> String {
    let slug = crate::slug::slug(title, None);
    let words = slug.split('-').filter(|word| !ARTICLES.iter().any(|article| article.eq_ignore_ascii_case(word)));
    words.collect::<Vec<_>>().join(" ")
}

/// Splits `… (1972)` at its end. Ranges (`(1987-1988)`) give their first year.
fn split_year(text: &str) -> (&str, Option<Year>) {
    let Some(open) = text.strip_suffix(')').and_then(|inner| inner.rfind('(')) else { return (text, None) };
    let digits = &text[open + 1..text.len() - 1];
    let first = digits.split(['-', '–']).next().unwrap_or_default().trim();
    if first.len() != 4 {
        return (text, None);
    }
    match first.parse().ok().and_then(|year| Year::new(year).ok()) {
        Some(year) => (text[..open].trim_end(), Some(year)),
        None => (text, None),
    }
}

/// Takes trailing parentheses off; those inside a title (`(500) Days of Summer`) stay.
fn split_parentheses(text: &str) -> (&str, Vec<&str>) {
    let mut parts = Vec::new();
    let mut rest = text.trim_end();
    while let Some(inner) = rest.strip_suffix(')') {
        let Some(open) = matching_open(inner) else { break };
        let before = rest[..open].trim_end();
        if before.is_empty() {
            break;
        }
        parts.insert(0, &inner[open + 1..]);
        rest = before;
    }
    (rest, parts)
}

/// Where the parenthesis opens that closes right after `inner`.
fn matching_open(inner: &str) -> Option<usize> {
    let mut depth = 0_u32;
    for (at, c) in inner.char_indices().rev() {
        match c {
            ')' => depth += 1,
            '(' if depth == 0 => return Some(at),
            '(' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn strip_aka(text: &str) -> &str {
    for prefix in ["a.k.a.", "a.k.a ", "aka ", "A.K.A."] {
        if let Some(rest) = text.strip_prefix(prefix) {
            return rest.trim();
        }
    }
    text
}

/// `Godfather, The` → `The Godfather`; `Avventura, L'` → `L'Avventura`.
fn article_to_front(text: &str) -> String {
    if let Some((rest, last)) = text.rsplit_once(", ")
        && ARTICLES.iter().any(|article| article.eq_ignore_ascii_case(last))
    {
        let space = if last.ends_with('\'') { "" } else { " " };
        return format!("{last}{space}{rest}");
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, title: &str, year: Option<i32>, alternatives: &[&str]) {
        let clean = CleanTitle::parse(raw);
        assert_eq!(clean.title, title);
        assert_eq!(clean.year.map(i32::from), year);
        assert_eq!(clean.alternatives, alternatives);
    }

    #[test]
    fn articles_come_back_in_front_and_years_are_split_off() {
        check("Godfather, The (1972)", "The Godfather", Some(1972), &[]);
        check("Avventura, L' (1960)", "L'Avventura", Some(1960), &[]);
        check("Toy Story (1995)", "Toy Story", Some(1995), &[]);
        check("Good, the Bad and the Ugly, The (1966)", "The Good, the Bad and the Ugly", Some(1966), &[]);
    }

    #[test]
    fn alternative_titles_are_kept() {
        check("Seven (a.k.a. Se7en) (1995)", "Seven", Some(1995), &["Se7en"]);
        check("Asterix in America (a.k.a Asterix) (1994)", "Asterix in America", Some(1994), &["Asterix"]);
        check(
            "City of Lost Children, The (Cité des enfants perdus, La) (1995)",
            "The City of Lost Children",
            Some(1995),
            &["La Cité des enfants perdus"],
        );
    }

    #[test]
    fn spellings_of_one_title_meet() {
        for spelling in ["The Avengers", "Avengers, The", "AVENGERS!", "avengers"] {
            assert_eq!(match_key(spelling), "avengers");
        }
        assert_eq!(match_key("Amélie"), "amelie");
    }

    #[test]
    fn odd_titles_stay_whole() {
        check("(500) Days of Summer (2009)", "(500) Days of Summer", Some(2009), &[]);
        check("unknown", "unknown", None, &[]);
        check("2001: A Space Odyssey (1968)", "2001: A Space Odyssey", Some(1968), &[]);
        check("(1999)", "(1999)", Some(1999), &[]);
        check("", "", None, &[]);
        check("Babylon 5", "Babylon 5", None, &[]);
        check("Fawlty Towers (1975-1979)", "Fawlty Towers", Some(1975), &[]);
    }
}
