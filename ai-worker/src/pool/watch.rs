//! Asking workers whether they are ready, beside what is asked of them anyway: who is gone is found before a request
//! finds it, and who was left out comes back without one being tried on it.

use std::{
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use futures::future::join_all;
use reqwest::{Client, StatusCode};

use super::{
    RemoteRecommender,
    call::shard_of,
    member::{Member, Part},
};

/// One look at a worker takes this long at most.
const LOOK_TIMEOUT: Duration = Duration::from_secs(1);

/// Looks again and again, until the pool is gone.
pub async fn watch(pool: Weak<RemoteRecommender>, every: Duration) {
    loop {
        let Some(strong) = pool.upgrade() else { return };
        let (client, members) = (strong.client(), strong.members());
        drop(strong);
        join_all(members.iter().map(|member| look(&client, member))).await;
        tokio::time::sleep(every).await;
    }
}

/// Finds out whether a worker is ready, and which films it ranks.
pub async fn look(client: &Client, member: &Arc<Member>) {
    let Ok(url) = member.url.join("readyz") else { return };
    match client.get(url).timeout(LOOK_TIMEOUT).send().await {
        Ok(response) if response.status().is_success() => {
            member.learn(shard_of(&response).map_or(Part::All, Part::Of));
            member.is_ready();
        }
        // It lives and serves nobody: it has no model, or is stopping.
        Ok(response) if response.status() == StatusCode::SERVICE_UNAVAILABLE => member.gone(Instant::now()),
        // Such as a full queue, which requests learn by themselves.
        Ok(_) => {}
        Err(error) if error.is_connect() => member.unreachable(Instant::now(), &error),
        Err(_) => member.failed(Instant::now()),
    }
}
