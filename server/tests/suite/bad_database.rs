//! A database that can't be used, as an operator reads it on the terminal: said once, with what to do next, and nothing lost.

use std::{fmt::Write, fs, path::Path, process::Command};

use super::backups::{command, matinee, stopped, text};

#[test]
fn a_database_that_cannot_be_opened_is_said_once_and_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    for (url, code, part) in [
        ("mysql://ada:s3cret@db/films", 2, "data.url"),
        ("postgres://ada:s3cret@127.0.0.1:1/films", 1, "Connection refused"),
        ("postgres://ada:s3cret@127.0.0.1:1", 1, "names no database"),
    ] {
        let mut migrate = command(Command::new(env!("CARGO_BIN_EXE_matinee")), folder.path());
        let said = text(&migrate.arg("migrate").env("MATINEE_DATABASE_URL", url).output().unwrap(), code);
        assert_eq!(said.matches(part).count(), 1, "{said}");
        assert!(!said.contains("s3cret"), "{said}");
    }
    let file = folder.path().join("matinee.db");
    fs::write(&file, "this is no database, but may be all that somebody has").unwrap();
    for what in ["migrate", "serve"] {
        let said = text(&matinee(folder.path(), &[what]), 1);
        assert_eq!(said.matches("not a database").count(), 1, "{said}");
    }
    assert!(fs::read_to_string(file).unwrap().starts_with("this is no database"));
}

fn write_films(folder: &Path, count: u32) {
    let mut films = "movieId,title,genres\n".to_owned();
    for number in 1..=count {
        writeln!(films, "{},Film {number} (1999),Drama|Comedy|Crime", number + 1_000).unwrap();
    }
    fs::create_dir(folder).unwrap();
    fs::write(folder.join("movies.csv"), films).unwrap();
    fs::write(folder.join("ratings.csv"), "userId,movieId,rating,timestamp\n9,1001,4.5,1700000000\n").unwrap();
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn an_import_on_a_full_disk_says_so_and_goes_on_when_there_is_space() {
    let instance = stopped().await;
    let data = &instance.config.data.dir;
    let films = data.join("films");
    write_films(&films, 8_000);
    // Files end at 2048 blocks, as on a disk that is full then.
    let program = env!("CARGO_BIN_EXE_matinee");
    let script = format!("trap '' XFSZ; ulimit -f 2048; exec {program} import movielens {}", films.display());
    let failed = text(&command(Command::new("sh"), data).args(["-c", &script]).output().unwrap(), 1);
    let is_said = failed.contains("disk is full") || failed.contains("disk I/O error");
    assert!(failed.contains("importing") && is_said, "{failed}");
    // Nothing of before is lost, and nothing is half.
    let made = text(&matinee(data, &["backup", "create"]), 0);
    assert!(made.contains("compared row by row"), "{made}");
    let done = text(&matinee(data, &["import", "movielens", films.to_str().unwrap()]), 0);
    assert!(done.contains("Search index: 8016 films"), "{done}");
}
