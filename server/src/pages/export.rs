//! All that is kept of me, to take along.
//!
//! Both downloads are streamed, a page of ratings or changes at a time, so that they hold no more of a person who rated a hundred
//! thousand films than of one who rated ten.

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures::{Stream, StreamExt, stream};
use matinee_app::session::{BEGAN_KEY, BROWSER_KEY};
use matinee_domain::{
    MyRating, UserId,
    activity::Mark,
    rating::{RatingFilter, RatingSort},
};
use matinee_services::{
    Result as ServiceResult, ServiceError, Services,
    ports::{Arm, SelectBy, Selection},
};
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{Refusal, access::SignedIn};

/// Ratings or changes that are read at once.
const AT_ONCE: u32 = 100;
/// More than anybody has: a film by the same way counts once.
const MOST_VIEWS: u32 = 100_000;

/// Everything that is mine, as one JSON object.
pub async fn json(SignedIn(me): SignedIn, State(services): State<Services>) -> Result<Response, Refusal> {
    let head = json!({
        "account": services.account(me).await?,
        "role": services.role(me).await?,
        "sign_in": ways_in(&services, me).await?,
        "tokens": tokens(&services, me).await?,
        "not_interested": services.activity.list_marked(me, Mark::NotInterested).await.map_err(ServiceError::from)?,
        "not_because": services.activity.list_marked(me, Mark::NotBecause).await.map_err(ServiceError::from)?,
        "knobs": services.knobs(me).await?,
        "searches_and_views": views(&services, me).await?,
        "evenings": evenings(&services, me).await?,
        "shown_in_trials": shown(&services, me).await?,
    });
    // The object is left open, for long lists to come as its last members.
    let mut head = head.to_string();
    head.pop();
    let whole = stream::once(async { Ok(Bytes::from(head)) })
        .chain(member("ratings", ratings(services.clone(), me)))
        .chain(member("changes", changes(services, me)))
        .chain(stream::once(async { Ok(Bytes::from_static(b"}\n")) }));
    Ok(download("matinee.json", "application/json", whole))
}

/// How I sign in, and where I am signed in. What lets somebody in is not told: it would be a key that lies about.
async fn ways_in(services: &Services, me: UserId) -> ServiceResult<Json> {
    let linked = services.linked_identities(me).await?.into_iter();
    let linked: Vec<_> = linked
        .map(|one| {
            json!({ "provider": one.provider, "issuer": one.key.issuer, "subject": one.key.subject, "label": one.label,
                "linked_at": one.linked_at })
        })
        .collect();
    let passkeys = services.my_passkeys(me).await?.into_iter();
    let passkeys: Vec<_> =
        passkeys.map(|one| json!({ "name": one.name, "created_at": one.created_at, "used_at": one.used_at })).collect();
    let second_step = services.second_factor(me).await?;
    let second_step = second_step.map(|step| json!({ "since": step.since, "codes_left": step.codes_left }));
    let sessions = services.my_sessions(me).await?.into_iter();
    let sessions: Vec<_> = sessions
        .map(|session| {
            let data: Json = serde_json::from_str(&session.data).unwrap_or_default();
            json!({ "browser": data[BROWSER_KEY], "began_at_s": data[BEGAN_KEY], "expires_at": session.expires_at })
        })
        .collect();
    Ok(json!({
        "email_is_confirmed": services.mail_tokens.is_confirmed(me).await?,
        "has_password": services.identities.has_password(me).await?,
        "linked_accounts": linked,
        "passkeys": passkeys,
        "second_step": second_step,
        "sessions": sessions,
    }))
}

async fn tokens(services: &Services, me: UserId) -> ServiceResult<Vec<Json>> {
    let tokens = services.my_tokens(me).await?.into_iter();
    let tokens = tokens.map(|token| {
        json!({ "name": token.name, "scope": token.scope.as_str(), "created_at": token.created_at,
            "expires_at": token.expires_at, "used_at": token.used_at })
    });
    Ok(tokens.collect())
}

async fn evenings(services: &Services, me: UserId) -> ServiceResult<Vec<Json>> {
    let evenings = services.my_evenings(me).await?.into_iter();
    let evenings = evenings.map(|evening| {
        let joined = evening.guests.iter().find(|guest| guest.user == me).map(|guest| guest.joined_at);
        json!({ "planned_by_me": evening.host == me, "joined_at": joined, "expires_at": evening.expires_at })
    });
    Ok(evenings.collect())
}

async fn views(services: &Services, me: UserId) -> ServiceResult<Vec<Json>> {
    let views = services.activity.list(me, MOST_VIEWS).await?.into_iter();
    Ok(views.map(|view| json!({ "movie": view.movie, "query": view.query, "at": view.at })).collect())
}

