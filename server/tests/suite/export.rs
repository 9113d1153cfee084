//! The export of all that is kept of a person, against the list of tables that hold something of people.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::support::{TestApp, post, token};

#[path = "../../../store/tests/conformance/of_people.rs"]
mod of_people;

use of_people::{OF_PEOPLE, Told};

/// Parts of the export that are objects of several tables.
const OF_SEVERAL: [&str; 1] = ["sign_in"];

/// Every key of the export; of parts that are of several tables those within.
fn keys(export: &Map<String, Value>) -> BTreeSet<String> {
    let keys = export.iter().flat_map(|(key, value)| match value {
        Value::Object(inner) if OF_SEVERAL.contains(&key.as_str()) => {
            inner.keys().map(|inner| format!("{key}.{inner}")).collect()
        }
        _ => vec![key.clone()],
    });
    keys.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_export_has_every_key_that_a_table_is_said_to_be_told_of_at_and_no_other() {
    let app = TestApp::start_without_model().await;
    let ada = app.signed_in("ada").await;
    let film = app.movie("Alien").await;
    ada.rate(film, 4.5).await;
    ada.get(&format!("/film/{film}")).await;
    token(&ada, "read", "30").await;
    post(&ada, "/tune", &[("popularity", "1")]).await;
    post(&ada, "/evening", &[]).await;
    let export = ada.get("/account/data/matinee.json").await.json();

    let told = OF_PEOPLE.iter().filter_map(|(_, _, told)| match told {
        Told::As(keys) => Some(keys),
        Told::Not(why) => {
            assert!(!why.is_empty());
            None
        }
    });
    let told: BTreeSet<String> = told.flat_map(|keys| keys.iter().map(|key| (*key).to_owned())).collect();
    assert_eq!(keys(export.as_object().unwrap()), told, "{export}");
    for key in ["ratings", "tokens", "evenings", "changes"] {
        assert!(!export[key].as_array().unwrap().is_empty(), "nothing of what was done is told of at {key}: {export}");
    }
    assert_eq!((&export["account"]["name"], &export["knobs"]["popularity"]), (&"ada".into(), &1.into()));
    assert!(!export["sign_in"]["sessions"].as_array().unwrap().is_empty(), "{export}");
}
