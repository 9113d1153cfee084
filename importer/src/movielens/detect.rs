//! Which form of `MovieLens` a source holds, and where its files are.

use matinee_domain::ExternalSource;

use crate::{
    run::ImportError,
    source::{Member, Source},
    table::{Encoding, Header, Separator, Table},
};

/// A form that `MovieLens` comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// latest, 20M, 25M, 32M.
    Csv,
    /// 1M and 10M.
    Dat,
    /// 100K.
    Flags,
    /// `RecBole` atomic files.
    Atomic,
}

impl Form {
    const ALL: [Self; 4] = [Self::Csv, Self::Dat, Self::Flags, Self::Atomic];

    /// Whether a file of this name holds ratings of this form.
    fn is_ratings(self, file_name: &str) -> bool {
        let name = file_name.to_ascii_lowercase();
        match self {
            Self::Csv => name == "ratings.csv",
            Self::Dat => name == "ratings.dat",
            Self::Flags => name == "u.data",
            Self::Atomic => name.strip_suffix(".inter").is_some_and(|stem| !stem.is_empty()),
        }
    }

    /// The file of the films that belong to a file of ratings.
    fn movies_file(self, ratings: &Member) -> String {
        let name = ratings.file_name();
        match self {
            Self::Csv => "movies.csv".to_owned(),
            Self::Dat => "movies.dat".to_owned(),
            Self::Flags => "u.item".to_owned(),
            Self::Atomic => format!("{}.item", &name[..name.len() - ".inter".len()]),
        }
    }
}

const RATING_COLUMNS: &[&str] = &["userId", "movieId", "rating", "timestamp"];
const MOVIE_COLUMNS: &[&str] = &["movieId", "title", "genres"];
#[rustfmt::skip]
const FLAG_COLUMNS: &[&str] = &[
    "movieId", "title", "release_date", "video_release_date", "imdb_url", "unknown", "Action", "Adventure", "Animation",
    "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery",
    "Romance", "Sci-Fi", "Thriller", "War", "Western",
];

/// A data set that is ready to be read.
#[derive(Clone, Debug)]
pub struct DataSet {
    pub source: Source,
    pub form: Form,
    /// Whose numbers films have.
    pub numbering: ExternalSource,
    pub movies: Table,
    pub ratings: Table,
    /// IMDb and TMDB numbers, where the data set has them.
    pub links: Option<Table>,
}

impl DataSet {
    /// Finds the one data set that a source holds.
    ///
    /// # Errors
    /// When there is none, more than one, or a file of it is missing.
    pub fn detect(source: Source) -> Result<Self, ImportError> {
        let found: Vec<(Form, &Member)> = Form::ALL
            .into_iter()
            .flat_map(|form| source.members().iter().map(move |member| (form, member)))
            .filter(|(form, member)| form.is_ratings(member.file_name()))
            .collect();
        let (form, ratings) = match found.as_slice() {
            [] => return Err(none(&source)),
            [only] => only.to_owned(),
            several => {
                return Err(ImportError::SeveralDataSets {
                    path: source.path().to_owned(),
                    found: several.iter().take(8).map(|(_, member)| member.name.clone()).collect(),
                });
            }
        };
        let ratings = ratings.clone();
        let beside = |name: &str| source.lookup_beside(&ratings, name).cloned();
        let movies_file = form.movies_file(&ratings);
        let movies = beside(&movies_file).ok_or_else(|| ImportError::MissingFile {
            path: source.path().to_owned(),
            file: format!("{}{movies_file}", ratings.folder()),
            beside: ratings.name.clone(),
        })?;
        let links = if form == Form::Csv { beside("links.csv") } else { None };
        let numbering = numbering(form, &ratings)?;
        Ok(Self {
            form,
            numbering,
            movies: table(form, movies, false),
            ratings: table(form, ratings, true),
            links: links.map(|member| table(Form::Csv, member, false)),
            source,
        })
    }
}

fn none(source: &Source) -> ImportError {
    ImportError::NoDataSet {
        path: source.path().to_owned(),
        found: source.members().iter().take(8).map(|member| member.name.clone()).collect(),
    }
}

/// 100K has numbers of its own; every other release shares one numbering.
fn numbering(form: Form, ratings: &Member) -> Result<ExternalSource, ImportError> {
    let name = ratings.file_name().to_ascii_lowercase();
    match form {
        Form::Csv | Form::Dat => Ok(ExternalSource::Movielens),
        Form::Flags => Ok(ExternalSource::Movielens100k),
        Form::Atomic if name == "ml-100k.inter" => Ok(ExternalSource::Movielens100k),
        Form::Atomic if name.starts_with("ml-") => Ok(ExternalSource::Movielens),
        Form::Atomic => Err(ImportError::UnknownNumbering { file: ratings.name.clone() }),
    }
}

fn table(form: Form, member: Member, ratings: bool) -> Table {
    let (separator, encoding, header) = match form {
        Form::Csv => (Separator::Comma, Encoding::Utf8, Header::Named),
        Form::Atomic => (Separator::Tab, Encoding::Utf8, Header::Typed),
        Form::Dat => {
            let columns = if ratings { RATING_COLUMNS } else { MOVIE_COLUMNS };
            (Separator::DoubleColon, Encoding::Latin1, Header::Fixed(columns))
        }
        Form::Flags if ratings => (Separator::Tab, Encoding::Latin1, Header::Fixed(RATING_COLUMNS)),
        Form::Flags => (Separator::Pipe, Encoding::Latin1, Header::Fixed(FLAG_COLUMNS)),
    };
    Table { member, separator, encoding, header }
}
