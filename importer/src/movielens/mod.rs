//! `MovieLens` in the forms it is passed round in.
//!
//! | form | files | text |
//! |---|---|---|
//! | latest, 20M, 25M, 32M | `ratings.csv movies.csv links.csv` (`tags.csv`, `genome-*.csv` are not read) | UTF-8, quotes |
//! | 1M, 10M | `ratings.dat movies.dat` | `::`, Latin-1 |
//! | 100K | `u.data u.item` | tab and `\|`, Latin-1, a column for each genre |
//! | `RecBole` atomic | `ml-*.inter ml-*.item` (`.user`, `.link`, `.kg` are not read) | tab, typed header |
//!
//! Films are known by `MovieLens`' numbers; 100K numbers them by itself. Raters are numbered anew in every release, so
//! each gets a name of its own (see [`raters`]).

pub mod detect;
pub mod links;
pub mod movies;
pub mod raters;
pub mod ratings;

pub use detect::{DataSet, Form};

/// `MovieLens` numbers are positive and fit 32 bits; leading zeros are no part of them.
fn parse_number(what: &str, text: &str) -> Result<u32, String> {
    match text.parse::<u32>() {
        Ok(number) if number > 0 && !text.starts_with('+') => Ok(number),
        _ => Err(format!("`{}` is no {what}: it must be a number from 1", crate::table::shorten(text))),
    }
}
