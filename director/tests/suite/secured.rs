//! Instances that are asked by TLS: both sides show who they are.

use std::{fs, path::PathBuf};

use openssl::ssl::{SslAcceptor, SslFiletype, SslMethod, SslVerifyMode};

use crate::{
    authority::Authority,
    support::{Director, Upstream, client, until},
};

/// By the certificate of `own`; who asks has to show one that `callers` signed.
fn acceptor(own: (PathBuf, PathBuf), callers: &Authority) -> SslAcceptor {
    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls()).unwrap();
    acceptor.set_certificate_chain_file(own.0).unwrap();
    acceptor.set_private_key_file(own.1, SslFiletype::PEM).unwrap();
    acceptor.set_ca_file(callers.file()).unwrap();
    acceptor.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
    acceptor.build()
}

/// Settings of a director that believes `believed` for this name, and shows what is in these files.
fn settings(believed: &Authority, name: &str, shown: Option<&(PathBuf, PathBuf)>) -> String {
    let shown = shown.map_or_else(String::new, |(certificate, key)| {
        format!(", certificate = '{}', key = '{}'", certificate.display(), key.display())
    });
    format!(
        "upstreams = {{ server_name = '{name}', ca = '{}'{shown} }}\ntls = {{ reload_ms = 50 }}",
        believed.file().display()
    )
}

async fn status(director: &Director) -> u16 {
    client().get(director.url("/who")).send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_are_asked_by_tls_and_the_director_shows_them_who_it_is() {
    let ours = Authority::new();
    let a = Upstream::start_secure("a", acceptor(ours.sign("web"), &ours)).await;
    let own = ours.sign("director");
    let director = Director::start(&[&a], &settings(&ours, "localhost", Some(&own))).await;
    assert_eq!(director.who(&client(), None).await, "a");
    assert_eq!(a.hits(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_of_another_authority_or_another_name_is_told_nothing_and_the_log_says_so() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let own = ours.sign("director");
    for (instance, name) in [(theirs.sign("web"), "localhost"), (ours.sign("web"), "web.matinee.internal")] {
        let a = Upstream::start_secure("a", acceptor(instance, &ours)).await;
        let director = Director::start_unready(&[a.address], &settings(&ours, name, Some(&own))).await;
        until("it was looked at", || async {
            director.measurement("director_upstream_failed_checks_total", "").await >= 2
        })
        .await;
        assert!(matches!(status(&director).await, 502 | 503));
        assert_eq!(a.hits(), 0);
        let log = director.stderr();
        assert!(log.contains("an instance can't be spoken to by TLS"), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_director_that_cannot_show_who_it_is_is_refused_until_it_has_a_certificate() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let a = Upstream::start_secure("a", acceptor(ours.sign("web"), &ours)).await;
    let own = theirs.sign("director");
    let director = Director::start_unready(&[a.address], &settings(&ours, "localhost", Some(&own))).await;
    until("it was looked at", || async {
        director.measurement("director_upstream_failed_checks_total", "").await >= 2
    })
    .await;
    assert!(matches!(status(&director).await, 502 | 503));
    assert_eq!(a.hits(), 0);
    // A new certificate is taken without a restart.
    let (certificate, key) = ours.sign("director");
    fs::copy(key, &own.1).unwrap();
    fs::copy(certificate, &own.0).unwrap();
    director.until_up(1).await;
    assert_eq!(status(&director).await, 200);
}
