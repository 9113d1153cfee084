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

    /// Genres that there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// The places of a film's genres.
    pub fn of(&self, film: DocId, mut meet: impl FnMut(usize)) {
        match &self.of_films {
            OfFilms::Bits(bits) => {
                let mut rest = bits[film as usize];
                while rest != 0 {
                    meet(rest.trailing_zeros() as usize);
                    rest &= rest - 1;
                }
            }
            OfFilms::Column(column) => {
                column.values_for_doc(film).filter_map(|genre| usize::try_from(genre).ok()).for_each(meet);
            }
        }
    }

    /// How many of the films have each genre.
    pub fn count(&self, films: &[DocId]) -> Vec<u64> {
        let mut counts = vec![0; self.names.len()];
        for &film in films {
            self.of(film, |genre| counts[genre] += 1);
        }
        counts
    }

    /// The names of genres beside these numbers, one for each; those that nothing has are left out.
    pub fn named<'a>(&'a self, counts: &'a [u64]) -> impl Iterator<Item = (&'a str, u64)> {
        self.names.iter().map(String::as_str).zip(counts.iter().copied()).filter(|(_, count)| *count > 0)
    }
}
