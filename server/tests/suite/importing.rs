//! Ratings that people bring along from elsewhere, by the page's form.

use std::io::Write;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use matinee_services::ports::MovieRepository;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::support::{Answer, Client, ORIGIN, TestApp, post};

const RATINGS: &str = "Date,Name,Year,Letterboxd URI,Rating\n\
    2024-02-03,Alien,1980,https://boxd.it/1,4.5\n\
    2024-02-04,Aliens,1981,https://boxd.it/2,0.5\n\
    2024-02-05,Star Wars,1982,https://boxd.it/3,5\n\
    2024-02-06,The Apartment,1960,https://boxd.it/4,4\n\
    2024-02-07,Moon,1986,https://boxd.it/5,7\n";

/// Sends a file, as a browser's form does.
async fn bring(browser: &Client<'_>, name: &str, file: &[u8]) -> Answer {
    let mut body = format!(
        "--boundary\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         content-type: application/octet-stream\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--boundary--\r\n");
    send(browser, body).await
}

async fn send(browser: &Client<'_>, body: Vec<u8>) -> Answer {
    let request = Request::post("/account/import")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=boundary")
        .header(header::ORIGIN, ORIGIN)
        .header(header::ACCEPT, "text/html")
        .body(Body::from(body));
    let mut page = browser.request(request.unwrap()).await;
    // Where one of its views ends and the next begins.
    page.body = page.body.replace("<!>", "");
    page
}

async fn rated(browser: &Client<'_>) -> Vec<(String, f64)> {
    let mine = browser.get("/api/v1/me/ratings?sort=title").await.json();
    let one =
        |rating: &serde_json::Value| Some((rating["movie"]["title"].as_str()?.to_owned(), rating["stars"].as_f64()?));
    mine["ratings"].as_array().unwrap().iter().map(|rating| one(rating).unwrap()).collect()
}

