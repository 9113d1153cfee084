//! Notes that a search needs blank, lent. An array of a million films costs more to make than most searches take, so when a search lets go
//! of one, what was written into it is blanked, and it waits for the next.

use std::{
    ops::{Deref, DerefMut},
    sync::{Mutex, PoisonError},
};

use crate::notes::Notes;

/// What waits for the next search at most, of one segment.
const MOST_WAITING: usize = 16;

/// Lends notes that are blank.
pub struct Lender {
    films: u32,
    waiting: Mutex<Vec<Notes>>,
}

impl Lender {
    pub fn new(films: u32) -> Self {
        Self { films, waiting: Mutex::default() }
    }

    pub fn lend(&self) -> Lent<'_> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Lent { lent: waiting.unwrap_or_else(|| Notes::new(self.films)), lender: self }
    }

    #[cfg(test)]
    pub fn waiting(&self) -> usize {
        self.waiting.lock().unwrap().len()
    }
}

/// Notes that go back when they are dropped.
pub struct Lent<'a> {
    lent: Notes,
    lender: &'a Lender,
}

impl Deref for Lent<'_> {
    type Target = Notes;

    fn deref(&self) -> &Notes {
        &self.lent
    }
}

impl DerefMut for Lent<'_> {
    fn deref_mut(&mut self) -> &mut Notes {
        &mut self.lent
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut lent = std::mem::take(&mut self.lent);
        lent.blank();
        let mut waiting = self.lender.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MOST_WAITING {
            waiting.push(lent);
        }
    }
}
