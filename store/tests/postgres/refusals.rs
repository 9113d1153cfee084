//! What PostgreSQL refuses, as an operator reads it: clear, without a password, and with nothing changed.

use std::{net::TcpListener, time::Duration};

use matinee_services::ports::RatingRepository;
use matinee_store::{Store, StoreOptions};
use sea_orm::ConnectionTrait;

use crate::{
    cluster::WITH_PASSWORD,
    conformance::fixture::{at, on_postgres, open, stars},
};

/// Why a database can't be opened.
async fn refusal(url: &str) -> String {
    let options = StoreOptions { acquire_timeout: Duration::from_millis(500), ..Default::default() };
    Store::connect(url, options).await.err().unwrap().to_string()
}

/// The address of a database for a role of this test, with this password.
fn as_role(url: &str, role: &str, password: &str) -> String {
    url.replace("matinee@", &format!("{role}:{password}@"))
}

#[tokio::test]
async fn wrong_passwords_and_databases_that_are_not_there_are_named() {
    on_postgres(async |db| {
        let server = db.connect().await;
        let name = format!("ada_{}", std::process::id());
        let make = format!(
            "DO $$ BEGIN CREATE ROLE {WITH_PASSWORD}; EXCEPTION WHEN duplicate_object THEN NULL; END $$; \
             CREATE ROLE {name} LOGIN PASSWORD 'right' IN ROLE {WITH_PASSWORD}"
        );
        server.execute_unprepared(&make).await.unwrap();
        let error = refusal(&as_role(&db.url, &name, "s3cret")).await;
        assert!(error.contains("password authentication failed") && error.contains(&name), "{error}");
        assert!(error.contains(":***@") && !error.contains("s3cret"), "{error}");
        open(&as_role(&db.url, &name, "right")).await.close().await;
        let (before, after) = db.url.split_once("/test_").unwrap();
        let (_, query) = after.split_once('?').unwrap();
        let error = refusal(&format!("{before}/nowhere?{query}")).await;
        assert!(error.contains("\"nowhere\" does not exist") && error.contains("CREATE DATABASE"), "{error}");
        server.execute_unprepared(&format!("DROP ROLE {name}")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_server_that_says_nothing_or_something_else_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let error = refusal(&format!("postgres://ada:s3cret@{address}/films")).await;
    assert!(error.contains("no answer within") && error.contains(&address.to_string()), "{error}");
    assert!(!error.contains("s3cret"), "{error}");
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut connection in other.incoming().flatten() {
            let _ = std::io::Write::write_all(&mut connection, b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let error = refusal(&format!("postgres://ada:s3cret@{address}/films")).await;
    assert!(error.contains(&address.to_string()) && !error.contains("s3cret"), "{error}");
}

#[tokio::test]
async fn a_role_that_may_change_rows_alone_serves_a_present_schema_and_says_who_may_change_an_old_one() {
    on_postgres(async |db| {
        let server = db.connect().await;
        let (film, user) = (db.add_film("Alien").await, db.add_person().await);
        let [rows, nothing] = ["rows", "nothing"].map(|role| format!("{role}_{}", std::process::id()));
        let make = format!(
            "CREATE ROLE {rows} LOGIN; CREATE ROLE {nothing} LOGIN; \
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {rows}"
        );
        server.execute_unprepared(&make).await.unwrap();
        let store = open(&as_role(&db.url, &rows, "")).await;
        store.migrate().await.unwrap();
        store.set(user, film, stars(4.0), at(1)).await.unwrap();
        assert_eq!(RatingRepository::lookup(&store, user, film).await.unwrap(), Some(stars(4.0)));

        let oldest = "DELETE FROM seaql_migrations WHERE version = (SELECT max(version) FROM seaql_migrations)";
        server.execute_unprepared(oldest).await.unwrap();
        let before = db.dump().await;
        let error = store.migrate().await.unwrap_err().to_string();
        assert!(error.contains("permission denied") && error.contains("owner"), "{error}");
        store.close().await;
        let stranger = open(&as_role(&db.url, &nothing, "")).await;
        let error = stranger.migrate().await.unwrap_err().to_string();
        assert!(error.contains("permission denied"), "{error}");
        let error = stranger.set(user, film, stars(1.0), at(2)).await.unwrap_err().to_string();
        assert!(error.contains("permission denied"), "{error}");
        stranger.close().await;
        assert_eq!(db.dump().await, before);
        let remove = format!("DROP OWNED BY {rows}; DROP ROLE {rows}, {nothing}");
        server.execute_unprepared(&remove).await.unwrap();
    })
    .await;
}
