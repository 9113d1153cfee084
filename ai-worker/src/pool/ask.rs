//! Asking until one answers: one worker, past the p95 a second beside it, and the next where one fails.

use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{StreamExt, stream::FuturesUnordered};
use matinee_services::ports::{RecommenderError, Shard};
use reqwest::Client;
use serde::de::DeserializeOwned;
use tokio::time::sleep_until;

use super::{
    PoolOptions,
    call::{Failure, Question, call, worker_error},
    latency::Latency,
    member::{Member, Standing, busy_for},
};
use crate::protocol::Refusal;

/// With less time left nobody else is asked: the answer would come too late, and the worker be blamed for it.
const LEAST_LEFT: Duration = Duration::from_millis(5);

/// A request to one of them that came back.
struct Back<T> {
    member: Arc<Member>,
    since: Instant,
    is_second: bool,
    result: Result<(T, Option<Shard>), Failure>,
}

/// Asks workers in this order, and waits until then. Returns the answer and of which part of the films it is, where not of all.
///
/// # Errors
/// What the last of them said, or that the time is over.
pub async fn ask<T: DeserializeOwned>(
    client: &Client,
    options: &PoolOptions,
    latency: &Latency,
    order: Vec<Arc<Member>>,
    question: &Question,
    until: Instant,
) -> Result<(T, Option<Shard>), RecommenderError> {
    latency.asked();
    let send = |member: Arc<Member>, is_second| {
        let since = Instant::now();
        let flight = member.begin(since);
        async move {
            let result = call(client, &flight, question, until.saturating_duration_since(since)).await;
            Back { member, since, is_second, result }
        }
    };
    let mut order = order.into_iter();
    let Some(first) = order.next() else { return Err(RecommenderError::NoModel) };
    let mut under_way = vec![(Arc::clone(&first), Instant::now())];
    let mut answers = FuturesUnordered::from_iter([send(first, false)]);
    let mut may_hedge = true;
    // Within that time most answer: who has had less is not too slow.
    let patience = hedge_after(options, latency);
    let mut hedge = pin!(sleep_until((Instant::now() + patience).into()));
    let mut end = pin!(sleep_until(until.into()));
    loop {
        tokio::select! {
            biased;
            Some(back) = answers.next() => {
                under_way.retain(|(member, _)| !Arc::ptr_eq(member, &back.member));
                match settle(back, latency, patience, &under_way) {
                    Settled::Answer(answer) => return answer,
                    Settled::Next(error) => match order.next() {
                        Some(next) if until.saturating_duration_since(Instant::now()) >= LEAST_LEFT => {
                            under_way.push((Arc::clone(&next), Instant::now()));
                            answers.push(send(next, false));
                        }
                        _ if answers.is_empty() => return Err(error),
                        _ => {}
                    }
                }
            }
            () = &mut hedge, if may_hedge => {
                may_hedge = false;
                // Who is left out would not help.
                let may_help = |next: &Arc<Member>| next.standing(Instant::now()) != Standing::LeftOut;
                if order.as_slice().first().is_some_and(may_help)
                    && latency.may_hedge()
                    && let Some(next) = order.next()
                {
                    metrics::counter!("matinee_ai_pool_hedges_total").increment(1);
                    under_way.push((Arc::clone(&next), Instant::now()));
                    answers.push(send(next, true));
                }
            }
            () = &mut end => {
                too_slow(latency, patience, &under_way);
                return Err(timed_out(options.timeout));
            }
        }
    }
}

enum Settled<T> {
    Answer(Result<(T, Option<Shard>), RecommenderError>),
    /// Another may answer; this is what to say if none does.
    Next(RecommenderError),
}

/// What an answer or a failure means for the request and for the workers.
fn settle<T>(back: Back<T>, latency: &Latency, patience: Duration, others: &[(Arc<Member>, Instant)]) -> Settled<T> {
    let now = Instant::now();
    let error = match back.result {
        Ok(answer) => {
            latency.record(now - back.since);
            back.member.succeeded();
            if back.is_second {
                // Who was asked first and still has not answered was too slow.
                too_slow(latency, patience, others);
                metrics::counter!("matinee_ai_pool_hedges_won_total").increment(1);
            }
            return Settled::Answer(Ok(answer));
        }
        Err(Failure::Refused(refusal)) if !refusal.is_worth_another_worker() => {
            back.member.succeeded();
            return Settled::Answer(Err(refusal.into()));
        }
        Err(Failure::Refused(refusal)) => {
            match refusal {
                Refusal::Overloaded { retry_after_ms } => back.member.busy(now + busy_for(retry_after_ms)),
                Refusal::NoModel | Refusal::Stopping => back.member.gone(now),
                // It is well, and recommends.
                Refusal::NoTextModel => back.member.succeeded(),
                _ => back.member.failed(now),
            }
            refusal.into()
        }
        Err(Failure::Unreachable(error)) => {
            if error.is_connect() {
                back.member.unreachable(now, &error);
            } else {
                back.member.failed(now);
            }
            tracing::debug!(error = &error as &dyn std::error::Error, worker.url = %back.member.url, "AI worker");
            worker_error(error)
        }
    };
    metrics::counter!("matinee_ai_pool_failures_total", "worker" => back.member.url.to_string()).increment(1);
    Settled::Next(error)
}

/// Who was asked longer than `patience` ago and has not answered.
fn too_slow(latency: &Latency, patience: Duration, members: &[(Arc<Member>, Instant)]) {
    let now = Instant::now();
    for (member, since) in members.iter().filter(|(_, since)| now - *since >= patience) {
        latency.record(now - *since);
        member.failed(now);
    }
}

fn hedge_after(options: &PoolOptions, latency: &Latency) -> Duration {
    let most = options.timeout / 2;
    latency.p95().unwrap_or(options.first_hedge).max(options.min_hedge).min(most)
}

fn timed_out(timeout: Duration) -> RecommenderError {
    RecommenderError::TimedOut(u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX))
}
