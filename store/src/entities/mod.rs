//! The tables, one file for each. Columns are named after the migrations; a change there comes first.

pub mod activity;
pub mod api_tokens;
pub mod change_sets;
pub mod changes;
pub mod credits;
pub mod evening_guests;
pub mod evenings;
pub mod external_ids;
pub mod identities;
pub mod imports;
pub mod knobs;
pub mod mail_tokens;
pub mod marks;
pub mod models;
pub mod movie_genres;
pub mod movie_titles;
pub mod movies;
pub mod passkeys;
pub mod people;
pub mod rating_priors;
pub mod ratings;
pub mod recovery_codes;
pub mod reverts;
pub mod second_factors;
pub mod sessions;
pub mod sign_in_attempts;
pub mod sign_in_failures;
pub mod trial_counts;
pub mod trial_shown;
pub mod trials;
pub mod users;

/// A moment as it is kept: milliseconds since 1970.
pub type Moment = sea_orm::prelude::ChronoUnixTimestampMillis;
