//! What authenticator apps share, enciphered before it reaches the database: AES-256-GCM (NIST SP 800-38D), with the person's id as
//! associated data, so that a row is worth nothing as somebody else's.
//!
//! Sealed text is `v1.{key}.{nonce and ciphertext}`: the key's name is the beginning of its SHA-256, the rest is base64. What was kept
//! before there was a key has no dots in it, and is sealed when it is next used, or by `matinee users seal-second-steps`.

use std::{
    fmt::{self, Write as _},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::{Context, bail};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use matinee_domain::UserId;
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac,
    rand::{SecureRandom, SystemRandom},
};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::config::Config;

/// How sealed text begins.
const VERSION: &str = "v1.";
/// Bytes of a key.
const KEY_BYTES: usize = 32;
/// Hexadecimal digits of a key's name.
const NAME_CHARS: usize = 8;
/// What is sealed, in the associated data: another column's text is none of this one's.
const PURPOSE: &[u8] = b"second_factors.secret ";
/// For what the second key is, that digests are made by: of one key, each use has its own (NIST SP 800-108).
const DIGESTS: &[u8] = b"sign_in_failures.id";
/// The file that is made beside an `SQLite` file.
const FILE: &str = "secrets.key";

/// Why sealed text can't be opened.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SealError {
    #[error(
        "it is sealed with the key {0}, which this instance does not have: give it that key by `auth.secrets_key_file`, too"
    )]
    UnknownKey(String),
    #[error("it was changed, or is somebody else's")]
    Changed,
    #[error("it can't be sealed: {0}")]
    Failed(&'static str),
}

/// The keys: the first one seals, all of them open.
pub struct SealingKeys(Vec<Key>);

struct Key {
    name: String,
    cipher: LessSafeKey,
    digests: hmac::Key,
}

impl fmt::Debug for SealingKeys {
    /// Names alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

impl SealingKeys {
    /// The keys that the settings name. Where they name none, that of the data folder, made if it is not there; none for a database that
    /// other instances share, which would not have it.
    ///
    /// # Errors
    /// When a file can't be read or made, or holds no key; says which.
    pub fn open(config: &Config) -> anyhow::Result<Option<Self>> {
        let auth = &config.auth;
        if !auth.secrets_keys.is_empty() {
            let keys = Self::parse(&auth.secrets_keys.expose().replace(',', "\n"));
            return keys.context("`auth.secrets_keys` can't be used").map(Some);
        }
        let path = if !auth.secrets_key_file.as_os_str().is_empty() {
            auth.secrets_key_file.clone()
        } else if config.data.url.is_empty() {
            let path = config.data.dir.join(FILE);
            make(&path).with_context(|| format!("the key {} can't be made", path.display()))?;
            path
        } else {
            return Ok(None);
        };
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("`auth.secrets_key_file` {} can't be read", path.display()))?;
        Self::parse(&text)
            .with_context(|| format!("`auth.secrets_key_file` {} can't be used", path.display()))
            .map(Some)
    }

