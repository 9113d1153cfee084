//! On PostgreSQL, too, no hot statement reads a whole table; and where a statement names a film or a person, it reads one
//! partition of what belongs to them.

use std::{collections::BTreeSet, sync::Mutex};

use matinee_domain::Timestamp;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement, TransactionTrait};
use serde_json::Value;

use super::{
    catalogue,
    plans::{Recorder, films, in_short, journal, run_all, run_one_by_one},
    statistics,
};
use crate::{Store, StoreOptions, cluster::TestDatabase, journal::Tx, sql::moment};

/// Partitioned tables, and the column whose hash says which partition a row is in.
const PARTITIONED: [(&str, &str); 14] = [
    ("movies", "id"),
    ("movie_titles", "movie_id"),
    ("movie_genres", "movie_id"),
    ("credits", "movie_id"),
    ("ratings", "user_id"),
    ("activity", "user_id"),
    ("marks", "user_id"),
    ("knobs", "user_id"),
    ("evening_guests", "user_id"),
    ("trial_shown", "user_id"),
    ("api_tokens", "user_id"),
    ("second_factors", "user_id"),
    ("recovery_codes", "user_id"),
    ("passkeys", "user_id"),
];

async fn open(url: &str) -> Store {
    Store::connect(url, StoreOptions::default()).await.unwrap()
}

#[tokio::test]
async fn no_hot_statement_reads_a_whole_table_or_a_partition_too_many() {
    let database = TestDatabase::migrated(async |url| open(url).await.migrate().await.unwrap()).await;
    let store = open(&database.url).await;
    let now = moment(Timestamp::from_timestamp(1_600_000_000, 0).unwrap());
    let tx = Tx::new(store.bulk_writer().begin().await.unwrap());
    catalogue::movies::put(&tx, &films(0..2_000), now).await.unwrap();
    tx.into_parts().0.commit().await.unwrap();
    let mut pruned = BTreeSet::new();
    for is_first in [true, false] {
        let mut plans = BTreeSet::new();
        let transaction = store.bulk_writer().begin().await.unwrap();
        let tx = Tx::new(Recorder { db: &transaction, statements: Mutex::default() });
        run_all(&tx).await;
        let (recorder, noted) = tx.into_parts();
        journal().keep(&recorder, &noted).await.unwrap();
        let mut statements = recorder.statements.into_inner().unwrap();
        let singly = run_one_by_one(&transaction).await;
        let is_both = |statement: &&Statement| statement.sql.starts_with("WITH \"written\"");
        assert_eq!(singly.iter().filter(is_both).count(), 3, "a rating and its journal entry are one statement");
        statements.extend(singly);
        transaction.commit().await.unwrap();
        // For whoever wants to hold them against another engine's grammar.
        if let Some(file) = std::env::var_os("MATINEE_TEST_WRITE_STATEMENTS") {
            let text: Vec<_> = statements.iter().map(|statement| format!("{};\n", statement.sql)).collect();
            std::fs::write(file, text.concat()).unwrap();
        }
        for statement in statements {
            let plan = check(store.bulk_writer(), &statement, &mut pruned).await;
            plans.insert(format!("{}\n{plan}", in_short(&statement.sql)));
        }
        // With statistics, which are of a random sample, a plan may be one or the other.
        if is_first {
            insta::assert_snapshot!("postgres", plans.into_iter().collect::<Vec<_>>().join("\n"));
        }
        statistics::refresh(&store).await.unwrap();
    }
    let of_a_film_and_of_a_person = ["movies", "ratings"];
    assert!(of_a_film_and_of_a_person.iter().all(|table| pruned.contains(table)), "{pruned:?}");
    store.close().await;
    database.remove().await;
}

