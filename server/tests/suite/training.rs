//! `matinee train`, as an operator runs it beside a server.

use std::process::{Command, Output};

use matinee_ai::model::ModelDirectory;

use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_second_model_takes_the_place_of_the_first_only_after_it_was_compared_with_it() {
    let app = TestApp::start().await;
    let live = || ModelDirectory::new(app.config.data.models()).lookup_live().unwrap().unwrap();
    let train = |ort_library: &str, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_matinee"));
        let command = command.env_clear().env("MATINEE_ORT_LIB", ort_library);
        let command = command.env("MATINEE_DATA_DIR", &app.config.data.dir).current_dir(&app.config.data.dir);
        let Output { status, stdout, stderr } = command.arg("train").args(arguments).output().unwrap();
        (status.code(), format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)))
    };
    let first = live();
    let (code, said) = train("nowhere.so", &[]);
    assert!(code == Some(1) && said.contains("can't be compared") && said.contains("nowhere.so"), "{code:?} {said}");
    assert_eq!(live(), first);
    let (code, said) = train(app.config.ai.ort_library.to_str().unwrap(), &[]);
    assert!(code == Some(0) && said.contains(&format!("live {first}")) && said.contains("latency"), "{code:?} {said}");
    let second = live();
    assert_ne!(second, first);
    let (code, said) = train("nowhere.so", &["--force"]);
    assert!(code == Some(0) && said.contains("is live"), "{code:?} {said}");
    assert_ne!(live(), second);
}
