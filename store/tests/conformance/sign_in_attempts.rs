use matinee_domain::UserId;
use matinee_services::ports::{RepositoryError, SignInAttempt};

use super::fixture::{at, on_every_engine};

/// One that lives for 60 seconds.
pub fn attempt(id: &str, user: Option<UserId>) -> SignInAttempt {
    SignInAttempt {
        id: id.into(),
        browser: "browser".into(),
        provider: "example".into(),
        nonce: "nonce".into(),
        verifier: "verifier".into(),
        back: "/ratings".into(),
        user,
        expires_at: at(60),
    }
}

#[tokio::test]
async fn an_attempt_is_taken_once() {
    on_every_engine(async |db| {
        let ada = db.add_person().await;
        let (first, second) = (attempt("1", None), attempt("2", Some(ada)));
        db.attempts.add(&first).await.unwrap();
        db.attempts.add(&second).await.unwrap();
        let again = db.attempts.add(&first).await;
        assert!(matches!(again, Err(RepositoryError::Exists { what: "attempt", .. })), "{again:?}");
        let both = tokio::join!(db.attempts.take("1", at(1)), db.attempts.take("1", at(1)));
        let taken: Vec<_> = [both.0.unwrap(), both.1.unwrap()].into_iter().flatten().collect();
        assert_eq!(taken, [first]);
        assert_eq!(db.attempts.take("2", at(1)).await.unwrap(), Some(second));
        assert_eq!(db.attempts.take("2", at(1)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn an_attempt_that_has_expired_is_worth_nothing() {
    on_every_engine(async |db| {
        db.attempts.add(&attempt("1", None)).await.unwrap();
        db.attempts.add(&attempt("2", None)).await.unwrap();
        assert_eq!(db.attempts.take("1", at(60)).await.unwrap(), None);
        assert_eq!(db.attempts.remove_expired(at(59)).await.unwrap(), 0);
        assert_eq!(db.attempts.remove_expired(at(60)).await.unwrap(), 1);
    })
    .await;
}
