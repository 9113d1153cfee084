//! Codes of authenticator apps (TOTP, RFC 6238): six digits of HMAC-SHA-1 over the number of the half minute, as every app knows them.

use std::fmt;

use matinee_domain::Timestamp;
use sha2::{Digest, Sha256};
use totp_rs::{Builder, Secret, Totp};
use uuid::Uuid;

/// Bytes of a secret, as RFC 4226, section 4, recommends.
const SECRET_BYTES: usize = 20;
/// Spaces are how apps show their codes.
const MAX_GIVEN_CHARS: usize = 64;

/// What an authenticator app shares with us.
#[derive(Clone, PartialEq, Eq)]
pub struct FactorSecret(Secret);

impl FactorSecret {
    /// A new one.
    pub fn generate() -> Self {
        Self(Secret::from(random()[..SECRET_BYTES].to_vec()))
    }

    /// One that was written by [`FactorSecret::expose`]; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let secret = Secret::try_from_base32(text).ok()?;
        (secret.as_bytes().len() == SECRET_BYTES).then_some(Self(secret))
    }

    /// The secret itself, as apps take it: base32.
    pub fn expose(&self) -> String {
        self.0.to_base32()
    }

    /// The time step whose code this is, if it is one of the present step or of those beside it: clocks differ.
    pub fn step_of(&self, code: &str, now: Timestamp) -> Option<i64> {
        let seconds = u64::try_from(now.timestamp()).ok()?;
        let step = self.totp()?.check(&digits(code), seconds)?;
        i64::try_from(step).ok()
    }

    fn totp(&self) -> Option<Totp> {
        Builder::new().with_secret(self.0.clone()).build().ok()
    }
}

impl fmt::Debug for FactorSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FactorSecret(…)")
    }
}

/// A code as it was typed, without what people put between its digits.
fn digits(code: &str) -> String {
    code.chars().take(MAX_GIVEN_CHARS).filter(|c| !c.is_whitespace() && *c != '-').collect()
}

/// 32 bytes made of 244 random bits.
pub(crate) fn random() -> [u8; 32] {
    let chance = [Uuid::new_v4(), Uuid::new_v4()];
    let mut hash = Sha256::new();
    for part in chance {
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B.
    const RFC_SECRET: &[u8] = b"12345678901234567890";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        let totp = Builder::new().with_secret(RFC_SECRET.to_vec()).with_digits(8).build().unwrap();
        for (seconds, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(totp.generate(seconds).to_string(), code, "{seconds}");
        }
        // Ours have the last six of those digits.
        let ours = FactorSecret(Secret::from(RFC_SECRET.to_vec()));
        assert_eq!(ours.step_of("287 082", at(59)), Some(1));
        assert_eq!(ours.step_of("005924", at(1_234_567_890)), Some(1_234_567_890 / 30));
    }

    #[test]
    fn a_code_is_good_for_one_step_around_its_own() {
        let ours = FactorSecret(Secret::from(RFC_SECRET.to_vec()));
        let step = 1_234_567_890 / 30;
        for (seconds, found) in [(-60, None), (-30, Some(step)), (0, Some(step)), (30, Some(step)), (60, None)] {
            assert_eq!(ours.step_of("005924", at(1_234_567_890 + seconds)), found, "{seconds}");
        }
        for wrong in ["", "5924", "89005924", "+05924", "００5924", "005924x"] {
            assert_eq!(ours.step_of(wrong, at(1_234_567_890)), None, "{wrong}");
        }
    }

    #[test]
    fn secrets_are_long_different_and_never_shown() {
        let (one, other) = (FactorSecret::generate(), FactorSecret::generate());
        assert_ne!(one, other);
        assert_eq!(one.expose().len(), 32);
        assert_eq!(FactorSecret::parse(&one.expose()), Some(one.clone()));
        assert_eq!(FactorSecret::parse("JBSWY3DPEHPK3PXP"), None, "too short");
        assert!(!format!("{one:?}").contains(&one.expose()));
    }
}
