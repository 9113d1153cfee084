//! Whole numbers as JSON Schema counts them: `46.0` is one, as `46` is, for JSON knows numbers alone.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserializer,
    de::{Error, Unexpected, Visitor},
};

/// Reads a whole number in the range of `N`, written with or without a fraction of zeros. For `#[serde(deserialize_with = …)]`.
///
/// # Errors
/// Where it is none, or out of range.
pub fn whole<'de, N: TryFrom<i64>, D: Deserializer<'de>>(from: D) -> Result<N, D::Error> {
    from.deserialize_any(Whole(PhantomData))
}

/// The same for a field that may be left out or null; it needs `#[serde(default)]` beside it.
///
/// # Errors
/// As [`whole`].
pub fn whole_or_none<'de, N: TryFrom<i64>, D: Deserializer<'de>>(from: D) -> Result<Option<N>, D::Error> {
    from.deserialize_option(WholeOrNone(PhantomData))
}

struct Whole<N>(PhantomData<N>);

/// Every whole number below this is one of its own as a 64-bit float (2⁵³).
const EXACT: f64 = 9_007_199_254_740_992.0;

impl<N: TryFrom<i64>> Visitor<'_> for Whole<N> {
    type Value = N;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number in range")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<N, E> {
        N::try_from(number).map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<N, E> {
        let fits = i64::try_from(number).ok().and_then(|number| N::try_from(number).ok());
        fits.ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    #[expect(clippy::cast_possible_truncation, reason = "it is whole, and smaller than what is exact")]
    fn visit_f64<E: Error>(self, number: f64) -> Result<N, E> {
        if number.fract() == 0.0 && number.abs() < EXACT {
            return self.visit_i64(number as i64);
        }
        Err(E::invalid_value(Unexpected::Float(number), &self))
    }
}

struct WholeOrNone<N>(PhantomData<N>);

impl<'de, N: TryFrom<i64>> Visitor<'de> for WholeOrNone<N> {
    type Value = Option<N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number in range, or null")
    }

    fn visit_none<E: Error>(self) -> Result<Option<N>, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Option<N>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Option<N>, D::Error> {
        whole(from).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Asked {
        #[serde(deserialize_with = "whole")]
        limit: u32,
        #[serde(default, deserialize_with = "whole_or_none")]
        lean: Option<i16>,
    }

    fn read(text: &str) -> Result<Asked, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_whole_number_may_be_written_with_zeros_behind_the_point() {
        let asked = Ok(Asked { limit: 46, lean: Some(-2) });
        assert_eq!(read(r#"{"limit": 46, "lean": -2}"#), asked);
        assert_eq!(read(r#"{"limit": 46.0, "lean": -2.0}"#), asked);
        assert_eq!(read(r#"{"limit": 4.6e1, "lean": -2}"#), asked);
        assert_eq!(read(r#"{"limit": 1}"#), Ok(Asked { limit: 1, lean: None }));
        assert_eq!(read(r#"{"limit": 1, "lean": null}"#), Ok(Asked { limit: 1, lean: None }));
    }

    #[test]
    fn what_is_no_whole_number_or_out_of_range_is_refused() {
        for wrong in ["46.5", "-1", "4294967296", "1e300", "18446744073709551615", "\"46\"", "null", "true"] {
            let refused = read(&format!(r#"{{"limit": {wrong}}}"#)).unwrap_err();
            assert!(refused.contains("whole number in range"), "{wrong}: {refused}");
        }
        assert!(read(r#"{"limit": 1, "lean": 40000}"#).is_err());
    }
}
