//! What searches for one word come to, found out before anybody asks for them.
//!
//! A word that begins those of many films makes a search go over many films, and the more, the larger the catalogue is, though its best
//! hits are as few as ever. What such a search comes to in a segment holds as long as the segment does, for a segment is never changed:
//! films can only be removed from it. So it is made once for every common beginning (`l`, `lo`, `lov`, `love`) when a segment is opened,
//! and kept are how many films there are, how many of each genre, and the best. A large segment is gone over on a thread of its own, the
//! most common beginnings first; searches that come before it is done look at the films themselves.

use std::{
    cmp::Reverse,
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    thread,
};

use matinee_domain::{MovieId, SearchQuery};
use tantivy::{DocId, SegmentReader, schema::Field};

use crate::{
    IndexError,
    deadline::Deadline,
    facts::Facts,
    query::ParsedQuery,
    ranking::{Score, score},
    schema::Fields,
    segment::SegmentMatches,
};

/// Words of fewer films are not searched for beforehand: their films are soon looked at.
const FEWEST: usize = 256;
/// Films that are kept of each word, best first: two pages.
const KEPT: usize = 48;
/// The same of all films: as far as anybody may leaf, and some.
const KEPT_OF_EVERYTHING: usize = (SearchQuery::MAX_OFFSET + 2 * SearchQuery::MAX_LIMIT) as usize;
/// With more genres only what all films come to is found out beforehand: of each word it would be too many numbers.
const MOST_GENRES: usize = 64;
/// Segments of more films are gone over on a thread of their own.
const SOON_DONE: u32 = 100_000;

/// What searches come to in one segment, by the word that is asked for; empty for all films.
#[derive(Default)]
pub struct Outcomes(RwLock<HashMap<String, Arc<Outcome>>>);

/// What a search comes to in one segment, were nothing removed from it.
pub struct Outcome {
    pub films: u64,
    /// By the genre's place in the segment's list.
    pub of_genres: Box<[u32]>,
    /// Of the best films, best first.
    scores: Box<[Score]>,
    best: Box<[DocId]>,
}

impl Outcomes {
    pub fn of(&self, word: &str) -> Option<Arc<Outcome>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(word).map(Arc::clone)
    }

    fn add(&self, word: String, outcome: Outcome) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(word, Arc::new(outcome));
    }
}

/// Begins to find a segment's outcomes. Of all films, and of a small segment, they are there when it returns.
pub fn prepare(reader: &SegmentReader, fields: Fields, facts: &Arc<Facts>) -> Result<(), IndexError> {
    let films = reader.max_doc();
    if let Some(outcome) = Outcome::find(reader, fields, facts, "")? {
        facts.outcomes.add(String::new(), outcome);
    }
    if facts.genres.len() > MOST_GENRES {
        return Ok(());
    }
    if films <= SOON_DONE {
        return find_common(reader, fields, facts, || true);
    }
    let (reader, facts) = (reader.clone(), Arc::clone(facts));
    let find = move || {
        // Nobody else has the facts any more when the segment is gone.
        if let Err(error) = find_common(&reader, fields, &facts, || Arc::strong_count(&facts) > 1) {
            tracing::warn!(films, %error, "common words were not searched for beforehand: searches for them take longer");
        }
    };
    if let Err(error) = thread::Builder::new().name("common-words".to_owned()).spawn(find) {
        tracing::warn!(films, %error, "no thread to search for common words beforehand: searches for them take longer");
    }
    Ok(())
}

/// Searches for all common beginnings, as long as they are wanted.
fn find_common(
    reader: &SegmentReader,
    fields: Fields,
    facts: &Facts,
    are_wanted: impl Fn() -> bool,
) -> Result<(), IndexError> {
    for word in common_beginnings(reader, fields, FEWEST as u64)?.into_iter().take_while(|_| are_wanted()) {
        if let Some(outcome) = Outcome::find(reader, fields, facts, &word)? {
            facts.outcomes.add(word, outcome);
        }
    }
    Ok(())
}

impl Outcome {
    /// `None` where the word is not one, or is one of few films.
    fn find(reader: &SegmentReader, fields: Fields, facts: &Facts, word: &str) -> Result<Option<Self>, IndexError> {
        let query = ParsedQuery::parse(word);
        if query.only_word() != Some(word) {
            return Ok(None);
        }
        let mut matches = SegmentMatches::new((reader, facts), fields, &query, Deadline::never());
        matches.find_exact(&query, None)?;
        let films = matches.films_with(query.required.len());
        if films.len() < FEWEST && !query.is_empty() {
            return Ok(None);
        }
        let kept = if query.is_empty() { KEPT_OF_EVERYTHING } else { KEPT };
        let scores = films.iter().map(|&film| (score(&query, &matches, film), film)).collect();
        let best = best_of(scores, kept, |film| facts.ids.id(film));
        let of_genres = facts.genres.count(&films).into_iter().map(|count| u32::try_from(count).unwrap_or(u32::MAX));
        let (scores, best): (Vec<Score>, Vec<DocId>) = best.into_iter().unzip();
        Ok(Some(Self {
            films: films.len() as u64,
            of_genres: of_genres.collect(),
            scores: scores.into(),
            best: best.into(),
        }))
    }

    /// The best of its films, best first.
    pub fn best(&self) -> impl ExactSizeIterator<Item = (Score, DocId)> {
        self.scores.iter().copied().zip(self.best.iter().copied())
    }
}

