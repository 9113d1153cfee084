//! A second factor beside the password: codes of an authenticator app, or a passkey, and recovery codes for when that is lost.
//!
//! It is asked for after a right password, and never tells anything to who has not given that. Providers have factors of their own, so
//! signing in by one does not ask for it; neither do tokens of programs. Whoever switches it on or off has signed in lately.

use matinee_domain::{FieldError, UserId};

use crate::{
    Result, ServiceError, Services,
    duty::GivingUp,
    guessing::must_wait_after,
    ports::{FactorTry, GivenFactor, RepositoryError, SecondFactor},
    recovery::RecoveryCode,
    security_log,
    totp::FactorSecret,
};

impl Services {
    /// What a person has switched on, if anything.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn second_factor(&self, user: UserId) -> Result<Option<SecondFactor>> {
        Ok(self.factors.lookup_factor(user).await?)
    }

    /// Switches it on, after a code of the app was given: so the app has the secret. What is returned is shown once and kept nowhere.
    ///
    /// # Errors
    /// `Invalid` for `code` when it is none of the app's, `Conflict` when a second factor is on already.
    pub async fn switch_on_factor(&self, user: UserId, secret: &FactorSecret, code: &str) -> Result<Vec<RecoveryCode>> {
        let now = self.clock.now();
        let step = secret.step_of(code, now).ok_or_else(wrong)?;
        let codes = RecoveryCode::set();
        match self.factors.add_factor(user, &secret.expose(), step, &hashes(&codes), now).await {
            Ok(()) => Ok(codes),
            Err(RepositoryError::Exists { .. }) => Err(on_already()),
            Err(error) => Err(error.into()),
        }
    }

    /// Switches it on for who has a passkey, which is asked for after the password from then on. What is returned is shown once.
    ///
    /// # Errors
    /// `Conflict` for `passkey` when the person has none, for `code` when a second factor is on already.
    pub async fn switch_on_factor_by_passkey(&self, user: UserId) -> Result<Vec<RecoveryCode>> {
        let codes = RecoveryCode::set();
        match self.factors.add_factor(user, "", 0, &hashes(&codes), self.clock.now()).await {
            Ok(()) => Ok(codes),
            Err(RepositoryError::Exists { .. }) => Err(on_already()),
            Err(RepositoryError::NotFound { .. }) => {
                let words = "you have no passkey that could be asked for: add one first";
                Err(ServiceError::Conflict(FieldError::new("passkey", "missing", words)))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// New recovery codes in place of those there are.
    ///
    /// # Errors
    /// `NotFound` when no second factor is on.
    pub async fn renew_recovery_codes(&self, user: UserId) -> Result<Vec<RecoveryCode>> {
        let codes = RecoveryCode::set();
        self.factors.set_recovery_codes(user, &hashes(&codes), self.clock.now()).await?;
        Ok(codes)
    }

    /// Switches it off. Where it is off already there is nothing to do.
    ///
    /// # Errors
    /// `Conflict` when the operator asks this person for a second step, and they would have none.
    pub async fn switch_off_factor(&self, user: UserId) -> Result<()> {
        self.may_give_up(user, GivingUp::Step).await?;
        self.factors.remove_factor(user).await?;
        Ok(())
    }

    /// Uses the code of the app or the recovery code that somebody gave after their password.
    ///
    /// # Errors
    /// `WrongCode` when it is wrong or was used; `Busy` when it comes too soon after wrong ones, whoever gave those: the password is
    /// known to them.
    pub async fn check_factor(&self, user: UserId, code: &str) -> Result<()> {
        // Switched off in the meantime, so nothing is asked for any more.
        let Some(factor) = self.factors.lookup_factor(user).await? else {
            security_log::signed_in(user, "password");
            return Ok(());
        };
        let now = self.clock.now();
        let secret = FactorSecret::parse(&factor.secret).ok_or_else(|| RepositoryError::Damaged {
            what: "second factor of",
            id: user.to_string(),
            reason: "its secret is none".to_owned(),
        });
        let given = match RecoveryCode::read(code) {
            Some(recovery) => GivenFactor::Recovery(recovery.hash()),
            None if !factor.has_app() => GivenFactor::Nothing,
            None => secret?.step_of(code, now).map_or(GivenFactor::Nothing, GivenFactor::Step),
        };
        let way = if matches!(given, GivenFactor::Recovery(_)) { "password+recovery" } else { "password+code" };
        match self.factors.try_factor(user, &given, now, must_wait_after).await? {
            FactorTry::Right | FactorTry::Off => {
                security_log::signed_in(user, way);
                Ok(())
            }
            FactorTry::Wrong => {
                security_log::factor_refused(way, "wrong", Some(user));
                Err(ServiceError::WrongCode)
            }
            FactorTry::TooSoon => {
                security_log::factor_refused(way, "too_soon", Some(user));
                Err(ServiceError::Busy)
            }
        }
    }
}

fn wrong() -> ServiceError {
    FieldError::new("code", "wrong", "this is not the code that the app shows now").into()
}

fn on_already() -> ServiceError {
    let words = "a second step is on already: switch it off first";
    ServiceError::Conflict(FieldError::new("code", "on_already", words))
}

fn hashes(codes: &[RecoveryCode]) -> Vec<String> {
    codes.iter().map(RecoveryCode::hash).collect()
}
