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
    facts::{Fact, Facts},
    outcomes::Outcome,
    query::ParsedQuery,
    ranking::{Score, score},
    schema::{ID_HIGH, ID_LOW, movie_id},
    segment::SegmentMatches,
};

/// Films are looked at this often between two looks at the clock.
const FILMS_BETWEEN_CHECKS: usize = 16_384;

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
        Self { query, filter, genres, words }
    }

    fn passes(&self, film: &Fact) -> bool {
        let SearchFilter { from, to, min_rating, .. } = self.filter;
        let (year, mean) = (film.year, film.rating_mean);
        let year_passes = (from.is_none() && to.is_none()) || year > 0;
        year_passes
            && from.is_none_or(|from| year >= from.get())
            && to.is_none_or(|to| year <= to.get())
            && min_rating.is_none_or(|min| mean >= min)
    }
}

/// Takes a segment's films in.
pub fn collect(
    segment: &mut SegmentMatches<'_>,
    wanted: &Wanted<'_>,
    found: &mut Hits,
    deadline: Deadline,
) -> Result<(), IndexError> {
    let facts = segment.facts;
    let Some(genres) = facts.genres.places(&wanted.genres) else { return Ok(()) };
    let mut films = segment.films_with(wanted.words);
    films.retain(|&film| segment.is_alive(film));
    if *wanted.filter != SearchFilter::default() {
        films.retain(|&film| wanted.passes(&facts.films[film as usize]) && facts.genres.has_all(film, &genres));
    }
    if !wanted.query.optional.is_empty() {
        films.sort_unstable();
        segment.find_optional(wanted.query, &films)?;
    }
    for some in films.chunks(FILMS_BETWEEN_CHECKS) {
        deadline.check()?;
        for &film in some {
            found.offer(score(wanted.query, segment, film), || facts.ids.id(film));
        }
    }
    found.add(films.len() as u64, facts.genres.named(&facts.genres.count(&films)));
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

    /// Adds a segment's films to the numbers.
    fn add<'a>(&mut self, films: u64, of_genres: impl Iterator<Item = (&'a str, u64)>) {
        self.total += films;
        for (genre, count) in of_genres {
            match self.genres.get_mut(genre) {
                Some(known) => *known += count,
                None => drop(self.genres.insert(genre.to_owned(), count)),
            }
        }
    }

    fn offer(&mut self, score: Score, id: impl FnOnce() -> MovieId) {
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

    /// Whether [`Self::take`] may take an outcome in, of whose films so many at most were removed: looking for those takes its time.
    pub fn may_take(&self, outcome: &Outcome, removed: usize) -> bool {
        let kept = outcome.best().len();
        kept >= self.offset + self.limit || kept as u64 + removed as u64 >= outcome.films
    }

    /// Takes in what a search comes to in a segment, found out before `removed` of its films were (in order). Returns whether enough of
    /// the best are left; nothing is taken in where they aren't.
    pub fn take(&mut self, outcome: &Outcome, removed: &[DocId], facts: &Facts) -> bool {
        let films = outcome.films - removed.len() as u64;
        let wanted = self.offset + self.limit;
        let best: Vec<(Score, DocId)> =
            outcome.best().filter(|(_, film)| removed.binary_search(film).is_err()).take(wanted).collect();
        if best.len() < wanted && (best.len() as u64) < films {
            return false;
        }
        for (score, film) in best {
            self.offer(score, || facts.ids.id(film));
        }
        let of_removed = facts.genres.count(removed);
        let of_genres: Vec<u64> =
            outcome.of_genres.iter().zip(of_removed).map(|(&all, removed)| u64::from(all) - removed).collect();
        self.add(films, facts.genres.named(&of_genres));
        true
    }

    /// Films that there are.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The page that was asked for.
    pub fn into_page(self) -> SearchHits {
        let genre = |(genre, count)| GenreCount { genre, count };
        let mut genres: Vec<GenreCount> = self.genres.into_iter().map(genre).collect();
        genres.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.genre.cmp(&b.genre)));
        // `Reverse` sorts best first already.
        let best = self.best.into_sorted_vec().into_iter().skip(self.offset).take(self.limit);
        let movies = best.map(|Reverse((_, Reverse(id)))| id).collect();
        SearchHits { movies, total: self.total, genres, have_all_words: false }
    }
}
