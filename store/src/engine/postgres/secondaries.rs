//! Standbys that answer reads which may be a little old.
//!
//! One task asks the primary again and again where its log ends, and each standby how far it has followed. A standby that
//! has passed a position which the primary was at so long ago is no further behind than that: no clocks are compared, and
//! a quiet primary makes nobody look late. Who is further behind than the bound, or doesn't answer, gets no reads until it
//! has caught up. While the primary itself doesn't answer, standbys that know all it last told go on serving, also what the primary
//! alone is asked otherwise: whoever can't write can't be told an older state than the one that stays.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement,
    sqlx::{self, postgres::PgConnection},
};
use tokio::{
    sync::watch,
    task::{AbortHandle, JoinSet},
    time::{interval, timeout},
};
use tracing::{info, warn};

use super::{
    connect::{self, Settings},
    primary::{Changes, Server, ask},
};

/// How long the task waits for an answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);

/// The same for the primary, whose reads the standbys take until it answers again.
const PRIMARY_ANSWERS_WITHIN: Duration = Duration::from_millis(500);

/// Positions of the primary that are remembered: a quarter of an hour at the slowest asking.
const POSITIONS: usize = 1_024;

/// Standbys, and the task that watches them.
#[derive(Debug)]
pub(crate) struct Secondaries {
    list: Arc<[Secondary]>,
    next: AtomicUsize,
    /// Whether the primary answered when it was last asked.
    primary_answers: watch::Receiver<bool>,
    /// None where they are always near.
    task: Option<AbortHandle>,
}

/// One standby.
#[derive(Debug)]
pub(crate) struct Secondary {
    name: String,
    pub reads: DatabaseConnection,
    pub bulk_reads: DatabaseConnection,
    is_near: AtomicBool,
}

impl Secondary {
    /// Gives it no more reads until it has answered the task.
    pub fn failed(&self, error: &dyn std::fmt::Display) {
        if self.is_near.swap(false, Ordering::Relaxed) {
            warn!(secondary = self.name, %error, "a secondary failed; the primary takes its reads");
        }
    }

    fn is_near(&self, is_near: bool) {
        if self.is_near.swap(is_near, Ordering::Relaxed) != is_near {
            info!(secondary = self.name, is_near, "a secondary's place in reading has changed");
        }
    }
}

impl Secondaries {
    /// Opens pools, which connect when they are first used, and begins to watch.
    pub(super) async fn watch(
        servers: Vec<Server>,
        primary: DatabaseConnection,
        settings: (&Settings, &Settings),
        max_lag: Duration,
    ) -> Result<Self, DbErr> {
        let mut list = Vec::new();
        for server in &servers {
            list.push(Secondary {
                name: server.name.clone(),
                reads: connect::pool(server, Changes::new(), settings.0).await?,
                bulk_reads: connect::pool(server, Changes::new(), settings.1).await?,
                is_near: AtomicBool::new(false),
            });
        }
        let list: Arc<[Secondary]> = list.into();
        let watched = Arc::clone(&list);
        let (tell, primary_answers) = watch::channel(true);
        let task = async move { watch(&watched, &servers, (&primary, tell), max_lag).await };
        let task = tokio::spawn(task).abort_handle();
        Ok(Self { list, next: AtomicUsize::new(0), primary_answers, task: Some(task) })
    }

    /// The nearest copy of each row on `CockroachDB`, through the same nodes as everything else.
    pub(super) async fn followers(
        server: &Server,
        changes: Arc<Changes>,
        settings: (&Settings, &Settings),
    ) -> Result<Self, DbErr> {
        let followers = Secondary {
            name: "follower reads".to_owned(),
            reads: connect::pool(server, Arc::clone(&changes), &settings.0.for_follower_reads()).await?,
            bulk_reads: connect::pool(server, changes, &settings.1.for_follower_reads()).await?,
            is_near: AtomicBool::new(true),
        };
        // Nobody is asked beside them whether it answers.
        let (_, primary_answers) = watch::channel(true);
        Ok(Self { list: Arc::new([followers]), next: AtomicUsize::new(0), primary_answers, task: None })
    }

    /// One that is near enough, in turn.
    pub fn pick(&self) -> Option<&Secondary> {
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let count = self.list.len();
        let is_near = |one: &&Secondary| self.task.is_none() || one.is_near.load(Ordering::Relaxed);
        (0..count).map(|at| &self.list[(first + at) % count]).find(is_near)
    }

    /// Whether the primary answered when it was last asked.
    pub fn primary_answers(&self) -> bool {
        *self.primary_answers.borrow()
    }

