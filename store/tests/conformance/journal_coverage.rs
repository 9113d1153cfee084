//! No write goes round the journal: triggers count what is written to each table, and the journal must tell the same.

use std::collections::{BTreeMap, BTreeSet};

use matinee_domain::{ExternalId, ExternalSource, RatedElsewhere, Role, UserId, activity::Mark, movie::PosterLink};
use matinee_services::ports::{
    FilmData, GivenFactor, Identity, MailPurpose, ModelState, MovieFacts, NewPersonRow, RegisteredModel, StoredSession,
    View,
};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::{
    export_coverage::tables,
    fixture::{Db, at, done, imported, imported_rating, key, on_every_engine, sqlite, stars},
    history::everything,
    identities::identity,
};

/// Journaled tables. Films' statistics follow from ratings, so for films only these columns count.
const TABLES: [&str; 22] = [
    "users",
    "movies",
    "people",
    "movie_titles",
    "movie_genres",
    "credits",
    "external_ids",
    "ratings",
    "activity",
    "marks",
    "knobs",
    "sessions",
    "identities",
    "api_tokens",
    "second_factors",
    "recovery_codes",
    "passkeys",
    "evenings",
    "evening_guests",
    "imports",
    "models",
    "trials",
];
/// Tables that are not journaled, and why.
const OTHERS: [(&str, &str); 10] = [
    ("change_sets", "the journal itself"),
    ("changes", "the journal itself"),
    ("reverts", "the journal itself"),
    ("seaql_migrations", "the schema, which rollbacks leave alone"),
    ("rating_priors", "follows from ratings, and is computed anew after a rollback"),
    ("trial_counts", "sums of what a trial has shown, which nobody sets"),
    ("trial_shown", "what a trial has shown to whom, for an hour, to be counted once"),
    ("mail_tokens", "digests of letters that are good for hours, and good for nothing once they are used"),
    ("sign_in_attempts", "digests and chance for the minutes that somebody is at a provider"),
    ("sign_in_failures", "counts of wrong passwords under digests, for a day: a rollback must not give tries back"),
];
const FILM_COLUMNS: &str = "title, original_title, match_key, year, runtime_min, plot, poster_url, \
     poster_width_px, poster_height_px, votes_elsewhere, mean_elsewhere_tenths, created_at, updated_at, version";

/// Rows by table and what was done to them.
type Counts = BTreeMap<(String, String), u64>;

async fn watch(db: &Db) {
    let connection = db.connect().await;
    let run = async |sql: String| {
        connection.execute_unprepared(&sql).await.unwrap();
    };
    run("CREATE TABLE seen (what text NOT NULL, op text NOT NULL)".into()).await;
    let is_sqlite = connection.get_database_backend() == DbBackend::Sqlite;
    if !is_sqlite {
        run("CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             INSERT INTO seen VALUES (TG_ARGV[0], TG_OP); RETURN NULL; END $$"
            .into())
        .await;
    }
    for table in TABLES {
        for op in ["INSERT", "UPDATE", "DELETE"] {
            let columns =
                if (table, op) == ("movies", "UPDATE") { format!("OF {FILM_COLUMNS}") } else { String::new() };
            run(if is_sqlite {
                format!(
                    "CREATE TRIGGER watch_{table}_{op} AFTER {op} {columns} ON {table} \
                     BEGIN INSERT INTO seen VALUES ('{table}', '{op}'); END"
                )
            } else {
                format!(
                    "CREATE TRIGGER watch_{table}_{op} AFTER {op} {columns} ON {table} \
                     FOR EACH ROW EXECUTE FUNCTION note('{table}')"
                )
            })
            .await;
        }
    }
}

async fn seen(db: &Db) -> Counts {
    let connection = db.connect().await;
    let sql = "SELECT what, op, COUNT(*) FROM seen GROUP BY what, op";
    let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await.unwrap();
    let count = |row: &sea_orm::QueryResult| {
        let (table, op, rows): (String, String, i64) = row.try_get_many_by_index().unwrap();
        ((table, op), rows.try_into().unwrap())
    };
    rows.iter().map(count).collect()
}

async fn journaled(db: &Db) -> Counts {
    let mut counts = Counts::new();
    for set in db.history.list(&everything(), None, 1_000).await.unwrap() {
        for row in db.history.list_rows(set.id, 0, 10_000).await.unwrap() {
            let op = match (row.version_before, row.version_after) {
                (None, Some(_)) => "INSERT",
                (Some(_), Some(_)) => "UPDATE",
                (Some(_), None) => "DELETE",
                (None, None) => panic!("{row:?} says nothing"),
            };
            *counts.entry((row.table, op.to_owned())).or_default() += row.added_in_bulk.max(1);
        }
    }
    counts
}