/// Where the page's button that takes the import back leads.
fn undo(page: &str) -> &str {
    let action = page.split("action=\"").find(|rest| rest.starts_with("/account/changes/")).expect(page);
    action.split('"').next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_taken_in_what_is_rated_here_stays_and_what_is_not_found_is_listed() {
    let app = TestApp::start_without_model().await;
    let client = app.signed_in("ada").await;
    client.rate(app.movie("Aliens").await, 3.0).await;
    let form = client.get("/account/import").await.body;
    assert!(form.contains("multipart/form-data") && form.contains("type=\"file\""), "{form}");

    let before = app.store().lookup(app.movie("Alien").await).await.unwrap().unwrap().card.rating.count;
    let page = bring(&client, "ratings.csv", RATINGS.as_bytes()).await;
    assert_eq!(page.status, StatusCode::CREATED, "{}", page.body);
    let mine = [("Alien", 4.5), ("Aliens", 3.0), ("Star Wars", 5.0)].map(|(title, stars)| (title.to_owned(), stars));
    assert_eq!(rated(&client).await, mine);
    for part in [
        "Brought in</dt><dd class=\"figures\">2<",
        "left as they are</dt><dd class=\"figures\">1<",
        "The Apartment (1960)",
        "line 5",
        "`7` is no rating from 0.5 to 5",
        "line 6",
    ] {
        assert!(page.body.contains(part), "{part} is not in {}", page.body);
    }
    let after = app.store().lookup(app.movie("Alien").await).await.unwrap().unwrap().card.rating.count;
    assert_eq!(after, before + 1, "it counts at once");

    // Again, it is nothing new; with the file's date, so that it is no news either.
    let again = bring(&client, "ratings.csv", RATINGS.as_bytes()).await;
    assert_eq!(again.status, StatusCode::OK);
    assert!(again.body.contains("Nothing new") && !again.body.contains("/undo\""), "{}", again.body);
    let listed = client.get("/api/v1/me/ratings").await.json();
    let latest = &listed["ratings"][0];
    assert_eq!(latest["movie"]["title"], "Aliens", "what was rated today comes first: {listed}");

    // One is rated anew: that stays when the rest is taken back.
    client.rate(app.movie("Star Wars").await, 2.0).await;
    let answer = post(&client, undo(&page.body), &[]).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/account/changes?said=undone-but"));
    let mine = [("Aliens", 3.0), ("Star Wars", 2.0)].map(|(title, stars)| (title.to_owned(), stars));
    assert_eq!(rated(&client).await, mine);
    let changes = client.get("/account/changes?said=undone-but").await.body;
    assert!(changes.contains("but for what you changed again since") && changes.contains("Imported"), "{changes}");
    // Nobody else's.
    let other = app.signed_in("bo").await;
    assert_eq!(post(&other, undo(&page.body), &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn letterboxds_zip_is_taken_as_it_is() {
    let app = TestApp::start_without_model().await;
    let client = app.signed_in("ada").await;
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in [
        ("deleted/ratings.csv", "Date,Name,Year,Letterboxd URI,Rating\n2020-01-01,Contact,1987,x,1\n"),
        ("profile.csv", "Date Joined,Username\n2020-01-01,ada\n"),
        ("ratings.csv", RATINGS),
        ("watched.csv", "Date,Name,Year,Letterboxd URI\n2024-02-03,Solaris,1984,x\n"),
    ] {
        zip.start_file(format!("letterboxd-ada/{name}"), SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    let zip = zip.finish().unwrap().into_inner();
    let page = bring(&client, "letterboxd-ada.zip", &zip).await;
    assert_eq!(page.status, StatusCode::CREATED, "{}", page.body);
    let titles: Vec<String> = rated(&client).await.into_iter().map(|(title, _)| title).collect();
    assert_eq!(titles, ["Alien", "Aliens", "Star Wars"]);
    // Taken back as a whole.
    let answer = post(&client, undo(&page.body), &[]).await;
    assert_eq!(answer.header("location"), "/account/changes?said=undone");
    assert_eq!(rated(&client).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_file_of_ratings_is_told_and_changes_nothing() {
    let app = TestApp::start_without_model().await;
    let client = app.signed_in("ada").await;
    let large = vec![b'x'; 3_000_000];
    let cases: [(&str, &[u8], StatusCode, &str); 7] = [
        ("", b"", StatusCode::UNPROCESSABLE_ENTITY, "Choose a file first"),
        (
            "watched.csv",
            b"Date,Name,Year\n2024-02-03,Alien,1980\n",
            StatusCode::UNPROCESSABLE_ENTITY,
            "no ratings in this file",
        ),
        ("me.png", b"\x89PNG\r\n\x1a\n\0\0", StatusCode::UNPROCESSABLE_ENTITY, "no ratings in this file"),
        ("all.zip", b"PK\x03\x04 cut off", StatusCode::UNPROCESSABLE_ENTITY, "can&#x27;t be read"),
        ("all.zip", b"<html>not found</html>", StatusCode::UNPROCESSABLE_ENTITY, "can&#x27;t be read"),
        ("<b>.csv", b"a,b\n1,2\n", StatusCode::UNPROCESSABLE_ENTITY, "&lt;b&gt;.csv"),
        ("large.csv", &large, StatusCode::PAYLOAD_TOO_LARGE, "larger than 1 MB"),
    ];
    for (name, file, status, says) in cases {
        let page = bring(&client, name, file).await;
        assert_eq!(page.status, status, "{name}: {}", page.body);
        let body = page.body.replace("&#39;", "&#x27;").replace("can't", "can&#x27;t");
        assert!(body.contains(says) && body.contains("type=\"file\""), "{name}: {says} is not in {body}");
    }
    for broken in [&b"--boundary\r\n"[..], b"", b"no form at all"] {
        let page = send(&client, broken.to_vec()).await;
        assert!(page.status.is_client_error() && page.body.contains("<html"), "{page:?}");
    }
    let plain = post(&client, "/account/import", &[("file", "Title,Year,Rating")]).await;
    assert!(plain.status.is_client_error(), "{plain:?}");
    let visitor = app.client();
    let page = bring(&visitor, "ratings.csv", RATINGS.as_bytes()).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert_eq!(rated(&client).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_lines_that_could_be_one_film_the_exact_one_is_taken_and_no_other() {
    let app = TestApp::start_without_model().await;
    let client = app.signed_in("ada").await;
    let lines = "Title,Year,Rating\nAlien,1981,1\nAlien,1980,4\nMoon!,1986,2\nMOON,1985,3\n";
    let page = bring(&client, "ratings.csv", lines.as_bytes()).await;
    assert_eq!(rated(&client).await, [("Alien".to_owned(), 4.0)]);
    assert_eq!(
        (page.body.matches("Could be").count(), page.body.matches("Moon (1986)</a>").count()),
        (3, 2),
        "{}",
        page.body
    );
}
