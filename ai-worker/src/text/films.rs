//! The films' embeddings in memory, as int8 rows, and the scan that finds the nearest.
//!
//! A cosine changes by less than 0.02 by it, mostly by a tenth of that, for a quarter of the memory: some 400 bytes a film of 384
//! values. The scan reads all of them.

use std::collections::HashMap;

use matinee_domain::MovieId;
use matinee_services::ports::NearMovie;

use crate::scan::{Chunk, LANES, products};

/// Rows scanned at once.
const AT_ONCE: usize = 1_024;
/// The query's largest value; sums of its products with rows of [`crate::scan::MAX_WIDTH`] values stay below 2³¹.
const QUERY_SCALE: f32 = 32_000.0;

/// What a film's text was when it was embedded: the beginning of its SHA-256.
pub type TextHash = [u8; 16];

/// An embedding, rounded.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The embedding is about this times the values.
    pub scale: f32,
    pub values: Vec<i8>,
}

impl Row {
    pub fn of(embedding: &[f32]) -> Self {
        let largest = embedding.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
        #[expect(clippy::cast_possible_truncation, reason = "−127 to 127 by the choice of the scale")]
        let values = embedding.iter().map(|value| (value / scale).round().clamp(-127.0, 127.0) as i8).collect();
        Self { scale, values }
    }

    /// The embedding, but for what rounding lost.
    pub fn embedding(&self) -> Vec<f32> {
        self.values.iter().map(|value| f32::from(*value) * self.scale).collect()
    }
}

/// The films that are embedded.
#[derive(Clone, Debug)]
pub struct FilmRows {
    width: usize,
    chunks: usize,
    places: HashMap<MovieId, usize>,
    ids: Vec<MovieId>,
    hashes: Vec<TextHash>,
    scales: Vec<f32>,
    values: Vec<Chunk>,
}

