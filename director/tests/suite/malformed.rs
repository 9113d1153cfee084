//! What is no HTTP, or could be read in two ways, never reaches an instance.

use serde_json::Value;

use crate::support::{Director, Upstream, client, exchange};

/// Heads and bodies; every one of them has to be refused.
const WRONG: [(&str, &str); 24] = [
    ("nonsense", "hello\r\n\r\n"),
    ("TLS to the plain port", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\r\n\r\n"),
    ("no version", "GET /who\r\nHost: a\r\n\r\n"),
    ("another version", "GET /who HTTP/3.7\r\nHost: a\r\n\r\n"),
    ("a space in the header's name", "GET /who HTTP/1.1\r\nHost: a\r\nX Y: z\r\n\r\n"),
    ("a space before the colon", "GET /who HTTP/1.1\r\nHost: a\r\nX : z\r\n\r\n"),
    ("no colon", "GET /who HTTP/1.1\r\nHost: a\r\nfoo\r\n\r\n"),
    ("a zero byte", "GET /who HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"),
    ("a folded line", "GET /who HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n"),
    ("a folded length", "POST /who HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n 5\r\n\r\n12345"),
    ("lines without CR", "POST /who HTTP/1.1\nHost: a\nContent-Length: 5\n\n12345"),
    ("a bare CR", "GET /who HTTP/1.1\r\nHost: a\r\nX: a\rY: b\r\n\r\n"),
    ("two hosts", "GET /who HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    (
        "length and chunks",
        "POST /who HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x",
    ),
    (
        "chunks and length",
        "POST /who HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\nGET /x",
    ),
    ("two lengths", "POST /who HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n123456"),
    ("the same length twice", "POST /who HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n12345"),
    ("a list of lengths", "POST /who HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\n12345"),
    ("a length with a sign", "POST /who HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n12345"),
    ("a negative length", "POST /who HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n12345"),
    ("an unknown encoding", "POST /who HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    (
        "encodings in two lines",
        "POST /who HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    ),
    ("an encoding hidden by a tab", "POST /who HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\u{b}chunked\r\n\r\n0\r\n\r\n"),
    ("chunks in HTTP/1.0", "POST /who HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_could_be_read_in_two_ways_never_reaches_an_instance() {
    let a = Upstream::start("a").await;
    let director = Director::start(&[&a], "limits = { request_timeout_ms = 3000 }").await;
    for (what, bytes) in WRONG {
        let answer = exchange(director.http, bytes.as_bytes()).await;
        let refused = answer.is_empty() || answer.starts_with("HTTP/1.1 400") || answer.starts_with("HTTP/1.1 405");
        assert!(refused, "{what}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), usize::from(!answer.is_empty()), "{what}: {answer}");
        assert_eq!(a.hits(), 0, "{what} reached an instance");
    }
    assert_eq!(director.who(&client(), None).await, "a");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_hidden_in_a_body_stays_a_body() {
    let a = Upstream::start("a").await;
    let director = Director::start(&[&a], "limits = { request_timeout_ms = 2000 }").await;
    let hidden = "GET /admin HTTP/1.1\r\nHost: a\r\n\r\n";
    let honest = format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{hidden}", hidden.len());
    let answer = exchange(director.http, honest.as_bytes()).await;
    let body: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!((body["body"].as_str().unwrap(), a.hits()), (hidden, 1));
    for chunk in [
        "5 \r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "ffffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        "5\r\nhelloGET /x\r\n0\r\n\r\n",
    ] {
        let bytes = format!("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}");
        let answer = exchange(director.http, bytes.as_bytes()).await;
        // A body that is no body: refused, or at the most read as the five letters that it holds.
        assert!(answer.matches("HTTP/1.1 200").count() <= 1 && !answer.contains("/x"), "{chunk:?}: {answer}");
    }
    assert_eq!(director.who(&client(), None).await, "a");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_clients_say_of_themselves_is_not_believed() {
    let a = Upstream::start("a").await;
    let director = Director::start(&[&a], "").await;
    let answer = client()
        .get(director.url("/echo?q=film"))
        .header("x-forwarded-for", "1.2.3.4")
        .header("x-forwarded-proto", "https")
        .header("forwarded", "for=1.2.3.4")
        .header("x-real-ip", "1.2.3.4")
        .header("x-original-url", "/admin")
        .header("x-request-id", "chosen-by-client")
        .header("connection", "x-secret, keep-alive")
        .header("x-secret", "1")
        .header("te", "trailers")
        .send()
        .await
        .unwrap();
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let said: Value = answer.json().await.unwrap();
    let headers = said["headers"].as_array().unwrap();
    let get = |name: &str| -> Vec<&str> {
        headers.iter().filter(|pair| pair[0] == name).map(|pair| pair[1].as_str().unwrap()).collect()
    };
    assert_eq!(get("x-forwarded-for"), ["127.0.0.1"]);
    assert_eq!(get("x-forwarded-proto"), ["http"]);
    assert_eq!(get("x-forwarded-host"), [format!("127.0.0.1:{}", director.http)]);
    assert_eq!(get("x-request-id"), [id.as_str()]);
    assert!(id.len() == 32 && id != "chosen-by-client");
    for name in ["forwarded", "x-real-ip", "x-original-url", "x-secret", "te"] {
        assert!(get(name).is_empty(), "{name}: {:?}", get(name));
    }
    assert_eq!(said["uri"], "/echo?q=film");
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_that_are_nobodys_business_are_405() {
    let a = Upstream::start("a").await;
    let director = Director::start(&[&a], "").await;
    for head in ["TRACE /who HTTP/1.1\r\nHost: a\r\n\r\n", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"] {
        let answer = exchange(director.http, head.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
    }
    assert_eq!(a.hits(), 0);
}
