//! The two ceremonies of Web Authentication Level 3 (sections 7.1 and 7.2), which `webauthn_rp` checks step by step: challenge, origin,
//! the hash of our name, presence and verification of the person, signature, counter.
//!
//! What is asked of a device: a key that it finds by itself (so nobody types a name), and that it asks its person each time. No proof of
//! its make is asked for: it would tell of the person, and is of no use here.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use matinee_domain::UserId;
use serde_json::Value;
use url::{Host, Url};
use uuid::Uuid;
use webauthn_rp::{
    AuthenticatedCredential, DiscoverableAuthentication16, DiscoverableAuthenticationServerState,
    DiscoverableCredentialRequestOptions, PublicKeyCredentialCreationOptions, Registration, RegistrationServerState,
    bin::{Decode, Encode},
    request::{
        AsciiDomain, BackupReq, PublicKeyCredentialDescriptor, RpId,
        auth::AuthenticationVerificationOptions,
        register::{CredProtect, RegistrationVerificationOptions, UserHandle},
    },
    response::{
        AuthTransports, CredentialId,
        auth::error::AuthCeremonyErr,
        register::{CompressedPubKey, DynamicState, StaticState},
    },
};

use super::PasskeyError;
use crate::{
    Result,
    ports::{Passkey, RepositoryError},
};

/// What people's devices show as ours.
const OUR_NAME: &str = "Matinee";
/// Bytes of [`DynamicState`].
const STATE_BYTES: usize = 7;

/// What devices know a person by: the account's id, which says nothing of them.
type Handle = UserHandle<16>;
type PublicKey = StaticState<CompressedPubKey<[u8; 32], [u8; 32], [u8; 48], Vec<u8>>>;

/// This site, as devices know it: by its host name, to which passkeys belong for good.
pub struct RelyingParty {
    id: RpId,
    origin: String,
}

/// A ceremony that has begun.
#[derive(Clone, Debug, PartialEq)]
pub struct Begun {
    /// For the browser: what `navigator.credentials` takes as `publicKey`, with bytes as base64url.
    pub options: Value,
    /// By what the answer is known again.
    pub challenge: String,
    /// To be kept until the answer comes; to be used once.
    pub kept: String,
}

/// What a device answered that was asked for a new passkey. Nothing of it is checked yet.
#[derive(Debug)]
pub struct NewPasskeyAnswer(Registration);

/// What a device answered that was asked to show a passkey. Nothing of it is checked yet.
#[derive(Debug)]
pub struct PasskeyAnswer(DiscoverableAuthentication16);

/// What is to be kept of a new passkey.
pub(super) struct NewKey {
    pub id: String,
    pub public_key: String,
    pub state: String,
}

impl RelyingParty {
    /// The site that people reach at this origin; `None` where browsers know no passkeys: without TLS, but on this machine, and where
    /// the site has no name but an address.
    pub fn at(origin: &str) -> Option<Self> {
        let url = Url::parse(origin).ok()?;
        let Some(Host::Domain(name)) = url.host() else { return None };
        let is_guarded = url.scheme() == "https" || (url.scheme() == "http" && name == "localhost");
        let id = AsciiDomain::try_from(name.to_owned()).ok()?;
        is_guarded.then(|| Self { id: RpId::Domain(id), origin: url.origin().ascii_serialization() })
    }