/// Every write that the ports offer but erasing a person, which is to leave no trace.
async fn write_everything(db: &Db) {
    let mut films: Vec<_> = (0..40).map(|n| imported(&n.to_string(), &format!("Film {n}"), 1990)).collect();
    films[0].alternative_titles = vec!["Erster".into()];
    let ids = db.add_films(films.clone()).await;
    films[0].title = "The first film".into();
    films[1].genres = vec!["War".into(), "Drama".into()];
    db.add_films(films).await;
    let facts = MovieFacts {
        title: "Film 2".into(),
        alternative_titles: Vec::new(),
        genres: Vec::new(),
        writers: Vec::new(),
        poster: None,
        year: super::fixture::year(1990),
        directors: vec!["Ada".into()],
        cast: vec!["Bo".into(), "Cy".into()],
        runtime_min: Some(90),
        plot: Some("Plot.".into()),
        external_ids: vec![ExternalId { source: ExternalSource::Imdb, id: "tt1".into() }],
        elsewhere: Some(RatedElsewhere { votes: 9, mean: 7.5 }),
    };
    let described = [("Film 4", "tt4"), ("A film from elsewhere", "tt5")].map(|(title, id)| MovieFacts {
        title: title.into(),
        external_ids: vec![ExternalId { source: ExternalSource::Imdb, id: id.into() }],
        poster: Some(PosterLink { url: "https://pictures.example/4.jpg".into(), width_px: 20, height_px: 30 }),
        ..facts.clone()
    });
    db.catalogue.put_facts(&key("facts"), vec![facts], done(1)).await.unwrap();
    db.catalogue.put_described(&key("described"), described.into(), done(2)).await.unwrap();
    let known = ExternalId { source: ExternalSource::Movielens, id: "3".into() };
    let other = ExternalId { source: ExternalSource::Tmdb, id: "9".into() };
    db.catalogue.put_external_ids(&key("links"), vec![(known, vec![other])], done(1)).await.unwrap();
    for seconds in [1, 2] {
        let ratings = (0..200).map(|n| imported_rating(n / 40, &(n % 40).to_string(), 3.0, seconds)).collect();
        db.catalogue.put_ratings(&key("ratings"), ratings, done(200)).await.unwrap();
    }
    db.catalogue.refresh_statistics().await.unwrap();

    let user = db.add_person().await;
    db.accounts.set_password_hash(user, "$argon2id$other", "set_password").await.unwrap();
    db.accounts.set_keeps_history(user, false).await.unwrap();
    db.accounts.set_keeps_history(user, true).await.unwrap();
    for (given, seconds) in [(3.0, 1), (4.0, 2)] {
        db.ratings.set(user, ids[0], stars(given), at(seconds)).await.unwrap();
    }
    db.ratings.remove(user, ids[0]).await.unwrap();
    for seconds in [3, 4] {
        db.activity.add_view(user, ids[1], Some("film"), at(seconds)).await.unwrap();
        let again = |movie| View { user, movie, query: None, at: at(seconds), request_id: None };
        db.activity.add_views(&[again(ids[1]), again(ids[2])]).await.unwrap();
        db.activity.set_mark(user, ids[1], Mark::NotInterested, at(seconds)).await.unwrap();
    }
    db.activity.remove_mark(user, ids[1], Mark::NotInterested).await.unwrap();
    db.activity.clear(user).await.unwrap();
    db.people.set_role(user, Role::Editor).await.unwrap();
    for turned in [1, 2] {
        db.knobs.set_knobs(user, &super::knobs::knobs(turned)).await.unwrap();
    }
    let token = super::tokens::token(user, 1);
    db.tokens.add_token(&token, "hash").await.unwrap();
    db.tokens.set_token_used(user, token.id, at(5)).await.unwrap();
    db.tokens.remove_token(user, token.id).await.unwrap();
    write_ways_in(db, user).await;
    write_evenings(db, user).await;
    for (title, cast) in [("Edited", 20), ("Edited again", 2)] {
        let version = db.editing.lookup_film(ids[3]).await.unwrap().unwrap().version;
        let data = FilmData {
            title: title.into(),
            genres: vec!["Horror".into()],
            cast: (0..cast).map(|number| format!("Actor {number}")).collect(),
            ..FilmData::default()
        };
        db.editing.set_film(ids[3], &data, version).await.unwrap();
    }
    let mut session = StoredSession { id: "a".repeat(32), user: Some(user), data: "{}".into(), expires_at: at(60) };
    db.sessions.add(&session).await.unwrap();
    session.data = "{\"a\":1}".into();
    db.sessions.set(&session).await.unwrap();
    db.sessions.remove(&session.id).await.unwrap();
    session.id = "c".repeat(32);
    db.sessions.add(&session).await.unwrap();
    db.sessions.remove_all(user, None).await.unwrap();
    session.id = "b".repeat(32);
    db.sessions.add(&session).await.unwrap();
    db.sessions.remove_expired(at(120)).await.unwrap();
    db.sessions.add(&session).await.unwrap();
    db.sessions.remove_everybodys().await.unwrap();
    write_models(db).await;
    let (first, second) = (identity("1", user), identity("2", user));
    db.identities.add(&first).await.unwrap();
    db.identities.remove(user, &first.key).await.unwrap();
    let person = NewPersonRow { name: "Bo".into(), email: None };
    let new = Identity { user: UserId(uuid::Uuid::from_u128(99)), ..second };
    db.identities.add_account(person, &new).await.unwrap();
}

