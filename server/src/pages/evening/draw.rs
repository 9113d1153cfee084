//! The pages themselves.

use leptos::prelude::*;
use leptos_router::location::Url;
use matinee_app::{
    i18n::Locale,
    plain::{EveningWords, Sheet, evening},
};
use matinee_domain::{RecommendationSource, UserId};
use matinee_services::{
    evening::Aggregation,
    ports::{Evening, Guest},
};

use super::{Shown, film};
use crate::pages::pieces::{moment, opening};

pub fn mine(locale: Locale, me: UserId, evenings: &[Evening], said: Option<&str>) -> Sheet {
    let words = evening(locale);
    let items: Vec<_> = evenings.iter().map(|evening| item(locale, words, me, evening)).collect();
    let yours = (!items.is_empty()).then(|| {
        view! {
            <section class="settings__part">
                <h2>{words.yours}</h2>
                <ul class="ledger">{items}</ul>
            </section>
        }
    });
    let steps: Vec<_> = words.how.iter().map(|step| view! { <li>{*step}</li> }).collect();
    let body = view! {
        {opening(words.title, words.note)}
        {notice(words, said)}
        <div class="settings">
            <section class="settings__part">
                <ol class="evening__steps">{steps}</ol>
                <form method="post" action="/evening">
                    <button class="button button--main">{words.plan}</button>
                </form>
            </section>
            {yours}
        </div>
    };
    Sheet { title: words.title.to_owned(), body: body.into_any() }
}

fn item(locale: Locale, words: &'static EveningWords, me: UserId, evening: &Evening) -> AnyView {
    let title = title_of(words, me, evening);
    let others = names(evening.guests.iter().filter(|guest| guest.user != me));
    let who = if others.is_empty() { words.just_you.to_owned() } else { others };
    view! {
        <li class="ledger__item">
            <div>
                <p class="ledger__what">{title.clone()}</p>
                <p class="ledger__facts">
                    <span>{who}</span>
                    <span>{words.until} " " {moment(locale, evening.expires_at)}</span>
                </p>
            </div>
            <a
                class="button"
                href=format!("/evening/{}", evening.id)
                rel="external"
                aria-label=format!("{} – {title}", words.see)
            >
                {words.see}
            </a>
        </li>
    }
    .into_any()
}

pub fn one(locale: Locale, shown: &Shown) -> Sheet {
    let words = evening(locale);
    let title = title_of(words, shown.me, &shown.evening);
    let link = shown.link.as_ref().map(|link| new_link(words, link));
    let body = view! {
        {opening(title.clone(), words.evening_note)}
        {notice(words, shown.said.as_deref())}
        {link}
        {guests(words, shown)}
        {list(locale, words, shown)}
        {manage(locale, words, shown)}
    };
    Sheet { title, body: body.into_any() }
}

fn new_link(words: &'static EveningWords, link: &str) -> AnyView {
    let letter = format!(
        "mailto:?subject={}&body={}",
        Url::escape(words.link_subject),
        Url::escape(&format!("{}\n\n{link}\n", words.link_body))
    );
    view! {
        <section class="said said--token" aria-labelledby="link">
            <h2 id="link">{words.link_title}</h2>
            <p>{words.link_once}</p>
            <code class="secret">{link.to_owned()}</code>
            <p>
                <a class="button" href=letter rel="external">
                    {words.link_send}
                </a>
            </p>
        </section>
    }
    .into_any()
}

fn guests(words: &'static EveningWords, shown: &Shown) -> AnyView {
    let items = shown.evening.guests.iter().map(|guest| {
        let is_me = (guest.user == shown.me).then_some(words.you);
        let is_host = (guest.user == shown.evening.host).then_some(words.plans_it);
        let beside = [is_me, is_host].into_iter().flatten().collect::<Vec<_>>().join(", ");
        let beside =
            (!beside.is_empty()).then(|| view! { <span class="evening__beside">{format!(" ({beside})")}</span> });
        view! { <li class="evening__guest">{guest.name.clone()} {beside}</li> }
    });
    view! {
        <section class="evening__who" aria-labelledby="guests">
            <h2 class="evening__label" id="guests">
                {words.guests}
            </h2>
            <ul class="evening__guests">{items.collect_view()}</ul>
        </section>
    }
    .into_any()
}

