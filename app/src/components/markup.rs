//! Writing HTML as text, for what is many times on a page and never changes once it is there: cards, reasons, stars.
//!
//! As views each of their elements is built one by one on the server, and searched for again by the browser when it takes the page
//! over. As text they are copied. Where something can be pressed in them, the element around them listens.

/// Appends a text for an element's content or a quoted attribute.
pub fn push_text(html: &mut String, text: &str) {
    // From one character that has to be written otherwise to the next: they are single bytes of ASCII.
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'<' | b'>' | b'&' | b'"')) {
        html.push_str(&rest[..at]);
        html.push_str(match rest.as_bytes()[at] {
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'&' => "&amp;",
            _ => "&quot;",
        });
        rest = &rest[at + 1..];
    }
    html.push_str(rest);
}

/// Appends an element of that name, with attributes as they stand in HTML, around a text.
pub fn push_element(html: &mut String, name: &str, attributes: &str, text: &str) {
    push_all(html, &["<", name, attributes, ">"]);
    push_text(html, text);
    push_all(html, &["</", name, ">"]);
}

/// Appends pieces of HTML.
pub fn push_all(html: &mut String, pieces: &[&str]) {
    for piece in pieces {
        html.push_str(piece);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_break_out_of_its_place() {
        let mut html = String::new();
        push_element(&mut html, "b", " class=\"x\"", "<script>\"&\"</script>");
        assert_eq!(html, "<b class=\"x\">&lt;script&gt;&quot;&amp;&quot;&lt;/script&gt;</b>");
    }
}
