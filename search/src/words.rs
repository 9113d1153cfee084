//! Makes comparable words of any text: lower-case, without accents, the same whether punctuation was typed or not.
//!
//! `L'Avventura` is the word `lavventura` that may also be called `l` or `avventura`; `Spider-Man` is `spider` (also
//! `spiderman`) and `man`; `M*A*S*H` and `E.T.` are `mash` and `et`; `8½` is `8` and `12`, as is `8 1/2`. Titles and
//! queries go through here alike, so that they meet.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Characters of a word that count; what is beyond is cut.
const MAX_WORD_CHARS: usize = 40;
/// Words that may be left out or added without a difference.
const SMALL_WORDS: [&str; 4] = ["the", "a", "an", "and"];
/// Words after which `I` and `X` are numbers.
const BEFORE_NUMBERS: [&str; 6] = ["part", "episode", "chapter", "volume", "vol", "book"];
/// One number in three spellings.
const NUMBERS: [[&str; 3]; 12] = [
    ["1", "i", "one"],
    ["2", "ii", "two"],
    ["3", "iii", "three"],
    ["4", "iv", "four"],
    ["5", "v", "five"],
    ["6", "vi", "six"],
    ["7", "vii", "seven"],
    ["8", "viii", "eight"],
    ["9", "ix", "nine"],
    ["10", "x", "ten"],
    ["11", "xi", "eleven"],
    ["12", "xii", "twelve"],
];

/// A word of a title or a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// As it is compared.
    pub text: String,
    /// What it may also be called: its parts, its parts joined, a number's other spellings.
    pub variants: Vec<String>,
    /// In digits, where it is a number up to twelve.
    number: Option<&'static str>,
}

impl Word {
    fn new(text: String, variants: Vec<String>) -> Self {
        Self { text, variants, number: None }
    }

    /// Whether the word may be left out or added without a difference.
    pub fn is_small(&self) -> bool {
        SMALL_WORDS.contains(&self.text.as_str())
    }
}

/// The words of a text, in order. Empty for blank text only: a text of signs alone (`$`) is one word.
pub fn words(text: &str) -> Vec<Word> {
    let folded = fold(text);
    let mut words = Vec::new();
    for chunk in folded.split_whitespace() {
        push_chunk(chunk, &mut words);
    }
    if words.is_empty() {
        let signs: String = folded.split_whitespace().flat_map(str::chars).take(MAX_WORD_CHARS).collect();
        if !signs.is_empty() {
            words.push(Word::new(signs, Vec::new()));
        }
    }
    add_number_spellings(&mut words);
    words
}

/// The words that tell a title from another: all but the small ones, or all where there are only such (`The The`).
pub fn telling(words: &[Word]) -> impl Iterator<Item = &Word> + Clone {
    let only_small = words.iter().all(Word::is_small);
    words.iter().filter(move |word| only_small || !word.is_small())
}

/// The whole text as one word, with and without its small words and numbers in digits, so that `Spider-Man`,
/// `Spiderman` and `spider man` meet, `The A-Team` and `a team`, `Rocky II` and `rocky 2`.
pub fn whole_keys(words: &[Word]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for key in [
        telling(words).map(|word| word.text.as_str()).collect(),
        words.iter().map(|word| word.text.as_str()).collect(),
        telling(words).map(|word| word.number.unwrap_or(&word.text)).collect(),
    ] {
        let key = cut(key);
        if !key.is_empty() && !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

/// Lower-case, plain letters, `&` and `+` as words, numbers like `½` and `³` set apart.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        if let Some(plain) = plain_letters(c) {
            folded.push_str(plain);
            continue;
        }
        if !c.is_ascii() && c.is_numeric() && !('\u{ff10}'..='\u{ff19}').contains(&c) {
            folded.push(' ');
        }
        let set_apart = is_ideograph(c);
        if set_apart {
            folded.push(' ');
        }
        let decomposed = std::iter::once(c).nfkd().filter(|&part| !is_combining_mark(part));
        folded.extend(decomposed.flat_map(char::to_lowercase).filter(|&part| !is_combining_mark(part)));
        if set_apart {
            folded.push(' ');
        }
    }
    folded
}

/// Letters that Unicode does not take apart, and the two signs that are words.
fn plain_letters(c: char) -> Option<&'static str> {
    Some(match c {
        'ø' | 'Ø' => "o",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ß' | 'ẞ' => "ss",
        'ł' | 'Ł' => "l",
        'đ' | 'Đ' | 'ð' | 'Ð' => "d",
        'þ' | 'Þ' => "th",
        'ı' => "i",
        '&' | '+' => " and ",
        _ => return None,
    })
}

