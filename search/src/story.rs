//! Descriptions: any of their words in the films' plots, titles, people and genres, ranked by BM25. Films without a plot are not
//! among them.
//!
//! Unlike titles, which are looked for as they are typed, plots are prose: words are stemmed, and those that say nothing are left
//! out. One field holds all of a film, so that rare words count by how rare they are in whole films.

use matinee_domain::MovieId;
use matinee_services::ports::IndexedMovie;
use tantivy::{
    Term,
    collector::TopDocs,
    query::{BooleanQuery, Occur, Query, TermQuery},
    schema::{IndexRecordOption, TextFieldIndexing, TextOptions},
    tokenizer::{
        AsciiFoldingFilter, Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, StopWordFilter,
        TextAnalyzer,
    },
};

use crate::{
    IndexError,
    collect::Ids,
    deadline::Deadline,
    facts::Snapshot,
    schema::{Fields, MAX_PEOPLE},
};

/// The name by which the index finds [`analyzer`].
pub const TOKENIZER: &str = "story";
/// Different words of a description that are looked for.
const MAX_WORDS: usize = 64;
/// Bytes of a word that counts.
const MAX_WORD_BYTES: usize = 40;
/// Characters of a plot that are taken in.
const MAX_PLOT_CHARS: usize = 20_000;

/// English prose to stems.
pub fn analyzer() -> TextAnalyzer {
    let words = TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(MAX_WORD_BYTES))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter);
    match StopWordFilter::new(Language::English) {
        Some(telling) => words.filter(telling).filter(Stemmer::new(Language::English)).build(),
        None => words.filter(Stemmer::new(Language::English)).build(),
    }
}

pub fn options() -> TextOptions {
    let indexing = TextFieldIndexing::default().set_tokenizer(TOKENIZER).set_index_option(IndexRecordOption::WithFreqs);
    TextOptions::default().set_indexing_options(indexing)
}

/// Everything that a description may speak of. `None` for a film whose plot is not known: a title alone is so short that one word
/// of it would outweigh whole stories.
pub fn text_of(movie: &IndexedMovie) -> Option<String> {
    let plot = movie.plot.as_deref().filter(|plot| !plot.trim().is_empty())?;
    let mut text = movie.title.clone();
    let people = movie.people.iter().take(MAX_PEOPLE);
    for part in movie.genres.iter().chain(people) {
        text.push_str(" . ");
        text.push_str(part);
    }
    text.push_str(" . ");
    text.extend(plot.chars().take(MAX_PLOT_CHARS));
    Some(text)
}

/// The films that fit a description best.
pub fn best(
    snapshot: &Snapshot,
    fields: Fields,
    text: &str,
    limit: usize,
    deadline: Deadline,
) -> Result<Vec<MovieId>, IndexError> {
    deadline.check()?;
    let mut words: Vec<String> = Vec::new();
    let mut analyzer = analyzer();
    let mut tokens = analyzer.token_stream(text);
    tokens.process(&mut |token| {
        if words.len() < MAX_WORDS && !words.contains(&token.text) {
            words.push(token.text.clone());
        }
    });
    if words.is_empty() || limit == 0 {
        return Ok(Vec::new());
    }
    let clause = |word: &String| -> (Occur, Box<dyn Query>) {
        let term = Term::from_field_text(fields.story, word);
        (Occur::Should, Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)))
    };
    let query = BooleanQuery::new(words.iter().map(clause).collect());
    let found = snapshot.searcher.search(&query, &TopDocs::with_limit(limit).order_by_score())?;
    let ids: Vec<Ids> = snapshot.segments().map(|segment| Ids::open(segment.reader)).collect::<Result<_, _>>()?;
    Ok(found.into_iter().map(|(_, film)| ids[film.segment_ord as usize].id(film.doc_id)).collect())
}
