//! No statement that a page, a rating or a batch of an import waits for may read a whole table. How the engine answers each
//! is in `snapshots/`, so that a change of it is seen in review.

use std::{
    collections::BTreeSet,
    ops::Range,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use matinee_domain::{ExternalId, ExternalSource, MovieId, Stars, Timestamp, UserId, rating::RatingFilter};
use matinee_services::ports::{ImportedMovie, ImportedRating, MovieFacts, SelectBy, Selection, SystemClock, View};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    sea_query::SelectStatement,
};
use uuid::Uuid;

use super::{accounts, catalogue, film, indexing, movies, ratings, sessions, taste, tokens, training, views};
use crate::{
    Store, StoreOptions, entities,
    journal::{self, Cause, Journal, Tx},
    sql::moment,
};

/// Passes statements on, and keeps them.
pub(super) struct Recorder<'a, C> {
    pub db: &'a C,
    pub statements: Mutex<Vec<Statement>>,
}

impl<C> Recorder<'_, C> {
    fn record(&self, statement: &Statement) {
        self.statements.lock().unwrap().push(statement.clone());
    }
}

#[async_trait]
impl<C: ConnectionTrait + Sync> ConnectionTrait for Recorder<'_, C> {
    fn get_database_backend(&self) -> DbBackend {
        self.db.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.record(&statement);
        self.db.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.db.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.record(&statement);
        self.db.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.record(&statement);
        self.db.query_all_raw(statement).await
    }
}

/// Runs everything hot once, with and without matches.
pub(super) async fn run_all<C: ConnectionTrait + Send + Sync>(db: &Tx<Recorder<'_, C>>) {
    let now = moment(Timestamp::from_timestamp(1_700_000_000, 0).unwrap());
    let user = UserId(Uuid::from_u128(1));
    catalogue::movies::put(db, &films(0..200), now).await.unwrap();
    catalogue::movies::put(db, &films(0..200), now).await.unwrap();
    catalogue::ratings::put(db, &rated(), now).await.unwrap();
    let facts = MovieFacts {
        title: "Film 1".into(),
        plot: Some("Plot.".into()),
        cast: vec!["Ada".into()],
        ..Default::default()
    };
    catalogue::facts::put(db, std::slice::from_ref(&facts), now).await.unwrap();
    let page = ExternalId { source: ExternalSource::Wikipedia, id: "Film_1".into() };
    let described = MovieFacts { external_ids: vec![page], genres: vec!["Drama".into()], ..facts.clone() };
    let unknown =
        MovieFacts { title: "No such".into(), alternative_titles: vec!["Film 2".into()], ..described.clone() };
    catalogue::described::put(db, &[described, unknown], now).await.unwrap();

    let rater = crate::rater_id("d", "1");
    // One that this rater has not rated: imported ratings count only once the statistics are refreshed.
    let id = crate::movie_id(&external(2));
    film::lookup(db, id.0).await.unwrap();
    let select = async |select: SelectStatement| movies::list_selected(db, &select).await.unwrap();
    select(movies::popular(None, 10)).await;
    select(movies::popular(Some("Drama"), 10)).await;
    select(movies::best_by(entities::movies::Column::RatingCount, 10)).await;
    indexing::list(db, Some(id), 10).await.unwrap();
    movies::list_for_sitemap(db, Some(id), 10).await.unwrap();
    for at in [now, moment(now.0 + chrono::TimeDelta::days(1))] {
        ratings::set(db, rater, id, Stars::from_half_stars(7).unwrap(), at).await.unwrap();
    }
    let brought = [2, 4].map(|film| (crate::movie_id(&external(film)), Stars::from_half_stars(7).unwrap(), now.0));
    ratings::add_many(db, rater, &brought).await.unwrap();
    catalogue::placing::match_films(db, &[facts]).await.unwrap();
    let title = Some("Film".to_owned());
    ratings::list(db, rater, &RatingFilter { title, limit: 10, ..Default::default() }).await.unwrap();
    ratings::list(db, rater, &RatingFilter { limit: 10, ..Default::default() }).await.unwrap();
    taste::get(db, rater.0, 10).await.unwrap();
    // What each request of somebody who is signed in, or of a program, begins with.
    db.query_all(&sessions::select_live(&"a".repeat(32), now)).await.unwrap();
    db.query_all(&tokens::select_one(user, Uuid::nil())).await.unwrap();
    taste::get_opinions(db, rater.0, id).await.unwrap();
    db.execute_unprepared("UPDATE users SET keeps_history = TRUE").await.unwrap();
    for seconds in [0, 1] {
        views::put(db, &[view(rater, id, seconds), view(rater, crate::movie_id(&external(3)), 0)]).await.unwrap();
    }
    ratings::remove(db, rater, id).await.unwrap();
    db.query_all(&training::page(Some((user, MovieId(Uuid::nil()))), 10)).await.unwrap();
    accounts::remove(db, user.0).await.unwrap();

    // What every instance asks each second, and what a person and an editor ask of history.
    journal::film_changes(db, now.0).await.unwrap();
    journal::rated_films(db, now.0).await.unwrap();
    for by in [SelectBy::Actor(rater), SelectBy::Person(rater), SelectBy::Movie(id)] {
        let which = Selection { by, since: None };
        journal::list_change_sets(db, &which, None, 50).await.unwrap();
    }
}

