use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use anyhow::Context;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use matinee_domain::Timestamp;
use matinee_services::ports::{Clock, SystemClock};
use matinee_store::backup::{
    Backup, Backups, ClusterRestore, CreateOptions, Happening, Pace, PostgresPrograms, Progress, Stage, State, Step,
    bytes_in_words,
};

use super::backup_cockroach as cockroach;
use crate::{
    backups::{Source, retention},
    compose,
    config::Config,
};

#[derive(Debug, Subcommand)]
pub enum What {
    /// Back the database up, beside a running server or without one, and verify the backup.
    #[command(
        after_help = "A backup is a folder with the database, manifest.json and SHA256SUMS. It holds what people \
                            told nobody else: guard it like the database. Models and the search index are not in it; \
                            both are made from the database.\n\n\
                            Exit codes: 0 made and verified, 1 not, 2 wrong command line or settings.\n\n\
                            Examples:\n  matinee backup create\n  matinee backup create --dir /mnt/usb/matinee\n  \
                            matinee backup create --prune    # what a nightly timer runs"
    )]
    Create(CreateArgs),
    /// List backups, newest first.
    #[command(after_help = "Looks at names, sizes and manifests; `matinee backup verify` reads everything.\n\n\
                            Example:\n  matinee backup list")]
    List(Folder),
    /// Restore a backup into a temporary folder and compare it, table by table, with what was backed up.
    #[command(
        after_help = "Exit codes: 0 good, 1 damaged or not to be found out, 2 wrong command line or settings.\n\n\
                            Examples:\n  matinee backup verify\n  matinee backup verify matinee-20261125T120000Z\n  \
                            matinee backup verify --all"
    )]
    Verify(VerifyArgs),
    /// Put a backup in the place of the database. Stop the server first.
    #[command(after_help = "The backup is restored beside the database and compared before anything is replaced. A \
                            database that holds data is left alone without --force; with it, it is kept under another \
                            name.\n\n\
                            Exit codes: 0 restored, 1 nothing was changed, 2 wrong command line or settings.\n\n\
                            Examples:\n  matinee backup restore latest\n  \
                            matinee backup restore matinee-20261125T120000Z --force\n  \
                            matinee backup restore latest --into /srv/pg --archive /srv/wal --to 2026-11-25T12:00:00Z")]
    Restore(RestoreArgs),
}

#[derive(Debug, Args)]
pub struct Folder {
    /// The folder of the backups, rather than that of the settings (backup.dir); for CockroachDB an address such as
    /// `nodelocal://1/matinee`.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct CreateArgs {
    #[command(flatten)]
    folder: Folder,
    /// Don't restore and compare it at once. It counts as good only after `matinee backup verify`.
    #[arg(long)]
    no_verify: bool,
    /// Then remove older backups, as the settings of retention say (`backup.keep_count`, `backup.keep_days`).
    #[arg(long, conflicts_with = "no_verify")]
    prune: bool,
    /// CockroachDB: have the server itself make one each day, and what changed since each hour.
    #[arg(long)]
    schedule: bool,
    /// Take about twice the time, and leave half of it to a server on the same machine.
    #[arg(long)]
    gentle: bool,
}

#[derive(Debug, Args)]
pub struct VerifyArgs {
    #[command(flatten)]
    folder: Folder,
    /// Its name, as `matinee backup list` shows it; otherwise the newest verified one.
    name: Option<String>,
    /// All that are whole.
    #[arg(long, conflicts_with = "name")]
    all: bool,
}

#[derive(Debug, Args)]
pub struct RestoreArgs {
    #[command(flatten)]
    folder: Folder,
    /// Its name, as `matinee backup list` shows it, or `latest` for the newest verified one.
    name: String,
    /// Replace a database that holds data. It is kept beside the restored one.
    #[arg(long, conflicts_with = "into")]
    force: bool,
    /// PostgreSQL: the folder in which the cluster is laid down; it must be empty, or not there. CockroachDB: the name of
    /// a new database.
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,
    /// PostgreSQL: the last moment that is to be in it, such as 2026-11-25T12:00:00Z. Needs --archive.
    #[arg(long, value_name = "TIME", value_parser = a_moment)]
    to: Option<Timestamp>,
    /// PostgreSQL: the folder into which `pg_receivewal` copies the log; without --to, all of it is used.
    #[arg(long, value_name = "FOLDER")]
    archive: Option<PathBuf>,
}

