//! Files of evaluation: ratings come in, in one of several [`LAYOUTS`], ranked lists go out (tab-separated, header
//! `user item rank`). People and films are opaque names.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead, BufReader, BufWriter, Write},
    path::Path,
};

use anyhow::{Context, bail, ensure};
use matinee_domain::{MovieId, Stars, Timestamp, UserId};
use matinee_services::ports::TrainingRating;
use uuid::Uuid;

/// Headers that are known, and what separates fields below them: our own, RecBole's and MovieLens's.
const LAYOUTS: [(&str, &str); 3] = [
    ("user\titem\trating\ttimestamp", "\t"),
    ("user_id:token\titem_id:token\trating:float\ttimestamp:float", "\t"),
    ("userId,movieId,rating,timestamp", ","),
];
/// What separates fields in ML-1M's and ML-10M's `ratings.dat`, which has no header.
const HEADERLESS: &str = "::";

/// Ids for the names of people and films; the same over several files.
#[derive(Default)]
pub struct Names {
    users: Numbers,
    items: Numbers,
}

/// Names and their numbers in order of appearance, which ids are made of.
#[derive(Default)]
struct Numbers {
    by_name: HashMap<String, usize>,
    names: Vec<String>,
}

impl Names {
    /// All ratings of a file, in its order.
    ///
    /// # Errors
    /// With file and line, when the header or a row is not as it should be.
    pub fn read(&mut self, path: &Path) -> anyhow::Result<Vec<TrainingRating>> {
        let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
        let mut lines = BufReader::new(file).lines().zip(1..).peekable();
        let first = match lines.peek() {
            Some((Ok(first), _)) => first.trim_start_matches('\u{feff}').trim_end_matches('\r'),
            Some((Err(_), _)) | None => "",
        };
        let separator = match LAYOUTS.iter().find(|(header, _)| *header == first) {
            Some((_, separator)) => {
                lines.next();
                separator
            }
            None if first.contains(HEADERLESS) => HEADERLESS,
            None => bail!(
                "{}: the first line must be the tab-separated header `{}`, one of MovieLens or RecBole, or a row with `::`, not `{}`",
                path.display(),
                LAYOUTS[0].0,
                first.chars().take(80).collect::<String>()
            ),
        };
        let mut ratings = Vec::new();
        for (line, number) in lines {
            let place = || format!("{}, line {number}", path.display());
            let line = line.with_context(place)?;
            let line = line.trim_end_matches('\r');
            if !line.is_empty() {
                ratings.push(self.parse(line, separator).with_context(place)?);
            }
        }
        ensure!(!ratings.is_empty(), "{}: there are no ratings in it", path.display());
        Ok(ratings)
    }

    /// What films are about: `item TAB text` a line, without a header.
    ///
    /// # Errors
    /// With file and line, when a line has no text.
    pub fn read_texts(&mut self, path: &Path) -> anyhow::Result<Vec<(MovieId, String)>> {
        let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
        let mut texts = Vec::new();
        for (line, number) in BufReader::new(file).lines().zip(1..) {
            let place = || format!("{}, line {number}", path.display());
            let line = line.with_context(place)?;
            if line.is_empty() {
                continue;
            }
            let (item, text) = line.split_once('\t').context("a line is `item TAB text`").with_context(place)?;
            ensure!(!text.trim().is_empty(), "{}: the film {item} has no text", place());
            texts.push((MovieId(self.items.id_of(item)), text.to_owned()));
        }
        Ok(texts)
    }

    /// Writes ranked lists of films, each somebody's, best first; ranks count from 1.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn write_ranked(&self, path: &Path, lists: impl Iterator<Item = (UserId, Vec<MovieId>)>) -> anyhow::Result<()> {
        let write = || {
            let mut out = BufWriter::new(File::create(path)?);
            writeln!(out, "user\titem\trank")?;
            for (user, films) in lists {
                for (film, rank) in films.into_iter().zip(1..) {
                    writeln!(out, "{}\t{}\t{rank}", self.users.name_of(user.0), self.items.name_of(film.0))?;
                }
            }
            out.flush()
        };
        write().with_context(|| format!("writing {}", path.display()))
    }

    fn parse(&mut self, line: &str, separator: &str) -> anyhow::Result<TrainingRating> {
        let fields: Vec<&str> = line.split(separator).collect();
        let &[user, item, rating, timestamp] = fields.as_slice() else {
            bail!("a row has 4 fields with `{}` between them, this one {}", separator.escape_debug(), fields.len());
        };
        Ok(TrainingRating {
            user: UserId(self.users.id_of(user)),
            movie: MovieId(self.items.id_of(item)),
            stars: parse_stars(rating)?,
            at: parse_moment(timestamp)?,
        })
    }
}

