use matinee_domain::{Email, UserId};
use matinee_services::ports::{MailPurpose, MailToken, NewPersonRow, RepositoryError, StoredSession};
use uuid::Uuid;

use super::fixture::{account, assert_not_found, at, nobody, on_every_engine};

fn address(text: &str) -> Email {
    Email::parse(text).unwrap()
}

/// One that lives for 60 seconds.
pub fn token(id: &str, user: UserId, purpose: MailPurpose, email: &str) -> MailToken {
    MailToken { id: id.into(), user, purpose, email: address(email), expires_at: at(60) }
}

#[tokio::test]
async fn a_token_confirms_its_address_once() {
    on_every_engine(async |db| {
        let ada = UserId(Uuid::from_u128(1));
        db.accounts.add(account(ada, "ada@example.org")).await.unwrap();
        assert_eq!(db.letters.lookup_by_address(&address("ada@example.org")).await.unwrap(), Some(ada));
        assert!(!db.letters.is_confirmed(ada).await.unwrap());
        let confirming = token("1", ada, MailPurpose::Confirm, "ada@example.org");
        db.letters.add_mail_token(&confirming).await.unwrap();
        let found = db.letters.lookup_mail_token("1", MailPurpose::Confirm, at(59)).await.unwrap();
        assert_eq!(found, Some(confirming));
        assert_eq!(db.letters.lookup_mail_token("1", MailPurpose::Confirm, at(60)).await.unwrap(), None);
        assert_eq!(db.letters.lookup_mail_token("1", MailPurpose::Reset, at(1)).await.unwrap(), None);
        assert_eq!(db.letters.reset_password("1", "phc", at(1)).await.unwrap(), None, "it is for something else");
        let both = tokio::join!(db.letters.confirm_address("1", at(1)), db.letters.confirm_address("1", at(1)));
        let done: Vec<_> = [both.0.unwrap(), both.1.unwrap()].into_iter().flatten().collect();
        assert_eq!(done.len(), 1, "{done:?}");
        assert_eq!((done[0].user, done[0].before.clone()), (ada, None));
        assert!(db.letters.is_confirmed(ada).await.unwrap());
        let none = token("2", nobody(), MailPurpose::Reset, "nobody@example.org");
        assert_not_found(db.letters.add_mail_token(&none).await, "person");
    })
    .await;
}

#[tokio::test]
async fn another_address_becomes_the_accounts_unless_it_is_taken() {
    on_every_engine(async |db| {
        let (ada, bo) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        db.accounts.add(account(ada, "ada@example.org")).await.unwrap();
        let without = NewPersonRow { name: "Bo".into(), email: None };
        db.identities.add_account(without, &super::identities::identity("bo", bo)).await.unwrap();
        db.letters.add_mail_token(&token("1", bo, MailPurpose::Confirm, "ada@example.org")).await.unwrap();
        let taken = db.letters.confirm_address("1", at(1)).await;
        assert!(matches!(taken, Err(RepositoryError::Exists { what: "account", .. })), "{taken:?}");
        db.letters.add_mail_token(&token("2", bo, MailPurpose::Confirm, "bo@example.org")).await.unwrap();
        assert_eq!(db.letters.confirm_address("2", at(1)).await.unwrap().unwrap().before, None);
        db.letters.add_mail_token(&token("3", ada, MailPurpose::Confirm, "ada@elsewhere.example")).await.unwrap();
        db.letters.add_mail_token(&token("4", ada, MailPurpose::Reset, "ada@example.org")).await.unwrap();
        let moved = db.letters.confirm_address("3", at(1)).await.unwrap().unwrap();
        assert_eq!(moved.before, Some(address("ada@example.org")));
        assert_eq!(db.accounts.lookup(ada).await.unwrap().unwrap().email, "ada@elsewhere.example");
        assert_eq!(db.letters.reset_password("4", "phc", at(1)).await.unwrap(), None, "sent to the old address");
        let checked = NewPersonRow { name: "Cy".into(), email: Some(address("cy@example.org")) };
        let cy = UserId(Uuid::from_u128(3));
        db.identities.add_account(checked, &super::identities::identity("cy", cy)).await.unwrap();
        assert!(db.letters.is_confirmed(cy).await.unwrap(), "the provider checked it");
    })
    .await;
}

#[tokio::test]
async fn a_reset_ends_sessions_and_of_a_stranger_all_ways_in() {
    on_every_engine(async |db| {
        for (number, is_confirmed) in [(1_u128, true), (2, false)] {
            let user = UserId(Uuid::from_u128(number));
            let email = format!("person-{number}@example.org");
            db.accounts.add(account(user, &email)).await.unwrap();
            if is_confirmed {
                db.letters.add_mail_token(&token("c", user, MailPurpose::Confirm, &email)).await.unwrap();
                db.letters.confirm_address("c", at(1)).await.unwrap().unwrap();
            }
            let session = StoredSession { id: email.clone(), user: Some(user), data: "{}".into(), expires_at: at(100) };
            db.sessions.add(&session).await.unwrap();
            db.identities.add(&super::identities::identity(&email, user)).await.unwrap();
            db.factors.add_factor(user, "secret", 1, &["code".into()], at(1)).await.unwrap();
            db.passkeys.add_passkey(&super::passkeys::passkey(user, 1), 5).await.unwrap();
            db.tokens.add_token(&super::tokens::token(user, 1), "hash").await.unwrap();
            db.letters.add_mail_token(&token("r", user, MailPurpose::Reset, &email)).await.unwrap();
            assert_eq!(db.letters.reset_password("r", "$argon2id$new", at(2)).await.unwrap(), Some(user));
            let credentials = db.accounts.lookup_credentials(&address(&email)).await.unwrap().unwrap();
            assert_eq!(credentials.password_hash, "$argon2id$new");
            assert!(db.letters.is_confirmed(user).await.unwrap());
            assert_eq!(db.sessions.list(user, at(2)).await.unwrap(), []);
            let stays = usize::from(is_confirmed);
            assert_eq!(db.identities.list(user).await.unwrap().len(), stays);
            assert_eq!(db.tokens.list_tokens(user).await.unwrap().len(), stays);
            assert_eq!(db.passkeys.list_passkeys(user).await.unwrap().len(), stays);
            assert_eq!(db.factors.lookup_factor(user).await.unwrap().is_some(), is_confirmed);
            assert_eq!(db.letters.reset_password("r", "phc", at(2)).await.unwrap(), None, "used");
        }
    })
    .await;
}

#[tokio::test]
async fn tokens_that_have_expired_are_worth_nothing_and_are_cleared_away() {
    on_every_engine(async |db| {
        let ada = UserId(Uuid::from_u128(1));
        db.accounts.add(account(ada, "ada@example.org")).await.unwrap();
        db.letters.add_mail_token(&token("1", ada, MailPurpose::Reset, "ada@example.org")).await.unwrap();
        db.letters.add_mail_token(&token("2", ada, MailPurpose::Confirm, "ada@example.org")).await.unwrap();
        assert_eq!(db.letters.reset_password("1", "phc", at(60)).await.unwrap(), None);
        assert_eq!(db.letters.remove_expired_mail_tokens(at(59)).await.unwrap(), 0);
        assert_eq!(db.letters.remove_expired_mail_tokens(at(60)).await.unwrap(), 1);
    })
    .await;
}
