//! Going over the films of an index word.

use tantivy::{
    DocId, InvertedIndexReader,
    postings::{BlockSegmentPostings, TermInfo},
    schema::IndexRecordOption,
};

use crate::IndexError;

/// Goes over all films of a term, in order, some at once. `kept`: the list that was opened last; to open another one in its place saves
/// most of what it costs. All fields keep the same of their films.
pub fn for_each_block(
    kept: &mut Option<BlockSegmentPostings>,
    index: &InvertedIndexReader,
    info: &TermInfo,
    mut meet: impl FnMut(&[DocId]),
) -> Result<(), IndexError> {
    let postings = match kept {
        Some(postings) => {
            index.reset_block_postings_from_terminfo(info, postings)?;
            postings
        }
        none => none.insert(index.read_block_postings_from_terminfo(info, IndexRecordOption::Basic)?),
    };
    loop {
        let films: &[DocId] = postings.docs();
        if films.is_empty() {
            return Ok(());
        }
        meet(films);
        postings.advance();
    }
}
