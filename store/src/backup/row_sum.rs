//! The fingerprint of a table: the sum of the SHA-256 of its rows, so that their order doesn't matter, and a row that is
//! there twice counts twice.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{BackupError, TableSeal};

/// The sum of rows.
#[derive(Default)]
pub(super) struct RowSum {
    rows: u64,
    lanes: [u64; 4],
}

impl RowSum {
    pub fn add(&mut self, row: &[u8]) {
        let digest = Sha256::digest(row);
        for (lane, bytes) in self.lanes.iter_mut().zip(digest.chunks_exact(8)) {
            *lane = lane.wrapping_add(u64::from_le_bytes(bytes.try_into().expect("chunks are of eight bytes")));
        }
        self.rows += 1;
    }

    pub fn rows(&self) -> u64 {
        self.rows
    }

    pub fn seal(&self) -> TableSeal {
        let [a, b, c, d] = self.lanes;
        TableSeal { rows: self.rows, hash: format!("{a:016x}{b:016x}{c:016x}{d:016x}") }
    }
}

/// Holds the tables that were found in a restored backup against those that were sealed.
pub(super) fn compare(
    name: &str,
    sealed: &BTreeMap<String, TableSeal>,
    found: &BTreeMap<String, TableSeal>,
) -> Result<(), BackupError> {
    let damaged = |reason: String| Err(BackupError::Damaged { name: name.to_owned(), reason });
    for table in sealed.keys().chain(found.keys()) {
        match (sealed.get(table), found.get(table)) {
            (Some(sealed), Some(found)) if sealed == found => {}
            (Some(sealed), Some(found)) if sealed.rows == found.rows => {
                return damaged(format!("rows of the table {table} are not those of the source"));
            }
            (Some(sealed), found) => {
                let rows = found.map_or(0, |found| found.rows);
                return damaged(format!("the table {table} holds {rows} rows instead of {}", sealed.rows));
            }
            (None, _) => return damaged(format!("it holds a table {table} that the source didn't have")),
        }
    }
    Ok(())
}