pub(super) fn journal() -> Journal {
    Journal::new(Cause::system("test"), Arc::new(journal::Ids::new()), Arc::new(SystemClock))
}

/// Runs what writes one row, each as a transaction of its own, which may journal it by the same statement.
pub(super) async fn run_one_by_one<C: ConnectionTrait + Send + Sync>(db: &C) -> Vec<Statement> {
    let (rater, film) = (crate::rater_id("d", "1"), crate::movie_id(&external(2)));
    let at = moment(Timestamp::from_timestamp(1_700_000_000, 0).unwrap());
    let mut statements = Vec::new();
    for stars in [Some(7), Some(8), None] {
        let tx = Tx::journaled(Recorder { db, statements: Mutex::default() }, journal());
        match stars.map(|half_stars| Stars::from_half_stars(half_stars).unwrap()) {
            Some(stars) => ratings::set(&tx, rater, film, stars, at).await.unwrap(),
            None => ratings::remove(&tx, rater, film).await.unwrap(),
        };
        let (recorder, noted) = tx.into_parts();
        journal().keep(&recorder, &noted).await.unwrap();
        statements.extend(recorder.statements.into_inner().unwrap());
    }
    // Several, each of which is journaled by itself.
    let tx = Tx::journaled(Recorder { db, statements: Mutex::default() }, journal());
    views::put(&tx, &[view(rater, film, 7), view(rater, film, 8)]).await.unwrap();
    statements.extend(tx.into_parts().0.statements.into_inner().unwrap());
    statements
}

fn view(user: UserId, movie: MovieId, seconds: i64) -> View {
    let at = Timestamp::from_timestamp(1_700_000_000 + seconds, 0).unwrap();
    View { user, movie, query: Some("film".into()), at, request_id: Some("r".into()) }
}

/// A statement without the number of its values, so that it is the same for few rows and for many.
pub(super) fn in_short(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut characters = sql.chars().peekable();
    while let Some(c) = characters.next() {
        if c == '$' && characters.peek().is_some_and(char::is_ascii_digit) {
            while characters.next_if(char::is_ascii_digit).is_some() {}
            text.push('?');
        } else {
            text.push(c);
        }
    }
    for (several, one) in [("?, ?", "?"), ("(?), (?)", "(?)")] {
        while text.contains(several) {
            text = text.replace(several, one);
        }
    }
    text
}

fn external(n: u32) -> ExternalId {
    ExternalId { source: ExternalSource::Movielens, id: n.to_string() }
}

pub(super) fn films(numbers: Range<u32>) -> Vec<ImportedMovie> {
    let film = |n| ImportedMovie {
        external_ids: vec![external(n)],
        title: format!("Film {n}"),
        original_title: format!("Film {n} (2000)"),
        alternative_titles: vec![format!("F{n}")],
        year: None,
        genres: vec!["Drama".into(), "War".into()],
    };
    numbers.map(film).collect()
}

