use matinee_domain::{ApiToken, TokenScope, UserId};
use matinee_services::ports::{SelectBy, Selection};
use uuid::Uuid;

use super::fixture::{assert_not_found, at, nobody, on_every_engine};

pub fn token(user: UserId, number: u128) -> ApiToken {
    ApiToken {
        id: Uuid::from_u128(number),
        user,
        name: format!("Token {number}"),
        scope: TokenScope::Read,
        created_at: at(i64::try_from(number).unwrap()),
        expires_at: at(1_000),
        used_at: None,
    }
}

#[tokio::test]
async fn a_token_is_kept_until_its_owner_revokes_it() {
    on_every_engine(async |db| {
        let (ada, bo) = (db.add_person().await, db.add_person().await);
        let (first, second) = (token(ada, 1), token(ada, 2));
        db.tokens.add_token(&first, "hash 1").await.unwrap();
        db.tokens.add_token(&second, "hash 2").await.unwrap();
        db.tokens.add_token(&token(bo, 1), "hash of Bo").await.unwrap();
        assert_eq!(db.tokens.list_tokens(ada).await.unwrap(), [second.clone(), first.clone()]);
        let found = db.tokens.lookup_token(ada, first.id).await.unwrap();
        assert_eq!(found, Some((first.clone(), "hash 1".to_owned())));

        db.tokens.set_token_used(ada, first.id, at(50)).await.unwrap();
        let (used, _) = db.tokens.lookup_token(ada, first.id).await.unwrap().unwrap();
        assert_eq!(used.used_at, Some(at(50)));

        assert!(db.tokens.remove_token(ada, first.id).await.unwrap());
        assert!(!db.tokens.remove_token(ada, first.id).await.unwrap());
        db.tokens.set_token_used(ada, first.id, at(60)).await.unwrap();
        assert_eq!(db.tokens.lookup_token(ada, first.id).await.unwrap(), None);
        assert_eq!(db.tokens.list_tokens(bo).await.unwrap().len(), 1);
        assert_not_found(db.tokens.add_token(&token(nobody(), 9), "hash").await, "person");
    })
    .await;
}

#[tokio::test]
async fn the_journal_tells_of_tokens_but_not_their_secrets() {
    on_every_engine(async |db| {
        let ada = db.add_person().await;
        db.tokens.add_token(&token(ada, 1), "the-hash").await.unwrap();
        db.tokens.remove_token(ada, Uuid::from_u128(1)).await.unwrap();
        let theirs = Selection { by: SelectBy::Actor(ada), since: None };
        let sets = db.history.list(&theirs, None, 10).await.unwrap();
        let reasons: Vec<_> = sets.iter().map(|set| set.reason.as_str()).collect();
        assert_eq!(reasons[..2], ["revoke_token", "add_token"]);
        for set in &sets[..2] {
            let rows = format!("{:?}", db.history.list_rows(set.id, 0, 10).await.unwrap());
            assert!(rows.contains("api_tokens") && !rows.contains("the-hash"), "{rows}");
        }
    })
    .await;
}
