use matinee_domain::UserId;
use matinee_services::ports::{FactorTry, Failures, GivenFactor, OnConflict, RepositoryError, SelectBy, Selection};

use super::fixture::{Db, assert_not_found, at, nobody, on_every_engine};

fn codes(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

async fn give(db: &Db, user: UserId, given: &GivenFactor) -> FactorTry {
    db.factors.try_factor(user, given, at(10), |_, _| false).await.unwrap()
}

async fn left(db: &Db, user: UserId) -> u32 {
    db.factors.lookup_factor(user).await.unwrap().unwrap().codes_left
}

#[tokio::test]
async fn a_second_factor_is_on_once_until_it_is_switched_off() {
    on_every_engine(async |db| {
        let (ada, bo) = (db.add_person().await, db.add_person().await);
        assert_eq!(db.factors.lookup_factor(ada).await.unwrap(), None);
        assert_eq!(give(db, ada, &GivenFactor::Step(9)).await, FactorTry::Off);
        db.factors.add_factor(ada, "secret", 5, &codes(&["a", "b"]), at(1)).await.unwrap();
        let again = db.factors.add_factor(ada, "other", 5, &codes(&["c"]), at(2)).await;
        assert!(matches!(again, Err(RepositoryError::Exists { what: "second factor", .. })), "{again:?}");
        let found = db.factors.lookup_factor(ada).await.unwrap().unwrap();
        assert_eq!((found.secret.as_str(), found.since, found.codes_left), ("secret", at(1), 2));
        assert_eq!(db.factors.lookup_factor(bo).await.unwrap(), None);
        assert_not_found(db.factors.add_factor(nobody(), "s", 1, &codes(&["a"]), at(1)).await, "person");
        assert_not_found(db.factors.set_recovery_codes(bo, &codes(&["a"]), at(1)).await, "second factor of");
        assert!(db.factors.remove_factor(ada).await.unwrap());
        assert!(!db.factors.remove_factor(ada).await.unwrap());
        assert_eq!(db.factors.lookup_factor(ada).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn each_code_is_worth_something_once_however_many_give_it_at_once() {
    on_every_engine(async |db| {
        let ada = db.add_person().await;
        db.factors.add_factor(ada, "secret", 5, &codes(&["a", "b"]), at(1)).await.unwrap();
        assert_eq!(give(db, ada, &GivenFactor::Step(5)).await, FactorTry::Wrong, "used to switch it on");
        for given in [GivenFactor::Step(7), GivenFactor::Recovery("a".into())] {
            let tries = tokio::join!(give(db, ada, &given), give(db, ada, &given), give(db, ada, &given));
            let right = [tries.0, tries.1, tries.2].into_iter().filter(|tried| *tried == FactorTry::Right).count();
            assert_eq!(right, 1, "{given:?}: {tries:?}");
        }
        assert_eq!(give(db, ada, &GivenFactor::Step(6)).await, FactorTry::Wrong, "older than the last one used");
        assert_eq!(left(db, ada).await, 1);
        db.factors.set_recovery_codes(ada, &codes(&["c", "d", "e"]), at(2)).await.unwrap();
        assert_eq!(left(db, ada).await, 3);
        for (code, tried) in [("b", FactorTry::Wrong), ("c", FactorTry::Right)] {
            assert_eq!(give(db, ada, &GivenFactor::Recovery(code.into())).await, tried, "{code}");
        }
    })
    .await;
}

#[tokio::test]
async fn wrong_codes_in_a_row_are_all_counted() {
    fn from_the_fourth_on(before: Failures, _: matinee_domain::Timestamp) -> bool {
        before.count >= 3
    }
    on_every_engine(async |db| {
        let ada = db.add_person().await;
        db.factors.add_factor(ada, "secret", 1, &codes(&["a"]), at(1)).await.unwrap();
        let give =
            async |given: GivenFactor| db.factors.try_factor(ada, &given, at(10), from_the_fourth_on).await.unwrap();
        let (first, second) = tokio::join!(give(GivenFactor::Nothing), give(GivenFactor::Nothing));
        assert_eq!((first, second), (FactorTry::Wrong, FactorTry::Wrong));
        assert_eq!(give(GivenFactor::Step(2)).await, FactorTry::Right);
        for _ in 0..3 {
            assert_eq!(give(GivenFactor::Step(2)).await, FactorTry::Wrong, "counted from none again");
        }
        assert_eq!(give(GivenFactor::Step(3)).await, FactorTry::TooSoon, "even the right one");
        assert_eq!(give(GivenFactor::Recovery("a".into())).await, FactorTry::TooSoon);
        assert_eq!(left(db, ada).await, 1, "and it is not used up");
    })
    .await;
}

#[tokio::test]
async fn the_journal_knows_no_secret_and_a_rollback_brings_none_back() {
    on_every_engine(async |db| {
        let ada = db.add_person().await;
        db.factors.add_factor(ada, "old secret", 1, &codes(&["old code"]), at(1)).await.unwrap();
        db.factors.remove_factor(ada).await.unwrap();
        db.factors.add_factor(ada, "new secret", 1, &codes(&["new code"]), at(2)).await.unwrap();
        assert_eq!(give(db, ada, &GivenFactor::Recovery("new code".into())).await, FactorTry::Right);
        let journal = db.dump_tables(&["change_sets", "changes"]).await.concat();
        assert!(journal.contains("switch_on_second_factor"), "{journal}");
        for secret in ["old secret", "new secret", "old code", "new code"] {
            assert!(!journal.contains(secret), "{journal}");
        }
        let sets = db.history.list(&Selection { by: SelectBy::Person(ada), since: None }, None, 50).await.unwrap();
        let theirs = sets.iter().filter(|set| set.reason.contains("factor"));
        for set in theirs {
            let this = Selection { by: SelectBy::ChangeSet(set.id), since: None };
            let report = db.history.revert(&this, OnConflict::Force, false).await.unwrap();
            assert_eq!((report.restored, report.changed, report.removed), (0, 0, 0), "{}", set.reason);
        }
        let found = db.factors.lookup_factor(ada).await.unwrap().unwrap();
        assert_eq!((found.secret.as_str(), found.codes_left), ("new secret", 0));
    })
    .await;
}

#[tokio::test]
async fn a_secret_is_sealed_anew_unless_it_was_changed_meanwhile_and_all_are_gone_through_in_order() {
    on_every_engine(async |db| {
        let mut people = [db.add_person().await, db.add_person().await, db.add_person().await];
        people.sort_by_key(|user| user.0);
        for (number, user) in people.iter().enumerate() {
            db.factors.add_factor(*user, &format!("secret {number}"), 5, &codes(&["a"]), at(1)).await.unwrap();
        }
        let [ada, bo, cy] = people;
        assert!(db.factors.reseal_factor(bo, "secret 1", "sealed").await.unwrap());
        assert!(!db.factors.reseal_factor(bo, "secret 1", "late").await.unwrap(), "somebody else was quicker");
        assert_eq!(db.factors.lookup_factor(bo).await.unwrap().unwrap().secret, "sealed");
        assert_eq!(give(db, bo, &GivenFactor::Step(5)).await, FactorTry::Wrong, "what was used stays used");
        let first = db.factors.list_factor_secrets(None, 2).await.unwrap();
        assert_eq!(first, [(ada, "secret 0".to_owned()), (bo, "sealed".to_owned())]);
        let rest = db.factors.list_factor_secrets(Some(bo), 2).await.unwrap();
        assert_eq!(rest, [(cy, "secret 2".to_owned())]);
    })
    .await;
}
