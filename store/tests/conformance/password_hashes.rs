//! No hash of a password is in the history, and a rollback leaves passwords as they are.

use matinee_domain::{Email, Role, UserId};
use matinee_migrations::Migrator;
use matinee_services::ports::{HistoryRepository, OnConflict, SelectBy, Selection};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use sea_orm_migration::MigratorTrait;
use uuid::Uuid;

use super::{
    fixture::{Db, account, on_every_engine, open},
    history::{latest, this},
};
use crate::cluster::TestDatabase;

async fn journal(db: &Db) -> String {
    db.dump_tables(&["change_sets", "changes"]).await.concat()
}

async fn hash_of(db: &Db, address: &str) -> Option<String> {
    let credentials = db.accounts.lookup_credentials(&Email::parse(address).unwrap()).await.unwrap();
    credentials.map(|credentials| credentials.password_hash)
}

#[tokio::test]
async fn whatever_changes_a_person_keeps_no_hash_and_can_be_taken_back() {
    on_every_engine(async |db| {
        let ada = UserId(Uuid::from_u128(7));
        db.accounts.add(account(ada, "ada@example.org")).await.unwrap();
        db.accounts.set_password_hash(ada, "$argon2id$second", "set_password").await.unwrap();
        let password_set = latest(db).await;
        db.people.set_role(ada, Role::Editor).await.unwrap();
        let promoted = latest(db).await;
        db.accounts.set_keeps_history(ada, false).await.unwrap();
        db.accounts.set_password_hash(ada, "$argon2id$third", "renew_hash").await.unwrap();

        // The role alone, which others' changes stand after.
        let report = db.history.revert(&this(promoted.id), OnConflict::Force, false).await.unwrap();
        assert_eq!((report.changed, report.conflict_count), (1, 1), "{report:?}");
        assert_eq!(db.people.lookup_role(ada).await.unwrap(), Some(Role::Member));
        // What was only a password has nothing to bring back.
        db.history.revert(&this(password_set.id), OnConflict::Force, false).await.unwrap();
        assert_eq!(hash_of(db, "ada@example.org").await.as_deref(), Some("$argon2id$third"));

        let kept = journal(db).await;
        assert!(kept.contains("ada@example.org") && kept.contains("renew_hash"), "{kept}");
        assert!(!kept.contains("argon2id") && !kept.contains("password_hash"), "{kept}");
    })
    .await;
}

#[tokio::test]
async fn a_rollback_and_its_own_rollback_meet_no_conflict_for_the_password_between() {
    on_every_engine(async |db| {
        let ada = UserId(Uuid::from_u128(7));
        db.accounts.add(account(ada, "ada@example.org")).await.unwrap();
        db.accounts.set_keeps_history(ada, false).await.unwrap();
        let switched = latest(db).await;
        db.history.revert(&this(switched.id), OnConflict::Refuse, false).await.unwrap();
        let back = latest(db).await;
        db.accounts.set_keeps_history(ada, false).await.unwrap();
        let again = latest(db).await;
        // The row holds a hash and its images none: they are alike all the same.
        let report = db.history.revert(&this(again.id), OnConflict::Refuse, false).await.unwrap();
        assert_eq!((report.changed, report.conflict_count), (1, 0), "{report:?}");
        let report = db.history.revert(&this(back.id), OnConflict::Refuse, false).await.unwrap();
        assert_eq!((report.changed, report.conflict_count), (1, 0), "{report:?}");
        assert!(!db.accounts.lookup(ada).await.unwrap().unwrap().keeps_history);
        assert_eq!(hash_of(db, "ada@example.org").await.as_deref(), Some("$argon2id$…"));
    })
    .await;
}

#[tokio::test]
async fn a_person_who_comes_back_has_no_password() {
    on_every_engine(async |db| {
        let ada = UserId(Uuid::from_u128(7));
        db.accounts.add(account(ada, "ada@example.org")).await.unwrap();
        let registered = latest(db).await;
        db.history.revert(&this(registered.id), OnConflict::Refuse, false).await.unwrap();
        assert_eq!(db.accounts.lookup(ada).await.unwrap(), None);
        let removed = latest(db).await;
        db.history.revert(&this(removed.id), OnConflict::Refuse, false).await.unwrap();
        // A letter to the address lets them set a new one.
        assert_eq!(db.accounts.lookup(ada).await.unwrap().unwrap().email, "ada@example.org");
        assert_eq!(hash_of(db, "ada@example.org").await, None);
        let kept = journal(db).await;
        assert!(!kept.contains("argon2id"), "{kept}");
    })
    .await;
}

