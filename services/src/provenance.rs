//! Who writes, and why: what the journal keeps beside every change.
//!
//! It travels with the task (a request, a command) rather than through every port, for no use case decides by it. A
//! repository fills in what is not said: a person's own rating is that person's doing.

use std::{future::Future, net::IpAddr};

use matinee_domain::UserId;
use uuid::Uuid;

tokio::task_local! {
    static PROVENANCE: Provenance;
}

/// Who makes a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Actor {
    /// Nobody said: the person whose rows are changed, else the system.
    #[default]
    Unstated,
    Person(UserId),
    /// Somebody at the command line.
    Operator,
    /// Matinee by itself, such as for sessions that have expired.
    System,
}

/// What is known of the task that writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    pub actor: Actor,
    pub request_id: Option<String>,
    /// The network address that asked, for waits after wrong passwords; it is not journaled.
    pub from: Option<IpAddr>,
    /// In place of the repository's own word for what it does, such as `import`.
    pub reason: Option<&'static str>,
    /// Free text, such as the path that an import read.
    pub note: Option<String>,
    /// One change set for all transactions of the task; each has its own otherwise.
    pub change_set: Option<Uuid>,
}

impl Provenance {
    /// Everything that `task` writes is journaled with this.
    pub fn scope<F: Future>(self, task: F) -> impl Future<Output = F::Output> {
        PROVENANCE.scope(self, task)
    }

    /// That of the running task; nothing is known outside of a [`Provenance::scope`].
    pub fn current() -> Self {
        PROVENANCE.try_with(Clone::clone).unwrap_or_default()
    }
}
