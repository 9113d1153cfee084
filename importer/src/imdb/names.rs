//! Names of the people of films that are taken, in as little memory as they fit.

use std::ops::ControlFlow;

use super::{Files, known, number, step::each_row};
use crate::{
    run::ImportError,
    table::{Wanted, on_one_line},
};

/// The longest name taken, in bytes.
const NAME_BYTES: usize = 200;

const NAME_COLUMNS: [Wanted; 2] =
    [Wanted { names: &["nconst"], needed: true }, Wanted { names: &["primaryName"], needed: true }];

/// A set of numbers that is built up with repetitions and then asked: 4 bytes for each number.
#[derive(Debug, Default)]
pub struct Numbers {
    sorted: Vec<u32>,
    /// How many there were when they were last put in order.
    ordered: usize,
}

impl Numbers {
    /// Repetitions that may gather before they are removed.
    const SLACK: usize = 1 << 20;

    pub fn add(&mut self, number: u32) {
        self.sorted.push(number);
        if self.sorted.len() > 2 * self.ordered + Self::SLACK {
            self.order();
        }
    }

    /// Must be called after the last [`Numbers::add`].
    pub fn order(&mut self) {
        self.sorted.sort_unstable();
        self.sorted.dedup();
        self.ordered = self.sorted.len();
    }

    /// Takes in another set; needs [`Numbers::order`] afterwards.
    pub fn join(&mut self, other: Self) {
        self.sorted.extend(other.sorted);
    }

    fn place(&self, number: u32) -> Option<usize> {
        self.sorted.binary_search(&number).ok()
    }

    pub fn contains(&self, number: u32) -> bool {
        self.place(number).is_some()
    }
}

/// Names by the number of the person.
#[derive(Debug)]
pub struct Names {
    people: Numbers,
    /// Where the name of each begins in `text`, and how long it is: nothing where it isn't known.
    spans: Vec<(u32, u8)>,
    text: String,
}

impl Names {
    /// Reads the names of these people. `bad` hears of rows that can't be read.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn read(files: &Files, people: Numbers, bad: &mut dyn FnMut(String)) -> Result<Self, ImportError> {
        let mut names = Self { spans: vec![(0, 0); people.sorted.len()], people, text: String::new() };
        each_row(&files.source, &files.names, &NAME_COLUMNS, bad, &mut |cells| {
            let Some(person) = number(cells.get(0), "nm") else {
                return Err(format!("`{}` is no person's id", crate::table::shorten(cells.get(0))));
            };
            if let (Some(at), Some(name)) = (names.people.place(person), known(cells.get(1))) {
                names.set(at, &on_one_line(name));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(names)
    }

    fn set(&mut self, at: usize, name: &str) {
        let (Ok(start), Ok(length)) = (u32::try_from(self.text.len()), u8::try_from(name.len())) else { return };
        if name.len() <= NAME_BYTES {
            self.text.push_str(name);
            self.spans[at] = (start, length);
        }
    }

    /// The name of the person of that id (`nm0000244`).
    pub fn lookup(&self, id: &str) -> Option<&str> {
        let (start, length) = self.spans[self.people.place(number(id, "nm")?)?];
        let start = start as usize;
        Some(&self.text[start..start + usize::from(length)]).filter(|name| !name.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_kept_once_however_often_they_come() {
        let mut numbers = Numbers::default();
        for n in 0..3_000_000_u32 {
            numbers.add(n % 1000 * 3);
        }
        assert!(numbers.sorted.len() <= Numbers::SLACK + 2000, "repetitions don't pile up");
        numbers.order();
        assert_eq!(numbers.sorted.len(), 1000);
        assert!(numbers.contains(2997) && !numbers.contains(2998));
    }
}
