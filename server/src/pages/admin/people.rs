//! `/admin/people`: finding people, their roles, deleting their accounts.

use axum::{
    Form,
    extract::{Query, State},
    response::{Redirect, Response},
};
use leptos::prelude::*;
use matinee_app::{
    i18n::Locale,
    plain::{Sheet, Words},
};
use matinee_domain::{FieldError, Role, UserId};
use matinee_services::{ServiceError, Services, access::ManagePeople, ports::Person};
use serde::Deserialize;

use crate::{
    api::extract::Id,
    pages::{
        Frame, Refusal,
        access::May,
        changes::Said,
        pieces::{moment, notice, opening},
        security::Proven,
    },
};

/// Whom to list.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    q: String,
    /// A role's name; any role where it is none.
    role: String,
    after: Option<String>,
    said: Option<String>,
}

pub async fn list(
    May(admin): May<ManagePeople>,
    frame: Frame,
    State(services): State<Services>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Refusal> {
    let role: Option<Role> = wanted.role.parse().ok();
    let people = services.find_people(&admin, &wanted.q, role, wanted.after.as_deref()).await?;
    let draw = move |locale, words: &'static Words| {
        let items: Vec<_> = people.iter().map(|person| item(locale, words, person)).collect();
        let list = if items.is_empty() {
            view! { <p>{words.people.nobody}</p> }.into_any()
        } else {
            view! { <ul class="ledger">{items}</ul> }.into_any()
        };
        let more = people.last().filter(|_| people.len() >= Services::PEOPLE_LISTED as usize).map(|last| {
            let escape = leptos_router::location::Url::escape;
            let query =
                format!("q={}&role={}&after={}", escape(&wanted.q), escape(&wanted.role), escape(&last.place()));
            view! {
                <a class="button" href=format!("/admin/people?{query}") rel="external">
                    {words.people.more}
                </a>
            }
        });
        let any = view! { <option value="">{words.people.any_role}</option> };
        let body = view! {
            {opening(words.people.title, words.people.note)}
            {notice(words, wanted.said.as_deref())}
            <div class="desk">
                <form class="sorting" method="get" action="/admin/people">
                    <div class="field">
                        <label class="field__label" for="find">
                            {words.people.find}
                        </label>
                        <input class="input" type="search" id="find" name="q" value=wanted.q.clone() />
                    </div>
                    <div class="field">
                        <label class="field__label" for="role">
                            {words.people.role}
                        </label>
                        <select class="select" id="role" name="role">
                            {any}
                            {roles(words, role)}
                        </select>
                    </div>
                    <button class="button">{words.admin.show}</button>
                </form>
                {list}
                {more}
            </div>
        };
        Sheet { title: words.people.title.to_owned(), body: body.into_any() }
    };
    Ok(frame.page(draw).await)
}

fn roles(words: &'static Words, chosen: Option<Role>) -> AnyView {
    let option = |role: Role| {
        view! {
            <option value=role.as_str() selected=chosen == Some(role)>
                {words.people.role_name(role)}
            </option>
        }
    };
    Role::ALL.map(option).collect_view().into_any()
}

fn address(words: &'static Words, person: &Person) -> String {
    if person.email.is_empty() { words.people.no_email.to_owned() } else { person.email.clone() }
}

fn item(locale: Locale, words: &'static Words, person: &Person) -> AnyView {
    view! {
        <li class="ledger__item">
            <div>
                <p class="ledger__what">
                    <a href=format!("/admin/people/{}", person.id) rel="external">
                        {person.name.clone()}
                    </a>
                </p>
                <p class="ledger__facts">
                    <span>{address(words, person)}</span>
                    <span>{words.people.rated.replace("{count}", &person.ratings.to_string())}</span>
                    {moment(locale, person.created_at)}
                </p>
            </div>
            <span class="ledger__done">{words.people.role_name(person.role)}</span>
        </li>
    }
    .into_any()
}

