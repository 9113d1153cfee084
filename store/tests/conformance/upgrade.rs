//! Schemas of before, brought up to date with what is in them.

use matinee_domain::{MovieId, UserId};
use matinee_migrations::Migrator;
use matinee_services::ports::{HistoryRepository, OnConflict, RatingRepository, SelectBy, Selection};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbErr};
use sea_orm_migration::MigratorTrait;
use uuid::Uuid;

/// The schema as it was before the migration of this name.
async fn before(migration: &str, db: &DatabaseConnection) {
    let names = Migrator::migrations().into_iter().map(|migration| migration.name().to_owned());
    let steps = names.take_while(|name| name != migration).count();
    Migrator::up(db, Some(u32::try_from(steps).unwrap())).await.unwrap();
}

async fn add_external_id(db: &DatabaseConnection, source: &str) -> Result<(), DbErr> {
    let insert = format!("INSERT INTO external_ids (source, external_id, movie_id) VALUES ('{source}', '7', x'07')");
    db.execute_unprepared(&insert).await.map(drop)
}

async fn count(db: &DatabaseConnection, from: &str) -> i64 {
    let select = sea_orm::Statement::from_string(db.get_database_backend(), format!("SELECT COUNT(*) FROM {from}"));
    db.query_one_raw(select).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

#[tokio::test]
async fn ids_of_films_outlast_the_coming_of_another_source() {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(format!("sqlite:{}?mode=rwc", folder.path().join("old.db").display())).await.unwrap();
    before("m20261125_000101_wikipedia_ids", &db).await;
    let film = "INSERT INTO movies (id, title, match_key, created_at, updated_at) VALUES (x'07', 'A', 'a', 1, 1)";
    db.execute_unprepared(film).await.unwrap();
    add_external_id(&db, "imdb").await.unwrap();
    add_external_id(&db, "wikipedia").await.unwrap_err();

    Migrator::up(&db, None).await.unwrap();
    assert_eq!(count(&db, "external_ids WHERE source = 'imdb' AND movie_id = x'07' AND version = 1").await, 1);
    add_external_id(&db, "wikipedia").await.unwrap();
    add_external_id(&db, "nobody").await.unwrap_err();
    assert_eq!(count(&db, "sqlite_schema WHERE name = 'external_ids_movie_id_idx'").await, 1);
    assert_eq!(count(&db, "movies WHERE poster_url IS NULL").await, 1);
    // Ids still go with their film.
    db.execute_unprepared("PRAGMA foreign_keys = ON").await.unwrap();
    db.execute_unprepared("DELETE FROM movies").await.unwrap();
    assert_eq!(count(&db, "external_ids").await, 0);
    Migrator::up(&db, None).await.unwrap();
}

#[tokio::test]
async fn people_of_before_there_were_roles_are_members() {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(format!("sqlite:{}?mode=rwc", folder.path().join("old.db").display())).await.unwrap();
    before("m20261125_000200_roles", &db).await;
    let person =
        "INSERT INTO users (id, name, email, password_hash, created_at) VALUES (x'07', 'Ada', 'ada@a.org', 'p', 1)";
    db.execute_unprepared(person).await.unwrap();
    Migrator::up(&db, None).await.unwrap();
    assert_eq!(count(&db, "users WHERE role = 'member'").await, 1);
    // As the version of before writes, which goes on while this one is rolled out.
    let person =
        "INSERT INTO users (id, name, email, password_hash, created_at) VALUES (x'08', 'Bo', 'bo@a.org', 'p', 1)";
    db.execute_unprepared(person).await.unwrap();
    assert_eq!(count(&db, "users WHERE role = 'member'").await, 2);
    db.execute_unprepared("UPDATE users SET role = 'root'").await.unwrap_err();
    Migrator::up(&db, None).await.unwrap();
}

#[tokio::test]
async fn history_from_before_single_changes_is_listed_and_taken_back_beside_new_history() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.db");
    let db = Database::connect(format!("sqlite:{}?mode=rwc", path.display())).await.unwrap();
    before("m20261125_000110_single_changes", &db).await;
    let (set, user, film) = (format!("018bcfe5-6800-7{:03x}-8000-{:012x}", 1, 1), 1_u128 << 64 | 7, 7_u128);
    let blob = |id: u128| format!("x'{}'", Uuid::from_u128(id).simple());
    let key = format!(r#"["{}","{}"]"#, Uuid::from_u128(user), Uuid::from_u128(film));
    let set_id = format!("x'{}'", set.parse::<Uuid>().unwrap().simple());
    for statement in [
        format!(
            "INSERT INTO movies (id, title, match_key, created_at, updated_at) VALUES ({}, 'A', 'a', 1, 1)",
            blob(film)
        ),
        format!("INSERT INTO users (id, name, keeps_history, created_at) VALUES ({}, 'Ada', 1, 1)", blob(user)),
        format!(
            "INSERT INTO ratings (user_id, movie_id, half_stars, rated_at) VALUES ({}, {}, 7, 1)",
            blob(user),
            blob(film)
        ),
        format!(
            "INSERT INTO change_sets (id, at, actor_kind, actor, reason) \
             VALUES ({set_id}, 1700000000000, 'person', {}, 'rate')",
            blob(user)
        ),
        format!(
            "INSERT INTO changes (change_set, position, table_name, row_key, subject, version_after) \
             VALUES ({set_id}, 0, 'ratings', '{key}', {}, 1)",
            blob(user)
        ),
    ] {
        db.execute_unprepared(&statement).await.unwrap();
    }
    db.close().await.unwrap();

    let store = super::fixture::open(path.to_str().unwrap()).await;
    store.migrate().await.unwrap();
    let (user, film) = (UserId(Uuid::from_u128(user)), MovieId(Uuid::from_u128(film)));
    store.set(user, film, super::fixture::stars(2.0), super::fixture::at(9)).await.unwrap();
    for by in [SelectBy::Person(user), SelectBy::Actor(user), SelectBy::Everything] {
        let sets = HistoryRepository::list(&store, &Selection { by, since: None }, None, 10).await.unwrap();
        let told: Vec<_> = sets.iter().map(|set| (set.reason.as_str(), set.entries)).collect();
        assert_eq!(told, [("rate", 1), ("rate", 1)]);
    }
    let all = Selection { by: SelectBy::Person(user), since: None };
    assert_eq!(store.revert(&all, OnConflict::Refuse, false).await.unwrap().removed, 1);
    store.close().await;
}
