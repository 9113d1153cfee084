//! The session that a request belongs to.

use http::{HeaderMap, header};

/// The value of the first of the `names` that stands among the request's cookies.
pub fn session_key(headers: &HeaderMap, names: &[String]) -> Option<Vec<u8>> {
    let cookies =
        || headers.get_all(header::COOKIE).iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    names.iter().find_map(|name| {
        cookies().find_map(|pair| {
            let value = pair.trim_ascii().strip_prefix(name.as_bytes())?.strip_prefix(b"=")?.trim_ascii();
            (!value.is_empty()).then(|| value.to_vec())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(lines: &[&str]) -> Option<String> {
        let headers = lines.iter().map(|line| (header::COOKIE, line.parse().unwrap())).collect();
        let names = ["__Host-id".to_owned(), "id".to_owned()];
        session_key(&headers, &names).map(|key| String::from_utf8(key).unwrap())
    }

    #[test]
    fn the_session_is_the_cookie_of_that_name_wherever_it_stands() {
        assert_eq!(key(&["theme=dark; id=abc; x=y"]).as_deref(), Some("abc"));
        assert_eq!(key(&["theme=dark", "id=abc"]).as_deref(), Some("abc"));
        assert_eq!(key(&["id=abc; __Host-id=def"]).as_deref(), Some("def"));
    }

    #[test]
    fn names_that_only_begin_or_end_alike_are_not_it() {
        assert_eq!(key(&["idx=1; grid=2; id=; theme=id"]), None);
        assert_eq!(key(&[]), None);
    }
}