fn a_moment(text: &str) -> Result<Timestamp, String> {
    let moment = chrono::DateTime::parse_from_rfc3339(text);
    moment.map(|moment| moment.to_utc()).map_err(|error| format!("{error}: a moment is like 2026-11-25T12:00:00Z"))
}

/// `matinee backup …`.
pub async fn run(config: &Config, what: &What) -> anyhow::Result<()> {
    match what {
        What::Create(args) => create(config, args).await,
        What::List(folder) => list(config, folder).await,
        What::Verify(args) => verify(config, args).await,
        What::Restore(args) => restore(config, args).await,
    }
}

fn dir(config: &Config, folder: &Folder) -> PathBuf {
    folder.dir.clone().unwrap_or_else(|| config.backup.folder(&config.data))
}

fn backups(config: &Config, folder: &Folder) -> anyhow::Result<Backups> {
    let dir = dir(config, folder);
    let backups = Backups::new(dir, Arc::new(SystemClock));
    Ok(match Source::of(config) {
        Source::Cluster { programs: Some(named), .. } => backups.with_programs(PostgresPrograms::find(Some(&named))?),
        _ => backups,
    })
}

async fn create(config: &Config, args: &CreateArgs) -> anyhow::Result<()> {
    if let Some(collection) = cockroach::open(config, &dir(config, &args.folder)).await? {
        return cockroach::create(&collection, args.schedule).await;
    }
    anyhow::ensure!(!args.schedule, "--schedule is for CockroachDB; elsewhere backup.interval_minutes makes them");
    let backups = backups(config, &args.folder)?;
    let started = Instant::now();
    let bar = Bar::new()?;
    let pace = if args.gentle { Pace::Gentle } else { Pace::Full };
    let options = CreateOptions { verify: !args.no_verify, pace };
    let made = Source::of(config).back_up(&backups, options, &bar.progress()).await;
    bar.clear();
    let made = made.inspect_err(|error| backups.note_failure(error));
    let backup = made.context("no good backup was made")?;
    println!("Backup {}: {}, {}.", backup.name, contents(&backup), seconds(started.elapsed()));
    println!("It is in {}.", backup.folder.display());
    if args.no_verify {
        println!("It is not verified yet: `matinee backup verify {}`.", backup.name);
    }
    if args.prune {
        for name in backups.prune(retention(config))? {
            println!("Removed {name}.");
        }
    }
    Ok(())
}

async fn list(config: &Config, folder: &Folder) -> anyhow::Result<()> {
    if let Some(collection) = cockroach::open(config, &dir(config, folder)).await? {
        return cockroach::list(&collection).await;
    }
    let backups = backups(config, folder)?;
    let all = backups.list()?;
    if all.is_empty() {
        println!("There are no backups in {}. `matinee backup create` makes one.", backups.dir().display());
        return Ok(());
    }
    println!("{:<26}  {:<20}  {:>7}  {:>9}  STATE", "NAME", "MADE", "AGE", "SIZE");
    let now = SystemClock.now();
    for backup in &all {
        let made = backup.created_at();
        let age = made.map_or_else(|| "?".to_owned(), |made| age(made, now));
        let size = if backup.manifest.is_some() { bytes_in_words(backup.bytes()) } else { "?".to_owned() };
        let made = made.map_or_else(|| "?".to_owned(), moment);
        println!("{:<26}  {made:<20}  {age:>7}  {size:>9}  {}", backup.name, state(&backup.state));
    }
    Ok(())
}

