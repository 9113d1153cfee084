//! Editing a film's data by hand.

use matinee_domain::{FieldError, MovieId, Year};

use crate::{
    Result, ServiceError, Services,
    access::{Allowed, EditFilms},
    ports::{Edited, FilmData, VersionedFilm},
};

/// The longest title or name, in characters.
const MAX_TITLE_CHARS: usize = 300;
const MAX_PLOT_CHARS: usize = 20_000;
const MAX_GENRES: usize = 12;
const MAX_PEOPLE: usize = 200;
/// Minutes; the longest films there are run for some days.
const MAX_RUNTIME_MIN: u16 = 15_000;

/// A film's data as a form has them: genres separated by commas, people one a line. Unchecked: see [`FilmDraft::check`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilmDraft {
    pub title: String,
    pub original_title: String,
    pub year: String,
    pub runtime_min: String,
    pub plot: String,
    pub genres: String,
    pub directors: String,
    pub writers: String,
    pub cast: String,
}

impl From<FilmData> for FilmDraft {
    fn from(data: FilmData) -> Self {
        Self {
            title: data.title,
            original_title: data.original_title.unwrap_or_default(),
            year: data.year.map(|year| year.to_string()).unwrap_or_default(),
            runtime_min: data.runtime_min.map(|minutes| minutes.to_string()).unwrap_or_default(),
            plot: data.plot.unwrap_or_default(),
            genres: data.genres.join(", "),
            directors: data.directors.join("\n"),
            writers: data.writers.join("\n"),
            cast: data.cast.join("\n"),
        }
    }
}

impl FilmDraft {
    /// Checks every field and reports all that is wrong, not just the first.
    ///
    /// # Errors
    /// One [`FieldError`] for each refused field.
    pub fn check(&self) -> std::result::Result<FilmData, Vec<FieldError>> {
        let mut wrong = Vec::new();
        let data = FilmData {
            title: line("title", &self.title, &mut wrong).unwrap_or_default(),
            original_title: line("original_title", &self.original_title, &mut wrong),
            year: number("year", &self.year, &mut wrong, |year| Year::new(year).ok(), "between 1874 and 2100"),
            runtime_min: number(
                "runtime_min",
                &self.runtime_min,
                &mut wrong,
                |minutes| u16::try_from(minutes).ok().filter(|minutes| (1..=MAX_RUNTIME_MIN).contains(minutes)),
                "between 1 and 15000",
            ),
            plot: text("plot", &self.plot, MAX_PLOT_CHARS, &mut wrong),
            genres: list("genres", self.genres.split(','), MAX_GENRES, &mut wrong),
            directors: list("directors", self.directors.lines(), MAX_PEOPLE, &mut wrong),
            writers: list("writers", self.writers.lines(), MAX_PEOPLE, &mut wrong),
            cast: list("cast", self.cast.lines(), MAX_PEOPLE, &mut wrong),
        };
        if data.title.is_empty() && !wrong.iter().any(|error| error.field == "title") {
            wrong.push(FieldError::new("title", "missing", "a film has a title"));
        }
        if wrong.is_empty() { Ok(data) } else { Err(wrong) }
    }
}

fn text(field: &str, text: &str, max_chars: usize, wrong: &mut Vec<FieldError>) -> Option<String> {
    // Browsers send line ends as carriage return and line feed.
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    if text.chars().count() > max_chars {
        wrong.push(FieldError::new(field, "too_long", format!("{max_chars} characters at most")));
    } else if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        wrong.push(FieldError::new(field, "bad_character", "no control characters"));
    }
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

fn line(field: &str, given: &str, wrong: &mut Vec<FieldError>) -> Option<String> {
    let given = text(field, given, MAX_TITLE_CHARS, wrong)?;
    if given.contains(['\n', '\t']) {
        wrong.push(FieldError::new(field, "bad_character", "one line"));
    }
    Some(given)
}

fn number<T>(
    field: &str,
    text: &str,
    wrong: &mut Vec<FieldError>,
    read: impl Fn(i32) -> Option<T>,
    right: &str,
) -> Option<T> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let number = text.parse().ok().and_then(read);
    if number.is_none() {
        wrong.push(FieldError::new(field, "out_of_range", format!("a number {right}, or nothing")));
    }
    number
}

/// Each once, in order, without blanks around them and empty ones.
fn list<'a>(field: &str, items: impl Iterator<Item = &'a str>, max: usize, wrong: &mut Vec<FieldError>) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    for item in items.map(str::trim).filter(|item| !item.is_empty()) {
        if item.chars().count() > MAX_TITLE_CHARS || item.chars().any(char::is_control) {
            let words = format!("each has {MAX_TITLE_CHARS} characters at most and no control characters");
            wrong.push(FieldError::new(field, "bad_item", words));
            return list;
        }
        if !list.iter().any(|known| known == item) {
            list.push(item.to_owned());
        }
    }
    if list.len() > max {
        wrong.push(FieldError::new(field, "too_many", format!("{max} at most")));
    }
    list
}

impl Services {
    /// A film's data, to be edited.
    ///
    /// # Errors
    /// `NotFound` where there is no such film.
    pub async fn film_to_edit(&self, _: &Allowed<EditFilms>, movie: MovieId) -> Result<VersionedFilm> {
        let found = self.editing.lookup_film(movie).await?;
        found.ok_or_else(|| ServiceError::NotFound { what: "film", id: movie.to_string() })
    }

    /// Writes a film's data, if the film is still of the version that was edited.
    ///
    /// # Errors
    /// `Invalid` with the refused fields; `Conflict` when somebody else changed the film in the meantime; `NotFound`.
    pub async fn edit_film(
        &self,
        by: &Allowed<EditFilms>,
        movie: MovieId,
        draft: &FilmDraft,
        version: i64,
    ) -> Result<Edited> {
        let data = draft.check().map_err(ServiceError::Invalid)?;
        match by.doing(None, self.editing.set_film(movie, &data, version)).await? {
            Edited::ChangedSince => {
                let words = "somebody else changed this film in the meantime: look at it again before you save";
                Err(ServiceError::Conflict(FieldError::new("version", "changed_since", words)))
            }
            done => Ok(done),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_of_a_films_data_gives_the_same_data_back() {
        let data = FilmData {
            title: "Alien".into(),
            year: Year::new(1979).ok(),
            runtime_min: Some(117),
            plot: Some("In space.\nNobody hears.".into()),
            genres: vec!["Horror".into(), "Sci-Fi".into()],
            directors: vec!["Ridley Scott".into()],
            cast: vec!["Sigourney Weaver".into(), "John Hurt".into()],
            ..FilmData::default()
        };
        let mut draft = FilmDraft::from(data.clone());
        draft.plot = draft.plot.replace('\n', "\r\n");
        draft.cast.push_str("\r\n \r\nJohn Hurt");
        assert_eq!(draft.check(), Ok(data));
    }

    #[test]
    fn every_wrong_field_of_a_draft_is_reported() {
        let draft = FilmDraft {
            title: " ".into(),
            year: "1600".into(),
            runtime_min: "long".into(),
            genres: "x".repeat(400),
            ..FilmDraft::default()
        };
        let wrong: Vec<_> = draft.check().unwrap_err().into_iter().map(|error| error.field).collect();
        assert_eq!(wrong, ["year", "runtime_min", "genres", "title"]);
    }
}
