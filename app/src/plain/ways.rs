//! The ways in beside a password, as they stand on the pages for signing in and registering: links to the server's own pages. They are
//! HTML that the app takes as it is, so that the browser's bundle holds nothing of them.

use std::sync::Arc;

use http::{Uri, header::REFERER, request::Parts};
use leptos::prelude::use_context;

use super::{mail, security};
use crate::{components::markup::push_element, language};

/// The providers: id and title, in the order of their buttons.
#[derive(Clone, Debug)]
pub struct Ways(pub Arc<[(String, String)]>);

/// Whether the request is for the page of signing in, or comes from it.
fn stands_on_sign_in() -> bool {
    let Some(parts) = use_context::<Parts>() else { return false };
    let referer = parts.headers.get(REFERER).and_then(|value| value.to_str().ok());
    let from = referer.and_then(|referer| referer.parse::<Uri>().ok());
    let is_it = |uri: &Uri| uri.path() == "/sign-in";
    is_it(&parts.uri) || (parts.uri.path().starts_with("/api/") && from.as_ref().is_some_and(is_it))
}

/// Their buttons, in the language of the request; nothing where there are none. The page that the form leads back to is
/// in the address that the browser comes from.
pub fn ways_in() -> String {
    let ways = use_context::<Ways>();
    let ways = ways.as_ref().map_or(&[][..], |ways| &ways.0);
    let words = security(language::of_request());
    let mut html = String::new();
    if stands_on_sign_in() {
        let forgot = r#" class="quiet" href="/sign-in/forgot" rel="external""#;
        push_element(&mut html, "a", forgot, mail(language::of_request()).forgot);
    }
    if !ways.is_empty() {
        push_element(&mut html, "p", "", words.or);
    }
    for (id, title) in ways {
        // The settings allow letters, digits and dashes in an id.
        let attributes = format!(r#" class="button button--wide" href="/sign-in/with/{id}" rel="external nofollow""#);
        push_element(&mut html, "a", &attributes, &words.with.replace("{provider}", title));
    }
    html
}
