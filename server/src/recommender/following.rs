//! AI workers join and leave by the configuration file: `ai.workers` is read again when the file has changed.

use std::{
    path::{Path, PathBuf},
    sync::Weak,
    time::{Duration, SystemTime},
};

use matinee_ai::pool::RemoteRecommender;

use crate::config;

/// Looks at the file again and again, until the pool is gone. What can't be used is logged, and the workers stay.
pub async fn follow(pool: Weak<RemoteRecommender>, file: PathBuf, every: Duration) {
    // The first look always reads it: it may have changed since the process began.
    let mut seen = None;
    loop {
        tokio::time::sleep(every).await;
        let Some(pool) = pool.upgrade() else { return };
        let now = changed_at(&file).await;
        if now == seen {
            continue;
        }
        seen = now;
        take_over(&pool, &file);
    }
}

async fn changed_at(file: &Path) -> Option<(SystemTime, u64)> {
    let found = tokio::fs::metadata(file).await.ok()?;
    Some((found.modified().ok()?, found.len()))
}

fn take_over(pool: &RemoteRecommender, file: &Path) {
    let workers = match config::load(Some(file), std::env::vars()) {
        Ok((config, _)) => config.ai.workers,
        Err(error) => {
            tracing::error!(file = %file.display(), "the AI workers stay as they are, for the settings can't be used: {error}");
            return;
        }
    };
    let before = pool.workers();
    match pool.set_workers(&workers) {
        Ok(()) if before == pool.workers() => {}
        Ok(()) => tracing::info!(workers = ?pool.workers(), "AI workers joined or left"),
        Err(error) => tracing::error!(
            error = &error as &dyn std::error::Error,
            "the AI workers stay as they are; to compute in this process instead, restart it"
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use matinee_ai::pool::PoolOptions;

    use super::*;

    #[tokio::test]
    async fn workers_that_the_file_names_join_and_a_file_that_is_wrong_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("matinee.toml");
        std::fs::write(&file, "[ai]\nworkers = [\"http://a:1\"]\n").unwrap();
        let pool = Arc::new(RemoteRecommender::new(&["http://a:1"], PoolOptions::default()).unwrap());
        let following = tokio::spawn(follow(Arc::downgrade(&pool), file.clone(), Duration::from_millis(5)));
        let until = async |wanted: &[&str]| {
            while pool.workers() != wanted {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        std::fs::write(&file, "[ai]\nworkers = [\"http://a:1\", \"http://b:1\"]\n").unwrap();
        tokio::time::timeout(Duration::from_secs(20), until(&["http://a:1/", "http://b:1/"])).await.unwrap();
        take_over(&pool, &dir.path().join("nothing.toml"));
        std::fs::write(dir.path().join("wrong.toml"), "[ai]\nworkers = [\"b\"]\n").unwrap();
        take_over(&pool, &dir.path().join("wrong.toml"));
        assert_eq!(pool.workers(), ["http://a:1/", "http://b:1/"]);
        std::fs::write(&file, "[ai]\nworkers = [\"http://c:1\"]\n").unwrap();
        tokio::time::timeout(Duration::from_secs(20), until(&["http://c:1/"])).await.unwrap();
        drop(pool);
        following.await.unwrap();
    }
}
