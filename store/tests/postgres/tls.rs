//! A database that is spoken to by TLS alone, each side showing a certificate: no password travels, and none has to be changed.

use std::time::Duration;

use matinee_store::{Store, StoreOptions};

use crate::{authority::Authority, cluster::Guarded};

/// Connects, and makes the schema to see that it is there.
async fn connect(url: &str) -> Result<(), String> {
    let options = StoreOptions { acquire_timeout: Duration::from_secs(10), ..StoreOptions::default() };
    let store = Store::connect(url, options).await.map_err(|error| format!("{error:?}"))?;
    let migrated = store.migrate().await.map_err(|error| format!("{error:?}"));
    store.close().await;
    migrated
}

#[tokio::test]
async fn a_database_is_reached_by_certificates_of_both_sides_and_by_nothing_less() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let (certificate, key) = ours.sign("database");
    let server = Guarded::start(&certificate, &key, &ours.file());
    // The certificate's name is the role's.
    let own = ours.sign("matinee");
    let plain = format!("postgres://matinee@127.0.0.1:{}/postgres", server.port);
    let verified =
        |authority: &Authority| format!("{plain}?sslmode=verify-full&sslrootcert={}", authority.file().display());
    let shown = |url: &str, (certificate, key): &(std::path::PathBuf, std::path::PathBuf)| {
        format!("{url}&sslcert={}&sslkey={}", certificate.display(), key.display())
    };

    connect(&shown(&verified(&ours), &own)).await.unwrap();
    for (url, why) in [
        (shown(&verified(&theirs), &own), "the database is not whom this side believes"),
        (verified(&ours), "without a certificate"),
        (shown(&verified(&ours), &theirs.sign("matinee")), "of another authority"),
        (shown(&verified(&ours), &ours.sign("somebody")), "of another name"),
        (format!("{plain}?sslmode=disable"), "plain"),
    ] {
        assert!(connect(&url).await.is_err(), "{why}");
    }
}
