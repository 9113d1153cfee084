//! The ways in beside a password, as they stand on the pages for signing in and registering: links to the server's own pages. They are
//! HTML that the app takes as it is, so that the browser's bundle holds nothing of them.

use std::sync::Arc;

use leptos::prelude::use_context;

use super::security;
use crate::{components::markup::push_element, language};

/// The providers: id and title, in the order of their buttons.
#[derive(Clone, Debug)]
pub struct Ways(pub Arc<[(String, String)]>);

/// Their buttons, in the language of the request; nothing where there are none. The page that the form leads back to is
/// in the address that the browser comes from.
pub fn ways_in() -> String {
    let ways = use_context::<Ways>();
    let ways = ways.as_ref().map_or(&[][..], |ways| &ways.0);
    let words = security(language::of_request());
    let mut html = String::new();
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
