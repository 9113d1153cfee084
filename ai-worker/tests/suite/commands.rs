//! The program itself: what it prints and how it ends.

use std::{
    path::Path,
    process::{Command, Output},
};

use matinee_ai::{
    model::ModelDirectory,
    trainer::{TrainOptions, fit_and_write},
};

use crate::world;

fn models(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_matinee-ai"))
        .args(["models", "--database"])
        .arg(folder.join("matinee.db"))
        .arg("--models")
        .arg(folder.join("models"))
        .args(arguments)
        .env("MATINEE_ORT_LIB", world::ort_library())
        .env("RUST_LOG", "error")
        .output()
        .unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn models_are_listed_promoted_shown_and_gone_back_from() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, _) = models(folder.path(), &["list"]);
    assert!(code == Some(0) && out.contains("no model yet"), "{out}");
    let (code, _, error) = models(folder.path(), &["rollback"]);
    assert!(code == Some(1) && error.contains("no model to go back to"), "{error}");

    let directory = ModelDirectory::new(folder.path().join("models"));
    let first = world::train_into(directory.path(), 1).version;
    let hyperparameters = Some(world::HYPERPARAMETERS);
    let options =
        TrainOptions { make_live: false, hyperparameters, ..TrainOptions::new(directory.path(), world::now()) };
    let second = fit_and_write(&world::ratings(2), &options, &|_| {}).unwrap().version;
    let (_, out, _) = models(folder.path(), &["list"]);
    assert!(out.contains(&first) && out.contains("live"), "what was live before the registry is taken in: {out}");

    // Nobody in this database to judge by, which is said; --force is for a machine that is busy just then.
    let (code, out, error) = models(folder.path(), &["promote", &second, "--force"]);
    assert!(code == Some(0) && out.contains("too few to tell") && out.contains("is live"), "{out}{error}");
    assert_eq!(directory.lookup_live().unwrap(), Some(second.clone()));
    let (_, out, _) = models(folder.path(), &["show", &second]);
    assert!(out.contains("is live since") && out.contains("latency"), "{out}");
    let (code, out, _) = models(folder.path(), &["rollback"]);
    assert!(code == Some(0) && out.contains(&first), "{out}");
    assert_eq!(directory.lookup_live().unwrap(), Some(first));

    let golden = folder.path().join("golden.json");
    let nowhere = uuid::Uuid::from_u128(7);
    let query = serde_json::json!([{ "name": "a classic", "liked": [world::movie(0)], "expect_one_of": [nowhere] }]);
    std::fs::write(&golden, query.to_string()).unwrap();
    let (code, out, error) = models(folder.path(), &["promote", &second, "--golden", golden.to_str().unwrap()]);
    assert!(code == Some(1) && out.contains("FAIL golden: a classic") && error.contains("refused"), "{out}{error}");
    let (_, out, _) = models(folder.path(), &["list", "--json"]);
    assert!(out.contains("\"state\":\"refused\""), "{out}");
    let (code, _, error) = models(folder.path(), &["promote", "nothing"]);
    assert!(code == Some(1) && error.contains("nothing"), "{error}");
}
