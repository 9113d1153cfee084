use matinee_services::ports::{RepositoryError, StoredSession};

use super::fixture::{assert_not_found, at, nobody, on_every_engine};

fn session(id: &str, expires: i64) -> StoredSession {
    StoredSession { id: id.to_owned(), user: None, data: r#"{"a":1}"#.to_owned(), expires_at: at(expires) }
}

#[tokio::test]
async fn a_session_is_kept_until_it_expires() {
    on_every_engine(async |db| {
        let kept = StoredSession { user: Some(db.add_person().await), ..session("a", 10) };
        db.sessions.add(&kept).await.unwrap();
        assert_eq!(db.sessions.lookup("a", at(9)).await.unwrap(), Some(kept));
        assert_eq!(db.sessions.lookup("a", at(10)).await.unwrap(), None);
        assert_eq!(db.sessions.lookup("b", at(0)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_taken_id_is_refused_and_the_session_stays() {
    on_every_engine(async |db| {
        db.sessions.add(&session("a", 10)).await.unwrap();
        let again = db.sessions.add(&StoredSession { data: "{}".into(), ..session("a", 99) }).await;
        assert!(matches!(again, Err(RepositoryError::Exists { what: "session", .. })), "{again:?}");
        assert_eq!(db.sessions.lookup("a", at(0)).await.unwrap(), Some(session("a", 10)));
    })
    .await;
}

#[tokio::test]
async fn an_ended_session_does_not_come_back() {
    on_every_engine(async |db| {
        db.sessions.add(&session("a", 10)).await.unwrap();
        db.sessions.set(&session("a", 20)).await.unwrap();
        assert_eq!(db.sessions.lookup("a", at(0)).await.unwrap(), Some(session("a", 20)));
        db.sessions.remove("a").await.unwrap();
        assert_not_found(db.sessions.set(&session("a", 30)).await, "session");
        assert_eq!(db.sessions.lookup("a", at(0)).await.unwrap(), None);
        db.sessions.remove("a").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_session_belongs_to_somebody_who_is_there() {
    on_every_engine(async |db| {
        let theirs = StoredSession { user: Some(nobody()), ..session("a", 10) };
        assert_not_found(db.sessions.add(&theirs).await, "person");
        db.sessions.add(&session("a", 10)).await.unwrap();
        assert_not_found(db.sessions.set(&theirs).await, "person");
    })
    .await;
}

#[tokio::test]
async fn expired_sessions_are_removed_and_counted() {
    on_every_engine(async |db| {
        for (id, expires) in [("a", 1), ("b", 2), ("c", 3)] {
            db.sessions.add(&session(id, expires)).await.unwrap();
        }
        assert_eq!(db.sessions.remove_expired(at(2)).await.unwrap(), 2);
        assert_eq!(db.sessions.remove_expired(at(2)).await.unwrap(), 0);
        assert!(db.sessions.lookup("c", at(2)).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn a_person_ends_their_sessions_and_nobody_elses() {
    on_every_engine(async |db| {
        let (ada, bo) = (db.add_person().await, db.add_person().await);
        let session = |id: &str, user, end| StoredSession {
            id: id.into(),
            user: Some(user),
            data: "{}".into(),
            expires_at: at(end),
        };
        let (old, phone, desk) = (session("old", ada, 10), session("phone", ada, 50), session("desk", ada, 60));
        let theirs = session("theirs", bo, 60);
        for session in [&old, &phone, &desk, &theirs] {
            db.sessions.add(session).await.unwrap();
        }
        assert_eq!(db.sessions.list(ada, at(10)).await.unwrap(), [desk.clone(), phone]);
        assert_eq!(db.sessions.remove_all(ada, Some("desk")).await.unwrap(), 2);
        assert_eq!(db.sessions.list(ada, at(0)).await.unwrap(), [desk]);
        assert_eq!(db.sessions.remove_all(ada, None).await.unwrap(), 1);
        assert_eq!(db.sessions.list(bo, at(0)).await.unwrap(), [theirs]);
    })
    .await;
}

#[tokio::test]
async fn an_operator_ends_everybodys_sessions() {
    on_every_engine(async |db| {
        let (ada, bo) = (db.add_person().await, db.add_person().await);
        for (id, user) in [("one", Some(ada)), ("two", Some(bo)), ("nobody's", None)] {
            db.sessions.add(&StoredSession { user, ..session(id, 60) }).await.unwrap();
        }
        assert_eq!(db.sessions.remove_everybodys().await.unwrap(), 3);
        assert_eq!(db.sessions.lookup("one", at(0)).await.unwrap(), None);
        assert_eq!(db.sessions.remove_everybodys().await.unwrap(), 0);
    })
    .await;
}
