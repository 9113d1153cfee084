//! `/account/import`: ratings that I bring along from elsewhere.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    extract::{Multipart, State, multipart::MultipartError},
    http::StatusCode,
    response::Response,
};
use leptos::prelude::*;
use matinee_app::{
    components::words::stars_in_short,
    i18n::Locale,
    plain::{ImportWords, Sheet, Words, import},
};
use matinee_domain::{FieldError, UserId};
use matinee_importer::{
    brought::{self, Brought, BroughtError, LIMITS, MOST_RATINGS},
    run::ImportError,
    source::Source,
};
use matinee_services::{
    ServiceError, Services, causes,
    importing::{Imported, Importing, MOST_DOUBTED, Unmatched},
    ports::RepositoryError,
    provenance::Provenance,
};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    task::{JoinError, spawn_blocking},
    time::timeout,
};
use tracing::Instrument;

use super::{
    Frame, Refusal,
    access::SignedIn,
    pieces::{described, field, invalid, opening, to_data},
};

/// Where it is; the only page to which more than a form is sent.
pub const PATH: &str = "/account/import";
/// The largest file: with the form around it a director lets it through, too.
const MOST_BYTES: usize = 1_000_000;
/// What is read of a larger one, for a browser that still sends shows no answer.
pub const MOST_READ: usize = 4 << 20;

/// Files that are read at once, and of those taken in.
static READ_AT_ONCE: Semaphore = Semaphore::const_new(8);
static TAKEN_AT_ONCE: Semaphore = Semaphore::const_new(2);
/// Whose are taken in now: each person's one after the other.
static WHOSE: Mutex<BTreeSet<UserId>> = Mutex::new(BTreeSet::new());
/// How long a page waits for the end, with the reading of the file. The work goes on without it.
const PATIENCE: Duration = Duration::from_secs(12);
/// Films and lines that are listed.
const LISTED: usize = MOST_DOUBTED;

pub async fn page(_: SignedIn, frame: Frame) -> Response {
    frame.page(|locale, words| form_page(locale, words, &[])).await
}

/// Takes a file in. The answer is no redirect: what it says of the file is kept nowhere.
pub async fn take(
    SignedIn(me): SignedIn,
    frame: Frame,
    State(services): State<Services>,
    form: Multipart,
) -> Result<Response, Refusal> {
    let began = Instant::now();
    let Ok(reading) = READ_AT_ONCE.try_acquire() else { return Err(ServiceError::Busy.into()) };
    let sent = read_form(form).await;
    drop(reading);
    let outcome = match sent {
        Ok(Sent::File { name, bytes }) => {
            let patience = PATIENCE.saturating_sub(began.elapsed()).max(Duration::from_secs(1));
            take_file(me, services, name, bytes, patience).await?
        }
        Ok(Sent::Nothing) => Outcome::Refused(Wrong::NothingChosen),
        Ok(Sent::TooLarge) => Outcome::Refused(Wrong::TooLarge),
        Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => Outcome::Refused(Wrong::TooLarge),
        Err(error) => {
            tracing::debug!(%error, "a file that was sent can't be read");
            Outcome::Refused(Wrong::Unreadable)
        }
    };
    Ok(match outcome {
        Outcome::Done(brought, imported) => {
            let status = if imported.change.is_some() { StatusCode::CREATED } else { StatusCode::OK };
            frame.page_of(status, move |locale, words| done_page(locale, words, &brought, &imported)).await
        }
        Outcome::GoesOn => frame.page_of(StatusCode::ACCEPTED, goes_on_page).await,
        Outcome::Refused(wrong) => {
            let status = wrong.status();
            frame.page_of(status, move |locale, words| form_page(locale, words, &[wrong.told(import(locale))])).await
        }
    })
}

/// What came of a form.
enum Outcome {
    /// What the file holds beside ratings, and what became of those.
    Done(Brought, Imported),
    GoesOn,
    Refused(Wrong),
}

/// What is wrong with a file.
#[derive(Clone)]
enum Wrong {
    NothingChosen,
    TooLarge,
    Unreadable,
    NoRatings(Vec<String>),
    TooMany,
    TooOften,
}

impl Wrong {
    const fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooOften => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    fn told(&self, words: &ImportWords) -> FieldError {
        let (code, text) = match self {
            Self::NothingChosen => ("missing", words.nothing_chosen.to_owned()),
            Self::TooLarge => ("too_large", words.too_large.to_owned()),
            Self::Unreadable => ("unreadable", words.unreadable.to_owned()),
            Self::NoRatings(found) => ("no_ratings", words.no_ratings.replace("{files}", &found.join(", "))),
            Self::TooMany => ("too_many", words.too_many.replace("{limit}", &MOST_RATINGS.to_string())),
            Self::TooOften => ("too_often", words.too_often.to_owned()),
        };
        FieldError::new("file", code, text)
    }
}

