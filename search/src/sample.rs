//! Words that fit a great many films: at which of those a search looks.
//!
//! To look at each film that a word fits is waiting for memory, film by film, and takes the longer the larger the catalogue is. So of a
//! search for one word without filters, those films are ranked that are the best known, for within a tier ([`crate::ranking`]) films are
//! ordered by their ratings; and all films of index words that too few of the best known have. Of words that are common besides, not all
//! films are counted, but every so manieth: totals and genres are estimates then. With 8,192 films and more, a total is within 9 % of the
//! truth nineteen times of twenty.

use tantivy::{BitSet, DocId};

/// A word is common in a segment if it stands in the same place of more films than this.
pub const COMMON: u32 = 8_192;
/// One film in so many is counted. Ids are digests, and segments are in their order, so that these are films by chance.
pub const EVERY: u32 = 16;
/// One film in so many, at most, is among the best known of its segment.
const BEST_KNOWN_OF: usize = 16;
/// So many times as many best known films as are shown are enough: the wording moves a film by a few places.
const PLENTY: u32 = 4;

/// The films of a segment that were rated most.
pub struct BestKnown(BitSet);

impl BestKnown {
    /// `weights`: how much is said for each film by itself.
    pub fn new(weights: &[u16]) -> Self {
        let mut films = BitSet::with_max_value(u32::try_from(weights.len()).unwrap_or(u32::MAX));
        let mut sorted = weights.to_vec();
        let most = weights.len() / BEST_KNOWN_OF;
        if most > 0 {
            // Those that weigh as much as the first one left out are left out, too: often that is all films without ratings.
            let (_, &mut bar, _) = sorted.select_nth_unstable_by(most, |a, b| b.cmp(a));
            for (film, _) in (0..).zip(weights).filter(|(_, weight)| **weight > bar) {
                films.insert(film);
            }
        }
        Self(films)
    }

    fn has(&self, film: DocId) -> bool {
        self.0.contains(film)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// What to look at of common words, in one segment.
#[derive(Clone, Copy)]
pub struct Sample<'a> {
    best_known: &'a BestKnown,
    /// Best known films that are enough.
    pub enough: usize,
}

impl<'a> Sample<'a> {
    /// For the best `shown` hits.
    pub fn new(best_known: &'a BestKnown, shown: u32) -> Self {
        Self { best_known, enough: shown.saturating_mul(PLENTY) as usize }
    }

    /// Whether the best known films of the whole segment are enough.
    pub fn has_enough(&self) -> bool {
        self.best_known.len() >= self.enough
    }

    pub fn is_best_known(&self, film: DocId) -> bool {
        self.best_known.has(film)
    }
}

/// Whether the film is one of those that are counted.
pub fn is_counted(film: DocId) -> bool {
    film.is_multiple_of(EVERY)
}

/// An estimate with two digits that mean something.
pub fn rounded(estimate: u64) -> u64 {
    let unit = 10_u64.pow(estimate.checked_ilog10().map_or(0, |digits| digits.saturating_sub(1)));
    (estimate + unit / 2) / unit * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_known_are_few_and_those_that_weigh_most() {
        let weights: Vec<u16> = (0..320).map(|film| if film % 40 == 7 { 30_000 + film } else { 15_000 }).collect();
        let best_known = BestKnown::new(&weights);
        assert_eq!(best_known.len(), 8);
        assert!((0..320).all(|film| best_known.has(film) == (film % 40 == 7)));
        assert_eq!(BestKnown::new(&[15_000; 320]).len(), 0);
        assert_eq!(BestKnown::new(&[1, 2]).len(), 0);
    }

    #[test]
    fn estimates_have_two_digits() {
        for (estimate, told) in [(0, 0), (7, 7), (96, 96), (104, 100), (31_296, 31_000), (99_600, 100_000)] {
            assert_eq!(rounded(estimate), told);
        }
    }
}