    /// Keys in base64, each on a line of its own. Empty lines and those that begin with `#` are passed over.
    fn parse(text: &str) -> anyhow::Result<Self> {
        let mut keys = Vec::new();
        for (number, line) in text.lines().map(str::trim).enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let bytes = STANDARD.decode(line).ok().filter(|bytes| bytes.len() == KEY_BYTES);
            // The line itself is in no error: it may be a key but for a letter.
            let Some(bytes) = bytes else {
                bail!("line {} is no key: `openssl rand -base64 {KEY_BYTES}` makes one", number + 1);
            };
            keys.push(Key::new(&bytes)?);
        }
        if keys.is_empty() {
            bail!("there is no key in it: `openssl rand -base64 {KEY_BYTES}` makes one");
        }
        Ok(Self(keys))
    }

    /// What the keys are called, the one that seals first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|key| key.name.as_str())
    }

    /// Seals a person's secret.
    ///
    /// # Errors
    /// [`SealError::Failed`] where the machine has no random bytes.
    pub fn seal(&self, user: UserId, secret: &str) -> Result<String, SealError> {
        let first = self.0.first().ok_or(SealError::Failed("there is no key"))?;
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| SealError::Failed("there are no random bytes"))?;
        let mut text = secret.as_bytes().to_vec();
        let sealed = first.cipher.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), of(user), &mut text);
        sealed.map_err(|_| SealError::Failed("the cipher refused it"))?;
        let bytes = [nonce.as_slice(), &text].concat();
        Ok(format!("{VERSION}{}.{}", first.name, URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// What stands for a text where it must be found again and not be read or guessed: HMAC-SHA-256 by a key made of the first one, in
    /// hexadecimal digits.
    pub fn digest(&self, text: &str) -> String {
        self.0.first().map_or_else(String::new, |key| hex(hmac::sign(&key.digests, text.as_bytes()).as_ref()))
    }

    /// What [`SealingKeys::seal`] was given for this person.
    ///
    /// # Errors
    /// Where the key is not there, or it was sealed for somebody else or changed since.
    pub fn open_sealed(&self, user: UserId, sealed: &str) -> Result<String, SealError> {
        let (name, text) = parts(sealed).ok_or(SealError::Changed)?;
        let key = self.0.iter().find(|key| key.name == name);
        let key = key.ok_or_else(|| SealError::UnknownKey(name.to_owned()))?;
        let mut bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| SealError::Changed)?;
        let (nonce, text) = bytes.split_at_mut_checked(NONCE_LEN).ok_or(SealError::Changed)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Changed)?;
        let opened = key.cipher.open_in_place(nonce, of(user), text).map_err(|_| SealError::Changed)?;
        String::from_utf8(opened.to_vec()).map_err(|_| SealError::Changed)
    }

    /// Whether the first key sealed it.
    pub fn is_current(&self, kept: &str) -> bool {
        parts(kept).is_some_and(|(name, _)| self.names().next() == Some(name))
    }

    /// Whether it is of a key that is not here.
    pub fn is_foreign(&self, kept: &str) -> bool {
        parts(kept).is_some_and(|(name, _)| !self.names().any(|known| known == name))
    }
}

impl Key {
    fn new(bytes: &[u8]) -> anyhow::Result<Self> {
        let key = UnboundKey::new(&AES_256_GCM, bytes).map_err(|_| anyhow::anyhow!("the cipher refused a key"))?;
        let mut name = format!("{:x}", Sha256::digest(bytes));
        name.truncate(NAME_CHARS);
        let digests = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, bytes), DIGESTS);
        let digests = hmac::Key::new(hmac::HMAC_SHA256, digests.as_ref());
        Ok(Self { name, cipher: LessSafeKey::new(key), digests })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// Whether text is sealed.
pub fn is_sealed(kept: &str) -> bool {
    parts(kept).is_some()
}

/// The key's name, and what it sealed.
fn parts(kept: &str) -> Option<(&str, &str)> {
    kept.strip_prefix(VERSION)?.split_once('.')
}

fn of(user: UserId) -> Aad<Vec<u8>> {
    Aad::from([PURPOSE, user.0.as_bytes()].concat())
}

