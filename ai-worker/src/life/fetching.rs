//! Fetching beside following: one model at a time, and after pauses that grow when it fails.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use tokio::task::JoinHandle;

use super::{Life, LifeError, following::Lacking};

/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// What is fetched, and what is not tried again yet.
pub(super) struct Fetching {
    life: Life,
    under_way: Option<(String, JoinHandle<Result<(), LifeError>>)>,
    failed: HashMap<String, Failed>,
}

struct Failed {
    times: u32,
    not_before: Instant,
}

impl Fetching {
    pub(super) fn new(life: Life) -> Self {
        Self { life, under_way: None, failed: HashMap::new() }
    }

    /// Takes in which models are lacking, the most wanted first. What is not lacking any more is not fetched to its end.
    pub(super) fn want(&mut self, lacking: Vec<Lacking>) {
        self.failed.retain(|name, _| lacking.iter().any(|model| model.name == *name));
        if let Some((name, task)) = self.under_way.take_if(|(name, _)| lacking.iter().all(|model| model.name != *name))
        {
            task.abort();
            tracing::info!(model.version = %name, "it is not wanted any more, so it is not fetched");
        }
        if self.under_way.is_some() {
            return;
        }
        let now = Instant::now();
        let is_due = |name: &str| self.failed.get(name).is_none_or(|failed| failed.not_before <= now);
        let Some(Lacking { name, reason }) = lacking.into_iter().find(|model| is_due(&model.name)) else { return };
        if !self.failed.contains_key(&name) {
            tracing::info!(model.version = %name, %reason, "fetching a model; the one that is here serves meanwhile");
        }
        let (life, wanted) = (self.life.clone(), name.clone());
        self.under_way = Some((name, tokio::spawn(async move { life.fetch(&wanted).await })));
    }

    /// Waits for what is under way, for ever where nothing is.
    pub(super) async fn next_end(&mut self) {
        let Some((_, task)) = &mut self.under_way else { return std::future::pending().await };
        let ended = task.await;
        let Some((name, _)) = self.under_way.take() else { return };
        match ended {
            Ok(Ok(())) => {
                self.failed.remove(&name);
                count("done");
                tracing::info!(model.version = %name, "a model was fetched");
            }
            Ok(Err(error)) => self.put_off(name, &error),
            Err(error) => self.put_off(name, &error),
        }
    }

    fn put_off(&mut self, name: String, error: &(dyn std::error::Error + 'static)) {
        count("failed");
        let times = self.failed.get(&name).map_or(0, |failed| failed.times);
        let first = self.life.artefacts.as_ref().map_or(LONGEST_PAUSE, |store| store.options().retry_pause * 2);
        let pause = first.saturating_mul(1 << times.min(16)).min(LONGEST_PAUSE);
        let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        tracing::error!(
            error,
            model.version = %name,
            pause_ms,
            "a model was not fetched and is tried again; the one that is here goes on serving"
        );
        self.failed.insert(name, Failed { times: times + 1, not_before: Instant::now() + pause });
    }
}

fn count(outcome: &'static str) {
    metrics::counter!("matinee_ai_model_fetches_total", "outcome" => outcome).increment(1);
}

impl Drop for Fetching {
    fn drop(&mut self) {
        if let Some((_, task)) = &self.under_way {
            task.abort();
        }
    }
}
