//! How well one word fits the films of a segment, where only few films are noted.
//!
//! Notes are an array as long as the segment and a list of the films that have one.

use tantivy::DocId;

use crate::fit::Fit;

/// Where more than one film in so many is noted, the whole array is blanked at once.
const FEW: usize = 16;

/// The notes of one word.
#[derive(Default)]
pub struct Notes {
    fits: Vec<Fit>,
    noted: Vec<DocId>,
}

impl Notes {
    /// For a segment of so many films.
    pub fn new(films: u32) -> Self {
        Self { fits: vec![Fit::default(); films as usize], noted: Vec::new() }
    }

    /// Notes that the word fits the film so well, unless it fits better already.
    pub fn raise(&mut self, film: DocId, fit: Fit) {
        let noted = &mut self.fits[film as usize];
        if noted.is_none() {
            self.noted.push(film);
        }
        *noted = (*noted).max(fit);
    }

    pub fn of(&self, film: DocId) -> Fit {
        self.fits[film as usize]
    }

    pub fn has(&self, film: DocId) -> bool {
        !self.of(film).is_none()
    }

    /// Films that the word fits, each once, in no order.
    pub fn films(&self) -> &[DocId] {
        &self.noted
    }

    /// Makes them as they were when they were new.
    pub fn blank(&mut self) {
        let few = self.fits.len() / FEW;
        if self.noted.len() > few {
            self.fits.fill(Fit::default());
        } else {
            for &film in &self.noted {
                self.fits[film as usize] = Fit::default();
            }
        }
        self.noted.clear();
        self.noted.shrink_to(few);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fit::{Extent, Place},
        lender::Lender,
    };

    #[test]
    fn notes_are_blank_again_for_the_next_search() {
        let lender = Lender::new(100);
        let (low, high) = (Fit::new(1, Place::Title, Extent::Word), Fit::new(0, Place::Title, Extent::Word));
        for noted in [3, 100] {
            let mut notes = lender.lend();
            for film in 0..noted {
                notes.raise(film, high);
                notes.raise(film, low);
            }
            assert_eq!(notes.films().len(), noted as usize);
            assert_eq!(notes.of(2), high);
            drop(notes);
            let again = lender.lend();
            assert!(again.films().is_empty());
            assert!((0..100).all(|film| !again.has(film)));
        }
        assert_eq!(lender.waiting(), 1);
    }
}
