use matinee_domain::{Email, UserId, activity::Mark};
use matinee_services::ports::{MailPurpose, RepositoryError, StoredSession};
use uuid::Uuid;

use super::fixture::{account, assert_not_found, at, done, imported_rating, key, nobody, on_every_engine, stars};

#[tokio::test]
async fn an_account_is_found_by_id_and_by_address() {
    on_every_engine(async |db| {
        let user = UserId(Uuid::from_u128(1));
        db.accounts.add(account(user, "ada@example.org")).await.unwrap();
        let found = db.accounts.lookup(user).await.unwrap().unwrap();
        assert_eq!((found.id, found.name.as_str(), found.email.as_str()), (user, "Ada", "ada@example.org"));
        assert_eq!((found.keeps_history, found.created_at), (true, at(0)));
        let email = Email::parse("Ada@Example.org").unwrap();
        let credentials = db.accounts.lookup_credentials(&email).await.unwrap().unwrap();
        assert_eq!((credentials.user, credentials.password_hash.as_str()), (user, "$argon2id$…"));
    })
    .await;
}

#[tokio::test]
async fn an_address_is_taken_once() {
    on_every_engine(async |db| {
        db.accounts.add(account(UserId(Uuid::from_u128(1)), "ada@example.org")).await.unwrap();
        let again = db.accounts.add(account(UserId(Uuid::from_u128(2)), "ada@example.org")).await;
        assert!(matches!(again, Err(RepositoryError::Exists { what: "account", .. })), "{again:?}");
        assert!(db.accounts.lookup(UserId(Uuid::from_u128(2))).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn nobody_is_found_where_there_is_nobody() {
    on_every_engine(async |db| {
        assert!(db.accounts.lookup(nobody()).await.unwrap().is_none());
        let email = Email::parse("nobody@example.org").unwrap();
        assert!(db.accounts.lookup_credentials(&email).await.unwrap().is_none());
        assert_not_found(db.accounts.set_keeps_history(nobody(), false).await, "person");
    })
    .await;
}

#[tokio::test]
async fn raters_of_a_data_set_have_no_account() {
    on_every_engine(async |db| {
        db.add_film("Alien").await;
        let ratings = vec![imported_rating(1, "Alien", 4.0, 0)];
        db.catalogue.put_ratings(&key("ratings"), ratings, done(1)).await.unwrap();
        let rater = matinee_store::rater_id("movielens", "1");
        assert!(
            db.ratings
                .lookup(rater, matinee_store::movie_id(&super::fixture::movielens("Alien")))
                .await
                .unwrap()
                .is_some()
        );
        assert!(db.accounts.lookup(rater).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn the_history_can_be_switched_off_and_on() {
    on_every_engine(async |db| {
        let user = db.add_person().await;
        for keeps in [false, false, true] {
            db.accounts.set_keeps_history(user, keeps).await.unwrap();
            assert_eq!(db.accounts.lookup(user).await.unwrap().unwrap().keeps_history, keeps);
        }
    })
    .await;
}

#[tokio::test]
async fn removing_a_person_removes_all_they_own_and_nothing_else() {
    on_every_engine(async |db| {
        let (film, other_film) = (db.add_film("Alien").await, db.add_film("Brazil").await);
        let stays = db.add_person().await;
        db.ratings.set(stays, film, stars(2.0), at(0)).await.unwrap();
        db.activity.add_view(stays, film, None, at(0)).await.unwrap();
        let theirs = super::evenings::evening(1, stays);
        db.evenings.add_evening(&theirs, 5).await.unwrap();
        let before = db.dump_data().await;

        let goes = db.add_person().await;
        db.ratings.set(goes, film, stars(5.0), at(1)).await.unwrap();
        db.ratings.set(goes, other_film, stars(4.0), at(1)).await.unwrap();
        db.activity.add_view(goes, film, Some("alien"), at(1)).await.unwrap();
        db.activity.set_mark(goes, film, Mark::NotInterested, at(1)).await.unwrap();
        db.evenings.join_evening(&theirs.link_hash, goes, at(1), 6).await.unwrap();
        db.evenings.add_evening(&super::evenings::evening(2, goes), 5).await.unwrap();
        db.evenings.join_evening("link 2", stays, at(1), 6).await.unwrap();
        db.knobs.set_knobs(goes, &super::knobs::knobs(1)).await.unwrap();
        let session = StoredSession { id: "s".into(), user: Some(goes), data: "{}".into(), expires_at: at(100) };
        db.sessions.add(&session).await.unwrap();
        db.identities.add(&super::identities::identity("1", goes)).await.unwrap();
        db.attempts.add(&super::sign_in_attempts::attempt("1", Some(goes))).await.unwrap();
        db.tokens.add_token(&super::tokens::token(goes, 1), "hash").await.unwrap();
        db.factors.add_factor(goes, "secret", 1, &["a code".into()], at(1)).await.unwrap();
        db.passkeys.add_passkey(&super::passkeys::passkey(goes, 1), 5).await.unwrap();
        let letter = super::mail_tokens::token("1", goes, MailPurpose::Reset, "goes@example.org");
        db.letters.add_mail_token(&letter).await.unwrap();
        db.accounts.remove(goes).await.unwrap();

        assert_eq!(db.dump_data().await, before);
        db.accounts.remove(goes).await.unwrap();
        assert_eq!(db.dump_data().await, before);
    })
    .await;
}
