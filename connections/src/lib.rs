//! How processes are reached: [serving](serve_until) within limits of time and number, and TLS between processes of one installation, each
//! of which proves who it is by a certificate.
//!
//! A process has an [`Identity`]: a certificate and its key, read anew when their files change, so that short-lived ones need no restart.
//! It serves by it ([`TlsListener`] with [`server_config`]) and shows it to whom it asks ([`client_config`]). Whom it believes are the
//! authorities of a file, and nobody else: those of the machine vouch for the whole world. TLS 1.2 and 1.3, by rustls on ring as
//! elsewhere. The director has OpenSSL's, which comes with Pingora.

mod configs;
mod error;
mod identity;
mod listener;
mod serve;

pub use configs::{client_config, server_config};
pub use error::TlsError;
pub use identity::{Files, Identity};
pub use listener::TlsListener;
pub use serve::{Limits, raise_file_limit, serve_until};
