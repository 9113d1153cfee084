//! Lines cut into fields.

use std::{
    collections::VecDeque,
    io::{self, Read},
};

use csv_core::ReadRecordResult;
use encoding_rs::WINDOWS_1252;

use super::lines::{Line, Lines};

/// Lines that one record with quoted line breaks may span.
const RECORD_LINES: usize = 20;

/// What stands between fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// With quotes, as in RFC 4180.
    Comma,
    Tab,
    Pipe,
    /// `::`
    DoubleColon,
}

/// How bytes are text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    /// Lines that are not UTF-8 are taken as Latin-1 (windows-1252, which holds it): the old data sets are written so,
    /// and some copies of them were converted.
    Latin1,
}

/// A record's fields. Reused from record to record, so that reading allocates nothing for most rows.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    text: String,
    /// Where each field begins and ends in `text`.
    spans: Vec<(usize, usize)>,
}

impl Fields {
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.spans.iter().map(|&(start, end)| &self.text[start..end])
    }

    pub fn count(&self) -> usize {
        self.spans.len()
    }

    pub fn get(&self, at: usize) -> &str {
        self.spans.get(at).map_or("", |&(start, end)| &self.text[start..end])
    }

    fn split(&mut self, separator: &str) {
        self.spans.clear();
        let mut start = 0;
        for (at, found) in self.text.match_indices(separator) {
            self.spans.push((start, at));
            start = at + found.len();
        }
        self.spans.push((start, self.text.len()));
    }

    /// Reads the text as one quoted record.
    fn split_quoted(&mut self, reader: &mut csv_core::Reader) -> Result<(), String> {
        reader.reset();
        // There is one field more than commas at most, and what is unquoted is no longer than it was.
        let mut ends = vec![0; self.text.matches(',').count() + 2];
        let input = std::mem::take(&mut self.text).into_bytes();
        let mut output = vec![0; input.len() + 1];
        let (mut read, mut written, mut ended) = (0, 0, 0);
        loop {
            // Once everything is read, nothing is what tells the end.
            let (result, took, gave, finished) =
                reader.read_record(&input[read..], &mut output[written..], &mut ends[ended..]);
            (read, written, ended) = (read + took, written + gave, ended + finished);
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record | ReadRecordResult::End => break,
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    return Err("its quotes can't be read".to_owned());
                }
            }
        }
        output.truncate(written);
        self.text = String::from_utf8(output).map_err(|error| error.to_string())?;
        self.spans.clear();
        let mut start = 0;
        for &end in &ends[..ended] {
            self.spans.push((start, end));
            start = end;
        }
        Ok(())
    }
}

/// The wanted columns of a record.
pub struct Cells<'a> {
    pub(super) fields: &'a Fields,
    pub(super) places: &'a [Option<usize>],
}

impl<'a> Cells<'a> {
    /// The cell of the nth wanted column, without blanks around it; empty where the table lacks the column.
    pub fn get(&self, wanted: usize) -> &'a str {
        self.places.get(wanted).copied().flatten().map_or("", |at| self.fields.get(at).trim())
    }
}

pub(super) enum RecordError {
    /// Only this record can't be read.
    Bad(String),
    Io(io::Error),
}

impl From<io::Error> for RecordError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Records of a stream. Blank lines are none.
pub(super) struct Records<'a> {
    lines: Lines<'a>,
    separator: Separator,
    encoding: Encoding,
    limit: usize,
    line: Line,
    /// Takes quotes apart. To make one takes longer than to read a record.
    quoted: Box<csv_core::Reader>,
    /// Lines that were read ahead in search of a closing quote that never came.
    waiting: VecDeque<Line>,
}

impl<'a> Records<'a> {
    pub fn new(reader: &'a mut dyn Read, separator: Separator, encoding: Encoding, limit: usize) -> Self {
        let lines = Lines::new(reader, limit);
        let (line, waiting) = (Line::default(), VecDeque::new());
        let quoted = Box::new(csv_core::Reader::new());
        Self { lines, separator, encoding, limit, line, quoted, waiting }
    }

    /// The line that the last record begins on.
    pub fn record_line(&self) -> u64 {
        self.line.number
    }

    /// The last line that was read.
    pub fn last_line(&self) -> u64 {
        self.lines.number
    }

    pub fn bytes_done(&self) -> u64 {
        self.lines.bytes_done
    }

