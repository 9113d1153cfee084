//! A trial of a model as people, and the admin, see it: nothing fails, and what is counted is right.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use matinee_ai::{
    life::{Life, TrialEnd},
    model::ModelDirectory,
    trainer::{self, TrainOptions},
};
use matinee_domain::{Email, MovieId, Role, UserId};
use matinee_services::ports::{Arm, Clock, Counts, PeopleRepository, Trial, TrialRepository};
use serde_json::Value;
use uuid::Uuid;

use crate::support::{Client, TestApp};

async fn start() -> TestApp {
    TestApp::start_as(true, |config| {
        config.ai.reload_interval_ms = 100;
        // What the live model answered before the other was loaded is not to come again.
        config.cache.recommendation_ttl_ms = 0;
    })
    .await
}

fn life(app: &TestApp) -> Life {
    Life::new(Arc::new(app.store().clone()), ModelDirectory::new(app.config.data.models()))
}

/// Another model of the same ratings, on trial for half of the people.
async fn start_trial(app: &TestApp) -> Trial {
    let later = app.clock.now() + chrono::TimeDelta::seconds(1);
    let options = TrainOptions { make_live: false, ..TrainOptions::new(app.config.data.models(), later) };
    let model = trainer::train(app.store(), options, Arc::new(|_| ())).await.unwrap().version;
    let life = life(app);
    // What `matinee-ai models` does first.
    life.adopt(app.clock.now()).await.unwrap();
    life.start_trial(&model, 0.5, app.clock.now()).await.unwrap()
}

/// A new person's browser, and who it is.
async fn signed_in<'a>(app: &'a TestApp, name: &str) -> (Client<'a>, UserId) {
    let client = app.signed_in(name).await;
    let email = Email::parse(&format!("{name}@example.org")).unwrap();
    let person = app.store().lookup_by_email(&email).await.unwrap().unwrap();
    (client, person.id)
}