impl From<BroughtError> for Wrong {
    fn from(error: BroughtError) -> Self {
        match error {
            BroughtError::NoRatings { found } => Self::NoRatings(found),
            BroughtError::TooMany => Self::TooMany,
            BroughtError::Unreadable(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "a file that was sent can't be read");
                Self::Unreadable
            }
        }
    }
}

/// What a form held.
enum Sent {
    File { name: String, bytes: Vec<u8> },
    Nothing,
    TooLarge,
}

/// Reads the file of a form to its end, and keeps no more than [`MOST_BYTES`] of it.
async fn read_form(mut form: Multipart) -> Result<Sent, MultipartError> {
    let mut sent = Sent::Nothing;
    while let Some(mut part) = form.next_field().await? {
        let is_file = part.name() == Some("file");
        let name = part.file_name().unwrap_or_default().to_owned();
        let (mut bytes, mut is_too_large) = (Vec::new(), false);
        while let Some(chunk) = part.chunk().await? {
            is_too_large |= bytes.len() + chunk.len() > MOST_BYTES;
            if is_file && !is_too_large {
                bytes.extend_from_slice(&chunk);
            }
        }
        if is_file && is_too_large {
            sent = Sent::TooLarge;
        } else if is_file && !bytes.is_empty() {
            sent = Sent::File { name, bytes };
        }
    }
    Ok(sent)
}

/// That a person's file is taken in, until it is dropped.
struct Turn {
    whose: UserId,
    _permit: SemaphorePermit<'static>,
}

impl Turn {
    /// None where that person's or too many are taken in already.
    fn take(whose: UserId) -> Option<Self> {
        let permit = TAKEN_AT_ONCE.try_acquire().ok()?;
        let is_first = WHOSE.lock().unwrap_or_else(PoisonError::into_inner).insert(whose);
        is_first.then(|| Self { whose, _permit: permit })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        WHOSE.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.whose);
    }
}

/// It goes on where the person leaves, so that what is half done is done.
async fn take_file(
    me: UserId,
    services: Services,
    name: String,
    bytes: Vec<u8>,
    patience: Duration,
) -> Result<Outcome, Refusal> {
    let Some(turn) = Turn::take(me) else { return Err(ServiceError::Busy.into()) };
    let work = async move {
        let _turn = turn;
        let done = read_and_import(me, &services, name, bytes).await;
        if let Err(error) = &done {
            tracing::error!(error = causes(error), "a file of ratings was not taken in");
        }
        done
    };
    let work = Provenance::current().scope(work).in_current_span();
    match timeout(patience, tokio::spawn(work)).await {
        Ok(done) => Ok(done.map_err(broke_off)??),
        Err(_) => Ok(Outcome::GoesOn),
    }
}

async fn read_and_import(
    me: UserId,
    services: &Services,
    name: String,
    bytes: Vec<u8>,
) -> Result<Outcome, ServiceError> {
    let read = move || -> Result<Brought, BroughtError> {
        let source = Source::of_bytes(&name, bytes.into(), LIMITS).map_err(ImportError::from)?;
        brought::read(&source)
    };
    let mut brought = match spawn_blocking(read).await.map_err(broke_off)? {
        Ok(brought) => brought,
        Err(error) => return Ok(Outcome::Refused(error.into())),
    };
    let ratings = std::mem::take(&mut brought.ratings);
    Ok(match services.import_ratings(me, &ratings).await? {
        Importing::Done(imported) => Outcome::Done(brought, imported),
        Importing::TooOften => Outcome::Refused(Wrong::TooOften),
    })
}

fn broke_off(error: JoinError) -> ServiceError {
    RepositoryError::Database(Box::new(error)).into()
}

fn form_page(locale: Locale, words: &'static Words, wrong: &[FieldError]) -> Sheet {
    let texts = import(locale);
    let places = texts.places_of.map(|(site, way)| view! { <dt>{site}</dt><dd>{way}</dd> });
    let body = view! {
        {opening(texts.title, texts.note)}
        <div class="settings">
            <section class="settings__part">
                <h2>{texts.file}</h2>
                {form(texts, wrong)}
            </section>
            <section class="settings__part">
                <h2>{texts.places}</h2>
                <dl class="settings__facts">{places}</dl>
            </section>
            <section class="settings__part">
                <h2>{texts.how}</h2>
                <p>{texts.how_note}</p>
            </section>
            <p>
                {to_data(words)}
            </p>
        </div>
    };
    Sheet { title: texts.title.to_owned(), body: body.into_any() }
}

fn form(texts: &'static ImportWords, wrong: &[FieldError]) -> AnyView {
    let control = view! {
        <input
            class="input"
            type="file"
            id="file"
            name="file"
            accept=".csv,.zip,text/csv,application/zip"
            required
            aria-describedby=described("file", true, wrong)
            aria-invalid=invalid("file", wrong)
        />
    };
    view! {
        <form class="form narrow" method="post" action=PATH enctype="multipart/form-data">
            {field(texts.choose, "file", control.into_any(), texts.file_help, wrong)}
            <button class="button button--main">{texts.go}</button>
        </form>
    }
    .into_any()
}

