//! Readable addresses: `The Godfather` (1972) → `the-godfather-1972`.

use crate::{Year, letters::lower_case};

/// The longest slug of a title, in bytes.
const MAX_BYTES: usize = 80;

/// Lower-case letters and digits with single hyphens between; `film` where a title has neither. Latin letters with
/// marks lose them; other scripts stay as they are.
pub fn slug(title: &str, year: Option<Year>) -> String {
    let mut slug = String::with_capacity(title.len() + 5);
    for c in lower_case(title).chars() {
        if slug.len() >= MAX_BYTES {
            break;
        }
        match fold(c) {
            Some(folded) => slug.push_str(folded),
            None if c.is_alphanumeric() => slug.push(c),
            None if c == '\'' || c == '’' || slug.is_empty() || slug.ends_with('-') => {}
            None => slug.push('-'),
        }
    }
    let mut slug = slug.trim_end_matches('-').to_owned();
    if slug.is_empty() {
        slug.push_str("film");
    }
    if let Some(year) = year {
        slug.push('-');
        slug.push_str(&year.to_string());
    }
    slug
}

/// The plain letters of the commonest accented ones, without the tables of a Unicode library in the browser's bundle.
fn fold(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'ä' | 'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => "e",
        'ì' | 'í' | 'î' | 'ï' | 'ī' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ø' | 'ō' | 'ő' => "o",
        'ö' | 'œ' => "oe",
        'ř' => "r",
        'ś' | 'š' | 'ş' => "s",
        'ß' => "ss",
        'ť' => "t",
        'ù' | 'ú' | 'û' | 'ū' | 'ů' | 'ű' => "u",
        'ü' => "ue",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        '&' => "and",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_readable() {
        let year = Year::new(1972).ok();
        assert_eq!(slug("The Godfather", year), "the-godfather-1972");
        assert_eq!(slug("Amélie", None), "amelie");
        assert_eq!(slug("  What's Eating -- Gilbert Grape? ", None), "whats-eating-gilbert-grape");
        assert_eq!(slug("???", None), "film");
        assert_eq!(slug("千と千尋の神隠し", None), "千と千尋の神隠し");
    }
}