/// New people until both arms have one: of the live model's, then of the model on trial.
async fn one_of_each<'a>(app: &'a TestApp, trial: &Trial) -> [(Client<'a>, UserId); 2] {
    let (mut live, mut on_trial) = (None, None);
    for number in 0..40 {
        let (client, id) = signed_in(app, &format!("person{number}")).await;
        match trial.arm(id) {
            Arm::Live => live = live.or(Some((client, id))),
            Arm::Trial => on_trial = on_trial.or(Some((client, id))),
        }
        if live.is_some() && on_trial.is_some() {
            break;
        }
    }
    [live.unwrap(), on_trial.unwrap()]
}

async fn counts(app: &TestApp, trial: &Trial, arm: Arm) -> Counts {
    let days = app.store().list_counts(trial.id).await.unwrap();
    days.iter().filter(|day| day.arm == arm).fold(Counts::default(), |sum, day| sum + day.counts)
}

/// The first films of a person's list.
async fn list(client: &Client<'_>) -> Vec<MovieId> {
    let answer = client.get("/api/v1/recommendations?limit=5").await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let body = answer.json();
    assert_eq!(body["source"], "model");
    let films = body["recommendations"].as_array().unwrap().iter();
    films.map(|film| film["movie"]["id"].as_str().unwrap().parse().unwrap()).collect()
}

/// Asks for a list until it was counted for this arm: the instance takes the trial in, and its model.
async fn until_shown(app: &TestApp, trial: &Trial, client: &Client<'_>, arm: Arm) -> Vec<MovieId> {
    app.until(async || {
        list(client).await;
        counts(app, trial, arm).await.people == 1
    })
    .await;
    list(client).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_do_with_films_of_their_lists_counts_for_their_arm_alone_and_the_admin_sees_it() {
    let app = start().await;
    let trial = start_trial(&app).await;
    let [(ada, _), (bo, bo_id)] = one_of_each(&app, &trial).await;
    let shown = until_shown(&app, &trial, &ada, Arm::Live).await;
    let theirs = until_shown(&app, &trial, &bo, Arm::Trial).await;

    let film = bo.get(&format!("/api/ui/film?id={}", theirs[0])).await;
    assert_eq!(film.status, StatusCode::OK, "{film:?}");
    bo.rate(theirs[0], 4.5).await;
    bo.rate(theirs[1], 2.0).await;
    let mark = format!("/api/v1/movies/{}/marks/not_interested", shown[1]);
    assert!(ada.send(Method::PUT, &mark, None).await.status.is_success());
    app.until(async || {
        counts(&app, &trial, Arm::Trial).await.rated == 2 && counts(&app, &trial, Arm::Live).await.dismissed == 1
    })
    .await;
    let (live, on_trial) = (counts(&app, &trial, Arm::Live).await, counts(&app, &trial, Arm::Trial).await);
    assert_eq!((live.people, live.opened, live.rated, live.people_dismissed), (1, 0, 0, 1));
    let rated = (on_trial.people_rated, on_trial.half_stars, on_trial.liked, on_trial.people_liked);
    assert_eq!(((on_trial.opened, on_trial.people_opened), rated, on_trial.dismissed), ((1, 1), (1, 13, 1, 1), 0));

    let admin = app.signed_in("admin").await;
    app.give_role("admin", Role::Admin).await;
    let page = admin.get("/admin").await;
    assert_eq!(page.status, StatusCode::OK);
    for text in
        [trial.model.as_str(), trial.against.as_str(), "Opened a film", "1 of 1", "0 of 1", "too few to tell", "3.25"]
    {
        assert!(page.body.contains(text), "{text} in {}", page.body);
    }
    // What is kept of a person is theirs to take along, and gone when the trial has ended.
    let export = async || bo.get("/account/data/matinee.json").await.json()["shown_in_trials"].clone();
    let mine = export().await;
    let first = mine.as_array().unwrap().iter().find(|film| film["movie"] == theirs[0].to_string()).unwrap();
    assert_eq!((&first["by_the_model_on_trial"], &first["stars"]), (&Value::Bool(true), &Value::from(4.5)));

    let lifecycle = life(&app);
    lifecycle.end_trial(TrialEnd::Promoted, app.clock.now()).await.unwrap();
    assert_eq!(lifecycle.trials.forget_shown().await.unwrap(), live.films + on_trial.films);
    assert_eq!(export().await, Value::Array(Vec::new()));
    let before = counts(&app, &trial, Arm::Trial).await;
    for client in [&ada, &bo] {
        assert!(!list(client).await.is_empty());
        client.rate(shown[0], 5.0).await;
    }
    let is_live = async || {
        let page = admin.get("/admin").await.body;
        page.split("Trial of a model").next().unwrap().contains(&trial.model)
    };
    app.until(is_live).await;
    assert_eq!(counts(&app, &trial, Arm::Trial).await, before, "the trial is over");
    assert!(app.store().list_shown(bo_id).await.unwrap().is_empty());
    assert!(admin.get("/admin").await.body.contains("got the recommendations of"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_on_trial_that_is_not_there_fails_no_page_and_is_not_counted_as_if_it_had_answered() {
    let app = start().await;
    let trial = Trial {
        id: Uuid::from_u128(5),
        model: "20260101T000000Z-00000000".to_owned(),
        against: "whatever".to_owned(),
        share_permille: 999,
        started_at: app.clock.now(),
        ended_at: None,
    };
    app.store().add_trial(&trial).await.unwrap();
    std::fs::write(app.config.data.models().join("trial"), format!("{}\n", trial.model)).unwrap();
    let mut number = 0;
    let client = loop {
        let (client, id) = signed_in(&app, &format!("person{number}")).await;
        if trial.arm(id) == Arm::Trial {
            break client;
        }
        // One in a thousand.
        number += 1;
    };
    app.until(async || {
        let films = list(&client).await;
        assert_eq!(films.len(), 5);
        counts(&app, &trial, Arm::Trial).await.missed > 0
    })
    .await;
    assert_eq!(client.get("/").await.status, StatusCode::OK);
    let found = counts(&app, &trial, Arm::Trial).await;
    assert_eq!((found.people, found.films), (0, 0));
}
