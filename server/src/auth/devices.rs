//! In which browser a session is, and from where, so that people know theirs in the list: what the browser calls itself and its coarse
//! place, kept in the session.

use axum::{
    extract::Request,
    http::{HeaderMap, header},
    middleware::Next,
    response::Response,
};
use matinee_app::session::{BROWSER_KEY, PLACE_KEY, USER_KEY};
use matinee_services::provenance::Provenance;
use tower_sessions::Session;

use super::Place;

/// What is kept of a browser's name.
const MAX_CHARS: usize = 200;

/// Keeps the browser's name and its place with a session that is written anyway, as at each sign-in.
pub async fn note_device(request: Request, next: Next) -> Response {
    let session = request.extensions().get::<Session>().cloned();
    let browser = browser_of(request.headers());
    // Found out where rates are held, by the proxies that are believed.
    let place = Provenance::current().from.map(Place::of);
    let response = next.run(request).await;
    if let Some(session) = session.filter(Session::is_modified)
        && matches!(session.get_value(USER_KEY).await, Ok(Some(_)))
        && let Err(error) = note(&session, browser, place).await
    {
        tracing::warn!(error = &error as &dyn std::error::Error, "a session's browser and place were not noted");
    }
    response
}

async fn note(session: &Session, browser: String, place: Option<Place>) -> Result<(), tower_sessions::session::Error> {
    session.insert(BROWSER_KEY, browser).await?;
    session.insert(PLACE_KEY, place).await
}

/// What a browser calls itself.
pub fn browser_of(headers: &HeaderMap) -> String {
    let name = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    name.chars().take(MAX_CHARS).collect()
}

/// A browser and its system in words, such as Firefox and Windows; nothing where the name tells nothing known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Device {
    pub browser: Option<&'static str>,
    pub system: Option<&'static str>,
}

/// Browsers by a word in their name. Most claim to be others too, so the order decides.
const BROWSERS: [(&str, &str); 7] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
];

const SYSTEMS: [(&str, &str); 7] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

impl Device {
    /// What the name in `User-Agent` tells.
    pub fn of(name: &str) -> Self {
        let first = |known: &[(&str, &'static str)]| {
            known.iter().find(|(word, _)| name.contains(word)).map(|(_, in_words)| *in_words)
        };
        Self { browser: first(&BROWSERS), system: first(&SYSTEMS) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_known_by_what_only_they_say() {
        for (name, browser, system) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", Some("Firefox"), Some("Linux")),
            (
                "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36",
                Some("Chrome"),
                Some("Android"),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0",
                Some("Edge"),
                Some("Windows"),
            ),
            ("curl/8.5.0", None, None),
            ("", None, None),
        ] {
            assert_eq!(Device::of(name), Device { browser, system }, "{name}");
        }
    }
}
