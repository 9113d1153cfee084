//! The operator's list of passwords that were made public (ASVS 6.2.12): a file that is looked into, not held in memory.
//!
//! Either lines of SHA-1 in hexadecimal in their order, with a count behind a colon or without, as Have I Been Pwned's downloads have them:
//! such a file may have any size, for a password is found in some thirty reads. Or a password on each line, in any order: of those
//! eight bytes each are kept in memory, so such a list has an end.

use std::{
    fmt::Write as _,
    fs::File,
    io::{BufRead, BufReader, Seek},
    os::unix::fs::FileExt,
    path::Path,
};

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

/// Hexadecimal digits of SHA-1.
const HASH_CHARS: usize = 40;
/// A line of a sorted file is shorter: a hash, a colon and a count.
const MAX_LINE: usize = 64;
/// The longest line of a list of passwords that is read as one.
const MAX_PASSWORD_BYTES: usize = 1_024;
/// The longest list of passwords as they are: 40 MB in memory.
const MAX_PLAIN: usize = 5_000_000;
/// Places at which a sorted file's order is looked at when it is opened.
const PROBES: u64 = 1_000;

/// A list, open.
#[derive(Debug)]
pub enum PasswordList {
    /// Sorted hashes, in the file.
    Sorted { file: File, bytes: u64 },
    /// The first eight bytes of each password's hash, sorted.
    InMemory(Vec<u64>),
}

impl PasswordList {
    /// Opens a list, and looks whether it is one.
    ///
    /// # Errors
    /// Says what is wrong with the file, and what would be right.
    pub fn open(path: &Path) -> Result<Self, String> {
        Self::read(path).map_err(|reason| format!("`auth.password_list` {} can't be used: {reason}", path.display()))
    }

    fn read(path: &Path) -> Result<Self, String> {
        let file = File::open(path).map_err(|error| error.to_string())?;
        let bytes = file.metadata().map_err(|error| error.to_string())?.len();
        let mut lines = BufReader::new(&file);
        let mut first = Vec::new();
        lines.read_until(b'\n', &mut first).map_err(|error| error.to_string())?;
        if trimmed(&first).is_empty() {
            return Err(
                "its first line is empty: it takes a password, or SHA-1 in hexadecimal, on each line".to_owned()
            );
        }
        if hash_in(&first).is_none() {
            lines.rewind().map_err(|error| error.to_string())?;
            return Self::plain(lines);
        }
        let list = Self::Sorted { file, bytes };
        list.check_order()?;
        Ok(list)
    }

    fn plain(mut lines: impl BufRead) -> Result<Self, String> {
        let (mut kept, mut line) = (Vec::new(), Vec::new());
        loop {
            line.clear();
            let read = lines.read_until(b'\n', &mut line).map_err(|error| error.to_string())?;
            let password = trimmed(&line);
            if read == 0 {
                break;
            }
            if password.is_empty() || password.len() > MAX_PASSWORD_BYTES {
                continue;
            }
            if kept.len() == MAX_PLAIN {
                return Err(format!(
                    "it has more than {MAX_PLAIN} passwords: give it as their SHA-1 in hexadecimal, sorted, of which nothing is kept in memory"
                ));
            }
            kept.push(short(password));
        }
        kept.sort_unstable();
        kept.dedup();
        Ok(Self::InMemory(kept))
    }

    /// Whether a password is on it.
    ///
    /// # Errors
    /// When the file can't be read any more, or is not in order.
    pub fn holds(&self, password: &str) -> Result<bool, String> {
        match self {
            Self::InMemory(kept) => Ok(kept.binary_search(&short(password.as_bytes())).is_ok()),
            Self::Sorted { .. } => self.search(&hex(password.as_bytes())),
        }
    }