async fn shown(services: &Services, me: UserId) -> ServiceResult<Vec<Json>> {
    let shown = services.my_shown(me).await?.into_iter();
    let shown = shown.map(|film| {
        let stars = film.half_stars.map(|half_stars| f64::from(half_stars) / 2.0);
        json!({ "movie": film.movie, "by_the_model_on_trial": film.arm == Arm::Trial, "shown_at": film.shown_at,
            "opened_at": film.opened_at, "stars": stars, "dismissed_at": film.dismissed_at })
    });
    Ok(shown.collect())
}

/// One more member of an object that is open: a list, which comes in parts.
fn member<T: Serialize>(
    name: &'static str,
    parts: impl Stream<Item = Result<Vec<T>, std::io::Error>>,
) -> impl Stream<Item = Result<Bytes, std::io::Error>> {
    let mut is_first = true;
    let parts = parts.map(move |part| {
        let mut text = String::new();
        for item in part? {
            if !std::mem::take(&mut is_first) {
                text.push(',');
            }
            text.push_str(&serde_json::to_string(&item)?);
        }
        Ok(Bytes::from(text))
    });
    let begin = stream::once(async move { Ok(Bytes::from(format!(",\"{name}\":["))) });
    begin.chain(parts).chain(stream::once(async { Ok(Bytes::from_static(b"]")) }))
}

/// What I changed, latest first, in parts.
fn changes(services: Services, me: UserId) -> impl Stream<Item = Result<Vec<Json>, std::io::Error>> + Send {
    let mine = Selection { by: SelectBy::Actor(me), since: None };
    stream::try_unfold(Some(None), move |before| {
        let (services, mine) = (services.clone(), mine.clone());
        async move {
            let Some(before) = before else { return Ok(None) };
            let sets = services.history.list(&mine, before, AT_ONCE).await.map_err(broken_off)?;
            let next = sets.last().filter(|_| sets.len() == AT_ONCE as usize).map(|last| Some(last.id));
            let changes = sets.into_iter().map(|set| {
                json!({ "id": set.id, "at": set.at, "reason": set.reason, "undone": !set.reverted_by.is_empty() })
            });
            Ok(Some((changes.collect(), next)))
        }
    })
}

/// My ratings as Letterboxd's importer reads them: `Title,Year,Rating,WatchedDate`.
pub async fn csv(SignedIn(me): SignedIn, State(services): State<Services>) -> Response {
    let rows = ratings(services, me).map(|page| {
        page.map(|page| {
            let lines = page.iter().map(|MyRating { movie, stars, rated_at }| {
                let year = movie.year.map(|year| year.to_string()).unwrap_or_default();
                let stars = f64::from(stars.half_stars()) / 2.0;
                format!("{},{year},{stars:.1},{}\r\n", quoted(&movie.title), rated_at.format("%Y-%m-%d"))
            });
            Bytes::from(lines.collect::<String>())
        })
    });
    let whole = stream::once(async { Ok(Bytes::from_static(b"Title,Year,Rating,WatchedDate\r\n")) }).chain(rows);
    download("matinee-letterboxd.csv", "text/csv; charset=utf-8", whole)
}

/// My ratings by title, in pages. Where the database fails in the midst the download breaks off, so that nobody takes half of
/// it for all.
fn ratings(services: Services, me: UserId) -> impl Stream<Item = Result<Vec<MyRating>, std::io::Error>> + Send {
    stream::try_unfold(Some(0_u32), move |offset| {
        let services = services.clone();
        async move {
            let Some(offset) = offset else { return Ok(None) };
            let filter = RatingFilter { sort: RatingSort::Title, offset, limit: AT_ONCE, ..RatingFilter::default() };
            let page = services.my_ratings(me, &filter).await.map_err(broken_off)?;
            let next = (page.items.len() == AT_ONCE as usize).then(|| offset + AT_ONCE);
            Ok(Some((page.items, next)))
        }
    })
}

fn broken_off(error: impl std::error::Error + Send + Sync + 'static) -> std::io::Error {
    tracing::error!(error = &error as &dyn std::error::Error, "a download broke off");
    std::io::Error::other(error)
}

fn download(
    name: &str,
    kind: &'static str,
    body: impl Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static,
) -> Response {
    let attachment = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        (header::CONTENT_DISPOSITION, HeaderValue::try_from(attachment).expect("names are plain words")),
    ];
    (headers, Body::from_stream(body)).into_response()
}

/// A field of a CSV file. What a spreadsheet would take for a formula gets an apostrophe before it.
fn quoted(text: &str) -> String {
    let formula = if text.starts_with(['=', '+', '-', '@', '\t']) { "'" } else { "" };
    format!("\"{formula}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_one_field_and_no_formula() {
        assert_eq!(quoted("Crouching Tiger, \"Hidden\" Dragon"), "\"Crouching Tiger, \"\"Hidden\"\" Dragon\"");
        assert_eq!(quoted("=HYPERLINK()"), "\"'=HYPERLINK()\"");
    }
}
