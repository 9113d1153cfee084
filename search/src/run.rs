//! One search, from the query to the hits, on the thread that calls it.
//!
//! It goes from what was typed to what may have been meant, and stops as soon as that finds enough: exact words, words
//! without spaces, misspelt words that nobody knows, any misspelt word, fewer words.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use matinee_domain::{MovieId, SearchFilter, SearchQuery, search::GenreCount};
use matinee_services::ports::SearchHits;
use tantivy::{
    Searcher, SegmentReader,
    columnar::{Column, StrColumn},
};

use crate::{
    IndexError,
    deadline::Deadline,
    fit::{Fit, MAX_TYPOS},
    query::ParsedQuery,
    ranking::{Film, Score, by_ratings, score},
    schema::{self, Fields, TitleShape, movie_id},
    segment::SegmentMatches,
};

/// With fewer films than this, what may have been meant is looked for too.
const ENOUGH_FILMS: usize = 5;
/// Films are counted and ranked between two looks at the clock.
const FILMS_BETWEEN_CHECKS: usize = 16_384;

/// Films that fit, by number of words, before any filter.
struct Reach {
    /// The most words that fit one film.
    words: usize,
    /// Films that so many words fit.
    films: usize,
}

/// Answers a query.
pub fn run(
    searcher: &Searcher,
    fields: Fields,
    query: &SearchQuery,
    deadline: Deadline,
) -> Result<SearchHits, IndexError> {
    let parsed = ParsedQuery::parse(&query.text);
    let readers = searcher.segment_readers();
    let mut segments: Vec<SegmentMatches<'_>> =
        readers.iter().map(|reader| SegmentMatches::new(reader, fields, &parsed, deadline)).collect();
    let words = if parsed.is_empty() { 0 } else { find(&mut segments, &parsed, deadline)? };
    if words == 0 && !parsed.is_empty() {
        return Ok(SearchHits::default());
    }
    let mut top = Top::new(query);
    let mut genres = BTreeMap::new();
    for segment in &segments {
        Collector::new(segment, &parsed, &query.filter, words, deadline)?.collect(&mut top, &mut genres)?;
    }
    Ok(top.into_hits(query, genres))
}

