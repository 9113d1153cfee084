//! TLS: HTTP/2 and 1.1, a certificate renewed while serving, and the way from plain HTTP.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
};

use openssl::{
    asn1::Asn1Time,
    ec::{EcGroup, EcKey},
    hash::MessageDigest,
    nid::Nid,
    pkey::PKey,
    ssl::{SslConnector, SslMethod, SslStream, SslVerifyMode, SslVersion},
    x509::{X509Builder, X509NameBuilder},
};

use pingora::tls::tokio_ssl;

use crate::support::{Director, Upstream, client, exchange, until};

const TLS: &str = "listen.https = ['127.0.0.1:{https}']
tls = { certificate = '{folder}/cert.pem', key = '{folder}/key.pem', reload_ms = 50 }";

/// A certificate that vouches for itself, and its key.
fn write_certificate(folder: &Path, name: &str) {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut subject = X509NameBuilder::new().unwrap();
    subject.append_entry_by_text("CN", name).unwrap();
    let subject = subject.build();
    let mut builder = X509Builder::new().unwrap();
    builder.set_version(2).unwrap();
    builder.set_subject_name(&subject).unwrap();
    builder.set_issuer_name(&subject).unwrap();
    builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(30).unwrap()).unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    fs::write(folder.join("key.pem"), key.private_key_to_pem_pkcs8().unwrap()).unwrap();
    fs::write(folder.join("cert.pem"), builder.build().to_pem().unwrap()).unwrap();
}

fn connect(port: u16, protocols: &[u8]) -> SslStream<TcpStream> {
    let mut connector = SslConnector::builder(SslMethod::tls()).unwrap();
    connector.set_verify(SslVerifyMode::NONE);
    connector.set_alpn_protos(protocols).unwrap();
    connector.build().connect("films.example.org", TcpStream::connect(("127.0.0.1", port)).unwrap()).unwrap()
}

fn shown_name(port: u16) -> String {
    let certificate = connect(port, b"\x08http/1.1").ssl().peer_certificate().unwrap();
    let entry = certificate.subject_name().entries_by_nid(Nid::COMMONNAME).next().unwrap();
    entry.data().to_string().unwrap()
}

/// The certificate has to be there before the director is.
async fn start(a: &Upstream, more: &str) -> Director {
    let folder = tempfile::tempdir().unwrap();
    write_certificate(folder.path(), "first");
    let more = format!("{TLS}\n{more}").replace("{folder}/", &format!("{}/", folder.path().display()));
    let mut director = Director::start(&[a], &more).await;
    director.more_folders.push(folder);
    director
}

