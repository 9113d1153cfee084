//! How many films a training takes in: as many as it is told, or as memory and time allow.
//!
//! What costs is the inverse in [`super::ease`]. It is of s × s values, s being the smaller of the numbers of films and of people, so
//! a site with few people may have any number of films.
//!
//! **Memory.** The inverse is made in the matrix's own place with one more of its size beside it, in doubles: 16·s² bytes. Each
//! film also has a row in the thin matrices of the factorisation ([`THIN_BYTES`]):
//!
//! ```text
//! bytes(films, people) = 16·min(films, people)² + 9,216·films  ≤  half of what is available
//! ```
//!
//! **Time.** Cholesky, the inverse of its factor and the product of that with itself take s³/3 operations each, the products with thin matrices 2·s²
//! for each of their columns:
//!
//! ```text
//! operations(s) = fits · (s³ + 2·15·144·s²)  ≤  6 h · cores · 8·10⁹/s
//! ```

use crate::model::BoundBy;

use super::{factors::precise, memory::available_bytes, subspace::PRODUCTS, tuning::MAX_FITS};

/// Columns of the thin matrices: the largest rank and what the factorisation adds to it.
const THIN_COLUMNS: usize = super::tuning::MAX_RANK + super::subspace::OVERSAMPLING;
/// Of a film, in thin matrices of doubles, of which there are eight at a time at most.
const THIN_BYTES: u64 = 8 * 8 * THIN_COLUMNS as u64;
/// Fits that trying out [`super::tower`] takes.
const TOWER_FITS: usize = 1;
/// Where the system doesn't say what is available.
const ASSUMED_BYTES: u64 = 4 << 30;
/// A whole training, with all fits that choosing may take: a night.
const LONGEST_S: f64 = 6.0 * 3600.0;
/// Operations in doubles that a core does in a second. A cautious assumption, a part of what processors with AVX2 can do.
const OPERATIONS_S: f64 = 8e9;

/// At most so many films, the most rated ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    pub movies: usize,
    pub by: BoundBy,
}

/// What a machine can give.
#[derive(Clone, Copy, Debug)]
struct Machine {
    available_bytes: u64,
    cores: usize,
}

impl Bound {
    /// What was asked for, or else what this machine can do for so many people.
    pub fn new(asked: Option<usize>, people: usize) -> Self {
        asked.map_or_else(
            || {
                let cores = std::thread::available_parallelism().map_or(1, usize::from);
                let available_bytes = available_bytes().unwrap_or(ASSUMED_BYTES);
                Self::of_machine(Machine { available_bytes, cores }, people)
            },
            |movies| Self { movies, by: BoundBy::Asked },
        )
    }

    fn of_machine(machine: Machine, people: usize) -> Self {
        let by_memory = largest(|movies| bytes(movies, people) <= machine.available_bytes / 2);
        let most = LONGEST_S * OPERATIONS_S * precise(machine.cores);
        let by_time = largest(|movies| operations(movies.min(people)) <= most);
        // One film is always learnt.
        if by_time < by_memory {
            Self { movies: by_time.max(1), by: BoundBy::Time }
        } else {
            Self { movies: by_memory.max(1), by: BoundBy::Memory }
        }
    }
}

/// Of memory, at the widest moment of a fit.
fn bytes(movies: usize, people: usize) -> u64 {
    let (movies, side) = (movies as u64, movies.min(people) as u64);
    (16 * side * side).saturating_add(THIN_BYTES * movies)
}

/// In doubles, of all fits of a training.
fn operations(side: usize) -> f64 {
    let side = precise(side);
    let products = 2.0 * precise(PRODUCTS * THIN_COLUMNS);
    precise(MAX_FITS + TOWER_FITS) * (side.powi(3) + products * side.powi(2))
}

/// The largest number, up to that of 32-bit indices, for which something holds that holds for all smaller ones.
fn largest(holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, u32::MAX as usize);
    while low < high {
        let middle = high - (high - low) / 2;
        if holds(middle) { low = middle } else { high = middle - 1 }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn bound(gib: u64, cores: usize, people: usize) -> Bound {
        Bound::of_machine(Machine { available_bytes: gib * GIB, cores }, people)
    }

    #[test]
    fn four_times_the_memory_is_twice_the_films_until_time_is_short() {
        let (small, large) = (bound(1, 64, 1_000_000), bound(4, 64, 1_000_000));
        assert_eq!((small.by, large.by), (BoundBy::Memory, BoundBy::Memory));
        assert!(large.movies > small.movies * 19 / 10 && large.movies <= small.movies * 21 / 10, "{small:?} {large:?}");
        assert!(bytes(large.movies, 1_000_000) <= 2 * GIB && bytes(large.movies + 1, 1_000_000) > 2 * GIB);
        let huge = bound(4_000, 2, 1_000_000);
        assert_eq!(huge.by, BoundBy::Time);
        assert!((20_000..30_000).contains(&huge.movies), "six hours of two cores: {huge:?}");
        let more_cores = bound(4_000, 16, 1_000_000);
        assert!(more_cores.movies > huge.movies * 19 / 10, "eight times the cores, twice the films: {more_cores:?}");
    }

    #[test]
    fn where_people_are_few_films_are_many() {
        let few = bound(8, 2, 900);
        assert!(few.movies > 400_000 && few.by == BoundBy::Memory, "{few:?}");
        assert!(bound(8, 2, 1_000_000).movies < 30_000);
    }

    #[test]
    fn what_is_asked_for_counts_and_without_memory_one_film_is_learnt() {
        assert_eq!(Bound::new(Some(7), 1_000), Bound { movies: 7, by: BoundBy::Asked });
        assert_eq!(bound(0, 1, 1_000).movies, 1);
        assert!(Bound::new(None, 1_000).movies >= 1);
    }
}
