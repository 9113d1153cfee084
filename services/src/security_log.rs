//! Security events in the log: who was let in, and what was refused (ASVS 16.3). One target, [`TARGET`], so that they can be sent on by
//! themselves, and the same fields each time.
//!
//! No password, code, token or e-mail address is in them. An account is named by its id, or where it is not known who it is by
//! [`digest`] of the address that was given: the same for all tries at one account, whether it exists or not.

use matinee_domain::UserId;
use sha2::{Digest, Sha256};

use crate::provenance::Provenance;

/// The target of all events of this kind.
pub const TARGET: &str = "matinee_security";

/// Hexadecimal digits of a digest.
const DIGEST_CHARS: usize = 16;

/// What stands for an address, or another text that is not to be logged.
pub fn digest(text: &str) -> String {
    let mut hex = format!("{:x}", Sha256::digest(text.trim().to_lowercase().as_bytes()));
    hex.truncate(DIGEST_CHARS);
    hex
}

/// Somebody was let in, by `way`: `password`, `password+code`, `passkey`, `provider`, …
pub fn signed_in(user: UserId, way: &str) {
    let from = from();
    tracing::info!(
        target: TARGET,
        { security.event = "signed_in", security.way = way, user.id = %user, client.address = from },
        "signed in"
    );
}

/// Somebody gave what lets nobody in: the account is that of the address they gave.
pub fn sign_in_refused(way: &str, reason: &str, email: &str) {
    let (from, account) = (from(), digest(email));
    tracing::warn!(
        target: TARGET,
        {
            security.event = "sign_in_refused",
            security.way = way,
            security.reason = reason,
            account.digest = account,
            client.address = from
        },
        "nobody was let in"
    );
}

/// The same where it is known whose account it is.
pub fn factor_refused(way: &str, reason: &str, user: Option<UserId>) {
    let from = from();
    let user = user.map(|user| user.to_string()).unwrap_or_default();
    tracing::warn!(
        target: TARGET,
        {
            security.event = "sign_in_refused",
            security.way = way,
            security.reason = reason,
            user.id = user,
            client.address = from
        },
        "nobody was let in"
    );
}

/// Somebody may not do what they asked for.
pub fn access_refused(user: Option<UserId>, needs: &str) {
    let from = from();
    let user = user.map(|user| user.to_string()).unwrap_or_default();
    tracing::warn!(
        target: TARGET,
        {
            security.event = "access_refused",
            security.needs = needs,
            user.id = user,
            client.address = from
        },
        "somebody may not do that"
    );
}

/// A request got no further than a guard: `other_site`, `too_often`, …
pub fn request_refused(guard: &str, route: &str) {
    let from = from();
    tracing::warn!(
        target: TARGET,
        {
            security.event = "request_refused",
            security.guard = guard,
            http.route = route,
            client.address = from
        },
        "a request was refused"
    );
}

/// The network address that asked, where it is known.
fn from() -> String {
    Provenance::current().from.map(|from| from.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_named_by_the_same_digest_however_it_is_written() {
        assert_eq!(digest("Ada@Example.org "), digest("ada@example.org"));
        assert_ne!(digest("ada@example.org"), digest("bo@example.org"));
        assert!(!digest("ada@example.org").contains("ada") && digest("").len() == DIGEST_CHARS);
    }
}