/// The best films, best first, those of equal scores by id. An id takes longer to read than a score to compare.
fn best_of(mut films: Vec<(Score, DocId)>, kept: usize, id: impl Fn(DocId) -> MovieId) -> Vec<(Score, DocId)> {
    if films.len() > kept {
        let (_, &mut (last, _), _) = films.select_nth_unstable_by_key(kept - 1, |(score, _)| Reverse(*score));
        films.retain(|(score, _)| *score >= last);
    }
    let order = |&(score, film): &(Score, DocId)| (Reverse(score), id(film));
    if films.len() > kept {
        films.select_nth_unstable_by_key(kept - 1, order);
        films.truncate(kept);
    }
    films.sort_by_cached_key(order);
    films
}

/// What words of about `fewest` films and more begin with, and years, the most common first. Films that have several such words count as
/// often.
fn common_beginnings(reader: &SegmentReader, fields: Fields, fewest: u64) -> Result<Vec<String>, IndexError> {
    let mut common: HashMap<String, u64> = HashMap::new();
    let of_words = [fields.title, fields.title_variant, fields.alternative, fields.people];
    for field in of_words {
        // What has less than its share in every field is not common in all of them together.
        let share = fewest.div_ceil(of_words.len() as u64);
        each_beginning(reader, field, |beginning, films| {
            if films >= share {
                *common.entry(beginning.to_owned()).or_default() += films;
            }
        })?;
    }
    common.retain(|_, films| *films >= fewest);
    let years = reader.inverted_index(fields.year)?;
    let mut stream = years.terms().stream()?;
    while stream.advance() {
        let year = stream.key().try_into().map_or(0, u64::from_be_bytes);
        let films = u64::from(stream.value().doc_freq);
        if films >= fewest {
            *common.entry(year.to_string()).or_default() += films;
        }
    }
    let mut common: Vec<(String, u64)> = common.into_iter().collect();
    common.sort_unstable_by_key(|(_, films)| Reverse(*films));
    Ok(common.into_iter().map(|(word, _)| word).collect())
}

/// Tells each beginning of a field's words, and of how many films they are in all.
fn each_beginning(reader: &SegmentReader, field: Field, mut tell: impl FnMut(&str, u64)) -> Result<(), IndexError> {
    let index = reader.inverted_index(field)?;
    let mut stream = index.terms().stream()?;
    // Words come in order, so all that begin alike follow each other. Of the last one: its beginnings' ends, and films so far.
    let mut last = String::new();
    let mut open: Vec<(usize, u64)> = Vec::new();
    while stream.advance() {
        let Ok(word) = std::str::from_utf8(stream.key()) else { continue };
        let alike: usize = word.chars().zip(last.chars()).take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum();
        while let Some((end, films)) = open.pop_if(|(end, _)| *end > alike) {
            tell(&last[..end], films);
        }
        open.extend(word[alike..].char_indices().map(|(at, c)| (alike + at + c.len_utf8(), 0)));
        for (_, films) in &mut open {
            *films += u64::from(stream.value().doc_freq);
        }
        word.clone_into(&mut last);
    }
    open.iter().rev().for_each(|(end, films)| tell(&last[..*end], *films));
    Ok(())
}

#[cfg(test)]
mod tests {
    use matinee_domain::Year;
    use matinee_services::ports::IndexedMovie;
    use tantivy::{IndexWriter, TantivyDocument};
    use uuid::Uuid;

    use super::*;
    use crate::disk::Generation;

    fn film(number: u32) -> IndexedMovie {
        IndexedMovie {
            id: MovieId(Uuid::from_u128(number.into())),
            title: format!("{} {number}", if number < 200 { "House" } else { "Home" }),
            alternative_titles: Vec::new(),
            people: vec!["Anna Hall".to_owned()],
            genres: vec![if number < 250 { "Drama" } else { "Comedy" }.to_owned()],
            plot: None,
            year: Year::new(1984).ok(),
            rating_count: number,
            votes_elsewhere: 0,
            rating_mean: 3.0,
        }
    }

    #[test]
    fn every_beginning_of_many_films_is_there_and_no_other() {
        let generation = Generation::in_memory(0).unwrap();
        let mut writer: IndexWriter<TantivyDocument> = generation.index.writer_with_num_threads(1, 20_000_000).unwrap();
        for number in 0..300 {
            writer.add_document(generation.fields.document(&film(number))).unwrap();
        }
        writer.commit().unwrap();
        generation.reload().unwrap();
        let snapshot = generation.snapshot();
        let segment = snapshot.segments().next().unwrap();
        for word in ["", "h", "ho", "ha", "hal", "hall", "an", "ann", "anna", "1984"] {
            let outcome = segment.outcome(word).unwrap_or_else(|| panic!("{word:?}"));
            let genres: Vec<_> = outcome.of_genres.iter().map(|count| u64::from(*count)).collect();
            let genres: Vec<_> = segment.facts.genres.named(&genres).collect();
            assert_eq!((outcome.films, genres), (300, vec![("Comedy", 50), ("Drama", 250)]), "{word:?}");
        }
        for word in ["a", "hou", "house", "home", "1", "annas", "198"] {
            assert!(segment.outcome(word).is_none(), "{word:?}");
        }
        let best: Vec<MovieId> =
            segment.outcome("ho").unwrap().best().map(|(_, film)| segment.facts.ids.id(film)).collect();
        let most_rated: Vec<MovieId> = (0..300).rev().take(KEPT).map(|number| film(number).id).collect();
        assert_eq!(best, most_rated);
    }
}
