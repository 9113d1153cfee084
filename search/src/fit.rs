//! How well one word of the query fits one film, in a byte: the larger the better, 0 not at all.
//!
//! In order of weight: letters that are right, where the word was found, and whether it was all of a word. A film keeps
//! the best fit of each word.

/// Where a word was found, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    People = 0,
    Alternative = 1,
    Title = 2,
    /// The first telling word of the title; looked up for the first word of the query only.
    TitleFirst = 3,
}

/// How much of the film's word it is, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    Prefix = 0,
    /// What the word may also be called.
    Variant = 1,
    Word = 2,
}

/// The most typos in one word.
pub const MAX_TYPOS: u8 = 2;

/// A packed fit. `Fit(0)` is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fit(pub u8);

impl Fit {
    /// A film of the year that was typed.
    pub const OF_YEAR: Self = Self::new(0, Place::People, Extent::Prefix);

    pub const fn new(typos: u8, place: Place, extent: Extent) -> Self {
        Self(1 + ((MAX_TYPOS - typos) * 4 + place as u8) * 3 + extent as u8)
    }

    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    pub const fn typos(self) -> u8 {
        MAX_TYPOS - (self.0 - 1) / 12
    }

    pub const fn place(self) -> Place {
        match (self.0 - 1) / 3 % 4 {
            0 => Place::People,
            1 => Place::Alternative,
            2 => Place::Title,
            _ => Place::TitleFirst,
        }
    }

    /// Whether it is the very word, not its beginning or another name of it.
    pub const fn is_word(self) -> bool {
        (self.0 - 1) % 3 == Extent::Word as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_loses_nothing_and_keeps_the_order() {
        let places = [Place::People, Place::Alternative, Place::Title, Place::TitleFirst];
        let mut last = Fit::default();
        for typos in [2, 1, 0] {
            for place in places {
                for extent in [Extent::Prefix, Extent::Variant, Extent::Word] {
                    let fit = Fit::new(typos, place, extent);
                    assert!(fit > last);
                    assert_eq!((fit.typos(), fit.place()), (typos, place));
                    assert_eq!(fit.is_word(), extent == Extent::Word);
                    last = fit;
                }
            }
        }
    }
}
