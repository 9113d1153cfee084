//! `/edit/{film}`: the form of a film's data.

use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use matinee_app::plain::{Sheet, Words};
use matinee_domain::{FieldError, MovieId, movie::movie_path};
use matinee_services::{ServiceError, Services, access::EditFilms, editing::FilmDraft};
use serde::Deserialize;

use crate::{
    api::extract::Id,
    pages::{
        Frame, Refusal,
        access::May,
        changes::Said,
        pieces::{area_field, notice, opening, text_field},
    },
};

/// The form as it is sent.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sent {
    version: i64,
    title: String,
    original_title: String,
    year: String,
    runtime_min: String,
    plot: String,
    genres: String,
    directors: String,
    writers: String,
    cast: String,
}

impl From<Sent> for FilmDraft {
    fn from(sent: Sent) -> Self {
        Self {
            title: sent.title,
            original_title: sent.original_title,
            year: sent.year,
            runtime_min: sent.runtime_min,
            plot: sent.plot,
            genres: sent.genres,
            directors: sent.directors,
            writers: sent.writers,
            cast: sent.cast,
        }
    }
}

struct Shown {
    movie: MovieId,
    /// The film's page.
    path: String,
    /// What it is called as long as nothing is saved.
    title: String,
    draft: FilmDraft,
    version: i64,
    said: Option<String>,
    wrong: Vec<FieldError>,
}

pub async fn form(
    May(editor): May<EditFilms>,
    frame: Frame,
    State(services): State<Services>,
    Id(movie): Id<MovieId>,
    Query(said): Query<Said>,
) -> Result<Response, Refusal> {
    let film = services.film_to_edit(&editor, movie).await?;
    let shown = Shown {
        movie,
        path: movie_path(movie, &film.data.title, film.data.year),
        title: film.data.title.clone(),
        draft: film.data.into(),
        version: film.version,
        said: said.into_name(),
        wrong: Vec::new(),
    };
    Ok(show(frame, StatusCode::OK, shown).await)
}

pub async fn save(
    May(editor): May<EditFilms>,
    frame: Frame,
    State(services): State<Services>,
    Id(movie): Id<MovieId>,
    Form(sent): Form<Sent>,
) -> Result<Response, Refusal> {
    let version = sent.version;
    let draft = FilmDraft::from(sent);
    let (status, wrong) = match services.edit_film(&editor, movie, &draft, version).await {
        Ok(_) => return Ok(Redirect::to(&format!("/edit/{movie}?said=saved")).into_response()),
        Err(ServiceError::Invalid(wrong)) => (StatusCode::UNPROCESSABLE_ENTITY, wrong),
        Err(ServiceError::Conflict(field)) => (StatusCode::CONFLICT, vec![field]),
        Err(error) => return Err(error.into()),
    };
    let film = services.film_to_edit(&editor, movie).await?;
    // Of the film as it is by now: whoever saves again has been told that somebody else changed it.
    let shown = Shown {
        movie,
        path: movie_path(movie, &film.data.title, film.data.year),
        title: film.data.title,
        draft,
        version: film.version,
        said: None,
        wrong,
    };
    Ok(show(frame, status, shown).await)
}

async fn show(frame: Frame, status: StatusCode, shown: Shown) -> Response {
    let shown = std::sync::Arc::new(shown);
    frame.page_of(status, move |_, words| draw(words, &shown)).await
}

fn draw(words: &'static Words, shown: &Shown) -> Sheet {
    let Shown { movie, path, title, draft, version, said, wrong } = shown;
    let edit = &words.edit;
    let heading = edit.title_of.replace("{title}", title);
    // What is wrong with no field of the form.
    let beside = wrong.iter().filter(|error| error.field == "version").map(|error| error.message.clone()).next();
    let beside = beside.map(|text| view! { <p class="form-errors" role="alert">{text}</p> });
    let text = |label, name, value: &str, help| text_field(label, name, value.to_owned(), help, wrong);
    let area = |label, name, value: &str, rows, help| area_field(label, name, value, rows, help, wrong);
    let body = view! {
        {opening(heading.clone(), edit.note)}
        {notice(words, said.as_deref())}
        <div class="desk">
            <p class="cluster">
                <a class="quiet" href=path.clone() rel="external">
                    {edit.to_film}
                </a>
                <a class="quiet" href=format!("/edit/{movie}/history") rel="external">
                    {edit.to_history}
                </a>
            </p>
            <form class="form desk__form" method="post" action=format!("/edit/{movie}")>
                {beside}
                <input type="hidden" name="version" value=*version />
                {text(edit.film_title, "title", &draft.title, "")}
                {text(edit.original_title, "original_title", &draft.original_title, edit.original_title_help)}
                <div class="desk__pair">
                    {text(edit.year, "year", &draft.year, "")}
                    {text(edit.runtime, "runtime_min", &draft.runtime_min, "")}
                </div>
                {text(edit.genres, "genres", &draft.genres, edit.genres_help)}
                {area(edit.plot, "plot", &draft.plot, 8, "")}
                {area(edit.directors, "directors", &draft.directors, 2, edit.people_help)}
                {area(edit.writers, "writers", &draft.writers, 3, edit.people_help)}
                {area(edit.cast, "cast", &draft.cast, 8, edit.people_help)}
                <button class="button button--main">{edit.save}</button>
            </form>
        </div>
    };
    Sheet { title: heading, body: body.into_any() }
}
