//! Letters by TLS, to a mail server with a certificate of its own making.

use std::{path::Path, process::Command, sync::Arc};

use matinee_server::config::MailSecurity;
use tempfile::TempDir;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring::default_provider,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

use super::{
    point_at,
    server::{MailServer, Way},
};
use crate::support::TestApp;

const ADA: &str = "ada@example.org";

/// A certificate for `localhost` in that folder, as `certificate.pem`, and what speaks by it.
pub fn acceptor(folder: &Path) -> TlsAcceptor {
    let (key, certificate) = (folder.join("key.pem"), folder.join("certificate.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout"])
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .expect("openssl makes certificates");
    assert!(made.status.success(), "{made:?}");
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_file(&certificate).unwrap()],
            PrivateKeyDer::from_pem_file(&key).unwrap(),
        );
    TlsAcceptor::from(Arc::new(config.unwrap()))
}

/// An instance that sends by `security` to that server, and believes the certificate in `folder` if there is one.
async fn sending_to(server: &MailServer, security: MailSecurity, folder: Option<&Path>) -> TestApp {
    TestApp::start_with(|config| {
        point_at(config, server.port);
        config.mail.smtp_host = "localhost".into();
        config.mail.smtp_security = security;
        config.mail.tries = 2;
        config.mail.smtp_ca_file = folder.map(|folder| folder.join("certificate.pem")).unwrap_or_default();
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_go_by_tls_from_the_first_byte_or_after_starttls() {
    let folder = TempDir::new().unwrap();
    let acceptor = acceptor(folder.path());
    for (way, security) in
        [(Way::Tls(acceptor.clone()), MailSecurity::Tls), (Way::Starttls(acceptor), MailSecurity::Starttls)]
    {
        let server = MailServer::start_by(way).await;
        let app = sending_to(&server, security, Some(folder.path())).await;
        app.signed_in("ada").await;
        server.take(ADA, "your e-mail address").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_whose_certificate_nobody_vouches_for_gets_nothing() {
    let folder = TempDir::new().unwrap();
    let acceptor = acceptor(folder.path());
    for (way, security) in
        [(Way::Tls(acceptor.clone()), MailSecurity::Tls), (Way::Starttls(acceptor), MailSecurity::Starttls)]
    {
        let server = MailServer::start_by(way).await;
        let app = sending_to(&server, security, None).await;
        app.signed_in("ada").await;
        app.until(async || server.ended() >= 2).await;
        assert!(server.letters().is_empty(), "{security:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_to_a_mail_server_that_speaks_plainly_where_starttls_is_asked_for() {
    let server = MailServer::start().await;
    let app = sending_to(&server, MailSecurity::Starttls, None).await;
    app.signed_in("ada").await;
    app.until(async || server.ended() >= 2).await;
    assert!(server.letters().is_empty());
}