impl Numbers {
    fn id_of(&mut self, name: &str) -> Uuid {
        let number = self.by_name.get(name).copied().unwrap_or_else(|| {
            self.by_name.insert(name.to_owned(), self.names.len());
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        Uuid::from_u128(number as u128)
    }

    fn name_of(&self, id: Uuid) -> &str {
        usize::try_from(id.as_u128()).ok().and_then(|number| self.names.get(number)).map_or("", String::as_str)
    }
}

/// Rounded to half stars.
fn parse_stars(text: &str) -> anyhow::Result<Stars> {
    let rating: f64 = text.trim().parse().with_context(|| format!("`{text}` is no rating"))?;
    Ok(Stars::new((rating * 2.0).round() / 2.0)?)
}

fn parse_moment(text: &str) -> anyhow::Result<Timestamp> {
    let seconds: f64 = text.trim().parse().with_context(|| format!("`{text}` is no timestamp in seconds"))?;
    #[expect(clippy::cast_possible_truncation, reason = "what is no moment is refused by the next line")]
    let moment = Timestamp::from_timestamp(seconds as i64, 0);
    moment.with_context(|| format!("`{text}` is no timestamp in seconds"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> anyhow::Result<Vec<TrainingRating>> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Names::default().read(file.path())
    }

    #[test]
    fn names_are_opaque_and_ratings_are_read_in_order() {
        let ratings =
            read("user\titem\trating\ttimestamp\r\nu-1\tFilm, The\t4\t10\r\nu 2\tFilm, The\t3.5\t11.0\n").unwrap();
        assert_eq!(ratings.len(), 2);
        assert_eq!(ratings[0].movie, ratings[1].movie);
        assert_ne!(ratings[0].user, ratings[1].user);
    }

    #[test]
    fn texts_are_of_the_films_that_ratings_name_and_a_line_without_one_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "user\titem\trating\ttimestamp\nu\tf\t4\t10\n").unwrap();
        let mut names = Names::default();
        let ratings = names.read(file.path()).unwrap();
        std::fs::write(file.path(), "f\tA man relives the same day.\ng\tanother\n").unwrap();
        let texts = names.read_texts(file.path()).unwrap();
        assert_eq!((texts[0].0, texts[0].1.as_str()), (ratings[0].movie, "A man relives the same day."));
        assert_ne!(texts[1].0, ratings[0].movie);
        std::fs::write(file.path(), "f\ttext\ng\n").unwrap();
        assert!(format!("{:#}", names.read_texts(file.path()).unwrap_err()).contains("line 2"));
    }

    #[test]
    fn files_of_movielens_and_recbole_are_read_as_they_come() {
        for text in [
            "1::1193::5::978300760\n2::661::3::978302109\n",
            "\u{feff}userId,movieId,rating,timestamp\r\n1,1193,5.0,978300760\r\n2,661,3.0,978302109\r\n",
            "user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t1193\t5\t978300760\n2\t661\t3\t978302109\n",
        ] {
            let ratings = read(text).unwrap();
            let found: Vec<_> = ratings.iter().map(|rating| (rating.stars.value(), rating.at.timestamp())).collect();
            assert_eq!(found, [(5.0, 978_300_760), (3.0, 978_302_109)], "{text}");
        }
        let error = format!("{:#}", read("1::2::5::978300760\n1::2::5\n").unwrap_err());
        assert!(error.contains("line 2") && error.contains("`::`"), "{error}");
    }

    #[test]
    fn a_bad_row_is_named_by_file_and_line() {
        for bad in ["a\tb\tc\td", "a\tb\t9\t1", "a\tb\t4", "a\tb\tNaN\t1", "a\tb\t4\tnever", "a\tb\t4\t1e300"] {
            let error =
                format!("{:#}", read(&format!("user\titem\trating\ttimestamp\na\tb\t4\t1\n{bad}\n")).unwrap_err());
            assert!(error.contains("line 3"), "{bad}: {error}");
        }
        assert!(format!("{:#}", read("userId,movieId\n").unwrap_err()).contains("header"));
        assert!(format!("{:#}", read("user\titem\trating\ttimestamp\n").unwrap_err()).contains("no ratings"));
    }
}
