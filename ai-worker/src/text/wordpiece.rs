//! Texts to tokens, as BERT's uncased models take them: lower-case, without accents, words and signs apart, each word as the
//! fewest known pieces from its beginning on (`WordPiece`: Schuster and Nakajima 2012).
//!
//! The crate `tokenizers` does this too, and brings a hundred thousand lines for every other model in the world; this is held against
//! it by the tokens of `tests/golden/text.json`.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// A word of more characters is unknown as a whole.
const MAX_WORD_CHARS: usize = 100;

/// A vocabulary.
#[derive(Clone, Debug)]
pub struct WordPiece {
    pieces: HashMap<String, i64>,
    unknown: i64,
    begin: i64,
    end: i64,
}

impl WordPiece {
    /// Of one token a line.
    ///
    /// # Errors
    /// Names the token that every vocabulary has and this one lacks.
    pub fn new(vocabulary: &str) -> Result<Self, &'static str> {
        let pieces: HashMap<String, i64> = vocabulary.lines().map(str::to_owned).zip(0..).collect();
        let special = |token: &'static str| pieces.get(token).copied().ok_or(token);
        let (unknown, begin, end) = (special("[UNK]")?, special("[CLS]")?, special("[SEP]")?);
        Ok(Self { pieces, unknown, begin, end })
    }

    /// Tokens that the vocabulary has.
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The tokens of a text between the marks of its beginning and its end, `most` at most; and whether all of it is in them.
    pub fn tokens(&self, text: &str, most: usize) -> (Vec<i64>, bool) {
        let mut tokens = vec![self.begin];
        let most = most.saturating_sub(1);
        let mut is_whole = true;
        for word in words(text) {
            if tokens.len() >= most {
                is_whole = false;
                break;
            }
            self.push_pieces(&word, &mut tokens);
        }
        is_whole &= tokens.len() <= most;
        tokens.truncate(most);
        tokens.push(self.end);
        (tokens, is_whole)
    }

    fn push_pieces(&self, word: &str, tokens: &mut Vec<i64>) {
        let before = tokens.len();
        let ends: Vec<usize> = word.char_indices().map(|(at, c)| at + c.len_utf8()).collect();
        let mut start = 0;
        let mut piece = String::new();
        while start < word.len() && ends.len() <= MAX_WORD_CHARS {
            let longest = ends.iter().rev().take_while(|end| **end > start).find_map(|&end| {
                piece.clear();
                if start > 0 {
                    piece.push_str("##");
                }
                piece.push_str(&word[start..end]);
                self.pieces.get(&piece).map(|token| (end, *token))
            });
            let Some((end, token)) = longest else { break };
            tokens.push(token);
            start = end;
        }
        if start < word.len() {
            tokens.truncate(before);
            tokens.push(self.unknown);
        }
    }
}

/// Words and signs in their order. Made one by one, so that what is cut is not read.
fn words(text: &str) -> impl Iterator<Item = String> {
    let mut letters = text.chars().filter(|&c| !is_control(c)).flat_map(lowered).peekable();
    std::iter::from_fn(move || {
        while letters.next_if(|c| c.is_whitespace()).is_some() {}
        let first = letters.next()?;
        let mut word = String::from(first);
        if !stands_alone(first) {
            while let Some(next) = letters.next_if(|&c| !c.is_whitespace() && !stands_alone(c)) {
                word.push(next);
            }
        }
        Some(word)
    })
}

/// Without accents, in lower case.
fn lowered(c: char) -> impl Iterator<Item = char> {
    let plain = std::iter::once(c).nfd().filter(|c| c.general_category() != GeneralCategory::NonspacingMark);
    plain.flat_map(char::to_lowercase)
}

fn is_control(c: char) -> bool {
    let is_space = matches!(c, '\t' | '\n' | '\r');
    c == '\u{fffd}' || !is_space && c.general_category_group() == GeneralCategoryGroup::Other
}

fn stands_alone(c: char) -> bool {
    c.is_ascii_punctuation() || c.general_category_group() == GeneralCategoryGroup::Punctuation || is_ideograph(c)
}

/// Chinese characters, each a word.
fn is_ideograph(c: char) -> bool {
    matches!(u32::from(c), 0x4e00..=0x9fff | 0x3400..=0x4dbf | 0x2_0000..=0x2_a6df | 0x2_a700..=0x2_b73f
        | 0x2_b740..=0x2_b81f | 0x2_b920..=0x2_ceaf | 0xf900..=0xfaff | 0x2_f800..=0x2_fa1f)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn small() -> WordPiece {
        WordPiece::new("[PAD]\n[UNK]\n[CLS]\n[SEP]\nday\nre\n##live\n##s\n,\n電").unwrap()
    }

    #[test]
    fn words_become_the_longest_pieces_that_are_known() {
        assert_eq!(small().tokens("Rélives, DAY days 電day nothing", 20).0, [2, 5, 6, 7, 8, 4, 4, 7, 9, 4, 1, 3]);
        assert_eq!(small().tokens(" \u{0}\t\n", 20), (vec![2, 3], true));
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        assert_eq!(small().tokens("day day day", 5), (vec![2, 4, 4, 4, 3], true));
        assert_eq!(small().tokens("day day day day", 5), (vec![2, 4, 4, 4, 3], false));
        assert_eq!(small().tokens("day relives", 4), (vec![2, 4, 5, 3], false));
        let long = "day ".repeat(1_000_000);
        assert_eq!(small().tokens(&long, 256).0.len(), 256);
        assert_eq!(small().tokens(&"x".repeat(1_000_000), 256), (vec![2, 1, 3], true));
    }

    #[test]
    fn a_vocabulary_without_marks_is_refused_by_the_name_of_what_it_lacks() {
        assert_eq!(WordPiece::new("[UNK]\n[CLS]\nday").err(), Some("[SEP]"));
    }

    proptest! {
        #[test]
        fn any_text_gives_tokens_within_the_bound(text: String, most in 3_usize..40) {
            let (tokens, _) = small().tokens(&text, most);
            prop_assert!((2..=most).contains(&tokens.len()));
            prop_assert_eq!((tokens[0], *tokens.last().unwrap()), (2, 3));
        }
    }
}