    /// Waits until the primary doesn't answer.
    pub async fn primary_is_gone(&self) {
        if self.primary_answers.clone().wait_for(|answers| !answers).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// How many are near enough now.
    pub fn near(&self) -> usize {
        self.list.iter().filter(|one| self.task.is_none() || one.is_near.load(Ordering::Relaxed)).count()
    }

    /// Every pool.
    pub fn all(&self) -> impl Iterator<Item = &DatabaseConnection> {
        self.list.iter().flat_map(|one| [&one.reads, &one.bulk_reads])
    }
}

impl Drop for Secondaries {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// Where the primary's log ended at which moments, oldest first.
#[derive(Default)]
struct Positions(VecDeque<(Instant, u64)>);

impl Positions {
    fn add(&mut self, at: Instant, position: u64) {
        if self.0.len() == POSITIONS {
            self.0.pop_front();
        }
        self.0.push_back((at, position));
    }

    /// How far behind a standby may be that has followed so far; `None` where it can't be told.
    fn lag(&self, followed: u64, now: Instant) -> Option<Duration> {
        if followed >= self.0.back()?.1 {
            // It knows all that the primary last told, be that long ago.
            return Some(Duration::ZERO);
        }
        let (passed, _) = self.0.iter().rev().find(|(_, position)| followed >= *position)?;
        Some(now.saturating_duration_since(*passed))
    }
}

async fn watch(
    list: &[Secondary],
    servers: &[Server],
    (primary, tell): (&DatabaseConnection, watch::Sender<bool>),
    max_lag: Duration,
) {
    let mut positions = Positions::default();
    let mut connections: Vec<Option<PgConnection>> = servers.iter().map(|_| None).collect();
    let mut ticks = interval((max_lag / 4).clamp(Duration::from_millis(50), Duration::from_secs(1)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let asked_at = Instant::now();
        let position = timeout(PRIMARY_ANSWERS_WITHIN, position_of(primary)).await;
        if let Ok(Ok(position)) = position {
            positions.add(asked_at, position);
        }
        let answers = matches!(position, Ok(Ok(_)));
        if tell.send_replace(answers) != answers {
            warn!(answers, "whether the primary answers has changed");
        }
        let mut asked = JoinSet::new();
        for (index, server) in servers.iter().cloned().enumerate() {
            let connection = connections[index].take();
            asked.spawn(async move { (index, follow(&server, connection).await) });
        }
        for (index, answer) in asked.join_all().await {
            let Some((connection, followed)) = answer else {
                list[index].is_near(false);
                continue;
            };
            connections[index] = Some(connection);
            let is_near = match followed {
                Some(followed) => positions.lag(followed, Instant::now()).is_some_and(|lag| lag <= max_lag),
                // It has been promoted: nobody is nearer.
                None => true,
            };
            list[index].is_near(is_near);
        }
    }
}

async fn position_of(primary: &DatabaseConnection) -> Result<u64, DbErr> {
    let ask = Statement::from_string(DbBackend::Postgres, "SELECT pg_current_wal_lsn()::text");
    let row = primary.query_one_raw(ask).await?;
    let text: String = row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
    parse(&text).ok_or_else(|| DbErr::Custom(format!("{text:?} is no position of a log")))
}

/// How far a standby has followed; `None` for one that is none any more. Over the connection, or a new one.
async fn follow(server: &Server, connection: Option<PgConnection>) -> Option<(PgConnection, Option<u64>)> {
    let asked = async {
        let mut connection = match connection {
            Some(connection) => connection,
            None => ask(server).await.ok()?.0,
        };
        let sql = "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()::text END";
        let followed: Option<String> = sqlx::query_scalar(sql).fetch_one(&mut connection).await.ok()?;
        let followed = match followed {
            Some(text) => Some(parse(&text)?),
            None => None,
        };
        Some((connection, followed))
    };
    timeout(ANSWERS_WITHIN, asked).await.ok().flatten()
}

/// `16/B374D848`: the upper and the lower 32 bits of a position in bytes.
fn parse(position: &str) -> Option<u64> {
    let (upper, lower) = position.split_once('/')?;
    Some(u64::from_str_radix(upper, 16).ok()? << 32 | u64::from_str_radix(lower, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lag_is_the_age_of_the_newest_position_that_was_passed() {
        let start = Instant::now();
        let after = |seconds: u64| start + Duration::from_secs(seconds);
        let mut positions = Positions::default();
        assert_eq!(positions.lag(100, start), None);
        for (seconds, position) in [(0, 100), (1, 200), (2, 300)] {
            positions.add(after(seconds), position);
        }
        assert_eq!(positions.lag(300, after(2)), Some(Duration::ZERO));
        assert_eq!(positions.lag(299, after(3)), Some(Duration::from_secs(2)));
        assert_eq!(positions.lag(100, after(3)), Some(Duration::from_secs(3)));
        assert_eq!(positions.lag(99, after(3)), None);
        // The primary is silent: who knew all of it still does.
        assert_eq!(positions.lag(300, after(999)), Some(Duration::ZERO));
    }

    #[test]
    fn positions_are_read_as_the_server_writes_them() {
        assert_eq!(parse("16/B374D848"), Some(0x16_B374_D848));
        assert_eq!(parse("nothing"), None);
    }
}
