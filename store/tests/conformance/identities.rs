use matinee_domain::{Email, UserId};
use matinee_services::ports::{Identity, IdentityKey, NewPersonRow, RepositoryError, Unlinking};
use uuid::Uuid;

use super::fixture::{assert_not_found, at, nobody, on_every_engine};

pub fn identity(subject: &str, user: UserId) -> Identity {
    let key = IdentityKey { issuer: "https://id.example.org".into(), subject: subject.into() };
    Identity { key, user, provider: "example".into(), label: "Ada at example".into(), linked_at: at(0) }
}

fn person(email: Option<&str>) -> NewPersonRow {
    NewPersonRow { name: "Ada".into(), email: email.map(|email| Email::parse(email).unwrap()) }
}

#[tokio::test]
async fn an_identity_belongs_to_one_person() {
    on_every_engine(async |db| {
        let (ada, bo) = (db.add_person().await, db.add_person().await);
        let linked = identity("1", ada);
        db.identities.add(&linked).await.unwrap();
        let again = db.identities.add(&identity("1", bo)).await;
        assert!(matches!(again, Err(RepositoryError::Exists { what: "identity", .. })), "{again:?}");
        assert_eq!(db.identities.lookup(&linked.key).await.unwrap(), Some(ada));
        let elsewhere = IdentityKey { issuer: "https://other.example.org".into(), ..linked.key.clone() };
        assert_eq!(db.identities.lookup(&elsewhere).await.unwrap(), None);
        assert_eq!(db.identities.list(ada).await.unwrap(), [linked]);
        assert_eq!(db.identities.list(bo).await.unwrap(), []);
        assert_not_found(db.identities.add(&identity("2", nobody())).await, "person");
    })
    .await;
}

#[tokio::test]
async fn an_account_by_an_identity_needs_no_address_and_takes_nobodys() {
    on_every_engine(async |db| {
        let ids = [1, 2, 3].map(|n| UserId(Uuid::from_u128(n)));
        for (number, id) in ids.iter().enumerate().take(2) {
            db.identities.add_account(person(None), &identity(&number.to_string(), *id)).await.unwrap();
            let account = db.accounts.lookup(*id).await.unwrap().unwrap();
            assert_eq!((account.name.as_str(), account.email.as_str()), ("Ada", ""));
            assert!(!db.identities.has_password(*id).await.unwrap());
        }
        db.identities.add_account(person(Some("ada@example.org")), &identity("ada", ids[2])).await.unwrap();
        let other = UserId(Uuid::from_u128(4));
        let clash = db.identities.add_account(person(Some("ada@example.org")), &identity("bo", other)).await;
        assert!(matches!(clash, Err(RepositoryError::Exists { what: "account", .. })), "{clash:?}");
        let taken = db.identities.add_account(person(None), &identity("ada", other)).await;
        assert!(matches!(taken, Err(RepositoryError::Exists { what: "identity", .. })), "{taken:?}");
        assert!(db.accounts.lookup(other).await.unwrap().is_none(), "both or neither");
    })
    .await;
}

#[tokio::test]
async fn the_last_way_in_stays() {
    on_every_engine(async |db| {
        let without_password = UserId(Uuid::from_u128(1));
        let (first, second) = (identity("1", without_password), identity("2", without_password));
        db.identities.add_account(person(None), &first).await.unwrap();
        let remove = async |identity: &Identity| db.identities.remove(identity.user, &identity.key).await.unwrap();
        assert_eq!(remove(&first).await, Unlinking::LastWayIn);
        assert_eq!(remove(&second).await, Unlinking::NotLinked);
        db.identities.add(&second).await.unwrap();
        assert_eq!(remove(&first).await, Unlinking::Unlinked);
        assert_eq!(remove(&second).await, Unlinking::LastWayIn);
        assert_eq!(db.identities.list(without_password).await.unwrap(), [second]);

        let with_password = db.add_person().await;
        let only = identity("3", with_password);
        db.identities.add(&only).await.unwrap();
        let not_theirs = db.identities.remove(without_password, &only.key).await.unwrap();
        assert_eq!(not_theirs, Unlinking::NotLinked);
        assert_eq!(remove(&only).await, Unlinking::Unlinked);
        assert_eq!(db.identities.lookup(&only.key).await.unwrap(), None);
    })
    .await;
}
