//! The knobs with which a person tunes their recommendations: what they ask for beside what the model learnt of their taste.

use serde::{Deserialize, Serialize};

use crate::FieldError;

/// A knob's place, between two ends; 0 leaves the list as the model ranks it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i16", into = "i16")]
pub struct Dial<const FIRST: i16, const LAST: i16>(i16);

/// A knob with something to ask for at either end.
pub type Lean = Dial<-2, 2>;
/// A knob that asks for nothing or for more of one thing.
pub type Amount = Dial<0, 4>;

impl<const FIRST: i16, const LAST: i16> Dial<FIRST, LAST> {
    /// The place at one end.
    pub const FIRST: i16 = FIRST;
    /// The place at the other end.
    pub const LAST: i16 = LAST;

    /// # Errors
    /// Names the ends where `place` is beyond one of them.
    pub fn new(place: i16) -> Result<Self, String> {
        if (FIRST..=LAST).contains(&place) {
            Ok(Self(place))
        } else {
            Err(format!("{place} is not between {FIRST} and {LAST}"))
        }
    }

    /// From [`Self::FIRST`] to [`Self::LAST`].
    pub const fn place(self) -> i16 {
        self.0
    }
}

impl<const FIRST: i16, const LAST: i16> TryFrom<i16> for Dial<FIRST, LAST> {
    type Error = String;

    fn try_from(place: i16) -> Result<Self, Self::Error> {
        Self::new(place)
    }
}

impl<const FIRST: i16, const LAST: i16> From<Dial<FIRST, LAST>> for i16 {
    fn from(dial: Dial<FIRST, LAST>) -> Self {
        dial.0
    }
}

/// What a person asks of their list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Knobs {
    /// From discoveries (−2) to what many people know (2).
    #[cfg_attr(feature = "openapi", schema(value_type = i16, minimum = -2, maximum = 2))]
    pub popularity: Lean,
    /// From older films (−2) to newer ones (2).
    #[cfg_attr(feature = "openapi", schema(value_type = i16, minimum = -2, maximum = 2))]
    pub recency: Lean,
    /// How much a film has to differ from those above it.
    #[cfg_attr(feature = "openapi", schema(value_type = i16, minimum = 0, maximum = 4))]
    pub diversity: Amount,
    /// Films that I rated are left out.
    pub hide_seen: bool,
    /// Genres, in English as the catalogue holds them, in alphabetical order, each once.
    pub excluded_genres: Vec<String>,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            popularity: Lean::default(),
            recency: Lean::default(),
            diversity: Amount::default(),
            hide_seen: true,
            excluded_genres: Vec::new(),
        }
    }
}

/// What is asked of a list beside, or instead of, what was kept: as forms and programs send it, unchecked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnobChange {
    pub popularity: Option<i16>,
    pub recency: Option<i16>,
    pub diversity: Option<i16>,
    pub hide_seen: Option<bool>,
    pub excluded_genres: Option<Vec<String>>,
}

impl Knobs {
    /// Genres that may be excluded at most.
    pub const MAX_GENRES: usize = 40;
    /// Characters of a genre's name at most.
    pub const MAX_GENRE_CHARS: usize = 60;

    /// Whether the list is as the model ranks it.
    pub fn is_neutral(&self) -> bool {
        *self == Self::default()
    }

    /// These knobs with what `change` says in their place.
    ///
    /// # Errors
    /// Every field that can't be taken.
    pub fn changed(self, change: KnobChange) -> Result<Self, Vec<FieldError>> {
        let mut wrong = Vec::new();
        let popularity = turned("popularity", self.popularity, change.popularity, &mut wrong);
        let recency = turned("recency", self.recency, change.recency, &mut wrong);
        let diversity = turned("diversity", self.diversity, change.diversity, &mut wrong);
        let excluded_genres = match change.excluded_genres.map(genres) {
            None => self.excluded_genres,
            Some(Ok(genres)) => genres,
            Some(Err(error)) => {
                wrong.push(error);
                Vec::new()
            }
        };
        let hide_seen = change.hide_seen.unwrap_or(self.hide_seen);
        let knobs = Self { popularity, recency, diversity, hide_seen, excluded_genres };
        if wrong.is_empty() { Ok(knobs) } else { Err(wrong) }
    }
}

