//! The operator's list of passwords that were made public.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::support::{TestApp, post};

/// An instance with a list of two passwords.
async fn start() -> TestApp {
    TestApp::start_with(|config| {
        std::fs::create_dir_all(&config.data.dir).unwrap();
        config.auth.password_list = config.data.dir.join("made-public.txt");
        std::fs::write(&config.auth.password_list, "zebra crossing\ntrombone lessons\n").unwrap();
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_was_made_public_is_refused_at_registration_and_as_a_new_one() {
    let app = start().await;
    let register = async |password: &str| {
        let account = json!({ "name": "Bo", "email": "bo@example.org", "password": password });
        app.client().send(Method::POST, "/api/v1/accounts", Some(account)).await
    };
    let refused = register("zebra crossing").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    let error = &refused.json()["errors"][0];
    assert_eq!((error["field"].as_str(), error["code"].as_str()), (Some("password"), Some("breached")));
    assert_eq!(
        register("Zebra crossing").await.status,
        StatusCode::CREATED,
        "as it was published, not in another case"
    );

    let ada = app.signed_in("ada").await;
    let form = [("current", "correct horse"), ("password", "trombone lessons")];
    let answer = post(&ada, "/account/security/password", &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("made public"), "{}", answer.body);
    assert_eq!(app.sign_in("ada").await.get("/api/v1/me").await.status, StatusCode::OK, "the old one is still right");
}