fn list(locale: Locale, words: &'static EveningWords, shown: &Shown) -> AnyView {
    let (title, note) = match (shown.list.films.is_empty(), shown.list.source, shown.by) {
        (true, ..) => (words.nothing, words.nothing_note),
        (_, RecommendationSource::Popular, _) => (words.list, words.resting),
        (.., Aggregation::LeastMisery) => (words.list, words.least_misery_note),
        (.., Aggregation::Average) => (words.list, words.average_note),
    };
    let is_alone = shown.evening.guests.len() < 2;
    let note = if is_alone && !shown.list.films.is_empty() { words.alone } else { note };
    let ways =
        [(Aggregation::LeastMisery, "", words.least_misery), (Aggregation::Average, "?by=average", words.average)];
    let has_ways = !is_alone && shown.list.source == RecommendationSource::Model;
    let ways = has_ways.then(|| {
        let links = ways.map(|(by, query, text)| {
            view! {
                <a
                    class="chip"
                    href=format!("/evening/{}{query}", shown.evening.id)
                    rel="external"
                    aria-current=(by == shown.by).then_some("true")
                >
                    {text}
                </a>
            }
        });
        view! {
            <nav class="cluster evening__ways" aria-label=words.order>
                {links.collect_view()}
            </nav>
        }
    });
    let films: Vec<_> = shown.list.films.iter().map(|one| film::item(locale, words, shown, one)).collect();
    view! {
        <section class="evening__list" aria-labelledby="list">
            <h2 id="list">{title}</h2>
            {ways}
            <p class="described__how">{note}</p>
            <ol class="described__films">{films}</ol>
        </section>
    }
    .into_any()
}

/// What its host and what a guest can do about it.
fn manage(locale: Locale, words: &'static EveningWords, shown: &Shown) -> AnyView {
    let id = shown.evening.id;
    let ends = view! { <p>{words.until} " " {moment(locale, shown.evening.expires_at)}</p> };
    let own = if shown.me == shown.evening.host {
        let revoke = shown.evening.has_link.then(|| {
            view! {
                <form method="post" action=format!("/evening/{id}/revoke")>
                    <button class="button">{words.link_revoke}</button>
                </form>
            }
        });
        view! {
            <p>{if shown.evening.has_link { words.link_there } else { words.link_gone }}</p>
            <div class="cluster">
                <form method="post" action=format!("/evening/{id}/link")>
                    <button class="button">{words.link_new}</button>
                </form>
                {revoke}
            </div>
            <p>{words.end_note}</p>
            <form method="post" action=format!("/evening/{id}/end")>
                <button class="button button--wrong">{words.end}</button>
            </form>
        }
        .into_any()
    } else {
        view! {
            <p>{words.leave_note}</p>
            <form method="post" action=format!("/evening/{id}/leave")>
                <button class="button button--wrong">{words.leave}</button>
            </form>
        }
        .into_any()
    };
    view! {
        <section class="settings__part evening__manage" aria-labelledby="manage">
            <h2 id="manage">{words.manage}</h2>
            {ends}
            {own}
        </section>
    }
    .into_any()
}

pub fn invitation(locale: Locale, evening_of: &Evening, secret: &str) -> Sheet {
    let words = evening(locale);
    let host = evening_of.guests.iter().find(|guest| guest.user == evening_of.host);
    let title = words.join_title.replace("{name}", host.map_or("?", |host| &host.name));
    let shared: Vec<_> = words.shared.iter().map(|what| view! { <li>{*what}</li> }).collect();
    let body = view! {
        {opening(title.clone(), words.join_note)}
        <div class="settings">
            <section class="settings__part">
                <ul class="evening__shared">{shared}</ul>
                <p>
                    <b>{words.join_who}": "</b>
                    {names(evening_of.guests.iter())}
                </p>
                <div class="cluster">
                    <form method="post" action=format!("/evening/join/{secret}")>
                        <button class="button button--main">{words.join}</button>
                    </form>
                    <a class="button" href="/" rel="external">
                        {words.not_now}
                    </a>
                </div>
            </section>
        </div>
    };
    Sheet { title, body: body.into_any() }
}

fn title_of(words: &'static EveningWords, me: UserId, evening: &Evening) -> String {
    let others = names(evening.guests.iter().filter(|guest| guest.user != me));
    if others.is_empty() { words.evening_of_mine.to_owned() } else { words.evening_of.replace("{name}", &others) }
}

fn names<'g>(guests: impl Iterator<Item = &'g Guest>) -> String {
    guests.map(|guest| guest.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn notice(words: &'static EveningWords, said: Option<&str>) -> Option<AnyView> {
    let text = words.said(said?)?;
    Some(view! { <p class="said" role="status">{text}</p> }.into_any())
}
