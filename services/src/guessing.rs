//! How long whoever gives wrong passwords has to wait before the next try.
//!
//! It grows with each failure in a row, for this account and this network address: somebody who guesses from elsewhere does not lock the
//! owner out. An address without account is counted the same, so that nothing can be told from it.

use chrono::TimeDelta;
use matinee_domain::{Timestamp, letters::lower_case};

use crate::{
    Result, ServiceError, Services,
    ports::{Failures, Trier},
    provenance::Provenance,
};

/// Failures that cost no wait: people mistype.
const FREE: u32 = 4;
/// The wait after the first failure beyond those, in seconds; each doubles it.
const FIRST_S: i64 = 1;
/// The longest wait.
const LONGEST: TimeDelta = TimeDelta::minutes(15);

/// How long to wait after so many failures in a row.
fn wait_after(failures: u32) -> TimeDelta {
    match failures.checked_sub(FREE + 1) {
        None => TimeDelta::zero(),
        Some(doublings) => LONGEST.min(TimeDelta::seconds(FIRST_S << doublings.min(16))),
    }
}

fn must_wait(failures: Option<Failures>, now: Timestamp) -> bool {
    failures.is_some_and(|failures| must_wait_after(failures, now))
}

/// Whether the next try has to wait.
pub(crate) fn must_wait_after(failures: Failures, now: Timestamp) -> bool {
    now < failures.last_at + wait_after(failures.count)
}

impl Services {
    /// Who tries to sign in with this task.
    pub(crate) fn trier(email: &str) -> Trier {
        // What is longer than any address is one all the same, and not worth keeping.
        let email = lower_case(email.trim()).chars().take(matinee_domain::Email::MAX_BYTES).collect();
        Trier { email, from: Provenance::current().from }
    }

    /// Lets a try through, unless it comes too soon after failures.
    ///
    /// # Errors
    /// `Busy` when it has to wait.
    pub(crate) async fn may_try(&self, trier: &Trier) -> Result<()> {
        let failures = self.failures.lookup(trier).await?;
        if must_wait(failures, self.clock.now()) { Err(ServiceError::Busy) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_from_a_second_to_a_quarter_of_an_hour() {
        let waits: Vec<_> = [0, 1, 4, 5, 6, 9, 14, 15, 1_000_000].map(|n| wait_after(n).num_seconds()).into();
        assert_eq!(waits, [0, 0, 0, 1, 2, 16, 512, 900, 900]);
    }
}
