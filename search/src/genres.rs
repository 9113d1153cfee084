//! The genres of a segment's films, for counting them and for filters.

use tantivy::{
    DocId, SegmentReader,
    columnar::{Column, StrColumn},
};

use crate::{IndexError, schema::GENRE};

/// Genres that fit into one number for each film.
const FEW: usize = u64::BITS as usize;

/// Which genres films have, by the genres' places in the segment's list of them.
pub struct Genres {
    names: Vec<String>,
    of_films: OfFilms,
}

enum OfFilms {
    /// A bit for each genre.
    Bits(Vec<u64>),
    /// As the index has them, where there are more.
    Column(Column<u64>),
}

impl Genres {
    pub fn read(reader: &SegmentReader) -> Result<Self, IndexError> {
        // A segment in which no film has a genre has no column of genres.
        let column: Option<StrColumn> = reader.fast_fields().str(GENRE)?;
        let Some(column) = column else {
            return Ok(Self {
                names: Vec::new(),
                of_films: OfFilms::Column(Column::build_empty_column(reader.max_doc())),
            });
        };
        let mut names = vec![String::new(); column.num_terms()];
        for (at, name) in (0..).zip(&mut names) {
            column.ord_to_str(at, name)?;
        }
        let of_films = if names.len() <= FEW {
            let bits = |film| column.term_ords(film).fold(0, |bits, genre| bits | 1 << genre);
            OfFilms::Bits((0..reader.max_doc()).map(bits).collect())
        } else {
            OfFilms::Column(column.ords().clone())
        };
        Ok(Self { names, of_films })
    }

    /// The places of genres. `None` where no film has one of them.
    pub fn places(&self, genres: &[&str]) -> Option<Vec<usize>> {
        genres.iter().map(|genre| self.names.iter().position(|name| name == genre)).collect()
    }

    /// Whether the film has all genres of these places.
    pub fn has_all(&self, film: DocId, places: &[usize]) -> bool {
        match &self.of_films {
            OfFilms::Bits(bits) => places.iter().all(|genre| bits[film as usize] & 1 << genre != 0),
            OfFilms::Column(column) => {
                places.iter().all(|&genre| column.values_for_doc(film).any(|has| has == genre as u64))
            }
        }
    }

    /// How many of the films have each genre; those that none has are left out.
    pub fn count(&self, films: &[DocId]) -> impl Iterator<Item = (&str, u64)> {
        let mut counts = vec![0_u64; self.names.len()];
        for &film in films {
            match &self.of_films {
                OfFilms::Bits(bits) => {
                    let mut rest = bits[film as usize];
                    while rest != 0 {
                        counts[rest.trailing_zeros() as usize] += 1;
                        rest &= rest - 1;
                    }
                }
                OfFilms::Column(column) => {
                    for genre in column.values_for_doc(film) {
                        if let Some(count) = usize::try_from(genre).ok().and_then(|genre| counts.get_mut(genre)) {
                            *count += 1;
                        }
                    }
                }
            }
        }
        self.names.iter().map(String::as_str).zip(counts).filter(|(_, count)| *count > 0)
    }
}
