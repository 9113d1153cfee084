//! Every schema that there ever was, with rows in all its tables, is brought up to the present one without losing or changing any.

use matinee_domain::{MovieId, UserId};
use matinee_migrations::Migrator;
use matinee_services::ports::{HistoryRepository, MovieRepository, OnConflict, RatingRepository, SelectBy, Selection};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use sea_orm_migration::MigratorTrait;
use uuid::Uuid;

use super::fixture::{at, open, stars};
use crate::cluster::TestDatabase;

/// A row that can be there from a migration on: the migration, the table, columns, values. `@1` stands for an id.
struct Row(&'static str, &'static str, &'static str, &'static str);

const ROWS: [Row; 30] = [
    Row(
        "m20261122_000001",
        "movies",
        "id, title, original_title, match_key, year, runtime_min, plot, rating_count, rating_sum_half_stars, popularity, \
         created_at, updated_at, version",
        "@1, 'Léon', NULL, 'leon', 1994, 110, 'A plot.', 1, 9, 0.5, 1700000000000, 1700000000001, 3",
    ),
    Row(
        "m20261122_000002",
        "movie_titles",
        "movie_id, title, position, match_key, version",
        "@1, 'The Pro', 0, 'pro', 2",
    ),
    Row("m20261122_000003", "movie_genres", "movie_id, genre, position, version", "@1, 'Crime', 0, 1"),
    Row("m20261122_000004", "people", "id, name, version", "@3, 'Luc Besson', 4"),
    Row("m20261122_000004", "credits", "movie_id, role, position, person_id, version", "@1, 'director', 0, @3, 1"),
    Row("m20261122_000005", "external_ids", "source, external_id, movie_id, version", "'imdb', 'tt0110413', @1, 2"),
    Row(
        "m20261122_000006",
        "users",
        "id, name, email, password_hash, keeps_history, created_at, version",
        "@2, 'Ada', 'ada@example.org', '$argon2id$', FALSE, 1700000000000, 5",
    ),
    Row("m20261122_000006", "users", "id, name, email, keeps_history, created_at", "@5, 'Rater', NULL, TRUE, 1"),
    Row(
        "m20261122_000007",
        "ratings",
        "user_id, movie_id, half_stars, rated_at, version",
        "@2, @1, 9, 1700000000000, 2",
    ),
    Row("m20261122_000008", "activity", "user_id, movie_id, query, at, version", "@2, @1, '', 1700000000000, 3"),
    Row("m20261122_000009", "marks", "user_id, movie_id, mark, at, version", "@2, @1, 'not_because', 1, 1"),
    Row(
        "m20261122_000010",
        "sessions",
        "id, user_id, data, expires_at, version",
        "'digest', @2, '{}', 1900000000000, 7",
    ),
    Row(
        "m20261122_000011",
        "imports",
        "part, fingerprint, rows_done, finished, version",
        "'ml/movies', 'f00', 9, TRUE, 2",
    ),
    Row("m20261122_000012", "rating_priors", "id, mean_half_stars, computed_at, version", "1, 7.25, 1700000000000, 4"),
    Row(
        "m20261125_000013",
        "change_sets",
        "id, at, actor_kind, actor, request_id, reason, note",
        "@6, 1650000000000, 'person', @2, 'r-1', 'rate', NULL",
    ),
    Row(
        "m20261125_000014",
        "changes",
        "change_set, position, table_name, row_key, subject, version_before, version_after, image_before",
        "@6, 0, 'ratings', 'a key', @2, 1, 2, '{}'",
    ),
    Row("m20261125_000015", "reverts", "change_set, reverted", "@7, @6"),
    Row("m20261125_000101", "external_ids", "source, external_id, movie_id", "'wikipedia', 'Léon', @1"),
    Row(
        "m20261125_000110",
        "change_sets",
        "id, at, actor_kind, reason, table_name, row_key, subject, version_before, version_after, image_before",
        "@7, 1650000000001, 'operator', 'revert', 'marks', 'a key', @2, 1, NULL, '{}'",
    ),
    Row("m20261125_000200", "users", "id, name, role, created_at", "@8, 'Grace', 'admin', 1"),
    Row(
        "m20261125_000201",
        "api_tokens",
        "user_id, id, name, scope, secret_hash, created_at, expires_at, used_at, version",
        "@2, @9, 'backup', 'read', 'abc', 1, 2, NULL, 1",
    ),
    Row(
        "m20261125_000220",
        "identities",
        "issuer, subject, user_id, provider, label, linked_at, version",
        "'https://id.example.org', 's', @2, 'work', 'Ada', 1, 1",
    ),
    Row("m20261125_000222", "sign_in_failures", "id, failures, last_at", "'digest', 3, 1700000000000"),
    Row(
        "m20261125_000301",
        "models",
        "name, state, manifest, size_bytes, verdict, created_at, changed_at, version",
        "'m-1', 'live', '{}', 7, NULL, 1, 2, 1",
    ),
    Row(
        "m20261126_000350",
        "knobs",
        "user_id, popularity, recency, diversity, hide_seen, excluded_genres, version",
        "@2, 1, -1, 4, FALSE, '[\"War\"]', 2",
    ),
    Row(
        "m20261126_000351",
        "evenings",
        "id, user_id, link_hash, created_at, expires_at, version",
        "@4, @2, NULL, 1, 1900000000000, 1",
    ),
    Row("m20261126_000352", "evening_guests", "user_id, evening_id, joined_at, version", "@2, @4, 1, 1"),
    Row(
        "m20261126_000370",
        "trials",
        "id, state, on_trial, against, share_permille, started_at, ended_at, version",
        "@4, 'running', 'm-2', 'm-1', 200, 1, NULL, 1",
    ),
    Row(
        "m20261126_000372",
        "trial_shown",
        "user_id, trial_id, movie_id, arm, shown_at, opened_at, half_stars, dismissed_at",
        "@2, @4, @1, 'trial', 1, 2, 9, NULL",
    ),
    Row("m20261126_000373", "trial_counts", "trial_id, arm, day, people, films, opened", "@4, 'live', 20000, 1, 2, 3"),
];

