//! A stream cut into lines of bounded length.

use std::io::{self, BufRead, BufReader, Read};

const BUFFER_BYTES: usize = 64 << 10;
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// A line without its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// From 1.
    pub number: u64,
    pub bytes: Vec<u8>,
    /// It was longer than the limit; `bytes` is its beginning and the rest is passed over.
    pub cut: bool,
}

/// Lines ended by LF or CRLF; the last may lack its end. A byte order mark at the beginning is left out.
pub(super) struct Lines<'a> {
    reader: BufReader<&'a mut dyn Read>,
    limit: usize,
    pub number: u64,
    pub bytes_done: u64,
}

impl<'a> Lines<'a> {
    pub fn new(reader: &'a mut dyn Read, limit: usize) -> Self {
        Self { reader: BufReader::with_capacity(BUFFER_BYTES, reader), limit, number: 0, bytes_done: 0 }
    }

    /// Reads the next line into `line`; false at the end.
    pub fn next(&mut self, line: &mut Line) -> io::Result<bool> {
        line.bytes.clear();
        let limit = self.limit as u64 + 1;
        let read = self.reader.by_ref().take(limit).read_until(b'\n', &mut line.bytes)?;
        if read == 0 {
            return Ok(false);
        }
        self.number += 1;
        self.bytes_done += read as u64;
        line.number = self.number;
        line.cut = read as u64 == limit && line.bytes.last() != Some(&b'\n');
        if line.cut {
            self.pass_over()?;
        }
        if self.number == 1 && line.bytes.starts_with(BOM) {
            line.bytes.drain(..BOM.len());
        }
        if line.bytes.last() == Some(&b'\n') {
            line.bytes.pop();
        }
        if line.bytes.last() == Some(&b'\r') {
            line.bytes.pop();
        }
        Ok(true)
    }

    fn pass_over(&mut self) -> io::Result<()> {
        loop {
            let buffer = match self.reader.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            let end = buffer.iter().position(|&byte| byte == b'\n');
            let used = end.map_or(buffer.len(), |at| at + 1);
            self.reader.consume(used);
            self.bytes_done += used as u64;
            if end.is_some() || used == 0 {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(mut bytes: &[u8], limit: usize) -> Vec<(u64, String, bool)> {
        let total = bytes.len() as u64;
        let mut lines = Lines::new(&mut bytes, limit);
        let (mut line, mut all) = (Line::default(), Vec::new());
        while lines.next(&mut line).unwrap() {
            all.push((line.number, String::from_utf8(line.bytes.clone()).unwrap(), line.cut));
        }
        assert_eq!(lines.bytes_done, total, "all bytes are counted");
        all
    }

    fn line(number: u64, text: &str) -> (u64, String, bool) {
        (number, text.to_owned(), false)
    }

    #[test]
    fn bom_crlf_and_a_missing_last_line_end_are_taken_off() {
        let all = lines(b"\xEF\xBB\xBFa\r\nb\n\nc", 10);
        assert_eq!(all, [line(1, "a"), line(2, "b"), line(3, ""), line(4, "c")]);
    }

    #[test]
    fn a_line_beyond_the_limit_is_cut_and_the_next_one_is_whole() {
        let all = lines(b"12345\n123456789\n12345", 5);
        assert_eq!(all, [line(1, "12345"), (2, "123456".to_owned(), true), line(3, "12345")]);
    }
}
