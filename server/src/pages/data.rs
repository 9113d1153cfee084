//! `/account/data`: what is kept of me, all of it to take along, and where to change it.
//!
//! Both downloads are streamed, a page of ratings at a time, so that they hold no more of a person who rated a hundred
//! thousand films than of one who rated ten.

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures::{Stream, StreamExt, stream};
use leptos::prelude::*;
use matinee_app::plain::{Sheet, Words, security};
use matinee_domain::{
    MovieId, MyRating, UserId,
    activity::Mark,
    rating::{RatingFilter, RatingSort},
};
use matinee_services::{Result as ServiceResult, Services, ports::Arm};
use serde_json::json;

use super::{Frame, Refusal, access::SignedIn, pieces::opening};

/// Ratings that are read at once.
const AT_ONCE: u32 = 100;
/// More than anybody has: a film by the same way counts once.
const MOST_VIEWS: u32 = 100_000;

pub async fn page(_: SignedIn, frame: Frame) -> Result<Response, Refusal> {
    let draw = |locale, words: &'static Words| {
        let (data, security) = (&words.data, security(locale));
        let part = |title: &'static str, note: &'static str, links: AnyView| {
            view! {
                <section class="settings__part">
                    <h2>{title}</h2>
                    <p>{note}</p>
                    <p class="cluster">{links}</p>
                </section>
            }
        };
        let link = |href: &'static str, text: &'static str| {
            view! {
                <a class="button" href=href rel="external">
                    {text}
                </a>
            }
            .into_any()
        };
        let file = |href: &'static str, text: &'static str| {
            view! {
                <a class="button" href=href rel="external" download="">
                    {text}
                </a>
            }
            .into_any()
        };
        let files =
            view! { {file("/account/data/matinee.json", data.json)} {file("/account/data/letterboxd.csv", data.csv)} };
        let body = view! {
            {opening(data.title, data.note)}
            <div class="settings">
                {part(security.title, security.note, link("/account/security", data.see_security))}
                {part(words.changes.title, words.changes.note, link("/account/changes", data.see_changes))}
                {part(data.export, data.export_note, files.into_any())}
                {part(words.tokens.title, words.tokens.note, link("/account/tokens", data.see_tokens))}
                {part(words.privacy.title, data.privacy_note, link("/privacy", words.privacy.title))}
                <p>
                    <a class="quiet" href="/account" rel="external">
                        {data.back}
                    </a>
                </p>
            </div>
        };
        Sheet { title: data.title.to_owned(), body: body.into_any() }
    };
    Ok(frame.page(draw).await)
}

/// Everything that is mine, as one JSON object.
pub async fn json(SignedIn(me): SignedIn, State(services): State<Services>) -> Result<Response, Refusal> {
    let account = services.account(me).await?;
    let marked = async |mark| -> ServiceResult<Vec<MovieId>> { Ok(services.activity.list_marked(me, mark).await?) };
    let tokens: Vec<_> = services
        .my_tokens(me)
        .await?
        .into_iter()
        .map(|token| {
            json!({ "name": token.name, "scope": token.scope.as_str(), "created_at": token.created_at,
                "expires_at": token.expires_at, "used_at": token.used_at })
        })
        .collect();
    let passkeys = services.my_passkeys(me).await?.into_iter();
    let passkeys: Vec<_> =
        passkeys.map(|one| json!({ "name": one.name, "created_at": one.created_at, "used_at": one.used_at })).collect();
    let evenings = services.my_evenings(me).await?.into_iter();
    let evenings: Vec<_> = evenings
        .map(|evening| {
            let joined = evening.guests.iter().find(|guest| guest.user == me).map(|guest| guest.joined_at);
            json!({ "planned_by_me": evening.host == me, "joined_at": joined, "expires_at": evening.expires_at })
        })
        .collect();
    let views = services.activity.list(me, MOST_VIEWS).await?.into_iter();
    let views: Vec<_> = views.map(|view| json!({ "movie": view.movie, "query": view.query, "at": view.at })).collect();
    let shown = services.my_shown(me).await?.into_iter();
    let shown: Vec<_> = shown
        .map(|film| {
            let stars = film.half_stars.map(|half_stars| f64::from(half_stars) / 2.0);
            json!({ "movie": film.movie, "by_the_model_on_trial": film.arm == Arm::Trial, "shown_at": film.shown_at,
                "opened_at": film.opened_at, "stars": stars, "dismissed_at": film.dismissed_at })
        })
        .collect();
    let head = json!({
        "account": account,
        "role": services.role(me).await?,
        "not_interested": marked(Mark::NotInterested).await?,
        "not_because": marked(Mark::NotBecause).await?,
        "knobs": services.knobs(me).await?,
        "searches_and_views": views,
        "evenings": evenings,
        "shown_in_trials": shown,
        "tokens": tokens,
        "passkeys": passkeys,
        "last_changes": services.my_changes(me).await?.into_iter().map(|change| {
            json!({ "id": change.id, "at": change.at, "reason": change.reason, "undone": change.undone })
        }).collect::<Vec<_>>(),
    });
    // The object is left open, for the ratings to come as its last member.
    let mut head = head.to_string();
    head.pop();
    head.push_str(",\"ratings\":[");
    let mut is_first = true;
    let ratings = ratings(services, me).map(move |page| {
        page.map(|page| {
            let mut text = String::new();
            for rating in page {
                if !std::mem::take(&mut is_first) {
                    text.push(',');
                }
                text.push_str(&serde_json::to_string(&rating).unwrap_or_default());
            }
            Bytes::from(text)
        })
    });
    let whole = stream::once(async { Ok(Bytes::from(head)) })
        .chain(ratings)
        .chain(stream::once(async { Ok(Bytes::from_static(b"]}\n")) }));
    Ok(download("matinee.json", "application/json", whole))
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
            let page = services.my_ratings(me, &filter).await.map_err(|error| {
                tracing::error!(error = &error as &dyn std::error::Error, "a download broke off");
                std::io::Error::other(error)
            })?;
            let next = (page.items.len() == AT_ONCE as usize).then(|| offset + AT_ONCE);
            Ok(Some((page.items, next)))
        }
    })
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
