//! One search, from the query to the hits, on the thread that calls it.
//!
//! It goes from what was typed to what may have been meant, and stops as soon as that finds enough: exact words, words
//! without spaces, misspelt words that nobody knows, any misspelt word, fewer words.

use matinee_domain::SearchQuery;
use matinee_services::ports::SearchHits;

use crate::{
    IndexError,
    collect::{Hits, Wanted, collect},
    deadline::Deadline,
    facts::Snapshot,
    fit::MAX_TYPOS,
    query::ParsedQuery,
    schema::Fields,
    segment::SegmentMatches,
};

/// With fewer films than this, what may have been meant is looked for too.
const ENOUGH_FILMS: usize = 5;

/// Films that fit, by number of words, before any filter.
struct Reach {
    /// The most words that fit one film.
    words: usize,
    /// Films that so many words fit.
    films: usize,
}

/// Answers a query.
pub fn run(
    snapshot: &Snapshot,
    fields: Fields,
    query: &SearchQuery,
    deadline: Deadline,
) -> Result<SearchHits, IndexError> {
    let parsed = ParsedQuery::parse(&query.text);
    let mut segments: Vec<SegmentMatches<'_>> = snapshot
        .segments()
        .map(|(reader, facts)| SegmentMatches::new((reader, facts.as_ref()), fields, &parsed, deadline))
        .collect();
    let words = if parsed.is_empty() { 0 } else { find(&mut segments, &parsed, deadline)? };
    if words == 0 && !parsed.is_empty() {
        return Ok(SearchHits::default());
    }
    let wanted = Wanted::new(&parsed, &query.filter, words);
    let mut hits = Hits::new(query);
    for segment in &segments {
        collect(segment, &wanted, &mut hits, deadline)?;
    }
    Ok(SearchHits { have_all_words: words == parsed.required.len(), ..hits.into_page() })
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
        .map(|word| segments.iter().try_fold(false, |known, segment| Ok(known || segment.lookup.knows(word)?)))
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
        let alive = segment.lookup.reader.alive_bitset();
        for (film, count) in (0..).zip(counts) {
            if count > 0 && alive.is_none_or(|alive| alive.is_alive(film)) {
                by_words[usize::from(count)] += 1;
            }
        }
    }
    let words = by_words.iter().rposition(|&films| films > 0).unwrap_or(0);
    Ok(Reach { words, films: by_words[words] })
}
