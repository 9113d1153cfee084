//! Registering, signing in, and leaving.

use chrono::TimeDelta;
use matinee_domain::{Account, Email, FieldError, NewAccount, Password, UserId};

use crate::{
    Result, ServiceError, Services,
    ports::{Credentials, HashingError, NewAccountRow, RepositoryError},
    security_log,
};

/// How long a registration that comes again is taken for the same one.
const SENT_AGAIN_WITHIN: TimeDelta = TimeDelta::minutes(1);

/// What a right password leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum PasswordSignIn {
    /// The person is who they say.
    Done(Account),
    /// Their second factor is to be given, too ([`Services::check_factor`]): nobody is signed in yet.
    CodeNeeded(Account),
}

impl Services {
    /// Makes an account. Sent again within a minute, as it is when an instance broke off or a button was pressed twice, it returns the
    /// account that was made.
    ///
    /// # Errors
    /// `Invalid` with every refused field, `Conflict` when the e-mail address has an account already, `Busy` when too
    /// many sign-ins are under way.
    pub async fn register(&self, account: &NewAccount) -> Result<Account> {
        let checked = account.check().map_err(ServiceError::Invalid)?;
        let password = self.acceptable(checked.password, checked.name.as_str(), checked.email.as_str()).await?;
        let password_hash = self.passwords.hash(&password).await?;
        let row = NewAccountRow {
            id: UserId(uuid::Uuid::now_v7()),
            name: checked.name.as_str().to_owned(),
            email: checked.email.clone(),
            password_hash,
            created_at: self.clock.now(),
        };
        let made = Account {
            id: row.id,
            name: row.name.clone(),
            email: row.email.as_str().to_owned(),
            keeps_history: true,
            created_at: row.created_at,
        };
        match self.accounts.add(row).await {
            Ok(()) => {
                security_log::signed_in(made.id, "registration");
                Ok(made)
            }
            Err(RepositoryError::Exists { .. }) => {
                self.just_made(&checked.email, &account.password).await?.ok_or_else(|| {
                    let why = "this e-mail address has an account already: sign in instead";
                    ServiceError::Conflict(FieldError::new("email", "taken", why))
                })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The account of this address, if it was made within the last minute with this password. Wrong ones count as wrong sign-ins.
    async fn just_made(&self, email: &Email, password: &str) -> Result<Option<Account>> {
        let Some(known) = self.accounts.lookup_credentials(email).await? else { return Ok(None) };
        let made = self.account(known.user).await?.created_at;
        if self.clock.now() - made > SENT_AGAIN_WITHIN || self.factors.lookup_factor(known.user).await?.is_some() {
            return Ok(None);
        }
        match self.check_password(email.as_str(), password).await {
            Ok(account) => Ok(Some(account)),
            Err(ServiceError::WrongCredentials) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Checks e-mail address and password. Known and unknown addresses take the same time. Who has a second factor is asked for it next.
    ///
    /// # Errors
    /// `WrongCredentials`, whichever of the two is wrong; `Busy` when too many sign-ins are under way, or this one comes too soon after
    /// wrong ones.
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<PasswordSignIn> {
        let account = self.check_password(email, password).await?;
        let has_factor = self.factors.lookup_factor(account.id).await?.is_some();
        if has_factor {
            return Ok(PasswordSignIn::CodeNeeded(account));
        }
        security_log::signed_in(account.id, "password");
        Ok(PasswordSignIn::Done(account))
    }

    /// Checks e-mail address and password alone, for who is signed in already.
    async fn check_password(&self, email: &str, password: &str) -> Result<Account> {
        let trier = Self::trier(email);
        self.may_try(&trier).await.inspect_err(|error| {
            // A database that does not answer is nobody's guessing.
            if matches!(error, ServiceError::Busy) {
                security_log::sign_in_refused("password", "too_soon", email);
            }
        })?;
        let credentials = match Email::parse(email) {
            Ok(email) => self.accounts.lookup_credentials(&email).await?,
            Err(_) => None,
        };
        let phc = credentials.as_ref().map(|known| known.password_hash.as_str());
        let right = self.passwords.verify(password, phc).await?;
        match credentials {
            Some(known) if right => {
                self.failures.remove(&trier).await?;
                self.renew_hash(&known, password).await;
                self.account(known.user).await
            }
            _ => {
                security_log::sign_in_refused("password", "wrong", email);
                self.failures.add(&trier, self.clock.now()).await?;
                Err(ServiceError::WrongCredentials)
            }
        }
    }

    /// Hashes the password anew where that is done otherwise now. Where it fails, the old hash is as good as before.
    async fn renew_hash(&self, known: &Credentials, password: &str) {
        let Ok(password) = Password::new(password) else { return };
        if !self.passwords.is_outdated(&known.password_hash) {
            return;
        }
        let renewed = async {
            let phc = self.passwords.hash(&password).await?;
            Ok::<_, ServiceError>(self.accounts.set_password_hash(known.user, &phc, "renew_hash").await?)
        };
        if let Err(error) = renewed.await {
            tracing::warn!(error = &error as &dyn std::error::Error, "a password was not hashed anew");
        }
    }

    /// Sets a password in place of the `current` one, if the person has one. Whoever calls this has made sure that the person
    /// signed in lately.
    ///
    /// # Errors
    /// `Invalid` for `current` when it is wrong, for `password` when the new one can't be taken.
    pub async fn change_password(&self, user: UserId, current: &str, password: &str) -> Result<()> {
        let account = self.account(user).await?;
        let has_password = self.identities.has_password(user).await?;
        let password = self.acceptable(Password::new(password)?, &account.name, &account.email).await?;
        if has_password {
            match self.check_password(&account.email, current).await {
                Ok(_) => {}
                Err(ServiceError::WrongCredentials) => {
                    return Err(FieldError::new("current", "wrong", "this is not your present password").into());
                }
                Err(error) => return Err(error),
            }
        }
        let phc = self.passwords.hash(&password).await?;
        Ok(self.accounts.set_password_hash(user, &phc, "set_password").await?)
    }

    /// The account of who is signed in.
    ///
    /// # Errors
    /// `SignInNeeded` when the account was deleted in the meantime.
    pub async fn account(&self, user: UserId) -> Result<Account> {
        self.accounts.lookup(user).await?.ok_or(ServiceError::SignInNeeded)
    }

    /// Deletes the account and all that its person owns, after the password was given once more.
    ///
    /// # Errors
    /// `WrongCredentials` when the password is wrong: nothing is deleted.
    pub async fn delete_account(&self, user: UserId, password: &str) -> Result<()> {
        let account = self.account(user).await?;
        self.check_password(&account.email, password).await?;
        Ok(self.accounts.remove(user).await?)
    }

    /// The same for somebody who has no password. Whoever calls this has made sure that the person signed in lately.
    ///
    /// # Errors
    /// `WrongCredentials` when there is a password, which is to be given instead: nothing is deleted.
    pub async fn delete_account_without_password(&self, user: UserId) -> Result<()> {
        if self.identities.has_password(user).await? {
            return Err(ServiceError::WrongCredentials);
        }
        Ok(self.accounts.remove(user).await?)
    }
}

impl From<HashingError> for ServiceError {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Busy => Self::Busy,
            HashingError::Failed(reason) => Self::Hashing(reason),
        }
    }
}