async fn write_models(db: &Db) {
    for name in ["a", "b"] {
        let model = RegisteredModel {
            name: name.to_owned(),
            state: ModelState::Candidate,
            manifest: "{}".to_owned(),
            size_bytes: 1,
            verdict: None,
            created_at: at(1),
            changed_at: at(1),
        };
        db.models.add_model(&model).await.unwrap();
        db.models.set_model_state(name, ModelState::Live, None, at(2)).await.unwrap();
    }
    for number in [1, 2] {
        let trial = super::trials::trial(number);
        db.trials.add_trial(&trial).await.unwrap();
        db.trials.end_trial(trial.id, at(5)).await.unwrap();
    }
}

async fn write_evenings(db: &Db, host: UserId) {
    let guest = db.add_person().await;
    let evening = |number| super::evenings::evening(number, host);
    for number in [1, 2, 3] {
        db.evenings.add_evening(&evening(number), 5).await.unwrap();
        db.evenings.join_evening(&evening(number).link_hash, guest, at(5), 6).await.unwrap();
    }
    db.evenings.leave_evening(evening(1).id, guest).await.unwrap();
    db.evenings.set_evening_link(evening(1).id, host, Some("another")).await.unwrap();
    db.evenings.remove_evening(evening(2).id, host).await.unwrap();
    db.evenings.remove_expired_evenings(at(1_000)).await.unwrap();
}

async fn write_ways_in(db: &Db, user: UserId) {
    let codes = ["a code", "another"].map(str::to_owned);
    db.factors.add_factor(user, "secret", 1, &codes, at(5)).await.unwrap();
    for given in [GivenFactor::Step(2), GivenFactor::Nothing, GivenFactor::Recovery(codes[0].clone())] {
        db.factors.try_factor(user, &given, at(6), |_, _| false).await.unwrap();
    }
    assert!(db.factors.reseal_factor(user, "secret", "sealed anew").await.unwrap());
    db.factors.set_recovery_codes(user, &codes, at(7)).await.unwrap();
    db.factors.remove_factor(user).await.unwrap();
    let passkey = super::passkeys::passkey(user, 1);
    db.passkeys.add_passkey(&passkey, 1).await.unwrap();
    db.passkeys.rename_passkey(user, &passkey.id, "Another").await.unwrap();
    assert!(db.passkeys.set_passkey_used(user, &passkey.id, &passkey.state, "after", at(6)).await.unwrap());
    db.passkeys.remove_passkey(user, &passkey.id).await.unwrap();
    for (id, purpose) in [("1", MailPurpose::Confirm), ("2", MailPurpose::Reset)] {
        let letter = super::mail_tokens::token(id, user, purpose, "somebody@example.org");
        db.letters.add_mail_token(&letter).await.unwrap();
        db.letters.confirm_address(id, at(6)).await.unwrap();
        db.letters.reset_password(id, "$argon2id$", at(7)).await.unwrap();
    }
}

#[tokio::test]
async fn every_table_is_journaled_or_it_is_said_why_not() {
    let (db, _folder) = sqlite().await;
    let db = db.connect().await;
    let others = OTHERS.iter().map(|(table, _)| *table);
    let known: BTreeSet<String> = TABLES.into_iter().chain(others).map(str::to_owned).collect();
    assert_eq!(tables(&db).await, known);
    db.close().await.unwrap();
}

#[tokio::test]
async fn every_written_row_is_journaled() {
    on_every_engine(async |db| {
        watch(db).await;
        write_everything(db).await;
        let seen = seen(db).await;
        assert!(seen.len() > 20, "too few writes to tell: {seen:?}");
        assert_eq!(journaled(db).await, seen);
    })
    .await;
}
