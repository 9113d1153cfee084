//! Whether an archive of the log goes on where a backup ends, without a gap and without damage.
//!
//! Asked to recover all that there is, PostgreSQL takes a piece that is missing, or that holds nonsense, for the end of the
//! log: it takes writes from there on, and whatever comes later is lost without a word. (Asked for a moment, it stops and says
//! that it was not reached.)

use std::{collections::BTreeMap, fs, path::Path};

use super::{PostgresPrograms, WAL};
use crate::backup::{Backup, BackupError, files};

/// What the file of a piece is called that is still being written.
const PARTIAL: &str = ".partial";

/// A piece of the log by its place in it, whatever its timeline is.
type Pieces = BTreeMap<u64, String>;

/// Reads the whole archive from the backup's end on.
///
/// # Errors
/// `ArchiveGap` names the first piece that is missing, `ArchiveDamaged` the first that can't be read.
pub(in crate::backup) async fn check(
    backup: &Backup,
    programs: &PostgresPrograms,
    archive: &Path,
) -> Result<(), BackupError> {
    let wal = backup.folder.join(WAL);
    let Some(piece) = file_names(&wal)?.into_iter().filter(|name| is_piece(name)).max() else { return Ok(()) };
    let bytes = fs::metadata(wal.join(&piece)).map_err(files::failed("read", &wal))?.len();
    // Names count pieces of 4 GiB, and pieces in each of these.
    let in_each = (1 << 32) / bytes.max(1);
    let last = place(&piece, in_each);
    let gap = |number: u64| BackupError::ArchiveGap {
        archive: archive.to_owned(),
        missing: format!("{}{:08X}{:08X}", &piece[..8], number / in_each, number % in_each),
    };
    let (mut whole, mut there) = (Pieces::new(), Vec::new());
    for name in file_names(archive)? {
        let stem = name.strip_suffix(PARTIAL).unwrap_or(&name);
        if !is_piece(stem) || place(stem, in_each) <= last || stem[..8] < piece[..8] {
            continue;
        }
        there.push(place(stem, in_each));
        if stem.len() == name.len() {
            let newest = whole.entry(place(stem, in_each)).or_default();
            *newest = name.max(std::mem::take(newest));
        }
    }
    there.sort_unstable();
    there.dedup();
    match there.iter().zip(last + 1..).find(|(there, wanted)| **there != *wanted) {
        Some((_, wanted)) => return Err(gap(wanted)),
        None if there.is_empty() => return Err(gap(last + 1)),
        None => {}
    }
    for (first, last) in of_each_timeline(&whole) {
        let mut read = programs.server("pg_waldump");
        read.arg("--quiet").arg("--path").arg(archive).arg(first).arg(last);
        programs.run(read, "read the log").await.map_err(|error| match error {
            BackupError::Program { said, .. } => {
                BackupError::ArchiveDamaged { archive: archive.to_owned(), reason: said }
            }
            other => other,
        })?;
    }
    Ok(())
}

/// First and last whole piece of each timeline.
fn of_each_timeline(whole: &Pieces) -> Vec<(&str, &str)> {
    let mut ranges: Vec<(&str, &str)> = Vec::new();
    for name in whole.values() {
        match ranges.last_mut() {
            Some((first, last)) if first[..8] == name[..8] => *last = name,
            _ => ranges.push((name, name)),
        }
    }
    ranges
}

fn file_names(folder: &Path) -> Result<Vec<String>, BackupError> {
    let entries = fs::read_dir(folder).map_err(files::failed("read", folder))?;
    Ok(entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect())
}

/// `TTTTTTTTXXXXXXXXYYYYYYYY`: timeline, and place in it.
fn is_piece(name: &str) -> bool {
    name.len() == 24 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn place(piece: &str, in_each: u64) -> u64 {
    let part = |range| u64::from_str_radix(&piece[range], 16).unwrap_or(0);
    part(8..16) * in_each + part(16..24)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_counted_through_their_names() {
        // 256 pieces of 16 MiB are 4 GiB.
        assert_eq!(place("0000000100000002000000FF", 256) + 1, place("000000010000000300000000", 256));
        assert!(is_piece("0000000100000002000000FF") && !is_piece("00000002.history"));
        let whole: Pieces = ["000000010000000000000001", "000000010000000000000002", "000000020000000000000003"]
            .into_iter()
            .zip(1..)
            .map(|(name, number)| (number, name.to_owned()))
            .collect();
        let ranges = of_each_timeline(&whole);
        assert_eq!(
            ranges,
            [
                ("000000010000000000000001", "000000010000000000000002"),
                ("000000020000000000000003", "000000020000000000000003")
            ]
        );
    }
}
