//! A rating in half stars.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::decimal::plain;

/// A rating from ½ to 5 stars in steps of ½, kept as half stars (1–10). On the wire it is a number of stars (`4.5`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = f64, minimum = 0.5, maximum = 5.0, multiple_of = 0.5))]
pub struct Stars(u8);

/// Why a number is no rating.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[error("a rating is between 0.5 and 5 stars in steps of half a star, not {}", plain(self.0))]
pub struct NotStars(pub f64);

impl Stars {
    /// From a number of stars.
    ///
    /// # Errors
    /// [`NotStars`] unless `stars` is one of 0.5, 1.0, … 5.0.
    pub fn new(stars: f64) -> Result<Self, NotStars> {
        let doubled = stars * 2.0;
        if doubled.fract() == 0.0 && (1.0..=10.0).contains(&doubled) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 10, checked above")]
            Ok(Self(doubled as u8))
        } else {
            Err(NotStars(stars))
        }
    }

    /// From half stars, 1–10.
    ///
    /// # Errors
    /// [`NotStars`] outside 1–10.
    pub fn from_half_stars(half_stars: u8) -> Result<Self, NotStars> {
        if (1..=10).contains(&half_stars) { Ok(Self(half_stars)) } else { Err(NotStars(f64::from(half_stars) / 2.0)) }
    }

    /// From half stars that may be anything: the nearest end of the scale outside it; a fraction is cut off.
    pub fn clamped(half_stars: f32) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates, and is clamped")]
        let whole = half_stars as u8;
        Self(whole.clamp(1, 10))
    }

    /// Half stars, 1–10.
    pub const fn half_stars(self) -> u8 {
        self.0
    }

    /// Stars, 0.5–5.0.
    pub fn value(self) -> f64 {
        f64::from(self.0) / 2.0
    }

    /// As in addresses and forms: `4.5`, `4`.
    pub fn decimal(self) -> String {
        format!("{}{}", self.0 / 2, if self.0 % 2 == 1 { ".5" } else { "" })
    }

    /// All ten ratings, lowest first.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> {
        (1..=10).map(Self)
    }
}

impl TryFrom<f64> for Stars {
    type Error = NotStars;

    fn try_from(stars: f64) -> Result<Self, Self::Error> {
        Self::new(stars)
    }
}

/// From a number of stars as [`Stars::decimal`] writes it; `4.0` will do, too. Not by way of a float: the tables for parsing
/// those would be a part of the browser's bundle.
impl FromStr for Stars {
    type Err = NotStars;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let halves = match part.trim_end_matches('0') {
            "" => Some(0),
            "5" => Some(1),
            _ => None,
        };
        let whole = whole.parse::<u8>().ok().filter(|whole| *whole <= 5);
        let half_stars = whole.zip(halves).map(|(whole, halves)| whole * 2 + halves);
        half_stars.and_then(|half_stars| Self::from_half_stars(half_stars).ok()).ok_or(NotStars(f64::NAN))
    }
}

impl From<Stars> for f64 {
    fn from(stars: Stars) -> Self {
        stars.value()
    }
}

/// As in print: `★★★★½`.
impl fmt::Display for Stars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for _ in 0..self.0 / 2 {
            f.write_str("★")?;
        }
        if self.0 % 2 == 1 { f.write_str("½") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_half_steps_between_a_half_and_five_are_ratings() {
        for good in [0.5, 1.0, 3.5, 5.0] {
            assert_eq!(Stars::new(good).map(Stars::value), Ok(good));
        }
        for bad in [0.0, 0.25, 5.5, -1.0, f64::INFINITY, 1e300] {
            assert!(Stars::new(bad).is_err(), "{bad} must be refused");
        }
        assert!(Stars::new(f64::NAN).is_err());
    }

    #[test]
    fn a_number_of_stars_can_be_read_and_written() {
        for stars in Stars::all() {
            assert_eq!(stars.decimal().parse(), Ok(stars));
        }
        assert_eq!("4.0".parse::<Stars>().map(Stars::half_stars), Ok(8));
        for bad in ["", "0", "5.5", "4.25", "-1", "four", "4.5.5", "255"] {
            assert!(bad.parse::<Stars>().is_err(), "{bad} must be refused");
        }
    }

    #[test]
    fn four_and_a_half_stars_print_as_stars() {
        assert_eq!(Stars::new(4.5).expect("valid").to_string(), "★★★★½");
        assert_eq!(Stars::new(0.5).expect("valid").to_string(), "½");
    }
}
