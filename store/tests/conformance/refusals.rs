//! Databases that this program must leave alone: said clearly, and nothing in them is changed.

use sea_orm::ConnectionTrait;

use super::fixture::{on_every_engine, open};

#[tokio::test]
async fn a_schema_of_a_newer_program_is_left_as_it_is() {
    on_every_engine(async |db| {
        db.add_film("Alien").await;
        let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20991231_000001_dreams', 1)";
        db.connect().await.execute_unprepared(newer).await.unwrap();
        let before = db.dump().await;
        let store = open(&db.url).await;
        let error = store.migrate().await.unwrap_err().to_string();
        for part in ["newer schema", "m20991231_000001_dreams", "nothing was changed"] {
            assert!(error.contains(part), "{error}");
        }
        store.close().await;
        assert_eq!(db.dump().await, before);
    })
    .await;
}

#[tokio::test]
async fn addresses_of_other_engines_and_files_that_are_no_databases_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.db");
    std::fs::write(&text, "no database, however long this text may be. ".repeat(100)).unwrap();
    let options = matinee_store::StoreOptions::default();
    for (url, part) in [
        ("mysql://ada:s3cret@db/films", "mysql://…"),
        ("mongodb://ada:s3cret@db/films", "postgres://USER@HOST/DATABASE"),
        ("postgres://ada:s3cret@db", "names no database"),
        (text.to_str().unwrap(), "not a database"),
        ("/no/such/folder/matinee.db", "does its folder exist"),
    ] {
        let error = matinee_store::Store::connect(url, options.clone()).await.err().unwrap().to_string();
        assert!(error.contains(part) && !error.contains("s3cret"), "{error}");
    }
    assert!(std::fs::read_to_string(&text).unwrap().starts_with("no database"));
}
