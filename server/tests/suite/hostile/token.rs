//! ID tokens, made by hand so that they can be wrong in any way.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, Mac};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use rsa::{
    RsaPrivateKey, pkcs1v15,
    signature::{SignatureEncoding, Signer as _},
    traits::PublicKeyParts,
};
use serde_json::{Value, json};
use sha2::Sha256;

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64.encode(bytes)
}

/// A key pair on the curve P-256, made for this test.
pub struct EcKey(SigningKey);

impl EcKey {
    pub fn new() -> Self {
        let bytes = [uuid::Uuid::new_v4().into_bytes(), uuid::Uuid::new_v4().into_bytes()].concat();
        Self(SigningKey::from_slice(&bytes).unwrap())
    }

    /// The public key as a JSON Web Key.
    pub fn jwk(&self, kid: &str) -> Value {
        let point = self.public_bytes();
        json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid,
            "x": encode(&point[1..33]), "y": encode(&point[33..65]) })
    }

    pub fn public_bytes(&self) -> Vec<u8> {
        self.0.verifying_key().to_sec1_point(false).as_bytes().to_vec()
    }

    pub fn sign(&self, text: &str) -> String {
        let signature: Signature = self.0.sign(text.as_bytes());
        encode(signature.to_bytes())
    }
}

/// A key pair of RSA, made for this test.
pub struct RsaKey(RsaPrivateKey);

impl RsaKey {
    pub fn new() -> Self {
        Self(RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap())
    }

    pub fn jwk(&self, kid: &str) -> Value {
        json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid,
            "n": encode(self.0.n().to_bytes_be()), "e": encode(self.0.e().to_bytes_be()) })
    }

    pub fn modulus(&self) -> Vec<u8> {
        self.0.n().to_bytes_be()
    }

    pub fn sign(&self, text: &str) -> String {
        let key = pkcs1v15::SigningKey::<Sha256>::new(self.0.clone());
        encode(key.sign(text.as_bytes()).to_bytes())
    }
}

pub fn hmac(key: &[u8], text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    encode(mac.finalize().into_bytes())
}

/// What a token is made of.
#[derive(Clone, Debug)]
pub struct Token {
    pub header: Value,
    pub claims: Value,
}

impl Token {
    /// What the signature is over.
    pub fn signed_part(&self) -> String {
        format!("{}.{}", encode(self.header.to_string()), encode(self.claims.to_string()))
    }

    pub fn with_signature(&self, sign: impl FnOnce(&str) -> String) -> String {
        let part = self.signed_part();
        format!("{part}.{}", sign(&part))
    }
}
