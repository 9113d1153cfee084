use matinee_domain::UserId;
use matinee_services::ports::{
    NewPersonRow, OnConflict, Passkey, PasskeyRemoval, RepositoryError, SelectBy, Selection, Unlinking,
};
use uuid::Uuid;

use super::{
    fixture::{Db, assert_not_found, at, nobody, on_every_engine},
    identities::identity,
};

/// A passkey of a person.
pub fn passkey(user: UserId, number: u8) -> Passkey {
    Passkey {
        user,
        id: format!("id-{number}"),
        name: format!("Passkey {number}"),
        public_key: "a public key".into(),
        state: "before".into(),
        created_at: at(number.into()),
        used_at: None,
    }
}

/// Somebody who signs in by a provider alone.
async fn add_without_password(db: &Db, number: u128) -> UserId {
    let user = UserId(Uuid::from_u128(number));
    let person = NewPersonRow { name: "Bo".into(), email: None };
    db.identities.add_account(person, &identity(&number.to_string(), user)).await.unwrap();
    user
}

#[tokio::test]
async fn passkeys_are_their_owners_and_have_a_name() {
    on_every_engine(async |db| {
        let (ada, bo) = (db.add_person().await, db.add_person().await);
        let (first, second) = (passkey(ada, 1), passkey(ada, 2));
        for one in [&second, &first] {
            db.passkeys.add_passkey(one, 5).await.unwrap();
        }
        assert_eq!(db.passkeys.list_passkeys(ada).await.unwrap(), [first.clone(), second.clone()]);
        assert_eq!(db.passkeys.lookup_passkey(bo, "id-1").await.unwrap(), None);
        let again = db.passkeys.add_passkey(&first, 5).await;
        assert!(matches!(again, Err(RepositoryError::Exists { what: "passkey", .. })), "{again:?}");
        db.passkeys.add_passkey(&passkey(bo, 1), 5).await.unwrap();
        assert!(db.passkeys.rename_passkey(ada, "id-1", "Phone").await.unwrap());
        assert!(!db.passkeys.rename_passkey(ada, "id-3", "Phone").await.unwrap());
        assert_eq!(db.passkeys.lookup_passkey(ada, "id-1").await.unwrap().unwrap().name, "Phone");
        assert_eq!(db.passkeys.lookup_passkey(bo, "id-1").await.unwrap().unwrap().name, "Passkey 1");
        assert_not_found(db.passkeys.add_passkey(&passkey(nobody(), 1), 5).await, "person");
    })
    .await;
}

