//! Setting a title: what is large and what is small, where lines break, and the largest size that fits.

use super::metrics::{Face, is_full_width};

/// The most characters that are set; a longer title is cut at a word.
const MOST_CHARS: usize = 90;

/// A title taken apart for display: `2001: A Space Odyssey` is a `2001` with a line under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Title {
    pub main: String,
    pub sub: Option<String>,
}

impl Title {
    /// Splits at the first colon, dash, or `or`, where both sides are worth it.
    pub(super) fn parse(title: &str) -> Self {
        let title = shortened(title);
        for (mark, kept) in [(" or: ", 1), (": ", 2), (" – ", 3), (" - ", 3), (", or ", 2)] {
            if let Some((main, _)) = title.split_once(mark) {
                let sub = title[main.len() + kept..].trim_start_matches([' ', '-', '–']);
                if main.chars().count() >= 2 && main.chars().count() <= 28 && sub.chars().count() >= 4 {
                    return Self { main: main.to_owned(), sub: Some(sub.to_owned()) };
                }
            }
        }
        Self { main: title, sub: None }
    }
}

fn shortened(title: &str) -> String {
    if title.chars().count() <= MOST_CHARS {
        return title.to_owned();
    }
    let cut: String = title.chars().take(MOST_CHARS).collect();
    let whole = cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole);
    format!("{}…", whole.trim_end_matches([',', ':', ';', ' ']))
}

/// Lines of one size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Setting {
    /// Each with its width in hundredths of an em.
    pub lines: Vec<(String, u32)>,
    /// In units of the drawing.
    pub size: u32,
}

/// The room that a title has: width, height, and the largest size, in units of the drawing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub width: u32,
    pub height: u32,
    pub largest: u32,
    /// Line height in hundredths of the size.
    pub leading: u32,
}

/// Breaks a text into the number of lines that lets it be largest.
pub(super) fn fit(text: &str, face: Face, room: Room) -> Setting {
    let words = words(text);
    let most = words.len().clamp(1, 7);
    let mut best = Setting::default();
    for count in 1..=most {
        let lines = balanced(&words, count, face);
        let widest = lines.iter().map(|&(_, width)| width).max().unwrap_or(1).max(1);
        let rows = u32::try_from(lines.len()).unwrap_or(1).max(1);
        let size = (room.width * 100 / widest).min(room.height * 100 / (rows * room.leading)).min(room.largest);
        // More lines must be worth it: a clear gain in size.
        if best.lines.is_empty() || size * 100 > best.size * 108 {
            best = Setting { lines, size };
        }
    }
    best
}

/// The same with exactly `count` lines where there are as many words.
pub(super) fn in_lines(text: &str, face: Face, count: usize) -> Vec<(String, u32)> {
    let words = words(text);
    balanced(&words, count.clamp(1, words.len().max(1)), face)
}

/// A piece that no line breaks inside, and whether a space stands before it.
type Word = (String, bool);

fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    for part in text.split_whitespace() {
        let mut spaced = true;
        let mut run = String::new();
        for c in part.chars() {
            if is_full_width(c) && !run.is_empty() && !is_closing(c) {
                words.push((std::mem::take(&mut run), std::mem::replace(&mut spaced, false)));
            }
            run.push(c);
            // A hyphen lets a line end, but not after one or two letters.
            if c == '-' && run.chars().count() > 4 && !part.ends_with(run.as_str()) {
                words.push((std::mem::take(&mut run), std::mem::replace(&mut spaced, false)));
            }
        }
        if !run.is_empty() {
            words.push((run, spaced));
        }
    }
    words
}

/// Punctuation that can't begin a line in Chinese and Japanese.
const fn is_closing(c: char) -> bool {
    matches!(c, '、' | '。' | '」' | '』' | '）' | '！' | '？' | 'ー' | 'っ' | 'ょ' | 'ゃ' | 'ゅ')
}

/// Splits words into `count` lines so that the widest is as narrow as can be (the linear partition problem; titles are
/// short enough for trying every break from the left, with the bound halved at each step).
fn balanced(words: &[Word], count: usize, face: Face) -> Vec<(String, u32)> {
    let total = lines_within(words, u32::MAX, face).first().map_or(0, |&(_, width)| width);
    let (mut low, mut high) = (0, total);
    while low < high {
        let middle = low.midpoint(high);
        let lines = lines_within(words, middle, face);
        if lines.len() <= count && lines.iter().all(|&(_, width)| width <= middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    lines_within(words, high, face)
}

/// Fills lines from the left up to a width; a word that is wider stands alone.
fn lines_within(words: &[Word], width: u32, face: Face) -> Vec<(String, u32)> {
    let mut lines: Vec<(String, u32)> = Vec::new();
    for (word, spaced) in words {
        let own = face.width(word);
        let space = if *spaced { face.width(" ") } else { 0 };
        match lines.last_mut() {
            Some((line, used)) if *used + space + own <= width => {
                if *spaced {
                    line.push(' ');
                }
                line.push_str(word);
                *used += space + own;
            }
            _ => lines.push((word.clone(), own)),
        }
    }
    lines
}
