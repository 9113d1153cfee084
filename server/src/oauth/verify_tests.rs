//! Answers of a provider that are spoilt at will: its keys, its token, and claims that it did sign.

use std::sync::LazyLock;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::DateTime;
use matinee_domain::Timestamp;
use openidconnect::{
    ClientId, IssuerUrl, Nonce,
    core::{CoreJsonWebKeySet, CoreProviderMetadata, CoreTokenResponse},
};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use proptest::{collection::vec, prelude::*, sample::Index};

use super::{Verdict, verify};
use crate::oauth::answers::by_token;

const ISSUER: &str = "https://id.example.org";
const CLAIMS: &str = r#"{"iss":"https://id.example.org","sub":"248289761001","aud":["films"],"azp":"films","exp":1767226200,"iat":1767225600,
    "nbf":1767225600,"nonce":"n","name":"Ada Lovelace","nickname":"ada","preferred_username":"ada","email":"ada@example.org","email_verified":true}"#;
const METADATA: &str = r#"{"issuer":"https://id.example.org","authorization_endpoint":"https://id.example.org/a","token_endpoint":"https://id.example.org/t",
    "jwks_uri":"https://id.example.org/k","response_types_supported":["code"],"subject_types_supported":["public"],
    "id_token_signing_alg_values_supported":["ES256"]}"#;

static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::from_slice(&[7; 32]).expect("a number within the curve's order"));

fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn keys() -> String {
    let point = KEY.verifying_key().to_sec1_point(false).as_bytes().to_vec();
    let (x, y) = (encode(&point[1..33]), encode(&point[33..65]));
    format!(r#"{{"keys":[{{"kty":"EC","crv":"P-256","use":"sig","alg":"ES256","kid":"1","x":"{x}","y":"{y}"}}]}}"#)
}

/// An answer to a code, whose token has these claims, rightly signed.
fn answer(claims: &[u8]) -> String {
    let signed = format!("{}.{}", encode(r#"{"alg":"ES256","kid":"1"}"#), encode(claims));
    let signature: Signature = KEY.sign(signed.as_bytes());
    let token = format!("{signed}.{}", encode(signature.to_bytes()));
    format!(r#"{{"access_token":"a","token_type":"Bearer","expires_in":300,"id_token":"{token}"}}"#)
}

/// What is thought of it; `None` where it can't even be read.
fn judge(answer: &[u8], keys: &[u8]) -> Option<Verdict> {
    let (answer, keys) =
        (serde_json::from_slice::<CoreTokenResponse>(answer), serde_json::from_slice::<CoreJsonWebKeySet>(keys));
    let now: Timestamp = DateTime::from_timestamp(1_767_225_660, 0).expect("a moment");
    let issuer = IssuerUrl::new(ISSUER.to_owned()).expect("an address");
    let verdict = verify(
        &answer.ok()?,
        &ClientId::new("films".to_owned()),
        &issuer,
        &keys.ok()?,
        &Nonce::new("n".to_owned()),
        now,
    );
    if let Verdict::Believed(claims) = &verdict {
        assert_eq!(claims.issuer().as_str(), ISSUER);
        drop(by_token("work", &issuer, claims));
    }
    Some(verdict)
}

fn changes() -> impl Strategy<Value = Vec<(Index, u8)>> {
    let byte = prop_oneof![any::<u8>(), prop::sample::select(&b"\"\\{}[]:,0-9eE.n"[..])];
    vec((any::<Index>(), byte), 0..5)
}

fn spoilt(text: &str, changes: &[(Index, u8)]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for (at, byte) in changes {
        let at = at.index(bytes.len());
        bytes[at] = *byte;
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_bytes_of_a_provider_stop_the_server(of_answer in changes(), of_keys in changes(), of_claims in changes(), of_metadata in changes()) {
        judge(&spoilt(&answer(CLAIMS.as_bytes()), &of_answer), keys().as_bytes());
        judge(answer(CLAIMS.as_bytes()).as_bytes(), &spoilt(&keys(), &of_keys));
        // Signed by a provider that says whatever it likes.
        let claims = spoilt(CLAIMS, &of_claims);
        judge(answer(&claims).as_bytes(), keys().as_bytes());
        drop(serde_json::from_slice::<CoreProviderMetadata>(&spoilt(METADATA, &of_metadata)));
    }
}

#[test]
fn what_is_spoilt_there_is_believed_as_it_was() {
    assert!(matches!(judge(answer(CLAIMS.as_bytes()).as_bytes(), keys().as_bytes()), Some(Verdict::Believed(_))));
    assert!(serde_json::from_str::<CoreProviderMetadata>(METADATA).is_ok());
    let nobody = CLAIMS.replace("248289761001", "");
    assert!(matches!(judge(answer(nobody.as_bytes()).as_bytes(), keys().as_bytes()), Some(Verdict::Refused(_))));
}
