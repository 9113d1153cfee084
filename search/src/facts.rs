//! The numbers that filters and ranking read of every film they pass, in one place: tantivy's columns are packed, and
//! reading them film by film is most of what a search over many films would cost. 24 bytes for each film.

use std::{collections::HashMap, sync::Arc};

use tantivy::{
    DocId, IndexReader, Searcher, SegmentReader, columnar::Column, fastfield::AliveBitSet, index::SegmentId,
};

use crate::{
    IndexError,
    collect::Ids,
    genres::Genres,
    kept::KeptAnswers,
    lender::Lender,
    outcomes::{Outcome, Outcomes, prepare},
    schema::{Fields, RATING_COUNT, RATING_MEAN, TITLE_SHAPE, TitleShape, VOTES_ELSEWHERE, YEAR},
};

/// So many votes elsewhere make a film as well known as one rating here.
const VOTES_OF_A_RATING: u32 = 100;

/// Numbers of one film.
#[derive(Clone, Copy, Debug)]
pub struct Fact {
    /// How well known it is, in ratings: those here, and votes elsewhere.
    pub known: u32,
    /// In stars.
    pub rating_mean: f32,
    /// 0 where it isn't known.
    pub year: u16,
    /// How much is said for a film by itself, in thousandths: the logarithm of how well known it is, less a little for a long
    /// title.
    pub weight: u16,
    pub shape: TitleShape,
}

/// What is known of the films of one segment.
pub struct Facts {
    /// By their place in it.
    pub films: Vec<Fact>,
    pub genres: Genres,
    /// Opening them takes as long as there are films.
    pub ids: Ids,
    /// For searches.
    pub notes: Lender,
    pub outcomes: Outcomes,
}

impl Facts {
    fn read(reader: &SegmentReader) -> Result<Self, IndexError> {
        let columns = reader.fast_fields();
        // A segment in which no film has a year has no column of years.
        let number = |name| -> Result<Column<u64>, IndexError> {
            Ok(columns.column_opt(name)?.unwrap_or_else(|| Column::build_empty_column(reader.max_doc())))
        };
        let (year, shape) = (number(YEAR)?, number(TITLE_SHAPE)?);
        let (ratings, votes) = (number(RATING_COUNT)?, number(VOTES_ELSEWHERE)?);
        let rating_mean = columns.f64(RATING_MEAN)?;
        let read = |film| {
            let [ratings, votes] =
                [&ratings, &votes].map(|of| u32::try_from(of.first(film).unwrap_or(0)).unwrap_or(u32::MAX));
            let known = ratings.saturating_add(votes / VOTES_OF_A_RATING);
            let shape = TitleShape::unpack(shape.first(film).unwrap_or(0));
            Fact {
                known,
                #[expect(clippy::cast_possible_truncation, reason = "it was a f32 when it was written")]
                rating_mean: rating_mean.first(film).unwrap_or(0.0) as f32,
                year: u16::try_from(year.first(film).unwrap_or(0)).unwrap_or(0),
                weight: weight(known, shape),
                shape,
            }
        };
        Ok(Self {
            films: (0..reader.max_doc()).map(read).collect(),
            genres: Genres::read(reader)?,
            ids: Ids::open(reader)?,
            notes: Lender::new(reader.max_doc()),
            outcomes: Outcomes::default(),
        })
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 2,000 and 40,000")]
fn weight(known: u32, shape: TitleShape) -> u16 {
    let known = f64::from(known).ln_1p();
    let length = f64::from(shape.words) * 0.05;
    ((15.0 + known - length) * 1000.0) as u16
}

/// The index at one moment, as a search sees it.
pub struct Snapshot {
    pub searcher: Searcher,
    /// By segment.
    facts: Vec<Arc<Facts>>,
    removed: Vec<Vec<DocId>>,
    /// Answers that were given of it.
    pub kept: KeptAnswers,
}

impl Snapshot {
    /// What `reader` sees now. Facts of segments that `before` had are taken over. `kept_bytes`: of answers.
    pub fn take(
        reader: &IndexReader,
        fields: Fields,
        before: Option<&Self>,
        kept_bytes: u64,
    ) -> Result<Self, IndexError> {
        let known: HashMap<SegmentId, &Arc<Facts>> = before
            .into_iter()
            .flat_map(|before| before.searcher.segment_readers().iter().zip(&before.facts))
            .map(|(reader, facts)| (reader.segment_id(), facts))
            .collect();
        let searcher = reader.searcher();
        let read = |reader: &SegmentReader| {
            if let Some(&facts) = known.get(&reader.segment_id()) {
                return Ok(Arc::clone(facts));
            }
            let facts = Arc::new(Facts::read(reader)?);
            prepare(reader, fields, &facts)?;
            Ok(facts)
        };
        let facts = searcher.segment_readers().iter().map(read).collect::<Result<_, IndexError>>()?;
        let removed = searcher.segment_readers().iter().map(removed_of).collect();
        Ok(Self { searcher, facts, removed, kept: KeptAnswers::new(kept_bytes) })
    }

    pub fn segments(&self) -> impl Iterator<Item = Segment<'_>> {
        let readers = self.searcher.segment_readers().iter();
        let facts = self.facts.iter().zip(&self.removed);
        readers.zip(facts).map(|(reader, (facts, removed))| Segment { reader, facts, removed })
    }
}

/// A part of the index.
#[derive(Clone, Copy)]
pub struct Segment<'a> {
    pub reader: &'a SegmentReader,
    pub facts: &'a Facts,
    /// Films that were removed from it, in order.
    pub removed: &'a [DocId],
}

impl Segment<'_> {
    /// What a search for the word comes to, where it was found out beforehand.
    pub fn outcome(self, word: &str) -> Option<Arc<Outcome>> {
        self.facts.outcomes.of(word)
    }
}

fn removed_of(reader: &SegmentReader) -> Vec<DocId> {
    let removed = |alive: &AliveBitSet| (0..reader.max_doc()).filter(|&film| alive.is_deleted(film)).collect();
    reader.alive_bitset().map(removed).unwrap_or_default()
}
