//! The document around the app, on the server: head, boot script, and the content security policy that goes with it.
//!
//! The server provides these contexts for each request, for pages and for server functions alike: [`SiteTags`],
//! [`PublicOrigin`] and `matinee_services::Services`; `leptos_axum` adds the request's `Parts`, the nonce and the
//! `ResponseOptions`. [`shell`] sets the `Content-Security-Policy` header itself: the server sets none on pages.

use http::{HeaderValue, header::CONTENT_SECURITY_POLICY};
use leptos::{
    nonce::{Nonce, use_nonce},
    prelude::*,
};
use leptos_axum::{AxumRouteListing, ResponseOptions, generate_route_list};
use leptos_meta::MetaTags;

use crate::{
    App,
    language::{self, Tag},
    plain::Colophon,
    theme,
};

/// A built file with its name's hash and its integrity hash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asset {
    /// Path from the root, such as `/pkg/matinee-frontend-0a1b.js`.
    pub url: String,
    /// As in the `integrity` attribute: `sha384-…`.
    pub integrity: Option<String>,
}

/// What the build of the browser side made; the server reads it out of Trunk's `index.html` once, at its start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SiteTags {
    pub js: Asset,
    pub wasm: Asset,
    /// Style sheets, in order.
    pub css: Vec<Asset>,
}

/// The faces of the first screen; without this the browser learns of them from the style sheet, a round trip later.
const FONTS: [&str; 2] = ["/pkg/fonts/bricolage-grotesque-latin.woff2", "/pkg/fonts/instrument-sans-latin.woff2"];

/// Where people reach this site, such as `https://matinee.example` (no slash at the end).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicOrigin(pub String);

/// The policy of all pages: scripts by nonce alone, no inline style, nothing from elsewhere, and of what is here just the kinds that pages have.
pub fn content_security_policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

/// What runs in a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// The app takes the page over.
    Hydrate,
    /// Nothing: the page is links and forms.
    None,
}

/// The whole document. An erased type, so that it is compiled here and not in the server once more.
pub fn shell() -> AnyView {
    document(Script::Hydrate, || App().into_any())
}

/// The document around `body`.
pub(crate) fn document(script: Script, body: impl FnOnce() -> AnyView) -> AnyView {
    let tags = use_context::<SiteTags>().unwrap_or_default();
    let nonce = use_nonce();
    if let (Some(nonce), Some(response)) = (&nonce, use_context::<ResponseOptions>())
        && let Ok(policy) = HeaderValue::from_str(&content_security_policy(nonce))
    {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
    let fonts = FONTS
        .map(|url| view! { <link rel="preload" href=url r#as="font" r#type="font/woff2" crossorigin="anonymous" /> });
    let css = tags.css.iter().cloned();
    let css = css.map(|asset| view! { <link rel="stylesheet" href=asset.url integrity=asset.integrity /> });
    let boot = (script == Script::Hydrate).then(|| boot(&tags, nonce));
    view! {
        <!DOCTYPE html>
        <html lang=language::of_request().tag() data-theme=theme::of_request().attribute()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                {css.collect_view()}
                {fonts}
                <link rel="manifest" href="/manifest.webmanifest" />
                <link rel="icon" href="/favicon.svg" r#type="image/svg+xml" />
                <link rel="apple-touch-icon" href="/apple-touch-icon.png" />
                {boot}
                <MetaTags />
            </head>
            <body>
                {body()}
                <Colophon />
            </body>
        </html>
    }
    .into_any()
}

/// What loads the browser's side.
fn boot(tags: &SiteTags, nonce: Option<Nonce>) -> AnyView {
    view! {
        <link rel="modulepreload" href=tags.js.url.clone() integrity=tags.js.integrity.clone() nonce=nonce.clone() />
        <link
            rel="preload"
            href=tags.wasm.url.clone()
            r#as="fetch"
            r#type="application/wasm"
            crossorigin="anonymous"
        />
        <script type="module" nonce=nonce inner_html=boot_script(tags)></script>
    }
    .into_any()
}

/// All routes, for the server to listen on.
pub fn routes() -> Vec<AxumRouteListing> {
    generate_route_list(|| App().into_any())
}

/// Loads the browser's side and lets it take over. Not on the offline page, which the service worker shows at any
/// address: the app would take it for that address's page.
fn boot_script(tags: &SiteTags) -> String {
    if use_context::<http::request::Parts>().is_some_and(|parts| parts.uri.path() == "/offline") {
        return String::new();
    }
    let (js, wasm) = (&tags.js.url, &tags.wasm.url);
    format!(
        "import init, {{ hydrate }} from {js:?};\nawait init({{ module_or_path: {wasm:?} }});\nhydrate();\n\
         navigator.serviceWorker?.register(\"/sw.js\").catch(() => {{}});"
    )
}
