//! What an import did.

use std::fmt;

/// A row that could not be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    pub file: String,
    /// The line it begins on, from 1.
    pub line: u64,
    pub reason: String,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.reason)
    }
}

/// What became of one part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartReport {
    /// Such as `movielens/ratings`.
    pub part: String,
    pub file: String,
    /// It was finished by an earlier import and was not read again; the counts are 0.
    pub unchanged: bool,
    /// Rows in the file, without the header.
    pub rows: u64,
    /// Rows that an earlier, interrupted run took in.
    pub resumed_rows: u64,
    /// Rows that this run took in.
    pub taken: u64,
    /// Rows that can't be taken, those of an earlier run included.
    pub bad: u64,
    /// Rows that say nothing we look for.
    pub passed_over: u64,
    /// Of facts: those whose film is in the catalogue.
    pub matched: u64,
    /// Of facts: those whose film isn't, or isn't the only one of its title and year.
    pub unmatched: u64,
}

/// What an import did, part by part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    pub parts: Vec<PartReport>,
    /// The first bad rows, as many as the options keep.
    pub bad_rows: Vec<BadRow>,
}

impl ImportReport {
    /// Whether nothing was read because an earlier import took in the same data.
    pub fn is_unchanged(&self) -> bool {
        self.parts.iter().all(|part| part.unchanged)
    }

    /// All bad rows, the ones that are not kept included.
    pub fn bad(&self) -> u64 {
        self.parts.iter().map(|part| part.bad).sum()
    }

    /// The part of that name.
    pub fn part(&self, name: &str) -> Option<&PartReport> {
        self.parts.iter().find(|part| part.part == name)
    }

    pub(super) fn note_bad(&mut self, row: BadRow, kept: usize) {
        if self.bad_rows.len() < kept {
            self.bad_rows.push(row);
        }
    }
}

/// One line for each part, then the bad rows that are kept.
impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_unchanged() {
            return writeln!(f, "nothing has changed: this data was imported before");
        }
        for part in &self.parts {
            writeln!(f, "{part}")?;
        }
        for row in &self.bad_rows {
            writeln!(f, "bad row: {row}")?;
        }
        let more = self.bad().saturating_sub(self.bad_rows.len() as u64);
        if more > 0 {
            writeln!(f, "and {more} more bad rows")?;
        }
        Ok(())
    }
}

impl fmt::Display for PartReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.unchanged {
            return write!(f, "{}: unchanged ({})", self.part, self.file);
        }
        write!(f, "{}: {} of {} rows taken in", self.part, self.taken, self.rows)?;
        if self.resumed_rows > 0 {
            write!(f, " after the first {}, which were there", self.resumed_rows)?;
        }
        if self.matched + self.unmatched > 0 {
            write!(f, "; {} matched a film, {} did not", self.matched, self.unmatched)?;
        }
        for (count, what) in [(self.passed_over, "passed over"), (self.bad, "bad")] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        write!(f, " ({})", self.file)
    }
}
