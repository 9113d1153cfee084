//! What an import did.

use std::fmt;

/// A row that could not be taken, or not without guessing.
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
    /// Of facts and described films: those whose film is in the catalogue.
    pub matched: u64,
    /// Of facts: those whose film isn't, or isn't the only one of its title and year.
    pub unmatched: u64,
    /// Of described films: those that were new and are in the catalogue now.
    pub added: u64,
    /// Of described films: those that could be one of several; they are listed and not taken in.
    pub ambiguous: u64,
    /// Of described films: those that are not in the catalogue and have no id to be known by; they are not taken in.
    pub unnamed: u64,
}

/// What an import did, part by part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    pub parts: Vec<PartReport>,
    /// The first bad rows, as many as the options keep.
    pub bad_rows: Vec<BadRow>,
    /// The first ambiguous rows, as many as the options keep.
    pub ambiguous_rows: Vec<BadRow>,
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

    /// All ambiguous rows, the ones that are not kept included.
    pub fn ambiguous(&self) -> u64 {
        self.parts.iter().map(|part| part.ambiguous).sum()
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

    pub(super) fn note_ambiguous(&mut self, row: BadRow, kept: usize) {
        if self.ambiguous_rows.len() < kept {
            self.ambiguous_rows.push(row);
        }
    }

    /// One line for each part.
    pub fn summary(&self) -> String {
        if self.is_unchanged() {
            return "nothing has changed: this data was imported before\n".to_owned();
        }
        let lines: Vec<String> = self.parts.iter().map(|part| format!("{part}\n")).collect();
        lines.concat()
    }

    /// One line for each bad and each ambiguous row that is kept, and how many more there were.
    pub fn list(&self) -> String {
        let mut lines = Vec::new();
        let kinds = [("bad", &self.bad_rows, self.bad()), ("ambiguous", &self.ambiguous_rows, self.ambiguous())];
        for (kind, rows, all) in kinds {
            lines.extend(rows.iter().map(|row| format!("{kind} row: {row}\n")));
            let more = all.saturating_sub(rows.len() as u64);
            if more > 0 {
                lines.push(format!("and {more} more {kind} rows\n"));
            }
        }
        lines.concat()
    }
}

/// One line for each part, then the bad and ambiguous rows that are kept.
impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.summary(), self.list())
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
        if self.added + self.ambiguous + self.unnamed == 0 && self.matched + self.unmatched > 0 {
            write!(f, "; {} matched a film, {} did not", self.matched, self.unmatched)?;
        }
        if self.added + self.ambiguous + self.unnamed > 0 {
            write!(f, "; {} matched a film, {} are new", self.matched, self.added)?;
        }
        let counts = [
            (self.ambiguous, "ambiguous"),
            (self.unnamed, "unmatched without an id"),
            (self.passed_over, "passed over"),
            (self.bad, "bad"),
        ];
        for (count, what) in counts {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        write!(f, " ({})", self.file)
    }
}
