//! Tokens with which programs use the API in a person's name.

use std::{fmt, str::FromStr};

use uuid::Uuid;

use crate::{FieldError, Timestamp, UserId};

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TokenScope {
    /// Only read.
    Read,
    /// Read and change.
    Write,
}

impl TokenScope {
    /// The name in the database and in forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }

    /// The scope of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Read, Self::Write].into_iter().find(|scope| scope.as_str() == name)
    }
}

/// What a token is called by its owner: 1–60 characters, no control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenName(String);

impl TokenName {
    /// The longest name, in characters.
    pub const MAX_CHARS: usize = 60;

    /// # Errors
    /// A [`FieldError`] for `name`.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let name = text.trim();
        match name.chars().count() {
            0 => Err(FieldError::new("name", "missing", "say what the token is for")),
            n if n > Self::MAX_CHARS => Err(FieldError::new(
                "name",
                "too_long",
                format!("a token's name has {} characters at most", Self::MAX_CHARS),
            )),
            _ if name.chars().any(char::is_control) => {
                Err(FieldError::new("name", "bad_character", "a token's name can't hold control characters"))
            }
            _ => Ok(Self(name.to_owned())),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A token as its owner sees it: all but the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    pub id: Uuid,
    pub user: UserId,
    pub name: String,
    pub scope: TokenScope,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    /// To the hour.
    pub used_at: Option<Timestamp>,
}

/// A token in full, as a program sends it: `matinee_` and 128 hexadecimal digits, which are whose it is, which one it is,
/// and the secret. Printed without the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenText {
    pub user: UserId,
    pub id: Uuid,
    /// 64 hexadecimal digits.
    secret: String,
}

/// Text that is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAToken;

impl TokenText {
    const PREFIX: &str = "matinee_";
    const ID_DIGITS: usize = 32;
    const SECRET_DIGITS: usize = 64;

    /// `secret` must be two random ids.
    pub fn new(user: UserId, id: Uuid, secret: [Uuid; 2]) -> Self {
        Self { user, id, secret: format!("{}{}", secret[0].simple(), secret[1].simple()) }
    }

    /// The secret, for hashing alone.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The whole token, to be shown once.
    pub fn expose(&self) -> String {
        format!("{}{}{}{}", Self::PREFIX, self.user.0.simple(), self.id.simple(), self.secret)
    }
}

impl FromStr for TokenText {
    type Err = NotAToken;

    fn from_str(text: &str) -> Result<Self, NotAToken> {
        let digits = text.strip_prefix(Self::PREFIX).ok_or(NotAToken)?;
        let right = digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if !right || digits.len() != 2 * Self::ID_DIGITS + Self::SECRET_DIGITS {
            return Err(NotAToken);
        }
        let (user, rest) = digits.split_at(Self::ID_DIGITS);
        let (id, secret) = rest.split_at(Self::ID_DIGITS);
        Ok(Self {
            user: UserId(user.parse().map_err(|_| NotAToken)?),
            id: id.parse().map_err(|_| NotAToken)?,
            secret: secret.to_owned(),
        })
    }
}

impl fmt::Debug for TokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenText({}, …)", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_never_printed() {
        let token = TokenText::new(UserId(Uuid::from_u128(1)), Uuid::from_u128(2), [3, 4].map(Uuid::from_u128));
        let text = token.expose();
        assert_eq!(text.parse::<TokenText>(), Ok(token.clone()));
        assert!(!format!("{token:?}").contains(token.secret()));
        for wrong in ["", "matinee_", &text[1..], &text[..text.len() - 1], &text.to_uppercase(), &format!("{text}0")] {
            assert_eq!(wrong.parse::<TokenText>(), Err(NotAToken), "{wrong}");
        }
    }
}
