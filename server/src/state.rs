//! What handlers share.

use axum::extract::FromRef;
use matinee_app::shell::{PublicOrigin, SiteTags};
use matinee_services::Services;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::{http::assets::Assets, mail::Mail, oauth::Oauth, passkeys::Passkeys};

/// Cheap to clone; one for each process.
#[derive(Clone, FromRef)]
pub struct AppState {
    pub services: Services,
    pub origin: PublicOrigin,
    pub tags: SiteTags,
    pub assets: Assets,
    pub metrics: PrometheusHandle,
    pub oauth: Oauth,
    pub mail: Mail,
    pub passkeys: Passkeys,
}
