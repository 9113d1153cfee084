//! More films than are scanned whole: rows in cells around centres, of which a search reads the most promising ones (an
//! inverted file: Jégou, Douze and Schmid 2011, without their compression).
//!
//! Centres are found by k-means on directions (Dhillon and Modha 2001), over a sample. Inside a cell the scan is the exact one; what
//! is lost are films of cells that were not read, and how many that are is to be measured against the scan of all.

use std::collections::HashSet;

use super::{
    Extra, Found, ItemMatrix, Search,
    top::{AT_ONCE, Scan},
};

/// Rows of the sample for each cell.
const SAMPLED: usize = 64;
/// Rounds of k-means; more hardly change a sample of this size.
const ROUNDS: usize = 6;
/// One film in so many is in no cell.
const FILMS_PER_LEADING: usize = 256;
/// Rows whose nearest centres are looked for at once.
const ASSIGNED_AT_ONCE: usize = 256;

/// Films in cells.
#[derive(Clone, Debug)]
pub struct Cells {
    /// Rows of films that are in no cell, then cell by cell.
    matrix: ItemMatrix,
    /// The film of each row, and the row of each film.
    films: Vec<u32>,
    rows: Vec<u32>,
    /// Where each cell begins, and where the last one ends.
    starts: Vec<usize>,
    /// The mean of each cell's rows.
    means: ItemMatrix,
}

impl Cells {
    /// Puts rows of `width` values each into so many cells; the square root of the number of films is a good one. `extra`: what is added to
    /// their scores, by film.
    ///
    /// # Panics
    /// As [`ItemMatrix::new`], and with 2³² films or more.
    pub fn new(width: usize, rows: &[f32], extra: &[f32], cells: usize) -> Self {
        let count = rows.len() / width;
        let cells = cells.clamp(1, count.max(1));
        let step = (count / (cells * SAMPLED)).max(1);
        let sample: Vec<f32> = rows.chunks_exact(width).step_by(step).flatten().copied().collect();
        let first = (sample.len() / width / cells).max(1);
        let mut centres: Vec<f32> = sample.chunks_exact(width).step_by(first).take(cells).flatten().copied().collect();
        for _ in 0..ROUNDS {
            centres =
                directions(width, means(width, &sample, &nearest(width, &centres, &sample), centres.len() / width));
        }
        let centres = directions(width, centres);
        let cell_of = nearest(width, &centres, rows);
        let cells = centres.len() / width;
        let mut films: Vec<u32> = (0..u32::try_from(count).expect("fewer than 2^32 films")).collect();
        films.sort_by(|&one, &other| extra[other as usize].total_cmp(&extra[one as usize]));
        let leading = count / FILMS_PER_LEADING;
        films[leading..].sort_by_key(|&film| (cell_of[film as usize], film));
        let mut starts = vec![0_usize; cells + 1];
        for &film in &films[leading..] {
            starts[cell_of[film as usize] + 1] += 1;
        }
        starts[0] = leading;
        for cell in 0..cells {
            starts[cell + 1] += starts[cell];
        }
        let mut row_of = vec![0_u32; count];
        for (row, &film) in (0..).zip(&films) {
            row_of[film as usize] = row;
        }
        let in_order = films.iter().flat_map(|&film| &rows[film as usize * width..][..width]).copied().collect();
        let means = ItemMatrix::new(width, means(width, rows, &cell_of, cells));
        Self { matrix: ItemMatrix::new(width, in_order), films, rows: row_of, starts, means }
    }

    pub fn cells(&self) -> usize {
        self.starts.len() - 1
    }

    pub fn films(&self) -> usize {
        self.films.len()
    }

    pub fn width(&self) -> usize {
        self.matrix.width()
    }

    /// The product of `query` with a film's embedding as it is.
    pub fn exact(&self, film: usize, query: &[f32]) -> f32 {
        self.matrix.exact(self.rows[film] as usize, query)
    }

    /// Values by film in the order of rows, as [`Search::extra`] has to be here.
    pub fn in_order(&self, by_film: &[f32]) -> Extra {
        Extra::new(self.films.iter().map(|&film| by_film[film as usize]).collect())
    }

    /// The best films of the `probes` most promising cells, and of those that are in none.
    pub fn top(&self, search: &Search<'_>, probes: usize) -> Vec<Found> {
        let mut scan = Scan::new(&self.matrix, search, Some(&self.films));
        let mut cells: Vec<(f32, usize)> = scan.products(&self.means).into_iter().zip(0..).collect();
        let probes = probes.clamp(1, cells.len());
        cells.select_nth_unstable_by(probes - 1, |one, other| other.0.total_cmp(&one.0));
        cells.truncate(probes);
        // The best first, for what is found there spares considering the rest.
        cells.sort_by(|one, other| other.0.total_cmp(&one.0));
        let mut products = [0_i32; AT_ONCE];
        scan.read(&self.matrix, 0..self.starts[0], &mut products);
        for (_, cell) in cells {
            scan.read(&self.matrix, self.starts[cell]..self.starts[cell + 1], &mut products);
        }
        scan.finish(&self.matrix)
    }
}