    /// Reads the next record; false at the end. After [`RecordError::Bad`] the next call goes on with the next record.
    pub fn next(&mut self, fields: &mut Fields) -> Result<bool, RecordError> {
        loop {
            if !self.next_line()? {
                return Ok(false);
            }
            if !self.line.bytes.iter().all(u8::is_ascii_whitespace) {
                break;
            }
        }
        if self.separator == Separator::Comma {
            self.join_quoted_lines()?;
        }
        if self.line.cut {
            return Err(RecordError::Bad(format!("the line is longer than {} bytes", self.limit)));
        }
        if self.line.bytes.contains(&0) {
            return Err(RecordError::Bad("it holds a NUL byte".to_owned()));
        }
        fields.text.clear();
        decode(&self.line.bytes, self.encoding, &mut fields.text)?;
        match self.separator {
            Separator::Comma if fields.text.contains('"') => {
                fields.split_quoted(&mut self.quoted).map_err(RecordError::Bad)?;
            }
            Separator::Comma => fields.split(","),
            Separator::Tab => fields.split("\t"),
            Separator::Pipe => fields.split("|"),
            Separator::DoubleColon => fields.split("::"),
        }
        Ok(true)
    }

    fn next_line(&mut self) -> io::Result<bool> {
        if let Some(line) = self.waiting.pop_front() {
            self.line = line;
            return Ok(true);
        }
        self.lines.next(&mut self.line)
    }

    /// A quote that is open at the line's end takes in the lines up to the one that closes it. Where none does within
    /// bounds, only this line is bad and the others are read by themselves: one stray quote doesn't swallow the file.
    fn join_quoted_lines(&mut self) -> Result<(), RecordError> {
        if self.line.cut || !has_open_quote(&self.line.bytes) {
            return Ok(());
        }
        let first = self.line.clone();
        let mut joined = first.bytes.clone();
        let mut taken = Vec::new();
        while taken.len() < RECORD_LINES && joined.len() <= self.limit && self.next_line()? {
            joined.push(b'\n');
            joined.extend_from_slice(&self.line.bytes);
            taken.push(std::mem::take(&mut self.line));
            if taken.last().is_some_and(|line| line.cut) {
                break;
            }
            if !has_open_quote(&joined) {
                self.line = Line { bytes: joined, ..first };
                return Ok(());
            }
        }
        for line in taken.into_iter().rev() {
            self.waiting.push_front(line);
        }
        self.line = first;
        Err(RecordError::Bad("a quote is opened that is not closed".to_owned()))
    }
}

fn has_open_quote(bytes: &[u8]) -> bool {
    bytes.iter().fold(false, |open, &byte| open ^ (byte == b'"'))
}

fn decode(bytes: &[u8], encoding: Encoding, text: &mut String) -> Result<(), RecordError> {
    match (std::str::from_utf8(bytes), encoding) {
        (Ok(valid), _) => text.push_str(valid),
        (Err(_), Encoding::Latin1) => text.push_str(&WINDOWS_1252.decode_without_bom_handling(bytes).0),
        (Err(error), Encoding::Utf8) => {
            let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
            return Err(RecordError::Bad(format!(
                "it is not UTF-8: byte {byte:#04x} at position {}",
                error.valid_up_to() + 1
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str, separator: Separator) -> Vec<(u64, Result<Vec<String>, String>)> {
        let mut bytes = text.as_bytes();
        let mut records = Records::new(&mut bytes, separator, Encoding::Utf8, 1000);
        let (mut fields, mut all) = (Fields::default(), Vec::new());
        loop {
            let record = match records.next(&mut fields) {
                Ok(true) => Ok(fields.iter().map(str::to_owned).collect()),
                Ok(false) => return all,
                Err(RecordError::Bad(reason)) => Err(reason),
                Err(RecordError::Io(error)) => panic!("{error}"),
            };
            all.push((records.record_line(), record));
        }
    }

    fn good(line: u64, fields: &[&str]) -> (u64, Result<Vec<String>, String>) {
        (line, Ok(fields.iter().map(|&field| field.to_owned()).collect()))
    }

    #[test]
    fn quoted_commas_quotes_and_line_breaks_belong_to_their_field() {
        let all = records("1,\"a,b\"\n2,\"say \"\"hi\"\"\"\n\n3,\"two\nlines\"\n4,x\n", Separator::Comma);
        let two = "two\nlines";
        assert_eq!(
            all,
            [good(1, &["1", "a,b"]), good(2, &["2", "say \"hi\""]), good(4, &["3", two]), good(6, &["4", "x"])]
        );
    }

    #[test]
    fn a_quote_that_never_closes_spoils_its_own_line_only() {
        let rest: Vec<String> = (2..=40).map(|number| format!("{number},x")).collect();
        let all = records(&format!("1,\"oh\n{}\n", rest.join("\n")), Separator::Comma);
        assert_eq!(all.len(), 40);
        assert!(all[0].1.is_err());
        assert_eq!(all[1], good(2, &["2", "x"]));
        assert_eq!(all[39], good(40, &["40", "x"]));
    }

    #[test]
    fn other_separators_know_no_quotes() {
        assert_eq!(records("1::\"A::B", Separator::DoubleColon), [good(1, &["1", "\"A", "B"])]);
        assert_eq!(records("a\t\"b\t", Separator::Tab), [good(1, &["a", "\"b", ""])]);
    }
}
