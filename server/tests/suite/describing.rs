//! Describing a film, where there is no language model: the words alone, said so; and the search that reads long texts both ways.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use matinee_domain::{ExternalId, ExternalSource};
use matinee_services::ports::{CatalogueWriter, ImportKey, ImportProgress, MovieFacts};

use crate::support::TestApp;

/// An instance whose catalogue has a film that is known by its plot.
async fn with_a_story() -> TestApp {
    let app = TestApp::start_without_model().await;
    let facts = MovieFacts {
        title: "Groundhog Day".to_owned(),
        plot: Some("A weatherman finds himself reliving one day in a small town until he becomes kind.".to_owned()),
        external_ids: vec![ExternalId { source: ExternalSource::Imdb, id: "tt0107048".to_owned() }],
        ..MovieFacts::default()
    };
    let key = ImportKey { part: "story".to_owned(), fingerprint: "1".to_owned() };
    app.store().put_described(&key, vec![facts], ImportProgress { rows_done: 1, finished: true }).await.unwrap();
    // The index follows the journal.
    app.until(async || {
        let found = app.client().get("/api/v1/describe?q=weatherman").await.json();
        found["movies"].as_array().is_some_and(|movies| !movies.is_empty())
    })
    .await;
    app
}

#[tokio::test]
async fn without_a_language_model_the_words_of_the_plot_find_the_film_and_the_page_says_that_only_they_did() {
    let app = with_a_story().await;
    let client = app.client();
    let page = client.get("/describe?q=a+man+relives+the+same+day").await;
    assert_eq!(page.status, StatusCode::OK);
    let html = page.body;
    assert!(html.contains("Groundhog Day") && html.contains("Only your words were looked up"), "{html}");
    assert!(html.contains("?from=a%20man%20relives%20the%20same%20day"), "{html}");

    let answer = client.get("/api/v1/describe?q=a+man+relives+the+same+day&limit=3").await;
    let json = answer.json();
    assert_eq!(
        (json["ranked_by"].as_str(), json["movies"][0]["title"].as_str()),
        (Some("words"), Some("Groundhog Day"))
    );
    assert_eq!(json["movies"][0]["by_words"], true);
    app.stop().await;
}

#[tokio::test]
async fn a_description_that_is_blank_too_long_or_means_nothing_is_answered_in_words() {
    let app = with_a_story().await;
    let client = app.client();
    for (path, status) in [
        ("/api/v1/describe", StatusCode::BAD_REQUEST),
        ("/api/v1/describe?q=+", StatusCode::BAD_REQUEST),
        ("/api/v1/describe?q=day&limit=0", StatusCode::BAD_REQUEST),
        ("/api/v1/describe?q=day&limit=101", StatusCode::BAD_REQUEST),
        ("/describe", StatusCode::OK),
        ("/describe?q=%20", StatusCode::OK),
    ] {
        assert_eq!(client.get(path).await.status, status, "{path}");
    }
    let long = "day ".repeat(200);
    let refused = client.get(&format!("/api/v1/describe?q={}", long.replace(' ', "+"))).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(client.get(&format!("/describe?q={}", long.replace(' ', "+"))).await.status, StatusCode::OK);
    let nothing = client.get("/describe?q=%3Cscript%3Exyzzy%3C%2Fscript%3E").await.body;
    assert!(nothing.contains("No film comes close") && !nothing.contains("<script>xyzzy"), "{nothing}");
    app.stop().await;
}

#[tokio::test]
async fn the_link_below_every_page_leads_on_with_what_was_searched_for() {
    let app = with_a_story().await;
    let client = app.client();
    let home = client.get("/").await.body;
    assert!(home.contains(r#"href="/describe/here" rel="external""#), "{home}");
    let from_search =
        Request::get("/describe/here").header("referer", "http://films.test/search?q=a+man+relives+the+day");
    let on = client.request(from_search.body(Body::empty()).unwrap()).await;
    assert_eq!(on.header("location"), "/describe?q=a%20man%20relives%20the%20day");
    assert_eq!(client.get("/describe/here").await.header("location"), "/describe");
    app.stop().await;
}

#[tokio::test]
async fn a_long_search_whose_words_no_film_has_all_of_goes_by_titles_as_before_where_no_model_answers() {
    let app = with_a_story().await;
    let client = app.client();
    let found = client.get("/search?q=a+weatherman+who+relives+one+single+day").await.body;
    assert!(found.contains("Groundhog Day"), "{found}");
    app.stop().await;
}
