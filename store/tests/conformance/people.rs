use matinee_domain::{Email, Role, UserId};
use matinee_services::ports::{NewPersonRow, OnConflict, RoleChange, SelectBy, Selection};
use uuid::Uuid;

use super::fixture::{assert_not_found, done, imported_rating, key, nobody, on_every_engine, stars};
use super::identities::identity;

#[tokio::test]
async fn everybody_begins_as_a_member_and_a_role_is_given_and_taken() {
    on_every_engine(async |db| {
        let (ada, bo) = (db.add_person().await, db.add_person().await);
        assert_eq!(db.people.lookup_role(ada).await.unwrap(), Some(Role::Member));
        assert_eq!(db.people.set_role(ada, Role::Admin).await.unwrap(), RoleChange::Done);
        assert_eq!(db.people.set_role(ada, Role::Admin).await.unwrap(), RoleChange::Same);
        assert_eq!(db.people.lookup_role(ada).await.unwrap(), Some(Role::Admin));
        // The last one stays: nobody could give roles any more.
        assert_eq!(db.people.set_role(ada, Role::Editor).await.unwrap(), RoleChange::LastAdmin);
        assert_eq!(db.people.set_role(bo, Role::Admin).await.unwrap(), RoleChange::Done);
        assert_eq!(db.people.set_role(ada, Role::Member).await.unwrap(), RoleChange::Done);
        assert_eq!(db.people.lookup_role(nobody()).await.unwrap(), None);
        assert_not_found(db.people.set_role(nobody(), Role::Editor).await, "person");
    })
    .await;
}

#[tokio::test]
async fn who_came_by_a_provider_without_an_address_is_one_of_the_people_too() {
    on_every_engine(async |db| {
        let people = [db.add_person().await, db.add_person().await];
        let others = [UserId(Uuid::from_u128(4)), UserId(Uuid::from_u128(5))];
        for (number, id) in others.iter().enumerate() {
            let person = NewPersonRow { name: "Bo".into(), email: None };
            db.identities.add_account(person, &identity(&number.to_string(), *id)).await.unwrap();
        }
        // Raters of a data set are nobody's accounts.
        db.catalogue.put_ratings(&key("r"), vec![imported_rating(1, "Alien", 3.0, 1)], done(1)).await.unwrap();

        assert_eq!(db.people.lookup_role(others[0]).await.unwrap(), Some(Role::Member));
        let person = db.people.lookup_person(others[0]).await.unwrap().unwrap();
        assert_eq!((person.email.as_str(), person.place()), ("", others[0].to_string()));
        let mut after: Option<String> = None;
        let mut found = Vec::new();
        loop {
            let page = db.people.list_people("", None, after.as_deref(), 3).await.unwrap();
            found.extend(page.iter().map(|person| person.id));
            let Some(last) = page.last() else { break };
            after = Some(last.place());
        }
        assert_eq!(found, [people, others].concat());
        let named = db.people.list_people("bo", None, None, 1).await.unwrap();
        assert_eq!(named.iter().map(|person| person.id).collect::<Vec<_>>(), [others[0]]);

        assert_eq!(db.people.set_role(others[0], Role::Admin).await.unwrap(), RoleChange::Done);
        assert_eq!(db.people.set_role(others[0], Role::Member).await.unwrap(), RoleChange::LastAdmin);
        assert_eq!(db.people.set_role(people[0], Role::Admin).await.unwrap(), RoleChange::Done);
        assert_eq!(db.people.set_role(others[0], Role::Member).await.unwrap(), RoleChange::Done);
    })
    .await;
}

#[tokio::test]
async fn a_role_that_was_given_is_journaled_and_can_be_taken_back() {
    on_every_engine(async |db| {
        let ada = db.add_person().await;
        db.people.set_role(ada, Role::Editor).await.unwrap();
        let theirs = Selection { by: SelectBy::Person(ada), since: None };
        let set = db.history.list(&theirs, None, 1).await.unwrap().remove(0);
        assert_eq!(set.reason, "set_role");
        let this = Selection { by: SelectBy::ChangeSet(set.id), since: None };
        let report = db.history.revert(&this, OnConflict::Refuse, false).await.unwrap();
        assert_eq!((report.changed, report.conflict_count), (1, 0), "{report:?}");
        assert_eq!(db.people.lookup_role(ada).await.unwrap(), Some(Role::Member));
    })
    .await;
}

#[tokio::test]
async fn people_are_found_by_name_address_and_role_in_pages() {
    on_every_engine(async |db| {
        let film = db.add_film("Alien").await;
        let people = [db.add_person().await, db.add_person().await, db.add_person().await];
        db.ratings.set(people[1], film, stars(4.0), db.now()).await.unwrap();
        db.people.set_role(people[2], Role::Editor).await.unwrap();
        // Raters of a data set are nobody's accounts.
        db.catalogue.put_ratings(&key("r"), vec![imported_rating(1, "Alien", 3.0, 1)], done(1)).await.unwrap();

        let ids = async |text: &str, role, after: Option<&str>, limit| {
            let found = db.people.list_people(text, role, after, limit).await.unwrap();
            found.into_iter().map(|person| person.id).collect::<Vec<_>>()
        };
        assert_eq!(ids("", None, None, 10).await, people);
        assert_eq!(ids("ADA", None, None, 10).await, people);
        assert_eq!(ids("person2@", None, None, 10).await, [people[1]]);
        assert_eq!(ids("", Some(Role::Editor), None, 10).await, [people[2]]);
        assert_eq!(ids("%", None, None, 10).await, []);
        assert_eq!(ids("", None, None, 2).await, people[..2]);
        assert_eq!(ids("", None, Some("person2@example.org"), 2).await, [people[2]]);

        let email = Email::parse("person2@example.org").unwrap();
        let person = db.people.lookup_by_email(&email).await.unwrap().unwrap();
        assert_eq!((person.id, person.ratings, person.role), (people[1], 1, Role::Member));
        assert_eq!(db.people.lookup_person(people[1]).await.unwrap(), Some(person));
        assert_eq!(db.people.lookup_person(nobody()).await.unwrap(), None);
    })
    .await;
}
