//! Confirming an e-mail address, changing it, and setting a new password in place of a forgotten one: by a token that is sent to the
//! address, and kept as a digest.
//!
//! Whether an address has an account is told to nobody who asks: [`Services::send_reset`] and the others answer the same and run
//! beside the answer, for their time would tell. How often a letter goes to an address grows slower the more are asked for.

use chrono::TimeDelta;
use matinee_domain::{Account, Email, FieldError, Password, UserId};
use sha2::{Digest, Sha256};

use crate::{
    Result, ServiceError, Services,
    ports::{Confirmed, Language, Letter, MailPurpose, MailToken, RepositoryError, Says, Trier},
    totp::random,
};

/// How long a new password may be set by a letter.
const RESET_LIFE: TimeDelta = TimeDelta::minutes(30);
/// How long an address may be confirmed by a letter.
const CONFIRM_LIFE: TimeDelta = TimeDelta::days(1);
/// Longer ones are none of ours.
const MAX_TOKEN_CHARS: usize = 128;

impl Services {
    /// Sends the way to a new password to an address, if it has an account. To be run beside the answer.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn send_reset(&self, email: &Email, language: Language) -> Result<()> {
        let Some(user) = self.mail_tokens.lookup_by_address(email).await? else { return Ok(()) };
        self.send_token(user, email, MailPurpose::Reset, language).await
    }

    /// Asks a person to confirm an address: their account's, or one that is to become it. To be run beside the answer.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn send_confirmation(&self, user: UserId, email: &Email, language: Language) -> Result<()> {
        self.send_token(user, email, MailPurpose::Confirm, language).await
    }

    /// Asks a new person to confirm their address. Where that fails, they have an account all the same, and can ask for it again.
    pub async fn welcome(&self, account: &Account, language: Language) {
        let Ok(email) = Email::parse(&account.email) else { return };
        if let Err(error) = self.send_confirmation(account.id, &email, language).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a new person was not asked to confirm their address"
            );
        }
    }

    async fn send_token(&self, user: UserId, email: &Email, purpose: MailPurpose, language: Language) -> Result<()> {
        // Whoever asks, and from wherever: the letters all go to one person.
        let trier = Trier { email: format!("{}:{}", purpose.as_str(), email.as_str()), from: None };
        match self.may_try(&trier).await {
            Ok(()) => self.failures.add(&trier, self.clock.now()).await?,
            Err(ServiceError::Busy) => return Ok(()),
            Err(error) => return Err(error),
        }
        let text = format!("{:x}", Sha256::digest(random()));
        let life = if purpose == MailPurpose::Reset { RESET_LIFE } else { CONFIRM_LIFE };
        let expires_at = self.clock.now() + life;
        let token = MailToken { id: digest(&text), user, purpose, email: email.clone(), expires_at };
        self.mail_tokens.add_mail_token(&token).await?;
        let says = match purpose {
            MailPurpose::Confirm => Says::Confirm { token: text },
            MailPurpose::Reset => Says::Reset { token: text },
        };
        self.post(email.clone(), language, says);
        Ok(())
    }

    /// The address that a letter's token is for, without using it; `None` where it is worth nothing.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn mail_token_address(&self, token: &str, purpose: MailPurpose) -> Result<Option<Email>> {
        let Some(id) = id_of(token) else { return Ok(None) };
        let found = self.mail_tokens.lookup_mail_token(&id, purpose, self.clock.now()).await?;
        Ok(found.map(|token| token.email))
    }

    /// Uses a letter's token: the address is confirmed, and its person's account has it. The address before is told.
    ///
    /// # Errors
    /// `NotFound` where the token is worth nothing; `Conflict` for `email` where the address has an account by now.
    pub async fn confirm_address(&self, token: &str, language: Language) -> Result<Confirmed> {
        let id = id_of(token).ok_or_else(over)?;
        match self.mail_tokens.confirm_address(&id, self.clock.now()).await {
            Ok(Some(confirmed)) => {
                if let Some(before) = confirmed.before.clone() {
                    self.post(before, language, Says::AddressChanged { now: confirmed.email.clone() });
                }
                Ok(confirmed)
            }
            Ok(None) => Err(over()),
            Err(RepositoryError::Exists { .. }) => Err(ServiceError::Conflict(FieldError::new(
                "email",
                "taken",
                "this e-mail address has another account by now: sign in to that one, or choose another address",
            ))),
            Err(error) => Err(error.into()),
        }
    }

    /// Uses a letter's token: sets the password, and ends the person's sessions.
    ///
    /// # Errors
    /// `Invalid` for `password` when it can't be taken, and then the token is good for another try; `NotFound` where it is worth nothing.
    pub async fn reset_password(&self, token: &str, password: &str, language: Language) -> Result<UserId> {
        let id = id_of(token).ok_or_else(over)?;
        let now = self.clock.now();
        let found = self.mail_tokens.lookup_mail_token(&id, MailPurpose::Reset, now).await?.ok_or_else(over)?;
        let account = self.account(found.user).await?;
        let password = self.acceptable(Password::new(password)?, &account.name, &account.email).await?;
        let phc = self.passwords.hash(&password).await?;
        let user = self.mail_tokens.reset_password(&id, &phc, now).await?.ok_or_else(over)?;
        self.post(found.email, language, Says::PasswordChanged);
        Ok(user)
    }

    /// Tells a person what was changed in how they sign in, if their account has an address.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tell(&self, user: UserId, language: Language, says: Says) -> Result<()> {
        if let Ok(email) = Email::parse(&self.account(user).await?.email) {
            self.post(email, language, says);
        }
        Ok(())
    }

    /// Where too many letters wait, one less is the smaller evil: whoever needs it asks again.
    fn post(&self, to: Email, language: Language, says: Says) {
        let letter = Letter { to, language, says };
        let kind = format!("{:?}", letter.says);
        if let Err(error) = self.postbox.post(letter) {
            tracing::error!(error = &error as &dyn std::error::Error, letter.kind = kind, "a letter was not taken");
        }
    }
}

fn over() -> ServiceError {
    ServiceError::NotFound { what: "letter", id: "of that link: it was used, or is too old".to_owned() }
}

/// What is kept of a token, if it can be one.
fn id_of(token: &str) -> Option<String> {
    let can_be = !token.is_empty() && token.len() <= MAX_TOKEN_CHARS;
    can_be.then(|| digest(token))
}

/// A token has 244 random bits, so one round of SHA-256 is enough.
fn digest(token: &str) -> String {
    format!("{:x}", Sha256::digest(token.as_bytes()))
}
