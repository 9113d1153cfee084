//! A device that holds a passkey, as Web Authentication has it (sections 6.1 and 6.5): P-256, no attestation. It does wrong what it
//! is told to.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The person was there, and verified.
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
/// A new key comes along.
const ATTESTED: u8 = 0x40;

#[derive(Clone)]
pub struct Device {
    pub key: SigningKey,
    pub id: [u8; 16],
    /// The account's id, as it was told.
    pub user: String,
    pub counter: u32,
    /// What the browser says of itself.
    pub origin: String,
    pub rp_id: String,
    pub kind: Option<&'static str>,
    pub flags: u8,
}

impl Device {
    pub fn new(number: u8) -> Self {
        Self {
            key: SigningKey::from_slice(&[number; 32]).unwrap(),
            id: [number; 16],
            user: String::new(),
            counter: 1,
            origin: "https://films.test".to_owned(),
            rp_id: "films.test".to_owned(),
            kind: None,
            flags: PRESENT | VERIFIED,
        }
    }

    /// One that does not ask its person.
    pub fn unverified(self) -> Self {
        Self { flags: PRESENT, ..self }
    }

    /// One with another key that claims to be this one.
    pub fn forged(self) -> Self {
        Self { key: SigningKey::from_slice(&[77; 32]).unwrap(), ..self }
    }

    /// Makes the passkey that is asked for.
    pub fn create(&mut self, options: &Value) -> String {
        options["user"]["id"].as_str().unwrap().clone_into(&mut self.user);
        let point = self.key.verifying_key().to_sec1_point(false);
        let mut data = self.data(ATTESTED);
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend(self.id);
        // COSE: EC2, ES256, P-256, x, y.
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(point.x().unwrap());
        data.extend([0x22, 0x58, 0x20]);
        data.extend(point.y().unwrap());
        // CBOR: { "fmt": "none", "attStmt": {}, "authData": … }
        let mut object = vec![0xa3, 0x63];
        object.extend(b"fmt");
        object.push(0x64);
        object.extend(b"none");
        object.push(0x67);
        object.extend(b"attStmt");
        object.extend([0xa0, 0x68]);
        object.extend(b"authData");
        object.extend([0x58, data.len().try_into().unwrap()]);
        object.extend(data);
        json!({
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientDataJSON": BASE64.encode(self.client_data("webauthn.create", options)),
            "clientExtensionResults": {},
            "attestationObject": BASE64.encode(object),
            "transports": [],
        })
        .to_string()
    }

    /// Shows the passkey.
    pub fn get(&mut self, options: &Value) -> String {
        self.counter += 1;
        let (data, client) = (self.data(0), self.client_data("webauthn.get", options));
        let mut signed = data.clone();
        signed.extend(Sha256::digest(&client));
        let signature: Signature = self.key.sign(&signed);
        json!({
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientDataJSON": BASE64.encode(client),
            "clientExtensionResults": {},
            "id": BASE64.encode(self.id),
            "authenticatorData": BASE64.encode(data),
            "signature": BASE64.encode(signature.to_der().as_bytes()),
            "userHandle": self.user,
        })
        .to_string()
    }

    fn data(&self, more_flags: u8) -> Vec<u8> {
        let mut data = Sha256::digest(self.rp_id.as_bytes()).to_vec();
        data.push(self.flags | more_flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let kind = self.kind.unwrap_or(kind);
        let client =
            json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false });
        client.to_string().into_bytes()
    }
}
