//! Goes over a segment's films, takes those that match, and keeps the best of them and the numbers in each genre.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use matinee_domain::{MovieId, SearchFilter, SearchQuery, search::GenreCount};
use matinee_services::ports::SearchHits;
use tantivy::{DocId, SegmentReader, columnar::Column};

use crate::{
    IndexError,
    deadline::Deadline,
    query::ParsedQuery,
    ranking::{Score, score},
    schema::{GENRE, ID_HIGH, ID_LOW, movie_id},
    segment::SegmentMatches,
};

/// Films are looked at this often between two looks at the clock.
const FILMS_BETWEEN_CHECKS: usize = 16_384;
/// Where more than one film in so many is taken, genres are counted by their lists of films, else film by film.
const FEW: usize = 8;

/// What is asked of films.
pub struct Wanted<'a> {
    pub query: &'a ParsedQuery,
    filter: &'a SearchFilter,
    genres: Vec<&'a str>,
    /// Required words that must fit.
    words: usize,
}

impl<'a> Wanted<'a> {
    pub fn new(query: &'a ParsedQuery, filter: &'a SearchFilter, words: usize) -> Self {
        let mut genres: Vec<&str> = filter.genres.iter().map(String::as_str).collect();
        genres.sort_unstable();
        genres.dedup();
        genres.truncate(usize::from(u8::MAX));
        Self { query, filter, genres, words }
    }

    fn fits(&self, segment: &SegmentMatches<'_>, at: usize) -> bool {
        let required = &segment.required;
        if self.words == required.len() {
            return required.iter().all(|fits| !fits[at].is_none());
        }
        required.iter().filter(|fits| !fits[at].is_none()).count() == self.words
    }

    fn passes(&self, segment: &SegmentMatches<'_>, at: usize) -> bool {
        let SearchFilter { from, to, min_rating, .. } = self.filter;
        let (year, mean) = (segment.facts.year[at], segment.facts.rating_mean[at]);
        let year_passes = (from.is_none() && to.is_none()) || year > 0;
        year_passes
            && from.is_none_or(|from| year >= from.get())
            && to.is_none_or(|to| year <= to.get())
            && min_rating.is_none_or(|min| mean >= min)
    }
}

/// Takes a segment's films in.
pub fn collect(
    segment: &SegmentMatches<'_>,
    wanted: &Wanted<'_>,
    found: &mut Hits,
    deadline: Deadline,
) -> Result<(), IndexError> {
    let reader = segment.lookup.reader;
    let ids = Ids::open(reader)?;
    let alive = reader.alive_bitset();
    let mut in_genres = vec![0_u8; if wanted.genres.is_empty() { 0 } else { reader.max_doc() as usize }];
    for genre in &wanted.genres {
        segment.lookup.count_genre(genre, &mut in_genres)?;
    }
    let mut matches = Vec::new();
    for film in 0..reader.max_doc() {
        let at = film as usize;
        if at.is_multiple_of(FILMS_BETWEEN_CHECKS) {
            deadline.check()?;
        }
        let fits_all = wanted.fits(segment, at)
            && wanted.passes(segment, at)
            && in_genres.get(at).is_none_or(|&genres| usize::from(genres) == wanted.genres.len())
            && alive.is_none_or(|alive| alive.is_alive(film));
        if fits_all {
            matches.push(film);
            found.offer(score(wanted.query, segment, at), || ids.id(film));
        }
    }
    count_genres(segment, &matches, &mut found.genres)
}

fn count_genres(
    segment: &SegmentMatches<'_>,
    taken: &[DocId],
    genres: &mut BTreeMap<String, u64>,
) -> Result<(), IndexError> {
    let reader = segment.lookup.reader;
    if taken.len() > reader.max_doc() as usize / FEW {
        let mut is_taken = vec![false; reader.max_doc() as usize];
        for &film in taken {
            is_taken[film as usize] = true;
        }
        for (genre, count) in segment.lookup.genres_among(&mut is_taken)? {
            *genres.entry(genre).or_default() += count;
        }
        return Ok(());
    }
    let Some(column) = reader.fast_fields().str(GENRE)? else { return Ok(()) };
    let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
    for &film in taken {
        for genre in column.term_ords(film) {
            *counts.entry(genre).or_default() += 1;
        }
    }
    let mut name = String::new();
    for (genre, count) in counts {
        if column.ord_to_str(genre, &mut name)? {
            *genres.entry(name.clone()).or_default() += count;
        }
    }
    Ok(())
}

/// The ids of a segment's films.
pub struct Ids {
    high: Column<u64>,
    low: Column<u64>,
}

impl Ids {
    pub fn open(reader: &SegmentReader) -> Result<Self, IndexError> {
        let columns = reader.fast_fields();
        Ok(Self { high: columns.u64(ID_HIGH)?, low: columns.u64(ID_LOW)? })
    }

    pub fn id(&self, film: DocId) -> MovieId {
        movie_id(self.high.first(film).unwrap_or(0), self.low.first(film).unwrap_or(0))
    }
}

/// The best hits so far, and how many there were. Equal scores go by id, so that pages don't overlap.
pub struct Hits {
    offset: usize,
    limit: usize,
    total: u64,
    genres: BTreeMap<String, u64>,
    /// Worst on top.
    best: BinaryHeap<Reverse<(Score, Reverse<MovieId>)>>,
}

impl Hits {
    pub fn new(query: &SearchQuery) -> Self {
        let past_the_end = query.offset > SearchQuery::MAX_OFFSET;
        let limit = if past_the_end { 0 } else { query.limit.clamp(1, SearchQuery::MAX_LIMIT) };
        let offset = query.offset.min(SearchQuery::MAX_OFFSET);
        Self {
            offset: offset as usize,
            limit: limit as usize,
            total: 0,
            genres: BTreeMap::new(),
            best: BinaryHeap::new(),
        }
    }

    fn offer(&mut self, score: Score, id: impl FnOnce() -> MovieId) {
        self.total += 1;
        if self.best.len() < self.offset + self.limit {
            self.best.push(Reverse((score, Reverse(id()))));
        } else if let Some(mut worst) = self.best.peek_mut()
            && worst.0.0 <= score
        {
            let hit = Reverse((score, Reverse(id())));
            if hit < *worst {
                *worst = hit;
            }
        }
    }

    /// The page that was asked for.
    pub fn into_page(self) -> SearchHits {
        let mut genres: Vec<GenreCount> =
            self.genres.into_iter().map(|(genre, count)| GenreCount { genre, count }).collect();
        genres.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.genre.cmp(&b.genre)));
        // `Reverse` sorts best first already.
        let best = self.best.into_sorted_vec().into_iter().skip(self.offset).take(self.limit);
        let movies = best.map(|Reverse((_, Reverse(id)))| id).collect();
        SearchHits { movies, total: self.total, genres, have_all_words: false }
    }
}
