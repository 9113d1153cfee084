//! Ratings of a data set.

use std::collections::HashSet;

use chrono::DateTime;
use matinee_domain::{Stars, Timestamp};
use matinee_services::ports::ImportedRating;

use super::{DataSet, parse_number, raters::Raters};
use crate::{
    run::ImportError,
    table::{Cells, Outcome, Sink, Wanted, shorten},
};

const WANTED: [Wanted; 4] = [
    Wanted { names: &["userId", "user_id"], needed: true },
    Wanted { names: &["movieId", "item_id"], needed: true },
    Wanted { names: &["rating"], needed: true },
    Wanted { names: &["timestamp"], needed: true },
];

/// 2100-01-01T00:00:00Z: what is later was not meant as seconds.
const END_OF_TIME_S: f64 = 4_102_444_800.0;

/// Reads all ratings. A rating of a film that the data set doesn't list, or the second one of a film by the same rater,
/// is a bad row.
///
/// # Errors
/// When a file can't be read.
pub fn read(set: &DataSet, sink: &mut Sink<'_, ImportedRating>) -> Result<(), ImportError> {
    let movies = super::movies::numbers(set)?;
    let mut raters = Raters::new(set.numbering);
    let mut seen = Seen::default();
    let parse = |cells: &Cells<'_>| match parse(cells) {
        Err(reason) => Outcome::Bad(reason),
        Ok(raw) if !movies.contains(raw.movie) => {
            Outcome::Bad(format!("film {} is not in {}", raw.movie, set.movies.member.file_name()))
        }
        Ok(raw) if !seen.insert(raw.rater, raw.movie) => {
            Outcome::Bad(format!("rater {} rated film {} before; the first rating stays", raw.rater, raw.movie))
        }
        Ok(raw) => Outcome::Taken(ImportedRating {
            dataset: raters.name(&raw),
            rater: raw.rater.to_string(),
            movie: (set.numbering, raw.movie.to_string()),
            stars: raw.stars,
            at: raw.at,
        }),
    };
    set.ratings.read(&set.source, &WANTED, parse, sink)
}

/// A rating as the file gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RawRating {
    pub rater: u32,
    pub movie: u32,
    pub stars: Stars,
    pub at: Timestamp,
}

fn parse(cells: &Cells<'_>) -> Result<RawRating, String> {
    let rater = parse_number("rater's number", cells.get(0))?;
    let movie = parse_number("film's number", cells.get(1))?;
    let stars: f64 = cells.get(2).parse().map_err(|_| format!("`{}` is no rating", shorten(cells.get(2))))?;
    let stars = Stars::new(stars).map_err(|error| error.to_string())?;
    Ok(RawRating { rater, movie, stars, at: parse_time(cells.get(3))? })
}

/// Seconds since 1970; `RecBole` declares them as floating-point.
fn parse_time(text: &str) -> Result<Timestamp, String> {
    let seconds: f64 = text.parse().map_err(|_| format!("`{}` is no time in seconds", shorten(text)))?;
    if !(0.0..END_OF_TIME_S).contains(&seconds) {
        return Err(format!("{} is no time in seconds between 1970 and 2100", shorten(text)));
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked above")]
    let whole = seconds as i64;
    DateTime::from_timestamp(whole, 0).ok_or_else(|| format!("{} is no time", shorten(text)))
}

/// Who rated what, as far as memory allows.
///
/// Large data sets are sorted by rater, so that it is enough to remember the rater at hand; the small ones that are not
/// fit in whole. Beyond that a second rating is not noticed here, and the catalogue keeps the later one.
struct Seen {
    pairs: HashSet<(u32, u32)>,
    last_rater: u32,
    is_sorted: bool,
}

impl Default for Seen {
    fn default() -> Self {
        Self { pairs: HashSet::new(), last_rater: 0, is_sorted: true }
    }
}

impl Seen {
    /// Pairs remembered, about 16 MB.
    const MOST: usize = 1 << 20;
    /// The same while the raters come in order, about 1 MB.
    const MOST_OF_SORTED: usize = 1 << 16;

    /// False when the rater rated the film before.
    fn insert(&mut self, rater: u32, movie: u32) -> bool {
        self.is_sorted &= rater >= self.last_rater;
        self.last_rater = rater;
        let most = if self.is_sorted { Self::MOST_OF_SORTED } else { Self::MOST };
        if self.pairs.len() >= most {
            self.pairs.retain(|&(other, _)| other == rater);
        }
        self.pairs.insert((rater, movie))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_raters_in_order_little_is_remembered_and_a_second_rating_still_noticed() {
        let mut seen = Seen::default();
        for rater in 0..5_000 {
            for movie in 0..100 {
                assert!(seen.insert(rater, movie));
            }
            assert!(!seen.insert(rater, 50), "the second rating of a film");
        }
        assert!(seen.pairs.capacity() <= 2 * Seen::MOST_OF_SORTED);
    }

    #[test]
    fn raters_in_no_order_are_remembered_beyond_that() {
        let mut seen = Seen::default();
        let raters = 1_000;
        for movie in 0..100 {
            for rater in 0..raters {
                assert!(seen.insert(rater, movie));
            }
        }
        assert!((0..raters).all(|rater| !seen.insert(rater, 0)), "all 100,000 pairs are known");
    }
}
