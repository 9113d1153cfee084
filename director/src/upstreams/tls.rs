//! Asking instances by TLS: whom the director believes, and what it shows of itself. Both are read anew when their files change; new ones
//! that can't be used leave the old ones in service.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwap;
use pingora::{
    protocols::tls::CaType,
    upstreams::peer::{HttpPeer, Scheme},
    utils::tls::CertKey,
};

use crate::{
    config::UpstreamsConfig,
    tls::{Certificate, CertificateError, read_certificates},
};

/// How instances are asked, where that is by TLS.
#[derive(Debug)]
pub struct Secured {
    config: UpstreamsConfig,
    current: ArcSwap<Material>,
    /// How often it has changed.
    version: AtomicU64,
}

#[derive(Debug)]
struct Material {
    believed: Arc<CaType>,
    shown: Option<Arc<CertKey>>,
}

impl Secured {
    /// `None` where instances are asked by plain HTTP.
    ///
    /// # Errors
    /// When a file can't be read, holds something else, or certificate and key don't belong together.
    pub fn read(config: &UpstreamsConfig) -> Result<Option<Arc<Self>>, CertificateError> {
        if config.server_name.is_empty() {
            return Ok(None);
        }
        let current = ArcSwap::from_pointee(material(config)?);
        Ok(Some(Arc::new(Self { config: config.clone(), current, version: AtomicU64::new(0) })))
    }

    /// Has this instance asked so. It has to show a certificate for the configured name.
    pub fn apply(&self, peer: &mut HttpPeer) {
        let now = self.current.load();
        peer.scheme = Scheme::HTTPS;
        peer.sni.clone_from(&self.config.server_name);
        peer.options.ca = Some(Arc::clone(&now.believed));
        peer.client_cert_key.clone_from(&now.shown);
    }

    /// Another number when what [`Self::apply`] does has changed.
    pub fn version(&self) -> u64 {
        self.version.load(Relaxed)
    }

    /// Looks at the files for ever.
    pub async fn follow(&self, every: Duration) {
        let mut ticks = tokio::time::interval(every);
        let mut seen = changed(&self.config);
        loop {
            ticks.tick().await;
            let now = changed(&self.config);
            if now == seen {
                continue;
            }
            seen = now;
            match material(&self.config) {
                Ok(material) => {
                    self.current.store(Arc::new(material));
                    self.version.fetch_add(1, Relaxed);
                    tracing::info!("instances are asked with new certificates");
                }
                // Perhaps only one of the files is new so far: the next change brings the others.
                Err(error) => {
                    metrics::counter!("director_certificate_errors_total").increment(1);
                    tracing::error!(%error, "instances are asked with the certificates of before");
                }
            }
        }
    }
}

fn material(config: &UpstreamsConfig) -> Result<Material, CertificateError> {
    let believed = Arc::new(read_certificates(&config.ca)?.into_boxed_slice());
    let shown = if is_set(&config.certificate) {
        Some(Arc::new(Certificate::read(&config.certificate, &config.key)?.into_cert_key()))
    } else {
        None
    };
    Ok(Material { believed, shown })
}

fn is_set(path: &Path) -> bool {
    !path.as_os_str().is_empty()
}

/// When the files were last written.
fn changed(config: &UpstreamsConfig) -> [Option<SystemTime>; 3] {
    let at = |path: &PathBuf| fs::metadata(path).and_then(|file| file.modified()).ok();
    [&config.ca, &config.certificate, &config.key].map(at)
}
