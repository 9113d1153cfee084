//! Films as Wikipedia's lists of American films have them, with the beginning of each film's page.
//!
//! A file is an array of films of one decade: `{title, year, cast, genres, href, extract, thumbnail, thumbnail_width,
//! thumbnail_height}`, of which all but title and year may be missing or null. `href` is the page's name in its address.
//! The texts are under CC BY-SA: whoever shows one must link to its page, which the film's external id gives.
//!
//! A page is not always the film's: some are of its novel or its franchise, and `#` leads to a part of a page. What such
//! a page begins with is no plot, and its picture not the film's.

use matinee_domain::{ExternalId, ExternalSource, Year, movie::PosterLink};
use matinee_services::ports::MovieFacts;
use serde_json::Value;

use super::{
    json,
    plots::{FILM, OTHER},
};
use crate::{
    run::{Described, ImportError},
    source::{Member, Source},
    table::{Outcome, Sink, on_one_line, shorten},
};

/// The longest title taken, in characters.
const TITLE_CHARS: usize = 400;
/// The longest name of a person or genre taken, in characters.
const NAME_CHARS: usize = 100;
/// The longest text taken, in characters; the longest there is has 1,519.
const EXTRACT_CHARS: usize = 20_000;
/// The longest address taken, in bytes.
const ADDRESS_BYTES: usize = 2_000;
/// People of a film's cast that are taken, leading ones first.
const CAST: usize = 30;
const GENRES: usize = 20;

/// The files: `movies-1970s.json` and the like; of a source that is one file, that one.
///
/// # Errors
/// When there is none.
pub fn documents(source: &Source) -> Result<Vec<Member>, ImportError> {
    let of_a_decade = |member: &&Member| {
        let name = member.file_name().to_ascii_lowercase();
        name.strip_suffix(".json").is_some_and(|stem| stem.starts_with("movies"))
    };
    let found: Vec<Member> = match source.members() {
        [only] => vec![only.clone()],
        members => members.iter().filter(of_a_decade).cloned().collect(),
    };
    if found.is_empty() {
        let names = vec!["movies-1970s.json (a file for each decade)".to_owned()];
        return Err(ImportError::NoDocument { path: source.path().to_owned(), names });
    }
    Ok(found)
}

/// Reads all films of a file.
///
/// # Errors
/// When it can't be read.
pub fn read(source: &Source, member: &Member, sink: &mut Sink<'_, Described>) -> Result<(), ImportError> {
    let parse = |key: Option<String>, value: Value| match key {
        Some(_) => Outcome::Bad("the document is no list of films".to_owned()),
        None => match parse(&value) {
            Ok(facts) => Outcome::Taken(Described(facts)),
            Err(reason) => Outcome::Bad(reason),
        },
    };
    json::read(source, member, parse, sink)
}

fn parse(film: &Value) -> Result<MovieFacts, String> {
    if !film.is_object() {
        return Err(format!("{} is no film", shorten(&film.to_string())));
    }
    let href = href(&film["href"])?;
    let title = match &film["title"] {
        Value::String(title) => repaired(&on_one_line(title), href),
        other => return Err(format!("the title is {}", shorten(&other.to_string()))),
    };
    match title.chars().count() {
        0 => return Err("the title is empty".to_owned()),
        1..=TITLE_CHARS => {}
        _ => return Err(format!("the title has more than {TITLE_CHARS} characters")),
    }
    let year = film["year"].as_i64().and_then(|year| i32::try_from(year).ok());
    let year = year.ok_or_else(|| format!("{} is no year", shorten(&film["year"].to_string())))?;
    let year = Year::new(year).map_err(|error| error.to_string())?;
    let (extract, poster) = (extract(&film["extract"])?, poster(film)?);
    let is_of_the_film =
        href.is_some_and(|href| !href.contains('#')) && extract.as_deref().is_some_and(tells_of_a_film);
    Ok(MovieFacts {
        title,
        year: Some(year),
        genres: genres(&film["genres"])?,
        cast: names("cast", &film["cast"], CAST)?,
        plot: extract.filter(|_| is_of_the_film),
        poster: poster.filter(|_| is_of_the_film),
        external_ids: href
            .map(|href| ExternalId { source: ExternalSource::Wikipedia, id: href.to_owned() })
            .into_iter()
            .collect(),
        ..MovieFacts::default()
    })
}

fn href(value: &Value) -> Result<Option<&str>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(href) if href.trim().is_empty() => Ok(None),
        Value::String(href) if href.len() <= ADDRESS_BYTES && !href.contains(is_unfit) => Ok(Some(href)),
        other => Err(format!("{} is no page's name", shorten(&other.to_string()))),
    }
}

/// No address holds one of these as it is.
fn is_unfit(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>' | '\\')
}

/// Some titles hold the style sheet of a formula; the page's name is better then: `Naked_Gun_33_1/3` → `Naked Gun 33 1/3`.
fn repaired(title: &str, href: Option<&str>) -> String {
    let Some(href) = href.filter(|_| title.contains(".mw-parser-output")) else { return title.to_owned() };
    let page = href.split('#').next().unwrap_or_default().replace('_', " ");
    match page.strip_suffix(')').and_then(|rest| rest.rsplit_once(" (")) {
        Some((name, _)) => name.to_owned(),
        None => page,
    }
}

