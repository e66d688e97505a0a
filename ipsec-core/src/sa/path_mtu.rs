//! What an SA knows of the largest packet its path lets through
//! (RFC 4301 §8.2, RFC 1191 §6.3, RFC 8201 §4).

use crate::time::{Duration, Instant};

/// The MTU of a path, as routers tell it, forgotten after a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathMtu {
    /// Of the first link: no path has a larger one.
    link: u16,
    least: u16,
    told: Option<(u16, Instant)>,
    holds: Duration,
}

impl PathMtu {
    /// A path of which only the first link is known.
    #[must_use]
    pub const fn v4(link: u16) -> Self {
        Self {
            link,
            least: V4_LEAST,
            told: None,
            holds: AGE,
        }
    }

    /// The same for IPv6.
    #[must_use]
    pub const fn v6(link: u16) -> Self {
        Self {
            link,
            least: V6_LEAST,
            told: None,
            holds: AGE,
        }
    }

    /// The same, with another time for which what is told holds
    /// (RFC 4301 §8.2.2).
    #[must_use]
    pub const fn with_age(mut self, holds: Duration) -> Self {
        self.holds = holds;
        self
    }

    /// How long what is told holds.
    #[must_use]
    pub const fn holds(&self) -> Duration {
        self.holds
    }

    /// Whether it is one of IPv6.
    #[must_use]
    pub const fn is_v6(&self) -> bool {
        self.least == V6_LEAST
    }

    /// Bytes of the first link's largest packet.
    #[must_use]
    pub const fn link(&self) -> u16 {
        self.link
    }

    /// Bytes of the largest packet, as far as is known at `now`.
    #[must_use]
    pub fn get(&self, now: Instant) -> u16 {
        match self.told {
            Some((mtu, at)) if now.saturating_since(at) < self.holds => mtu.min(self.link),
            _ => self.link,
        }
    }

    /// A router says that nothing larger than `mtu` passes; 0 where it says no
    /// number. Only smaller values are believed, and none below what every
    /// path must carry, so that a forged message cannot stop the traffic.
    /// Returns whether the path is now known to be narrower.
    pub fn told(&mut self, now: Instant, mtu: u16, packet: u16) -> bool {
        let before = self.get(now);
        let mtu = if mtu == 0 { plateau(packet) } else { mtu };
        let mtu = mtu.max(self.least);
        if mtu >= before {
            return false;
        }
        self.told = Some((mtu, now));
        true
    }

    /// When what was told is forgotten, and a larger packet tried.
    #[must_use]
    pub fn forgets(&self) -> Option<Instant> {
        self.told.map(|(_, at)| at.saturating_add(self.holds))
    }
}

/// The usual MTU below a packet that did not pass (RFC 1191 §7.1).
fn plateau(packet: u16) -> u16 {
    let below = PLATEAUS.into_iter().find(|mtu| *mtu < packet);
    below.unwrap_or(V4_LEAST)
}

/// How long a told MTU holds (RFC 1191 §6.3).
pub const AGE: Duration = Duration::from_secs(600);

/// What is accepted at least: IPv4 must carry 68 bytes, but no link is that
/// narrow, and an attacker would like it to be; IPv6 must carry 1280.
const V4_LEAST: u16 = 552;
const V6_LEAST: u16 = 1280;

/// MTUs of links, from large to small (RFC 1191 table 7-1).
const PLATEAUS: [u16; 7] = [32_000, 17_914, 8166, 4352, 2002, 1492, 1006];

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_seconds(seconds, 0)
    }

    #[test]
    fn smaller_is_believed_for_ten_minutes() {
        let mut path = PathMtu::v4(1500);
        assert!(path.told(at(0), 1400, 1500));
        assert!(!path.told(at(1), 1450, 1500));
        assert_eq!(path.get(at(599)), 1400);
        assert_eq!(path.forgets(), Some(at(600)));
        assert_eq!(path.get(at(600)), 1500);
        assert!(path.told(at(601), 1450, 1500));
        assert_eq!(path.get(at(602)), 1450);
        let mut path = PathMtu::v4(1500).with_age(Duration::from_secs(60));
        assert!(path.told(at(0), 1400, 1500));
        assert_eq!((path.get(at(59)), path.get(at(60))), (1400, 1500));
        assert_eq!(path.link(), 1500);
    }

    #[test]
    fn a_forged_message_does_not_stop_the_traffic() {
        let mut path = PathMtu::v4(1500);
        path.told(at(0), 68, 1500);
        assert_eq!(path.get(at(0)), V4_LEAST);
        let mut path = PathMtu::v6(1500);
        path.told(at(0), 1, 1500);
        assert_eq!(path.get(at(0)), V6_LEAST);
        assert!(!path.told(at(0), 9000, 9000));
    }

    #[test]
    fn routers_that_tell_no_number() {
        let mut path = PathMtu::v4(1500);
        path.told(at(0), 0, 1500);
        assert_eq!(path.get(at(0)), 1492);
        path.told(at(0), 0, 1492);
        assert_eq!(path.get(at(0)), 1006);
        path.told(at(0), 0, 100);
        assert_eq!(path.get(at(0)), V4_LEAST);
    }
}
