//! Accounts: what a person gives to make one, and what the pages know of it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{FieldError, Timestamp, UserId, letters::lower_case};

/// What a person sends to register. Unchecked: see [`NewAccount::check`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 60, pattern = r"\S"))]
    pub name: String,
    #[cfg_attr(
        feature = "openapi",
        schema(
            format = "email",
            max_length = 254,
            pattern = r"^[^@\s]+@[^\s.!-,/:-@\[-^`{-~]+(\.[^\s.!-,/:-@\[-^`{-~]+)*$"
        )
    )]
    pub email: String,
    #[cfg_attr(feature = "openapi", schema(min_length = 8, max_length = 128))]
    pub password: String,
}

/// Without the password.
impl fmt::Debug for NewAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, email, password: _ } = self;
        f.debug_struct("NewAccount").field("name", name).field("email", email).finish_non_exhaustive()
    }
}

/// The same, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedAccount {
    pub name: PersonName,
    pub email: Email,
    pub password: Password,
}

impl NewAccount {
    /// Checks every field and reports all that is wrong, not just the first.
    ///
    /// # Errors
    /// One [`FieldError`] for each refused field.
    pub fn check(&self) -> Result<CheckedAccount, Vec<FieldError>> {
        let (name, email, password) =
            (PersonName::parse(&self.name), Email::parse(&self.email), Password::new(&self.password));
        match (name, email, password) {
            (Ok(name), Ok(email), Ok(password)) => Ok(CheckedAccount { name, email, password }),
            (name, email, password) => Err([name.err(), email.err(), password.err()].into_iter().flatten().collect()),
        }
    }
}

/// A person's own account, as they see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Account {
    pub id: UserId,
    pub name: String,
    pub email: String,
    /// Whether searches and viewed films are kept and used for recommendations.
    pub keeps_history: bool,
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    #[serde(with = "crate::moment")]
    pub created_at: Timestamp,
}

/// A name to be greeted by: 1–60 characters, no control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonName(String);

impl PersonName {
    /// The longest name, in characters.
    pub const MAX_CHARS: usize = 60;

    /// # Errors
    /// A [`FieldError`] for `name` when it is empty, too long, or holds control characters.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let name = text.trim();
        if name.is_empty() {
            Err(FieldError::new("name", "missing", "tell us what to call you"))
        } else if name.chars().count() > Self::MAX_CHARS {
            Err(FieldError::new("name", "too_long", format!("a name has {} characters at most", Self::MAX_CHARS)))
        } else if name.chars().any(char::is_control) {
            Err(FieldError::new("name", "bad_character", "a name can't hold control characters"))
        } else {
            Ok(Self(name.to_owned()))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An e-mail address, trimmed and in lower case: `local@domain`, 254 characters at most.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// The longest address, in bytes (RFC 5321, section 4.5.3.1.3).
    pub const MAX_BYTES: usize = 254;

    /// Accepts what can receive mail in practice; whether it does is shown only by sending some.
    ///
    /// # Errors
    /// A [`FieldError`] for `email`.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let email = lower_case(text.trim());
        if email.is_empty() {
            return Err(FieldError::new("email", "missing", "an e-mail address is needed to sign in"));
        }
        if email.len() > Self::MAX_BYTES {
            return Err(FieldError::new(
                "email",
                "too_long",
                format!("an e-mail address has {} bytes at most", Self::MAX_BYTES),
            ));
        }
        let plausible = email.rsplit_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && !domain.is_empty()
                && !local.contains('@')
                && !domain.starts_with('.')
                && !domain.ends_with('.')
                && !domain.contains("..")
                && !domain.chars().any(|c| c.is_ascii_punctuation() && !matches!(c, '-' | '.' | '_'))
        }) && !email.chars().any(|c| c.is_whitespace() || c.is_control());
        if plausible {
            Ok(Self(email))
        } else {
            Err(FieldError::new("email", "not_an_email", "an e-mail address looks like name@example.org"))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A password in clear, 8–128 characters; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// The shortest password, in characters.
    pub const MIN_CHARS: usize = 8;
    /// The longest password, in characters.
    pub const MAX_CHARS: usize = 128;

    /// # Errors
    /// A [`FieldError`] for `password` when its length is out of range.
    pub fn new(text: &str) -> Result<Self, FieldError> {
        match text.chars().count() {
            n if n < Self::MIN_CHARS => Err(FieldError::new(
                "password",
                "too_short",
                format!("a password has {} characters at least", Self::MIN_CHARS),
            )),
            n if n > Self::MAX_CHARS => Err(FieldError::new(
                "password",
                "too_long",
                format!("a password has {} characters at most", Self::MAX_CHARS),
            )),
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// The password itself, for hashing alone.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_field_is_reported_at_once() {
        let account = NewAccount { name: " ".into(), email: "nobody".into(), password: "short".into() };
        let fields: Vec<_> = account.check().expect_err("all wrong").into_iter().map(|e| e.field).collect();
        assert_eq!(fields, ["name", "email", "password"]);
    }

    #[test]
    fn addresses_are_compared_in_lower_case() {
        assert_eq!(Email::parse(" Ada@Example.ORG ").expect("valid").as_str(), "ada@example.org");
        for bad in ["", "a", "@b", "a@", "a b@c", "a@b@c", "a@.b", "a@b..c", "a@b.org*"] {
            assert!(Email::parse(bad).is_err(), "{bad:?} must be refused");
        }
    }

    #[test]
    fn a_password_may_be_of_any_letters_and_signs_and_is_kept_as_it_is() {
        let longest = "x".repeat(Password::MAX_CHARS);
        for text in [
            "aaaaaaaa",
            "12345679",
            "  spaces  ",
            "пароль по-русски",
            "🎬🎬🎬🎬🎬🎬🎬🎬",
            "\"'<>;--\u{0}%",
            longest.as_str(),
        ] {
            assert_eq!(Password::new(text).expect("any signs").expose(), text);
        }
    }

    #[test]
    fn a_password_is_never_printed() {
        let password = Password::new("correct horse").expect("valid");
        assert!(!format!("{password:?}").contains("horse"));
        let account =
            NewAccount { name: "Ada".into(), email: "ada@example.org".into(), password: "correct horse".into() };
        let shown = format!("{account:?} {:?}", account.check());
        assert!(shown.contains("ada@example.org") && !shown.contains("horse"), "{shown}");
    }
}
