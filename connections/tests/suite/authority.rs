//! An authority in a folder, by the `openssl` command, as `docs/operations/tls.md` has it. Tests of other crates include this file, too.

#![allow(dead_code, reason = "each crate that includes it needs some of it")]

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// Signs certificates. Dropped, it is gone with all that it signed.
pub struct Authority {
    folder: TempDir,
}

impl Authority {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        run(folder.path(), &["-subj", "/CN=Matinee inside", "-addext", "keyUsage=critical,keyCertSign"], "ca");
        Self { folder }
    }

    /// The file by which it is believed.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Signs a certificate for a process of that name on this machine: the files of it and of its key.
    pub fn sign(&self, name: &str) -> (PathBuf, PathBuf) {
        self.sign_for(name, "DNS:localhost,IP:127.0.0.1")
    }

    /// The same for other addresses.
    pub fn sign_for(&self, name: &str, addresses: &str) -> (PathBuf, PathBuf) {
        let subject = format!("/CN={name}");
        let addresses = format!("subjectAltName={addresses}");
        let ca = self.file();
        let ca_key = self.folder.path().join("ca.key");
        run(
            self.folder.path(),
            &[
                "-CA",
                ca.to_str().unwrap(),
                "-CAkey",
                ca_key.to_str().unwrap(),
                "-subj",
                &subject,
                "-addext",
                &addresses,
                "-addext",
                "basicConstraints=critical,CA:FALSE",
                "-addext",
                "extendedKeyUsage=serverAuth,clientAuth",
            ],
            name,
        );
        let file = |ending: &str| self.folder.path().join(format!("{name}.{ending}"));
        (file("pem"), file("key"))
    }
}

fn run(folder: &Path, more: &[&str], name: &str) {
    let made = Command::new("openssl")
        .current_dir(folder)
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(more)
        .args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem")])
        .output()
        .expect("openssl makes certificates");
    assert!(made.status.success(), "{made:?}");
}