    /// Halves the part of the file that can hold the line, until nothing is left of it.
    fn search(&self, wanted: &str) -> Result<bool, String> {
        let Self::Sorted { bytes, .. } = self else { return Ok(false) };
        let (mut low, mut high) = (0, *bytes);
        while low < high {
            let middle = low + (high - low) / 2;
            let Some((hash, _, end)) = self.line_from(middle)? else {
                high = middle;
                continue;
            };
            match hash.as_str().cmp(wanted) {
                std::cmp::Ordering::Equal => return Ok(true),
                std::cmp::Ordering::Less => low = end,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok(false)
    }

    /// The first line that begins at this place or behind it: its hash, where it begins and ends. None where there is none.
    fn line_from(&self, place: u64) -> Result<Option<(String, u64, u64)>, String> {
        let Self::Sorted { file, .. } = self else { return Ok(None) };
        // One byte before, so that a line which begins just here is seen to.
        let from = place.saturating_sub(1);
        let mut buffer = [0; 2 * MAX_LINE];
        let read = read_at(file, &mut buffer, from).map_err(|error| format!("it can't be read: {error}"))?;
        let text = &buffer[..read];
        let start = if place == 0 { Some(0) } else { text.iter().position(|byte| *byte == b'\n').map(|at| at + 1) };
        let Some(start) = start.filter(|start| *start < read) else {
            return if read < buffer.len() { Ok(None) } else { Err(no_hash(from)) };
        };
        let length = text[start..].iter().position(|byte| *byte == b'\n').map_or(read - start, |length| length + 1);
        let line = &text[start..start + length];
        let begins = from + start as u64;
        if trimmed(line).is_empty() && begins + length as u64 >= from + read as u64 {
            return Ok(None);
        }
        let hash = hash_in(line).ok_or_else(|| no_hash(begins))?;
        Ok(Some((hash, begins, begins + length as u64)))
    }

    /// Looks at some lines along the file, for a search in one that is not in order finds nothing.
    fn check_order(&self) -> Result<(), String> {
        let Self::Sorted { bytes, .. } = self else { return Ok(()) };
        let mut before = (String::new(), 0);
        for probe in 0..PROBES {
            let Some((hash, begins, _)) = self.line_from(bytes * probe / PROBES)? else { break };
            if hash < before.0 && begins > before.1 {
                return Err(format!(
                    "its lines are not in the order of their hashes (at byte {begins}): `LC_ALL=C sort` brings them into it"
                ));
            }
            before = (hash, begins);
        }
        Ok(())
    }
}

fn no_hash(at: u64) -> String {
    format!("at byte {at} there is no SHA-1 in hexadecimal, as on its first line")
}

/// Reads until the buffer is full or the file ends.
fn read_at(file: &File, buffer: &mut [u8], from: u64) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], from + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn trimmed(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The hash that a line holds, in upper case.
fn hash_in(line: &[u8]) -> Option<String> {
    let line = std::str::from_utf8(trimmed(line)).ok()?;
    let (hash, count) = line.split_once(':').unwrap_or((line, "0"));
    let is_hash = hash.len() == HASH_CHARS && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_hash && count.bytes().all(|byte| byte.is_ascii_digit())).then(|| hash.to_ascii_uppercase())
}

fn hex(password: &[u8]) -> String {
    digest(&SHA1_FOR_LEGACY_USE_ONLY, password).as_ref().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02X}");
        hex
    })
}

fn short(password: &[u8]) -> u64 {
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, password);
    hash.as_ref().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn list(text: &str) -> Result<PasswordList, String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        PasswordList::open(file.path())
    }

    fn sorted(passwords: &[String], ends: &str) -> String {
        let mut hashes: Vec<_> = passwords.iter().map(|password| hex(password.as_bytes())).collect();
        hashes.sort();
        let lines = hashes.iter().enumerate();
        lines.fold(String::new(), |text, (at, hash)| text + hash + if at % 2 == 0 { ":12" } else { "" } + ends)
    }

    #[test]
    fn the_hash_is_that_of_the_published_lists() {
        assert_eq!(hex(b"password"), "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8");
    }

    #[test]
    fn every_password_of_a_sorted_list_is_found_and_no_other() {
        for (number, ends) in [(1, "\n"), (2, "\r\n"), (777, "\n"), (778, "\r\n")] {
            let passwords: Vec<_> = (0..number).map(|n| format!("password {n}")).collect();
            let text = sorted(&passwords, ends);
            for text in [text.clone(), text.trim_end().to_owned(), text.to_lowercase()] {
                let list = list(&text).unwrap();
                assert!(matches!(list, PasswordList::Sorted { .. }));
                assert!(passwords.iter().all(|password| list.holds(password).unwrap()), "{number}");
                assert!((0..500).all(|n| !list.holds(&format!("another {n}")).unwrap()), "{number}");
            }
        }
    }

    #[test]
    fn passwords_as_they_are_may_be_in_any_order() {
        let list = list("zebra crossing\r\ncorrect horse\n\naardvarks\n").unwrap();
        assert!(matches!(&list, PasswordList::InMemory(kept) if kept.len() == 3));
        for (password, there) in
            [("correct horse", true), ("zebra crossing", true), ("Correct horse", false), ("", false)]
        {
            assert_eq!(list.holds(password).unwrap(), there, "{password}");
        }
    }

    #[test]
    fn what_is_no_list_is_refused_and_says_what_would_be_right() {
        let passwords: Vec<_> = (0..50).map(|n| format!("password {n}")).collect();
        let text = sorted(&passwords, "\n");
        let turned = text.lines().rev().collect::<Vec<_>>().join("\n");
        assert!(list(&turned).unwrap_err().contains("LC_ALL=C sort"));
        let (start, end) = text.split_at(1_000);
        assert!(list(&format!("{start}\nnot a hash\n{end}")).unwrap_err().contains("no SHA-1"));
        assert!(list("").unwrap_err().contains("first line is empty"));
        let missing = PasswordList::open(Path::new("/nowhere/list")).unwrap_err();
        assert!(missing.contains("auth.password_list") && missing.contains("/nowhere/list"), "{missing}");
    }
}