/// An id; version 7 as change sets have them, of a quarter that is long over.
fn id(number: u128) -> Uuid {
    Uuid::from_u128((0x0180_0000_0000_7001_8000 << 48) + number)
}

/// A text with ids as the engine writes them.
fn written(text: &str, backend: DbBackend) -> String {
    (1..=9).fold(text.to_owned(), |text, number| {
        let id = match backend {
            DbBackend::Sqlite => format!("x'{}'", id(number).simple()),
            _ => format!("'{}'", id(number)),
        };
        text.replace(&format!("@{number}"), &id)
    })
}

impl Row {
    fn insert(&self, backend: DbBackend) -> String {
        format!("INSERT INTO {} ({}) VALUES ({})", self.1, self.2, written(self.3, backend))
    }

    /// How many rows are just like it.
    fn count(&self, backend: DbBackend) -> String {
        let pairs = self.2.split(", ").zip(self.3.split(", "));
        let equal = pairs.map(|(column, value)| match value {
            "NULL" => format!("{column} IS NULL"),
            value => format!("{column} = {}", written(value, backend)),
        });
        format!("SELECT COUNT(*) FROM {} WHERE {}", self.1, equal.collect::<Vec<_>>().join(" AND "))
    }
}

async fn count(db: &DatabaseConnection, sql: String) -> i64 {
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    row.unwrap().try_get_by_index(0).unwrap()
}