const BEFORE: &str = "m20261126_000330_no_hashes_in_history";
const OLD_IMAGE: &str = r#"{"created_at":1,"email":"ada@example.org","id":"00000000-0000-0000-0000-000000000007","keeps_history":true,"name":"Ada \"password_hash\" L\u0151w","password_hash":"$argon2id$old","role":"member"}"#;

async fn run(db: &DatabaseConnection, sql: &str) {
    db.execute_unprepared(sql).await.unwrap();
}

/// A person's history as it was kept before: an entry of its own, one in its change set, and one of another table.
async fn add_old_history(db: &DatabaseConnection) {
    let id = |number: u128| {
        let id = Uuid::from_u128((0x018b_cfe5_6800_7001_8000 << 48) + number);
        match db.get_database_backend() {
            DbBackend::Sqlite => format!("x'{}'", id.simple()),
            _ => format!("'{id}'"),
        }
    };
    let image = OLD_IMAGE.replace('\'', "''");
    let columns = "table_name, row_key, subject, version_before, version_after, image_before";
    let of =
        |table: &str| format!("'{table}', '[\"00000000-0000-0000-0000-000000000007\"]', {}, 1, 2, '{image}'", id(7));
    for (set, reason) in [(1, "keep_history"), (2, "set_password")] {
        let set = id(set);
        run(
            db,
            &format!("INSERT INTO change_sets (id, at, actor_kind, reason) VALUES ({set}, 1, 'system', '{reason}')"),
        )
        .await;
    }
    run(db, &format!("INSERT INTO changes (change_set, position, {columns}) VALUES ({}, 0, {})", id(1), of("users")))
        .await;
    run(db, &format!("INSERT INTO changes (change_set, position, {columns}) VALUES ({}, 1, {})", id(1), of("imports")))
        .await;
    let own = columns.split(", ").zip(of("users").splitn(6, ", ").map(str::to_owned).collect::<Vec<_>>());
    let own: Vec<_> = own.map(|(column, value)| format!("{column} = {value}")).collect();
    run(db, &format!("UPDATE change_sets SET {} WHERE id = {}", own.join(", "), id(2))).await;
}

async fn images(db: &DatabaseConnection, table: &str) -> Vec<String> {
    let sql = format!("SELECT image_before FROM {table} WHERE table_name = 'users' AND image_before IS NOT NULL");
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

async fn hashes_go_from(address: &str, path: &str) {
    let db = Database::connect(address).await.unwrap();
    let names = Migrator::migrations().into_iter().map(|migration| migration.name().to_owned());
    let steps = names.take_while(|name| name != BEFORE).count();
    Migrator::up(&db, Some(u32::try_from(steps).unwrap())).await.unwrap();
    if db.get_database_backend() == DbBackend::Postgres {
        // As there is one for each quarter, beside the one for all else.
        run(
            &db,
            "CREATE TABLE changes_old PARTITION OF changes FOR VALUES \
             FROM ('018bcfe5-0000-7000-8000-000000000000') TO ('018bcfe6-0000-7000-8000-000000000000')",
        )
        .await;
    }
    add_old_history(&db).await;
    Migrator::up(&db, None).await.unwrap();
    let wanted: serde_json::Value =
        serde_json::from_str(&OLD_IMAGE.replace(r#""password_hash":"$argon2id$old","#, "")).unwrap();
    for table in ["change_sets", "changes"] {
        let images = images(&db, table).await;
        let [image] = images.as_slice() else { panic!("{images:?}") };
        assert_eq!(serde_json::from_str::<serde_json::Value>(image).unwrap(), wanted, "{table}");
    }

    // A version of before that still runs writes on as it did; that is read without a word of the hash.
    run(&db, &format!("UPDATE changes SET image_before = '{OLD_IMAGE}' WHERE table_name = 'users'")).await;
    let store = open(path).await;
    let all = Selection { by: SelectBy::Everything, since: None };
    for set in HistoryRepository::list(&store, &all, None, 10).await.unwrap() {
        for row in store.list_rows(set.id, 0, 10).await.unwrap().into_iter().filter(|row| row.table == "users") {
            let shown = format!("{row:?}");
            assert!(shown.contains("ada@example.org") && !shown.contains("argon2id"), "{shown}");
        }
    }
    store.close().await;
    db.close().await.unwrap();
}

#[tokio::test]
async fn hashes_of_before_go_from_the_history_and_the_rest_of_it_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.db");
    hashes_go_from(&format!("sqlite:{}?mode=rwc", path.display()), path.to_str().unwrap()).await;
}

#[tokio::test]
async fn hashes_of_before_go_from_every_partition_of_postgresql() {
    let database = TestDatabase::empty().await;
    hashes_go_from(&database.url, &database.url).await;
    database.remove().await;
}
