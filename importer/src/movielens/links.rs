//! Films' numbers at IMDb and TMDB.

use matinee_domain::{ExternalId, ExternalSource};
use roaring::RoaringBitmap;

use super::{DataSet, parse_number};
use crate::{
    run::ImportError,
    table::{Cells, Outcome, Sink, Wanted},
};

/// A film's number here, and its numbers elsewhere.
pub type Link = (ExternalId, Vec<ExternalId>);

const WANTED: [Wanted; 3] = [
    Wanted { names: &["movieId"], needed: true },
    Wanted { names: &["imdbId"], needed: true },
    Wanted { names: &["tmdbId"], needed: false },
];

/// Numbers that were met: of the films here, and those that they have elsewhere.
#[derive(Default)]
struct Known {
    films: RoaringBitmap,
    imdb: RoaringBitmap,
    tmdb: RoaringBitmap,
}

/// Reads all links. A film that comes a second time is a bad row; so is a number that another film has already.
///
/// # Errors
/// When the file can't be read.
pub fn read(set: &DataSet, sink: &mut Sink<'_, Link>) -> Result<(), ImportError> {
    let Some(table) = &set.links else { return Ok(()) };
    let mut known = Known::default();
    let parse = |cells: &Cells<'_>| match parse(set, cells, &mut known) {
        Ok((_, elsewhere)) if elsewhere.is_empty() => Outcome::PassedOver,
        Ok(link) => Outcome::Taken(link),
        Err(reason) => Outcome::Bad(reason),
    };
    table.read(&set.source, &WANTED, parse, sink)
}

fn parse(set: &DataSet, cells: &Cells<'_>, known: &mut Known) -> Result<Link, String> {
    let movie = parse_number("film's number", cells.get(0))?;
    let mut numbers = Vec::with_capacity(2);
    for (source, text) in [(ExternalSource::Imdb, cells.get(1)), (ExternalSource::Tmdb, cells.get(2))] {
        let digits = text.strip_prefix("tt").unwrap_or(text);
        if !digits.is_empty() {
            numbers.push((source, parse_number(&format!("{} number", source.as_str()), digits)?));
        }
    }
    if !known.films.insert(movie) {
        return Err(format!("film {movie} is listed a second time"));
    }
    for &(source, number) in &numbers {
        let of_source = if source == ExternalSource::Imdb { &mut known.imdb } else { &mut known.tmdb };
        if !of_source.insert(number) {
            return Err(format!("another film has the {} number {number} already", source.as_str()));
        }
    }
    let elsewhere = numbers.into_iter().map(|(source, number)| ExternalId { source, id: written(source, number) });
    Ok((ExternalId { source: set.numbering, id: movie.to_string() }, elsewhere.collect()))
}

/// As the source writes it: IMDb's numbers have at least seven digits after `tt`.
fn written(source: ExternalSource, number: u32) -> String {
    if source == ExternalSource::Imdb { format!("tt{number:07}") } else { number.to_string() }
}