/// Everything that defines the schema, in order.
async fn definitions(db: &DatabaseConnection) -> Vec<String> {
    let ask = match db.get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY name"
        }
        _ => {
            "SELECT format('%s %s %s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, \
                 (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = attrelid AND adnum = attnum)) AS line \
             FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 'public'::regnamespace \
                 AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped \
             UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class c ON c.oid = indexrelid \
             WHERE relnamespace = 'public'::regnamespace \
             UNION ALL SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint \
             WHERE connamespace = 'public'::regnamespace ORDER BY line"
        }
    };
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), ask)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// Makes the schema as it was after so many migrations, with rows in it, opens it as the program does, and compares.
async fn upgrade_from(steps: usize, url: &str) -> Vec<String> {
    let address = if url.contains("://") { url.to_owned() } else { format!("sqlite:{url}?mode=rwc") };
    // One connection that need not wait for the disk: nobody's power fails here.
    let mut options = ConnectOptions::new(address);
    options.max_connections(1);
    let db = Database::connect(options).await.unwrap();
    if db.get_database_backend() == DbBackend::Sqlite {
        db.execute_unprepared("PRAGMA synchronous = OFF").await.unwrap();
    }
    let names: Vec<String> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    Migrator::up(&db, Some(u32::try_from(steps).unwrap())).await.unwrap();
    let is_there = |row: &&Row| names[..steps].iter().any(|name| name.starts_with(row.0));
    let rows: Vec<&Row> = ROWS.iter().filter(is_there).collect();
    for row in &rows {
        db.execute_unprepared(&row.insert(db.get_database_backend())).await.unwrap();
    }
    let store = open(url).await;
    store.migrate().await.unwrap();
    for row in &rows {
        let same = count(&db, row.count(db.get_database_backend())).await;
        assert_eq!(same, 1, "after {steps} migrations: {} ({}) is not what it was", row.1, row.3);
        let all = count(&db, format!("SELECT COUNT(*) FROM {}", row.1)).await;
        let wanted = rows.iter().filter(|other| other.1 == row.1).count();
        assert_eq!(usize::try_from(all).unwrap(), wanted, "after {steps} migrations: {}", row.1);
    }
    // Films of before tell of their ratings as pages count them, and then as they are kept.
    if rows.iter().any(|row| row.1 == "ratings") {
        let counted = MovieRepository::lookup(&store, MovieId(id(1))).await.unwrap().unwrap().histogram;
        assert_eq!(counted.0, [0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
        let had_histograms = names[..steps].iter().any(|name| name.starts_with("m20261126_000360"));
        assert!(store.complete_statistics().await.unwrap() || had_histograms);
        assert!(!store.complete_statistics().await.unwrap(), "they are complete");
        let kept = MovieRepository::lookup(&store, MovieId(id(1))).await.unwrap().unwrap().histogram;
        assert_eq!(kept, counted);
    }
    // It is written to, and what is written can be taken back.
    if rows.iter().any(|row| row.1 == "users") {
        let (user, film) = (UserId(id(2)), MovieId(id(1)));
        let before = RatingRepository::lookup(&store, user, film).await.unwrap();
        store.set(user, film, stars(1.0), at(1)).await.unwrap();
        let all = Selection { by: SelectBy::Person(user), since: Some(at(-1)) };
        store.revert(&all, OnConflict::Refuse, false).await.unwrap();
        assert_eq!(RatingRepository::lookup(&store, user, film).await.unwrap(), before);
    }
    let definitions = definitions(&db).await;
    store.close().await;
    db.close().await.unwrap();
    definitions
}

fn schemas() -> std::ops::RangeInclusive<usize> {
    1..=Migrator::migrations().len()
}

#[test]
fn every_table_of_rows_has_one_here() {
    let names: Vec<String> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    for row in &ROWS {
        assert!(names.iter().any(|name| name.starts_with(row.0)), "{} is no migration", row.0);
        assert_eq!(row.2.split(", ").count(), row.3.split(", ").count(), "{}", row.1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_earlier_schema_is_brought_up_to_date_with_what_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut definitions = Vec::new();
    for steps in schemas() {
        let path = folder.path().join(format!("{steps}.db"));
        definitions.push(upgrade_from(steps, path.to_str().unwrap()).await);
    }
    let newest = definitions.pop().unwrap();
    for (steps, there) in definitions.iter().enumerate() {
        assert_eq!(there, &newest, "after {} migrations another schema came out", steps + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_earlier_schema_of_postgresql_is_brought_up_to_date_with_what_is_in_it() {
    let mut definitions = Vec::new();
    for steps in schemas() {
        let database = TestDatabase::empty().await;
        definitions.push(upgrade_from(steps, &database.url).await);
        database.remove().await;
    }
    let newest = definitions.pop().unwrap();
    for (steps, there) in definitions.iter().enumerate() {
        assert_eq!(there, &newest, "after {} migrations another schema came out", steps + 1);
    }
}