fn turned<const FIRST: i16, const LAST: i16>(
    field: &str,
    kept: Dial<FIRST, LAST>,
    place: Option<i16>,
    wrong: &mut Vec<FieldError>,
) -> Dial<FIRST, LAST> {
    match place.map(Dial::new) {
        None => kept,
        Some(Ok(dial)) => dial,
        Some(Err(reason)) => {
            wrong.push(FieldError::new(field, "out_of_range", reason));
            kept
        }
    }
}

fn genres(names: Vec<String>) -> Result<Vec<String>, FieldError> {
    let field = |code, message| FieldError::new("exclude_genres", code, message);
    let mut genres: Vec<String> = names.into_iter().map(|name| name.trim().to_owned()).collect();
    genres.retain(|name| !name.is_empty());
    genres.sort_unstable();
    genres.dedup();
    if genres.len() > Knobs::MAX_GENRES {
        let most = Knobs::MAX_GENRES;
        return Err(field(
            "too_many",
            format!("{} genres are more than the {most} that can be excluded", genres.len()),
        ));
    }
    match genres.iter().find(|name| name.chars().count() > Knobs::MAX_GENRE_CHARS) {
        Some(_) => Err(field("too_long", format!("a genre's name has {} characters at most", Knobs::MAX_GENRE_CHARS))),
        None => Ok(genres),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn what_is_not_said_stays_as_it_was() {
        let kept = KnobChange { recency: Some(-1), excluded_genres: Some(names(&["War"])), ..KnobChange::default() };
        let kept = Knobs::default().changed(kept).unwrap();
        let change = KnobChange { popularity: Some(2), hide_seen: Some(false), ..KnobChange::default() };
        let knobs = kept.changed(change).unwrap();
        assert_eq!((knobs.popularity.place(), knobs.recency.place(), knobs.diversity.place()), (2, -1, 0));
        assert!(!knobs.hide_seen && !knobs.is_neutral());
        assert_eq!(knobs.excluded_genres, ["War"]);
    }

    #[test]
    fn every_field_that_is_beyond_its_ends_is_named() {
        let many = (0..=Knobs::MAX_GENRES).map(|n| n.to_string()).collect();
        let change = KnobChange {
            popularity: Some(3),
            recency: Some(i16::MIN),
            diversity: Some(-1),
            hide_seen: None,
            excluded_genres: Some(many),
        };
        let wrong = Knobs::default().changed(change).unwrap_err();
        let fields: Vec<_> = wrong.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["popularity", "recency", "diversity", "exclude_genres"]);
    }

    #[test]
    fn genres_are_kept_once_in_order_and_blank_ones_are_none() {
        let change =
            KnobChange { excluded_genres: Some(names(&["War", " Horror", "", "War"])), ..KnobChange::default() };
        assert_eq!(Knobs::default().changed(change).unwrap().excluded_genres, ["Horror", "War"]);
        let long = "x".repeat(Knobs::MAX_GENRE_CHARS + 1);
        let change = KnobChange { excluded_genres: Some(names(&[&long])), ..KnobChange::default() };
        assert_eq!(Knobs::default().changed(change).unwrap_err()[0].code, "too_long");
    }

    #[test]
    fn they_are_read_back_as_they_were_written_and_refused_beyond_their_ends() {
        let knobs = KnobChange { diversity: Some(4), excluded_genres: Some(names(&["War"])), ..KnobChange::default() };
        let knobs = Knobs::default().changed(knobs).unwrap();
        let json = serde_json::to_string(&knobs).unwrap();
        assert_eq!(serde_json::from_str::<Knobs>(&json).unwrap(), knobs);
        assert_eq!(serde_json::from_str::<Knobs>("{}").unwrap(), Knobs::default());
        assert!(serde_json::from_str::<Knobs>(r#"{"diversity":5}"#).is_err());
    }
}
