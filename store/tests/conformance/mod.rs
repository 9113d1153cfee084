//! The suite: one file for each port; `fixture` opens the databases.

mod accounts;
mod activity;
mod backups;
mod backups_postgres;
mod catalogue;
mod concurrency;
mod crash;
mod described;
mod facts;
pub mod fixture;
mod history;
mod history_model;
mod journal_coverage;
mod models;
mod movies;
mod ratings;
mod sessions;
mod statistics;
mod training;
mod upgrade;
