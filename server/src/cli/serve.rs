use std::{path::PathBuf, sync::Arc};

use matinee_services::ports::{Clock, SystemClock};

use crate::{compose, config::Config, recommender, serve};

/// `matinee serve`; `file` is where the settings came from.
pub async fn serve(config: &Config, file: Option<PathBuf>) -> anyhow::Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ai = recommender::open_and_follow(&config.ai, &config.data, &config.cache, file);
    let parts = compose::open(config, Arc::clone(&clock), ai).await?;
    serve::run(config, parts, clock).await
}
