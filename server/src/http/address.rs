//! Whose request it is, by address: the connection's other end, or whom a proxy in front names that is believed.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request},
    http::{Extensions, HeaderMap},
};

use crate::config::Network;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address of whoever sent the request; none where the server doesn't know who is connected.
pub fn of(request: &Request, trusted: &[Network]) -> Option<IpAddr> {
    let peer = peer(request.extensions())?;
    Some(behind_proxies(peer, request.headers(), trusted))
}

fn peer(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical())
}

/// Each proxy adds whom it heard from at the end. So the list is read from its end as long as those who wrote it are
/// believed; what stands before that anybody may have made up.
pub fn behind_proxies(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let lists = headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
    let named: Vec<&str> = lists.flat_map(|list| list.split(',')).map(str::trim).collect();
    let mut address = peer;
    for name in named.into_iter().rev() {
        if !is_trusted(address) {
            break;
        }
        match name.parse::<IpAddr>() {
            Ok(before) => address = before.to_canonical(),
            Err(_) => break,
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&'static str], trusted: &[&str]) -> String {
        let trusted: Vec<Network> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for list in forwarded {
            headers.append(FORWARDED_FOR, list.parse().unwrap());
        }
        behind_proxies(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn nobody_is_believed_unless_configured() {
        assert_eq!(seen("203.0.113.9", &["198.51.100.1"], &[]), "203.0.113.9");
        assert_eq!(seen("203.0.113.9", &["198.51.100.1"], &["10.0.0.0/8"]), "203.0.113.9");
    }

    #[test]
    fn of_a_proxys_list_only_what_trusted_ones_wrote_is_believed() {
        let trusted = ["10.0.0.0/8"];
        assert_eq!(seen("10.0.0.5", &["198.51.100.1"], &trusted), "198.51.100.1");
        assert_eq!(seen("10.0.0.5", &["1.2.3.4, 198.51.100.1"], &trusted), "198.51.100.1");
        assert_eq!(seen("10.0.0.5", &["1.2.3.4", "198.51.100.1, 10.0.0.6"], &trusted), "198.51.100.1");
        assert_eq!(seen("10.0.0.5", &["nonsense"], &trusted), "10.0.0.5");
        assert_eq!(seen("10.0.0.5", &[], &trusted), "10.0.0.5");
    }
}
