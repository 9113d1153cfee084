//! What stands around every page: the bar, the footer, and notices.

mod bar;
mod footer;

use leptos::{prelude::*, wasm_bindgen::JsCast, web_sys};
use leptos_router::hooks::use_location;

use crate::{components::toast::Toasts, language::tr};
use bar::Bar;
use footer::Footer;

/// The page's own place in the document; the skip link and route changes lead here.
const PAGE_ID: &str = "page";

/// A page with all that stands around it.
#[component]
pub fn Layout(children: Children) -> impl IntoView {
    focus_new_pages();
    view! {
        <div class="app">
            <a class="skip" href="#page" rel="external">
                {tr!(common.skip)}
            </a>
            <Bar />
            <main class="page" id=PAGE_ID tabindex="-1">
                {children()}
            </main>
            <Footer />
            <Toasts />
        </div>
    }
}

/// After a change of page, reading and tabbing begin at its top, as they would after a load. Whoever is typing a
/// search stays in its field.
fn focus_new_pages() {
    let path = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let path = path.get();
        if before.is_some_and(|before| before != path) && !(path == "/search" && is_typing()) {
            let page =
                document().get_element_by_id(PAGE_ID).and_then(|page| page.dyn_into::<web_sys::HtmlElement>().ok());
            if let Some(page) = page {
                let options = web_sys::FocusOptions::new();
                options.set_prevent_scroll(true);
                let _ = page.focus_with_options(&options);
            }
        }
        path
    });
}

/// Whether a field has the focus.
pub fn is_typing() -> bool {
    document().active_element().is_some_and(|element| {
        ["INPUT", "TEXTAREA", "SELECT"].contains(&element.tag_name().as_str())
            && !["radio", "checkbox"].contains(&element.get_attribute("type").unwrap_or_default().as_str())
    })
}