/// Widens the search until enough is found. Returns how many words a film must fit.
fn find(segments: &mut [SegmentMatches<'_>], query: &ParsedQuery, deadline: Deadline) -> Result<usize, IndexError> {
    let all = query.required.len();
    for segment in &mut *segments {
        segment.find_exact(query)?;
    }
    if reach(segments, all, deadline)?.enough(all) {
        return Ok(all);
    }
    for segment in &mut *segments {
        segment.find_unspaced(query)?;
    }
    if reach(segments, all, deadline)?.enough(all) {
        return Ok(all);
    }
    let known: Vec<bool> = query
        .required
        .iter()
        .map(|word| segments.iter().try_fold(false, |known, segment| Ok(known || segment.knows(word)?)))
        .collect::<Result<_, IndexError>>()?;
    find_misspelt(segments, query, 1, |at| !known[at])?;
    for typos in 1..=MAX_TYPOS {
        let reach = reach(segments, all, deadline)?;
        if reach.words == all {
            return Ok(all);
        }
        find_misspelt(segments, query, typos, |at| typos > 1 || known[at])?;
    }
    Ok(reach(segments, all, deadline)?.words)
}

fn find_misspelt(
    segments: &mut [SegmentMatches<'_>],
    query: &ParsedQuery,
    typos: u8,
    wanted: impl Fn(usize) -> bool,
) -> Result<(), IndexError> {
    for (at, word) in query.required.iter().enumerate() {
        if word.max_typos() >= typos && wanted(at) {
            for segment in &mut *segments {
                segment.find_misspelt(at, word, typos)?;
            }
        }
    }
    Ok(())
}

impl Reach {
    fn enough(&self, all: usize) -> bool {
        self.words == all && self.films >= ENOUGH_FILMS
    }
}

fn reach(segments: &[SegmentMatches<'_>], all: usize, deadline: Deadline) -> Result<Reach, IndexError> {
    let mut by_words = vec![0_usize; all + 1];
    for segment in segments {
        deadline.check()?;
        let films = segment.required.first().map_or(0, Vec::len);
        let mut counts = vec![0_u8; films];
        for fits in &segment.required {
            for (count, fit) in counts.iter_mut().zip(fits) {
                *count += u8::from(!fit.is_none());
            }
        }
        let alive = segment.reader.alive_bitset();
        for (film, count) in (0..).zip(counts) {
            if count > 0 && alive.is_none_or(|alive| alive.is_alive(film)) {
                by_words[usize::from(count)] += 1;
            }
        }
    }
    let words = by_words.iter().rposition(|&films| films > 0).unwrap_or(0);
    Ok(Reach { words, films: by_words[words] })
}

/// Goes over one segment's films and takes those that match.
struct Collector<'a> {
    segment: &'a SegmentMatches<'a>,
    query: &'a ParsedQuery,
    filter: &'a SearchFilter,
    /// Words that must fit.
    words: usize,
    deadline: Deadline,
    /// By film: in how many of the genres asked for it is. Empty where none are.
    genres: Vec<u8>,
    genres_wanted: u8,
    columns: Columns,
}

impl<'a> Collector<'a> {
    fn new(
        segment: &'a SegmentMatches<'a>,
        query: &'a ParsedQuery,
        filter: &'a SearchFilter,
        words: usize,
        deadline: Deadline,
    ) -> Result<Self, IndexError> {
        let columns = Columns::open(segment.reader)?;
        let mut wanted: Vec<&String> = filter.genres.iter().collect();
        wanted.sort_unstable();
        wanted.dedup();
        wanted.truncate(usize::from(u8::MAX));
        let mut genres = vec![0; if wanted.is_empty() { 0 } else { segment.reader.max_doc() as usize }];
        for genre in &wanted {
            let mut in_genre = vec![Fit::default(); genres.len()];
            segment.mark_genre(genre, Fit::OF_YEAR, &mut in_genre)?;
            for (count, fit) in genres.iter_mut().zip(in_genre) {
                *count += u8::from(!fit.is_none());
            }
        }
        let genres_wanted = u8::try_from(wanted.len()).unwrap_or(u8::MAX);
        Ok(Self { segment, query, filter, words, deadline, genres, genres_wanted, columns })
    }

    fn collect(&self, top: &mut Top, genres: &mut BTreeMap<String, u64>) -> Result<(), IndexError> {
        let alive = self.segment.reader.alive_bitset();
        let mut genre_counts = vec![0_u64; self.columns.genre.as_ref().map_or(0, |genre| genre.num_terms())];
        for film in 0..self.segment.reader.max_doc() {
            let at = film as usize;
            if at.is_multiple_of(FILMS_BETWEEN_CHECKS) {
                self.deadline.check()?;
            }
            if !self.matches(at) || alive.is_some_and(|alive| !alive.is_alive(film)) || !self.passes(film) {
                continue;
            }
            let facts = self.columns.film(film);
            let score =
                if self.query.is_empty() { by_ratings(facts) } else { score(self.query, self.segment, at, facts) };
            top.offer(score, || self.columns.id(film));
            if let Some(genre) = &self.columns.genre {
                genre.term_ords(film).for_each(|genre| genre_counts[usize::try_from(genre).unwrap_or(0)] += 1);
            }
        }
        if let Some(column) = &self.columns.genre {
            let mut name = String::new();
            for (genre, count) in (0..).zip(genre_counts) {
                if count > 0 && column.ord_to_str(genre, &mut name)? {
                    *genres.entry(name.clone()).or_default() += count;
                }
            }
        }
        Ok(())
    }

    fn matches(&self, at: usize) -> bool {
        let required = &self.segment.required;
        if self.words == required.len() {
            return required.iter().all(|fits| !fits[at].is_none());
        }
        required.iter().filter(|fits| !fits[at].is_none()).count() == self.words
    }

    fn passes(&self, film: u32) -> bool {
        let SearchFilter { from, to, min_rating, .. } = self.filter;
        if self.genres_wanted > 0 && self.genres[film as usize] < self.genres_wanted {
            return false;
        }
        if from.is_some() || to.is_some() {
            let Some(year) = self.columns.year.first(film) else { return false };
            if from.is_some_and(|from| year < from.get().into()) || to.is_some_and(|to| year > to.get().into()) {
                return false;
            }
        }
        min_rating.is_none_or(|min| self.columns.rating_mean.first(film).unwrap_or(0.0) >= f64::from(min))
    }
}

/// The numbers of a segment's films.
struct Columns {
    id_high: Column<u64>,
    id_low: Column<u64>,
    year: Column<u64>,
    rating_count: Column<u64>,
    rating_mean: Column<f64>,
    shape: Column<u64>,
    genre: Option<StrColumn>,
}

impl Columns {
    fn open(reader: &SegmentReader) -> Result<Self, IndexError> {
        let columns = reader.fast_fields();
        // A segment in which no film has a year has no column of years.
        let number = |name| -> Result<Column<u64>, IndexError> {
            Ok(columns.column_opt(name)?.unwrap_or_else(|| Column::build_empty_column(reader.max_doc())))
        };
        Ok(Self {
            id_high: number(schema::ID_HIGH)?,
            id_low: number(schema::ID_LOW)?,
            year: number(schema::YEAR)?,
            rating_count: number(schema::RATING_COUNT)?,
            rating_mean: columns.f64(schema::RATING_MEAN)?,
            shape: number(schema::TITLE_SHAPE)?,
            genre: columns.str(schema::GENRE)?,
        })
    }

    fn film(&self, film: u32) -> Film {
        Film {
            year: self.year.first(film),
            rating_count: self.rating_count.first(film).unwrap_or(0),
            shape: TitleShape::unpack(self.shape.first(film).unwrap_or(0)),
        }
    }

    fn id(&self, film: u32) -> MovieId {
        movie_id(self.id_high.first(film).unwrap_or(0), self.id_low.first(film).unwrap_or(0))
    }
}

/// The best hits so far, and how many there were. Equal scores go by id, so that pages don't overlap.
struct Top {
    offset: usize,
    limit: usize,
    total: u64,
    /// Worst on top.
    best: BinaryHeap<Reverse<(Score, Reverse<MovieId>)>>,
}

impl Top {
    fn new(query: &SearchQuery) -> Self {
        let offset = query.offset.min(SearchQuery::MAX_OFFSET) as usize;
        let limit = query.limit.clamp(1, SearchQuery::MAX_LIMIT) as usize;
        Self { offset, limit, total: 0, best: BinaryHeap::new() }
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

    fn into_hits(self, query: &SearchQuery, genres: BTreeMap<String, u64>) -> SearchHits {
        let mut genres: Vec<GenreCount> =
            genres.into_iter().map(|(genre, count)| GenreCount { genre, count }).collect();
        genres.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.genre.cmp(&b.genre)));
        let past_the_end = query.offset > SearchQuery::MAX_OFFSET;
        // `Reverse` sorts best first already.
        let best =
            self.best.into_sorted_vec().into_iter().skip(self.offset).take(if past_the_end { 0 } else { self.limit });
        SearchHits { movies: best.map(|Reverse((_, Reverse(id)))| id).collect(), total: self.total, genres }
    }
}
