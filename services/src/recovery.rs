//! Recovery codes: what lets a person in who lost their authenticator. Each has 140 random bits, so that one round of SHA-256 is
//! enough to keep it by, and letters that nobody mistakes for others. Those that were made before had 120, and are still taken.

use std::fmt;

use matinee_domain::letters::lower_case;
use sha2::{Digest, Sha256};

use crate::totp::random;

/// Codes in a set.
pub const CODES: usize = 10;
/// Letters of a code.
const LETTERS: usize = 28;
/// Letters of a code that was made by an earlier version.
const LETTERS_BEFORE: usize = 24;
/// Letters between two dashes.
const GROUP: usize = 7;
/// Crockford's base32: no i, l, o and u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// One code, as it is shown once.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(String);

impl RecoveryCode {
    /// A new set of them.
    pub fn set() -> Vec<Self> {
        (0..CODES).map(|_| Self(random()[..LETTERS].iter().map(|byte| letter(*byte)).collect())).collect()
    }

    /// The code as people write it down: groups of seven letters.
    pub fn expose(&self) -> String {
        let groups: Vec<_> = (0..LETTERS).step_by(GROUP).map(|at| &self.0[at..at + GROUP]).collect();
        groups.join("-")
    }

    /// The code that somebody typed: in any case, with anything between the groups, and with o for 0 and i or l for 1. `None` where it
    /// has not as many letters as a code.
    pub fn read(typed: &str) -> Option<Self> {
        let letters = lower_case(typed);
        let letters = letters.chars().filter(char::is_ascii_alphanumeric).map(|c| match c {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        });
        let code: String = letters.take(LETTERS + 1).collect();
        matches!(code.len(), LETTERS | LETTERS_BEFORE).then_some(Self(code))
    }

    /// What is kept of it.
    pub fn hash(&self) -> String {
        format!("{:x}", Sha256::digest(self.0.as_bytes()))
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

fn letter(byte: u8) -> char {
    char::from(ALPHABET[usize::from(byte) % ALPHABET.len()])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_set_has_ten_codes_of_which_no_two_are_alike() {
        let codes = RecoveryCode::set();
        assert_eq!(codes.iter().map(RecoveryCode::hash).collect::<BTreeSet<_>>().len(), 10);
        assert!(codes.iter().all(|code| code.expose().len() == 31), "{:?}", codes[0].expose());
    }

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = RecoveryCode("0123456789abcdefghjkmnpqrstv".into());
        for typed in
            ["0123456-789abcd-efghjkm-npqrstv", " OI23456 789ABCD efghjkm NPQRSTV ", "0l23456789abcdefghjkmnpqrstv"]
        {
            assert_eq!(RecoveryCode::read(typed), Some(code.clone()), "{typed}");
        }
        let before = RecoveryCode("0123456789abcdefghjkmnpq".into());
        assert_eq!(RecoveryCode::read("012345-6789ab-cdefgh-jkmnpq"), Some(before), "of an earlier version");
        for wrong in ["", "0123456", "012345-6789ab-cdefgh-jkmnpqr", "0123456-789abcd-efghjkm-npqrstvw"] {
            assert_eq!(RecoveryCode::read(wrong), None, "{wrong}");
        }
    }
}
