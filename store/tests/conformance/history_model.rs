//! Random operations and rollbacks against a model: rows with their versions, and what each change set did to them.
//!
//! 10,000 operations where `MATINEE_TEST_OPERATIONS` says so, fewer otherwise.

use std::{
    collections::{BTreeMap, HashSet},
    env,
};

use matinee_domain::{ChangeSetId, MovieId, Stars, UserId, activity::Mark};
use matinee_services::ports::OnConflict;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::{
    fixture::{Db, at, on_every_engine},
    history::{latest, this},
};

const PEOPLE: usize = 3;
const FILMS: usize = 4;

#[derive(Clone, Debug)]
enum Operation {
    Rate(usize, usize, u8),
    Unrate(usize, usize),
    View(usize, usize),
    Clear(usize),
    Mark(usize, usize),
    Unmark(usize, usize),
    /// Takes back the change set so many before the latest.
    Revert(usize, OnConflict),
}

fn operation() -> impl Strategy<Value = Operation> {
    let pair = || (0..PEOPLE, 0..FILMS);
    let on_conflict = prop_oneof![Just(OnConflict::Refuse), Just(OnConflict::Skip), Just(OnConflict::Force)];
    prop_oneof![
        4 => (pair(), 1_u8..=10).prop_map(|((user, film), half)| Operation::Rate(user, film, half)),
        2 => pair().prop_map(|(user, film)| Operation::Unrate(user, film)),
        2 => pair().prop_map(|(user, film)| Operation::View(user, film)),
        1 => (0..PEOPLE).prop_map(Operation::Clear),
        2 => pair().prop_map(|(user, film)| Operation::Mark(user, film)),
        1 => pair().prop_map(|(user, film)| Operation::Unmark(user, film)),
        4 => (0_usize..12, on_conflict).prop_map(|(back, on_conflict)| Operation::Revert(back, on_conflict)),
    ]
}

