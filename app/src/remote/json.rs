//! JSON for what the server's page carries to the browser.

use codee::{Decoder, Encoder};
use serde::{Serialize, de::DeserializeOwned};

use super::side;

/// JSON, which the browser reads with what it has itself.
pub struct Json;

/// What should be JSON is not, or not what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

impl<T: Serialize> Encoder<T> for Json {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(value: &T) -> Result<String, Self::Error> {
        serde_json::to_string(value)
    }
}

impl<T: DeserializeOwned> Decoder<T> for Json {
    type Error = Unreadable;
    type Encoded = str;

    fn decode(text: &str) -> Result<T, Unreadable> {
        side::parse(text).ok_or(Unreadable)
    }
}
