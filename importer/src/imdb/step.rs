//! Tables read in step: one leads, the others follow it by the film's id that all of them are sorted by.

use std::{cmp::Ordering, io::Read, ops::ControlFlow};

use crate::{
    run::ImportError,
    source::{Source, Unpacked},
    table::{Cells, Rows, Table, Wanted, shorten},
};

/// How ids are sorted. IMDb sorts them as text; by number would differ once there are eight digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Text,
    Number,
}

impl Order {
    pub fn compare(self, a: &str, b: &str) -> Ordering {
        match self {
            Self::Text => a.cmp(b),
            Self::Number => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
        }
    }
}

/// Finds out how a column is sorted while it goes by.
pub(super) struct OrderFinder {
    last: String,
    fits: Vec<Order>,
}

impl OrderFinder {
    pub fn new() -> Self {
        Self { last: String::new(), fits: vec![Order::Text, Order::Number] }
    }

    /// False when it is not sorted at all.
    pub fn take(&mut self, id: &str) -> bool {
        self.fits.retain(|order| order.compare(&self.last, id) != Ordering::Greater);
        self.last.clear();
        self.last.push_str(id);
        !self.fits.is_empty()
    }

    pub fn order(&self) -> Order {
        self.fits.first().copied().unwrap_or(Order::Text)
    }
}

/// Hands each good row to `take` and tells `bad` of the others: those that are no rows, and those `take` refuses.
///
/// # Errors
/// When the file can't be read.
pub(super) fn each_row(
    source: &Source,
    table: &Table,
    wanted: &[Wanted],
    bad: &mut dyn FnMut(String),
    take: &mut dyn FnMut(&Cells<'_>) -> Result<ControlFlow<()>, String>,
) -> Result<(), ImportError> {
    source.stream(&table.member, |raw| {
        let mut unpacked = Unpacked::new(&table.member, source.limits(), raw);
        let mut rows = table.rows(source, wanted, &mut *unpacked.reader)?;
        while let Some(read) = rows.advance()? {
            match read.and_then(|()| take(&rows.cells())) {
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(())) => break,
                Err(reason) => bad(at(&rows, &reason)),
            }
        }
        Ok(())
    })
}

/// Where in which file something is.
fn at(rows: &Rows<'_>, reason: &str) -> String {
    format!("{}:{}: {reason}", rows.file(), rows.line())
}

/// A table that follows: its first wanted column is the film's id.
pub(super) struct Follower<'a> {
    rows: Rows<'a>,
    order: Order,
    /// The id of the row at hand, which is good and not taken yet; otherwise that of the last one.
    id: String,
    is_ahead: bool,
    has_ended: bool,
}

impl<'a> Follower<'a> {
    pub fn new(
        source: &Source,
        table: &'a Table,
        wanted: &[Wanted],
        order: Order,
        reader: &'a mut dyn Read,
    ) -> Result<Self, ImportError> {
        let rows = table.rows(source, wanted, reader)?;
        Ok(Self { rows, order, id: String::new(), is_ahead: false, has_ended: false })
    }

    /// Hands over the rows of this film; those of films before it are passed over.
    pub fn rows_of(
        &mut self,
        film: &str,
        bad: &mut dyn FnMut(String),
        take: &mut dyn FnMut(&Cells<'_>),
    ) -> Result<(), ImportError> {
        loop {
            if !self.is_ahead && !self.find_next(bad)? {
                return Ok(());
            }
            match self.order.compare(&self.id, film) {
                Ordering::Less => {}
                Ordering::Equal => take(&self.rows.cells()),
                Ordering::Greater => return Ok(()),
            }
            self.is_ahead = false;
        }
    }

    /// Goes on to the next good row; false at the end.
    fn find_next(&mut self, bad: &mut dyn FnMut(String)) -> Result<bool, ImportError> {
        while !self.has_ended {
            match self.rows.advance()? {
                None => self.has_ended = true,
                Some(Err(reason)) => bad(at(&self.rows, &reason)),
                Some(Ok(())) => {
                    let cells = self.rows.cells();
                    let id = cells.get(0);
                    if super::number(id, "tt").is_none() {
                        bad(at(&self.rows, &format!("`{}` is no film's id", shorten(id))));
                        continue;
                    }
                    if self.order.compare(&self.id, id) == Ordering::Greater {
                        return Err(not_sorted(self.rows.file(), self.rows.line()));
                    }
                    self.id.clear();
                    self.id.push_str(id);
                    self.is_ahead = true;
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

pub(super) fn not_sorted(file: &str, line: u64) -> ImportError {
    ImportError::NotSorted { file: file.to_owned(), line }
}
