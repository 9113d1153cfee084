//! `/tune`: a person's knobs, and the list that they make.
//!
//! One form; whatever changes in it is kept by sending it. A small script (`frontend/assets/tune.js`) sends it with each change and puts
//! the list of the answer in place of the one that is there, so that the knob in hand stays in hand. Without it there is a button.

mod draw;

use axum::{
    extract::{Query, RawForm, State},
    response::{Redirect, Response},
};
use matinee_domain::{FieldError, KnobChange, search::GenreCount};
use matinee_services::{ServiceError, Services, tuning::Tuned};
use url::form_urlencoded;

use super::{Frame, Refusal, access::SignedIn, changes::Said};

/// Films on the page.
const FILMS: u32 = 36;

struct Shown {
    tuned: Tuned,
    /// The catalogue's genres, in alphabetical order, and those that are left out though no film has them any more.
    genres: Vec<String>,
    is_kept: bool,
}

pub async fn page(
    SignedIn(me): SignedIn,
    frame: Frame,
    State(services): State<Services>,
    Query(said): Query<Said>,
) -> Result<Response, Refusal> {
    let tuned = services.recommend_tuned(me, FILMS, KnobChange::default()).await?;
    let mut genres: Vec<String> = services.genres().await?.into_iter().map(|GenreCount { genre, .. }| genre).collect();
    genres.extend(tuned.knobs.excluded_genres.iter().cloned());
    genres.sort_unstable();
    genres.dedup();
    let shown = std::sync::Arc::new(Shown { tuned, genres, is_kept: said.into_name().is_some() });
    Ok(frame.page(move |locale, _| draw::page(locale, &shown)).await)
}

pub async fn turn(
    SignedIn(me): SignedIn,
    State(services): State<Services>,
    RawForm(form): RawForm,
) -> Result<Redirect, Refusal> {
    services.turn_knobs(me, read(&form).map_err(ServiceError::Invalid)?).await?;
    Ok(Redirect::to("/tune?said=kept"))
}

/// The form whole: a box that isn't ticked is not in it. `reset` asks for the knobs as they were at first.
///
/// # Errors
/// Every field that holds no number.
pub fn read(form: &[u8]) -> Result<KnobChange, Vec<FieldError>> {
    let mut change = KnobChange {
        popularity: Some(0),
        recency: Some(0),
        diversity: Some(0),
        hide_seen: Some(false),
        excluded_genres: Some(Vec::new()),
    };
    let mut wrong = Vec::new();
    for (name, value) in form_urlencoded::parse(form) {
        let knob = match &*name {
            "popularity" => &mut change.popularity,
            "recency" => &mut change.recency,
            "diversity" => &mut change.diversity,
            "hide_seen" => {
                change.hide_seen = Some(true);
                continue;
            }
            "exclude" => {
                change.excluded_genres.get_or_insert_default().push(value.into_owned());
                continue;
            }
            "reset" => {
                let (nothing, all) = (Some(0), Some(Vec::new()));
                return Ok(KnobChange {
                    popularity: nothing,
                    recency: nothing,
                    diversity: nothing,
                    hide_seen: Some(true),
                    excluded_genres: all,
                });
            }
            _ => continue,
        };
        match value.parse() {
            Ok(place) => *knob = Some(place),
            Err(_) => wrong.push(FieldError::new(&name, "wrong_value", format!("{value:?} is no place of a knob"))),
        }
    }
    if wrong.is_empty() { Ok(change) } else { Err(wrong) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_all_of_the_knobs() {
        let change = read(b"popularity=-2&recency=1&diversity=3&exclude=War&exclude=Sci-Fi&elsewhere=1").unwrap();
        assert_eq!((change.popularity, change.recency, change.diversity), (Some(-2), Some(1), Some(3)));
        assert_eq!(change.hide_seen, Some(false), "a box that isn't ticked is not sent");
        assert_eq!(change.excluded_genres, Some(vec!["War".to_owned(), "Sci-Fi".to_owned()]));
        assert_eq!(read(b"hide_seen=on").unwrap().hide_seen, Some(true));
    }

    #[test]
    fn the_button_that_resets_wins_over_the_knobs_beside_it() {
        let change = read(b"popularity=-2&exclude=War&reset=1").unwrap();
        assert_eq!((change.popularity, change.hide_seen), (Some(0), Some(true)));
        assert_eq!(change.excluded_genres, Some(Vec::new()));
    }

    #[test]
    fn what_is_no_number_is_named() {
        let wrong = read(b"popularity=much&recency=99999999").unwrap_err();
        assert_eq!(wrong.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["popularity", "recency"]);
    }
}
