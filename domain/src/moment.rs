//! Moments on the wire, for `#[serde(with = "crate::moment")]`: written as chrono writes them, RFC 3339 in UTC. Read by a
//! reader that knows that form alone, as chrono's knows many and would be a part of the browser's bundle.

use std::fmt;

use chrono::{NaiveDate, Timelike};
use serde::{
    Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
};

use crate::Timestamp;

/// Writes a moment.
///
/// # Errors
/// The serializer's.
pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    at.serialize(serializer)
}

/// Reads a moment.
///
/// # Errors
/// The deserializer's, and one of its own for anything but `2026-11-22T20:15:00Z`, with or without parts of a second.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    deserializer.deserialize_str(Moment)
}

struct Moment;

impl Visitor<'_> for Moment {
    type Value = Timestamp;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a moment such as 2026-11-22T20:15:00Z")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Timestamp, E> {
        parse(text).ok_or_else(|| E::custom("not a moment such as 2026-11-22T20:15:00Z"))
    }
}

fn parse(text: &str) -> Option<Timestamp> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let mut date = date.splitn(3, '-').map(number);
    let date = NaiveDate::from_ymd_opt(i32::try_from(date.next()??).ok()?, date.next()??, date.next()??)?;
    let (time, nanos) = time.split_once('.').unwrap_or((time, ""));
    let mut time = time.splitn(3, ':').map(number);
    let at = date.and_hms_opt(time.next()??, time.next()??, time.next()??)?;
    let nanos = match nanos.len() {
        0 => 0,
        digits @ 1..=9 => number(nanos)? * 10_u32.pow(9 - u32::try_from(digits).ok()?),
        _ => return None,
    };
    Some(at.with_nanosecond(nanos)?.and_utc())
}

fn number(digits: &str) -> Option<u32> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_chrono_writes_is_read(seconds in 0_i64..253_402_300_799, nanos in 0_u32..1_000_000_000, digits in 0_u32..=9) {
            let nanos = nanos / 10_u32.pow(digits) * 10_u32.pow(digits);
            let at = Timestamp::from_timestamp(seconds, nanos).unwrap();
            let text = serde_json::to_value(at).unwrap();
            prop_assert_eq!(parse(text.as_str().unwrap()), Some(at));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let texts =
            ["", "Z", "T", "2026-11-22", "2026-13-22T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T00:00:00+01:00"];
        let more =
            ["2026-11-22T00:00Z", "2026-11-22T00:00:00.0000000001Z", "+2026-11-22T00:00:00Z", "2026-11-22T00:00:0é0Z"];
        for text in texts.into_iter().chain(more) {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