/// Makes a file with a new key, for its owner alone, unless it is there: of many that try at once, one does.
fn make(path: &Path) -> anyhow::Result<()> {
    if path.try_exists()? {
        return Ok(());
    }
    let mut bytes = [0; KEY_BYTES];
    SystemRandom::new().fill(&mut bytes).map_err(|_| anyhow::anyhow!("there are no random bytes"))?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // Written beside it first: nobody may read half a key.
    let new = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    writeln!(
        file,
        "# Enciphers what authenticator apps share with this site. Keep a copy apart from the database's backups."
    )?;
    writeln!(file, "{}", STANDARD.encode(bytes))?;
    file.sync_all()?;
    let placed = std::fs::hard_link(&new, path);
    std::fs::remove_file(&new)?;
    match placed {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn keys(of: &[u8]) -> SealingKeys {
        let lines: Vec<_> = of.iter().map(|byte| STANDARD.encode([*byte; KEY_BYTES])).collect();
        SealingKeys::parse(&format!("# ours\n\n{}\n", lines.join("\n"))).unwrap()
    }

    fn person(number: u128) -> UserId {
        UserId(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn a_sealed_secret_tells_nothing_and_is_opened_for_its_person_alone() {
        let keys = keys(&[1]);
        let sealed = keys.seal(person(1), "JBSWY3DPEHPK3PXP").unwrap();
        assert!(is_sealed(&sealed) && !sealed.contains("JBSWY3DPEHPK3PXP"), "{sealed}");
        assert_eq!(keys.open_sealed(person(1), &sealed).unwrap(), "JBSWY3DPEHPK3PXP");
        assert_eq!(keys.open_sealed(person(2), &sealed), Err(SealError::Changed), "moved to somebody else's row");
        assert_ne!(keys.seal(person(1), "JBSWY3DPEHPK3PXP").unwrap(), sealed, "another nonce each time");
        assert!(!is_sealed("JBSWY3DPEHPK3PXP") && !is_sealed(""));
    }

    #[test]
    fn whatever_is_changed_in_it_is_found_out() {
        let keys = keys(&[1]);
        let sealed = keys.seal(person(1), "JBSWY3DPEHPK3PXP").unwrap();
        let start = VERSION.len() + NAME_CHARS + 1;
        for at in start..sealed.len() {
            let other = if &sealed[at..=at] == "A" { "B" } else { "A" };
            let changed = format!("{}{other}{}", &sealed[..at], &sealed[at + 1..]);
            assert_eq!(keys.open_sealed(person(1), &changed), Err(SealError::Changed), "at {at}");
        }
        for cut in [&sealed[..start], &sealed[..start + 4], "v1..", "v1.", ""] {
            assert!(keys.open_sealed(person(1), cut).is_err(), "{cut:?}");
        }
    }

    #[test]
    fn the_first_key_seals_and_all_open() {
        let (old, both) = (keys(&[1]), keys(&[2, 1]));
        let before = old.seal(person(1), "secret").unwrap();
        assert_eq!(both.open_sealed(person(1), &before).unwrap(), "secret");
        assert!(!both.is_current(&before) && !both.is_foreign(&before));
        let after = both.seal(person(1), "secret").unwrap();
        assert!(both.is_current(&after) && old.is_foreign(&after));
        let missing = old.open_sealed(person(1), &after).unwrap_err();
        let name = both.names().next().unwrap().to_owned();
        assert_eq!(missing, SealError::UnknownKey(name.clone()));
        assert!(missing.to_string().contains(&name) && missing.to_string().contains("auth.secrets_key_file"));
    }

    #[test]
    fn a_digest_is_the_same_on_every_instance_and_by_another_key_another() {
        let digest = keys(&[1]).digest("ada@example.org 192.0.2.7");
        assert_eq!(digest, keys(&[1, 2]).digest("ada@example.org 192.0.2.7"));
        assert_eq!(digest.len(), 64);
        assert_ne!(digest, keys(&[2, 1]).digest("ada@example.org 192.0.2.7"));
        assert_ne!(digest, keys(&[1]).digest("ada@example.org 192.0.2.8"));
        assert_ne!(
            digest,
            format!("{:x}", Sha256::digest("ada@example.org 192.0.2.7")),
            "nobody can guess it without the key"
        );
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_shown() {
        for wrong in ["", "# nothing\n", "c2hvcnQ=", "no base64 at all"] {
            let error = format!("{:#}", SealingKeys::parse(wrong).unwrap_err());
            assert!(error.contains("openssl rand") && !error.contains("c2hvcnQ"), "{error}");
        }
        assert!(!format!("{:?}", keys(&[1])).contains(&STANDARD.encode([1; KEY_BYTES])));
    }

    #[test]
    fn a_key_is_made_once_beside_a_file_for_its_owner_alone_and_none_where_instances_share_a_database() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.data.dir = folder.path().join("data");
        let made: Vec<_> = SealingKeys::open(&config).unwrap().unwrap().names().map(str::to_owned).collect();
        let again: Vec<_> = SealingKeys::open(&config).unwrap().unwrap().names().map(str::to_owned).collect();
        assert_eq!(made, again);
        let path = config.data.dir.join(FILE);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        config.data.url = "postgres://films@db/films".into();
        assert!(SealingKeys::open(&config).unwrap().is_none());
        config.auth.secrets_key_file = path;
        assert!(SealingKeys::open(&config).unwrap().is_some());
        config.auth.secrets_key_file = folder.path().join("missing");
        let error = format!("{:#}", SealingKeys::open(&config).unwrap_err());
        assert!(error.contains("auth.secrets_key_file") && error.contains("missing"), "{error}");
    }
}
