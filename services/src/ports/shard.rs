use std::{fmt, ops::Range, str::FromStr};

use serde::{Deserialize, Serialize};

/// One of several parts of a model's films, which together are all of them: films next to each other in the model's order, as many in
/// each part but for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Shard {
    /// Parts that there are, 2 to [`Shard::MOST`].
    of: u16,
    /// Which of them this is, from 1.
    part: u16,
}

impl Shard {
    /// The most parts.
    pub const MOST: u16 = 64;

    /// `None` for a part that there is not.
    pub fn new(part: u16, of: u16) -> Option<Self> {
        ((2..=Self::MOST).contains(&of) && (1..=of).contains(&part)).then_some(Self { of, part })
    }

    /// Which part this is, from 1.
    pub const fn part(self) -> u16 {
        self.part
    }

    /// Parts that there are.
    pub const fn of(self) -> u16 {
        self.of
    }

    /// Its films, of so many.
    pub fn films(self, all: usize) -> Range<usize> {
        let (of, part) = (usize::from(self.of), usize::from(self.part));
        let begins = |part: usize| all / of * part + (all % of).min(part);
        begins(part - 1)..begins(part)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.of)
    }
}

/// Why a text names no part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no part of the films: it should look like 2/3, the second of three, with 2 to {most} parts", most = Shard::MOST
)]
pub struct NoShard(String);

impl FromStr for Shard {
    type Err = NoShard;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = text.split_once('/').and_then(|(part, of)| Self::new(part.parse().ok()?, of.parse().ok()?));
        parsed.ok_or_else(|| NoShard(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_names_no_part_is_refused_by_name() {
        assert_eq!("2/3".parse::<Shard>().unwrap(), Shard::new(2, 3).unwrap());
        for wrong in ["", "3", "0/3", "4/3", "1/1", "1/0", "-1/3", "1/65", "a/b", "1/2/3", " 1/2", "1.5/3"] {
            let said = wrong.parse::<Shard>().unwrap_err().to_string();
            assert!(said.contains(&format!("`{wrong}`")) && said.contains("2/3"), "{said}");
        }
    }

    proptest! {
        #[test]
        fn every_film_is_in_one_part_and_parts_are_alike(all in 0_usize..5_000, of in 2_u16..=Shard::MOST) {
            let mut next = 0;
            for part in 1..=of {
                let films = Shard::new(part, of).unwrap().films(all);
                prop_assert_eq!(films.start, next);
                prop_assert!(films.len().abs_diff(all / usize::from(of)) <= 1);
                next = films.end;
            }
            prop_assert_eq!(next, all);
        }
    }
}
