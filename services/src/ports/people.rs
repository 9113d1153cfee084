use async_trait::async_trait;
use matinee_domain::{Email, Role, Timestamp, UserId};

use super::RepositoryResult;

/// Somebody with an account, as those see them who look after the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: UserId,
    pub name: String,
    /// Empty where they have none: they came by a provider that names none.
    pub email: String,
    pub role: Role,
    pub created_at: Timestamp,
    /// How many films they rated.
    pub ratings: u64,
}

impl Person {
    /// Their place in a list of people, to go on after.
    pub fn place(&self) -> String {
        if self.email.is_empty() { self.id.to_string() } else { self.email.clone() }
    }
}

/// What became of a change of role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleChange {
    Done,
    /// The person had that role already.
    Same,
    /// Nobody could give roles any more: the only admin stays one.
    LastAdmin,
}

/// People with an account, and their roles. Raters that came with a data set are none of them.
#[async_trait]
pub trait PeopleRepository: Send + Sync {
    /// `None` where there is no such account. One read by key: every request of a page asks for it.
    async fn lookup_role(&self, user: UserId) -> RepositoryResult<Option<Role>>;
    async fn lookup_person(&self, user: UserId) -> RepositoryResult<Option<Person>>;
    async fn lookup_by_email(&self, email: &Email) -> RepositoryResult<Option<Person>>;
    /// Those whose name or address holds `text` (whatever the case of ASCII letters), of this role if one is given; by
    /// address, then those without one, after this [`Person::place`] where one is given, `limit` at most.
    async fn list_people(
        &self,
        text: &str,
        role: Option<Role>,
        after: Option<&str>,
        limit: u32,
    ) -> RepositoryResult<Vec<Person>>;
    /// # Errors
    /// `NotFound` where there is no such account.
    async fn set_role(&self, user: UserId, role: Role) -> RepositoryResult<RoleChange>;
}
