//! What handlers share.

use std::{ops::Deref, sync::Arc};

use axum::extract::FromRef;
use matinee_app::shell::{PublicOrigin, SiteTags};
use matinee_services::Services;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::{http::assets::Assets, mail::Mail, oauth::Oauth, passkeys::Passkeys};

/// One for each process. Cheap to clone, which every layer of the router does for every request.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

/// What there is of it.
pub struct Shared {
    pub services: Services,
    pub origin: PublicOrigin,
    pub tags: SiteTags,
    pub assets: Assets,
    pub metrics: PrometheusHandle,
    pub oauth: Oauth,
    pub mail: Mail,
    pub passkeys: Passkeys,
}

impl From<Shared> for AppState {
    fn from(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl FromRef<AppState> for Services {
    fn from_ref(state: &AppState) -> Self {
        state.services.clone()
    }
}

impl FromRef<AppState> for PublicOrigin {
    fn from_ref(state: &AppState) -> Self {
        state.origin.clone()
    }
}

impl FromRef<AppState> for Assets {
    fn from_ref(state: &AppState) -> Self {
        state.assets.clone()
    }
}

impl FromRef<AppState> for PrometheusHandle {
    fn from_ref(state: &AppState) -> Self {
        state.metrics.clone()
    }
}
