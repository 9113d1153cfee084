//! What is too much is refused clearly, and others don't notice.

use std::time::Duration;

use tokio::{
    io::AsyncWriteExt,
    net::TcpStream,
    time::{Instant, timeout},
};

use crate::support::{Director, Upstream, client, exchange, read_to_end, until};

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_are_too_large_are_431_and_never_reach_an_instance() {
    let a = Upstream::start("a").await;
    let director = Director::start(&[&a], "limits = { header_bytes = 4096 }").await;
    for filler in [
        vec![("x-filler".to_owned(), "x".repeat(5000))],
        (0..200).map(|n| (format!("x-{n}"), "y".repeat(30))).collect(),
    ] {
        let mut request = client().get(director.url("/who"));
        for (name, value) in filler {
            request = request.header(name, value);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 431);
        assert!(answer.text().await.unwrap().contains("headers are too large"));
    }
    assert_eq!(a.hits(), 0);
    // Past what the parser reads at all, the connection is closed.
    let mut huge = b"GET /who HTTP/1.1\r\nHost: a\r\nX: ".to_vec();
    huge.resize(2_000_000, b'x');
    let answer = exchange(director.http, &huge).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert_eq!((director.who(&client(), None).await.as_str(), a.hits()), ("a", 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_too_large_are_413_announced_or_not() {
    let a = Upstream::start("a").await;
    let director = Director::start(&[&a], "limits = { body_bytes = 10000 }").await;
    let fine = client().post(director.url("/echo")).body("x".repeat(10_000)).send().await.unwrap();
    assert_eq!(fine.status(), 200);
    let announced = client().post(director.url("/echo")).body("x".repeat(10_001)).send().await.unwrap();
    assert_eq!((announced.status().as_u16(), a.hits()), (413, 1));
    let mut chunked = b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..20 {
        chunked.extend_from_slice(format!("3e8\r\n{}\r\n", "x".repeat(1000)).as_bytes());
    }
    let answer = exchange(director.http, &chunked).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert_eq!(a.hits(), 1, "a body that was cut off is no request");
    assert_eq!(director.who(&client(), None).await, "a");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_dawdles_with_headers_is_cut_off_while_others_are_served() {
    let a = Upstream::start("a").await;
    let director = Director::start(&[&a], "limits = { request_timeout_ms = 1500 }").await;
    let start = Instant::now();
    let mut slow = Vec::new();
    for _ in 0..20 {
        slow.push(TcpStream::connect(("127.0.0.1", director.http)).await.unwrap());
    }
    // A byte now and then: each read alone is quick enough.
    let drip = tokio::spawn(async move {
        for byte in b"GET /who HTTP/1.1\r\nHost: a\r\nX-Slow: ".iter().chain(std::iter::repeat_n(&b'x', 1000)) {
            let mut gone = 0;
            for stream in &mut slow {
                gone += usize::from(stream.write_all(&[*byte]).await.is_err());
            }
            if gone == slow.len() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    let client = client();
    while !drip.is_finished() {
        assert_eq!(timeout(Duration::from_secs(5), director.who(&client, None)).await.unwrap(), "a");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert!(director.measurement("director_refused_total", "request_timeout").await >= 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_dawdles_with_a_body_is_told_so() {
    let a = Upstream::start("a").await;
    let director = Director::start(&[&a], "limits = { body_timeout_ms = 500 }").await;
    let mut stream = TcpStream::connect(("127.0.0.1", director.http)).await.unwrap();
    stream.write_all(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345").await.unwrap();
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert_eq!(a.hits(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_past_the_limit_are_told_to_come_back() {
    let a = Upstream::start("a").await;
    let director = Director::start(&[&a], "limits = { connections = 4 }").await;
    let mut held = Vec::new();
    for _ in 0..4 {
        let mut stream = TcpStream::connect(("127.0.0.1", director.http)).await.unwrap();
        stream.write_all(b"GET /who HTTP/1.1\r\n").await.unwrap();
        held.push(stream);
    }
    until("four are open", || async { director.measurement("director_connections", "").await >= 4 }).await;
    let answer = exchange(director.http, b"GET /who HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(director.measurement("director_refused_total", "connections").await >= 1);
    drop(held);
    until("there is room again", || async { director.measurement("director_connections", "").await < 1 }).await;
    assert_eq!(director.who(&client(), None).await, "a");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_for_the_public_is_not_there() {
    let a = Upstream::start("a").await;
    let director = Director::start(&[&a], "").await;
    for path in ["/metrics", "//metrics", "/metrics/", "/%6Detrics", "/readyz", "/./livez"] {
        let head = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let answer = exchange(director.http, head.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 404") && !answer.contains("secret"), "{path}: {answer}");
    }
}
