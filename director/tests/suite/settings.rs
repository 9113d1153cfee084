//! Wrong settings are said clearly; all settings are documented.

use std::{collections::BTreeSet, fs, path::Path};

use matinee_director::config::Config;

use crate::support::binary;

/// What `check` says of these settings, and its exit code.
fn check(settings: &str, variables: &[(&str, &str)]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("director.toml");
    fs::write(&path, settings).unwrap();
    let out = binary().arg("check").arg(&path).envs(variables.iter().copied()).output().unwrap();
    let said = String::from_utf8(out.stdout).unwrap() + &String::from_utf8(out.stderr).unwrap();
    (out.status.code().unwrap(), said)
}

#[test]
fn settings_that_can_be_served_are_found_so() {
    let (code, said) = check("[upstreams]\nservers = [\"10.0.0.5:8080\"]\n", &[]);
    assert_eq!((code, said.trim()), (0, "The configuration can be served."));
    let variables =
        [("DIRECTOR_UPSTREAMS__SERVERS", "10.0.0.5:8080, 10.0.0.6:8080"), ("DIRECTOR_LISTEN__THREADS", "3")];
    assert_eq!(check("", &variables).0, 0);
}

#[test]
fn what_is_wrong_is_named_with_what_would_be_right() {
    let fine = "[upstreams]\nservers = [\"10.0.0.5:8080\"]\n";
    for (settings, variables, parts) in [
        ("", &[][..], &["upstreams.servers", "10.0.0.5:8080"][..]),
        ("[upstreams]\nservers = [\"web1\"]\n", &[], &["upstreams.servers", "web1", "upstreams.dns"]),
        (&format!("{fine}[listen]\nhttp = [\"8000\"]\n"), &[], &["listen.http", "8000", "0.0.0.0:8000"]),
        (&format!("{fine}[listen]\nhtp = []\n"), &[], &["director.toml", "listen.htp", "http"]),
        (&format!("{fine}[lissten]\n"), &[], &["lissten", "listen"]),
        (&format!("{fine}[limits]\nconnections = \"many\"\n"), &[], &["director.toml", "limits.connections", "many"]),
        (&format!("{fine}[limits]\nconnections = 0\n"), &[], &["limits.connections", "1 or more"]),
        (&format!("{fine}[listen]\nhttps = [\"0.0.0.0:443\"]\n"), &[], &["tls.certificate", "tls.key"]),
        (&format!("{fine}[listen]\nredirect_to_https = true\n"), &[], &["listen.redirect_to_https", "listen.https"]),
        (fine, &[("DIRECTOR_RETRY__ATTEMPTS", "none")], &["DIRECTOR_", "retry.attempts", "none"]),
        ("listen", &[], &["director.toml", "not TOML"]),
    ] {
        let (code, said) = check(settings, variables);
        assert_eq!(code, 2, "{settings}: {said}");
        for part in parts {
            assert!(said.contains(part), "{settings}: {part} is not in: {said}");
        }
    }
    let (code, said) = check("[upstreams]\nfile = \"/nowhere/servers.toml\"\n", &[]);
    assert!(code == 1 && said.contains("/nowhere/servers.toml"), "{said}");
}

#[test]
fn a_missing_file_is_said() {
    let out = binary().args(["check", "/nowhere/director.toml"]).output().unwrap();
    assert_eq!(out.status.code(), Some(2));
    assert!(String::from_utf8(out.stderr).unwrap().contains("/nowhere/director.toml"));
}

#[test]
fn help_has_examples() {
    for arguments in [&["--help"][..], &["serve", "--help"], &["check", "--help"]] {
        let out = binary().args(arguments).output().unwrap();
        assert!(out.status.success() && String::from_utf8(out.stdout).unwrap().contains("Example"));
    }
}

#[test]
fn every_setting_is_documented_with_its_default() {
    let toml = toml::Table::try_from(Config::default()).unwrap();
    let flat = |section: &String, table: &toml::Value| -> Vec<String> {
        let table = table.as_table().unwrap();
        table.iter().map(|(key, value)| format!("| `{section}.{key}` | `{value}` |")).collect()
    };
    let settings: BTreeSet<String> = toml.iter().flat_map(|(section, table)| flat(section, table)).collect();
    // Where it runs, not where it was built: build results may serve several checkouts.
    let director = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let page = fs::read_to_string(Path::new(&director).join("../docs/director.md")).unwrap();
    let rows =
        page.lines().filter(|line| line.starts_with("| `") && line[3..].split('`').next().unwrap().contains('.'));
    let documented: BTreeSet<String> =
        rows.map(|line| line.split('|').take(3).collect::<Vec<_>>().join("|") + "|").collect();
    let missing: Vec<_> = settings.difference(&documented).collect();
    let stale: Vec<_> = documented.difference(&settings).collect();
    assert!(missing.is_empty() && stale.is_empty(), "missing: {missing:#?}\nno setting: {stale:#?}");
}