/// Writing without spaces between words: every character is a word.
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}

/// Takes in what stands between two spaces.
fn push_chunk(chunk: &str, words: &mut Vec<Word>) {
    let is_apostrophe = |c: char| matches!(c, '\'' | '’' | '‘' | '`' | '´' | 'ʼ');
    let mut parts: Vec<Word> = Vec::new();
    for part in chunk.split(|c: char| !c.is_alphanumeric() && !is_apostrophe(c)) {
        let pieces: Vec<&str> = part.split(is_apostrophe).filter(|piece| !piece.is_empty()).collect();
        if pieces.is_empty() {
            continue;
        }
        let variants =
            if pieces.len() > 1 { pieces.iter().map(|&piece| cut(piece.to_owned())).collect() } else { Vec::new() };
        parts.push(Word::new(cut(pieces.concat()), variants));
    }
    if parts.len() < 2 {
        words.extend(parts);
        return;
    }
    let joined = cut(parts.iter().map(|part| part.text.as_str()).collect());
    let initials = parts.iter().any(|part| part.text.chars().nth(1).is_none());
    if initials {
        let variants = parts.into_iter().flat_map(|part| std::iter::once(part.text).chain(part.variants)).collect();
        words.push(Word::new(joined, variants));
    } else {
        parts[0].variants.push(joined);
        words.extend(parts);
    }
}

fn add_number_spellings(words: &mut [Word]) {
    for at in 0..words.len() {
        let first = at == 0;
        let after_part = at > 0 && BEFORE_NUMBERS.contains(&words[at - 1].text.as_str());
        let word = &mut words[at];
        let Some(row) = NUMBERS.iter().find(|row| row.contains(&word.text.as_str())) else { continue };
        let roman = row[1] == word.text;
        let letter = matches!(word.text.as_str(), "i" | "v" | "x");
        if roman && (first || (letter && !after_part)) {
            continue;
        }
        let others = row.iter().filter(|&&spelling| spelling != word.text).map(|&spelling| spelling.to_owned());
        word.variants.extend(others);
        word.number = Some(row[0]);
    }
}

fn cut(text: String) -> String {
    match text.char_indices().nth(MAX_WORD_CHARS) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<String> = words(text).into_iter().map(|word| word.text).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn accents_case_and_punctuation_make_no_difference() {
        check("Amélie", &["amelie"]);
        check("AME\u{301}LIE!", &["amelie"]);
        check("What's Eating Gilbert Grape?", &["whats", "eating", "gilbert", "grape"]);
        check("Fast & Furious", &["fast", "and", "furious"]);
        check("Smørgåsbord æther", &["smorgasbord", "aether"]);
        check("Alien³", &["alien", "3"]);
        check("8½", &["8", "12"]);
        check("8 1/2", &["8", "12"]);
        check("２００１", &["2001"]);
        check("千と千尋", &["千", "と", "千", "尋"]);
    }

    #[test]
    fn initials_are_one_word_and_hyphenated_words_are_several() {
        check("M*A*S*H", &["mash"]);
        check("WALL·E", &["walle"]);
        check("E.T. the Extra-Terrestrial", &["et", "the", "extra", "terrestrial"]);
        check("Spider-Man", &["spider", "man"]);
        assert_eq!(words("Spider-Man")[0].variants, ["spiderman"]);
        assert_eq!(words("L'Avventura")[0].variants, ["l", "avventura"]);
    }

    #[test]
    fn signs_alone_are_a_word_and_blank_is_none() {
        check("$", &["$"]);
        check("?! ?", &["?!?"]);
        check(" \t\u{a0}", &[]);
        check("", &[]);
    }

    #[test]
    fn numbers_have_three_spellings() {
        assert_eq!(words("Rocky II")[1].variants, ["2", "two"]);
        assert_eq!(words("Alien 3")[1].variants, ["iii", "three"]);
        assert_eq!(words("I, Robot")[0].variants, [""; 0]);
        assert_eq!(words("Malcolm X")[1].variants, [""; 0]);
        assert_eq!(words("Star Wars: Episode I")[3].variants, ["1", "one"]);
    }

    #[test]
    fn whole_titles_meet_however_they_are_spaced() {
        let keys = |text: &str| whole_keys(&words(text));
        assert_eq!(keys("Spider-Man"), keys("spider man"));
        assert!(keys("The A-Team").contains(&keys("a team")[1]));
        assert!(keys("Rocky II").contains(&keys("rocky 2")[0]));
        assert!(keys("12 Monkeys").iter().any(|key| keys("twelve monkeys").contains(key)));
        assert_eq!(keys("The The"), ["thethe"]);
        assert_eq!(keys(""), [""; 0]);
    }
}