fn goes_on_page(locale: Locale, words: &'static Words) -> Sheet {
    let texts = import(locale);
    let body = view! {
        {opening(texts.going_on, texts.going_on_note)}
        <div class="settings">
            <p>
                <a class="button" href="/account/changes" rel="external">
                    {words.data.see_changes}
                </a>
            </p>
        </div>
    };
    Sheet { title: texts.going_on.to_owned(), body: body.into_any() }
}

fn done_page(locale: Locale, words: &'static Words, brought: &Brought, imported: &Imported) -> Sheet {
    let texts = import(locale);
    let title = if imported.change.is_some() { texts.done } else { texts.nothing_new };
    let numbers = [
        (texts.added, imported.added),
        (texts.kept, imported.kept),
        (texts.not_found, imported.unmatched.len() as u64),
        (texts.no_films, brought.no_films),
        (texts.bad, brought.bad),
    ];
    let is_told = |(place, (_, count)): &(usize, (&'static str, u64))| *place == 0 || *count > 0;
    let numbers: Vec<_> = numbers
        .into_iter()
        .enumerate()
        .filter(is_told)
        .map(|(_, (what, count))| view! { <dt>{what}</dt><dd class="figures">{count}</dd> })
        .collect();
    let undo = imported.change.map(|change| {
        view! {
            <p>{texts.undo_note}</p>
            <div class="cluster">
                <a class="button button--main" href="/ratings" rel="external">
                    {texts.to_ratings}
                </a>
                <form method="post" action=format!("/account/changes/{change}/undo")>
                    <button class="button">{texts.undo}</button>
                </form>
            </div>
        }
    });
    let body = view! {
        {opening(title, "")}
        <div class="settings">
            <section class="settings__part">
                <dl class="settings__facts">{numbers}</dl>
                {undo}
            </section>
            {missing(locale, texts, &imported.unmatched)}
            {bad_lines(texts, brought)}
            <p class="cluster">
                <a class="quiet" href=PATH rel="external">
                    {texts.another}
                </a>
                {to_data(words)}
            </p>
        </div>
    };
    Sheet { title: title.to_owned(), body: body.into_any() }
}

fn missing(locale: Locale, texts: &'static ImportWords, unmatched: &[Unmatched]) -> Option<AnyView> {
    let items: Vec<_> = unmatched.iter().take(LISTED).map(|rating| missing_item(locale, texts, rating)).collect();
    let part = view! {
        <section class="settings__part">
            <h2>{texts.not_found}</h2>
            <p>{texts.missing_note}</p>
            <ul class="ledger">{items}</ul>
            {more(texts, unmatched.len())}
        </section>
    };
    (!unmatched.is_empty()).then(|| part.into_any())
}

fn missing_item(locale: Locale, texts: &'static ImportWords, rating: &Unmatched) -> AnyView {
    let year = rating.year.map(|year| format!(" ({year})")).unwrap_or_default();
    let films: Vec<_> = rating
        .could_be
        .iter()
        .map(|film| {
            let year = film.year.map(|year| format!(" ({year})")).unwrap_or_default();
            view! {
                " "
                <a href=film.path() rel="external">{format!("{}{year}", film.title)}</a>
            }
        })
        .collect();
    let could_be = (!films.is_empty()).then(|| view! { <span>{texts.could_be} {films}</span> });
    view! {
        <li class="ledger__item">
            <div>
                <p class="ledger__what">{format!("{}{year}", rating.title)}</p>
                <p class="ledger__facts">
                    <span>{stars_in_short(locale, rating.stars)}</span>
                    <span>{texts.line.replace("{count}", &rating.line.to_string())}</span>
                    {could_be}
                </p>
            </div>
        </li>
    }
    .into_any()
}

fn bad_lines(texts: &'static ImportWords, brought: &Brought) -> Option<AnyView> {
    // Lines of one kind stand together: a file that is wrong throughout says one thing, not a hundred.
    let mut by_reason: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for row in &brought.bad_rows {
        by_reason.entry(&row.reason).or_default().push(row.line.to_string());
    }
    let items: Vec<_> = by_reason
        .into_iter()
        .map(|(reason, lines)| {
            view! {
                <li class="ledger__item">
                    <div>
                        <p class="ledger__what" lang="en">
                            {reason.to_owned()}
                        </p>
                        <p class="ledger__facts">{texts.line.replace("{count}", &lines.join(", "))}</p>
                    </div>
                </li>
            }
        })
        .collect();
    let part = view! {
        <section class="settings__part">
            <h2>{texts.bad}</h2>
            <ul class="ledger">{items}</ul>
        </section>
    };
    (brought.bad > 0).then(|| part.into_any())
}

fn more(texts: &'static ImportWords, count: usize) -> Option<AnyView> {
    let rest = count.checked_sub(LISTED).filter(|rest| *rest > 0)?;
    Some(view! { <p>{texts.more.replace("{count}", &rest.to_string())}</p> }.into_any())
}
