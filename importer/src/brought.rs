//! Ratings that a person takes along from elsewhere: the files that Letterboxd, IMDb and TMDB give people of their account, and our own.
//!
//! They are told apart by their columns alone, for people rename files. Of a zip, such as Letterboxd's, it is the table of ratings that
//! counts.

use std::ops::ControlFlow;

use chrono::{DateTime, NaiveDate, NaiveTime};
use matinee_domain::{ExternalId, ExternalSource, Stars, Timestamp, Year, title::CleanTitle};
use matinee_services::{importing::BroughtRating, ports::MovieFacts};
use thiserror::Error;

use crate::{
    run::{BadRow, ImportError},
    source::{Limits, Member, Source},
    table::{Cells, Encoding, Header, Outcome, Separator, Table, Wanted, shorten},
};

/// Ratings that are taken of one file: more than anybody gives in a life.
pub const MOST_RATINGS: usize = 20_000;
/// Bad rows that are listed.
const MOST_LISTED: usize = 100;
/// Tables of a zip that are looked at.
const MOST_TABLES: usize = 50;

/// What is read of a file at most.
pub const LIMITS: Limits =
    Limits { members: 2_000, member_bytes: 4 << 20, expansion: 250, document_bytes: 1 << 20, line_bytes: 8 << 10 };

/// Characters of a title at most.
const MOST_OF_A_TITLE: usize = 300;
/// People and other titles of a film that are looked at.
const MOST_NAMES: usize = 8;

/// Folders of Letterboxd's zip that hold what its person threw away.
const THROWN_AWAY: [&str; 2] = ["deleted/", "orphaned/"];

/// What IMDb and TMDB call that which is no film, in small letters and nothing between.
const NO_FILMS: [&str; 9] = [
    "tv",
    "tvseries",
    "tvminiseries",
    "tvepisode",
    "videogame",
    "podcastseries",
    "podcastepisode",
    "tvpilot",
    "musicvideo",
];

/// Columns, by their places in [`WANTED`].
mod column {
    pub const TITLE: usize = 0;
    pub const ORIGINAL_TITLE: usize = 1;
    pub const YEAR: usize = 2;
    pub const IMDB: usize = 3;
    pub const TMDB: usize = 4;
    pub const DIRECTORS: usize = 5;
    pub const KIND: usize = 6;
    pub const AT: usize = 7;
    /// From 1 to 10.
    pub const OF_TEN: usize = 8;
    /// From 0.5 to 5.
    pub const STARS: usize = 9;
}

const WANTED: [Wanted; 10] = [
    Wanted { names: &["Title", "Name"], needed: true },
    Wanted { names: &["Original Title"], needed: false },
    Wanted { names: &["Year", "Release Date"], needed: false },
    Wanted { names: &["Const", "imdbID", "IMDb ID"], needed: false },
    Wanted { names: &["tmdbID", "TMDb ID"], needed: false },
    Wanted { names: &["Directors"], needed: false },
    Wanted { names: &["Title Type", "Type"], needed: false },
    Wanted { names: &["Date Rated", "WatchedDate", "Watched Date", "Date"], needed: false },
    Wanted { names: &["Your Rating", "Rating10"], needed: false },
    Wanted { names: &["Rating"], needed: false },
];

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Brought {
    /// In the order of the file.
    pub ratings: Vec<BroughtRating>,
    /// The first rows that can't be read.
    pub bad_rows: Vec<BadRow>,
    pub bad: u64,
    /// Rows of series, games and the like.
    pub no_films: u64,
}

