//! What pages get back: the cookie that says something once, and forms.

use http::{HeaderMap, HeaderValue, header::COOKIE};
use matinee_app::{api::cookie_in, flash};
use matinee_domain::Knobs;
use matinee_server::pages::read_knobs;
use url::form_urlencoded::Serializer;

/// The cookie of notices and refused forms, alone and among others. What is read of it can be said again, and is no more than a cookie's value.
pub fn flash(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    drop(flash::read(&text));
    let Ok(cookies) = HeaderValue::from_bytes(bytes) else { return };
    let headers = HeaderMap::from_iter([(COOKIE, cookies)]);
    let Some(flash) = cookie_in(&headers, "flash").and_then(|value| flash::read(&value)) else { return };
    let Some(written) = flash::written(&flash) else { return };
    assert!(
        written.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'%'),
        "{written:?} is more than a value"
    );
    assert_eq!(flash::read(&written).as_ref(), Some(&flash), "what was read is read again as it is");
}

/// The form of the knobs: what is taken of it is within their bounds, and is taken again as the page would send it.
pub fn knobs(bytes: &[u8]) {
    if let Ok(knobs) = serde_json::from_slice::<Knobs>(bytes) {
        assert_eq!(serde_json::to_string(&knobs).ok().and_then(|kept| serde_json::from_str(&kept).ok()), Some(knobs));
    }
    let Some(knobs) = turned(bytes) else { return };
    assert!(knobs.excluded_genres.len() <= Knobs::MAX_GENRES, "{knobs:?}");
    let mut form = Serializer::new(String::new());
    let dials = [
        ("popularity", knobs.popularity.place()),
        ("recency", knobs.recency.place()),
        ("diversity", knobs.diversity.place()),
    ];
    for (name, place) in dials {
        form.append_pair(name, &place.to_string());
    }
    if knobs.hide_seen {
        form.append_pair("hide_seen", "on");
    }
    for genre in &knobs.excluded_genres {
        assert!(genre.chars().count() <= Knobs::MAX_GENRE_CHARS, "{genre:?}");
        form.append_pair("exclude", genre);
    }
    assert_eq!(turned(form.finish().as_bytes()), Some(knobs));
}

fn turned(form: &[u8]) -> Option<Knobs> {
    Knobs::default().changed(read_knobs(form).ok()?).ok()
}