async fn verify(config: &Config, args: &VerifyArgs) -> anyhow::Result<()> {
    if let Some(collection) = cockroach::open(config, &dir(config, &args.folder)).await? {
        return cockroach::verify(&collection, args.name.as_deref(), args.all).await;
    }
    let backups = backups(config, &args.folder)?;
    let mut names = vec![args.name.clone()];
    if args.all {
        let whole = backups.list()?.into_iter().filter(|backup| backup.state != State::Incomplete);
        names = whole.map(|backup| Some(backup.name)).collect();
    }
    let mut bad = 0;
    for name in &names {
        let started = Instant::now();
        let bar = Bar::new()?;
        let verified = backups.verify(name.as_deref(), Pace::Full, &bar.progress()).await;
        bar.clear();
        let verified = verified.inspect_err(|error| backups.note_failure(error));
        match verified {
            Ok(backup) => println!("Good: {}: {}, {}.", backup.name, contents(&backup), seconds(started.elapsed())),
            Err(error) if args.all => {
                println!("BAD: {error}.");
                bad += 1;
            }
            Err(error) => return Err(error.into()),
        }
    }
    anyhow::ensure!(bad == 0, "{bad} of {} backups are not good", names.len());
    Ok(())
}

async fn restore(config: &Config, args: &RestoreArgs) -> anyhow::Result<()> {
    let name = (args.name != "latest").then_some(args.name.as_str());
    if let Some(collection) = cockroach::open(config, &dir(config, &args.folder)).await? {
        return cockroach::restore(&collection, name, args.to, args.into.as_deref()).await;
    }
    let backups = backups(config, &args.folder)?;
    if !matches!(Source::of(config), Source::File(_)) {
        return restore_cluster(&backups, name, args).await;
    }
    anyhow::ensure!(
        args.into.is_none() && args.to.is_none() && args.archive.is_none(),
        "--into, --to and --archive are for PostgreSQL; data.url names no server, so the database is {}",
        config.data.shown_database()
    );
    let database = config.data.file();
    let started = Instant::now();
    let data = &config.data.dir;
    std::fs::create_dir_all(data).with_context(|| format!("the data folder {} can't be made", data.display()))?;
    // Taken for as long as this lasts: a server that starts meanwhile finds it in use and stops.
    let (index, _) = compose::open_index(&config.data.index(), &config.search)
        .context("a server seems to run on this data folder: stop it first; nothing was changed")?;
    let bar = Bar::new()?;
    let prepared = backups.prepare_restore(name, &database, args.force, &bar.progress()).await;
    bar.clear();
    let prepared = prepared.context("nothing was restored")?;
    // Before the database changes: an index of other films must not be taken for this one's, whatever happens.
    index.forget()?;
    let restored = prepared.commit().await.context("the restored database could not be put in its place")?;
    backups.note(Happening::Restore, &format!("{} as {}", restored.backup.name, database.display()));
    println!("Restored {} as {}:", restored.backup.name, database.display());
    println!("{}, {}.", contents(&restored.backup), seconds(started.elapsed()));
    if let Some(aside) = restored.kept_aside {
        println!("What was there is kept as {}; delete it when nobody needs it any more.", aside.display());
    }
    println!(
        "Next: start the server. It brings the schema up to date and builds the search index anew; /readyz says when"
    );
    println!("it is ready. `matinee train` makes a model of the restored ratings.");
    Ok(())
}

