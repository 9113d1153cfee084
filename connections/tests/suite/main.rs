//! TLS between processes with real certificates: who is let in, who is believed, and new certificates without a restart.

#![expect(clippy::unwrap_used, reason = "a test that fails this way has failed")]

mod authority;

use std::{fs, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use authority::Authority;
use axum::{Router, routing::get};
use matinee_connections::{Files, Identity, TlsError, TlsListener, client_config, server_config};
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsConnector;

fn identity((certificate, key): (std::path::PathBuf, std::path::PathBuf)) -> Identity {
    Identity::read(Files { certificate, key }).unwrap()
}

/// Serves a page by that identity; callers show a certificate of an authority of `callers`, if it is given.
async fn serve(identity: &Identity, callers: Option<&Path>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listener = TlsListener::new(listener, server_config(identity, callers).unwrap()).unwrap();
    let address = axum::serve::Listener::local_addr(&listener).unwrap();
    let router = Router::new().route("/", get(|| async { "served" }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// What comes back, or why nothing does; and the certificate that was shown.
async fn ask(address: SocketAddr, config: ClientConfig) -> Result<(String, Vec<u8>), String> {
    let asked = async {
        let stream = TcpStream::connect(address).await?;
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
        let shown = stream.get_ref().1.peer_certificates().unwrap()[0].to_vec();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>((answer, shown))
    };
    let answered = tokio::time::timeout(Duration::from_secs(20), asked).await.unwrap();
    answered.map_err(|error| error.to_string())
}

#[tokio::test]
async fn callers_with_a_certificate_of_the_authority_are_served_and_nobody_else() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let address = serve(&identity(ours.sign("server")), Some(&ours.file())).await;
    let caller = identity(ours.sign("caller"));
    let (answer, _) = ask(address, client_config(&ours.file(), Some(&caller)).unwrap()).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("served"), "{answer}");
    for stranger in [None, Some(identity(theirs.sign("caller")))] {
        let refused = ask(address, client_config(&ours.file(), stranger.as_ref()).unwrap()).await;
        assert!(refused.is_err(), "{refused:?}");
    }
    // Plain HTTP gets no answer that is one.
    let mut plain = TcpStream::connect(address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut said = Vec::new();
    let _ = plain.read_to_end(&mut said).await;
    assert!(!said.starts_with(b"HTTP"), "{said:?}");
}

#[tokio::test]
async fn whoever_another_authority_vouches_for_or_has_another_name_is_not_believed() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let caller = identity(ours.sign("caller"));
    for server in [theirs.sign("server"), ours.sign_for("elsewhere", "DNS:elsewhere.example.org")] {
        let address = serve(&identity(server), None).await;
        let refused = ask(address, client_config(&ours.file(), Some(&caller)).unwrap()).await.unwrap_err();
        assert!(refused.contains("invalid peer certificate"), "{refused}");
    }
}

#[tokio::test]
async fn a_new_certificate_is_shown_without_a_restart_and_a_broken_one_is_not() {
    let authority = Authority::new();
    let (certificate, key) = authority.sign("server");
    let identity = identity((certificate.clone(), key.clone()));
    let address = serve(&identity, None).await;
    tokio::spawn(identity.follow(Duration::from_millis(20)));
    let shown = async || ask(address, client_config(&authority.file(), None).unwrap()).await.unwrap().1;
    let first = shown().await;
    fs::write(&certificate, "rubbish").unwrap();
    let (new, new_key) = authority.sign("new");
    // Only one of the two is new for a moment: they don't belong together.
    fs::copy(&new, &certificate).unwrap();
    assert_eq!(shown().await, first);
    fs::copy(&new_key, &key).unwrap();
    let changed = async {
        while shown().await == first {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), changed).await.expect("the new one is shown");
}

#[test]
fn what_cant_be_used_is_told_by_its_file() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let (certificate, key) = authority.sign("server");
    let (_, other_key) = authority.sign("other");
    let empty = folder.path().join("empty.pem");
    fs::write(&empty, "").unwrap();
    let read = |certificate: &Path, key: &Path| {
        let files = Files { certificate: certificate.to_owned(), key: key.to_owned() };
        Identity::read(files).err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert_eq!(read(&certificate, &key), "");
    assert!(read(&folder.path().join("none.pem"), &key).contains("none.pem can't be read"));
    assert!(read(&empty, &key).contains("empty.pem holds no certificate"));
    assert!(read(&certificate, &empty).contains("empty.pem holds no private key"));
    assert!(read(&certificate, &other_key).contains("can't be used together"));
    assert!(matches!(client_config(&empty, None), Err(TlsError::Empty { .. })));
}