fn extract(value: &Value) -> Result<Option<String>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.chars().count() > EXTRACT_CHARS => {
            Err(format!("the extract has more than {EXTRACT_CHARS} characters"))
        }
        Value::String(text) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        other => Err(format!("{} is no extract", shorten(&other.to_string()))),
    }
}

fn poster(film: &Value) -> Result<Option<PosterLink>, String> {
    let url = match &film["thumbnail"] {
        Value::Null => return Ok(None),
        Value::String(url) if url.len() <= ADDRESS_BYTES && url.starts_with("https://") && !url.contains(is_unfit) => {
            url
        }
        other => return Err(format!("{} is no address of a picture", shorten(&other.to_string()))),
    };
    let side = |key: &str| film[key].as_u64().and_then(|px| u16::try_from(px).ok()).filter(|px| *px > 0);
    match (side("thumbnail_width"), side("thumbnail_height")) {
        (Some(width_px), Some(height_px)) => Ok(Some(PosterLink { url: url.clone(), width_px, height_px })),
        _ => Err("the picture has no size".to_owned()),
    }
}

/// Names, each once. What holds no letter (a bracket that was left over) or is longer than a name is left out.
fn names(what: &str, value: &Value, most: usize) -> Result<Vec<String>, String> {
    let list = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(list) => list,
        other => return Err(format!("the {what} is {}, no list", shorten(&other.to_string()))),
    };
    let mut names: Vec<String> = Vec::new();
    for name in list {
        let Value::String(name) = name else {
            return Err(format!("{} is no name in the {what}", shorten(&name.to_string())));
        };
        let name = on_one_line(name);
        let is_name = name.contains(char::is_alphabetic) && name.chars().count() <= NAME_CHARS;
        if is_name && !names.contains(&name) && names.len() < most {
            names.push(name);
        }
    }
    Ok(names)
}

/// Genres by the names that the other catalogues have for them.
fn genres(value: &Value) -> Result<Vec<String>, String> {
    let mut genres: Vec<String> = Vec::new();
    for genre in names("genres", value, GENRES)? {
        let genre = match genre.as_str() {
            "Animated" => "Animation",
            "Historical" => "History",
            "Noir" => "Film-Noir",
            "Science Fiction" => "Sci-Fi",
            "Sports" => "Sport",
            other => other,
        };
        if !genres.iter().any(|other| other == genre) {
            genres.push(genre.to_owned());
        }
    }
    Ok(genres)
}

/// Whether a page's beginning says of its subject that it is a film, before it says anything else of it.
fn tells_of_a_film(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().take(80).collect();
    let verb = words
        .windows(2)
        .position(|pair| matches!(pair[0], "is" | "was" | "are") && matches!(pair[1], "a" | "an" | "the" | "one"));
    let bare = |word: &&str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let mut kinds = words[verb.unwrap_or(0)..].iter().map(bare);
    kinds.find_map(|word| {
        let is_film = FILM.contains(&word.as_str()) || word.ends_with("film") || MORE_FILM.contains(&word.as_str());
        (is_film || OTHER.contains(&word.as_str())).then_some(is_film)
    }) == Some(true)
}

/// Words for films that the plots of [`super::plots`] have no use for.
const MORE_FILM: [&str; 6] = ["cartoon", "animated", "movies", "biopic", "serial", "featurette"];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_film_is_told_from_its_novel() {
        assert!(tells_of_a_film("City Lights is a 1931 American synchronized sound romantic comedy-drama film."));
        assert!(tells_of_a_film("Rabbit Fire is a 1951 Looney Tunes cartoon starring Bugs Bunny."));
        assert!(tells_of_a_film("The Woman in Black is a 1914 American silent drama based on the novel."));
        assert!(!tells_of_a_film("The Woodlanders is a novel by Thomas Hardy, made into a film in 1997."));
        assert!(!tells_of_a_film("lobby card"));
    }

    #[test]
    fn a_style_sheet_in_a_title_gives_way_to_the_pages_name() {
        let title = "Naked Gun .mw-parser-output .frac{white-space:nowrap}33: The Final Insult";
        assert_eq!(repaired(title, Some("Naked_Gun_33_1/3:_The_Final_Insult")), "Naked Gun 33 1/3: The Final Insult");
        assert_eq!(repaired(title, Some("Naked_Gun_(1994_film)#Cast")), "Naked Gun");
        assert_eq!(repaired("Plain", Some("Other")), "Plain");
    }

    #[test]
    fn pictures_and_texts_of_another_subject_are_left_out() {
        let film = |href: &str, extract: &str| {
            parse(&json!({"title": "A", "year": 1990, "cast": ["Ann", ")"], "genres": ["Noir", "Animated"], "href": href,
                "extract": extract, "thumbnail": "https://example.org/a.jpg", "thumbnail_width": 2, "thumbnail_height": 3}))
            .unwrap()
        };
        let whole = film("A_(film)", "A is a 1990 film.");
        assert_eq!(whole.plot.as_deref(), Some("A is a 1990 film."));
        assert_eq!(whole.poster.as_ref().map(|poster| (poster.width_px, poster.height_px)), Some((2, 3)));
        assert_eq!((whole.cast, whole.genres), (vec!["Ann".to_owned()], vec!["Film-Noir".into(), "Animation".into()]));
        for other in [film("A#Film", "A is a 1990 film."), film("A", "A is a novel.")] {
            assert_eq!((other.plot, other.poster), (None, None));
            assert_eq!(other.external_ids.len(), 1);
        }
    }
}
