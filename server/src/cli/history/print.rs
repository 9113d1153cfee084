//! What the commands print: for people, or a JSON object a line for programs.

use matinee_services::ports::{
    ChangeSet, ChangedBy, ChangedRow, Obstacle, OnConflict, PruneReport, Retention, RevertReport, Step,
};
use serde_json::{Map, Value};

pub fn list(sets: &[ChangeSet], json: bool) -> anyhow::Result<()> {
    if sets.is_empty() && !json {
        println!("No change set matches.");
    }
    for set in sets {
        if json {
            println!("{}", serde_json::to_string(set)?);
            continue;
        }
        let taken_back = if set.reverted_by.is_empty() { "" } else { "  (taken back)" };
        println!(
            "{}  {}  {:16} {:8} {}{}{taken_back}",
            set.id,
            set.at.format("%Y-%m-%d %H:%M:%S"),
            set.reason,
            who(set.by),
            entries(set.entries),
            set.note.as_ref().map(|note| format!("  {note}")).unwrap_or_default(),
        );
    }
    Ok(())
}

fn who(by: ChangedBy) -> String {
    match by {
        ChangedBy::Person(Some(user)) => user.to_string(),
        ChangedBy::Person(None) => "somebody".to_owned(),
        ChangedBy::Operator => "operator".to_owned(),
        ChangedBy::System => "system".to_owned(),
    }
}

fn entries(count: u64) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}

pub fn change_set(set: &ChangeSet, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string(set)?);
        return Ok(());
    }
    println!("change set  {}", set.id);
    println!("when        {}", set.at.to_rfc3339());
    println!("by          {}", who(set.by));
    println!("reason      {}", set.reason);
    let lines = [("note", &set.note), ("request", &set.request_id)];
    for (name, value) in lines.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
        println!("{name:11} {value}");
    }
    for id in &set.reverts {
        println!("takes back  {id}");
    }
    for id in &set.reverted_by {
        println!("taken back  by {id}");
    }
    Ok(())
}

pub fn row(row: &ChangedRow, with_images: bool, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string(row)?);
        return Ok(());
    }
    if row.added_in_bulk > 0 {
        println!("+ {}: {} rows added in bulk", row.table, row.added_in_bulk);
        return Ok(());
    }
    let (sign, versions) = match (row.version_before, row.version_after) {
        (None, Some(version)) => ('+', format!("version {version}")),
        (Some(before), Some(after)) => ('~', format!("version {before} → {after}")),
        (Some(version), None) => ('-', format!("version {version}")),
        (None, None) => ('!', "erased".to_owned()),
    };
    println!("{sign} {} {} ({versions})", row.table, row.key);
    if with_images {
        diff(&object(row.before.as_deref())?, &object(row.after.as_deref())?);
    }
    Ok(())
}

fn object(image: Option<&str>) -> anyhow::Result<Map<String, Value>> {
    Ok(image.map(serde_json::from_str).transpose()?.unwrap_or_default())
}

/// Columns that differ.
fn diff(before: &Map<String, Value>, after: &Map<String, Value>) {
    let columns = before.keys().chain(after.keys().filter(|column| !before.contains_key(*column)));
    for column in columns {
        let (was, is) = (before.get(column), after.get(column));
        if was == is {
            continue;
        }
        if let Some(was) = was {
            println!("    - {column}: {was}");
        }
        if let Some(is) = is {
            println!("    + {column}: {is}");
        }
    }
}

pub fn reverted(report: &RevertReport, dry_run: bool, on_conflict: &OnConflict, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string(report)?);
        return Ok(());
    }
    if dry_run {
        for row in &report.rows {
            let step = match row.step {
                Step::Restore => "bring back",
                Step::Change => "change back",
                Step::Remove => "remove",
            };
            println!("{step:11} {} {}", row.table, row.key);
        }
    }
    for conflict in &report.conflicts {
        println!("conflict    {} {}: {}", conflict.table, conflict.key, in_words(&conflict.obstacle));
    }
    more(report.conflict_count, report.conflicts.len(), "conflicts");
    let sets = match report.reverted.len() {
        1 => "1 change set".to_owned(),
        several => format!("{several} change sets"),
    };
    let rows = format!("{} brought back, {} changed back, {} removed", report.restored, report.changed, report.removed);
    match report.change_set {
        Some(id) => println!("{sets} taken back by {id}: {rows}."),
        None if dry_run => println!("{sets} would be taken back: {rows}. Nothing was changed."),
        None if on_conflict.refuses(report) => println!(
            "Nothing was changed: {} conflicts. --skip-conflicts takes the other rows back, --force overrides all of them, --force-row 'ROW' one.",
            report.conflict_count - report.overridden
        ),
        None => println!("Nothing was left to take back."),
    }
    Ok(())
}

fn more(total: u64, listed: usize, what: &str) {
    if total > listed as u64 {
        println!("… and {} more {what}", total - listed as u64);
    }
}

fn in_words(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::ChangedSince => "it was changed since".to_owned(),
        Obstacle::ChangedBetween => "a change set that is not selected changed it in between".to_owned(),
        Obstacle::StillNeeded { table, rows } => format!("{rows} rows of {table} need it"),
        Obstacle::ParentGone { table } => format!("what it belongs to in {table} is not there any more"),
        Obstacle::Taken { column } => format!("another row has its {column} now"),
    }
}

pub fn pruned(report: &PruneReport, keep: Retention, dry_run: bool) {
    let verb = if dry_run { "would be dropped" } else { "were dropped" };
    println!(
        "{} entries and {} change sets older than {} {verb}; the last {} versions of each row stay.",
        report.entries,
        report.change_sets,
        keep.older_than.format("%Y-%m-%d"),
        keep.keep_versions,
    );
    if !report.partitions.is_empty() {
        println!("Of these, what is in {} goes with the whole partition.", report.partitions.join(", "));
    }
}