impl FilmRows {
    pub fn new(width: usize) -> Self {
        let chunks = width.div_ceil(LANES);
        Self {
            width,
            chunks,
            places: HashMap::new(),
            ids: Vec::new(),
            hashes: Vec::new(),
            scales: Vec::new(),
            values: Vec::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn hash(&self, movie: MovieId) -> Option<TextHash> {
        self.places.get(&movie).map(|&place| self.hashes[place])
    }

    /// A film's row, if it is embedded.
    pub fn row_of(&self, movie: MovieId) -> Option<Row> {
        self.places.get(&movie).map(|&place| self.row(place).2)
    }

    pub fn ids(&self) -> &[MovieId] {
        &self.ids
    }

    /// Takes a film in, in place of what was there of it.
    pub fn put(&mut self, movie: MovieId, hash: TextHash, row: &Row) {
        let mut padded = row.values.clone();
        padded.resize(self.chunks * LANES, 0);
        let (chunks, _) = padded.as_chunks::<LANES>();
        if let Some(&place) = self.places.get(&movie) {
            self.hashes[place] = hash;
            self.scales[place] = row.scale;
            self.values[place * self.chunks..][..self.chunks].copy_from_slice(chunks);
        } else {
            self.places.insert(movie, self.ids.len());
            self.ids.push(movie);
            self.hashes.push(hash);
            self.scales.push(row.scale);
            self.values.extend_from_slice(chunks);
        }
    }

    /// Lets a film go; the last one takes its place.
    pub fn remove(&mut self, movie: MovieId) -> bool {
        let Some(place) = self.places.remove(&movie) else { return false };
        let last = self.ids.len() - 1;
        self.ids.swap_remove(place);
        self.hashes.swap_remove(place);
        self.scales.swap_remove(place);
        if place != last {
            self.places.insert(self.ids[place], place);
            self.values.copy_within(last * self.chunks..(last + 1) * self.chunks, place * self.chunks);
        }
        self.values.truncate(last * self.chunks);
        true
    }

    /// A film as it is kept.
    pub fn row(&self, place: usize) -> (MovieId, TextHash, Row) {
        let values = self.values[place * self.chunks..][..self.chunks].as_flattened()[..self.width].to_vec();
        (self.ids[place], self.hashes[place], Row { scale: self.scales[place], values })
    }

    /// The films nearest to an embedding of length one, nearest first; equally near ones by id.
    pub fn nearest(&self, embedding: &[f32], limit: usize) -> Vec<NearMovie> {
        let largest = embedding.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        if largest <= 0.0 || limit == 0 || embedding.len() != self.width {
            return Vec::new();
        }
        let scale = largest / QUERY_SCALE;
        let mut query = vec![[0_i16; LANES]; self.chunks];
        for (place, value) in query.as_flattened_mut().iter_mut().zip(embedding) {
            #[expect(clippy::cast_possible_truncation, reason = "−32,000 to 32,000 by the choice of the scale")]
            let rounded = (value / scale).round() as i16;
            *place = rounded;
        }
        let mut scores = Vec::with_capacity(self.len());
        let mut sums = [0_i32; AT_ONCE];
        for (rows, scales) in self.values.chunks(AT_ONCE * self.chunks).zip(self.scales.chunks(AT_ONCE)) {
            products(rows, &query, &mut sums[..scales.len()]);
            #[expect(clippy::cast_precision_loss, reason = "a score's seventh digit")]
            scores.extend(sums.iter().zip(scales).map(|(sum, row_scale)| *sum as f32 * scale * row_scale));
        }
        let mut order: Vec<usize> = (0..scores.len()).collect();
        let by_score = |one: &usize, other: &usize| {
            scores[*other].total_cmp(&scores[*one]).then(self.ids[*one].cmp(&self.ids[*other]))
        };
        if order.len() > limit {
            order.select_nth_unstable_by(limit - 1, by_score);
            order.truncate(limit);
        }
        order.sort_unstable_by(by_score);
        order.into_iter().map(|place| NearMovie { movie: self.ids[place], score: scores[place] }).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn film(number: u128) -> MovieId {
        MovieId(Uuid::from_u128(number))
    }

    fn unit(values: &[f32]) -> Vec<f32> {
        let length = values.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-6);
        values.iter().map(|value| value / length).collect()
    }

    #[test]
    fn a_film_that_goes_leaves_the_others_as_they_were() {
        let mut films = FilmRows::new(3);
        for (number, embedding) in [(1, [1.0, 0.0, 0.0]), (2, [0.0, 1.0, 0.0]), (3, [0.0, 0.0, 1.0])] {
            films.put(film(number), [0; 16], &Row::of(&embedding));
        }
        assert!(films.remove(film(1)) && !films.remove(film(1)));
        films.put(film(2), [7; 16], &Row::of(&unit(&[1.0, 1.0, 0.0])));
        let found = films.nearest(&[0.0, 0.0, 1.0], 5);
        assert_eq!(found.iter().map(|near| near.movie).collect::<Vec<_>>(), [film(3), film(2)]);
        assert_eq!((films.hash(film(2)), films.hash(film(1)), films.len()), (Some([7; 16]), None, 2));
    }

    proptest! {
        #[test]
        fn scores_are_the_cosines_but_for_what_rounding_loses(
            rows in prop::collection::vec(prop::collection::vec(-1.0_f32..1.0, 40), 1..30),
            query in prop::collection::vec(-1.0_f32..1.0, 40),
        ) {
            let mut films = FilmRows::new(40);
            for (number, row) in (0..).zip(&rows) {
                films.put(film(number), [0; 16], &Row::of(&unit(row)));
            }
            let query = unit(&query);
            let found = films.nearest(&query, 100);
            prop_assert_eq!(found.len(), rows.len());
            for near in &found {
                let row = unit(&rows[near.movie.0.as_u128() as usize]);
                let cosine: f32 = row.iter().zip(&query).map(|(left, right)| left * right).sum();
                prop_assert!((near.score - cosine).abs() < 0.02, "{} for {cosine}", near.score);
            }
            prop_assert!(found.is_sorted_by(|one, other| one.score >= other.score));
            prop_assert_eq!(films.nearest(&query, 3), found[..found.len().min(3)].to_vec());
        }
    }
}