/// Returns what the plan reads, and how.
async fn check(db: &DatabaseConnection, statement: &Statement, pruned: &mut BTreeSet<&str>) -> String {
    let transaction = db.begin().await.unwrap();
    // Small tables are best read whole. What is then still read whole has no index to be read by.
    transaction.execute_unprepared("SET LOCAL enable_seqscan = off").await.unwrap();
    let explain = Statement { sql: format!("EXPLAIN (FORMAT JSON) {}", statement.sql), ..statement.clone() };
    let row = transaction.query_one_raw(explain).await.unwrap().unwrap();
    let plan: Value = row.try_get_by_index(0).unwrap();
    transaction.rollback().await.unwrap();
    let mut scanned = Vec::new();
    collect(&plan, &mut scanned);
    for (node, relation) in &scanned {
        assert!(node != "Seq Scan", "{relation} is read whole\nin {}\n{plan:#}", statement.sql);
    }
    for (table, column) in PARTITIONED {
        if !names_one(&statement.sql, table, column) {
            continue;
        }
        let partitions: BTreeSet<_> = scanned
            .iter()
            .map(|(_, relation)| relation)
            .filter(|relation| relation.strip_prefix(table).is_some_and(|rest| rest.starts_with("_m")))
            .collect();
        assert!(partitions.len() <= 1, "{partitions:?} are read\nin {}", statement.sql);
        pruned.insert(table);
    }
    let mut reads = BTreeSet::new();
    describe(&plan, &mut reads);
    reads.iter().flat_map(|read| ["    ", read, "\n"]).collect()
}

/// What each node reads by which index, without the numbers of partitions.
fn describe(plan: &Value, into: &mut BTreeSet<String>) {
    match plan {
        Value::Array(nodes) => nodes.iter().for_each(|node| describe(node, into)),
        Value::Object(node) => {
            let text = |name: &str| node.get(name).and_then(Value::as_str).map(without_partition);
            let kind = text("Node Type").unwrap_or_default();
            if let (Some(relation), true) = (text("Relation Name"), kind != "ModifyTable") {
                // Which of the two ways through an index is a matter of cost.
                let way = if kind.contains("Index") || kind.contains("Bitmap") { "by index".to_owned() } else { kind };
                let condition = text("Index Cond").map(|condition| without_literals(&condition));
                into.insert(format!("{relation} {way} {}", condition.unwrap_or_default()).trim_end().to_owned());
            }
            node.values().for_each(|value| describe(value, into));
        }
        _ => {}
    }
}

/// `ratings_m4_r2` as `ratings`, `changes_2026q4` as `changes`.
fn without_partition(name: &str) -> String {
    let is_quarter = |rest: &str| rest.starts_with("20") && rest.contains('q');
    let at = name
        .find("_m4_r")
        .or_else(|| name.find("_other"))
        .or_else(|| name.match_indices('_').map(|(at, _)| at).find(|at| is_quarter(&name[at + 1..])));
    at.map_or(name, |at| &name[..at]).to_owned()
}

/// A condition as the columns that it compares.
fn without_literals(condition: &str) -> String {
    let words = condition.split(' ').map(|word| {
        let word = word.trim_matches(|c| matches!(c, '(' | ')'));
        let is_value =
            word.starts_with('\'') || word.starts_with('$') || word.starts_with(|c: char| c.is_ascii_digit());
        if is_value { "?" } else { word.split_once("::").map_or(word, |(word, _)| word) }
    });
    let words: Vec<_> = words.collect();
    let end = words.iter().position(|word| word.starts_with("'{")).unwrap_or(words.len());
    words[..end].join(" ")
}

/// Whether a statement asks for one value of the column that partitions a table.
fn names_one(sql: &str, table: &str, column: &str) -> bool {
    let is_of = ["FROM", "UPDATE"].iter().any(|word| sql.contains(&format!("{word} \"{table}\"")));
    let qualified = format!("\"{table}\".\"{column}\" = $");
    let alone = format!(" \"{column}\" = $");
    // A subquery's column of the same name is another's.
    is_of && (sql.contains(&qualified) || (sql.contains(&alone) && !sql.contains("(SELECT")))
}

/// Each node of a plan that reads a relation.
fn collect(plan: &Value, into: &mut Vec<(String, String)>) {
    match plan {
        Value::Array(nodes) => nodes.iter().for_each(|node| collect(node, into)),
        Value::Object(node) => {
            if let (Some(kind), Some(relation)) = (node.get("Node Type"), node.get("Relation Name")) {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                if text(kind) != "ModifyTable" {
                    into.push((text(kind), text(relation)));
                }
            }
            node.values().for_each(|value| collect(value, into));
        }
        _ => {}
    }
}
