//! A film's page, in one request.

use leptos::prelude::*;
use matinee_domain::{Movie, PredictedStars, Reason, Stars, recommendation::Similar};
use serde::{Deserialize, Serialize};

use crate::AppError;

/// Everything on a film's page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FilmPageData {
    pub movie: Movie,
    pub similar: Vec<Similar>,
    /// What is the viewer's own; `None` for visitors.
    pub mine: Option<MyFilm>,
}

/// What a person said of a film, and why it is recommended to them, if it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MyFilm {
    pub stars: Option<Stars>,
    pub not_interested: bool,
    /// Largest share first.
    pub reasons: Vec<Reason>,
    /// What I would give it, where it is recommended to me.
    pub predicted: Option<PredictedStars>,
}

/// A film's page. `id` is as it stands in the address; `from` is the search that led here, kept as a weak event of
/// people who are signed in and keep their history.
#[server(prefix = "/api/ui", endpoint = "film", input = server_fn::codec::GetUrl)]
pub async fn load_film(id: String, from: Option<String>) -> Result<FilmPageData, AppError> {
    use matinee_domain::MovieId;
    use matinee_services::{ports::Opinion, recommend::Case};

    /// Films in the row of similar ones.
    const SIMILAR: u32 = 18;
    /// A film that is not among so many recommendations has no reason to be told.
    const RECOMMENDED: u32 = 150;

    let Ok(id) = id.parse::<MovieId>() else {
        super::answer_status(&AppError::NotFound);
        return Err(AppError::NotFound);
    };
    let services = super::services()?;
    let movie = services.movie(id).await.map_err(super::fail)?;
    let similar = services.similar(&movie.card, SIMILAR).await.map_err(super::fail)?;
    let Some(user) = crate::session::current_user().await? else {
        return Ok(FilmPageData { movie, similar, mine: None });
    };
    if let Err(error) = services.keep_view(user, id, from.as_deref()).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "a view was not kept");
    }
    let (Opinion { stars, not_interested }, Case { reasons, predicted }) =
        services.opinion(user, id, RECOMMENDED).await.map_err(super::fail)?;
    Ok(FilmPageData { movie, similar, mine: Some(MyFilm { stars, not_interested, reasons, predicted }) })
}
