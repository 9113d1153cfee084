//! From where a session is used, coarsely, so that people know theirs in the list: enough to tell one's town from a stranger's
//! country, too little to find anybody by.

use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};

/// Where a request came from. The address itself is kept nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The machine that the server runs on.
    Machine,
    /// A network that is not part of the internet (RFC 1918, 3927, 4193, 4291, 6598).
    Local,
    /// The first 16 bits of an IPv4 address or the first 32 of an IPv6 one, as people read them.
    Network(String),
}

impl Place {
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            address if address.is_loopback() => Self::Machine,
            IpAddr::V4(address) if address.is_private() || address.is_link_local() || is_shared(address) => Self::Local,
            IpAddr::V6(address) if address.is_unique_local() || address.is_unicast_link_local() => Self::Local,
            IpAddr::V4(address) => {
                let [first, second, ..] = address.octets();
                Self::Network(format!("{first}.{second}.x.x"))
            }
            IpAddr::V6(address) => {
                let [first, second, ..] = address.segments();
                Self::Network(format!("{first:x}:{second:x}:x:x"))
            }
        }
    }
}

/// Between customers and their provider (RFC 6598): 100.64.0.0/10.
const fn is_shared(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    first == 100 && second & 0b1100_0000 == 64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_half_is_kept_or_a_quarter_and_of_private_ones_nothing() {
        let network = |text: &str| Place::Network(text.to_owned());
        for (address, place) in [
            ("203.0.113.9", network("203.0.x.x")),
            ("::ffff:203.0.113.9", network("203.0.x.x")),
            ("100.128.0.1", network("100.128.x.x")),
            ("2001:db8:85a3::8a2e:370:7334", network("2001:db8:x:x")),
            ("2a00::1", network("2a00:0:x:x")),
            ("127.0.0.1", Place::Machine),
            ("::1", Place::Machine),
            ("10.1.2.3", Place::Local),
            ("172.20.0.1", Place::Local),
            ("192.168.1.20", Place::Local),
            ("169.254.9.9", Place::Local),
            ("100.64.0.1", Place::Local),
            ("100.127.255.255", Place::Local),
            ("fd12::1", Place::Local),
            ("fe80::1", Place::Local),
        ] {
            assert_eq!(Place::of(address.parse().unwrap()), place, "{address}");
        }
    }
}
