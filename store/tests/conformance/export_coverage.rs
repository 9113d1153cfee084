//! Every table is known to be of people or of nobody, so that none is forgotten where somebody takes along all that is kept of them.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use super::{
    fixture::sqlite,
    of_people::{OF_PEOPLE, Told},
};

/// Tables without a word of anybody who uses the site.
const OF_NOBODY: [&str; 13] = [
    "movies",
    "movie_titles",
    "movie_genres",
    "people",
    "credits",
    "external_ids",
    "imports",
    "rating_priors",
    "reverts",
    "models",
    "trials",
    "trial_counts",
    "seaql_migrations",
];

/// What columns are called that name a person, or hold what only one knows.
const WORDS: [&str; 6] = ["user", "actor", "subject", "email", "password", "owner"];

async fn ask(db: &DatabaseConnection, sql: &str) -> BTreeSet<String> {
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// The tables of the schema as it is after all migrations, which is the same on every engine.
pub async fn tables(db: &DatabaseConnection) -> BTreeSet<String> {
    ask(db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'").await
}

/// Columns that point to a person, or are called as if they did.
async fn naming(db: &DatabaseConnection, table: &str) -> BTreeSet<String> {
    let pointing = format!(r#"SELECT "from" FROM pragma_foreign_key_list('{table}') WHERE "table" = 'users'"#);
    let columns = ask(db, &format!("SELECT name FROM pragma_table_info('{table}')")).await;
    let called = columns.into_iter().filter(|column| WORDS.iter().any(|word| column.contains(word)));
    ask(db, &pointing).await.into_iter().chain(called).collect()
}

#[tokio::test]
async fn every_table_that_names_a_person_is_exported_or_it_is_said_why_not() {
    let (db, _folder) = sqlite().await;
    let db = db.connect().await;
    let of_people: BTreeSet<String> = OF_PEOPLE.iter().map(|(table, ..)| (*table).to_owned()).collect();
    let of_nobody: BTreeSet<String> = OF_NOBODY.map(str::to_owned).into();
    let (known, there) = (&of_people | &of_nobody, tables(&db).await);
    let new: Vec<_> = there.difference(&known).collect();
    let gone: Vec<_> = known.difference(&there).collect();
    assert!(
        new.is_empty(),
        "say in store/tests/conformance/of_people.rs where a person finds what {new:?} hold of them"
    );
    assert!(gone.is_empty(), "these are no tables any more: {gone:?}");
    assert_eq!(OF_PEOPLE.len() + OF_NOBODY.len(), known.len(), "a table stands there once");

    for table in &of_nobody {
        let naming = naming(&db, table).await;
        assert!(naming.is_empty(), "{table} names somebody after all: {naming:?}");
    }
    for (table, columns, told) in OF_PEOPLE {
        let columns: BTreeSet<String> = columns.iter().map(|column| (*column).to_owned()).collect();
        let naming = naming(&db, table).await;
        let unsaid: Vec<_> = naming.difference(&columns).collect();
        assert!(unsaid.is_empty(), "{table} has {unsaid:?}, too: is all of it told of?");
        let all = ask(&db, &format!("SELECT name FROM pragma_table_info('{table}')")).await;
        assert!(columns.is_subset(&all) && !columns.is_empty(), "{table} has no such columns: {columns:?}");
        match told {
            Told::As(keys) => assert!(!keys.is_empty(), "{table} is told of nowhere"),
            Told::Not(why) => assert!(why.contains(' '), "say why {table} is not told of"),
        }
    }
    db.close().await.unwrap();
}
