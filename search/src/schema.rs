//! How a film is kept in the index. Words are made by [`crate::words`], so every text field takes them as they are,
//! without frequencies or positions; nothing is stored: numbers, genres and ids are columns.

use std::{collections::BTreeSet, ops::RangeInclusive};

use matinee_domain::MovieId;
use matinee_services::ports::IndexedMovie;
use tantivy::{
    TantivyDocument, Term,
    schema::{BytesOptions, FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions},
};
use uuid::Uuid;

use crate::{
    story,
    words::{Word, telling, whole_keys, words},
};

/// Names of the columns, by which tantivy opens them.
pub const ID_HIGH: &str = "id_high";
pub const ID_LOW: &str = "id_low";
pub const YEAR: &str = "year";
pub const RATING_COUNT: &str = "rating_count";
pub const VOTES_ELSEWHERE: &str = "votes_elsewhere";
pub const RATING_MEAN: &str = "rating_mean";
pub const TITLE_SHAPE: &str = "title_shape";
pub const GENRE: &str = "genre";

/// Beginnings of title words that are terms themselves, up to this many characters: longer ones begin few words.
pub const TITLE_START_CHARS: usize = 2;
/// Beginnings of names that are terms themselves, of just so many characters.
pub const PEOPLE_START_CHARS: usize = 2;
/// Films' alternative titles and people that are taken in; more don't help anybody find a film.
const MAX_ALTERNATIVES: usize = 50;
pub const MAX_PEOPLE: usize = 200;
const MAX_TITLE_WORDS: usize = 60;

/// The fields. An index whose schema is another is out of date, and is rebuilt.
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    pub id: Field,
    id_high: Field,
    id_low: Field,
    /// Words of the title.
    pub title: Field,
    /// What its words may also be called.
    pub title_variant: Field,
    /// The first telling word of the title.
    pub title_first: Field,
    /// What it may also be called.
    pub title_first_variant: Field,
    /// First letters of all its words, and of the first telling one.
    pub title_start: Field,
    pub title_first_start: Field,
    /// The whole title as one word.
    pub title_key: Field,
    pub alternative: Field,
    pub alternative_key: Field,
    pub people: Field,
    /// First letters of people's names.
    pub people_start: Field,
    pub genre: Field,
    /// What a description may speak of ([`crate::story`]).
    pub story: Field,
    pub year: Field,
    rating_count: Field,
    votes_elsewhere: Field,
    rating_mean: Field,
    title_shape: Field,
}

/// How long a title is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TitleShape {
    /// Different telling words.
    pub telling: u8,
    /// All words.
    pub words: u8,
}

impl TitleShape {
    fn of(title: &[Word]) -> Self {
        let telling: BTreeSet<&str> = telling(title).map(|word| word.text.as_str()).collect();
        let byte = |length: usize| u8::try_from(length).unwrap_or(u8::MAX);
        Self { telling: byte(telling.len()), words: byte(title.len()) }
    }

    fn pack(self) -> u64 {
        u64::from(self.telling) << 8 | u64::from(self.words)
    }

    pub fn unpack(packed: u64) -> Self {
        let [.., telling, words] = packed.to_be_bytes();
        Self { telling, words }
    }
}

/// The schema and its fields.
pub fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("raw")
        .set_index_option(IndexRecordOption::Basic)
        .set_fieldnorms(false);
    let word = TextOptions::default().set_indexing_options(indexing);
    let fields = Fields {
        id: builder.add_bytes_field("id", BytesOptions::default().set_indexed()),
        id_high: builder.add_u64_field(ID_HIGH, FAST),
        id_low: builder.add_u64_field(ID_LOW, FAST),
        title: builder.add_text_field("title", word.clone()),
        title_variant: builder.add_text_field("title_variant", word.clone()),
        title_first: builder.add_text_field("title_first", word.clone()),
        title_first_variant: builder.add_text_field("title_first_variant", word.clone()),
        title_start: builder.add_text_field("title_start", word.clone()),
        title_first_start: builder.add_text_field("title_first_start", word.clone()),
        title_key: builder.add_text_field("title_key", word.clone()),
        alternative: builder.add_text_field("alternative", word.clone()),
        alternative_key: builder.add_text_field("alternative_key", word.clone()),
        people: builder.add_text_field("people", word.clone()),
        people_start: builder.add_text_field("people_start", word.clone()),
        genre: builder.add_text_field(GENRE, word.set_fast("raw")),
        story: builder.add_text_field("story", story::options()),
        year: builder.add_u64_field(YEAR, INDEXED | FAST),
        rating_count: builder.add_u64_field(RATING_COUNT, FAST),
        votes_elsewhere: builder.add_u64_field(VOTES_ELSEWHERE, FAST),
        rating_mean: builder.add_f64_field(RATING_MEAN, FAST),
        title_shape: builder.add_u64_field(TITLE_SHAPE, FAST),
    };
    (builder.build(), fields)
}

