//! `matinee backup …` where the folder of the backups is an address: `CockroachDB` makes and keeps them itself.

use anyhow::Context;
use matinee_domain::Timestamp;
use matinee_store::backup::CockroachBackups;

use crate::config::Config;

/// The collection of backups at an address such as `nodelocal://1/matinee`; none for a folder.
pub async fn open(config: &Config, dir: &std::path::Path) -> anyhow::Result<Option<CockroachBackups>> {
    let Some(collection) = dir.to_str().filter(|dir| dir.contains("://")) else { return Ok(None) };
    let of_server = CockroachBackups::open(config.data.url.as_str(), collection);
    let of_server = if config.data.url.is_empty() { None } else { of_server.await? };
    let backups = of_server.with_context(|| {
        format!("backups are only kept at an address by CockroachDB, and data.url names none: {collection:?} must be a folder")
    })?;
    Ok(Some(backups))
}

pub async fn create(backups: &CockroachBackups, schedule: bool) -> anyhow::Result<()> {
    if schedule {
        backups.schedule().await?;
        println!("CockroachDB makes a full backup each day and a smaller one each hour: SHOW SCHEDULES FOR BACKUP.");
        return Ok(());
    }
    backups.create().await.context("no backup was made")?;
    println!("A backup was made. `matinee backup list` names it, `matinee backup verify` reads it.");
    Ok(())
}

pub async fn list(backups: &CockroachBackups) -> anyhow::Result<()> {
    for name in backups.list().await?.iter().rev() {
        println!("{name}");
    }
    Ok(())
}

pub async fn verify(backups: &CockroachBackups, name: Option<&str>, all: bool) -> anyhow::Result<()> {
    let names = if all { backups.list().await?.into_iter().map(Some).collect() } else { vec![name.map(str::to_owned)] };
    for name in names {
        backups.verify(name.as_deref()).await?;
        println!("Good: {}: every file is there and every row can be read.", name.as_deref().unwrap_or("the newest"));
    }
    Ok(())
}

pub async fn restore(
    backups: &CockroachBackups,
    name: Option<&str>,
    to: Option<Timestamp>,
    into: Option<&std::path::Path>,
) -> anyhow::Result<()> {
    let into = into.and_then(std::path::Path::to_str);
    let into =
        into.context("say by --into as which new database it is to be restored; the running one is not touched")?;
    backups.restore(name, to, into).await.context("nothing was restored")?;
    println!("Restored as the database {into}. Next: point data.url at it and start the servers.");
    Ok(())
}
