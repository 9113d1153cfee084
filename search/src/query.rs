//! Reads what a person typed. Any text is a query: there is no syntax to get wrong.

use matinee_domain::{SearchQuery, Year};

use crate::words::{Word, telling, whole_keys, words};

/// Words of a query that are looked at. The last is always among them, for it is the one being typed.
const MAX_WORDS: usize = 12;

/// A word that is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryWord {
    pub text: String,
    /// Whether words that begin with it fit too.
    pub prefix: bool,
    /// Set where it is a number that can be the year of a film.
    pub year: Option<Year>,
}

impl QueryWord {
    fn of(word: &Word) -> Self {
        Self { text: word.text.clone(), prefix: false, year: as_year(&word.text) }
    }

    /// Wrong letters that are forgiven at most: none in short words and numbers, where another word is too near.
    pub fn max_typos(&self) -> u8 {
        if self.text.chars().all(|c| c.is_ascii_digit()) {
            return 0;
        }
        match self.text.chars().count() {
            0..=3 => 0,
            4..=7 => 1,
            _ => 2,
        }
    }
}

/// A query taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParsedQuery {
    /// All of these must fit, in order of the query, each once.
    pub required: Vec<QueryWord>,
    /// Articles: better with, no matter without.
    pub optional: Vec<QueryWord>,
    /// `1979` in `alien 1979`: films of that year or with that number in the title come first.
    pub wish: Option<QueryWord>,
    /// The whole query as one word (see [`whole_keys`]).
    pub keys: Vec<String>,
    /// Words in all, as typed.
    pub length: usize,
    /// Whether there are only articles, which are required then.
    pub only_small_words: bool,
}

impl ParsedQuery {
    pub fn parse(text: &str) -> Self {
        let text: String = text.chars().take(SearchQuery::MAX_CHARS).collect();
        let mut typed = words(&text);
        if typed.len() > MAX_WORDS {
            typed.drain(MAX_WORDS - 1..typed.len() - 1);
        }
        let keys = whole_keys(&typed);
        let only_small_words = typed.iter().all(Word::is_small);
        let mut parsed = Self { length: typed.len(), keys, only_small_words, ..Self::default() };
        let (wish, telling_words) = split_wish(&typed);
        parsed.wish = wish.map(QueryWord::of);
        for &word in &telling_words {
            push_once(&mut parsed.required, word);
        }
        let is_telling = |word: &&Word| telling_words.iter().any(|other| std::ptr::eq(*other, *word));
        let is_wish = |word: &&Word| wish.is_some_and(|wish| std::ptr::eq(wish, *word));
        for word in typed.iter().filter(|word| !is_telling(word) && !is_wish(word)) {
            push_once(&mut parsed.optional, word);
        }
        if let Some(last) = typed.last() {
            for word in parsed.required.iter_mut().chain(&mut parsed.optional) {
                word.prefix |= word.text == last.text;
            }
        }
        parsed
    }

    /// The word that is asked for and nothing beside it, empty where nothing in particular is.
    pub fn only_word(&self) -> Option<&str> {
        let word = self.required.first().map_or("", |word| &word.text);
        (*self == Self::parse(word)).then_some(word)
    }

    /// Whether the query asks for nothing in particular.
    pub fn is_empty(&self) -> bool {
        self.required.is_empty()
    }
}

/// The last number of the query that can be a year, unless there is nothing else to go by; and the other telling words.
fn split_wish(typed: &[Word]) -> (Option<&Word>, Vec<&Word>) {
    let mut telling_words: Vec<&Word> = telling(typed).collect();
    let wish = telling_words.iter().rposition(|word| as_year(&word.text).is_some());
    match wish {
        Some(at) if telling_words.len() > 1 => (Some(telling_words.remove(at)), telling_words),
        _ => (None, telling_words),
    }
}

fn push_once(list: &mut Vec<QueryWord>, word: &Word) {
    if !list.iter().any(|other| other.text == word.text) {
        list.push(QueryWord::of(word));
    }
}

fn as_year(text: &str) -> Option<Year> {
    if text.len() != 4 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Year::new(text.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(list: &[QueryWord]) -> Vec<&str> {
        list.iter().map(|word| word.text.as_str()).collect()
    }

    #[test]
    fn a_year_beside_other_words_is_a_wish() {
        let parsed = ParsedQuery::parse("alien (1979)");
        assert_eq!(texts(&parsed.required), ["alien"]);
        assert_eq!(parsed.wish.unwrap().text, "1979");
        let parsed = ParsedQuery::parse("1941 1979");
        assert_eq!(texts(&parsed.required), ["1941"]);
    }

    #[test]
    fn a_year_alone_is_a_word() {
        for text in ["1984", "the 1984"] {
            let parsed = ParsedQuery::parse(text);
            assert_eq!(texts(&parsed.required), ["1984"]);
            assert_eq!(parsed.wish, None);
        }
    }

    #[test]
    fn articles_are_optional_unless_there_is_nothing_else() {
        let parsed = ParsedQuery::parse("matrix the");
        assert_eq!((texts(&parsed.required), texts(&parsed.optional)), (vec!["matrix"], vec!["the"]));
        assert_eq!(texts(&ParsedQuery::parse("The The").required), ["the"]);
    }

    #[test]
    fn only_the_last_word_is_a_prefix() {
        let prefixes: Vec<bool> =
            ParsedQuery::parse("silence of the la").required.iter().map(|word| word.prefix).collect();
        assert_eq!(prefixes, [false, false, true]);
    }

    #[test]
    fn a_word_by_itself_is_told_from_words_that_come_to_more() {
        for (text, word) in [("Alien!", "alien"), ("the", "the"), ("1984", "1984"), ("II", "ii"), (" ", "")] {
            assert_eq!(ParsedQuery::parse(text).only_word(), Some(word), "{text}");
        }
        for text in ["alien 3", "the matrix", "alien 1979", "alien alien", "Spider-Man"] {
            assert_eq!(ParsedQuery::parse(text).only_word(), None, "{text}");
        }
    }

    #[test]
    fn the_last_of_many_words_is_kept() {
        let long = (10..40).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" ");
        let parsed = ParsedQuery::parse(&long);
        assert_eq!(parsed.required.len(), MAX_WORDS);
        assert!(parsed.required[MAX_WORDS - 1].prefix);
    }
}