fn rated() -> Vec<ImportedRating> {
    let rating = |n: u32| ImportedRating {
        dataset: "d",
        rater: (n % 50).to_string(),
        movie: (ExternalSource::Movielens, (n % 200).to_string()),
        stars: Stars::from_half_stars((n % 10 + 1).try_into().unwrap()).unwrap(),
        at: Timestamp::from_timestamp(n.into(), 0).unwrap(),
    };
    (0..3000).map(rating).collect()
}

#[tokio::test]
async fn no_hot_statement_reads_a_whole_table() {
    let folder = tempfile::tempdir().unwrap();
    let store =
        Store::connect(folder.path().join("plans.db").to_str().unwrap(), StoreOptions::default()).await.unwrap();
    store.migrate().await.unwrap();
    // Many more films than one batch names: otherwise reading all of them would be the best plan.
    let now = moment(Timestamp::from_timestamp(1_600_000_000, 0).unwrap());
    catalogue::movies::put(&Tx::new(store.bulk_writer().clone()), &films(0..5_000), now).await.unwrap();
    // Nor is history ever as short as it would be here.
    let history = "INSERT INTO change_sets (id, at, actor_kind, actor, reason, table_name, row_key, subject) \
                   WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 2000) \
                   SELECT randomblob(16), i, 'person', who, 'rate', 'ratings', '[]', who \
                   FROM (SELECT i, CAST(i AS blob) AS who FROM n)";
    store.bulk_writer().execute_unprepared(history).await.unwrap();
    // Once without and once with the planner's statistics: it may choose otherwise.
    for snapshot in ["sqlite", "sqlite_with_statistics"] {
        let mut plans = BTreeSet::new();
        let tx = Tx::new(Recorder { db: store.bulk_writer(), statements: Mutex::default() });
        run_all(&tx).await;
        let (recorder, noted) = tx.into_parts();
        journal().keep(&recorder, &noted).await.unwrap();
        let statements = recorder.statements.into_inner().unwrap();
        assert!(statements.len() > 30, "only {} statements were seen", statements.len());
        for statement in statements {
            plans.insert(check(store.bulk_writer(), statement).await);
        }
        insta::assert_snapshot!(snapshot, plans.into_iter().collect::<Vec<_>>().join("\n"));
        super::statistics::refresh(&store).await.unwrap();
    }
}

/// Returns the statement and its plan.
async fn check(db: &DatabaseConnection, statement: Statement) -> String {
    let explain = Statement { sql: format!("EXPLAIN QUERY PLAN {}", statement.sql), ..statement.clone() };
    let rows = db.query_all_raw(explain).await.unwrap();
    let steps: Vec<String> = rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
    // A subquery that is read row by row as it comes, under the name that it has.
    let mut subqueries: Vec<_> = steps.iter().filter_map(|step| step.strip_prefix("CO-ROUTINE ")).collect();
    for step in &steps {
        let read = step.strip_prefix("SCAN ").map(|rest| rest.split(' ').next().unwrap_or_default());
        if let Some(at) = subqueries.iter().position(|name| Some(*name) == read) {
            subqueries.remove(at);
            continue;
        }
        // An index walked in its order ends at the statement's limit.
        let walks_in_order = statement.sql.contains("LIMIT") && step.contains("USING") && step.contains("INDEX");
        let writes_rows = step.contains("CONSTANT ROW") || step.contains("VALUES CLAUSE");
        let reads_all = step.starts_with("SCAN ") && !writes_rows && !walks_in_order;
        assert!(!reads_all, "{step}\nin {}\n{steps:#?}", statement.sql);
        assert!(!step.contains("AUTOMATIC"), "{step}\nin {}", statement.sql);
    }
    // How many rows are written is no matter.
    let is_count = |word: &str| word.parse::<u32>().is_ok();
    let steps = steps.iter().map(|step| {
        let words: Vec<_> = step.split(' ').filter(|word| !is_count(word) && !word.ends_with("-ROW")).collect();
        format!("    {}\n", words.join(" "))
    });
    format!("{}\n{}", in_short(&statement.sql), steps.collect::<String>())
}
