//! The best k of all films, exactly.
//!
//! With a film's row x = x̂ + e and the query q = q̂ + f, the rounded product q̂·x̂ is off by at most ‖q‖‖e‖ + ‖f‖‖x̂‖. A
//! film whose score plus that bound is below k films' scores less theirs can't be among the best k; all others are scored
//! as they are.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashSet},
    ops::Range,
};

use super::{
    Extra, ItemMatrix,
    kernel::{BLOCK, LANES, largest, products},
};

/// Films whose products are computed at once: their rows stay in the first cache for every query of a batch.
pub(super) const AT_ONCE: usize = 256;

/// What is looked for.
#[derive(Clone, Debug)]
pub struct Search<'s> {
    pub query: &'s [f32],
    /// Added to each film's score: this weight times the film's value.
    pub extra: Option<(f32, &'s Extra)>,
    /// Films that must not come.
    pub hidden: &'s HashSet<usize>,
    pub k: usize,
}

/// A film and its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    pub film: usize,
    pub score: f32,
}

impl ItemMatrix {
    /// The best `k` films of each search, best first, of equal ones the first; the matrix is read once for all.
    pub fn top(&self, searches: &[Search<'_>]) -> Vec<Vec<Found>> {
        let mut scans: Vec<Scan<'_>> = searches.iter().map(|search| Scan::new(self, search, None)).collect();
        let mut out = [0_i32; AT_ONCE];
        for first in (0..self.films()).step_by(AT_ONCE) {
            for scan in &mut scans {
                scan.read(self, first..(first + AT_ONCE).min(self.films()), &mut out);
            }
        }
        scans.into_iter().map(|scan| scan.finish(self)).collect()
    }
}

/// One search under way.
pub(super) struct Scan<'s> {
    search: &'s Search<'s>,
    /// The film of each row, where that is not its number.
    films: Option<&'s [u32]>,
    rounded: Vec<[i16; LANES]>,
    scale: f32,
    /// ‖q‖, and ‖f‖‖x̂‖ for the longest row, each with what adding in 32 bits may lose.
    length: f32,
    slack: f32,
    /// The best k scores less their bounds, the least on top.
    sure: BinaryHeap<Reverse<Ordered>>,
    /// What the k-th of them is; −∞ as long as there are fewer.
    bar: f32,
    possible: Vec<(f32, usize)>,
}

impl<'s> Scan<'s> {
    pub fn new(matrix: &ItemMatrix, search: &'s Search<'s>, films: Option<&'s [u32]>) -> Self {
        let largest = search.query.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let scale = if largest > 0.0 { largest / 32_767.0 } else { 1.0 };
        let mut rounded = vec![[0_i16; LANES]; matrix.chunks];
        let mut error = 0.0_f32;
        for (value, place) in search.query.iter().zip(rounded.as_flattened_mut()) {
            #[expect(clippy::cast_possible_truncation, reason = "16 bits by the choice of the scale")]
            let integer = (value / scale).round().clamp(-32_767.0, 32_767.0) as i16;
            error += (value - f32::from(integer) * scale).powi(2);
            *place = integer;
        }
        let length = search.query.iter().map(|value| value * value).sum::<f32>().sqrt();
        let lost = search.extra.map_or(0.0, |(weight, extra)| extra.lost(weight));
        let slack = error.sqrt() * matrix.max_length + length * matrix.max_length * 1e-5 + lost;
        let sure = BinaryHeap::with_capacity(search.k + 1);
        Self {
            search,
            films,
            rounded,
            scale,
            length: length * 1.000_1,
            slack,
            sure,
            bar: f32::NEG_INFINITY,
            possible: Vec::new(),
        }
    }

    /// Takes rows in, some at once.
    pub fn read(&mut self, matrix: &ItemMatrix, rows: Range<usize>, out: &mut [i32; AT_ONCE]) {
        let mut first = rows.start;
        while first < rows.end {
            // Whole blocks, but for the first and the last of them.
            let end = rows.end.min((first / AT_ONCE + 1) * AT_ONCE);
            let out = &mut out[..end - first];
            products(&matrix.rounded[first * matrix.chunks..end * matrix.chunks], &self.rounded, out);
            self.take(matrix, first, out);
            first = end;
        }
    }

    /// About the products of the query with the rows of another matrix of the same width, in units of the query's own.
    pub fn products(&self, other: &ItemMatrix) -> Vec<f32> {
        let mut out = vec![0; other.films()];
        products(&other.rounded, &self.rounded, &mut out);
        #[expect(clippy::cast_precision_loss, reason = "about")]
        let scaled =
            |(products, scale): (&[i32], &f32)| products.iter().map(|product| *product as f32 * scale).collect();
        out.chunks(BLOCK).zip(&other.scales).flat_map::<Vec<f32>, _>(scaled).collect()
    }

    fn film(&self, row: usize) -> usize {
        self.films.map_or(row, |films| films[row] as usize)
    }

    fn take(&mut self, matrix: &ItemMatrix, first: usize, products: &[i32]) {
        let (head, rest) = products.split_at(products.len().min(first.next_multiple_of(BLOCK) - first));
        let (blocks, tail) = rest.as_chunks::<BLOCK>();
        self.take_rows(matrix, first, head);
        let first = first + head.len();
        self.take_blocks(matrix, first / BLOCK, blocks);
        self.take_rows(matrix, first + blocks.len() * BLOCK, tail);
    }

