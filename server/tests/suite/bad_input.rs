//! Bad input is normal input: a clear answer, nothing lost, never an error of the server.

use axum::{
    body::Body,
    http::{Method, Request},
};

use crate::support::{Answer, Client, TestApp};

/// What is sent, and what must come back: the status, and a word of the message.
struct Case(&'static str, Method, &'static str, Option<&'static str>, u16, &'static str);

const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

#[expect(clippy::too_many_lines, reason = "a table")]
fn cases() -> Vec<Case> {
    let (get, put, post, delete) = (Method::GET, Method::PUT, Method::POST, Method::DELETE);
    vec![
        Case("unknown path", get.clone(), "/api/v1/films", None, 404, "openapi"),
        Case("unknown version", get.clone(), "/api/v9/search", None, 404, "openapi"),
        Case("wrong method", post.clone(), "/api/v1/search", Some("{}"), 405, "method"),
        Case("limit 0", get.clone(), "/api/v1/search?limit=0", None, 400, "between 1 and 100"),
        Case("limit too large", get.clone(), "/api/v1/search?limit=101", None, 400, "between 1 and 100"),
        Case("limit no number", get.clone(), "/api/v1/search?limit=many", None, 400, "limit"),
        Case("limit negative", get.clone(), "/api/v1/search?limit=-1", None, 400, "limit"),
        Case("offset too deep", get.clone(), "/api/v1/search?offset=99999", None, 400, "offset"),
        Case("unknown parameter", get.clone(), "/api/v1/search?query=alien", None, 400, "query"),
        Case("year out of range", get.clone(), "/api/v1/search?from=99999", None, 400, "year"),
        Case("year no number", get.clone(), "/api/v1/search?to=soon", None, 400, "to"),
        Case("rating out of range", get.clone(), "/api/v1/search?min_rating=11", None, 400, "between 0 and 5"),
        Case("rating not a number", get.clone(), "/api/v1/search?min_rating=NaN", None, 400, "between 0 and 5"),
        Case("broken percent-encoding", get.clone(), "/api/v1/search?q=%ff%fe", None, 200, "movies"),
        Case("query syntax", get.clone(), "/api/v1/search?q=%2B%22(%3A*~%5B%7D%5E", None, 200, "movies"),
        Case("only punctuation", get.clone(), "/api/v1/search?q=!!!%20...", None, 200, "movies"),
        Case("control characters", get.clone(), "/api/v1/search?q=%00%07%1b", None, 200, "movies"),
        Case("film id is no id", get.clone(), "/api/v1/movies/alien", None, 404, "address"),
        Case("no such film", get.clone(), "/api/v1/movies/00000000-0000-0000-0000-000000000000", None, 404, NOBODY),
        Case(
            "no film to be similar to",
            get.clone(),
            "/api/v1/movies/00000000-0000-0000-0000-000000000000/similar",
            None,
            404,
            NOBODY,
        ),
        Case(
            "similar limit",
            get.clone(),
            "/api/v1/movies/00000000-0000-0000-0000-000000000000/similar?limit=9999",
            None,
            400,
            "limit",
        ),
        Case(
            "rate no such film",
            put.clone(),
            "/api/v1/movies/00000000-0000-0000-0000-000000000000/rating",
            Some(r#"{"stars":4}"#),
            404,
            NOBODY,
        ),
        Case("six stars", put.clone(), "/api/v1/movies/FILM/rating", Some(r#"{"stars":6}"#), 422, "half a star"),
        Case("quarter stars", put.clone(), "/api/v1/movies/FILM/rating", Some(r#"{"stars":4.25}"#), 422, "half a star"),
        Case("no stars", put.clone(), "/api/v1/movies/FILM/rating", Some(r#"{"stars":0}"#), 422, "half a star"),
        Case("stars as text", put.clone(), "/api/v1/movies/FILM/rating", Some(r#"{"stars":"five"}"#), 422, "stars"),
        Case("stars missing", put.clone(), "/api/v1/movies/FILM/rating", Some("{}"), 422, "stars"),
        Case("stars huge", put.clone(), "/api/v1/movies/FILM/rating", Some(r#"{"stars":1e308}"#), 422, "half a star"),
        Case("unknown field", put.clone(), "/api/v1/movies/FILM/rating", Some(r#"{"stars":4,"user":1}"#), 422, "user"),
        Case("broken JSON", put.clone(), "/api/v1/movies/FILM/rating", Some(r#"{"stars":"#), 400, "JSON"),
        Case("body is a list", put.clone(), "/api/v1/movies/FILM/rating", Some("[1,2]"), 400, "as JSON"),
        Case("empty body", put.clone(), "/api/v1/movies/FILM/rating", Some(""), 400, ""),
        Case("unknown mark", put.clone(), "/api/v1/movies/FILM/marks/hated", None, 404, "hated"),
        Case("recommendations limit", get.clone(), "/api/v1/recommendations?limit=0", None, 400, "between 1 and 200"),
        Case("recommendations order", get.clone(), "/api/v1/recommendations?order=sideways", None, 400, "sideways"),
        Case("ratings sort", get.clone(), "/api/v1/me/ratings?sort=colour", None, 400, "colour"),
        Case("ratings stars", get.clone(), "/api/v1/me/ratings?stars=4.3", None, 400, "stars"),
        Case(
            "history setting",
            put.clone(),
            "/api/v1/me/history/setting",
            Some(r#"{"keeps_history":"yes"}"#),
            422,
            "keeps_history",
        ),
        Case("account without fields", post.clone(), "/api/v1/accounts", Some("{}"), 422, "name"),
        Case(
            "account with blank fields",
            post.clone(),
            "/api/v1/accounts",
            Some(r#"{"name":" ","email":"x","password":"y"}"#),
            422,
            "e-mail",
        ),
        Case(
            "e-mail taken",
            post.clone(),
            "/api/v1/accounts",
            Some(r#"{"name":"A","email":"ADA@example.org","password":"another horse"}"#),
            409,
            "sign in instead",
        ),
        Case(
            "long name",
            post.clone(),
            "/api/v1/accounts",
            Some(
                r#"{"name":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","email":"b@c.d","password":"correct horse"}"#,
            ),
            422,
            "60",
        ),
        Case(
            "wrong password",
            post.clone(),
            "/api/v1/session",
            Some(r#"{"email":"ada@example.org","password":"wrong horse"}"#),
            401,
            "wrong",
        ),
        Case(
            "unknown person",
            post.clone(),
            "/api/v1/session",
            Some(r#"{"email":"eve@example.org","password":"wrong horse"}"#),
            401,
            "wrong",
        ),
        Case("no e-mail at all", post.clone(), "/api/v1/session", Some(r#"{"email":"","password":""}"#), 401, "wrong"),
        Case(
            "delete with the wrong password",
            delete.clone(),
            "/api/v1/me",
            Some(r#"{"password":"wrong horse"}"#),
            401,
            "wrong",
        ),
        Case("poster of nothing", get.clone(), "/poster/alien.svg", None, 404, "poster"),
        Case("poster without ending", get.clone(), "/poster/00000000-0000-0000-0000-000000000000", None, 404, "poster"),
        Case("sitemap of nothing", get.clone(), "/sitemap/alien", None, 404, "sitemap"),
        Case("film page of no id", get.clone(), "/film/alien", None, 404, "html"),
        Case(
            "search page with nonsense",
            get.clone(),
            "/search?from=soon&to=&min=x&page=-3&genre=%00",
            None,
            200,
            "html",
        ),
        Case("path traversal", get.clone(), "/pkg/..%2f..%2fetc%2fpasswd", None, 404, ""),
        Case("unknown asset", get, "/pkg/nothing.js", None, 404, ""),
    ]
}

fn request(case: &Case, film: &str) -> Request<Body> {
    let Case(_, method, path, body, ..) = case;
    let builder = Request::builder().method(method).uri(path.replace("FILM", film));
    match body {
        Some(body) => builder.header("content-type", "application/json").body(Body::from(*body)).unwrap(),
        None => builder.body(Body::empty()).unwrap(),
    }
}

fn check(case: &Case, answer: &Answer) -> Result<(), String> {
    let Case(name, _, path, _, status, word) = case;
    if answer.status.as_u16() != *status {
        return Err(format!("{name}: {} instead of {status}: {}", answer.status, answer.body));
    }
    if !answer.body.contains(word) {
        return Err(format!("{name}: {word:?} is not said in {}", answer.body));
    }
    let problem = answer.header("content-type").starts_with("application/problem+json");
    if path.starts_with("/api/") && *status >= 400 && !(problem && answer.json()["detail"].is_string()) {
        return Err(format!("{name}: no problem document: {answer:?}"));
    }
    Ok(())
}

async fn ratings(client: &Client<'_>) -> serde_json::Value {
    client.get("/api/v1/me/ratings").await.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_request_gets_a_clear_answer_and_changes_nothing() {
    let app = TestApp::start().await;
    let client = app.signed_in("ada").await;
    let film = app.movie("Alien").await;
    client.rate(film, 4.0).await;
    let before = ratings(&client).await;
    let cases = cases();
    assert!(cases.len() >= 40);
    let mut wrong = Vec::new();
    for case in &cases {
        // Each from a browser of its own where it signs in, so that the session stays what it is.
        let answer = client.request(request(case, &film.to_string())).await;
        wrong.extend(check(case, &answer).err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(ratings(&client).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_needs_a_person_says_so_to_visitors() {
    let app = TestApp::start().await;
    let client = app.client();
    let film = app.movie("Alien").await;
    for (method, path) in [
        (Method::GET, "/api/v1/me".to_owned()),
        (Method::GET, "/api/v1/me/ratings".to_owned()),
        (Method::GET, "/api/v1/me/history".to_owned()),
        (Method::GET, "/api/v1/recommendations".to_owned()),
        (Method::PUT, format!("/api/v1/movies/{film}/rating")),
        (Method::DELETE, format!("/api/v1/movies/{film}/rating")),
        (Method::PUT, format!("/api/v1/movies/{film}/marks/not_interested")),
    ] {
        let answer = client.send(method, &path, Some(serde_json::json!({ "stars": 4.0 }))).await;
        assert_eq!(answer.status.as_u16(), 401, "{path}");
        assert!(answer.json()["detail"].as_str().unwrap().contains("sign in"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_too_large_or_of_another_kind_are_refused() {
    let app = TestApp::start().await;
    let client = app.client();
    let large = Request::post("/api/v1/session")
        .header("content-type", "application/json")
        .body(Body::from(vec![b' '; 100_000]));
    assert_eq!(client.request(large.unwrap()).await.status.as_u16(), 413);
    let form = Request::post("/api/v1/session")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("email=ada%40example.org&password=x"));
    let answer = client.request(form.unwrap()).await;
    assert_eq!(answer.status.as_u16(), 415);
    assert!(answer.body.contains("application/json"), "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_sent_without_script_come_back_with_what_is_wrong() {
    let app = TestApp::start().await;
    let client = app.client();
    for (path, body) in [
        ("/api/ui/register", ""),
        ("/api/ui/register", "name=&email=nobody&password=short"),
        ("/api/ui/sign_in", "email=nobody%40example.org&password=wrong"),
        ("/api/ui/rate", "movie=nothing&stars=4"),
        ("/api/ui/rate", "movie=00000000-0000-0000-0000-000000000000&stars=99"),
        ("/api/ui/nothing", "a=b"),
    ] {
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "text/html")
            .header("referer", "http://films.test/register")
            .body(Body::from(body));
        let answer = client.request(request.unwrap()).await;
        assert!(!answer.status.is_server_error(), "{path} {body}: {answer:?}");
        assert!(!answer.status.is_success() || answer.body.contains("<html"), "{path} {body}: {answer:?}");
    }
}
