//! Turns what was found of a film into one number to sort by.
//!
//! What decides, in this order: words found, typos, the year wished for, the tier (see [`Tier`]), and then together how
//! often the film was rated (as a logarithm) and small differences in wording.

use matinee_domain::Year;

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

/// What ranking needs of a film beside the words.
#[derive(Clone, Copy, Debug)]
pub struct Film {
    pub year: Option<u64>,
    pub rating_count: u64,
    pub shape: TitleShape,
}

/// A higher score is a better hit.
pub type Score = u64;

/// The score where nothing was typed: most rated first.
pub fn by_ratings(film: Film) -> Score {
    film.rating_count
}

/// The score of the film at `at` in its segment.
pub fn score(query: &ParsedQuery, matches: &SegmentMatches<'_>, at: usize, film: Film) -> Score {
    let mut found: u8 = 0;
    let mut typos: u8 = 0;
    let mut whole_words: u8 = 0;
    let mut worst = Place::TitleFirst;
    for fits in &matches.required {
        let fit = fits[at];
        if fit.is_none() {
            continue;
        }
        found += 1;
        typos += fit.typos();
        whole_words += u8::from(fit.is_whole());
        worst = worst.min(fit.place());
    }
    let begins = matches.required.first().is_some_and(|fits| fits[at].0 > 0 && fits[at].place() == Place::TitleFirst);
    let whole = matches.whole[at];
    let tier = if !whole.is_none() && whole.place() == Place::TitleFirst {
        Tier::WholeTitle
    } else if worst >= Place::Title && found == film.shape.telling && whole_words == found {
        Tier::WholeTitle
    } else if !whole.is_none() {
        Tier::WholeAlternative
    } else {
        match worst {
            Place::People => Tier::People,
            Place::Alternative => Tier::Alternatives,
            _ if begins => Tier::TitleBegins,
            _ => Tier::Title,
        }
    };
    let small_words = matches.optional.iter().filter(|fits| !fits[at].is_none()).count();
    let same_length = tier == Tier::WholeTitle && usize::from(film.shape.words) == query.length;
    let fine = Fine { film, whole_words, small_words, same_length }.points();
    let wish = query.wish.as_ref().map_or(0, |wish| year_points(wish.year, matches.wish[at], film.year));
    let typos = u8::MAX - typos;
    u64::from(found) << 56 | u64::from(typos) << 48 | u64::from(wish) << 44 | (tier as u64) << 40 | u64::from(fine)
}

/// How well the wish for a year is met: the number in the title (`Blade Runner 2049`) says more than the year.
fn year_points(wished: Option<Year>, in_title: Fit, year: Option<u64>) -> u8 {
    if !in_title.is_none() {
        return 3;
    }
    match (wished, year) {
        (Some(wished), Some(year)) => match u64::from(wished.get()).abs_diff(year) {
            0 => 2,
            1 => 1,
            _ => 0,
        },
        _ => 0,
    }
}

/// Differences between films of one tier.
struct Fine {
    film: Film,
    whole_words: u8,
    small_words: usize,
    same_length: bool,
}

impl Fine {
    /// Points in thousandths.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small positive number; the last digits of a count of ratings don't matter"
    )]
    fn points(&self) -> u32 {
        let ratings = (self.film.rating_count as f64).ln_1p();
        let wording = f64::from(self.whole_words) + self.small_words as f64 + if self.same_length { 3.0 } else { 0.0 };
        let length = f64::from(self.film.shape.words) * 0.05;
        ((20.0 + ratings + wording - length) * 1000.0) as u32
    }
}
