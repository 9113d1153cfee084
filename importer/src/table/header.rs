//! Columns found by their names.

use super::{Cells, Fields, Wanted};

/// Where the wanted columns are.
pub struct Columns {
    places: Vec<Option<usize>>,
    count: usize,
}

impl Columns {
    /// Looks the wanted columns up in a header, whatever the case.
    ///
    /// # Errors
    /// Says which needed column is missing and which are there.
    pub fn find(header: &[String], wanted: &[Wanted]) -> Result<Self, String> {
        let mut places = Vec::with_capacity(wanted.len());
        for column in wanted {
            let place =
                column.names.iter().find_map(|name| header.iter().position(|title| title.eq_ignore_ascii_case(name)));
            if place.is_none() && column.needed {
                let there: Vec<String> = header.iter().take(12).map(|title| shorten(title)).collect();
                return Err(format!("there is no column `{}`, only: {}", column.names[0], there.join(", ")));
            }
            places.push(place);
        }
        Ok(Self { places, count: header.len() })
    }

    /// The wanted cells of a record.
    ///
    /// # Errors
    /// When the record has not as many fields as the header.
    pub fn cells<'a>(&'a self, fields: &'a Fields) -> Result<Cells<'a>, String> {
        if fields.count() != self.count {
            return Err(format!("it has {} columns, not {}", fields.count(), self.count));
        }
        Ok(self.cells_unchecked(fields))
    }

    /// The same of a record that is known to have as many; what is missing is empty.
    pub fn cells_unchecked<'a>(&'a self, fields: &'a Fields) -> Cells<'a> {
        Cells { fields, places: &self.places }
    }
}

/// Line breaks and runs of blanks become one blank.
pub(crate) fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a file says, made fit for a message: short and without control characters.
pub(crate) fn shorten(text: &str) -> String {
    const CHARS: usize = 40;
    let mut short: String = text.chars().take(CHARS).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(CHARS).is_some() {
        short.push('…');
    }
    short
}
