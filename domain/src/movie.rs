//! Films: the card that stands in a row, and everything on a film's page.

use serde::{Deserialize, Serialize};

use crate::{Histogram, MovieId, PersonId, Year, slug::slug};

/// How people rated a film.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RatingSummary {
    /// Number of ratings.
    pub count: u32,
    /// Mean in stars (0.5–5); 0 where there are none.
    pub mean: f32,
}

/// What a poster in a row needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MovieCard {
    pub id: MovieId,
    pub title: String,
    pub year: Option<Year>,
    /// Genre names in English as the catalogue holds them, most telling first.
    pub genres: Vec<String>,
    pub rating: RatingSummary,
}

impl MovieCard {
    /// The film page's canonical path: `/film/{id}/{slug}`.
    pub fn path(&self) -> String {
        movie_path(self.id, &self.title, self.year)
    }
}

/// A film page's canonical path: `/film/{id}/{slug}`.
pub fn movie_path(id: MovieId, title: &str, year: Option<Year>) -> String {
    format!("/film/{id}/{}", slug(title, year))
}

/// Everything on a film's page that is the same for everybody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(from = "FlatMovie")]
pub struct Movie {
    #[serde(flatten)]
    pub card: MovieCard,
    /// The title as its source gave it, where it differs.
    pub original_title: Option<String>,
    pub alternative_titles: Vec<String>,
    /// Running time in minutes.
    pub runtime_min: Option<u16>,
    pub plot: Option<String>,
    /// A picture of the film elsewhere; it is linked to, never kept.
    pub poster: Option<PosterLink>,
    pub credits: Vec<Credit>,
    pub histogram: Histogram,
    pub external_ids: Vec<ExternalId>,
    /// How it is rated elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<RatedElsewhere>,
}

/// How many people rated a film at IMDb, and how: nobody's ratings here.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RatedElsewhere {
    /// At least 1.
    pub votes: u32,
    /// Of ten points: 1 to 10, in tenths.
    pub mean: f32,
}

/// Where a picture of a film is, with its size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PosterLink {
    /// An `https` address.
    pub url: String,
    /// Pixels, at least 1.
    pub width_px: u16,
    /// Pixels, at least 1.
    pub height_px: u16,
}

/// [`Movie`] as it is read. The fields of its card are named once more, because serde reads a flattened struct by way of a
/// copy of everything, with code that the browser needs for nothing else.
#[derive(Deserialize)]
struct FlatMovie {
    id: MovieId,
    title: String,
    year: Option<Year>,
    genres: Vec<String>,
    rating: RatingSummary,
    original_title: Option<String>,
    alternative_titles: Vec<String>,
    runtime_min: Option<u16>,
    plot: Option<String>,
    poster: Option<PosterLink>,
    credits: Vec<Credit>,
    histogram: Histogram,
    external_ids: Vec<ExternalId>,
    #[serde(default)]
    elsewhere: Option<RatedElsewhere>,
}

impl From<FlatMovie> for Movie {
    fn from(flat: FlatMovie) -> Self {
        let FlatMovie { id, title, year, genres, rating, original_title, alternative_titles, .. } = flat;
        Self {
            card: MovieCard { id, title, year, genres, rating },
            original_title,
            alternative_titles,
            runtime_min: flat.runtime_min,
            plot: flat.plot,
            poster: flat.poster,
            credits: flat.credits,
            histogram: flat.histogram,
            external_ids: flat.external_ids,
            elsewhere: flat.elsewhere,
        }
    }
}

/// Somebody's part in a film.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Credit {
    pub person: PersonId,
    pub name: String,
    pub role: CreditRole,
}

/// What somebody did in a film.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CreditRole {
    Director,
    Writer,
    Cast,
}

impl CreditRole {
    /// The name in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Director => "director",
            Self::Writer => "writer",
            Self::Cast => "cast",
        }
    }

    /// The role of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Director, Self::Writer, Self::Cast].into_iter().find(|role| role.as_str() == name)
    }
}

/// A film's number in somebody else's catalogue. Unique by source and id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExternalId {
    pub source: ExternalSource,
    /// As the source writes it (`tt0078748`, `348`).
    pub id: String,
}

/// A catalogue that films are known by elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExternalSource {
    /// `MovieLens` 1M, 20M, 25M, 32M and latest share one numbering.
    Movielens,
    /// `MovieLens` 100K numbers films by itself.
    Movielens100k,
    Imdb,
    Tmdb,
    Wikidata,
    /// The English Wikipedia; the id is the page's name as its address has it.
    Wikipedia,
}

impl ExternalSource {
    const ALL: [Self; 6] =
        [Self::Movielens, Self::Movielens100k, Self::Imdb, Self::Tmdb, Self::Wikidata, Self::Wikipedia];

    /// The name in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Movielens => "movielens",
            Self::Movielens100k => "movielens100k",
            Self::Imdb => "imdb",
            Self::Tmdb => "tmdb",
            Self::Wikidata => "wikidata",
            Self::Wikipedia => "wikipedia",
        }
    }

    /// The source of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == name)
    }

    /// Whether an id there is always one film's. A page of Wikipedia may tell of several, such as a film and its re-release.
    pub const fn names_one_film(self) -> bool {
        !matches!(self, Self::Wikipedia)
    }

    /// The film's page there, for sources that have one for people.
    pub fn url(self, id: &str) -> Option<String> {
        match self {
            Self::Imdb => Some(format!("https://www.imdb.com/title/{id}/")),
            Self::Tmdb => Some(format!("https://www.themoviedb.org/movie/{id}")),
            Self::Wikidata => Some(format!("https://www.wikidata.org/wiki/{id}")),
            Self::Wikipedia => Some(format!("https://en.wikipedia.org/wiki/{id}")),
            Self::Movielens | Self::Movielens100k => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_movie_is_one_flat_object_and_is_read_back_whole() {
        let movie = Movie {
            card: MovieCard {
                id: MovieId(Uuid::from_u128(7)),
                title: "Alien".to_owned(),
                year: Year::new(1979).ok(),
                genres: vec!["Horror".to_owned()],
                rating: RatingSummary { count: 3, mean: 4.5 },
            },
            original_title: Some("Alien (1979)".to_owned()),
            alternative_titles: vec!["Alien, the eighth passenger".to_owned()],
            runtime_min: Some(117),
            plot: Some("In space.".to_owned()),
            poster: Some(PosterLink { url: "https://example.org/alien.jpg".to_owned(), width_px: 259, height_px: 383 }),
            credits: vec![Credit {
                person: PersonId(Uuid::from_u128(8)),
                name: "Ridley Scott".to_owned(),
                role: CreditRole::Director,
            }],
            histogram: Histogram([0, 1, 0, 0, 0, 0, 0, 0, 0, 2]),
            external_ids: vec![ExternalId { source: ExternalSource::Imdb, id: "tt0078748".to_owned() }],
            elsewhere: Some(RatedElsewhere { votes: 900_000, mean: 8.5 }),
        };
        let json = serde_json::to_value(&movie).unwrap();
        assert_eq!(json["title"], "Alien");
        assert_eq!(serde_json::from_value::<Movie>(json).unwrap(), movie);
    }
}
