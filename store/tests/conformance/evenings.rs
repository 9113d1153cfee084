use matinee_domain::UserId;
use matinee_services::ports::{Joining, NewEvening, OnConflict, RepositoryError};
use uuid::Uuid;

use super::{
    fixture::{Db, assert_not_found, at, nobody, on_every_engine},
    history::{latest, this},
};

/// An evening from second 0 to 100, with a link of its number.
pub fn evening(number: u128, host: UserId) -> NewEvening {
    NewEvening {
        id: Uuid::from_u128(number),
        host,
        link_hash: format!("link {number}"),
        created_at: at(i64::try_from(number).unwrap()),
        expires_at: at(100),
    }
}

async fn guests(db: &Db, id: Uuid) -> Vec<UserId> {
    let found = db.evenings.lookup_evening(id, at(50)).await.unwrap();
    found.map_or_else(Vec::new, |evening| evening.guests.into_iter().map(|guest| guest.user).collect())
}

#[tokio::test]
async fn an_evening_has_its_host_and_whoever_joined_by_the_link() {
    on_every_engine(async |db| {
        let (ada, bo) = (db.add_person().await, db.add_person().await);
        let planned = evening(1, ada);
        db.evenings.add_evening(&planned, 5).await.unwrap();
        assert_eq!(db.evenings.join_evening("link 2", bo, at(2), 6).await.unwrap(), Joining::NoSuchLink);
        for _ in 0..2 {
            assert_eq!(db.evenings.join_evening("link 1", bo, at(2), 6).await.unwrap(), Joining::Joined(planned.id));
        }
        let found = db.evenings.lookup_evening(planned.id, at(50)).await.unwrap().unwrap();
        assert_eq!((found.host, found.has_link, found.expires_at), (ada, true, at(100)));
        let came: Vec<_> =
            found.guests.iter().map(|guest| (guest.user, guest.joined_at, guest.name.as_str())).collect();
        assert_eq!(came, [(ada, at(1), "Ada"), (bo, at(2), "Ada")]);
        assert_eq!(db.evenings.lookup_evening_by_link("link 1", at(50)).await.unwrap().as_ref(), Some(&found));
        assert_eq!(db.evenings.list_evenings(bo, at(50)).await.unwrap(), [found]);
        assert_eq!(db.evenings.list_evenings(db.add_person().await, at(50)).await.unwrap(), []);
        assert_not_found(db.evenings.join_evening("link 1", nobody(), at(2), 6).await, "person");
        assert_not_found(db.evenings.add_evening(&evening(9, nobody()), 5).await, "person");
    })
    .await;
}

#[tokio::test]
async fn nobody_comes_by_a_link_that_was_revoked_or_replaced_or_to_an_evening_that_is_over() {
    on_every_engine(async |db| {
        let (ada, bo) = (db.add_person().await, db.add_person().await);
        let planned = evening(1, ada);
        db.evenings.add_evening(&planned, 5).await.unwrap();
        assert!(!db.evenings.set_evening_link(planned.id, bo, None).await.unwrap(), "it is not theirs");
        assert!(db.evenings.set_evening_link(planned.id, ada, Some("another")).await.unwrap());
        assert_eq!(db.evenings.join_evening("link 1", bo, at(2), 6).await.unwrap(), Joining::NoSuchLink);
        assert_eq!(db.evenings.join_evening("another", bo, at(100), 6).await.unwrap(), Joining::NoSuchLink);
        assert!(db.evenings.set_evening_link(planned.id, ada, None).await.unwrap());
        assert_eq!(db.evenings.join_evening("another", bo, at(2), 6).await.unwrap(), Joining::NoSuchLink);
        assert!(!db.evenings.lookup_evening(planned.id, at(2)).await.unwrap().unwrap().has_link);
        assert_eq!(db.evenings.lookup_evening(planned.id, at(100)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn of_many_who_come_at_once_no_more_are_let_in_than_may() {
    on_every_engine(async |db| {
        let ada = db.add_person().await;
        let planned = evening(1, ada);
        db.evenings.add_evening(&planned, 5).await.unwrap();
        let (bo, cy, di) = (db.add_person().await, db.add_person().await, db.add_person().await);
        let join = |user| db.evenings.join_evening("link 1", user, at(2), 2);
        let (a, b, c) = tokio::join!(join(bo), join(cy), join(di));
        let joined = [a, b, c].into_iter().filter(|joining| matches!(joining, Ok(Joining::Joined(_)))).count();
        assert_eq!((joined, guests(db, planned.id).await.len()), (1, 2));
    })
    .await;
}

#[tokio::test]
async fn a_person_plans_so_many_at_a_time_and_those_that_are_over_do_not_count() {
    on_every_engine(async |db| {
        let ada = db.add_person().await;
        for number in [1, 2] {
            db.evenings.add_evening(&evening(number, ada), 2).await.unwrap();
        }
        let third = db.evenings.add_evening(&evening(3, ada), 2).await;
        assert!(matches!(third, Err(RepositoryError::TooMuch { .. })), "{third:?}");
        let later = NewEvening { created_at: at(200), expires_at: at(300), ..evening(4, ada) };
        db.evenings.add_evening(&later, 2).await.unwrap();
        assert_eq!(db.evenings.remove_expired_evenings(at(200)).await.unwrap(), 2);
        let left: Vec<_> = db.evenings.list_evenings(ada, at(250)).await.unwrap();
        assert_eq!(left.iter().map(|evening| evening.id).collect::<Vec<_>>(), [later.id]);
    })
    .await;
}

#[tokio::test]
async fn a_guest_leaves_and_a_host_ends_it_for_all() {
    on_every_engine(async |db| {
        let (ada, bo) = (db.add_person().await, db.add_person().await);
        let planned = evening(1, ada);
        db.evenings.add_evening(&planned, 5).await.unwrap();
        db.evenings.join_evening("link 1", bo, at(2), 6).await.unwrap();
        assert!(!db.evenings.leave_evening(planned.id, ada).await.unwrap(), "a host ends it instead");
        assert!(db.evenings.leave_evening(planned.id, bo).await.unwrap());
        assert!(!db.evenings.leave_evening(planned.id, bo).await.unwrap());
        assert_eq!(guests(db, planned.id).await, [ada]);
        db.evenings.join_evening("link 1", bo, at(3), 6).await.unwrap();
        assert!(!db.evenings.remove_evening(planned.id, bo).await.unwrap());
        assert!(db.evenings.remove_evening(planned.id, ada).await.unwrap());
        assert_eq!(db.evenings.list_evenings(bo, at(50)).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_consent_that_was_taken_back_is_not_brought_back_by_a_rollback() {
    on_every_engine(async |db| {
        let (ada, bo) = (db.add_person().await, db.add_person().await);
        let planned = evening(1, ada);
        db.evenings.add_evening(&planned, 5).await.unwrap();
        db.evenings.join_evening("link 1", bo, at(2), 6).await.unwrap();
        db.evenings.leave_evening(planned.id, bo).await.unwrap();
        let left = latest(db).await;
        assert_eq!(left.reason, "leave_evening");
        db.history.revert(&this(left.id), OnConflict::Skip, false).await.unwrap();
        assert_eq!(guests(db, planned.id).await, [ada]);
        let rows = db.history.list_rows(left.id, 0, 10).await.unwrap();
        assert!(rows.iter().all(|row| row.before.is_none() && !row.key.contains(&planned.id.to_string())), "{rows:?}");
    })
    .await;
}
