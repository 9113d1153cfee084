//! Looking after people's accounts: finding them, giving roles, deleting.

use matinee_domain::{Email, FieldError, Role, UserId};

use crate::{
    Result, ServiceError, Services,
    access::{Allowed, ManagePeople},
    ports::{Person, RoleChange},
};

impl Services {
    /// People on one page of a list.
    pub const PEOPLE_LISTED: u32 = 50;

    /// People whose name or address holds `text`, by address and then those without one, after this [`Person::place`].
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_people(
        &self,
        _: &Allowed<ManagePeople>,
        text: &str,
        role: Option<Role>,
        after: Option<&str>,
    ) -> Result<Vec<Person>> {
        Ok(self.people.list_people(text.trim(), role, after, Self::PEOPLE_LISTED).await?)
    }

    /// Somebody with an account.
    ///
    /// # Errors
    /// `NotFound` where there is no such account.
    pub async fn person(&self, _: &Allowed<ManagePeople>, user: UserId) -> Result<Person> {
        self.people.lookup_person(user).await?.ok_or_else(|| missing(&user.to_string()))
    }

    /// The same by e-mail address.
    ///
    /// # Errors
    /// `NotFound` where no account has it, `Invalid` where it is none.
    pub async fn person_by_email(&self, _: &Allowed<ManagePeople>, email: &str) -> Result<Person> {
        let email = Email::parse(email)?;
        self.people.lookup_by_email(&email).await?.ok_or_else(|| missing(email.as_str()))
    }

    /// Gives a person a role in place of the one they have; returns whether that changed anything.
    ///
    /// # Errors
    /// `NotFound` where there is no such account, `Conflict` where nobody would be admin any more.
    pub async fn set_role(&self, by: &Allowed<ManagePeople>, user: UserId, role: Role) -> Result<bool> {
        let note = Some(format!("{user} becomes {role}"));
        match by.doing(note, self.people.set_role(user, role)).await? {
            RoleChange::Done => Ok(true),
            RoleChange::Same => Ok(false),
            RoleChange::LastAdmin => Err(last_admin()),
        }
    }

    /// Ends all sessions of a person, on every instance with their next request; returns how many. Tokens for programs stay.
    ///
    /// # Errors
    /// `NotFound` where there is no such account.
    pub async fn end_sessions_of(&self, by: &Allowed<ManagePeople>, user: UserId) -> Result<u64> {
        self.person(by, user).await?;
        let note = Some(format!("of {user}"));
        Ok(by.doing(note, self.sessions.remove_all(user, None)).await?)
    }

    /// Deletes somebody's account with all that they own; no rollback brings it back.
    ///
    /// # Errors
    /// `NotFound` where there is no such account, `Conflict` for an admin: take the role away first.
    pub async fn delete_person(&self, by: &Allowed<ManagePeople>, user: UserId) -> Result<()> {
        if self.person(by, user).await?.role == Role::Admin {
            let words = "an admin's account can't be deleted: take the role away first";
            return Err(ServiceError::Conflict(FieldError::new("id", "is_admin", words)));
        }
        Ok(by.doing(None, self.accounts.remove(user)).await?)
    }
}

fn missing(id: &str) -> ServiceError {
    ServiceError::NotFound { what: "account", id: id.to_owned() }
}

fn last_admin() -> ServiceError {
    let words = "this is the only admin: make somebody else one first";
    ServiceError::Conflict(FieldError::new("role", "last_admin", words))
}
