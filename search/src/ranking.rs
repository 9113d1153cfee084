//! Turns what was found of a film into one number to sort by.
//!
//! What decides, in this order: words found, typos, the year wished for, the tier (see [`Tier`]), and then together how
//! well known the film is (the logarithm of its ratings, and votes elsewhere) and small differences in wording.

use matinee_domain::Year;
use tantivy::DocId;

use crate::{
    fit::{Fit, Place},
    query::ParsedQuery,
    schema::TitleShape,
    segment::SegmentMatches,
};

/// How the words lie in the film, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tier {
    /// Some are names of its people, or the year.
    People,
    /// All are in the title or in alternative ones.
    Alternatives,
    /// All are in the title.
    Title,
    /// And they begin it.
    TitleBegins,
    /// They are the whole of an alternative title.
    WholeAlternative,
    /// They are the whole title, in any order.
    WholeTitle,
}

/// A higher score is a better hit.
pub type Score = u64;

/// The score of a film of a segment. Where nothing was typed, the best known films come first.
pub fn score(query: &ParsedQuery, matches: &SegmentMatches<'_>, film: DocId) -> Score {
    let facts = &matches.facts.films[film as usize];
    if query.is_empty() {
        return facts.known.into();
    }
    let found = Found::of(matches, film);
    let shape = facts.shape;
    let tier = found.tier(query, shape);
    let small_words = matches.optional.iter().map(|notes| u32::from(notes.has(film))).sum::<u32>();
    let same_length = tier == Tier::WholeTitle && usize::from(shape.words) == query.length;
    let wording = u32::from(found.whole_words) + small_words + if same_length { 3 } else { 0 };
    let fine = u32::from(facts.weight) + wording * 1_000;
    let wish = query.wish.as_ref().zip(matches.wish.as_ref());
    let wish = wish.map_or(0, |(wish, notes)| year_points(wish.year, notes.of(film), facts.year));
    u64::from(found.words) << 56
        | u64::from(u8::MAX - found.typos) << 48
        | u64::from(wish) << 44
        | (tier as u64) << 40
        | u64::from(fine)
}

/// How the required words fit one film, taken together.
struct Found {
    words: u8,
    typos: u8,
    /// Words that are the film's very words, not beginnings.
    whole_words: u8,
    /// Where the word lies that lies worst.
    worst: Place,
    /// Whether the first word of the query begins the title.
    begins: bool,
    /// The place of a title that is the whole query.
    whole: Option<Place>,
}

impl Found {
    fn of(matches: &SegmentMatches<'_>, film: DocId) -> Self {
        let first = matches.required.first().map_or(Fit::default(), |notes| notes.of(film));
        let whole = matches.whole.of(film);
        let mut found = Self {
            words: 0,
            typos: 0,
            whole_words: 0,
            worst: Place::TitleFirst,
            begins: !first.is_none() && first.place() == Place::TitleFirst,
            whole: (!whole.is_none()).then(|| whole.place()),
        };
        for fit in matches.required.iter().map(|notes| notes.of(film)).filter(|fit| !fit.is_none()) {
            found.words += 1;
            found.typos += fit.typos();
            found.whole_words += u8::from(fit.is_word());
            found.worst = found.worst.min(fit.place());
        }
        found
    }

    fn tier(&self, query: &ParsedQuery, title: TitleShape) -> Tier {
        // Articles are not among the words of a title that are counted.
        let all_of_title = !query.only_small_words
            && self.worst >= Place::Title
            && self.words == title.telling
            && self.whole_words == self.words;
        match (self.whole, self.worst) {
            (Some(Place::TitleFirst), _) => Tier::WholeTitle,
            _ if all_of_title => Tier::WholeTitle,
            (Some(_), _) => Tier::WholeAlternative,
            (None, Place::People) => Tier::People,
            (None, Place::Alternative) => Tier::Alternatives,
            (None, _) if self.begins => Tier::TitleBegins,
            (None, _) => Tier::Title,
        }
    }
}

/// How well the wish for a year is met: the number in the title (`Blade Runner 2049`) says more than the year.
fn year_points(wished: Option<Year>, in_title: Fit, year: u16) -> u8 {
    if !in_title.is_none() {
        return 3;
    }
    match wished.map(|wished| wished.get().abs_diff(year)) {
        Some(0) => 2,
        Some(1) => 1,
        _ => 0,
    }
}
