//! Passwords that everybody uses: the 3,000 commonest of those that are long enough, in order of their bytes.
//!
//! The list is derived from the frequency list of zxcvbn (MIT licence, Dropbox Inc.), which counts passwords that were made public;
//! it is in lower case.

use matinee_domain::{FieldError, Password};

static LIST: &str = include_str!("common_passwords.txt");

/// The password itself, unless it is one of the commonest, in whatever case.
///
/// # Errors
/// A [`FieldError`] for `password`.
pub fn uncommon(password: Password) -> Result<Password, FieldError> {
    if is_common(password.expose()) {
        let message = "this is one of the passwords that are guessed first: choose another";
        return Err(FieldError::new("password", "too_common", message));
    }
    Ok(password)
}

fn is_common(password: &str) -> bool {
    let password = password.to_lowercase();
    // Short enough to be looked through in microseconds, beside tens of milliseconds for the hash.
    LIST.lines().any(|common| common == password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commonest_are_refused_in_whatever_case() {
        for common in ["password", "12345678", "PassWord", "iloveyou", "football1"] {
            let refused = uncommon(Password::new(common).unwrap());
            assert_eq!(refused.unwrap_err().code, "too_common", "{common}");
        }
        assert!(uncommon(Password::new("correct horse").unwrap()).is_ok());
        assert_eq!(LIST.lines().count(), 3_000);
        assert!(LIST.lines().all(|line| line.chars().count() >= Password::MIN_CHARS));
    }
}
