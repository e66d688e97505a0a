//! Traffic as boxes, and packets as points, in the five dimensions of
//! RFC 4301 §4.4.1.1.

use super::{Direction, Flow, Traffic};
use crate::sa::selector::{AddressRange, NO_PORT, Ports, Selector};
use crate::wire::registry::ip::Protocol;
use core::net::IpAddr;

/// Our address, the peer's, our port, the peer's, the protocol.
pub(super) const DIMENSIONS: usize = 5;

/// A packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) v4: bool,
    pub(super) at: [u128; DIMENSIONS],
}

impl Point {
    /// `None` where the two addresses are of two families.
    pub(super) fn of(flow: &Flow) -> Option<Self> {
        let (local, remote, v4) = match (flow.local, flow.remote) {
            (IpAddr::V4(local), IpAddr::V4(remote)) => (
                u128::from(local.to_bits()),
                u128::from(remote.to_bits()),
                true,
            ),
            (IpAddr::V6(local), IpAddr::V6(remote)) => (local.to_bits(), remote.to_bits(), false),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return None,
        };
        let (ours, theirs) = match flow.ports {
            Some((ours, theirs)) => (ours.into(), theirs.into()),
            None => (NO_PORT, NO_PORT),
        };
        Some(Self {
            v4,
            at: [local, remote, ours, theirs, flow.protocol.0.into()],
        })
    }
}

/// A part of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Region {
    pub(super) v4: bool,
    pub(super) low: [u128; DIMENSIONS],
    pub(super) high: [u128; DIMENSIONS],
}

impl Region {
    /// All packets of one family.
    pub(super) fn all(v4: bool) -> Self {
        let addresses = if v4 { u32::MAX.into() } else { u128::MAX };
        Self {
            v4,
            low: [0; DIMENSIONS],
            high: [addresses, addresses, NO_PORT, NO_PORT, u8::MAX.into()],
        }
    }

    /// What of `traffic` goes this way; `None` where nothing fits: two
    /// families, or two protocols.
    ///
    /// Where a protocol has one selector for both ends, as ICMP, what is sent
    /// is told by our end's, and what is received by the peer's
    /// (RFC 4301 §4.4.1.3).
    pub(super) fn of(traffic: &Traffic, direction: Direction) -> Option<Self> {
        let (local, remote) = (traffic.local, traffic.remote);
        let v4 = local.addresses().is_v4();
        let [la, mut lp, l] = local.sides();
        let [ra, mut rp, r] = remote.sides();
        let protocol = (l.0.max(r.0), l.1.min(r.1));
        if protocol.0 == protocol.1 && ONE_SELECTOR.contains(&protocol.0) {
            match direction {
                Direction::Out => rp = (0, NO_PORT),
                Direction::In => lp = (0, NO_PORT),
            }
        }
        let possible = v4 == remote.addresses().is_v4() && protocol.0 <= protocol.1;
        possible.then_some(Self {
            v4,
            low: [la.0, ra.0, lp.0, rp.0, protocol.0],
            high: [la.1, ra.1, lp.1, rp.1, protocol.1],
        })
    }

    pub(super) fn contains(&self, point: &Point) -> bool {
        let mut sides = self.low.iter().zip(&self.high).zip(&point.at);
        self.v4 == point.v4 && sides.all(|((low, high), at)| low <= at && at <= high)
    }

    /// Whether it takes in all of `other`, of the same family.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let mut low = self.low.iter().zip(&other.low);
        let mut high = self.high.iter().zip(&other.high);
        low.all(|(ours, theirs)| ours <= theirs) && high.all(|(ours, theirs)| ours >= theirs)
    }
}

/// `part` with one address or one port, as far as they are given.
pub(super) fn narrowed(
    part: &Selector,
    address: Option<IpAddr>,
    port: Option<u16>,
) -> Option<Selector> {
    let addresses = match address {
        Some(address) => AddressRange::new(address, address)?,
        None => part.addresses(),
    };
    let ports = match port {
        Some(port) => Ports::new(port, port)?,
        None => part.ports(),
    };
    Some(Selector::new(addresses).with_ports(ports))
}

/// Protocols whose type, or type and code, stands in a port's place.
const ONE_SELECTOR: [u128; 3] = [
    Protocol::ICMP.0 as u128,
    Protocol::ICMPV6.0 as u128,
    Protocol::MOBILITY_HEADER.0 as u128,
];