/// Why no ratings were read.
#[derive(Debug, Error)]
pub enum BroughtError {
    #[error(transparent)]
    Unreadable(#[from] ImportError),
    #[error("no table of ratings is in it, only: {}", found.join(", "))]
    NoRatings { found: Vec<String> },
    #[error("it holds more than {MOST_RATINGS} ratings")]
    TooMany,
}

/// Reads the ratings of a file or zip.
///
/// # Errors
/// When it can't be read, holds no table with titles and ratings, or holds more than [`MOST_RATINGS`].
pub fn read(source: &Source) -> Result<Brought, BroughtError> {
    for member in candidates(source) {
        let table = Table {
            member: member.clone(),
            separator: Separator::Comma,
            encoding: Encoding::Latin1,
            header: Header::Named,
        };
        match read_table(&table, source) {
            // Some other table.
            Err(BroughtError::Unreadable(ImportError::Header { .. } | ImportError::Empty { .. })) => {}
            read => return read,
        }
    }
    Err(BroughtError::NoRatings { found: source.members().iter().take(8).map(|one| shorten(&one.name)).collect() })
}

/// Tables that may be the one, the likeliest first.
fn candidates(source: &Source) -> Vec<&Member> {
    let is_thrown_away = |member: &Member| THROWN_AWAY.iter().any(|folder| member.folder().ends_with(folder));
    let is_csv = |member: &Member| member.file_name().to_ascii_lowercase().ends_with(".csv");
    let is_only = source.members().len() == 1;
    let mut tables: Vec<&Member> =
        source.members().iter().filter(|member| is_only || is_csv(member) && !is_thrown_away(member)).collect();
    tables.sort_by_key(|member| {
        let is_of_ratings = member.file_name().to_ascii_lowercase().contains("ratings");
        (!is_of_ratings, member.folder().len(), member.name.clone())
    });
    tables.truncate(MOST_TABLES);
    tables
}

fn read_table(table: &Table, source: &Source) -> Result<Brought, BroughtError> {
    // Ratings stand in one of two columns; a table with neither has none.
    let has_ratings = |of_ten: bool| {
        let mut wanted = WANTED;
        if of_ten {
            wanted[column::OF_TEN].needed = true;
            // Beside its person's own TMDB's has that of all people.
            wanted[column::STARS].names = &[];
        } else {
            wanted[column::STARS].needed = true;
        }
        wanted
    };
    let wanted = if has(table, source, &has_ratings(true))? { has_ratings(true) } else { has_ratings(false) };
    let (mut brought, mut is_full) = (Brought::default(), false);
    table.read(source, &wanted, parse, &mut |row| {
        match row.outcome {
            Outcome::Taken(Some(rating)) => brought.ratings.push(BroughtRating { line: row.line, ..rating }),
            Outcome::Taken(None) => brought.no_films += 1,
            Outcome::PassedOver => {}
            Outcome::Bad(reason) => {
                brought.bad += 1;
                if brought.bad_rows.len() < MOST_LISTED {
                    brought.bad_rows.push(BadRow { file: table.member.name.clone(), line: row.line, reason });
                }
            }
        }
        is_full = brought.ratings.len() > MOST_RATINGS;
        if is_full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if is_full { Err(BroughtError::TooMany) } else { Ok(brought) }
}

/// Whether the table has all columns that are needed.
fn has(table: &Table, source: &Source, wanted: &[Wanted]) -> Result<bool, BroughtError> {
    let read = source.stream(&table.member, |reader| table.rows(source, wanted, reader).map(drop));
    match read {
        Ok(()) => Ok(true),
        Err(ImportError::Header { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// A rating; none for what is no film.
fn parse(cells: &Cells<'_>) -> Outcome<Option<BroughtRating>> {
    let stars = match stars(cells.get(column::OF_TEN), cells.get(column::STARS)) {
        Ok(Some(stars)) => stars,
        Ok(None) => return Outcome::PassedOver,
        Err(reason) => return Outcome::Bad(reason),
    };
    let kind: String = cells.get(column::KIND).chars().filter(|c| c.is_alphanumeric()).collect();
    if NO_FILMS.contains(&kind.to_ascii_lowercase().as_str()) {
        return Outcome::Taken(None);
    }
    let title = without_apostrophe(cells.get(column::TITLE));
    if title.is_empty() {
        return Outcome::Bad("it names no film".to_owned());
    }
    if title.chars().nth(MOST_OF_A_TITLE).is_some() {
        return Outcome::Bad(format!("`{}` is too long for a title", shorten(title)));
    }
    let clean = CleanTitle::parse(title);
    let original =
        Some(cells.get(column::ORIGINAL_TITLE)).filter(|original| !original.is_empty() && *original != title);
    let ids = [(ExternalSource::Imdb, column::IMDB), (ExternalSource::Tmdb, column::TMDB)];
    let film = MovieFacts {
        year: year(cells.get(column::YEAR)).or(clean.year),
        title: clean.title,
        alternative_titles: original
            .map(|original| original.chars().take(MOST_OF_A_TITLE).collect())
            .into_iter()
            .chain(clean.alternatives)
            .take(MOST_NAMES)
            .collect(),
        directors: cells
            .get(column::DIRECTORS)
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .take(MOST_NAMES)
            .map(str::to_owned)
            .collect(),
        external_ids: ids
            .into_iter()
            .map(|(source, column)| ExternalId { source, id: cells.get(column).to_owned() })
            .filter(|id| !id.id.is_empty())
            .collect(),
        ..MovieFacts::default()
    };
    Outcome::Taken(Some(BroughtRating { line: 0, film, stars, at: moment(cells.get(column::AT)) }))
}

/// None where it was not rated.
fn stars(of_ten: &str, stars: &str) -> Result<Option<Stars>, String> {
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    if !of_ten.is_empty() {
        // A scale of ten is one of half stars; a fraction of one goes to the nearest.
        let half_stars = number(of_ten).map(f64::round).filter(|half_stars| (1.0..=10.0).contains(half_stars));
        let stars = half_stars.and_then(|half_stars| Stars::new(half_stars / 2.0).ok());
        return stars.map(Some).ok_or_else(|| format!("`{}` is no rating from 1 to 10", shorten(of_ten)));
    }
    if stars.is_empty() {
        return Ok(None);
    }
    let given = number(stars).and_then(|stars| Stars::new(stars).ok());
    given.map(Some).ok_or_else(|| format!("`{}` is no rating from 0.5 to 5", shorten(stars)))
}

/// Of a year or a date.
fn year(text: &str) -> Option<Year> {
    text.get(..4)?.parse().ok().and_then(|year| Year::new(year).ok())
}

/// At midday where only the day is known.
fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.to_utc());
    }
    let day: NaiveDate = text.get(..10)?.parse().ok()?;
    Some(day.and_time(NaiveTime::from_hms_opt(12, 0, 0)?).and_utc())
}

/// Our own export puts one before a title that a spreadsheet would take for a formula.
fn without_apostrophe(title: &str) -> &str {
    title.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@'])).unwrap_or(title)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_csv(name: &str, text: &str) -> Result<Brought, BroughtError> {
        let source = Source::of_bytes(name, text.as_bytes().into(), LIMITS).map_err(ImportError::from)?;
        read(&source)
    }

    /// Title, year, half stars and ids of each.
    fn told(brought: &Brought) -> Vec<(&str, Option<u16>, u8, Vec<&str>)> {
        brought
            .ratings
            .iter()
            .map(|rating| {
                let ids = rating.film.external_ids.iter().map(|id| id.id.as_str()).collect();
                (rating.film.title.as_str(), rating.film.year.map(Year::get), rating.stars.half_stars(), ids)
            })
            .collect()
    }

    #[test]
    fn letterboxds_half_stars_stay_and_what_was_only_watched_is_passed_over() {
        let text = "\u{feff}Date,Name,Year,Letterboxd URI,Rating\r\n2024-02-03,Alien,1979,https://boxd.it/2awY,4.5\r\n\
                    2024-02-04,\"Crouching Tiger, Hidden Dragon\",2000,https://boxd.it/1,0.5\r\n2024-02-05,Heat,1995,https://boxd.it/2,\r\n";
        let brought = read_csv("ratings.csv", text).unwrap();
        let expected = [("Alien", Some(1979), 9, vec![]), ("Crouching Tiger, Hidden Dragon", Some(2000), 1, vec![])];
        assert_eq!(told(&brought), expected);
        assert_eq!(brought.ratings[0].at.unwrap().to_rfc3339(), "2024-02-03T12:00:00+00:00");
        assert_eq!((brought.ratings[1].line, brought.bad), (3, 0));
    }

    #[test]
    fn imdbs_ten_are_half_stars_and_series_are_no_films() {
        let text = "Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,Num Votes,Release Date,Directors\n\
                    tt0118799,9,2020-01-02,Life Is Beautiful,La vita è bella,https://x,Movie,8.6,116,1997,\"Comedy, Drama\",700000,1997-12-20,Roberto Benigni\n\
                    tt0903747,10,2020-01-02,Breaking Bad,Breaking Bad,https://x,TV Series,9.5,45,2008,Crime,2000000,2008-01-20,\n\
                    tt0068646,11,2020-01-02,The Godfather,The Godfather,https://x,Movie,9.2,175,1972,Crime,1,1972-03-24,Francis Ford Coppola\n";
        let brought = read_csv("my film ratings.txt", text).unwrap();
        assert_eq!(told(&brought), [("Life Is Beautiful", Some(1997), 9, vec!["tt0118799"])]);
        assert_eq!(brought.ratings[0].film.alternative_titles, ["La vita è bella"]);
        assert_eq!(brought.ratings[0].film.directors, ["Roberto Benigni"]);
        assert_eq!((brought.no_films, brought.bad, brought.bad_rows[0].line), (1, 1, 4));
        assert_eq!(brought.bad_rows[0].reason, "`11` is no rating from 1 to 10");
    }

    #[test]
    fn tmdbs_own_rating_counts_and_not_that_of_all() {
        let text = "TMDb ID,IMDb ID,Type,Name,Release Date,Season Number,Episode Number,Rating,Your Rating,Date Rated\n\
                    603,tt0133093,movie,The Matrix,1999-03-30T00:00:00Z,,,8.2,7,2021-05-06T07:08:09Z\n\
                    604,tt0234215,movie,The Matrix Reloaded,2003-05-15,,,4.5,,\n\
                    1396,tt0903747,tv,Breaking Bad,2008-01-20,,,8.9,10,2021-05-06\n";
        let brought = read_csv("ratings.csv", text).unwrap();
        assert_eq!(told(&brought), [("The Matrix", Some(1999), 7, vec!["tt0133093", "603"])]);
        assert_eq!(brought.ratings[0].at.unwrap().to_rfc3339(), "2021-05-06T07:08:09+00:00");
        assert_eq!((brought.no_films, brought.bad), (1, 0), "what one has not rated oneself is passed over");
    }

    #[test]
    fn our_own_file_is_read_back() {
        let brought =
            read_csv("matinee-letterboxd.csv", "Title,Year,Rating,WatchedDate\r\n\"'=Equals\",2015,3.0,2022-01-01\r\n")
                .unwrap();
        assert_eq!(told(&brought), [("=Equals", Some(2015), 6, vec![])]);
    }

    #[test]
    fn what_holds_no_ratings_says_so() {
        for text in ["Date,Name,Year,Letterboxd URI\n2024-02-03,Alien,1979,x\n", "", "\u{0}\u{1}PNG\n\n", "hello"] {
            let refused = read_csv("watched.csv", text);
            assert!(matches!(refused, Err(BroughtError::NoRatings { .. })), "{text:?}: {refused:?}");
        }
        let cut = Source::of_bytes("letterboxd.zip", b"PK\x03\x04cut off".as_slice().into(), LIMITS);
        assert!(cut.is_err());
    }

    #[test]
    fn titles_and_names_without_end_cost_nothing() {
        let parts = "(a)".repeat(2000);
        let names = "a,".repeat(3000);
        let text = format!("Title,Year,Rating,Directors\nX {parts},1979,4,\nAlien,1979,4,\"{names}\"\n");
        let brought = read_csv("ratings.csv", &text).unwrap();
        assert_eq!((told(&brought), brought.bad), (vec![("Alien", Some(1979), 8, vec![])], 1));
        assert_eq!(brought.ratings[0].film.directors.len(), MOST_NAMES);
    }

    #[test]
    fn more_than_anybody_rates_is_refused() {
        let rows = "Alien,1979,4\n".repeat(MOST_RATINGS + 1);
        assert!(matches!(read_csv("ratings.csv", &format!("Title,Year,Rating\n{rows}")), Err(BroughtError::TooMany)));
    }
}
