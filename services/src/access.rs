//! Who may do what, as types.
//!
//! A use case that not everybody may do takes an [`Allowed`] of its [`Capability`]. Only [`Services::allow`] makes one, from
//! what the database says of the person at that moment, and [`Allowed::by_operator`], for whoever sits at the command line.
//! So a handler that forgot to ask does not compile.

use std::{future::Future, marker::PhantomData};

use matinee_domain::{Role, UserId};

use crate::{
    Result, ServiceError, Services,
    provenance::{Actor, Provenance},
    security_log,
};

/// Something that not everybody may do.
pub trait Capability: Send + Sync + 'static {
    /// The least role that may.
    const NEEDS: Role;
}

macro_rules! capabilities {
    ($($(#[$doc:meta])* $name:ident: $role:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $name;

            impl Capability for $name {
                const NEEDS: Role = Role::$role;
            }
        )*
    };
}

capabilities! {
    /// Changing films' data, seeing what of them was changed, and taking such changes back.
    EditFilms: Editor;
    /// Seeing everything that anybody changed.
    SeeHistory: Admin;
    /// Taking back what anybody changed.
    RevertHistory: Admin;
    /// Seeing people's accounts, giving roles, deleting accounts.
    ManagePeople: Admin;
    /// Seeing what the instance is doing.
    SeeOperation: Admin;
}

/// That somebody may do `C`. A request's own: it is not to be kept, for roles change.
#[derive(Debug)]
pub struct Allowed<C> {
    actor: Actor,
    capability: PhantomData<C>,
}

impl<C: Capability> Allowed<C> {
    /// For commands: whoever can run them has the database in their hands anyway.
    pub const fn by_operator() -> Self {
        Self { actor: Actor::Operator, capability: PhantomData }
    }

    /// Who it is; none for an operator.
    pub const fn user(&self) -> Option<UserId> {
        match self.actor {
            Actor::Person(user) => Some(user),
            _ => None,
        }
    }

    /// What `task` writes is journaled as theirs, with this note.
    pub(crate) fn doing<F: Future>(&self, note: Option<String>, task: F) -> impl Future<Output = F::Output> {
        Provenance { actor: self.actor, note, ..Provenance::current() }.scope(task)
    }
}

impl Services {
    /// A person's role now.
    ///
    /// # Errors
    /// `SignInNeeded` when the account was deleted in the meantime.
    pub async fn role(&self, user: UserId) -> Result<Role> {
        self.people.lookup_role(user).await?.ok_or(ServiceError::SignInNeeded)
    }

    /// Finds out whether a person may do `C`.
    ///
    /// # Errors
    /// `Forbidden` when their role is not enough, `SignInNeeded` when the account was deleted in the meantime.
    pub async fn allow<C: Capability>(&self, user: UserId) -> Result<Allowed<C>> {
        if self.role(user).await? < C::NEEDS {
            security_log::access_refused(Some(user), C::NEEDS.as_str());
            return Err(ServiceError::Forbidden { needs: C::NEEDS });
        }
        Ok(Allowed { actor: Actor::Person(user), capability: PhantomData })
    }
}
