//! The browser's files as Trunk built them: read once at start, with the tags that pages carry.

use std::path::Path;

use anyhow::{Context, ensure};
use matinee_app::shell::{Asset, SiteTags};

/// Reads the tags out of Trunk's `index.html`: names with content hashes, and integrity hashes.
///
/// # Errors
/// When the folder isn't there or `index.html` lacks the script, the module or the style sheet.
pub fn read_tags(site_dir: &Path) -> anyhow::Result<SiteTags> {
    let path = site_dir.join("index.html");
    let html = std::fs::read_to_string(&path).with_context(|| {
        format!(
            "the browser's files are not in {}: build them with `make build`, or set MATINEE_SITE_DIR",
            site_dir.display()
        )
    })?;
    let tags: Vec<Tag> = tags(&html).collect();
    let css: Vec<_> = tags.iter().filter(|tag| tag.rel == Some("stylesheet")).filter_map(Tag::asset).collect();
    let find = |suffix: &str| tags.iter().filter_map(Tag::asset).find(|asset| asset.url.ends_with(suffix));
    let js = find(".js").with_context(|| format!("{} names no script: build it anew", path.display()))?;
    let wasm =
        find(".wasm").with_context(|| format!("{} names no WebAssembly module: build it anew", path.display()))?;
    ensure!(!css.is_empty(), "{} names no style sheet: build it anew", path.display());
    Ok(SiteTags { js, wasm, css })
}

/// A `<link>` as far as it matters here.
struct Tag<'a> {
    rel: Option<&'a str>,
    href: Option<&'a str>,
    integrity: Option<&'a str>,
}

impl Tag<'_> {
    fn asset(&self) -> Option<Asset> {
        let url = self.href?.to_owned();
        Some(Asset { url, integrity: self.integrity.map(str::to_owned) })
    }
}

/// All `<link …>` tags; Trunk writes them with double quotes.
fn tags(html: &str) -> impl Iterator<Item = Tag<'_>> {
    html.split("<link").skip(1).map(|rest| {
        let tag = rest.split('>').next().unwrap_or_default();
        Tag { rel: attribute(tag, "rel"), href: attribute(tag, "href"), integrity: attribute(tag, "integrity") }
    })
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_come_with_their_integrity() {
        let dir = tempfile::tempdir().unwrap();
        let html = r#"<html><head><link rel="stylesheet" href="/pkg/main-1.css" integrity="sha384-c"/>
            <link rel="modulepreload" href="/pkg/m-2.js" crossorigin="anonymous" integrity="sha384-j">
            <link rel="preload" href="/pkg/m-2_bg.wasm" as="fetch" integrity="sha384-w"></head></html>"#;
        std::fs::write(dir.path().join("index.html"), html).unwrap();
        let tags = read_tags(dir.path()).unwrap();
        assert_eq!(tags.js.url, "/pkg/m-2.js");
        assert_eq!(tags.wasm.integrity.as_deref(), Some("sha384-w"));
        assert_eq!(tags.css.len(), 1);
    }

    #[test]
    fn a_missing_build_says_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        let error = read_tags(dir.path()).unwrap_err().to_string();
        assert!(error.contains("make build"), "{error}");
    }
}
