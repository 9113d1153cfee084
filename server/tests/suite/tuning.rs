//! Tuning one's list: the page, the API, and the home page that follows.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::support::{Client, TestApp, post};

/// Somebody who loves one of the two tastes of the test catalogue.
async fn somebody(app: &TestApp) -> Client<'_> {
    let client = app.signed_in("ada").await;
    for title in ["Alien", "Aliens"] {
        client.rate(app.movie(title).await, 5.0).await;
    }
    client
}

#[tokio::test]
async fn what_the_form_says_is_kept_and_every_list_follows_it() {
    let app = TestApp::start().await;
    let client = somebody(&app).await;
    let before = client.get("/tune").await;
    assert_eq!(before.status, StatusCode::OK);
    assert!(before.body.contains("In the order of your taste alone."), "{}", before.body);
    let genre =
        client.get("/api/v1/recommendations?limit=1").await.json()["recommendations"][0]["movie"]["genres"][0].clone();
    let genre = genre.as_str().unwrap();

    let form = [("popularity", "-2"), ("recency", "1"), ("diversity", "2"), ("hide_seen", "on"), ("exclude", genre)];
    let sent = post(&client, "/tune", &form).await;
    assert_eq!((sent.status, sent.header("location")), (StatusCode::SEE_OTHER, "/tune?said=kept"));
    let page = client.get("/tune?said=kept").await.body;
    assert!(page.contains("Kept. Your home page follows it.") && page.contains("Discoveries first"), "{page}");
    assert!(page.contains("Leave out genres (1)"), "{page}");
    let knobs = client.get("/api/v1/me/knobs").await.json();
    let wanted =
        json!({ "popularity": -2, "recency": 1, "diversity": 2, "hide_seen": true, "excluded_genres": [genre] });
    assert_eq!(knobs, wanted);
    let answer = client.get("/api/v1/recommendations?limit=200").await.json();
    assert_eq!(answer["knobs"], wanted);
    let films = answer["recommendations"].as_array().unwrap();
    let has_genre = |film: &serde_json::Value| film["movie"]["genres"].as_array().unwrap().contains(&json!(genre));
    assert!(!films.iter().any(has_genre), "{films:?}");
    let home = client.get("/api/ui/home?whole=true").await.json();
    let row = home["rows"].as_array().unwrap().iter().find(|row| row["title"] == "for_you");
    let row = row.map_or(&[][..], |row| row["items"].as_array().unwrap());
    assert!(!row.iter().any(has_genre), "{row:?}");

    let sent = post(&client, "/tune", &[("popularity", "2"), ("reset", "1")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    assert_eq!(client.get("/api/v1/me/knobs").await.json()["popularity"], 0);
    app.stop().await;
}

#[tokio::test]
async fn knobs_in_an_address_hold_for_that_answer_alone() {
    let app = TestApp::start().await;
    let client = somebody(&app).await;
    let rated = client.get("/api/v1/me/ratings").await.json()["ratings"][0]["movie"]["title"].clone();
    assert!(!client.recommended().await.iter().any(|title| *title == rated), "what was rated is hidden");
    let answer = client.get("/api/v1/recommendations?limit=200&hide_seen=false").await.json();
    let films = answer["recommendations"].as_array().unwrap();
    let seen = films.iter().find(|film| film["movie"]["title"] == rated).expect("it may be shown now");
    let is_itself = |reason: &serde_json::Value| reason["movie"]["id"] == seen["movie"]["id"];
    assert!(!seen["reasons"].as_array().unwrap().iter().any(is_itself), "no film is its own reason: {seen}");
    assert_eq!(client.get("/api/v1/me/knobs").await.json()["hide_seen"], true);

    let turned = client.send(Method::PUT, "/api/v1/me/knobs", Some(json!({ "excluded_genres": ["War"] }))).await;
    assert_eq!((turned.status, turned.json()["excluded_genres"].clone()), (StatusCode::OK, json!(["War"])));
    let all = client.get("/api/v1/recommendations?exclude_genres=").await.json();
    assert_eq!(all["knobs"]["excluded_genres"], json!([]));
    app.stop().await;
}

#[tokio::test]
async fn a_knob_that_is_turned_too_far_is_refused_by_name_and_nothing_is_kept() {
    let app = TestApp::start_without_model().await;
    let client = app.signed_in("ada").await;
    let far = client.get("/api/v1/recommendations?diversity=5").await;
    assert_eq!(far.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(far.json()["errors"][0]["field"], "diversity");
    assert_eq!(client.get("/api/v1/recommendations?recency=new").await.status, StatusCode::BAD_REQUEST);
    let long = "x".repeat(100);
    for field in [("popularity", "3"), ("popularity", "much"), ("exclude", &long)] {
        assert_eq!(post(&client, "/tune", &[field]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{field:?}");
    }
    let put = client.send(Method::PUT, "/api/v1/me/knobs", Some(json!({ "recency": 3 }))).await;
    assert_eq!(put.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(client.get("/api/v1/me/knobs").await.json()["popularity"], 0);
    app.stop().await;
}

#[tokio::test]
async fn without_a_model_the_knobs_order_popular_films_and_the_page_says_so() {
    let app = TestApp::start_without_model().await;
    let client = app.signed_in("ada").await;
    assert_eq!(
        post(&client, "/tune", &[("popularity", "-2"), ("hide_seen", "on")]).await.status,
        StatusCode::SEE_OTHER
    );
    let page = client.get("/tune").await.body;
    assert!(page.contains("does not answer right now"), "{page}");
    let export = client.get("/account/data/matinee.json").await.json();
    assert_eq!(export["knobs"]["popularity"], -2, "it can be taken along");
    let changes = client.get("/account/changes").await.body;
    assert!(changes.contains("Tuned the list"), "{changes}");
    app.stop().await;
}
