//! The hydrate entry: the browser's copy of the pages takes over what the server rendered.

use leptos::prelude::document;
use matinee_app::App;
use wasm_bindgen::prelude::wasm_bindgen;

/// Takes over the page, and says so on the root element (`data-hydrated`). The shell calls it once the WebAssembly is
/// loaded.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(App);
    if let Some(root) = document().document_element() {
        // It cannot fail: the name is a valid one.
        let _ = root.set_attribute("data-hydrated", "");
    }
}
