//! `matinee users …`, as an operator runs it beside a server.

use std::{
    path::Path,
    process::{Command, Output},
};

use axum::http::StatusCode;
use matinee_domain::{Email, Role};
use matinee_services::ports::{ChangedBy, HistoryRepository, PeopleRepository, SelectBy, Selection};

use crate::support::{Client, TestApp, post};

pub fn users(data: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_matinee"));
    let command = command.env_clear().env("MATINEE_DATA_DIR", data).current_dir(data);
    let Output { status, stdout, stderr } = command.arg("users").args(arguments).output().unwrap();
    (status.code(), format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_admin_is_made_by_the_command_line() {
    let app = TestApp::start_without_model().await;
    for name in ["ada", "bo"] {
        app.signed_in(name).await;
    }
    let data = app.config.data.dir.clone();
    let expect = |arguments: &[&str], code: i32, words: &str| {
        let (status, said) = users(&data, arguments);
        assert!(status == Some(code) && said.contains(words), "{arguments:?}: {status:?} {said}");
    };
    expect(&["grant", "Ada@example.org", "admin"], 0, "ada@example.org is admin now");
    expect(&["grant", "ada@example.org", "admin"], 0, "is admin already");
    expect(&["grant", "bo@example.org", "root"], 2, "member, editor and admin");
    expect(&["grant", "nobody@example.org", "editor"], 1, "no account nobody@example.org");
    expect(&["revoke-role", "ada@example.org"], 1, "only admin");
    expect(&["list", "--role", "admin"], 0, "ada@example.org");
    expect(&["list", "--find", "nobody"], 0, "Nobody matches");
    expect(&["show", "ada@example.org"], 0, "role     admin");
    expect(&["show", "ada@example.org"], 0, "step 2   off");
    expect(&["remove-second-step", "bo@example.org"], 0, "has no second step.");
    expect(&["remove-second-step", "bo@example.org", "--passkeys"], 0, "has no second step.");
    expect(&["remove-second-step", "--help"], 0, "--passkeys");
    expect(&["grant", "--help"], 0, "Examples:");
    expect(&["end-sessions"], 2, "PERSON");
    expect(&["end-sessions", "--help"], 0, "Examples:");

    let ada = app.store().lookup_by_email(&Email::parse("ada@example.org").unwrap()).await.unwrap().unwrap();
    assert_eq!(ada.role, Role::Admin);
    expect(&["show", &ada.id.to_string()], 0, "ada@example.org");
    let theirs = Selection { by: SelectBy::Person(ada.id), since: None };
    let sets = app.store().list(&theirs, None, 10).await.unwrap();
    let given = sets.iter().find(|set| set.reason == "set_role").unwrap();
    assert_eq!((given.by, given.note.as_deref()), (ChangedBy::Operator, Some("becomes admin")));
}

async fn is_in(browser: &Client<'_>) -> bool {
    browser.get("/api/v1/me").await.status == StatusCode::OK
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_ends_somebodys_sessions_at_once_an_operator_soon_and_history_tells_it() {
    let app = TestApp::start_without_model().await;
    let (admin, ada, bo) = (app.signed_in("admin").await, app.signed_in("ada").await, app.signed_in("bo").await);
    app.give_role("admin", Role::Admin).await;
    let phone = app.sign_in("ada").await;
    let user = app.store().lookup_by_email(&Email::parse("ada@example.org").unwrap()).await.unwrap().unwrap().id;
    let film = app.movie("Alien").await;
    let path = format!("/admin/people/{user}/sessions/end");
    assert!(admin.get(&format!("/admin/people/{user}")).await.body.contains(&format!("action=\"{path}\"")));
    assert_eq!(post(&bo, &path, &[]).await.status, StatusCode::FORBIDDEN);
    assert!(is_in(&ada).await && is_in(&phone).await);
    let answer = post(&admin, &path, &[]).await;
    assert_eq!(answer.header("location"), format!("/admin/people/{user}?said=sessions-ended"));
    assert!(!is_in(&ada).await && !is_in(&phone).await);
    assert!(is_in(&bo).await && is_in(&admin).await);
    let nobody = format!("/admin/people/{}/sessions/end", uuid::Uuid::from_u128(7));
    assert_eq!(post(&admin, &nobody, &[]).await.status, StatusCode::NOT_FOUND);

    let again = app.sign_in("ada").await;
    let data = app.config.data.dir.clone();
    let (status, said) = users(&data, &["end-sessions", "ada@example.org"]);
    assert!(status == Some(0) && said.contains("sessions ended: 1"), "{said}");
    // Elsewhere a session may be looked with for a moment; nothing is changed with it any more.
    assert_eq!(again.rate(film, 4.0).await.status, StatusCode::UNAUTHORIZED);
    app.until(async || !is_in(&again).await).await;
    assert!(is_in(&bo).await);
    let (status, said) = users(&data, &["end-sessions", "--everybody"]);
    assert!(status == Some(0) && said.contains("Everybody is signed out"), "{said}");
    app.until(async || !is_in(&bo).await && !is_in(&admin).await).await;

    let all = Selection { by: SelectBy::Person(user), since: None };
    let sets = app.store().list(&all, None, 50).await.unwrap();
    let ended: Vec<_> = sets.iter().filter(|set| set.reason == "end_sessions").collect();
    assert!(ended.iter().any(|set| matches!(set.by, ChangedBy::Person(Some(by)) if by != user)), "{ended:?}");
    assert!(ended.iter().any(|set| set.by == ChangedBy::Operator), "{ended:?}");
}
