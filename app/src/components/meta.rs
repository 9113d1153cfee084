//! What search engines and link previews read: description, canonical address, Open Graph, JSON-LD.

use leptos::prelude::*;
use leptos_meta::{Link, Meta, Title};

/// A page's entry elsewhere. Absolute addresses need the server's public origin: in the browser they are relative,
/// which nobody reads there.
#[component]
pub fn PageMeta<'a>(
    #[prop(into)] title: Signal<String>,
    #[prop(into)] description: Signal<String>,
    /// The canonical path.
    path: &'a str,
    /// The path of a picture.
    image: &'a str,
    /// The Open Graph type, such as `video.movie`.
    kind: &'static str,
) -> impl IntoView + use<> {
    let url = absolute(path);
    view! {
        <Title text=move || title.get() />
        <Meta name="description" content=move || description.get() />
        <Link rel="canonical" href=url.clone() />
        <Meta property="og:site_name" content="Matinee" />
        <Meta property="og:type" content=kind />
        <Meta property="og:title" content=move || title.get() />
        <Meta property="og:description" content=move || description.get() />
        <Meta property="og:url" content=url />
        <Meta property="og:image" content=absolute(image) />
    }
}

/// The address of a path, with the public origin where it is known.
pub fn absolute(path: &str) -> String {
    #[cfg(feature = "ssr")]
    if let Some(origin) = use_context::<crate::shell::PublicOrigin>() {
        return format!("{}{path}", origin.0.trim_end_matches('/'));
    }
    path.to_owned()
}

/// Sets the answer's status, on the server.
pub fn page_not_found() {
    #[cfg(feature = "ssr")]
    crate::api::answer_status(&crate::AppError::NotFound);
}
