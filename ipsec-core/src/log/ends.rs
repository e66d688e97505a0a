//! Addresses of the two ends, in the ways that logs write them.

use crate::evidence::{LogEvent, Logged, Route};
use crate::sorted::Set;
use alloc::string::String;
use core::net::{IpAddr, SocketAddr};

/// `192.0.2.1`, `192.0.2.1:500`, `192.0.2.1[500]`, `192.0.2.1/500`,
/// `2001:db8::1`, `2001:db8::1.500`, `[2001:db8::1]:500`; port 0 where none is
/// written.
pub(super) fn end(text: &str) -> Option<SocketAddr> {
    let text = text.trim().trim_end_matches(['.', ',', ';']);
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(SocketAddr::new(address, 0));
    }
    if let Ok(end) = text.parse::<SocketAddr>() {
        return Some(end);
    }
    let (address, port) = match text.strip_suffix(']') {
        Some(inner) => inner.split_once('[')?,
        None => text
            .rsplit_once('/')
            .or_else(|| text.rsplit_once('.').filter(|_| text.contains(':')))
            .or_else(|| text.rsplit_once(':'))?,
    };
    let address: IpAddr = address.parse().ok()?;
    Some(SocketAddr::new(address, port.parse().ok()?))
}

/// `A:500->B:500`.
pub(super) fn arrow(text: &str) -> Option<Route> {
    let (from, to) = text.split_once("->")?;
    let from = end(from)?;
    Some(Route { from, to: end(to)? })
}

/// The ends that a log has named.
#[derive(Debug, Default)]
pub(super) struct Named {
    seen: Set<Route>,
}

impl Named {
    /// That `connection` is between these ends, the one that wrote the log
    /// first; nothing if that was told.
    pub(super) fn told(&mut self, connection: Option<&String>, route: Route) -> Option<Logged> {
        if self.seen.len() >= NAMED_MAX {
            self.seen = Set::new();
        }
        let new = self.seen.insert(route);
        new.then(|| Logged::new(connection.cloned(), LogEvent::Peers(route)))
    }
}

/// Pairs of ends that are remembered.
const NAMED_MAX: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_an_end() {
        let four: SocketAddr = "192.0.2.1:500".parse().unwrap();
        for text in ["192.0.2.1:500", "192.0.2.1[500]", " 192.0.2.1/500,"] {
            assert_eq!(end(text), Some(four), "{text}");
        }
        let six: SocketAddr = "[2001:db8::1]:500".parse().unwrap();
        for text in [
            "[2001:db8::1]:500",
            "2001:db8::1[500]",
            "2001:db8::1.500",
            "2001:db8::1/500",
        ] {
            assert_eq!(end(text), Some(six), "{text}");
        }
        assert_eq!(end("2001:db8::1").map(|end| end.port()), Some(0));
        assert_eq!(end("192.0.2.1.").map(|end| end.port()), Some(0));
        for text in [
            "",
            ":",
            "x",
            "192.0.2.1:",
            "192.0.2.1:65536",
            "1.2.3.x:500",
            "[",
            "a]",
        ] {
            assert_eq!(end(text), None, "{text}");
        }
        assert!(arrow("192.0.2.1:500->198.51.100.1:500").is_some());
        assert!(arrow("192.0.2.1:500-198.51.100.1:500").is_none());
    }

    #[test]
    fn ends_are_told_once_and_remembered_within_limits() {
        let mut named = Named::default();
        let route = |number: usize| {
            let mut route = arrow("192.0.2.1->198.51.100.1").unwrap();
            route.to.set_port(u16::try_from(number).unwrap());
            route
        };
        assert!(named.told(None, route(0)).is_some());
        assert!(named.told(None, route(0)).is_none());
        for number in 0..=NAMED_MAX {
            named.told(None, route(number));
        }
        assert_eq!(named.seen.len(), 1);
    }
}
