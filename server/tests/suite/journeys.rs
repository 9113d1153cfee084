//! What people and programs do.

use axum::http::{Method, StatusCode};
use matinee_domain::{MovieId, home::Home};
use serde_json::json;

use crate::support::{Answer, Client, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_search_forgives_typos_and_a_film_has_its_page() {
    let app = TestApp::start().await;
    let client = app.client();
    let found = client.get("/api/v1/search?q=amelei&limit=5").await;
    assert_eq!(found.status, StatusCode::OK);
    let film = &found.json()["movies"][0];
    assert_eq!(film["title"], "Amélie");
    let id = film["id"].as_str().unwrap();
    let movie = client.get(&format!("/api/v1/movies/{id}")).await.json();
    assert_eq!((&movie["title"], &movie["genres"][0]), (&json!("Amélie"), &json!("Romance")));
    let similar = client.get(&format!("/api/v1/movies/{id}/similar?limit=3")).await.json();
    assert_eq!(similar["similar"][0]["movie"]["genres"][0], "Romance");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rating_changes_the_next_recommendations_and_the_reason_names_it() {
    let app = TestApp::start().await;
    let client = app.signed_in("ada").await;
    let before = client.recommended().await;
    let alien = app.movie("Alien").await;
    assert_eq!(client.rate(alien, 5.0).await.status, StatusCode::OK);

    let answer = client.get("/api/v1/recommendations?limit=5").await.json();
    assert_eq!(answer["source"], "model");
    let best = &answer["recommendations"][0];
    let genres = best["movie"]["genres"].as_array().unwrap();
    assert!(genres.contains(&json!("Sci-Fi")), "{best}");
    let reasons = best["reasons"].as_array().unwrap();
    let rated = reasons.iter().find(|reason| reason["kind"] == "rated").expect("a reason that is a rating");
    assert_eq!(rated["movie"]["title"], "Alien");
    let share = rated["share"].as_f64().unwrap();
    assert!(share > 0.0 && share <= 1.0, "{share}");
    let after = client.recommended().await;
    assert_ne!(before, after);
    assert!(!after.contains(&"Alien".to_owned()), "a rated film must not come back");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_next_has_ratings_alone_for_reasons_and_nobody_has_any_of_it_before_their_first_rating() {
    let app = TestApp::start().await;
    let client = app.signed_in("ada").await;
    let next = async || client.get("/api/v1/recommendations?order=next&limit=5").await.json();
    assert_eq!(next().await["recommendations"], json!([]));
    let titles: Vec<_> = [app.movie("Alien").await, app.movie("Emma").await].into();
    for film in &titles {
        client.rate(*film, 4.0).await;
    }
    // The model of these few films may not know what comes next: then there is nothing in place of it.
    let answer = next().await;
    for film in answer["recommendations"].as_array().unwrap() {
        assert!(film["reasons"].as_array().unwrap().iter().all(|reason| reason["kind"] == "rated"), "{film}");
        assert!(titles.iter().all(|rated| film["movie"]["id"] != json!(rated)), "{film}");
    }
    assert_eq!(client.get("/api/v1/recommendations?order=taste").await.json()["source"], "model");
}

#[tokio::test(flavor = "multi_thread")]
async fn ratings_are_kept_changed_listed_and_taken_back() {
    let app = TestApp::start().await;
    let client = app.signed_in("ada").await;
    let emma = app.movie("Emma").await;
    client.rate(emma, 3.5).await;
    client.rate(emma, 4.5).await;
    let mine = client.get("/api/v1/me/ratings?sort=highest").await.json();
    assert_eq!((&mine["total"], &mine["ratings"][0]["stars"]), (&json!(1), &json!(4.5)));
    let gone = client.send(Method::DELETE, &format!("/api/v1/movies/{emma}/rating"), None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(client.get("/api/v1/me/ratings").await.json()["total"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_marked_not_interested_does_not_come_back_until_the_mark_goes() {
    let app = TestApp::start().await;
    let client = app.signed_in("ada").await;
    let moon = app.movie("Moon").await;
    let path = format!("/api/v1/movies/{moon}/marks/not_interested");
    assert_eq!(client.send(Method::PUT, &path, None).await.status, StatusCode::NO_CONTENT);
    assert!(!client.recommended().await.contains(&"Moon".to_owned()));
    client.send(Method::DELETE, &path, None).await;
    assert!(client.recommended().await.contains(&"Moon".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn not_because_takes_a_rating_out_of_account() {
    let app = TestApp::start().await;
    let client = app.signed_in("ada").await;
    let alien = app.movie("Alien").await;
    client.rate(alien, 5.0).await;
    client.send(Method::PUT, &format!("/api/v1/movies/{alien}/marks/not_because"), None).await;
    let answer = client.get("/api/v1/recommendations?limit=16").await.json();
    for item in answer["recommendations"].as_array().unwrap() {
        assert!(item["reasons"].as_array().unwrap().iter().all(|reason| reason["kind"] != "rated"), "{item}");
        assert_ne!(item["movie"]["title"], "Alien");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_and_in_finds_everything_still_there() {
    let app = TestApp::start().await;
    let client = app.signed_in("ada").await;
    client.rate(app.movie("Once").await, 4.0).await;
    assert_eq!(client.send(Method::DELETE, "/api/v1/session", None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(client.get("/api/v1/me").await.status, StatusCode::UNAUTHORIZED);
    let credentials = json!({ "email": " ADA@example.org ", "password": "correct horse" });
    let signed_in = client.send(Method::POST, "/api/v1/session", Some(credentials)).await;
    assert_eq!((signed_in.status, &signed_in.json()["name"]), (StatusCode::OK, &json!("ada")));
    assert_eq!(client.get("/api/v1/me/ratings").await.json()["ratings"][0]["movie"]["title"], "Once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_account_is_gone_everywhere_at_once() {
    let app = TestApp::start().await;
    let phone = app.signed_in("ada").await;
    let desk = app.client();
    let credentials = json!({ "email": "ada@example.org", "password": "correct horse" });
    desk.send(Method::POST, "/api/v1/session", Some(credentials.clone())).await;
    let wrong = phone.send(Method::DELETE, "/api/v1/me", Some(json!({ "password": "wrong horse" }))).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    let deleted = phone.send(Method::DELETE, "/api/v1/me", Some(json!({ "password": "correct horse" }))).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    assert_eq!(desk.get("/api/v1/me").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(desk.send(Method::POST, "/api/v1/session", Some(credentials)).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_goes_on_while_it_is_used_and_ends_when_it_is_not() {
    let app = TestApp::start_without_model().await;
    let (used, forgotten) = (app.signed_in("ada").await, app.signed_in("bob").await);
    for day in [20, 40, 60] {
        app.clock.advance_days(20);
        assert_eq!(used.get("/api/v1/me").await.status, StatusCode::OK, "day {day}");
    }
    assert_eq!(forgotten.get("/api/v1/me").await.status, StatusCode::UNAUTHORIZED);
    app.clock.advance_days(31);
    assert_eq!(used.get("/api/v1/me").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn history_is_switched_off_and_cleared() {
    let app = TestApp::start().await;
    let client = app.signed_in("ada").await;
    let off = client.send(Method::PUT, "/api/v1/me/history/setting", Some(json!({ "keeps_history": false }))).await;
    assert_eq!(off.status, StatusCode::NO_CONTENT);
    assert_eq!(client.get("/api/v1/me").await.json()["keeps_history"], false);
    assert_eq!(client.send(Method::DELETE, "/api/v1/me/history", None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(client.get("/api/v1/me/history").await.json()["entries"], json!([]));
}

/// By the address that has its title, too.
async fn look_at(client: &Client<'_>, film: MovieId) {
    let moved = client.get(&format!("/film/{film}")).await;
    assert_eq!(client.get(moved.header("location")).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_looked_at_is_in_their_history_at_once_though_views_are_written_together() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.signed_in("ada").await, app.signed_in("bob").await);
    let films = [app.movie("Alien").await, app.movie("Once").await];
    let seen = async |client: &Client<'_>| {
        let entries = client.get("/api/v1/me/history").await.json()["entries"].as_array().unwrap().clone();
        let mut titles: Vec<_> =
            entries.iter().map(|entry| entry["movie"]["title"].as_str().unwrap().to_owned()).collect();
        titles.sort_unstable();
        titles
    };
    for film in films {
        for client in [&ada, &bob] {
            look_at(client, film).await;
        }
    }
    assert_eq!(seen(&ada).await, ["Alien", "Once"]);
    look_at(&ada, films[0]).await;
    assert_eq!(ada.send(Method::DELETE, "/api/v1/me/history", None).await.status, StatusCode::NO_CONTENT);
    assert!(seen(&ada).await.is_empty(), "a view that waited was written after the history was cleared");
    assert_eq!(seen(&bob).await, ["Alien", "Once"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_come_whole_from_the_server() {
    let app = TestApp::start().await;
    let client = app.client();
    let alien = app.movie("Alien").await;
    for (path, text) in [
        ("/".to_owned(), "Alien"),
        ("/search?q=alien".to_owned(), "Aliens"),
        (format!("/film/{alien}/alien-1980"), "Alien"),
        ("/sign-in".to_owned(), "password"),
        ("/register".to_owned(), "password"),
    ] {
        let page = client.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
        assert!(page.body.contains(text), "{path} lacks {text}");
        assert!(page.header("set-cookie").is_empty(), "{path}: visitors get no cookie");
    }
    let nowhere = client.get("/film/00000000-0000-0000-0000-000000000000/x").await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    assert_eq!(client.get("/nowhere").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_home_page_shows_the_beginnings_of_rows_and_each_whole_on_its_own_page() {
    let app = TestApp::start_without_model().await;
    let client = app.client();
    let cards = |page: &Answer| page.body.matches("<li class=\"card\">").count();
    let home = client.get("/").await;
    // Rated highest, rated most, and two genres of eight films.
    assert_eq!(cards(&home), 4 * Home::BEGINNING);
    assert!(home.body.contains("href=\"/?row=loved\""));
    assert_eq!(cards(&client.get("/?row=loved").await), 16);
    assert_eq!(client.get("/?row=nonsense").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_and_crawlers_find_what_they_look_for() {
    let app = TestApp::start().await;
    let client = app.client();
    assert_eq!(client.get("/livez").await.status, StatusCode::OK);
    let ready = client.get("/readyz").await;
    assert_eq!((ready.status, &ready.json()["status"]), (StatusCode::OK, &json!("ready")), "{ready:?}");
    client.get("/api/v1/search?q=moon").await;
    assert!(client.get("/metrics").await.body.contains("matinee_http_request_duration_seconds"));
    let openapi = client.get("/api/openapi.json").await.json();
    for path in ["/api/v1/search", "/api/v1/movies/{id}/rating", "/api/v1/recommendations", "/api/v1/session"] {
        assert!(openapi["paths"][path].is_object(), "{path}");
    }
    let sitemap = client.get("/sitemap/first").await;
    assert!(sitemap.body.contains("http://films.test/film/"), "{}", sitemap.body);
    assert!(client.get("/robots.txt").await.body.contains("Sitemap: http://films.test/sitemap.xml"));
    let poster = client.get(&format!("/poster/{}.svg", app.movie("Alien").await)).await;
    assert!(poster.body.starts_with("<svg"), "{}", &poster.body[..80]);
}
