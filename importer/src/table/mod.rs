//! Text tables of every kind that data sets come in, read row by row.
//!
//! [`lines`] cuts a stream into lines of bounded length, [`records`] lines into fields (joining quoted line breaks),
//! [`header`] finds columns by name. [`Table::read`] puts them together: it hands each row's cells, or what is wrong with
//! the row, to a sink that can stop it. [`Rows`] lets who joins several tables pull them instead.

mod header;
mod lines;
mod records;

use std::{io::Read, ops::ControlFlow};

pub use header::Columns;
pub(crate) use header::{on_one_line, shorten};
pub use records::{Cells, Encoding, Fields, Separator};
use records::{RecordError, Records};

use crate::{
    run::ImportError,
    source::{Member, Source},
};

/// What a row came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome<T> {
    Taken(T),
    /// It can't be taken, and why.
    Bad(String),
    /// Nothing is wrong with it, but it says nothing we look for.
    PassedOver,
}

/// A row of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<T> {
    /// The line it begins on, from 1.
    pub line: u64,
    /// Bytes of the file that are read when it ends.
    pub bytes_done: u64,
    pub outcome: Outcome<T>,
}

/// Takes rows in the file's order; `Break` stops the reading.
pub type Sink<'a, T> = dyn FnMut(Row<T>) -> ControlFlow<()> + 'a;

/// Where a table's column names are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// In the first row.
    Named,
    /// In the first row, each with its type: `item_id:token`.
    Typed,
    /// Nowhere: the format fixes them.
    Fixed(&'static [&'static str]),
}

/// A member that holds a table.
#[derive(Clone, Debug)]
pub struct Table {
    pub member: Member,
    pub separator: Separator,
    pub encoding: Encoding,
    pub header: Header,
}

/// A column that a reader asks for: its names, of which the first that is there is taken.
pub struct Wanted {
    pub names: &'static [&'static str],
    pub needed: bool,
}

impl Table {
    /// Reads the wanted columns of all rows. `parse` turns a row's cells (in the order of `wanted`; empty where an
    /// optional column isn't there) into what the sink gets.
    ///
    /// # Errors
    /// When the file can't be read or opened, is empty, or lacks a needed column.
    pub fn read<T>(
        &self,
        source: &Source,
        wanted: &[Wanted],
        mut parse: impl FnMut(&Cells<'_>) -> Outcome<T>,
        sink: &mut Sink<'_, T>,
    ) -> Result<(), ImportError> {
        source.stream(&self.member, |reader| {
            let mut rows = self.rows(source, wanted, reader)?;
            while let Some(read) = rows.advance()? {
                let outcome = match read {
                    Ok(()) => parse(&rows.cells()),
                    Err(reason) => Outcome::Bad(reason),
                };
                let row = Row { line: rows.line(), bytes_done: rows.records.bytes_done(), outcome };
                if sink(row).is_break() {
                    break;
                }
            }
            Ok(())
        })
    }

    /// The same rows for who pulls them one by one; `reader` gives this table's text.
    ///
    /// # Errors
    /// When the header can't be read or lacks a needed column.
    pub fn rows<'a>(
        &'a self,
        source: &Source,
        wanted: &[Wanted],
        reader: &'a mut dyn Read,
    ) -> Result<Rows<'a>, ImportError> {
        let mut records = Records::new(reader, self.separator, self.encoding, source.limits().line_bytes);
        let mut fields = Fields::default();
        let columns = self.columns(&mut records, &mut fields, wanted)?;
        Ok(Rows { table: self, records, fields, columns })
    }

    fn columns(
        &self,
        records: &mut Records<'_>,
        fields: &mut Fields,
        wanted: &[Wanted],
    ) -> Result<Columns, ImportError> {
        let empty = || ImportError::Empty { file: self.member.name.clone() };
        let names: Vec<String> = match self.header {
            Header::Fixed(names) => names.iter().map(|&name| name.to_owned()).collect(),
            Header::Named | Header::Typed => {
                let read = self.next(records, fields)?.ok_or_else(empty)?;
                read.map_err(|reason| ImportError::Header { file: self.member.name.clone(), reason })?;
                let untyped = |name: &str| match self.header {
                    Header::Typed => name.split(':').next().unwrap_or_default().to_owned(),
                    _ => name.to_owned(),
                };
                fields.iter().map(|name| untyped(name.trim())).collect()
            }
        };
        Columns::find(&names, wanted).map_err(|reason| ImportError::Header { file: self.member.name.clone(), reason })
    }

    fn next(&self, records: &mut Records<'_>, fields: &mut Fields) -> Result<Option<Result<(), String>>, ImportError> {
        match records.next(fields) {
            Ok(read) => Ok(read.then_some(Ok(()))),
            Err(RecordError::Bad(reason)) => Ok(Some(Err(reason))),
            Err(RecordError::Io(error)) => {
                Err(crate::source::SourceError::reading(&self.member, records.last_line(), error).into())
            }
        }
    }
}

/// A table's rows, one at a time.
pub struct Rows<'a> {
    table: &'a Table,
    records: Records<'a>,
    fields: Fields,
    columns: Columns,
}

impl Rows<'_> {
    /// Reads the next row; `Err` inside says what is wrong with it. None at the end.
    ///
    /// # Errors
    /// When the file can't be read on.
    pub fn advance(&mut self) -> Result<Option<Result<(), String>>, ImportError> {
        let read = self.table.next(&mut self.records, &mut self.fields)?;
        Ok(read.map(|read| read.and_then(|()| self.columns.cells(&self.fields).map(drop))))
    }

    /// The wanted cells of the row that was read last, if that was a good one.
    pub fn cells(&self) -> Cells<'_> {
        self.columns.cells_unchecked(&self.fields)
    }

    /// The line that row begins on.
    pub fn line(&self) -> u64 {
        self.records.record_line()
    }

    /// The file that is read.
    pub fn file(&self) -> &str {
        &self.table.member.name
    }
}
