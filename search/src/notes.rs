//! How well one word fits the films of a segment, where only few films are noted.
//!
//! Notes are an array as long as the segment and a list of the films that have one. An array of a million films costs more to
//! make than most searches take, so arrays are lent: when a search lets go of one, what it noted is blanked, film by film.

use std::{
    ops::{Deref, DerefMut},
    sync::{Mutex, PoisonError},
};

use tantivy::DocId;

use crate::fit::Fit;

/// Arrays that wait for the next search at most, of one segment.
const MOST_WAITING: usize = 16;
/// Where more than one film in so many is noted, the whole array is blanked at once.
const FEW: usize = 16;

/// The notes of one word.
#[derive(Default)]
pub struct Notes {
    fits: Vec<Fit>,
    noted: Vec<DocId>,
}

impl Notes {
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

    fn blank(&mut self) {
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

/// Lends blank notes of one segment. Memory: 16 arrays of a byte for each film at most, and their lists.
pub struct Lender {
    films: usize,
    waiting: Mutex<Vec<Notes>>,
}

impl Lender {
    pub fn new(films: usize) -> Self {
        Self { films, waiting: Mutex::default() }
    }

    pub fn lend(&self) -> Lent<'_> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let notes = waiting.unwrap_or_else(|| Notes { fits: vec![Fit::default(); self.films], noted: Vec::new() });
        Lent { notes, lender: self }
    }
}

/// Notes that go back when they are dropped.
pub struct Lent<'a> {
    notes: Notes,
    lender: &'a Lender,
}

impl Deref for Lent<'_> {
    type Target = Notes;

    fn deref(&self) -> &Notes {
        &self.notes
    }
}

impl DerefMut for Lent<'_> {
    fn deref_mut(&mut self) -> &mut Notes {
        &mut self.notes
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut notes = std::mem::take(&mut self.notes);
        notes.blank();
        let mut waiting = self.lender.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MOST_WAITING {
            waiting.push(notes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::{Extent, Place};

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
        assert_eq!(lender.waiting.lock().unwrap().len(), 1);
    }
}
