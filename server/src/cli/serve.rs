use std::sync::Arc;

use matinee_services::ports::{Clock, SystemClock};

use crate::{compose, config::Config, recommender, serve};

/// `matinee serve`.
pub async fn serve(config: &Config) -> anyhow::Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let parts =
        compose::open(config, Arc::clone(&clock), recommender::open(&config.ai, &config.data, &config.cache)).await?;
    serve::run(config, parts, clock).await
}
