use std::sync::Arc;

use clap::{Subcommand, ValueEnum};
use matinee_services::ports::SystemClock;
use matinee_store::Engine;

use crate::{compose, config::Config};

#[derive(Debug, Subcommand)]
pub enum What {
    /// Print every statement that makes the schema, and change nothing.
    #[command(
        after_help = "For CockroachDB the statements that place the tables in regions come last; the cluster's own names \
                            of regions are given by --region, the primary one first (SHOW REGIONS FROM CLUSTER). `matinee \
                            migrate` does not run those.\n\n\
                            Examples:\n  matinee migrate sql --engine postgresql\n  \
                            matinee migrate sql --engine cockroachdb --region eu-west1 --region us-east1 --region asia-east1"
    )]
    Sql {
        #[arg(long)]
        engine: Named,
        /// A region of CockroachDB; several times.
        #[arg(long = "region", value_name = "REGION")]
        regions: Vec<String>,
    },
}

/// The engines by their names on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Named {
    Sqlite,
    Postgresql,
    Cockroachdb,
}

impl From<Named> for Engine {
    fn from(named: Named) -> Self {
        match named {
            Named::Sqlite => Self::Sqlite,
            Named::Postgresql => Self::Postgres,
            Named::Cockroachdb => Self::Cockroach,
        }
    }
}

/// `matinee migrate …`.
pub async fn run(config: &Config, what: Option<What>) -> anyhow::Result<()> {
    match what {
        Some(What::Sql { engine, regions }) => {
            for statement in matinee_store::schema_statements(engine.into(), &regions).await? {
                println!("{statement};");
            }
        }
        None => {
            let store = compose::open_store(config, Arc::new(SystemClock)).await?;
            store.close().await;
            println!("The database {} is up to date.", config.data.shown_database());
        }
    }
    Ok(())
}
