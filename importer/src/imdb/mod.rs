//! IMDb's own files, as <https://developer.imdb.com/non-commercial-datasets/> describes them: tables of tab-separated
//! text in gzip, `\N` for what is not known. They are for personal and non-commercial use.
//!
//! | file | what is read of it |
//! |---|---|
//! | `title.basics` | films (`movie`, and `tvMovie` if asked for; not adult ones): titles, year, running time, genres |
//! | `title.crew` | directors and writers |
//! | `title.principals` | the cast |
//! | `title.akas` (may be missing) | original titles, and those of some English- and German-speaking regions |
//! | `title.ratings` (may be missing) | how many people rated a film there, and their mean: nobody's ratings here, but what makes it known |
//! | `name.basics` | names of the people of these films |
//!
//! The tables are read in step: all are sorted by the film's id, so that nothing but the films' ids ([`films::Wanted`], 4 bytes each) and the names of their people
//! ([`names`], about 25 bytes each) is held in memory, however many rows there are.

pub mod films;
pub mod names;
mod step;

use crate::{
    run::ImportError,
    source::{Member, Source},
    table::{Encoding, Header, Separator, Table},
};

/// What of IMDb is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Films made for television too.
    pub tv_movies: bool,
}

/// IMDb's files, ready to be read.
#[derive(Clone, Debug)]
pub struct Files {
    pub source: Source,
    pub basics: Table,
    pub crew: Table,
    pub principals: Table,
    pub names: Table,
    /// Other titles, where the file is there.
    pub akas: Option<Table>,
    /// Ratings, where the file is there.
    pub ratings: Option<Table>,
}

impl Files {
    /// Finds the files in a source, as they are downloaded or unpacked.
    ///
    /// # Errors
    /// When one that is needed is missing.
    pub fn find(source: Source) -> Result<Self, ImportError> {
        let basics = lookup(&source, None, "title.basics").ok_or_else(|| ImportError::NoDocument {
            path: source.path().to_owned(),
            names: vec!["title.basics.tsv.gz".to_owned()],
        })?;
        let beside = |name: &str| lookup(&source, Some(&basics), name);
        let needed = |name: &str| {
            beside(name).ok_or_else(|| ImportError::MissingFile {
                path: source.path().to_owned(),
                file: format!("{}{name}.tsv.gz", basics.folder()),
                beside: basics.name.clone(),
            })
        };
        let (crew, principals, names) = (needed("title.crew")?, needed("title.principals")?, needed("name.basics")?);
        let (akas, ratings) = (beside("title.akas").map(table), beside("title.ratings").map(table));
        Ok(Self {
            basics: table(basics),
            crew: table(crew),
            principals: table(principals),
            names: table(names),
            akas,
            ratings,
            source,
        })
    }

    /// All files that are read.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        [&self.basics, &self.crew, &self.principals, &self.names].into_iter().chain(&self.akas).chain(&self.ratings)
    }
}

fn lookup(source: &Source, beside: Option<&Member>, name: &str) -> Option<Member> {
    let is_named = |member: &&Member| {
        let file = member.file_name().to_ascii_lowercase();
        let rest = file.strip_prefix(name);
        matches!(rest, Some(".tsv" | ".tsv.gz")) && beside.is_none_or(|other| other.folder() == member.folder())
    };
    source.members().iter().find(is_named).cloned()
}

fn table(member: Member) -> Table {
    Table { member, separator: Separator::Tab, encoding: Encoding::Utf8, header: Header::Named }
}

/// A cell, unless it says that nothing is known.
fn known(cell: &str) -> Option<&str> {
    Some(cell).filter(|cell| !cell.is_empty() && *cell != "\\N")
}

/// The number in `tt0078748` or `nm0000244`; at most nine digits.
fn number(id: &str, prefix: &str) -> Option<u32> {
    let digits = id.strip_prefix(prefix)?;
    let is_number = (7..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok())?
}
