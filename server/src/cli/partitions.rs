use std::sync::Arc;

use clap::Subcommand;
use matinee_services::ports::SystemClock;
use matinee_store::{Moved, Store};

use crate::{compose, config::Config};

/// Where the database keeps its rows. PostgreSQL alone: an embedded database is one file.
#[derive(Debug, Subcommand)]
pub enum What {
    /// List tables and partitions: where they are, about how many rows, how large.
    #[command(after_help = "Example:\n  matinee partitions status")]
    Status,
    /// Move a table's partitions, or one partition, to other disks.
    #[command(after_help = "A tablespace is a folder on a disk, made once by the database's superuser:\n  \
                            CREATE TABLESPACE disk2 LOCATION '/srv/disk2/postgresql'\n\n\
                            With several tablespaces the partitions go to them in turn. Each partition is copied with its \
                            indexes while its readers and writers wait, one after the other; the space for the copy has \
                            to be free there.\n\n\
                            Examples:\n  matinee partitions place ratings disk1 disk2\n  \
                            matinee partitions place movies_m4_r0 disk2")]
    Place {
        /// A table or a partition, as `status` lists them.
        name: String,
        /// Tablespaces.
        #[arg(required = true)]
        tablespaces: Vec<String>,
    },
    /// Make two partitions of each partition of a table, while the service runs.
    #[command(
        after_help = "Each partition's rows are copied into two new ones and their indexes are built. Writers of the \
                            table wait while one partition is copied, then go on; of `movies`, to which other tables refer, \
                            they wait for all partitions. A write that waits longer than 10 s fails: split large tables when \
                            it is quiet. Space for a copy of the largest partition (of all of `movies`) has to be free. \
                            When it is cut off, the same command goes on with what is left.\n\n\
                            Example:\n  matinee partitions split ratings"
    )]
    Split {
        /// A partitioned table, as `status` lists them.
        table: String,
    },
}

/// `matinee partitions …`.
pub async fn run(config: &Config, what: &What) -> anyhow::Result<()> {
    let store = compose::open_store(config, Arc::new(SystemClock)).await?;
    let mut show = |step: Moved| {
        println!("{}/{}  {} → {} ({})", step.done, step.total, step.partition, step.to, bytes(step.bytes));
    };
    match what {
        What::Status => status(&store).await?,
        What::Place { name, tablespaces } => store.place_partitions(name, tablespaces, &mut show).await?,
        What::Split { table } => store.split_partitions(table, &mut show).await?,
    }
    store.close().await;
    Ok(())
}

async fn status(store: &Store) -> anyhow::Result<()> {
    let list = store.list_partitions().await?;
    println!("{:16} {:24} {:16} {:>12} {:>10}", "table", "partition", "tablespace", "rows (about)", "size");
    for one in &list {
        let name = if one.name == one.table { "(whole)" } else { &one.name };
        println!("{:16} {name:24} {:16} {:>12} {:>10}", one.table, one.tablespace, one.rows, bytes(one.bytes));
    }
    Ok(())
}

/// `12.3 MB`.
fn bytes(count: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mut shown = count as f64;
    let mut unit = "B";
    for larger in ["kB", "MB", "GB", "TB"] {
        if shown < 1_000.0 {
            break;
        }
        (shown, unit) = (shown / 1_000.0, larger);
    }
    if unit == "B" { format!("{count} B") } else { format!("{shown:.1} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_shown_in_units_that_people_read() {
        for (count, shown) in [(0, "0 B"), (999, "999 B"), (16_384, "16.4 kB"), (5_000_000_000, "5.0 GB")] {
            assert_eq!(bytes(count), shown);
        }
    }
}
