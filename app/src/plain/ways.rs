//! The ways in beside a password, as they stand on the pages for signing in and registering: links to the server's own pages. They are
//! HTML that the app takes as it is, so that the browser's bundle holds nothing of them.

use std::sync::Arc;

use leptos::prelude::use_context;

use super::{mail, passkey, security};
use crate::{components::markup::push_element, language};

/// What this instance offers.
#[derive(Clone, Debug)]
pub struct Ways {
    /// The providers: id and title, in the order of their buttons.
    pub providers: Arc<[(String, String)]>,
    /// Whether people can sign in by passkeys.
    pub passkeys: bool,
}

/// Buttons for these, and the way to a new password, in the language of the request. The page that the form leads back to is
/// in the address that the browser comes from.
pub fn ways_in() -> String {
    let ways = use_context::<Ways>();
    let providers = ways.as_ref().map_or(&[][..], |ways| &ways.providers);
    let has_passkeys = ways.as_ref().is_some_and(|ways| ways.passkeys);
    let locale = language::of_request();
    let words = security(locale);
    let mut html = String::new();
    // The style sheet leaves it out where somebody registers: the app changes pages by itself, and fetches this before the address changes.
    let forgot = r#" class="quiet ways__forgot" href="/sign-in/forgot" rel="external""#;
    push_element(&mut html, "a", forgot, mail(locale).forgot);
    if has_passkeys || !providers.is_empty() {
        push_element(&mut html, "p", "", words.or);
    }
    if has_passkeys {
        let attributes = r#" class="button button--wide" href="/sign-in/passkey" rel="external nofollow""#;
        push_element(&mut html, "a", attributes, passkey(locale).with);
    }
    for (id, title) in providers {
        // The settings allow letters, digits and dashes in an id.
        let attributes = format!(r#" class="button button--wide" href="/sign-in/with/{id}" rel="external nofollow""#);
        push_element(&mut html, "a", &attributes, &words.with.replace("{provider}", title));
    }
    html
}