/// `/admin/people/{id}`
pub async fn page(
    May(admin): May<ManagePeople>,
    frame: Frame,
    State(services): State<Services>,
    Id(id): Id<UserId>,
    Query(said): Query<Said>,
) -> Result<Response, Refusal> {
    let person = services.person(&admin, id).await?;
    let said = said.into_name();
    let draw = move |locale, words: &'static Words| {
        let history = |by: &str| format!("/admin/history?by={by}&of={id}");
        let body = view! {
            {opening(person.name.clone(), "")}
            {notice(words, said.as_deref())}
            <div class="settings">
                <section class="settings__part">
                    <h2>{words.people.account}</h2>
                    <dl class="settings__facts">
                        <dt>{words.people.email}</dt>
                        <dd>{address(words, &person)}</dd>
                        <dt>{words.people.since}</dt>
                        <dd>{moment(locale, person.created_at)}</dd>
                        <dt>{words.people.ratings}</dt>
                        <dd>{person.ratings}</dd>
                        <dt>{words.admin.id}</dt>
                        <dd>
                            <code>{id.to_string()}</code>
                        </dd>
                    </dl>
                    <p class="cluster">
                        <a class="quiet" href=history("actor") rel="external">
                            {words.people.did}
                        </a>
                        <a class="quiet" href=history("person") rel="external">
                            {words.people.of_theirs}
                        </a>
                    </p>
                </section>
                <section class="settings__part">
                    <h2>{words.people.role}</h2>
                    <form class="form narrow" method="post" action=format!("/admin/people/{id}/role")>
                        <div class="field">
                            <label class="field__label" for="role">
                                {words.people.role}
                            </label>
                            <p class="field__help" id="role-help">
                                {words.people.role_help}
                            </p>
                            <select class="select" id="role" name="role" aria-describedby="role-help">
                                {roles(words, Some(person.role))}
                            </select>
                        </div>
                        <button class="button">{words.people.give}</button>
                    </form>
                </section>
                <section class="settings__part">
                    <h2>{words.people.sessions_title}</h2>
                    <p>{words.people.sessions_note}</p>
                    <form class="form narrow" method="post" action=format!("/admin/people/{id}/sessions/end")>
                        <button class="button">{words.people.sessions_end}</button>
                    </form>
                </section>
                <section class="settings__part">
                    <h2>{words.people.delete_title}</h2>
                    <p>{words.people.delete_note}</p>
                    <form class="form narrow" method="post" action=format!("/admin/people/{id}/delete")>
                        <label class="switch">
                            <span>{words.people.delete_confirm}</span>
                            <input type="checkbox" name="confirm" value="1" required autocomplete="off" />
                        </label>
                        <button class="button button--wrong">{words.people.delete}</button>
                    </form>
                </section>
                <p>
                    <a class="quiet" href="/admin/people" rel="external">
                        {words.people.title}
                    </a>
                </p>
            </div>
        };
        Sheet { title: person.name.clone(), body: body.into_any() }
    };
    Ok(frame.page(draw).await)
}

#[derive(Deserialize)]
pub struct NewRole {
    role: String,
}

/// By an admin who signed in lately, as [`delete`] is: what either does is not undone by ending the session that did it.
pub async fn set_role(
    May(admin): May<ManagePeople>,
    _: Proven,
    State(services): State<Services>,
    Id(id): Id<UserId>,
    Form(NewRole { role }): Form<NewRole>,
) -> Result<Redirect, Refusal> {
    let role = role.parse::<Role>().map_err(|error| FieldError::new("role", "unknown", error.to_string()));
    services.set_role(&admin, id, role.map_err(ServiceError::from)?).await?;
    Ok(Redirect::to(&format!("/admin/people/{id}?said=role")))
}

/// `/admin/people/{id}/sessions/end`
pub async fn end_sessions(
    May(admin): May<ManagePeople>,
    State(services): State<Services>,
    Id(id): Id<UserId>,
) -> Result<Redirect, Refusal> {
    services.end_sessions_of(&admin, id).await?;
    Ok(Redirect::to(&format!("/admin/people/{id}?said=sessions-ended")))
}

#[derive(Deserialize)]
pub struct Confirmed {
    confirm: Option<String>,
}

pub async fn delete(
    May(admin): May<ManagePeople>,
    _: Proven,
    State(services): State<Services>,
    Id(id): Id<UserId>,
    Form(Confirmed { confirm }): Form<Confirmed>,
) -> Result<Redirect, Refusal> {
    if confirm.is_none() {
        let words = "tick the box to delete the account";
        return Err(ServiceError::from(FieldError::new("confirm", "missing", words)).into());
    }
    services.delete_person(&admin, id).await?;
    Ok(Redirect::to("/admin/people?said=deleted"))
}