    /// Where passkeys work.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Begins to add a passkey of a person, whom their devices are to show as `called` and `name`. Devices that hold one of `known` are
    /// not to make another.
    pub(super) fn begin_adding<'k>(
        &self,
        user: UserId,
        called: &str,
        name: &str,
        known: impl Iterator<Item = &'k str>,
    ) -> Result<Begun, PasskeyError> {
        let handle = handle_of(user)?;
        let known = known.filter_map(|id| {
            let id = CredentialId::<Vec<u8>>::decode(BASE64.decode(id).ok()?).ok()?;
            // By which ways a device is reached is not kept: browsers try all.
            let transports = AuthTransports::decode(0).ok()?;
            Some(PublicKeyCredentialDescriptor { id, transports })
        });
        let mut asked = PublicKeyCredentialCreationOptions::passkey(&self.id, (&handle).into(), known.collect());
        // Every sign-in asks for verification, so devices need not be told to.
        asked.extensions.cred_protect = CredProtect::None;
        let challenge = challenge_text(asked.challenge.as_data());
        let (kept, client) = asked.start_ceremony().map_err(never)?;
        let mut options = serde_json::to_value(&client).map_err(never)?;
        options["rp"]["name"] = OUR_NAME.into();
        // By the library's own types not every name could be shown.
        options["user"]["name"] = called.into();
        options["user"]["displayName"] = name.into();
        Ok(Begun { options, challenge, kept: BASE64.encode(kept.encode().map_err(never)?) })
    }

    pub(super) fn finish_adding(
        &self,
        user: UserId,
        kept: &str,
        answer: &NewPasskeyAnswer,
    ) -> Result<NewKey, PasskeyError> {
        let kept = BASE64.decode(kept).map_err(wrong)?;
        let asked = RegistrationServerState::<16>::decode(&kept).map_err(wrong)?;
        let origins = [self.origin.as_str()];
        let options = RegistrationVerificationOptions::<&str, &str> {
            allowed_origins: &origins,
            error_on_unsolicited_extensions: false,
            ..RegistrationVerificationOptions::default()
        };
        let made = asked.verify(&self.id, &answer.0, &options).map_err(wrong)?;
        if made.user_id().as_ref() != user.0.as_bytes() {
            return Err(PasskeyError::Wrong("it was asked for by somebody else".to_owned()));
        }
        let Ok(public_key) = made.static_state().encode();
        let Ok(state) = made.dynamic_state().encode();
        Ok(NewKey {
            id: BASE64.encode(made.id().as_ref()),
            public_key: BASE64.encode(public_key),
            state: BASE64.encode(state),
        })
    }

    /// Asks for a passkey, whosever.
    ///
    /// # Errors
    /// `Wrong` when the machine's clock stands before 1970.
    pub fn begin_sign_in(&self) -> Result<Begun, PasskeyError> {
        let asked = DiscoverableCredentialRequestOptions::passkey(&self.id);
        let challenge = challenge_text(asked.0.challenge.as_data());
        let (kept, client) = asked.start_ceremony().map_err(never)?;
        let options = serde_json::to_value(&client).map_err(never)?;
        Ok(Begun { options, challenge, kept: BASE64.encode(kept.encode().map_err(never)?) })
    }

    /// The passkey's state after this use.
    pub(super) fn check(&self, kept: &str, answer: &PasskeyAnswer, passkey: &Passkey) -> Result<String, PasskeyError> {
        let kept = BASE64.decode(kept).map_err(wrong)?;
        let asked = DiscoverableAuthenticationServerState::decode(&kept).map_err(wrong)?;
        let id = BASE64.decode(&passkey.id).map_err(|error| damaged(passkey, &error))?;
        let id = CredentialId::<&[u8]>::decode(&id).map_err(|error| damaged(passkey, &error))?;
        let handle = handle_of(passkey.user)?;
        let public_key = BASE64.decode(&passkey.public_key).map_err(|error| damaged(passkey, &error))?;
        let public_key = PublicKey::decode(&public_key).map_err(|error| damaged(passkey, &error))?;
        let state = BASE64.decode(&passkey.state).map_err(|error| damaged(passkey, &error))?;
        let state: [u8; STATE_BYTES] = state.try_into().map_err(|_| damaged(passkey, &"its state's length"))?;
        let state = DynamicState::decode(state).map_err(|error| damaged(passkey, &error))?;
        let known = AuthenticatedCredential::new(id, &handle, public_key, state);
        let mut known = known.map_err(|error| damaged(passkey, &error))?;
        let origins = [self.origin.as_str()];
        let options = AuthenticationVerificationOptions::<&str, &str> {
            allowed_origins: &origins,
            backup_requirement: Some(BackupReq::None),
            error_on_unsolicited_extensions: false,
            ..AuthenticationVerificationOptions::default()
        };
        match asked.verify(&self.id, &answer.0, &mut known, &options) {
            Ok(_) => {}
            Err(AuthCeremonyErr::SignatureCounter) => return Err(PasskeyError::Copied),
            Err(error) => return Err(wrong(error)),
        }
        let Ok(state) = known.dynamic_state().encode();
        Ok(BASE64.encode(state))
    }
}

impl fmt::Debug for RelyingParty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelyingParty").field("origin", &self.origin).finish_non_exhaustive()
    }
}

impl NewPasskeyAnswer {
    /// Reads the JSON that our script makes of it: `attestationObject`, `clientDataJSON`, `transports`, … with bytes as base64url.
    ///
    /// # Errors
    /// `Unreadable` when it is nothing of the kind.
    pub fn read(json: &str) -> Result<Self, PasskeyError> {
        Registration::from_json_custom(json.as_bytes()).map(Self).map_err(unreadable)
    }

    /// The challenge that it answers, as [`Begun::challenge`] has it.
    ///
    /// # Errors
    /// `Unreadable` when it names none.
    pub fn challenge(&self) -> Result<String, PasskeyError> {
        self.0.challenge_relaxed().map(|challenge| challenge_text(challenge.0)).map_err(unreadable)
    }
}

