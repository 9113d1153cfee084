//! What others wrote, through another instance or by a command, is shown soon though films are kept in memory. The tests' instance
//! keeps them for a minute unless somebody tells it otherwise.

use std::{path::Path, process::Command};

use matinee_domain::{Email, Stars};
use matinee_services::ports::{Clock, PeopleRepository, RatingRepository};

use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_rating_that_was_given_elsewhere_is_on_the_films_page_and_its_cards_soon() {
    let app = TestApp::start_without_model().await;
    let ada = app.signed_in("ada").await;
    let film = app.movie("Alien").await;
    let page = async || ada.get(&format!("/api/v1/movies/{film}")).await.json();
    let card = async || ada.get("/api/v1/search?q=alien&limit=1").await.json()["movies"][0].clone();
    let before = page().await["rating"]["count"].as_u64().unwrap();
    assert_eq!(card().await["rating"]["count"], before);
    let email = Email::parse("ada@example.org").unwrap();
    let person = app.store().lookup_by_email(&email).await.unwrap().unwrap().id;
    let stars = Stars::new(0.5).unwrap();
    RatingRepository::set(app.store(), person, film, stars, app.clock.now()).await.unwrap();
    app.until(async || page().await["rating"]["count"] == before + 1).await;
    app.until(async || card().await["rating"]["count"] == before + 1).await;
    RatingRepository::remove(app.store(), person, film).await.unwrap();
    app.until(async || page().await["rating"]["count"] == before).await;
}

/// The small form of `bench/run.sh staleness`, whose program says what is held against what. The machine may be busy: what is
/// kept for half a minute would still be seen.
#[test]
fn what_people_write_on_one_instance_is_not_shown_long_out_of_date_by_another_and_by_its_own_never() {
    let server = std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
    let program = Path::new(&server).join("../bench/staleness.py");
    let mut python = Command::new("python3");
    python.arg("-B").arg(program).args(["--server", env!("CARGO_BIN_EXE_matinee"), "--instances", "2"]);
    let done = python.args(["--seconds", "4", "--films", "4", "--limit-s", "2.5"]).output();
    let done = done.expect("python3 is there: `make setup` installs it");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