    /// Takes whole blocks in, each row by itself only where one of its block may be among the best.
    fn take_blocks(&mut self, matrix: &ItemMatrix, first: usize, blocks: &[[i32; BLOCK]]) {
        let mut most = [0; AT_ONCE / BLOCK];
        let most = &mut most[..blocks.len()];
        largest(blocks, most);
        let bounds = matrix.scales[first..].iter().zip(&matrix.errors[first..]);
        for (((block, products), most), (scale, error)) in (first..).zip(blocks).zip(most).zip(bounds) {
            // Rounding puts no sum above that of the largest product and the largest extra.
            #[expect(clippy::cast_precision_loss, reason = "the slack covers it")]
            let score = *most as f32 * (scale * self.scale);
            let extra = self.search.extra.map_or(0.0, |(weight, extra)| extra.most(block, weight));
            if score + extra + (error * self.length + self.slack) >= self.bar {
                self.take_rows(matrix, block * BLOCK, products);
            }
        }
    }

    /// Takes rows of one block in.
    fn take_rows(&mut self, matrix: &ItemMatrix, first: usize, products: &[i32]) {
        for (row, product) in (first..).zip(products) {
            let block = row / BLOCK;
            #[expect(clippy::cast_precision_loss, reason = "the slack covers it")]
            let score = *product as f32 * (matrix.scales[block] * self.scale);
            let bound = matrix.errors[block] * self.length + self.slack;
            let score = score + self.extra(row);
            if score + bound >= self.bar {
                self.consider(row, score, bound);
            }
        }
    }

    fn extra(&self, row: usize) -> f32 {
        self.search.extra.map_or(0.0, |(weight, extra)| weight * extra.values()[row])
    }

    fn consider(&mut self, film: usize, score: f32, bound: f32) {
        if self.search.k == 0 || self.search.hidden.contains(&self.film(film)) {
            return;
        }
        self.possible.push((score + bound, film));
        if score - bound > self.bar {
            self.sure.push(Reverse(Ordered(score - bound)));
            if self.sure.len() > self.search.k {
                self.sure.pop();
            }
            if self.sure.len() == self.search.k {
                self.bar = self.sure.peek().map_or(self.bar, |least| least.0.0);
            }
        }
    }

    pub fn finish(self, matrix: &ItemMatrix) -> Vec<Found> {
        let possible = self.possible.iter().filter(|(most, _)| *most >= self.bar);
        let mut found: Vec<Found> = possible
            .map(|&(_, row)| Found {
                film: self.film(row),
                score: matrix.exact(row, self.search.query) + self.extra(row),
            })
            .collect();
        found.sort_by(|one, other| other.score.total_cmp(&one.score).then(one.film.cmp(&other.film)));
        found.truncate(self.search.k);
        found
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Ordered(f32);

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All films, scored as they are and sorted: what the scan must give.
    fn oracle(matrix: &ItemMatrix, search: &Search<'_>) -> Vec<Found> {
        let mut all: Vec<Found> = (0..matrix.films())
            .filter(|film| !search.hidden.contains(film))
            .map(|film| {
                let extra = search.extra.map_or(0.0, |(weight, extra)| weight * extra.values()[film]);
                Found { film, score: matrix.exact(film, search.query) + extra }
            })
            .collect();
        all.sort_by(|one, other| other.score.total_cmp(&one.score).then(one.film.cmp(&other.film)));
        all.truncate(search.k);
        all
    }

    fn values(count: usize) -> impl Strategy<Value = Vec<f32>> {
        prop::collection::vec(prop_oneof![9 => -1.0_f32..1.0, 1 => Just(0.0_f32)], count)
    }

    fn any_case() -> impl Strategy<Value = (usize, Vec<f32>, Vec<Vec<f32>>, Vec<f32>)> {
        (1_usize..40, 0_usize..700).prop_flat_map(|(width, films)| {
            (Just(width), values(width * films), prop::collection::vec(values(width), 1..4), values(films))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn the_scan_gives_exactly_what_scoring_every_film_gives(
            (width, rows, queries, extra) in any_case(),
            hidden in prop::collection::hash_set(0_usize..700, 0..20),
            k in 0_usize..60,
            weight in prop::option::of(-1.0_f32..2.0),
        ) {
            let (matrix, extra) = (ItemMatrix::new(width, rows), Extra::new(extra));
            let extra = weight.map(|weight| (weight, &extra));
            let searches: Vec<_> =
                queries.iter().map(|query| Search { query, extra, hidden: &hidden, k }).collect();
            for (search, found) in searches.iter().zip(matrix.top(&searches)) {
                prop_assert_eq!(found, oracle(&matrix, search));
            }
        }
    }

    #[test]
    fn equal_films_and_films_of_nothing_keep_their_order() {
        let matrix = ItemMatrix::new(3, [[0.5, 0.0, 0.1]; 40].concat());
        let none = HashSet::new();
        for query in [[1.0, 0.0, 0.0], [0.0; 3]] {
            let search = Search { query: &query, extra: None, hidden: &none, k: 7 };
            let found: Vec<_> = matrix.top(&[search])[0].iter().map(|found| found.film).collect();
            assert_eq!(found, [0, 1, 2, 3, 4, 5, 6]);
        }
    }
}
