//! What the first fragments of datagrams showed, so that those after them
//! fall under the same policy (RFC 4301 §7.3 and §7.4).

use crate::sa::sad::Handle;
use crate::sa::spd::{Direction, Flow};
use crate::time::{Duration, Instant};
use crate::wire::ip::{Fragment, Packet};
use crate::wire::registry::ip::Protocol;
use alloc::collections::{BTreeMap, VecDeque};
use core::net::IpAddr;

/// A packet as policies see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// What it shows.
    pub(super) flow: Flow,
    /// What the datagram showed that it is a later part of, if that is known.
    pub(super) whole: Option<Flow>,
}

impl Seen {
    pub(super) const fn new(flow: Flow) -> Self {
        Self { flow, whole: None }
    }
}

/// Datagrams whose first fragment went by.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    known: BTreeMap<Datagram, (Instant, Flow)>,
    /// In the order in which they came.
    order: VecDeque<(Instant, Datagram)>,
}

/// What the fragments of one datagram share: who sent it to whom, and by which
/// SA it came. What comes in the clear says nothing of what comes protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Datagram {
    direction: Direction,
    via: Option<Handle>,
    addresses: (IpAddr, IpAddr),
    protocol: u8,
    id: u32,
}

impl Datagram {
    pub(super) fn of(
        packet: &Packet<'_>,
        fragment: &Fragment,
        direction: Direction,
        via: Option<Handle>,
    ) -> Self {
        // The fragments of an IPv6 datagram may name the header behind them,
        // which is not the protocol.
        let protocol = match packet {
            Packet::V4(v4) => v4.protocol.0,
            Packet::V6(_) => 0,
        };
        Self {
            direction,
            via,
            addresses: (packet.source(), packet.destination()),
            protocol,
            id: fragment.id,
        }
    }
}

impl Fragments {
    /// Remembers what a first fragment shows.
    pub(super) fn note(&mut self, now: Instant, datagram: Datagram, flow: Flow) {
        self.forget(now);
        if self.known.insert(datagram, (now, flow)).is_none() {
            self.order.push_back((now, datagram));
        }
        while self.order.len() > DATAGRAMS_MAX {
            if let Some((_, oldest)) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
    }

    /// What the first fragment of the datagram showed.
    pub(super) fn whole(&self, now: Instant, datagram: &Datagram) -> Option<Flow> {
        let (at, flow) = self.known.get(datagram)?;
        (now.saturating_since(*at) < AGE).then_some(*flow)
    }

    fn forget(&mut self, now: Instant) {
        while let Some((at, datagram)) = self.order.front() {
            if now.saturating_since(*at) < AGE {
                break;
            }
            self.known.remove(datagram);
            self.order.pop_front();
        }
    }
}

/// Whether a fragment would be laid over the flags of the TCP header before it
/// (RFC 1858 §4.2).
pub(super) fn overlaps(packet: &Packet<'_>, fragment: &Fragment) -> bool {
    packet.protocol() == Protocol::TCP && (1..TCP_FLAGS).contains(&fragment.offset)
}

/// Datagrams that are remembered at once.
pub(super) const DATAGRAMS_MAX: usize = 1024;

/// How long the rest of a datagram is waited for (RFC 791 §3.2, RFC 8200 §4.5).
const AGE: Duration = Duration::from_secs(60);

/// Bytes of the TCP header up to its flags.
const TCP_FLAGS: usize = 14;
