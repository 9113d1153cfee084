//! What is taken from a provider's claims: the subject, names to be greeted by, and an address that it has checked.

use matinee_domain::Email;
use matinee_services::{duty::Strength, identities::Claimed, ports::IdentityKey};
use openidconnect::{
    EndUserEmail, EndUserName, EndUserNickname, EndUserUsername, IssuerUrl, LocalizedClaim,
    core::{CoreIdTokenClaims, CoreUserInfoClaims},
};

/// How an ID token says that its person gave more than one factor (RFC 8176, section 2).
const MULTI_FACTOR: &str = "mfa";

/// The claims that are used, of an ID token or of user info.
struct Told<'a> {
    subject: &'a str,
    name: Option<&'a LocalizedClaim<EndUserName>>,
    nickname: Option<&'a LocalizedClaim<EndUserNickname>>,
    username: Option<&'a EndUserUsername>,
    email: Option<&'a EndUserEmail>,
    email_is_checked: bool,
}

/// OpenID Connect Core, section 2: a subject has 255 ASCII characters at most.
const MAX_SUBJECT_BYTES: usize = 255;

/// Whether somebody can be known by this.
pub fn is_subject(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_SUBJECT_BYTES && !text.chars().any(char::is_control)
}

/// Whether an ID token says that its person gave more than one factor (`amr`).
pub fn strength(claims: &CoreIdTokenClaims) -> Strength {
    let methods = claims.auth_method_refs();
    Strength::of(methods.is_some_and(|methods| methods.iter().any(|method| method.as_str() == MULTI_FACTOR)))
}

/// Who an ID token says it is.
pub fn by_token(provider: &str, issuer: &IssuerUrl, claims: &CoreIdTokenClaims) -> Claimed {
    claimed(
        provider,
        issuer,
        &Told {
            subject: claims.subject(),
            name: claims.name(),
            nickname: claims.nickname(),
            username: claims.preferred_username(),
            email: claims.email(),
            email_is_checked: claims.email_verified() == Some(true),
        },
    )
}

/// Who user info says it is.
pub fn by_user_info(provider: &str, issuer: &IssuerUrl, claims: &CoreUserInfoClaims) -> Claimed {
    claimed(
        provider,
        issuer,
        &Told {
            subject: claims.subject(),
            name: claims.name(),
            nickname: claims.nickname(),
            username: claims.preferred_username(),
            email: claims.email(),
            email_is_checked: claims.email_verified() == Some(true),
        },
    )
}

fn claimed(provider: &str, issuer: &IssuerUrl, told: &Told<'_>) -> Claimed {
    let name = told.name.and_then(|name| name.get(None)).map(|name| name.as_str().to_owned());
    let nickname = told.nickname.and_then(|name| name.get(None)).map(|name| name.as_str().to_owned());
    let username = told.username.map(|name| name.as_str().to_owned());
    // An address that nobody has checked is anybody's.
    let checked = told.email.filter(|_| told.email_is_checked);
    Claimed {
        key: IdentityKey { issuer: issuer.as_str().to_owned(), subject: told.subject.to_owned() },
        provider: provider.to_owned(),
        names: [name, nickname, username].into_iter().flatten().collect(),
        email: checked.and_then(|email| Email::parse(email.as_str()).ok()),
        strength: Strength::OneFactor,
    }
}