/// Table, person, film.
type Key = (&'static str, usize, usize);

/// What a row holds (half stars, or the second of its moment), and its version.
type Held = (i64, i64);

#[derive(Debug)]
struct Change {
    key: Key,
    before: Option<Held>,
    after: Option<Held>,
}

#[derive(Debug)]
struct ChangeSet {
    id: ChangeSetId,
    changes: Vec<Change>,
    reverted: HashSet<usize>,
}

#[derive(Default)]
struct Model {
    rows: BTreeMap<Key, Held>,
    sets: Vec<ChangeSet>,
}

impl Model {
    /// What an operation changes; nothing where it changes nothing.
    fn effect(&self, operation: &Operation, second: i64) -> (Vec<Change>, HashSet<usize>) {
        let put = |key: Key, content: i64| {
            let before = self.rows.get(&key).copied();
            let version = before.map_or(1, |(_, version)| version + 1);
            vec![Change { key, before, after: Some((content, version)) }]
        };
        let remove = |keys: Vec<Key>| {
            let gone = |key| self.rows.get(&key).map(|held| Change { key, before: Some(*held), after: None });
            keys.into_iter().filter_map(gone).collect()
        };
        let changes = match operation.clone() {
            Operation::Rate(user, film, half) => put(("ratings", user, film), i64::from(half) * 1_000_000 + second),
            Operation::Unrate(user, film) => remove(vec![("ratings", user, film)]),
            Operation::View(user, film) => put(("activity", user, film), second),
            Operation::Clear(user) => remove((0..FILMS).map(|film| ("activity", user, film)).collect()),
            Operation::Mark(user, film) => put(("marks", user, film), second),
            Operation::Unmark(user, film) => remove(vec![("marks", user, film)]),
            Operation::Revert(back, on_conflict) => return self.revert(back, &on_conflict),
        };
        (changes, HashSet::new())
    }

    fn is_taken_back(&self, set: usize) -> bool {
        let later = (set + 1)..self.sets.len();
        later.into_iter().any(|later| self.sets[later].reverted.contains(&set) && !self.is_taken_back(later))
    }

    /// What was done to a row since a change set, that one included.
    fn changes_of(&self, key: &Key, since: usize) -> impl Iterator<Item = (usize, &Change)> {
        let sets = self.sets.iter().enumerate().skip(since);
        sets.filter_map(move |(at, set)| Some((at, set.changes.iter().find(|change| change.key == *key)?)))
    }

    /// Which of these stand: what was taken back does not, nor do rollbacks that led to an earlier state.
    fn standing(&self, key: &Key, since: usize) -> Vec<usize> {
        let mut before: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut now = Vec::new();
        for (set, _) in self.changes_of(key, since) {
            before.insert(set, now.clone());
            match self.sets[set].reverted.iter().find_map(|reverted| before.get(reverted)) {
                Some(earlier) => now.clone_from(earlier),
                None => now.push(set),
            }
        }
        now
    }

    fn revert(&self, back: usize, on_conflict: &OnConflict) -> (Vec<Change>, HashSet<usize>) {
        let Some(set) = self.sets.len().checked_sub(back + 1) else { return Default::default() };
        if self.is_taken_back(set) {
            return Default::default();
        }
        let mut changes = Vec::new();
        let mut conflicts = 0;
        for Change { key, before, .. } in &self.sets[set].changes {
            let standing = self.standing(key, set);
            if !standing.contains(&set) {
                continue;
            }
            if standing.len() > 1 {
                conflicts += 1;
                if *on_conflict != OnConflict::Force {
                    continue;
                }
            }
            let now = self.rows.get(key).copied();
            let version = |held: &Option<Held>| held.map_or(0, |(_, version)| version);
            let last = self
                .changes_of(key, set)
                .last()
                .map_or(0, |(_, last)| Ord::max(version(&last.before), version(&last.after)));
            let after = before.map(|(content, _)| (content, now.map_or(last, |(_, version)| version) + 1));
            if now.is_some() || after.is_some() {
                changes.push(Change { key: *key, before: now, after });
            }
        }
        if conflicts > 0 && *on_conflict == OnConflict::Refuse || changes.is_empty() {
            return Default::default();
        }
        (changes, HashSet::from([set]))
    }

    fn apply(&mut self, changes: &[Change]) {
        for Change { key, after, .. } in changes {
            match after {
                Some(held) => self.rows.insert(*key, *held),
                None => self.rows.remove(key),
            };
        }
    }
}

/// The people and films of a run.
struct World {
    people: Vec<UserId>,
    films: Vec<MovieId>,
}

impl World {
    async fn new(db: &Db) -> Self {
        let mut people = Vec::new();
        for _ in 0..PEOPLE {
            people.push(db.add_person().await);
        }
        let mut films = Vec::new();
        for film in 0..FILMS {
            films.push(db.add_film(&format!("Film {film}")).await);
        }
        Self { people, films }
    }

    async fn run(&self, db: &Db, model: &Model, operation: &Operation, second: i64) {
        let now = at(second);
        match operation.clone() {
            Operation::Rate(user, film, half) => {
                let stars = Stars::from_half_stars(half).unwrap();
                db.ratings.set(self.people[user], self.films[film], stars, now).await.unwrap();
            }
            Operation::Unrate(user, film) => {
                db.ratings.remove(self.people[user], self.films[film]).await.unwrap();
            }
            Operation::View(user, film) => {
                db.activity.add_view(self.people[user], self.films[film], None, now).await.unwrap();
            }
            Operation::Clear(user) => db.activity.clear(self.people[user]).await.unwrap(),
            Operation::Mark(user, film) => {
                let (user, film) = (self.people[user], self.films[film]);
                db.activity.set_mark(user, film, Mark::NotInterested, now).await.unwrap();
            }
            Operation::Unmark(user, film) => {
                let (user, film) = (self.people[user], self.films[film]);
                db.activity.remove_mark(user, film, Mark::NotInterested).await.unwrap();
            }
            Operation::Revert(back, on_conflict) => {
                if let Some(set) = model.sets.len().checked_sub(back + 1) {
                    db.history.revert(&this(model.sets[set].id), on_conflict, false).await.unwrap();
                }
            }
        }
    }

    /// The rows of the database as the model says them.
    async fn rows(&self, db: &Db) -> BTreeMap<Key, Held> {
        let connection = db.connect().await;
        let backend = connection.get_database_backend();
        let start = at(0).timestamp_millis();
        let mut rows = BTreeMap::new();
        for (table, content) in [
            ("ratings", format!("half_stars * 1000000 + (rated_at - {start}) / 1000")),
            ("activity", format!("(at - {start}) / 1000")),
            ("marks", format!("(at - {start}) / 1000")),
        ] {
            let content = if backend == DbBackend::Sqlite { content } else { format!("CAST({content} AS bigint)") };
            let sql = format!("SELECT user_id, movie_id, {content}, version FROM {table}");
            for row in connection.query_all_raw(Statement::from_string(backend, sql)).await.unwrap() {
                let (user, film, content, version): (uuid::Uuid, uuid::Uuid, i64, i64) =
                    row.try_get_many_by_index().unwrap();
                let user = self.people.iter().position(|person| person.0 == user).unwrap();
                let film = self.films.iter().position(|movie| movie.0 == film).unwrap();
                rows.insert((table, user, film), (content, version));
            }
        }
        connection.close().await.unwrap();
        rows
    }
}

fn operations(count: usize) -> Vec<Operation> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    (0..count).map(|_| operation().new_tree(&mut runner).unwrap().current()).collect()
}

#[tokio::test]
async fn random_operations_and_rollbacks_end_as_a_model_says() {
    let count = env::var("MATINEE_TEST_OPERATIONS").map_or(600, |count| count.parse().unwrap());
    on_every_engine(async |db| {
        let world = World::new(db).await;
        let mut model = Model::default();
        let mut known = latest(db).await.id;
        for (second, operation) in (1_i64..).zip(operations(count)) {
            let (changes, reverted) = model.effect(&operation, second);
            world.run(db, &model, &operation, second).await;
            model.apply(&changes);
            let id = latest(db).await.id;
            assert_eq!(id != known, !changes.is_empty(), "{second}: {operation:?} left a change set, or did not");
            known = id;
            if !changes.is_empty() {
                model.sets.push(ChangeSet { id, changes, reverted });
            }
            if second % 50 == 0 {
                assert_eq!(world.rows(db).await, model.rows, "after {second} operations, {operation:?} the last");
            }
        }
        assert_eq!(world.rows(db).await, model.rows);
        assert!(model.sets.iter().filter(|set| !set.reverted.is_empty()).count() > count / 20, "too few rollbacks");
    })
    .await;
}
