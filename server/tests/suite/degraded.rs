//! What still works when a part doesn't.

use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use serde_json::json;
use tokio::runtime::Runtime;

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

/// An AI worker that answers every request with one film, in a runtime of its own: when that is shut down, open connections
/// break off and new ones are refused.
fn worker_of(movie: Arc<Mutex<String>>) -> (String, Runtime) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let answer = move || {
        let film = json!({ "movie": *movie.lock().unwrap(), "score": 1.0,
            "terms": [{ "source": "popularity", "value": 1.0, "share": 1.0 }] });
        async move { axum::Json(json!({ "movies": [film] })) }
    };
    let router = axum::Router::new().route("/v1/recommend", axum::routing::post(answer));
    runtime.spawn(async move {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        axum::serve(listener, router).await.unwrap();
    });
    (address, runtime)
}

#[tokio::test(flavor = "multi_thread")]
async fn when_all_workers_are_gone_the_last_recommendations_come_and_popular_films_for_everybody_else() {
    let movie = Arc::default();
    let (address, worker) = worker_of(Arc::clone(&movie));
    let app = TestApp::start_with(|config| config.ai.workers = vec![address]).await;
    *movie.lock().unwrap() = app.movie("Alien").await.to_string();
    let titles = |answer: &serde_json::Value| {
        let items = answer["recommendations"].as_array().unwrap();
        items.iter().map(|item| item["movie"]["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let ada = app.signed_in("ada").await;
    assert_eq!(titles(&ada.get("/api/v1/recommendations?limit=5").await.json()), ["Alien"]);
    worker.shutdown_background();

    let again = ada.get("/api/v1/recommendations?limit=5").await;
    assert_eq!((again.status, titles(&again.json())), (StatusCode::OK, vec!["Alien".to_owned()]));
    let bo = app.signed_in("bo").await;
    let popular = bo.get("/api/v1/recommendations?limit=5").await;
    assert_eq!((popular.status, &popular.json()["source"]), (StatusCode::OK, &json!("popular")));
    assert_eq!(titles(&popular.json()).len(), 5);
    // What was kept is not shown once it is rated.
    ada.rate(app.movie("Alien").await, 5.0).await;
    let rated = ada.get("/api/v1/recommendations?limit=5").await.json();
    assert!(!titles(&rated).contains(&"Alien".to_owned()), "{rated}");
    assert_eq!(ada.get("/").await.status, StatusCode::OK);
}