/// The centre with the largest product for each row.
fn nearest(width: usize, centres: &[f32], rows: &[f32]) -> Vec<usize> {
    let centres = ItemMatrix::new(width, centres.to_vec());
    let nothing = HashSet::new();
    let rows: Vec<&[f32]> = rows.chunks_exact(width).collect();
    let mut found = Vec::with_capacity(rows.len());
    for rows in rows.chunks(ASSIGNED_AT_ONCE) {
        let searches: Vec<_> = rows.iter().map(|query| Search { query, extra: None, hidden: &nothing, k: 1 }).collect();
        found.extend(centres.top(&searches).iter().map(|best| best.first().map_or(0, |best| best.film)));
    }
    found
}

/// The mean row of each cell; zeros for an empty one.
fn means(width: usize, rows: &[f32], cell_of: &[usize], cells: usize) -> Vec<f32> {
    let (mut sums, mut counts) = (vec![0.0_f32; cells * width], vec![0.0_f32; cells]);
    for (row, &cell) in rows.chunks_exact(width).zip(cell_of) {
        sums[cell * width..][..width].iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        counts[cell] += 1.0;
    }
    for (row, count) in sums.chunks_exact_mut(width).zip(counts) {
        for value in row {
            *value /= count.max(1.0);
        }
    }
    sums
}

/// Rows of length one.
fn directions(width: usize, mut rows: Vec<f32>) -> Vec<f32> {
    for row in rows.chunks_exact_mut(width) {
        let length = row.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        for value in row {
            *value /= length;
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Films around a few directions.
    fn rows(films: usize, width: usize) -> Vec<f32> {
        let mut bits = 1_u64;
        let mut next = || {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f32::from(u16::try_from(bits >> 48).unwrap()) / 65_536.0 - 0.5
        };
        let centres: Vec<f32> = (0..10 * width).map(|_| next()).collect();
        (0..films * width).map(|at| centres[(at / width % 10) * width + at % width] + 0.3 * next()).collect()
    }

    #[test]
    fn all_cells_together_give_what_the_scan_gives_and_a_few_of_them_nearly_that() {
        let (films, width) = (3_000, 24);
        let rows = rows(films, width);
        let by_film: Vec<f32> = (0..films).map(|film| if film % 7 == 0 { 0.1 } else { 0.0 }).collect();
        let (cells, matrix) = (Cells::new(width, &rows, &by_film, 50), ItemMatrix::new(width, rows.clone()));
        assert_eq!(cells.cells(), 50);
        let (in_order, extra) = (cells.in_order(&by_film), Extra::new(by_film));
        let hidden: HashSet<usize> = (0..films).step_by(5).collect();
        for weight in [None, Some(1.0), Some(-1.0)] {
            let (mut same, mut all) = (0, 0);
            for query in rows.chunks_exact(width).step_by(301) {
                let search = |extra| Search { query, extra: weight.zip(Some(extra)), hidden: &hidden, k: 20 };
                let exact = matrix.top(&[search(&extra)]).concat();
                assert_eq!(cells.top(&search(&in_order), 50), exact);
                let few: HashSet<usize> = cells.top(&search(&in_order), 10).iter().map(|found| found.film).collect();
                same += exact.iter().filter(|found| few.contains(&found.film)).count();
                all += exact.len();
            }
            assert!(same * 10 >= all * 9, "{same} of {all}");
        }
    }

    #[test]
    fn who_says_nothing_gets_the_films_that_have_the_most_by_themselves_from_one_cell_as_from_all() {
        let (films, width) = (2_560, 8);
        let by_film: Vec<f32> =
            (0..films).map(|film| f32::from(u16::try_from(film * 7_919 % films).unwrap())).collect();
        let cells = Cells::new(width, &rows(films, width), &by_film, 50);
        let (nothing, extra) = (HashSet::new(), cells.in_order(&by_film));
        let search = Search { query: &[0.0; 8], extra: Some((1.0, &extra)), hidden: &nothing, k: 10 };
        assert_eq!(cells.top(&search, 1), cells.top(&search, 50));
    }

    #[test]
    fn one_film_is_one_cell() {
        let cells = Cells::new(2, &[1.0, 2.0], &[0.0], 100);
        let search = Search { query: &[1.0, 1.0], extra: None, hidden: &HashSet::new(), k: 5 };
        assert_eq!(cells.top(&search, 3), [Found { film: 0, score: 3.0 }]);
    }
}