/// Lays a cluster down in an empty folder.
async fn restore_cluster(backups: &Backups, name: Option<&str>, args: &RestoreArgs) -> anyhow::Result<()> {
    let into = args.into.as_ref().context(
        "data.url names a server: say by --into into which empty folder its cluster is to be restored; the running one \
         is not touched",
    )?;
    anyhow::ensure!(args.to.is_none() || args.archive.is_some(), "--to needs --archive, the folder of the log");
    let started = Instant::now();
    let how = ClusterRestore { to: args.to, archive: args.archive.clone() };
    let bar = Bar::new()?;
    let restored = backups.restore_cluster(name, into, &how, &bar.progress()).await;
    bar.clear();
    let backup = restored.context("nothing was restored")?;
    backups.note(Happening::Restore, &format!("{} in {}", backup.name, into.display()));
    let until = match (args.to, &args.archive) {
        (Some(to), _) => format!("to {}", to.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)),
        (None, Some(archive)) => format!("to the end of {}", archive.display()),
        (None, None) => "to the moment of the backup".to_owned(),
    };
    println!("Laid {} down in {}, every file compared, {}.", backup.name, into.display(), seconds(started.elapsed()));
    println!("Next: start PostgreSQL on it, as the user who owns it: `pg_ctl start --pgdata {}`.", into.display());
    println!(
        "It recovers {until} and then takes writes; its log says so, or what is missing. Then point data.url at it,"
    );
    println!("and run `matinee index rebuild` on each web instance before it starts.");
    Ok(())
}

/// What a backup holds, in words.
fn contents(backup: &Backup) -> String {
    let Some(manifest) = &backup.manifest else { return String::new() };
    let verified = if matches!(backup.state, State::Verified { .. }) { ", compared row by row" } else { "" };
    // One of the tables stands for the schema.
    let tables = manifest.tables.len().saturating_sub(1);
    format!("{}, {} rows in {tables} tables{verified}", bytes_in_words(backup.bytes()), manifest.rows())
}

fn state(state: &State) -> String {
    match state {
        State::Verified { at } => format!("verified {}", moment(*at)),
        State::Unverified => "not verified".to_owned(),
        State::Damaged { reason } => format!("DAMAGED: {reason}"),
        State::Incomplete => "INCOMPLETE: cut off, or being made now".to_owned(),
    }
}

fn moment(at: Timestamp) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// A time in the largest unit of which there are two at least.
fn age(made: Timestamp, now: Timestamp) -> String {
    let age = now - made;
    if age.num_minutes() < 2 {
        format!("{} s", age.num_seconds())
    } else if age.num_hours() < 2 {
        format!("{} min", age.num_minutes())
    } else if age.num_days() < 2 {
        format!("{} h", age.num_hours())
    } else {
        format!("{} d", age.num_days())
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

/// A bar for each stage, in the place of the one before.
#[derive(Clone)]
struct Bar(Arc<Mutex<(Option<Stage>, ProgressBar)>>);

impl Bar {
    fn new() -> anyhow::Result<Self> {
        let bar = ProgressBar::new(1);
        bar.set_style(ProgressStyle::with_template("{prefix:18} {bar:30} {percent:>3} %  {msg}")?);
        Ok(Self(Arc::new(Mutex::new((None, bar)))))
    }

    fn progress(&self) -> Progress {
        let shown = self.clone();
        Progress::new(move |step| shown.show(step))
    }

    fn show(&self, step: Step) {
        let mut shown = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (name, in_bytes) = match step.stage {
            Stage::Copying => ("copying", true),
            Stage::ReadingRows => ("reading rows", false),
            Stage::Sealing => ("checksum", true),
            Stage::Restoring => ("restoring", true),
            Stage::CheckingStructure => ("checking structure", false),
            Stage::ComparingRows => ("comparing rows", false),
        };
        if shown.0.replace(step.stage) != Some(step.stage) {
            shown.1.set_prefix(name);
        }
        shown.1.set_length(step.total.max(1));
        shown.1.set_position(step.done);
        let done = if in_bytes { bytes_in_words(step.done) } else { format!("{} rows", step.done) };
        shown.1.set_message(if step.done == 0 { String::new() } else { done });
    }

    fn clear(&self) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).1.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn ages_are_given_in_the_unit_that_fits() {
        let now = Timestamp::from_timestamp(1_790_000_000, 0).unwrap();
        for (seconds, words) in [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7_200, "2 h"), (172_800, "2 d")] {
            assert_eq!(age(now - TimeDelta::seconds(seconds), now), words);
        }
    }
}
