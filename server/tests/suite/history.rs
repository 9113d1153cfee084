//! The journal from the outside: who did what by which request, and changes from elsewhere.

use std::time::Duration;

use axum::http::{Method, Request, StatusCode, header};
use matinee_domain::{ExternalId, ExternalSource, Year};
use matinee_services::ports::{
    CatalogueWriter, ChangedBy, HistoryRepository, ImportKey, ImportProgress, ImportedMovie, OnConflict, SelectBy,
    Selection,
};
use serde_json::json;

use crate::support::{Client, ORIGIN, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_journaled_with_who_made_it_and_the_id_of_the_request() {
    let app = TestApp::start_without_model().await;
    // Later than what the catalogue was filled with.
    app.clock.advance_days(1);
    let client = app.signed_in("ada").await;
    let film = app.movie("Alien").await;
    let latest = async || {
        let everything = Selection { by: SelectBy::Everything, since: None };
        app.store().list(&everything, None, 1).await.unwrap().pop().unwrap()
    };
    let by_program = Request::put(format!("/api/v1/movies/{film}/rating"))
        .header(header::ORIGIN, ORIGIN)
        .header(header::CONTENT_TYPE, "application/json")
        .header("x-request-id", "from-a-program")
        .body(json!({ "stars": 4.5 }).to_string().into());
    assert!(client.request(by_program.unwrap()).await.status.is_success());
    let set = latest().await;
    assert!(matches!(set.by, ChangedBy::Person(Some(_))), "{set:?}");
    assert_eq!((set.reason.as_str(), set.request_id.as_deref()), ("rate", Some("from-a-program")));

    let by_form = Request::builder()
        .method(Method::POST)
        .uri("/api/ui/rate")
        .header(header::ORIGIN, ORIGIN)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("x-request-id", "from-a-form")
        .body(format!("movie={film}&clear=1&back=/").into());
    let answer = client.request(by_form.unwrap()).await;
    assert!(answer.status.is_redirection() || answer.status.is_success(), "{}", answer.body);
    let set = latest().await;
    assert_eq!((set.reason.as_str(), set.request_id.as_deref()), ("unrate", Some("from-a-form")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_command_changes_is_found_and_shown_without_a_restart() {
    let app = TestApp::start_without_model().await;
    let client = app.client();
    let film = ImportedMovie {
        external_ids: vec![ExternalId { source: ExternalSource::Imdb, id: "tt0060675".into() }],
        title: "Mr. Topaze".into(),
        original_title: "Mr. Topaze".into(),
        alternative_titles: Vec::new(),
        year: Year::new(1961).ok(),
        genres: vec!["Comedy".into()],
    };
    let key = ImportKey { part: "imdb/movies".into(), fingerprint: "test".into() };
    app.store().put_movies(&key, vec![film], ImportProgress { rows_done: 1, finished: true }).await.unwrap();
    let finds = async |expected: usize| {
        let search = async {
            loop {
                let found = client.get("/api/v1/search?q=topaze").await.json();
                if found["movies"].as_array().unwrap().len() == expected {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), search).await.expect("the index follows the journal");
    };
    finds(1).await;
    let by_import = Selection { by: SelectBy::Everything, since: None };
    let import = app.store().list(&by_import, None, 1).await.unwrap().pop().unwrap();
    let this = Selection { by: SelectBy::ChangeSet(import.id), since: None };
    let report = app.store().revert(&this, OnConflict::Refuse, false).await.unwrap();
    assert_eq!(report.conflict_count, 0, "{report:?}");
    finds(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_takes_their_own_changes_back_and_nobody_elses() {
    let app = TestApp::start_without_model().await;
    // Later than what the catalogue was filled with.
    app.clock.advance_days(1);
    let (ada, bob) = (app.signed_in("ada").await, app.signed_in("bob").await);
    let film = app.movie("Alien").await;
    ada.rate(film, 4.0).await;
    ada.rate(film, 1.5).await;
    let changes = ada.get("/api/v1/me/changes").await.json();
    let [second, first] = [0, 1].map(|at| changes["changes"][at]["id"].as_str().unwrap().to_owned());
    assert_eq!(changes["changes"][0]["reason"], "rate");
    let undo = async |client: &Client<'_>, id: &str| {
        client.send(Method::POST, &format!("/api/v1/me/changes/{id}/undo"), None).await.status
    };
    assert_eq!(undo(&bob, &second).await, StatusCode::NOT_FOUND);
    assert_eq!(undo(&app.client(), &second).await, StatusCode::UNAUTHORIZED);
    assert_eq!(undo(&ada, "nonsense").await, StatusCode::NOT_FOUND);
    assert_eq!(undo(&ada, &first).await, StatusCode::CONFLICT, "it was changed since");
    assert_eq!(undo(&ada, &second).await, StatusCode::NO_CONTENT);
    assert_eq!(undo(&ada, &second).await, StatusCode::NO_CONTENT, "once is enough");
    let mine = ada.get("/api/v1/me/ratings").await.json();
    assert_eq!(mine["ratings"][0]["stars"], 4.0);
    let changes = ada.get("/api/v1/me/changes").await.json();
    assert!(changes["changes"].as_array().unwrap().iter().any(|change| change["undone"] == true));
    assert_eq!(undo(&ada, &first).await, StatusCode::NO_CONTENT, "what came after it is taken back");
    assert_eq!(ada.get("/api/v1/me/ratings").await.json()["ratings"].as_array().unwrap().len(), 0);
}