impl PasskeyAnswer {
    /// Reads the JSON that our script makes of it: `id`, `authenticatorData`, `clientDataJSON`, `signature`, `userHandle`.
    ///
    /// # Errors
    /// `Unreadable` when it is nothing of the kind.
    pub fn read(json: &str) -> Result<Self, PasskeyError> {
        DiscoverableAuthentication16::from_json_custom(json.as_bytes()).map(Self).map_err(unreadable)
    }

    /// The challenge that it answers, as [`Begun::challenge`] has it.
    ///
    /// # Errors
    /// `Unreadable` when it names none.
    pub fn challenge(&self) -> Result<String, PasskeyError> {
        self.0.challenge_relaxed().map(|challenge| challenge_text(challenge.0)).map_err(unreadable)
    }

    /// Whose it claims to be.
    pub(super) fn user(&self) -> UserId {
        let handle = self.0.response().user_handle();
        let Ok(bytes) = handle.encode();
        UserId(Uuid::from_bytes(bytes))
    }

    /// Which passkey it claims to be.
    pub(super) fn id(&self) -> String {
        BASE64.encode(self.0.raw_id().as_ref())
    }
}

fn handle_of(user: UserId) -> Result<Handle, PasskeyError> {
    Handle::decode(*user.0.as_bytes()).map_err(never)
}

fn challenge_text(challenge: u128) -> String {
    format!("{challenge:032x}")
}

fn unreadable(error: impl fmt::Display) -> PasskeyError {
    PasskeyError::Unreadable(error.to_string())
}

fn wrong(error: impl fmt::Display) -> PasskeyError {
    PasskeyError::Wrong(error.to_string())
}

/// What the library's types allow and cannot be here.
fn never(error: impl fmt::Display) -> PasskeyError {
    PasskeyError::Wrong(format!("it could not be asked for: {error}"))
}

