//! `matinee history …`: what was changed, by whom, and taking it back.

mod print;
mod select;

use std::{process::ExitCode, sync::Arc};

use anyhow::Context;
use clap::{Args, Subcommand};
use matinee_domain::ChangeSetId;
use matinee_services::{
    ports::{Clock, HistoryRepository, OnConflict, RevertReport, RowName, SystemClock},
    provenance::{Actor, Provenance},
};
use matinee_store::Store;

use self::select::Which;
use super::index;
use crate::{compose, config::Config};

/// Rows of a change set that are read at once.
const ROWS_AT_ONCE: u32 = 500;

#[derive(Debug, Subcommand)]
pub enum What {
    /// List change sets, latest first.
    #[command(
        after_help = "Examples:\n  matinee history list\n  matinee history list --since 2026-11-25T12:00:00Z\n  \
                            matinee history list --movie 0193a2b4-… --limit 20 --json"
    )]
    List {
        #[command(flatten)]
        which: Which,
        /// List at most so many.
        #[arg(long, default_value_t = 50, value_name = "N")]
        limit: u32,
        /// Print one JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Show one change set: who, when, why, and the rows it changed.
    #[command(after_help = "Example:\n  matinee history show 0193a2b4-…")]
    Show(One),
    /// Show what each row of a change set was before and after.
    #[command(after_help = "Example:\n  matinee history diff 0193a2b4-…")]
    Diff(One),
    /// Take change sets back, by a change set of its own that can be taken back too.
    #[command(
        after_help = "Without --skip-conflicts or --force nothing is changed when a row was changed since, is still needed, or has \
                      lost its place; --force-row overrides one conflict and leaves the others to --skip-conflicts.\n\nExit codes: 0 done (or planned without conflicts), 1 it failed, 3 conflicts.\n\nExamples:\n  \
                      matinee history revert 0193a2b4-… --dry-run\n  matinee history revert --import ./ml-latest-small\n  \
                      matinee history revert --actor 0193a2b4-… --since 2026-11-25T12:00:00Z --skip-conflicts\n  \
                      matinee history revert 0193a2b4-… --force-row 'ratings [\"0193a2b4-…\",\"0193a2b5-…\"]'"
    )]
    Revert(Revert),
    /// Drop history that is older than `history.keep_days`, but never the last `history.keep_versions` of a row.
    #[command(after_help = "Example:\n  matinee history prune --dry-run")]
    Prune {
        /// Only say what would go.
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Args)]
pub struct One {
    /// The change set, as `history list` names it.
    id: ChangeSetId,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct Revert {
    #[command(flatten)]
    which: Which,
    /// Only print the plan.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    conflicts: Conflicts,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// What to do about rows that can't simply be put back.
#[derive(Debug, Args)]
pub struct Conflicts {
    /// Take the other rows back, and leave those with a conflict as they are.
    #[arg(long = "skip-conflicts", conflicts_with = "force")]
    skip: bool,
    /// Put rows back although they were changed since, and remove what still needs a row that goes.
    #[arg(long)]
    force: bool,
    /// The same for this row alone, named as the list of conflicts names it; may be given several times.
    #[arg(long, value_name = "ROW", conflicts_with = "force")]
    force_row: Vec<RowName>,
}

impl Conflicts {
    fn choice(&self) -> OnConflict {
        match (self.skip, self.force, self.force_row.as_slice()) {
            (_, true, _) => OnConflict::Force,
            (true, false, []) => OnConflict::Skip,
            (false, false, []) => OnConflict::Refuse,
            (skip_others, false, rows) => OnConflict::ForceThese { rows: rows.iter().cloned().collect(), skip_others },
        }
    }
}

/// Some rows have conflicts.
const CONFLICTS: u8 = 3;

/// Runs one of the commands.
pub async fn run(config: &Config, what: What) -> anyhow::Result<ExitCode> {
    let store = compose::open_store(config, Arc::new(SystemClock)).await?;
    let code = match what {
        What::List { which, limit, json } => {
            let sets = store.list(&which.selection(false)?, None, limit.max(1)).await?;
            print::list(&sets, json)?;
            ExitCode::SUCCESS
        }
        What::Show(one) => show(&store, &one, false).await?,
        What::Diff(one) => show(&store, &one, true).await?,
        What::Revert(how) => revert(config, &store, &how).await?,
        What::Prune { dry_run } => {
            let keep = config.history.retention(SystemClock.now());
            print::pruned(&store.prune(keep, dry_run).await?, keep, dry_run);
            ExitCode::SUCCESS
        }
    };
    store.close().await;
    Ok(code)
}

async fn show(store: &Store, one: &One, with_images: bool) -> anyhow::Result<ExitCode> {
    let set = store.lookup(one.id).await?;
    let set = set.with_context(|| format!("there is no change set {}; `matinee history list` names them", one.id))?;
    print::change_set(&set, one.json)?;
    let mut from = 0;
    loop {
        let rows = store.list_rows(one.id, from, ROWS_AT_ONCE).await?;
        for row in &rows {
            print::row(row, with_images, one.json)?;
        }
        match rows.last() {
            Some(last) if rows.len() == ROWS_AT_ONCE as usize => from = last.position + 1,
            _ => return Ok(ExitCode::SUCCESS),
        }
    }
}

async fn revert(config: &Config, store: &Store, how: &Revert) -> anyhow::Result<ExitCode> {
    let which = how.which.selection(true)?;
    let on_conflict = how.conflicts.choice();
    let provenance = Provenance { actor: Actor::Operator, note: Some(how.which.to_string()), ..Provenance::default() };
    let report = provenance.scope(store.revert(&which, on_conflict.clone(), how.dry_run)).await?;
    print::reverted(&report, how.dry_run, &on_conflict, how.json)?;
    if report.change_set.is_some() && concerns_search(&report) {
        index::follow(config, store).await?;
    }
    Ok(if on_conflict.refuses(&report) { ExitCode::from(CONFLICTS) } else { ExitCode::SUCCESS })
}

/// Whether what the search index holds may have changed.
fn concerns_search(report: &RevertReport) -> bool {
    let total = report.restored + report.changed + report.removed;
    total > report.rows.len() as u64
        || report
            .rows
            .iter()
            .any(|row| ["movies", "movie_titles", "movie_genres", "credits", "people"].contains(&row.table.as_str()))
}
