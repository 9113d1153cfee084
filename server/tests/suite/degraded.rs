//! What still works when a part doesn't.

use axum::http::StatusCode;
use serde_json::json;

use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn without_a_model_pages_come_with_popular_films_and_say_so() {
    let app = TestApp::start_without_model().await;
    let client = app.signed_in("ada").await;
    client.rate(app.movie("Alien").await, 5.0).await;
    let answer = client.get("/api/v1/recommendations?limit=5").await.json();
    assert_eq!(answer["source"], "popular");
    let items = answer["recommendations"].as_array().unwrap();
    assert_eq!(items.len(), 5);
    assert!(items.iter().all(|item| item["movie"]["title"] != "Alien"), "rated films don't come back here, either");
    let home = client.get("/").await;
    assert_eq!(home.status, StatusCode::OK);
    assert!(home.body.contains("resting"), "the page says so");
    let alien = app.movie("Alien").await;
    assert_eq!(client.get(&format!("/film/{alien}/alien-1980")).await.status, StatusCode::OK);
    let ready = client.get("/readyz").await;
    assert_eq!((ready.status, &ready.json()["status"]), (StatusCode::OK, &json!("degraded")));
}