impl Fields {
    /// What finds the film's place in the index.
    pub fn id_term(&self, movie: MovieId) -> Term {
        Term::from_field_bytes(self.id, movie.0.as_bytes())
    }

    /// The film as it is kept.
    pub fn document(&self, movie: &IndexedMovie) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        document.add_bytes(self.id, movie.id.0.as_bytes());
        let (high, low) = movie.id.0.as_u64_pair();
        document.add_u64(self.id_high, high);
        document.add_u64(self.id_low, low);
        self.add_title(&mut document, &movie.title);
        let mut alternative = WordSet::default();
        let mut alternative_keys = WordSet::default();
        for title in movie.alternative_titles.iter().take(MAX_ALTERNATIVES) {
            let mut title = words(title);
            title.truncate(MAX_TITLE_WORDS);
            alternative_keys.0.extend(whole_keys(&title));
            for word in &title {
                alternative.add(word);
            }
        }
        alternative.write(&mut document, self.alternative);
        alternative_keys.write(&mut document, self.alternative_key);
        let mut people = WordSet::default();
        for name in movie.people.iter().take(MAX_PEOPLE) {
            for word in &words(name) {
                people.add(word);
            }
        }
        people.starts(PEOPLE_START_CHARS..=PEOPLE_START_CHARS).write(&mut document, self.people_start);
        people.write(&mut document, self.people);
        for genre in movie.genres.iter().collect::<BTreeSet<_>>() {
            document.add_text(self.genre, genre);
        }
        if let Some(story) = story::text_of(movie) {
            document.add_text(self.story, story);
        }
        if let Some(year) = movie.year {
            document.add_u64(self.year, u64::from(year.get()));
        }
        document.add_u64(self.rating_count, u64::from(movie.rating_count));
        document.add_u64(self.votes_elsewhere, u64::from(movie.votes_elsewhere));
        document.add_f64(self.rating_mean, f64::from(movie.rating_mean));
        document
    }

    fn add_title(&self, document: &mut TantivyDocument, title: &str) {
        let mut title = words(title);
        title.truncate(MAX_TITLE_WORDS);
        let (mut plain, mut variants) = (WordSet::default(), WordSet::default());
        for word in &title {
            plain.0.insert(word.text.clone());
            variants.0.extend(word.variants.iter().cloned());
        }
        let (mut first, mut first_variants) = (WordSet::default(), WordSet::default());
        if let Some(word) = telling(&title).next() {
            first.0.insert(word.text.clone());
            first_variants.0.extend(word.variants.iter().cloned());
        }
        plain.starts(1..=TITLE_START_CHARS).write(document, self.title_start);
        first.starts(1..=TITLE_START_CHARS).write(document, self.title_first_start);
        plain.write(document, self.title);
        variants.write(document, self.title_variant);
        first.write(document, self.title_first);
        first_variants.write(document, self.title_first_variant);
        WordSet(whole_keys(&title).into_iter().collect()).write(document, self.title_key);
        document.add_u64(self.title_shape, TitleShape::of(&title).pack());
    }
}

/// The id that the two columns hold.
pub fn movie_id(high: u64, low: u64) -> MovieId {
    MovieId(Uuid::from_u64_pair(high, low))
}

/// Different words, in order.
#[derive(Default)]
struct WordSet(BTreeSet<String>);

impl WordSet {
    fn add(&mut self, word: &Word) {
        self.0.insert(word.text.clone());
        self.0.extend(word.variants.iter().cloned());
    }

    fn starts(&self, lengths: RangeInclusive<usize>) -> Self {
        let starts =
            |word: &String| lengths.clone().map(|length| word.chars().take(length).collect()).collect::<Vec<_>>();
        Self(self.0.iter().flat_map(starts).collect())
    }

    fn write(self, document: &mut TantivyDocument, field: Field) {
        for word in self.0 {
            document.add_text(field, word);
        }
    }
}