fn damaged(passkey: &Passkey, reason: &dyn fmt::Display) -> PasskeyError {
    RepositoryError::Damaged { what: "passkey of", id: passkey.user.to_string(), reason: reason.to_string() }.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;
    use sha2::{Digest, Sha256};

    use super::*;

    const ORIGIN: &str = "https://films.example.org";
    /// The point that P-256 begins with (SEC 2, section 2.4.2): a public key like any other.
    const KEY: [&str; 2] = [
        "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
    ];

    fn bytes_of(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    /// What a device sends that made a passkey: section 6.5.
    fn attestation_object() -> Vec<u8> {
        let mut data = Sha256::digest("films.example.org").to_vec();
        data.push(0x45);
        data.extend([0, 0, 0, 1]);
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend([9; 16]);
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(bytes_of(KEY[0]));
        data.extend([0x22, 0x58, 0x20]);
        data.extend(bytes_of(KEY[1]));
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(data);
        object
    }

    fn client_data(kind: &str, begun: &Begun) -> Vec<u8> {
        let challenge = &begun.options["challenge"];
        json!({ "type": kind, "challenge": challenge, "origin": ORIGIN, "crossOrigin": false }).to_string().into_bytes()
    }

    fn new_passkey(client_data: &[u8], object: &[u8]) -> String {
        json!({
            "attestationObject": BASE64.encode(object),
            "clientDataJSON": BASE64.encode(client_data),
            "clientExtensionResults": {},
            "transports": [],
        })
        .to_string()
    }

    fn shown_passkey(user: UserId, client_data: &[u8], data: &[u8], signature: &[u8]) -> String {
        json!({
            "id": BASE64.encode([9; 16]),
            "authenticatorData": BASE64.encode(data),
            "clientDataJSON": BASE64.encode(client_data),
            "clientExtensionResults": {},
            "signature": BASE64.encode(signature),
            "userHandle": BASE64.encode(user.0.as_bytes()),
        })
        .to_string()
    }

    /// Bytes with others in place of some of them, cut off somewhere.
    fn spoilt(bytes: &[u8], changes: &[(usize, u8)], length: usize) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = *byte;
        }
        bytes.truncate(length);
        bytes
    }

    fn changes() -> impl Strategy<Value = Vec<(usize, u8)>> {
        prop::collection::vec((any::<usize>(), any::<u8>()), 0..6)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        /// Whatever devices and browsers send, the library answers and does not panic.
        #[test]
        fn no_bytes_stop_the_server(
            changes in changes(), client_changes in changes(), length in 0_usize..400, noise in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let party = RelyingParty::at(ORIGIN).unwrap();
            let user = UserId(Uuid::from_u128(7));
            let begun = party.begin_adding(user, "ada", "Ada", [].into_iter()).unwrap();
            let client = client_data("webauthn.create", &begun);
            let good = NewPasskeyAnswer::read(&new_passkey(&client, &attestation_object())).unwrap();
            let made = party.finish_adding(user, &begun.kept, &good).unwrap();
            let spoilt_client = spoilt(&client, &client_changes, length + 100);
            for object in [spoilt(&attestation_object(), &changes, length), noise.clone()] {
                for client in [&client, &spoilt_client] {
                    if let Ok(answer) = NewPasskeyAnswer::read(&new_passkey(client, &object)) {
                        let _ = (answer.challenge(), party.finish_adding(user, &begun.kept, &answer).is_ok());
                    }
                }
            }

            let passkey = Passkey {
                user,
                id: made.id,
                name: String::new(),
                public_key: made.public_key,
                state: made.state,
                created_at: chrono::DateTime::UNIX_EPOCH,
                used_at: None,
            };
            let begun = party.begin_sign_in().unwrap();
            let client = client_data("webauthn.get", &begun);
            let data = attestation_object()[30..67].to_vec();
            let spoilt_client = spoilt(&client, &client_changes, length + 100);
            for (data, signature) in [(&data, &noise), (&spoilt(&data, &changes, length), &noise), (&noise, &data)] {
                for client in [&client, &spoilt_client] {
                    if let Ok(answer) = PasskeyAnswer::read(&shown_passkey(user, client, data, signature)) {
                        let _ = answer.challenge();
                        prop_assert!(party.check(&begun.kept, &answer, &passkey).is_err(), "nobody signed that");
                    }
                }
            }
        }

        /// Nor does any text that is sent in place of an answer, or was kept.
        #[test]
        fn no_text_stops_the_server(text in any::<String>(), json in "[\\[\\]{}\":,a-z0-9]{0,80}") {
            let party = RelyingParty::at(ORIGIN).unwrap();
            for text in [&text, &json] {
                let _ = (PasskeyAnswer::read(text).is_ok(), NewPasskeyAnswer::read(text).is_ok(), RelyingParty::at(text));
            }
            let begun = party.begin_adding(UserId(Uuid::from_u128(7)), &text, &text, [].into_iter()).unwrap();
            let client = client_data("webauthn.create", &begun);
            let good = NewPasskeyAnswer::read(&new_passkey(&client, &attestation_object())).unwrap();
            prop_assert!(party.finish_adding(UserId(Uuid::from_u128(7)), &text, &good).is_err());
        }
    }

    #[test]
    fn a_site_has_passkeys_where_browsers_know_them() {
        for (origin, known) in [
            ("https://films.example.org", Some("https://films.example.org")),
            ("https://Films.example.org:8443/", Some("https://films.example.org:8443")),
            ("http://localhost:8080", Some("http://localhost:8080")),
            ("http://films.example.org", None),
            ("http://127.0.0.1:8080", None),
            ("https://[::1]", None),
            ("ftp://localhost", None),
            ("", None),
        ] {
            assert_eq!(RelyingParty::at(origin).as_ref().map(RelyingParty::origin), known, "{origin}");
        }
    }

    #[test]
    fn a_device_is_asked_for_a_key_that_it_finds_and_asks_its_person_for() {
        let party = RelyingParty::at("https://films.example.org").unwrap();
        let user = UserId(Uuid::from_u128(7));
        let known = [BASE64.encode([9; 16])];
        let begun =
            party.begin_adding(user, "ada@example.org", "Ada Löw 🎬", known.iter().map(String::as_str)).unwrap();
        let asked = &begun.options;
        assert_eq!(asked["rp"], serde_json::json!({ "id": "films.example.org", "name": "Matinee" }));
        assert_eq!(asked["user"]["displayName"], "Ada Löw 🎬");
        assert_eq!(BASE64.decode(asked["user"]["id"].as_str().unwrap()).unwrap(), user.0.as_bytes());
        assert_eq!(asked["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(asked["authenticatorSelection"]["userVerification"], "required");
        assert_eq!(asked["excludeCredentials"][0]["id"], known[0].as_str());
        assert_eq!(asked["attestation"], "none");
        assert_ne!(party.begin_sign_in().unwrap().challenge, party.begin_sign_in().unwrap().challenge);
        let asked = party.begin_sign_in().unwrap().options;
        assert_eq!((&asked["rpId"], &asked["userVerification"]), (&"films.example.org".into(), &"required".into()));
    }

    #[test]
    fn what_is_no_answer_is_not_read() {
        for text in ["", "null", "{}", "[1]", r#"{"id":"AA"}"#, &"[".repeat(100_000)] {
            assert!(matches!(PasskeyAnswer::read(text), Err(PasskeyError::Unreadable(_))));
            assert!(matches!(NewPasskeyAnswer::read(text), Err(PasskeyError::Unreadable(_))));
        }
    }
}
