//! Passkeys: keys that people's devices hold, by which they sign in.

use crate::FieldError;

/// What a passkey is called by its owner: 1–60 characters, no control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyName(String);

impl PasskeyName {
    /// The longest name, in characters.
    pub const MAX_CHARS: usize = 60;

    /// # Errors
    /// A [`FieldError`] for `name`.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let name = text.trim();
        match name.chars().count() {
            0 => Err(FieldError::new("name", "missing", "give the passkey a name, so that you know it again")),
            n if n > Self::MAX_CHARS => {
                let words = format!("a passkey's name has {} characters at most", Self::MAX_CHARS);
                Err(FieldError::new("name", "too_long", words))
            }
            _ if name.chars().any(char::is_control) => {
                Err(FieldError::new("name", "bad_character", "a passkey's name can't hold control characters"))
            }
            _ => Ok(Self(name.to_owned())),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_says_something() {
        assert_eq!(PasskeyName::parse("  Ada's phone ").unwrap().as_str(), "Ada's phone");
        assert!(PasskeyName::parse(&"ü".repeat(PasskeyName::MAX_CHARS)).is_ok());
        for (wrong, code) in [(" ", "missing"), (&"ü".repeat(61), "too_long"), ("a\u{7}b", "bad_character")] {
            assert_eq!(PasskeyName::parse(wrong).unwrap_err().code, code, "{wrong}");
        }
    }
}
