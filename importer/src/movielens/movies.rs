//! Films of a data set.

use std::ops::ControlFlow;

use matinee_domain::{ExternalId, Year, title::CleanTitle};
use matinee_services::ports::ImportedMovie;
use roaring::RoaringBitmap;

use super::{DataSet, Form, parse_number};
use crate::{
    run::ImportError,
    table::{Cells, Outcome, Row, Sink, Wanted, on_one_line, shorten},
};

/// The longest title taken, in characters; the longest in `MovieLens` 32M has 200.
const TITLE_CHARS: usize = 400;
/// Genres of one film.
const GENRES: usize = 20;

/// The first five columns; those of 100K's genres come after.
const FIRST_FLAG: usize = 5;
const WANTED: [Wanted; 5] = [
    Wanted { names: &["movieId", "item_id"], needed: true },
    Wanted { names: &["title", "movie_title"], needed: true },
    Wanted { names: &["genres", "genre", "class"], needed: false },
    Wanted { names: &["release_year"], needed: false },
    Wanted { names: &["release_date"], needed: false },
];
#[rustfmt::skip]
const FLAGS: [&[&str]; 18] = [
    &["Action"], &["Adventure"], &["Animation"], &["Children's"], &["Comedy"], &["Crime"], &["Documentary"], &["Drama"],
    &["Fantasy"], &["Film-Noir"], &["Horror"], &["Musical"], &["Mystery"], &["Romance"], &["Sci-Fi"], &["Thriller"],
    &["War"], &["Western"],
];

/// Reads all films. A number that comes a second time is a bad row.
///
/// # Errors
/// When the file can't be read.
pub fn read(set: &DataSet, sink: &mut Sink<'_, ImportedMovie>) -> Result<(), ImportError> {
    let mut known = RoaringBitmap::new();
    read_numbered(set, &mut known, &mut |row| {
        let Row { line, bytes_done, outcome } = row;
        let outcome = match outcome {
            Outcome::Taken((_, movie)) => Outcome::Taken(movie),
            Outcome::Bad(reason) => Outcome::Bad(reason),
            Outcome::PassedOver => Outcome::PassedOver,
        };
        sink(Row { line, bytes_done, outcome })
    })
}

/// The numbers of all films that can be taken.
///
/// # Errors
/// When the file can't be read.
pub fn numbers(set: &DataSet) -> Result<RoaringBitmap, ImportError> {
    let mut known = RoaringBitmap::new();
    read_numbered(set, &mut known, &mut |_| ControlFlow::Continue(()))?;
    Ok(known)
}

fn read_numbered(
    set: &DataSet,
    known: &mut RoaringBitmap,
    sink: &mut Sink<'_, (u32, ImportedMovie)>,
) -> Result<(), ImportError> {
    let mut wanted = Vec::from(WANTED);
    if set.form == Form::Flags {
        wanted.extend(FLAGS.map(|names| Wanted { names, needed: true }));
    }
    let parse = |cells: &Cells<'_>| match parse(set, cells) {
        Ok((number, _)) if !known.insert(number) => Outcome::Bad(format!("film {number} is listed a second time")),
        Ok(movie) => Outcome::Taken(movie),
        Err(reason) => Outcome::Bad(reason),
    };
    set.movies.read(&set.source, &wanted, parse, sink)
}

fn parse(set: &DataSet, cells: &Cells<'_>) -> Result<(u32, ImportedMovie), String> {
    let number = parse_number("film's number", cells.get(0))?;
    let original_title = on_one_line(cells.get(1));
    match original_title.chars().count() {
        0 => return Err("the title is empty".to_owned()),
        TITLE_CHARS.. => return Err(format!("the title has more than {TITLE_CHARS} characters")),
        _ => {}
    }
    // RecBole's copy of 100K misspells the one film whose title isn't known.
    let raw = if original_title == "unkonwn" { "unknown" } else { &original_title };
    let clean = CleanTitle::parse(raw);
    let year = match clean.year {
        Some(year) => Some(year),
        None => parse_year(cells.get(3))?.or_else(|| year_of_date(cells.get(4))),
    };
    let movie = ImportedMovie {
        external_ids: vec![ExternalId { source: set.numbering, id: number.to_string() }],
        title: clean.title,
        alternative_titles: clean.alternatives,
        year,
        genres: genres(set.form, cells),
        original_title,
    };
    Ok((number, movie))
}

fn parse_year(text: &str) -> Result<Option<Year>, String> {
    if matches!(text, "" | "unknown" | "unkonwn") {
        return Ok(None);
    }
    let number: i32 = text.parse().map_err(|_| format!("`{}` is no year", shorten(text)))?;
    Year::new(number).map(Some).map_err(|error| error.to_string())
}

/// `01-Jan-1995` → 1995.
fn year_of_date(text: &str) -> Option<Year> {
    Year::new(text.rsplit('-').next()?.parse().ok()?).ok()
}

fn genres(form: Form, cells: &Cells<'_>) -> Vec<String> {
    let named: Vec<&str> = match form {
        Form::Csv | Form::Dat => cells.get(2).split('|').collect(),
        Form::Atomic => cells.get(2).split(' ').collect(),
        Form::Flags => {
            let flagged = FLAGS.iter().enumerate().filter(|(at, _)| cells.get(FIRST_FLAG + at) == "1");
            flagged.map(|(_, names)| names[0]).collect()
        }
    };
    let mut genres: Vec<String> = Vec::new();
    for name in named {
        let name = match name.trim() {
            // 100K and 1M wrote it so, later releases without the 's.
            "Children's" => "Children",
            "" | "unknown" | "(no genres listed)" => continue,
            other => other,
        };
        if !genres.iter().any(|genre| genre == name) && genres.len() < GENRES {
            genres.push(shorten(name));
        }
    }
    genres
}
