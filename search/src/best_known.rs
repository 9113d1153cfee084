//! Words that fit a great many films: which of those a search ranks.
//!
//! Of a search for one word without filters, those films are ranked that are the best known, for within a tier ([`crate::ranking`]) films are
//! ordered by their ratings; and all films of index words that too few of the best known have. How many films there are in all is the
//! matter of a [`crate::tally`].

use tantivy::{BitSet, DocId};

/// One film in so many, at most, is among the best known of its segment; one in so many of those is better known; and so on.
const ONE_IN: usize = 16;
const LEVELS: usize = 3;
/// So many times as many films of a level as are shown are expected of an index word, or a lower level is chosen.
const PLENTY: usize = 4;

/// The films of a segment that were rated most.
pub struct BestKnown {
    /// The most films first.
    levels: [Level; LEVELS],
}

struct Level {
    films: Vec<DocId>,
    is_one: BitSet,
}

impl BestKnown {
    /// `weights`: how much is said for each film by itself.
    pub fn new(weights: &[u16]) -> Self {
        let mut sorted = weights.to_vec();
        let mut most = weights.len();
        Self {
            levels: std::array::from_fn(|_| {
                most /= ONE_IN;
                Level::new(weights, &mut sorted, most)
            }),
        }
    }
}

impl Level {
    fn new(weights: &[u16], sorted: &mut [u16], most: usize) -> Self {
        let mut level = Self {
            films: Vec::new(),
            is_one: BitSet::with_max_value(u32::try_from(weights.len()).unwrap_or(u32::MAX)),
        };
        if most > 0 {
            // Those that weigh as much as the first one left out are left out, too: often that is all films without ratings.
            let (_, &mut bar, _) = sorted.select_nth_unstable_by(most, |a, b| b.cmp(a));
            for (film, _) in (0..).zip(weights).filter(|(_, weight)| **weight > bar) {
                level.films.push(film);
                level.is_one.insert(film);
            }
        }
        level
    }
}

/// Which films a search ranks, in one segment.
#[derive(Clone, Copy)]
pub struct Ranked<'a> {
    best_known: &'a BestKnown,
    /// Films that are shown. As many of the best known that fit as well, or better, are enough: whatever else fits weighs less.
    pub enough: usize,
}

impl<'a> Ranked<'a> {
    /// For the best `shown` hits.
    pub fn new(best_known: &'a BestKnown, shown: u32) -> Self {
        Self { best_known, enough: shown as usize }
    }

    /// The highest level that should have enough of so many films.
    pub fn level_for(&self, films: u32) -> usize {
        let wanted = self.enough.saturating_mul(PLENTY);
        let mut left = films as usize / ONE_IN;
        let higher = (1..LEVELS).take_while(|_| {
            left /= ONE_IN;
            left >= wanted
        });
        higher.count()
    }

    /// Whether the film is one of the best known.
    pub fn is_best_known(&self, level: usize, film: DocId) -> bool {
        self.best_known.levels[level].is_one.contains(film)
    }

    /// Of all films, those that may be among the best hits: all where there are few. Films are ordered by how well known they are then,
    /// and the length of a title, which a weight has in it, moves one by a few places.
    pub fn of_everything(&self, films: u32) -> Vec<DocId> {
        let wanted = self.enough.saturating_mul(PLENTY);
        let enough = self.best_known.levels.iter().rev().find(|level| level.films.len() >= wanted);
        enough.map_or_else(|| (0..films).collect(), |level| level.films.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_known_are_few_and_those_that_weigh_most() {
        let weights: Vec<u16> = (0..320).map(|film| if film % 40 == 7 { 30_000 + film } else { 15_000 }).collect();
        let best_known = BestKnown::new(&weights);
        let ranked = Ranked::new(&best_known, 2);
        assert_eq!(ranked.of_everything(320), [7, 47, 87, 127, 167, 207, 247, 287]);
        assert!((0..320).all(|film| ranked.is_best_known(0, film) == (film % 40 == 7)));
        assert!((0..320).all(|film| ranked.is_best_known(1, film) == (film == 287)));
        assert_eq!(Ranked::new(&best_known, 3).of_everything(320).len(), 320, "eight are too few to show three");
        for weights in [&[15_000; 320][..], &[1, 2]] {
            assert!(BestKnown::new(weights).levels.iter().all(|level| level.films.is_empty()));
        }
    }

    #[test]
    fn a_word_of_more_films_is_ranked_by_fewer_of_them() {
        let best_known = BestKnown::new(&[]);
        let level = |shown, films| Ranked::new(&best_known, shown).level_for(films);
        assert_eq!([0, 20_000, 20_480, 327_680, u32::MAX].map(|films| level(20, films)), [0, 0, 1, 2, 2]);
        assert_eq!(level(4_100, 1_000_000), 0);
    }
}
