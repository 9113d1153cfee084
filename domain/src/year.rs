//! The year a film came out.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A year between 1874 (the first moving pictures) and 2100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i32", into = "i32")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = i32, minimum = 1874, maximum = 2100))]
pub struct Year(u16);

/// Why a number is not a film's year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a film's year is between 1874 and 2100, not {0}")]
pub struct NotAYear(pub i32);

impl Year {
    /// The earliest year taken.
    pub const FIRST: u16 = 1874;
    /// The latest year taken.
    pub const LAST: u16 = 2100;

    /// # Errors
    /// [`NotAYear`] outside [`Year::FIRST`]–[`Year::LAST`].
    pub fn new(year: i32) -> Result<Self, NotAYear> {
        match u16::try_from(year) {
            Ok(value) if (Self::FIRST..=Self::LAST).contains(&value) => Ok(Self(value)),
            _ => Err(NotAYear(year)),
        }
    }

    /// The number itself.
    pub const fn get(self) -> u16 {
        self.0
    }

    /// The first year of its decade: 1979 → 1970.
    pub const fn decade(self) -> u16 {
        self.0 - self.0 % 10
    }
}

impl TryFrom<i32> for Year {
    type Error = NotAYear;

    fn try_from(year: i32) -> Result<Self, Self::Error> {
        Self::new(year)
    }
}

impl From<Year> for i32 {
    fn from(year: Year) -> Self {
        Self::from(year.0)
    }
}

impl fmt::Display for Year {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
