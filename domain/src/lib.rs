//! What every part of Matinee agrees on: identifiers, value types, the data that travels between the parts,
//! validation, and the arithmetic of scoring.
//!
//! Nothing here does I/O or reads a clock, and everything compiles for wasm32: the browser, the web instance and the
//! AI worker share these very types. Values are checked when they are made ([`Stars::new`], [`Email::parse`], …), so a
//! value that exists is valid.

pub mod account;
pub mod activity;
pub mod decimal;
pub mod event;
pub mod home;
pub mod id;
pub mod knobs;
pub mod letters;
mod moment;
pub mod movie;
pub mod page;
pub mod passkey;
pub mod rating;
pub mod recommendation;
pub mod role;
pub mod search;
pub mod slug;
pub mod stars;
pub mod title;
pub mod token;
pub mod validation;
mod whole;
pub mod year;

pub use account::{Account, Email, NewAccount, Password, PersonName};
pub use event::{Event, EventKind};
pub use id::{ChangeSetId, MovieId, PersonId, UserId};
pub use knobs::{KnobChange, Knobs};
pub use movie::{Credit, ExternalId, ExternalSource, Movie, MovieCard, RatedElsewhere, RatingSummary};
pub use page::Page;
pub use passkey::PasskeyName;
pub use rating::{Histogram, MyRating};
pub use recommendation::{PredictedStars, Reason, ReasonKind, Recommendation, RecommendationSource};
pub use role::Role;
pub use search::{SearchFilter, SearchQuery};
pub use stars::Stars;
pub use token::{ApiToken, TokenName, TokenScope, TokenText};
pub use validation::FieldError;
pub use whole::{whole, whole_or_none};
pub use year::Year;

/// A moment, in UTC.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
