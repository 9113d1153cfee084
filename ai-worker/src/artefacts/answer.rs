//! What an answer that is no success means.

use reqwest::Response;

/// Of the XML that tells of an error, no more is read.
const TOLD_BYTES: usize = 16 * 1024;
const CODE_CHARS: usize = 64;

/// What the store said.
pub struct Refusal {
    pub status: u16,
    /// One of S3's words, such as `NoSuchKey`; empty where there is none.
    pub code: String,
}

/// Reads on until the word is there, for as long as the caller waits.
pub async fn refusal(mut response: Response) -> Refusal {
    let status = response.status().as_u16();
    let mut told = Vec::new();
    while let Ok(Some(piece)) = response.chunk().await {
        told.extend_from_slice(&piece[..piece.len().min(TOLD_BYTES - told.len())]);
        if told.len() == TOLD_BYTES {
            break;
        }
    }
    Refusal { status, code: code(&String::from_utf8_lossy(&told)).unwrap_or_default() }
}

/// The one word of the document that matters, so no reader of XML is needed.
fn code(told: &str) -> Option<String> {
    let (_, rest) = told.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    let is_word = code.len() <= CODE_CHARS && code.chars().all(|c| c.is_ascii_alphanumeric());
    is_word.then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_an_error_is_found_and_nothing_else_is_repeated() {
        let told = "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>hush</Message></Error>";
        assert_eq!(code(told).as_deref(), Some("NoSuchKey"));
        for odd in [
            "",
            "<Code>",
            "<Code></Cod",
            "<Code>a b</Code>",
            "<Code><Code></Code>",
            &format!("<Code>{}</Code>", "a".repeat(65)),
        ] {
            assert_eq!(code(odd), None, "{odd}");
        }
    }
}
