//! A web instance that serves https itself, to those who prove who they are.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use matinee_connections::{Files, Identity, client_config};

use crate::{
    authority::Authority,
    backups::{command, stopped},
};

/// A running `matinee serve`. Dropped, it is killed.
struct Instance {
    child: Child,
    origin: String,
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a caller gets who believes `authority` and shows what `own` signed, if anything.
async fn ask(url: &str, authority: &Authority, own: Option<&Authority>) -> Result<(u16, String), reqwest::Error> {
    let identity = own.map(|own| {
        let (certificate, key) = own.sign("director");
        Identity::read(Files { certificate, key }).unwrap()
    });
    let tls = client_config(&authority.file(), identity.as_ref()).unwrap();
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls).build().unwrap();
    let answer = client.get(url).send().await?;
    Ok((answer.status().as_u16(), answer.text().await?))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_answers_callers_with_a_certificate_of_its_authority_and_nobody_else() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let stopped = stopped().await;
    let (certificate, key) = ours.sign("web");
    let mut child = command(Command::new(env!("CARGO_BIN_EXE_matinee")), &stopped.config.data.dir)
        .arg("serve")
        .env("PORT", "0")
        .env("MATINEE_SITE_DIR", &stopped.config.server.site_dir)
        .env("MATINEE_SERVER__TLS_CERTIFICATE", certificate)
        .env("MATINEE_SERVER__TLS_KEY", key)
        .env("MATINEE_SERVER__TLS_CLIENT_CA", ours.file())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let instance = Instance { child, origin: line.trim().rsplit(' ').next().unwrap().to_owned() };
    assert!(instance.origin.starts_with("https://127.0.0.1:"), "{line}");

    let page = format!("{}/search", instance.origin);
    let (status, body) = ask(&page, &ours, Some(&ours)).await.unwrap();
    assert!(status == 200 && body.contains("<html"), "{status} {body}");
    assert!(ask(&page, &ours, None).await.is_err(), "without a certificate");
    assert!(ask(&page, &ours, Some(&theirs)).await.is_err(), "of another authority");
    assert!(ask(&page, &theirs, Some(&ours)).await.is_err(), "the instance is not whom this caller believes");
    assert!(ask(&page.replace("https:", "http:"), &ours, Some(&ours)).await.is_err(), "plain");
}
