//! The session that a request belongs to.

use http::header;
use pingora::http::RequestHeader;

/// The value of the first of the `names` that stands among the request's cookies.
pub fn session_key(request: &RequestHeader, names: &[String]) -> Option<Vec<u8>> {
    let cookies =
        || request.headers.get_all(header::COOKIE).iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
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
        let mut request = RequestHeader::build("GET", b"/", None).unwrap();
        for line in lines {
            request.append_header("cookie", *line).unwrap();
        }
        let names = ["__Host-id".to_owned(), "id".to_owned()];
        session_key(&request, &names).map(|key| String::from_utf8(key).unwrap())
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
