//! The ports, implemented by [`Store`](crate::Store): one file for each, and what several of them need.

mod accounts;
mod activity;
mod cards;
mod catalogue;
mod editing;
mod evenings;
mod film;
mod identities;
mod indexing;
mod knobs;
mod mail_tokens;
mod models;
mod movies;
mod passkeys;
mod people;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod plans_postgres;
mod ratings;
mod second_factors;
mod sessions;
mod sign_in_attempts;
mod sign_in_failures;
pub(crate) mod statistics;
mod taste;
mod tokens;
mod training;
mod trials;
mod views;
