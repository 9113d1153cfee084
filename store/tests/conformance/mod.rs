//! The suite: one file for each port; `fixture` opens the databases.

mod accounts;
mod activity;
mod backups;
mod backups_postgres;
mod catalogue;
mod concurrency;
mod crash;
mod described;
mod editing;
mod facts;
pub mod fixture;
mod history;
mod history_model;
mod identities;
mod journal_coverage;
mod models;
mod movies;
mod people;
mod ratings;
mod second_factors;
mod sessions;
mod sign_in_attempts;
mod sign_in_failures;
mod statistics;
mod tokens;
mod training;
mod upgrade;
