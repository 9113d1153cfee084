//! The schema: one file for each migration, in the order of their names. The rules are in `README.md` beside `src`.

pub mod cockroach;
mod columns;
mod engine;
mod m20261122_000001_movies;
mod m20261122_000002_movie_titles;
mod m20261122_000003_movie_genres;
mod m20261122_000004_credits;
mod m20261122_000005_external_ids;
mod m20261122_000006_users;
mod m20261122_000007_ratings;
mod m20261122_000008_activity;
mod m20261122_000009_marks;
mod m20261122_000010_sessions;
mod m20261122_000011_imports;
mod m20261122_000012_rating_priors;
mod m20261125_000013_change_sets;
mod m20261125_000014_changes;
mod m20261125_000015_reverts;
mod m20261125_000101_wikipedia_ids;
mod m20261125_000102_posters;
mod m20261125_000110_single_changes;
mod m20261125_000111_single_changes_by_subject;
mod m20261125_000112_who_acted_on_others;
mod m20261125_000113_no_index_by_actor;
mod m20261125_000200_roles;
mod m20261125_000201_api_tokens;
mod m20261125_000220_identities;
mod m20261125_000221_sign_in_attempts;
mod m20261125_000222_sign_in_failures;
mod m20261125_000301_models;
mod m20261125_000302_one_live_model;
mod m20261126_000320_second_factors;
mod m20261126_000321_recovery_codes;
mod m20261126_000325_confirmed_addresses;
mod m20261126_000326_mail_tokens;
mod m20261126_000330_no_hashes_in_history;
mod m20261126_000331_passkeys;
mod m20261126_000350_knobs;
mod m20261126_000351_evenings;
mod m20261126_000352_evening_guests;
mod m20261126_000360_rating_histograms;
mod m20261126_000370_trials;
mod m20261126_000371_one_running_trial;
mod m20261126_000372_trial_shown;
mod m20261126_000373_trial_counts;
mod m20261127_000380_rated_elsewhere;
mod partitions;

use sea_orm_migration::prelude::*;

/// Brings a database to the present schema: `Migrator::up(&connection, None)`.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_movies::Migration),
            Box::new(m20261122_000002_movie_titles::Migration),
            Box::new(m20261122_000003_movie_genres::Migration),
            Box::new(m20261122_000004_credits::Migration),
            Box::new(m20261122_000005_external_ids::Migration),
            Box::new(m20261122_000006_users::Migration),
            Box::new(m20261122_000007_ratings::Migration),
            Box::new(m20261122_000008_activity::Migration),
            Box::new(m20261122_000009_marks::Migration),
            Box::new(m20261122_000010_sessions::Migration),
            Box::new(m20261122_000011_imports::Migration),
            Box::new(m20261122_000012_rating_priors::Migration),
            Box::new(m20261125_000013_change_sets::Migration),
            Box::new(m20261125_000014_changes::Migration),
            Box::new(m20261125_000015_reverts::Migration),
            Box::new(m20261125_000101_wikipedia_ids::Migration),
            Box::new(m20261125_000102_posters::Migration),
            Box::new(m20261125_000110_single_changes::Migration),
            Box::new(m20261125_000111_single_changes_by_subject::Migration),
            Box::new(m20261125_000112_who_acted_on_others::Migration),
            Box::new(m20261125_000113_no_index_by_actor::Migration),
            Box::new(m20261125_000200_roles::Migration),
            Box::new(m20261125_000201_api_tokens::Migration),
            Box::new(m20261125_000220_identities::Migration),
            Box::new(m20261125_000221_sign_in_attempts::Migration),
            Box::new(m20261125_000222_sign_in_failures::Migration),
            Box::new(m20261125_000301_models::Migration),
            Box::new(m20261125_000302_one_live_model::Migration),
            Box::new(m20261126_000320_second_factors::Migration),
            Box::new(m20261126_000321_recovery_codes::Migration),
            Box::new(m20261126_000325_confirmed_addresses::Migration),
            Box::new(m20261126_000326_mail_tokens::Migration),
            Box::new(m20261126_000330_no_hashes_in_history::Migration),
            Box::new(m20261126_000331_passkeys::Migration),
            Box::new(m20261126_000350_knobs::Migration),
            Box::new(m20261126_000351_evenings::Migration),
            Box::new(m20261126_000352_evening_guests::Migration),
            Box::new(m20261126_000360_rating_histograms::Migration),
            Box::new(m20261126_000370_trials::Migration),
            Box::new(m20261126_000371_one_running_trial::Migration),
            Box::new(m20261126_000372_trial_shown::Migration),
            Box::new(m20261126_000373_trial_counts::Migration),
            Box::new(m20261127_000380_rated_elsewhere::Migration),
        ]
    }
}
