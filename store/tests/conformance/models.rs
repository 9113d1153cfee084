use matinee_services::ports::{ModelState, RegisteredModel, RepositoryError};

use super::fixture::{assert_not_found, at, on_every_engine};

fn model(name: &str, seconds: i64) -> RegisteredModel {
    RegisteredModel {
        name: name.to_owned(),
        state: ModelState::Candidate,
        manifest: r#"{"format":1}"#.to_owned(),
        size_bytes: 12,
        verdict: None,
        created_at: at(seconds),
        changed_at: at(seconds),
    }
}

#[tokio::test]
async fn a_model_that_is_promoted_retires_the_one_that_was_live() {
    on_every_engine(async |db| {
        let live = async || db.models.lookup_live_model().await.unwrap().map(|model| model.name);
        let state = async |name: &str| db.models.lookup_model(name).await.unwrap().unwrap().state;
        db.models.add_model(&model("a", 1)).await.unwrap();
        db.models.add_model(&model("b", 2)).await.unwrap();
        assert_eq!(live().await, None);
        db.models.set_model_state("a", ModelState::Live, Some("{}"), at(3)).await.unwrap();
        db.models.set_model_state("b", ModelState::Live, None, at(4)).await.unwrap();
        assert_eq!((live().await.as_deref(), state("a").await), (Some("b"), ModelState::Retired));
        // Back again.
        db.models.set_model_state("a", ModelState::Live, None, at(5)).await.unwrap();
        assert_eq!((live().await.as_deref(), state("b").await), (Some("a"), ModelState::Retired));
        let kept = db.models.lookup_model("a").await.unwrap().unwrap();
        let expected = RegisteredModel {
            state: ModelState::Live,
            verdict: Some("{}".to_owned()),
            changed_at: at(5),
            ..model("a", 1)
        };
        assert_eq!(kept, expected);
    })
    .await;
}

#[tokio::test]
async fn models_are_listed_newest_first_and_a_name_is_taken_once() {
    on_every_engine(async |db| {
        for (name, seconds) in [("a", 1), ("c", 3), ("b", 2)] {
            db.models.add_model(&model(name, seconds)).await.unwrap();
        }
        let listed = db.models.list_models(2).await.unwrap();
        assert_eq!(listed.iter().map(|model| model.name.as_str()).collect::<Vec<_>>(), ["c", "b"]);
        let again = db.models.add_model(&model("a", 9)).await;
        assert!(matches!(again, Err(RepositoryError::Exists { what: "model", .. })), "{again:?}");
        assert_eq!(db.models.lookup_model("x").await.unwrap(), None);
        assert_not_found(db.models.set_model_state("x", ModelState::Live, None, at(1)).await, "model");
        db.models.set_model_state("b", ModelState::Refused, Some("too slow"), at(4)).await.unwrap();
        assert_eq!(db.models.lookup_live_model().await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn two_models_are_never_live_at_once() {
    on_every_engine(async |db| {
        let live = RegisteredModel { state: ModelState::Live, ..model("a", 1) };
        db.models.add_model(&live).await.unwrap();
        let second = RegisteredModel { state: ModelState::Live, ..model("b", 1) };
        assert!(matches!(db.models.add_model(&second).await, Err(RepositoryError::Exists { .. })));
    })
    .await;
}