#[tokio::test(flavor = "multi_thread")]
async fn https_speaks_http_2_and_1_1_and_says_so_to_the_instance() {
    let a = Upstream::start("a").await;
    let director = start(&a, "").await;
    let mut stream = connect(director.https, b"\x02h2\x08http/1.1");
    assert_eq!(stream.ssl().selected_alpn_protocol(), Some(&b"h2"[..]));
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
    let mut frame = [0; 9];
    stream.read_exact(&mut frame).unwrap();
    assert_eq!(frame[3], 4, "the server's first frame is its settings");
    let mut stream = connect(director.https, b"\x08http/1.1");
    stream.write_all(b"GET /echo HTTP/1.1\r\nHost: films.example.org\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(r#"["x-forwarded-proto","https"]"#), "{answer}");
}

/// Whether a client gets a connection that knows no more than these suites and versions.
fn gets_in(port: u16, newest: SslVersion, suites: &str, suites_1_3: &str) -> Option<(String, String)> {
    let mut connector = SslConnector::builder(SslMethod::tls()).unwrap();
    connector.set_verify(SslVerifyMode::NONE);
    // The client's own OpenSSL must not be what refuses.
    connector.set_security_level(0);
    connector.set_min_proto_version(Some(SslVersion::TLS1)).unwrap();
    connector.set_max_proto_version(Some(newest)).unwrap();
    connector.set_cipher_list(suites).unwrap();
    connector.set_ciphersuites(suites_1_3).unwrap();
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut stream = connector.build().connect("films.example.org", stream).ok()?;
    stream.write_all(b"GET /who HTTP/1.1\r\nHost: films.example.org\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let ssl = stream.ssl();
    Some((ssl.version_str().to_owned(), ssl.current_cipher().unwrap().name().to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn strong_suites_of_tls_1_2_and_1_3_are_served_the_strongest_first_and_no_others() {
    const ALL_1_3: &str = "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384";
    let a = Upstream::start("a").await;
    let director = start(&a, "").await;
    let said = |version: &str, suite: &str| Some((version.to_owned(), suite.to_owned()));
    for (newest, suites, served) in [
        (SslVersion::TLS1_3, "ALL", said("TLSv1.3", "TLS_AES_256_GCM_SHA384")),
        (SslVersion::TLS1_2, "ALL:COMPLEMENTOFALL", said("TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384")),
        (
            SslVersion::TLS1_2,
            "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305",
            said("TLSv1.2", "ECDHE-ECDSA-CHACHA20-POLY1305"),
        ),
        (SslVersion::TLS1_2, "ECDHE-ECDSA-AES128-GCM-SHA256", said("TLSv1.2", "ECDHE-ECDSA-AES128-GCM-SHA256")),
        // Without authenticated encryption, without forward secrecy, by finite fields, and versions that are over.
        (SslVersion::TLS1_2, "ECDHE-ECDSA-AES256-SHA384:ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA256", None),
        (SslVersion::TLS1_2, "AES256-GCM-SHA384:AES128-SHA", None),
        (SslVersion::TLS1_2, "DHE-RSA-AES256-GCM-SHA384", None),
        (SslVersion::TLS1_1, "ALL:COMPLEMENTOFALL", None),
        (SslVersion::TLS1, "ALL:COMPLEMENTOFALL", None),
    ] {
        assert_eq!(gets_in(director.https, newest, suites, ALL_1_3), served, "{suites}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_is_used_without_a_restart_and_a_broken_one_is_not() {
    let a = Upstream::start("a").await;
    let director = start(&a, "").await;
    let folder = director.more_folders[0].path().to_owned();
    assert_eq!(shown_name(director.https), "first");
    write_certificate(&folder, "second");
    until("the new one is shown", || async { shown_name(director.https) == "second" }).await;
    fs::write(folder.join("cert.pem"), "rubbish").unwrap();
    until("the broken one is told of", || async {
        director.measurement("director_certificate_errors_total", "").await > 0
    })
    .await;
    assert_eq!(shown_name(director.https), "second");
    write_certificate(&folder, "third");
    until("the mended one is shown", || async { shown_name(director.https) == "third" }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_is_shown_the_way_to_https() {
    let a = Upstream::start("a").await;
    let director = start(&a, "listen.redirect_to_https = true").await;
    let answer = client().get(director.url("/film/1?q=a%20b")).send().await.unwrap();
    assert_eq!(answer.status(), 308);
    let location = format!("https://127.0.0.1:{}/film/1?q=a%20b", director.https);
    assert_eq!(answer.headers()["location"].to_str().unwrap(), location);
    let answer = exchange(director.http, b"GET / HTTP/1.1\r\nHost: a b/../\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(a.hits(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn http_2_carries_many_requests_on_one_connection() {
    let a = Upstream::start("a").await;
    let director = start(&a, "").await;
    let mut connector = SslConnector::builder(SslMethod::tls()).unwrap();
    connector.set_verify(SslVerifyMode::NONE);
    connector.set_alpn_protos(b"\x02h2").unwrap();
    let ssl = connector.build().configure().unwrap().into_ssl("films.example.org").unwrap();
    let tcp = tokio::net::TcpStream::connect(("127.0.0.1", director.https)).await.unwrap();
    let mut stream = tokio_ssl::SslStream::new(ssl, tcp).unwrap();
    std::pin::Pin::new(&mut stream).connect().await.unwrap();
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let answers = (0..50).map(|n| {
        let client = client.clone();
        let url = format!("https://films.example.org:{}/echo?n={n}", director.https);
        async move {
            let request =
                http::Request::post(url).header("cookie", "theme=dark").header("cookie", "matinee_session=ada");
            let mut client = client.ready().await.unwrap();
            let (answer, mut body) = client.send_request(request.body(()).unwrap(), false).unwrap();
            body.send_data(format!("body {n}").into(), true).unwrap();
            let answer = answer.await.unwrap();
            assert_eq!(answer.status(), 200);
            let (mut body, mut text) = (answer.into_body(), Vec::new());
            while let Some(piece) = body.data().await {
                let piece = piece.unwrap();
                let _ = body.flow_control().release_capacity(piece.len());
                text.extend_from_slice(&piece);
            }
            let said: serde_json::Value = serde_json::from_slice(&text).unwrap();
            assert_eq!(said["body"], format!("body {n}"));
            let cookies = said["headers"].as_array().unwrap().iter().filter(|pair| pair[0] == "cookie");
            assert_eq!(
                cookies.map(|pair| pair[1].as_str().unwrap()).collect::<Vec<_>>(),
                ["theme=dark; matinee_session=ada"]
            );
        }
    });
    futures::future::join_all(answers).await;
    assert!(director.measurement("director_connections", "").await <= 1);
}
