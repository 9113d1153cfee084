//! Who changed what is told to the log, too, where an operator asks for it: there it is out of reach of whoever owns the database (ASVS 16.4.2).

use std::collections::BTreeMap;

use matinee_domain::Role;
use matinee_services::ports::{HistoryRepository, SelectBy, Selection};
use serde_json::Value;

use crate::{security_log::Log, support::TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn every_change_set_is_told_to_the_log_with_who_made_it_and_why_and_not_with_what_is_in_it() {
    let app = TestApp::start_without_model().await;
    let log = Log::start_with("warn,matinee_history=debug");
    let ada = app.signed_in("ada").await;
    let film = app.movie("Alien").await;
    ada.rate(film, 4.5).await;
    let id = app.give_role("ada", Role::Admin).await;
    let log = log.take();
    let told: BTreeMap<String, Value> = log
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|line| line["target"] == "matinee_history")
        .map(|line| (line["history.change_set"].as_str().unwrap().to_owned(), line))
        .collect();
    let theirs = Selection { by: SelectBy::Person(id), since: None };
    let kept = app.store().list(&theirs, None, 50).await.unwrap();
    assert!(kept.len() >= 2, "{kept:?}");
    for set in &kept {
        let line = told.get(&set.id.to_string()).unwrap_or_else(|| panic!("{set:?} is not in {log}"));
        assert_eq!(line["history.reason"], set.reason);
    }
    let rated = told.values().find(|line| line["history.reason"] == "rate").unwrap_or_else(|| panic!("{log}"));
    assert_eq!((rated["history.actor"].as_str(), rated["user.id"].as_str()), (Some("person"), Some(&*id.to_string())));
    assert!(!log.contains(&film.to_string()) && !log.contains("ada@example.org"), "{log}");
}
