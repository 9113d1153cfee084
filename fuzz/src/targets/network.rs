//! What proxies write of whom a request comes from, and clients before them.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue};
use matinee_server::{config::Network, http::address::behind_proxies};

use super::parts;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The connection's other end and the lines of `X-Forwarded-For`: whose request it is was written by who is believed.
pub fn forwarded(bytes: &[u8]) {
    let [peer, lines] = parts(bytes);
    let Ok(peer) = String::from_utf8_lossy(peer).trim().parse::<IpAddr>() else { return };
    let peer = peer.to_canonical();
    let lines = lines.split(|byte| *byte == b'\n').filter_map(|line| HeaderValue::from_bytes(line).ok());
    let lines: Vec<_> = lines.collect();
    let headers =
        |lines: &[HeaderValue]| -> HeaderMap { lines.iter().map(|line| (FORWARDED_FOR, line.clone())).collect() };
    let trusted = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse::<Network>().expect("a network"));
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));

    let found = behind_proxies(peer, &headers(&lines), &trusted);
    let texts = lines.iter().filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(','));
    let named: Vec<Option<IpAddr>> =
        texts.map(|name| name.trim().parse::<IpAddr>().ok().map(|name| name.to_canonical())).collect();
    assert!(found == peer || named.contains(&Some(found)), "{found} is in no header");
    assert!(is_trusted(peer) || found == peer, "{peer} is nobody's proxy, and was believed that it is {found}");
    if is_trusted(found) {
        let mut believed = named.iter().rev().map_while(|name| *name);
        assert!(believed.all(is_trusted), "{found} is a proxy, but somebody before it is named");
    } else {
        // Whatever a client says before what the proxies wrote.
        let claimed = HeaderValue::from_static("192.0.2.66, 10.0.0.9, nonsense, 192.0.2.67");
        let claimed: Vec<_> = [claimed].into_iter().chain(lines).collect();
        assert_eq!(behind_proxies(peer, &headers(&claimed), &trusted), found);
    }
}
