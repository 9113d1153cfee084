//! One search, from the query to the hits, on the thread that calls it.
//!
//! It goes from what was typed to what may have been meant, and stops as soon as that finds enough: exact words, words
//! without spaces, misspelt words that nobody knows, any misspelt word, fewer words.

use matinee_domain::{SearchFilter, SearchQuery};
use matinee_services::ports::SearchHits;
use tantivy::DocId;

use crate::{
    IndexError,
    collect::{Hits, Wanted, collect},
    deadline::Deadline,
    facts::{Segment, Snapshot},
    fit::MAX_TYPOS,
    query::ParsedQuery,
    schema::Fields,
    segment::SegmentMatches,
};

/// With fewer films than this, what may have been meant is looked for too.
const ENOUGH_FILMS: usize = 5;

/// Answers a query.
pub fn run(
    snapshot: &Snapshot,
    fields: Fields,
    query: &SearchQuery,
    deadline: Deadline,
) -> Result<SearchHits, IndexError> {
    let parsed = ParsedQuery::parse(&query.text);
    if let Some(hits) = run_by_outcomes(snapshot, fields, query, &parsed, deadline)? {
        return Ok(hits);
    }
    let mut segments: Vec<SegmentMatches<'_>> = snapshot
        .segments()
        .map(|segment| SegmentMatches::new((segment.reader, segment.facts), fields, &parsed, deadline))
        .collect();
    let words = if parsed.is_empty() { 0 } else { find(&mut segments, &parsed, deadline)? };
    if words == 0 && !parsed.is_empty() {
        return Ok(SearchHits::default());
    }
    let wanted = Wanted::new(&parsed, &query.filter, words);
    let mut hits = Hits::new(query);
    for segment in &mut segments {
        collect(segment, &wanted, &mut hits, deadline)?;
    }
    Ok(SearchHits { have_all_words: words == parsed.required.len(), ..hits.into_page() })
}

/// Answers a query for one word, and nothing beside it, by what was found out beforehand. `None` where it must be looked for: nothing was,
/// or too little.
fn run_by_outcomes(
    snapshot: &Snapshot,
    fields: Fields,
    query: &SearchQuery,
    parsed: &ParsedQuery,
    deadline: Deadline,
) -> Result<Option<SearchHits>, IndexError> {
    if query.filter != SearchFilter::default() {
        return Ok(None);
    }
    let Some(word) = parsed.only_word() else { return Ok(None) };
    if !snapshot.segments().any(|segment| segment.outcome(word).is_some()) {
        return Ok(None);
    }
    let wanted = Wanted::new(parsed, &query.filter, parsed.required.len());
    let mut hits = Hits::new(query);
    for segment in snapshot.segments() {
        let is_taken = match segment.outcome(word) {
            Some(outcome) if hits.may_take(&outcome, segment.removed.len()) => {
                hits.take(&outcome, &find_removed(segment, fields, parsed, deadline)?, segment.facts)
            }
            _ => false,
        };
        if !is_taken {
            let mut matches = SegmentMatches::new((segment.reader, segment.facts), fields, parsed, deadline);
            matches.find_exact(parsed, None)?;
            collect(&mut matches, &wanted, &mut hits, deadline)?;
        }
    }
    let is_enough = parsed.is_empty() || hits.total() >= ENOUGH_FILMS as u64;
    Ok(is_enough.then(|| SearchHits { have_all_words: true, ..hits.into_page() }))
}

/// Films that fit and were removed from the segment, in order.
fn find_removed(
    segment: Segment<'_>,
    fields: Fields,
    query: &ParsedQuery,
    deadline: Deadline,
) -> Result<Vec<DocId>, IndexError> {
    if segment.removed.is_empty() || query.is_empty() {
        return Ok(segment.removed.to_vec());
    }
    let mut matches = SegmentMatches::new((segment.reader, segment.facts), fields, query, deadline);
    matches.find_exact(query, Some(segment.removed))?;
    let fits = |film: &DocId| matches.words_of(*film) == query.required.len();
    Ok(segment.removed.iter().copied().filter(fits).collect())
}

/// Widens the search until enough is found. Returns how many words a film must fit.
fn find(segments: &mut [SegmentMatches<'_>], query: &ParsedQuery, deadline: Deadline) -> Result<usize, IndexError> {
    let all = query.required.len();
    for segment in &mut *segments {
        segment.find_exact(query, None)?;
    }
    if enough(segments, deadline)? {
        return Ok(all);
    }
    for segment in &mut *segments {
        segment.find_unspaced(query)?;
    }
    if enough(segments, deadline)? {
        return Ok(all);
    }
    let known: Vec<bool> = query
        .required
        .iter()
        .map(|word| segments.iter().try_fold(false, |known, segment| Ok(known || segment.lookup.knows(word)?)))
        .collect::<Result<_, IndexError>>()?;
    find_misspelt(segments, query, 1, |at| !known[at])?;
    for typos in 1..=MAX_TYPOS {
        if reach(segments, all, deadline)? == all {
            return Ok(all);
        }
        find_misspelt(segments, query, typos, |at| typos > 1 || known[at])?;
    }
    reach(segments, all, deadline)
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

/// Whether all words together fit enough films.
fn enough(segments: &[SegmentMatches<'_>], deadline: Deadline) -> Result<bool, IndexError> {
    let mut films = 0;
    for segment in segments {
        deadline.check()?;
        films += segment.count_with_all(ENOUGH_FILMS - films);
        if films == ENOUGH_FILMS {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The most words that fit one film, before any filter.
fn reach(segments: &[SegmentMatches<'_>], all: usize, deadline: Deadline) -> Result<usize, IndexError> {
    let mut most = 0;
    for segment in segments {
        deadline.check()?;
        let films = segment.films_with_any().filter(|&film| segment.is_alive(film));
        for words in films.map(|film| segment.words_of(film)) {
            most = most.max(words);
            if most == all {
                return Ok(all);
            }
        }
    }
    Ok(most)
}
