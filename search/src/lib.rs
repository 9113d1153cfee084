//! Full-text search over the catalogue: the tantivy index behind [`matinee_services::ports::SearchIndex`].
//!
//! How the parts meet: `words` makes comparable words of any text; `schema` says how a film is kept; `query` reads what
//! a person typed; `lookup` finds its words, and `segment` notes for every film how well each word fits (`fit`);
//! `ranking` turns those notes and a film's numbers (`facts`) into one score; `run` goes from exact words to misspelt
//! ones to fewer words until something is found, and `collect` takes the hits (`genres` counts
//! them). `outcomes` holds what searches for common words come to, found out beforehand; `lender` lends the `notes` that all this is
//! written into; `kept` keeps the answers until the index changes. `disk` keeps whole indexes as generations in a folder, of which one is current; `index`
//! is the port itself, with its limits on time and concurrency; `rebuild` makes a new generation from the catalogue.
//!
//! A description ("a man relives the same day") is another search: `story` keeps each film's plot in a field of its own and ranks
//! by BM25.
//!
//! The index holds no text to show: it answers with ids, and everything else comes from the catalogue.

mod collect;
mod deadline;
mod disk;
mod distance;
mod error;
mod facts;
mod fit;
mod genres;
mod index;
mod kept;
mod lender;
mod lookup;
mod notes;
mod options;
mod outcomes;
mod postings;
mod query;
mod ranking;
mod rebuild;
mod run;
mod schema;
mod segment;
mod story;
mod words;

pub use disk::RebuildReason;
pub use error::IndexError;
pub use index::TantivyIndex;
pub use kept::Kept;
pub use options::SearchOptions;
