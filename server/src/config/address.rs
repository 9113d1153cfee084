//! A database's address, which may hold a password.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// Shows itself without the password, wherever settings are printed.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct DatabaseAddress(String);

impl DatabaseAddress {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// With the password.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is one of PostgreSQL or `CockroachDB`, or none at all.
    pub fn is_right(&self) -> bool {
        self.is_empty() || ["postgres://", "postgresql://"].iter().any(|scheme| self.0.starts_with(scheme))
    }
}

impl From<&str> for DatabaseAddress {
    fn from(address: &str) -> Self {
        Self(address.to_owned())
    }
}

impl fmt::Display for DatabaseAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&matinee_store::redact(&self.0))
    }
}

impl fmt::Debug for DatabaseAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

impl Serialize for DatabaseAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_read_but_never_shown() {
        let address: DatabaseAddress = serde_json::from_str(r#""postgres://ada:secret@db/films""#).unwrap();
        assert!(address.as_str().contains("secret"));
        for shown in [address.to_string(), format!("{address:?}"), serde_json::to_string(&address).unwrap()] {
            assert!(shown.contains("ada") && !shown.contains("secret"), "{shown}");
        }
    }
}
