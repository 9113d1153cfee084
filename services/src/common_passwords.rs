//! Passwords that are guessed first: the 3,000 commonest of those that are long enough, in order of their bytes, and those that are
//! little more than the person's own name or address, or this site's.
//!
//! The list is derived from the frequency list of zxcvbn (MIT licence, Dropbox Inc.), which counts passwords that were made public;
//! it is in lower case.

use matinee_domain::{FieldError, Password};

use crate::{Result, Services};

static LIST: &str = include_str!("common_passwords.txt");

/// What everybody who guesses passwords for this site begins with.
const OURS: &str = "matinee";
/// Shorter words of a name stand in many passwords by chance.
const MIN_WORD_CHARS: usize = 3;

/// The password itself, unless it is one of the commonest, in whatever case, or would be too short without `name`, `email` and
/// what the site is called (ASVS 6.2.11).
///
/// # Errors
/// A [`FieldError`] for `password`.
pub fn uncommon(password: Password, name: &str, email: &str) -> std::result::Result<Password, FieldError> {
    if is_common(password.expose()) || is_about(password.expose(), name, email) {
        let message = "this is one of the passwords that are guessed first: choose another";
        return Err(FieldError::new("password", "too_common", message));
    }
    Ok(password)
}

impl Services {
    /// The password itself, unless it is [common](uncommon), or on the operator's list of those that were made public.
    ///
    /// # Errors
    /// `Invalid` for `password`; `Hashing` when the list can't be read: what nobody can look at is not taken.
    pub(crate) async fn acceptable(&self, password: Password, name: &str, email: &str) -> Result<Password> {
        let password = uncommon(password, name, email)?;
        if self.passwords.is_breached(&password).await? {
            let message = "this password was made public elsewhere, so it is guessed: choose another, and change it where else you use it";
            return Err(FieldError::new("password", "breached", message).into());
        }
        Ok(password)
    }
}

fn is_common(password: &str) -> bool {
    let password = password.to_lowercase();
    // Short enough to be looked through in microseconds, beside tens of milliseconds for the hash.
    LIST.lines().any(|common| common == password)
}

/// Whether little is left of a password without the words that it has of its person.
fn is_about(password: &str, name: &str, email: &str) -> bool {
    let about = format!("{name} {email} {OURS}").to_lowercase();
    let mut words: Vec<&str> = about.split(|c: char| !c.is_alphanumeric()).collect();
    words.retain(|word| word.chars().count() >= MIN_WORD_CHARS);
    // The longest first: of "Ann Annesley" nothing is to stay of the second.
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let whole = password.to_lowercase();
    let left = words.iter().fold(whole.clone(), |left, word| left.replace(word, ""));
    left.len() < whole.len() && left.chars().count() < Password::MIN_CHARS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commonest_are_refused_in_whatever_case() {
        for common in ["password", "12345678", "PassWord", "iloveyou", "football1"] {
            let refused = uncommon(Password::new(common).unwrap(), "Ada", "ada@example.org");
            assert_eq!(refused.unwrap_err().code, "too_common", "{common}");
        }
        assert!(uncommon(Password::new("correct horse").unwrap(), "Ada", "ada@example.org").is_ok());
        assert_eq!(LIST.lines().count(), 3_000);
        assert!(LIST.lines().all(|line| line.chars().count() >= Password::MIN_CHARS));
    }

    #[test]
    fn a_password_of_ones_own_name_or_address_or_of_the_sites_is_refused() {
        let taken =
            |password: &str| uncommon(Password::new(password).unwrap(), "Ada Lovelace", "countess@example.org").is_ok();
        for guessed in ["adalovelace", "Ada-Lovelace-1", "countess1815", "Matinee2026", "example.org", "LOVELACE!!"] {
            assert!(!taken(guessed), "{guessed}");
        }
        for good in ["lovelace wrote notes", "ada countess of nothing in particular", "adequate horse"] {
            assert!(taken(good), "{good}");
        }
    }

    #[test]
    fn a_short_name_refuses_nothing() {
        assert!(uncommon(Password::new("jonathan7").unwrap(), "Jo", "jo@a.io").is_ok());
    }
}
