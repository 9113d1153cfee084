//! `/evening`: films for an evening together.
//!
//! A link invites; its page only says what is shared, and the button on it is the consent. The page that makes a link shows it, once, so it
//! is no redirect: the secret is in no address of ours but the link itself.

mod draw;
mod film;

use std::sync::Arc;

use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use matinee_app::{i18n::Locale, plain::Sheet, shell::PublicOrigin};
use matinee_domain::UserId;
use matinee_services::{
    Services,
    evening::{Aggregation, JointList},
    ports::Evening,
};
use serde::Deserialize;
use uuid::Uuid;

use super::{Frame, Refusal, access::SignedIn, changes::Said};
use crate::api::extract::Id;

/// Films on the page.
const FILMS: usize = 24;

/// One evening, as one of its guests sees it.
struct Shown {
    me: UserId,
    evening: Evening,
    list: JointList,
    by: Aggregation,
    said: Option<String>,
    /// The link that was made just now: shown this once.
    link: Option<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    by: Option<String>,
    said: Option<String>,
}

impl Asked {
    fn aggregation(&self) -> Aggregation {
        match self.by.as_deref() {
            Some("average") => Aggregation::Average,
            _ => Aggregation::LeastMisery,
        }
    }
}

pub async fn mine(
    SignedIn(me): SignedIn,
    frame: Frame,
    State(services): State<Services>,
    Query(said): Query<Said>,
) -> Result<Response, Refusal> {
    let (evenings, said) = (services.my_evenings(me).await?, said.into_name());
    Ok(frame.page(move |locale, _| draw::mine(locale, me, &evenings, said.as_deref())).await)
}

pub async fn plan(
    SignedIn(me): SignedIn,
    frame: Frame,
    State(services): State<Services>,
    State(PublicOrigin(origin)): State<PublicOrigin>,
) -> Result<Response, Refusal> {
    let (evening, secret) = services.plan_evening(me).await?;
    shown(frame, &services, me, evening.id, Asked::default(), Some(link(&origin, &secret))).await
}

pub async fn page(
    SignedIn(me): SignedIn,
    frame: Frame,
    State(services): State<Services>,
    Id(id): Id<Uuid>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    shown(frame, &services, me, id, asked, None).await
}

async fn shown(
    frame: Frame,
    services: &Services,
    me: UserId,
    id: Uuid,
    asked: Asked,
    link: Option<String>,
) -> Result<Response, Refusal> {
    let (evening, by) = (services.evening(me, id).await?, asked.aggregation());
    let list = services.joint_list(me, &evening, by, FILMS).await?;
    let status = if link.is_some() { StatusCode::CREATED } else { StatusCode::OK };
    let shown = Arc::new(Shown { me, evening, list, by, said: asked.said, link });
    Ok(frame.page_of(status, move |locale, _| draw::one(locale, &shown)).await)
}

pub async fn new_link(
    SignedIn(me): SignedIn,
    frame: Frame,
    State(services): State<Services>,
    State(PublicOrigin(origin)): State<PublicOrigin>,
    Id(id): Id<Uuid>,
) -> Result<Response, Refusal> {
    let secret = services.renew_evening_link(me, id).await?;
    shown(frame, &services, me, id, Asked::default(), Some(link(&origin, &secret))).await
}

pub async fn revoke_link(
    SignedIn(me): SignedIn,
    State(services): State<Services>,
    Id(id): Id<Uuid>,
) -> Result<Redirect, Refusal> {
    services.revoke_evening_link(me, id).await?;
    Ok(Redirect::to(&format!("/evening/{id}?said=revoked")))
}

pub async fn leave(
    SignedIn(me): SignedIn,
    State(services): State<Services>,
    Id(id): Id<Uuid>,
) -> Result<Redirect, Refusal> {
    services.leave_evening(me, id).await?;
    Ok(Redirect::to("/evening?said=left"))
}

pub async fn end(
    SignedIn(me): SignedIn,
    State(services): State<Services>,
    Id(id): Id<Uuid>,
) -> Result<Redirect, Refusal> {
    services.end_evening(me, id).await?;
    Ok(Redirect::to("/evening?said=ended"))
}

/// Says what is shared; joining is the button's. Whoever takes part already is led there.
pub async fn invitation(
    SignedIn(me): SignedIn,
    frame: Frame,
    State(services): State<Services>,
    Path(secret): Path<String>,
) -> Result<Response, Refusal> {
    let evening = services.invitation(&secret).await?;
    if evening.guests.iter().any(|guest| guest.user == me) {
        return Ok(Redirect::to(&format!("/evening/{}", evening.id)).into_response());
    }
    let draw = move |locale: Locale, _| -> Sheet { draw::invitation(locale, &evening, &secret) };
    Ok(frame.page(draw).await)
}

pub async fn join(
    SignedIn(me): SignedIn,
    State(services): State<Services>,
    Path(secret): Path<String>,
) -> Result<Redirect, Refusal> {
    let id = services.join_evening(me, &secret).await?;
    Ok(Redirect::to(&format!("/evening/{id}?said=joined")))
}

fn link(origin: &str, secret: &str) -> String {
    format!("{origin}/evening/join/{secret}")
}
