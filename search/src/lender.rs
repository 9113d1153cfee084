//! What a search needs blank, lent. An array of a million films costs more to make than most searches take, so when a search lets go of
//! one, what was written into it is blanked, and it waits for the next.

use std::{
    ops::{Deref, DerefMut},
    sync::{Mutex, PoisonError},
};

/// What waits for the next search at most, of one segment.
const MOST_WAITING: usize = 16;

/// What can be lent, for the films of a segment.
pub trait Lendable: Default {
    fn new(films: u32) -> Self;
    /// Makes it as it was when it was new.
    fn blank(&mut self);
}

/// Lends what is blank.
pub struct Lender<T> {
    films: u32,
    waiting: Mutex<Vec<T>>,
}

impl<T: Lendable> Lender<T> {
    pub fn new(films: u32) -> Self {
        Self { films, waiting: Mutex::default() }
    }

    pub fn lend(&self) -> Lent<'_, T> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Lent { lent: waiting.unwrap_or_else(|| T::new(self.films)), lender: self }
    }

    #[cfg(test)]
    pub fn waiting(&self) -> usize {
        self.waiting.lock().unwrap().len()
    }
}

/// What goes back when it is dropped.
pub struct Lent<'a, T: Lendable> {
    lent: T,
    lender: &'a Lender<T>,
}

impl<T: Lendable> Deref for Lent<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.lent
    }
}

impl<T: Lendable> DerefMut for Lent<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.lent
    }
}

impl<T: Lendable> Drop for Lent<'_, T> {
    fn drop(&mut self) {
        let mut lent = std::mem::take(&mut self.lent);
        lent.blank();
        let mut waiting = self.lender.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MOST_WAITING {
            waiting.push(lent);
        }
    }
}