#[tokio::test]
async fn nobody_has_more_than_they_may_however_many_are_added_at_once() {
    on_every_engine(async |db| {
        let ada = db.add_person().await;
        let [one, two, three] = [1, 2, 3].map(|number| passkey(ada, number));
        let add = async |passkey: &Passkey| db.passkeys.add_passkey(passkey, 2).await;
        let added = tokio::join!(add(&one), add(&two), add(&three));
        let refused: Vec<_> = [added.0, added.1, added.2].into_iter().filter_map(Result::err).collect();
        assert!(matches!(refused.as_slice(), [RepositoryError::TooMuch { limit: 2, .. }]), "{refused:?}");
        assert_eq!(db.passkeys.list_passkeys(ada).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_counter_goes_on_for_one_of_many_who_show_it_at_once() {
    on_every_engine(async |db| {
        let ada = db.add_person().await;
        db.passkeys.add_passkey(&passkey(ada, 1), 5).await.unwrap();
        let using = async || db.passkeys.set_passkey_used(ada, "id-1", "before", "after", at(9)).await.unwrap();
        let used = tokio::join!(using(), using(), using());
        assert_eq!([used.0, used.1, used.2].iter().filter(|used| **used).count(), 1, "{used:?}");
        let found = db.passkeys.lookup_passkey(ada, "id-1").await.unwrap().unwrap();
        assert_eq!((found.state.as_str(), found.used_at), ("after", Some(at(9))));
        assert!(!db.passkeys.set_passkey_used(ada, "id-2", "before", "after", at(9)).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn the_last_way_in_stays_whichever_it_is() {
    use PasskeyRemoval::{LastWayIn, NotTheirs, Removed};

    on_every_engine(async |db| {
        let ada = db.add_person().await;
        db.passkeys.add_passkey(&passkey(ada, 1), 5).await.unwrap();
        assert_eq!(db.passkeys.remove_passkey(ada, "id-1").await.unwrap(), Removed, "there is a password");
        assert_eq!(db.passkeys.remove_passkey(ada, "id-1").await.unwrap(), NotTheirs);

        let bo = add_without_password(db, 8).await;
        db.passkeys.add_passkey(&passkey(bo, 1), 5).await.unwrap();
        db.passkeys.add_passkey(&passkey(bo, 2), 5).await.unwrap();
        assert_eq!(db.identities.remove(bo, &identity("8", bo).key).await.unwrap(), Unlinking::Unlinked);
        assert_eq!(db.accounts.lookup(bo).await.unwrap().unwrap().name, "Bo", "a passkey makes an account of it");
        // Of two who take the last two away at once, one can't.
        let remove = async |id: &'static str| db.passkeys.remove_passkey(bo, id).await.unwrap();
        let removed = tokio::join!(remove("id-1"), remove("id-2"));
        assert!(matches!(removed, (Removed, LastWayIn) | (LastWayIn, Removed)), "{removed:?}");
        db.identities.add(&identity("9", bo)).await.unwrap();
        let left = db.passkeys.list_passkeys(bo).await.unwrap();
        assert_eq!(db.passkeys.remove_passkey(bo, &left[0].id).await.unwrap(), Removed);
        assert_eq!(db.identities.remove(bo, &identity("9", bo).key).await.unwrap(), Unlinking::LastWayIn);
    })
    .await;
}

#[tokio::test]
async fn the_last_passkey_stays_while_the_second_step_asks_for_it() {
    on_every_engine(async |db| {
        let ada = db.add_person().await;
        let switch_on = async || db.factors.add_factor(ada, "", 0, &["a code".into()], at(1)).await;
        assert_not_found(switch_on().await, "passkey of");
        db.passkeys.add_passkey(&passkey(ada, 1), 5).await.unwrap();
        db.passkeys.add_passkey(&passkey(ada, 2), 5).await.unwrap();
        switch_on().await.unwrap();
        assert!(!db.factors.lookup_factor(ada).await.unwrap().unwrap().has_app());
        let remove = async |id: &'static str| db.passkeys.remove_passkey(ada, id).await.unwrap();
        assert_eq!(remove("id-1").await, PasskeyRemoval::Removed);
        assert_eq!(remove("id-2").await, PasskeyRemoval::SecondStep);
        assert!(db.factors.remove_factor(ada).await.unwrap());
        assert_eq!(remove("id-2").await, PasskeyRemoval::Removed);
        // Of two who take the last one away and switch the step on at once, one can't.
        db.passkeys.add_passkey(&passkey(ada, 3), 5).await.unwrap();
        let (removed, switched_on) = tokio::join!(remove("id-3"), switch_on());
        assert_eq!(removed == PasskeyRemoval::Removed, switched_on.is_err(), "{removed:?}, {switched_on:?}");
    })
    .await;
}

#[tokio::test]
async fn the_journal_tells_of_passkeys_without_them_and_a_rollback_brings_none_back() {
    on_every_engine(async |db| {
        let ada = db.add_person().await;
        db.passkeys.add_passkey(&passkey(ada, 1), 5).await.unwrap();
        db.passkeys.set_passkey_used(ada, "id-1", "before", "after", at(9)).await.unwrap();
        db.passkeys.remove_passkey(ada, "id-1").await.unwrap();
        let journal = db.dump_tables(&["change_sets", "changes"]).await.concat();
        for reason in ["add_passkey", "use_passkey", "remove_passkey"] {
            assert!(journal.contains(reason), "{reason}: {journal}");
        }
        assert!(!journal.contains("a public key") && !journal.contains("id-1"), "{journal}");
        let sets = db.history.list(&Selection { by: SelectBy::Person(ada), since: None }, None, 50).await.unwrap();
        for set in sets.iter().filter(|set| set.reason.contains("passkey")) {
            let this = Selection { by: SelectBy::ChangeSet(set.id), since: None };
            let report = db.history.revert(&this, OnConflict::Force, false).await.unwrap();
            assert_eq!((report.restored, report.changed, report.removed), (0, 0, 0), "{}", set.reason);
        }
        assert_eq!(db.passkeys.list_passkeys(ada).await.unwrap(), []);
    })
    .await;
}
