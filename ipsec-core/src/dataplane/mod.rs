//! The processing of IP traffic (RFC 4301 §5): policies, SAs and packets in
//! one object that owns no socket and no clock.
//!
//! A host hands over each packet of the protected side ([`DataPlane::outbound`])
//! and each packet of the other side that is for it ([`DataPlane::inbound`]),
//! in a buffer with room around it, and does with it what the answer says.
//! Whole packets are processed: the host puts fragments together first, counts
//! hops when it forwards, and cuts outer packets that may be cut.

mod child;
mod flow;
mod reply;

pub use child::{Carriage, Child, ProtectError, Protection, UnprotectError};
pub use flow::flow;

use crate::esp::Inner;
use crate::sa::lifetime::Age;
use crate::sa::sad::{Handle, Key, Refused, Sad};
use crate::sa::spd::{Action, Direction, Flow, FlowCache, Spd, Traffic};
use crate::time::Instant;
use crate::wire::encap::{Encapsulated, classify};
use crate::wire::ip::Packet;
use crate::wire::registry::ip::Protocol;
use crate::wire::udp::Udp;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;
use core::net::SocketAddr;
use core::ops::Range;

/// A gateway's data plane. `P` is what the caller's policies say of the SAs
/// they want.
#[derive(Debug)]
pub struct DataPlane<P> {
    spd: Spd<P>,
    cache: FlowCache,
    children: Sad<Child>,
    /// SAs by policy, the newest last: that one sends.
    senders: BTreeMap<usize, Vec<Handle>>,
    /// SAs by what names them in packets that we send; peers choose that, so
    /// there may be several.
    by_peer: BTreeMap<(Protocol, u32), Vec<Handle>>,
    counts: Counts,
}

/// What is to be done with a packet of the protected side.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outbound {
    /// It is protected: these bytes of the buffer are to be sent.
    Protected(Range<usize>),
    /// It is to be sent as it is.
    Bypassed,
    /// An SA is needed first (RFC 4301 §5.1 step 3b): the policy's place, and
    /// the traffic to ask for.
    Acquire {
        /// Place of the policy in its database.
        policy: usize,
        /// What the SA is for.
        traffic: Traffic,
    },
    /// It is too long; its sender is to get this packet (RFC 4301 §8.2.1).
    TooBig(Vec<u8>),
    /// Nothing.
    Dropped(Dropped),
}

/// What is to be done with a packet of the other side.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Inbound {
    /// It was protected: these bytes of the buffer are the packet inside.
    Opened {
        /// Where it stands.
        packet: Range<usize>,
        /// The SA it came by.
        child: Handle,
        /// Where it came from; behind a NAT this may change.
        from: SocketAddr,
    },
    /// It is to be taken as it is.
    Bypassed,
    /// An IKE message in UDP, behind its marker, or a NAT keepalive.
    Control,
    /// Nothing.
    Dropped(Dropped),
}

/// Why a packet was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dropped {
    /// It is no IP packet, or not all of it.
    NotIp,
    /// A fragment of a protected packet: the host puts it together first.
    Fragment,
    /// A policy discards it; `None` where no policy fits.
    Discarded {
        /// Place of the policy.
        policy: Option<usize>,
    },
    /// It came in the clear, and a policy wants it protected (RFC 4301 §5.2
    /// step 3a).
    Clear {
        /// Place of the policy.
        policy: usize,
    },
    /// No SA has this SPI (RFC 4301 §5.2 step 3).
    UnknownSpi {
        /// The SPI.
        spi: u32,
    },
    /// It does not open.
    Unprotect(UnprotectError),
    /// It opened, and is none that its SA is for (RFC 4301 §5.2 step 4).
    NotItsTraffic,
    /// It cannot be protected.
    Protect(ProtectError),
}

/// What went through, and what did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Packets protected.
    pub protected: u64,
    /// Packets opened.
    pub opened: u64,
    /// Packets let through as they are, both ways.
    pub bypassed: u64,
    /// Packets dropped, both ways.
    pub dropped: u64,
    /// Packets that asked for an SA.
    pub acquires: u64,
    /// Packets answered with an ICMP error.
    pub too_big: u64,
}

impl<P> DataPlane<P> {
    /// A data plane with these policies, for up to `children` pairs of SAs.
    #[must_use]
    pub fn new(spd: Spd<P>, children: usize) -> Self {
        Self {
            spd,
            cache: FlowCache::new(FLOWS),
            children: Sad::new(children),
            senders: BTreeMap::new(),
            by_peer: BTreeMap::new(),
            counts: Counts::default(),
        }
    }

    /// The policies.
    #[must_use]
    pub const fn policies(&self) -> &Spd<P> {
        &self.spd
    }

    /// The pairs of SAs.
    #[must_use]
    pub const fn children(&self) -> &Sad<Child> {
        &self.children
    }

    /// One pair of SAs, to be changed: the way a peer's address moved to, what
    /// its path lets through.
    pub fn child_mut(&mut self, child: Handle) -> Option<&mut Child> {
        self.children.get_mut(child)
    }

    /// What went through, and what did not.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// Puts in a pair of SAs. From now on it sends what fits its traffic; an
    /// older one still receives.
    ///
    /// # Errors
    ///
    /// Another SA has its SPI, or there is no room for more.
    pub fn install(&mut self, child: Child) -> Result<Handle, NotInstalled> {
        let policy = child.policy;
        let sent = (child.key().protocol, child.peer_spi());
        let inserted = self.children.insert(Some(child.key()), child);
        let handle = inserted.map_err(NotInstalled::from)?;
        self.senders.entry(policy).or_default().push(handle);
        self.by_peer.entry(sent).or_default().push(handle);
        Ok(handle)
    }

    /// Takes a pair of SAs out.
    pub fn remove(&mut self, child: Handle) -> Option<Child> {
        let removed = self.children.remove(child)?;
        let sent = (removed.key().protocol, removed.peer_spi());
        take_out(&mut self.senders, &removed.policy, child);
        take_out(&mut self.by_peer, &sent, child);
        Some(removed)
    }

    /// Processes the packet at `packet` of `buffer`, which comes from the
    /// protected side. [`HEADROOM`] bytes before it and [`TAILROOM`] behind it
    /// are enough for every SA.
    pub fn outbound(&mut self, now: Instant, buffer: &mut [u8], packet: Range<usize>) -> Outbound {
        let done = self.send(now, buffer, packet);
        let count = match &done {
            Outbound::Protected(_) => &mut self.counts.protected,
            Outbound::Bypassed => &mut self.counts.bypassed,
            Outbound::Acquire { .. } => &mut self.counts.acquires,
            Outbound::TooBig(_) => &mut self.counts.too_big,
            Outbound::Dropped(_) => &mut self.counts.dropped,
        };
        *count = count.saturating_add(1);
        done
    }

    fn send(&mut self, now: Instant, buffer: &mut [u8], packet: Range<usize>) -> Outbound {
        let bytes = buffer.get(packet.clone()).unwrap_or_default();
        let (Some(inner), Ok(read)) = (Inner::read(bytes), Packet::decode(bytes)) else {
            return Outbound::Dropped(Dropped::NotIp);
        };
        let asked = flow(&read, Direction::Out);
        let position = self.cache.position(&self.spd, Direction::Out, &asked);
        let policy = position.and_then(|at| self.spd.policies().get(at));
        let (Some(position), Some(policy)) = (position, policy) else {
            return Outbound::Dropped(Dropped::Discarded { policy: None });
        };
        match policy.action {
            Action::Bypass => return Outbound::Bypassed,
            Action::Discard => {
                let policy = Some(position);
                return Outbound::Dropped(Dropped::Discarded { policy });
            }
            Action::Protect(_) => {}
        }
        let sender = self.sender(now, position, &asked);
        let Some(child) = sender.and_then(|sender| self.children.get_mut(sender)) else {
            return match policy.traffic_for(&asked) {
                Some(traffic) => Outbound::Acquire {
                    policy: position,
                    traffic,
                },
                None => Outbound::Dropped(Dropped::Discarded {
                    policy: Some(position),
                }),
            };
        };
        if let Some(mtu) = child.too_big(now, &inner) {
            return Outbound::TooBig(reply::too_big(bytes, mtu));
        }
        match child.protect(now, buffer, packet) {
            Ok(outer) => Outbound::Protected(outer),
            Err(error) => Outbound::Dropped(Dropped::Protect(error)),
        }
    }

    /// The newest SA of the policy that is for `flow` and not at its end.
    fn sender(&self, now: Instant, policy: usize, flow: &Flow) -> Option<Handle> {
        let handles = self.senders.get(&policy)?.iter().rev();
        let mut usable = handles.filter(|handle| {
            let child = self.children.get(**handle);
            child.is_some_and(|child| {
                let takes = |traffic: &Traffic| traffic.contains(flow);
                child.age(now) != Age::Over && child.traffic.iter().any(takes)
            })
        });
        usable.next().copied()
    }

    /// Processes the packet at `packet` of `buffer`, which came from the other
    /// side and is for this host.
    pub fn inbound(&mut self, now: Instant, buffer: &mut [u8], packet: Range<usize>) -> Inbound {
        let done = match self.receive(now, buffer, packet) {
            Ok(done) => done,
            Err(why) => Inbound::Dropped(why),
        };
        let count = match &done {
            Inbound::Opened { .. } => &mut self.counts.opened,
            Inbound::Bypassed | Inbound::Control => &mut self.counts.bypassed,
            Inbound::Dropped(_) => &mut self.counts.dropped,
        };
        *count = count.saturating_add(1);
        done
    }

    fn receive(
        &mut self,
        now: Instant,
        buffer: &mut [u8],
        packet: Range<usize>,
    ) -> Result<Inbound, Dropped> {
        let bytes = buffer.get_mut(packet.clone()).unwrap_or_default();
        let len = Inner::read(bytes).ok_or(Dropped::NotIp)?.len;
        let whole = bytes.get_mut(..len).ok_or(Dropped::NotIp)?;
        let read = Packet::decode(whole).map_err(|_| Dropped::NotIp)?;
        let came = match Arrival::of(&read) {
            Arrival::Protected(came) => came,
            Arrival::Control => return Ok(Inbound::Control),
            Arrival::Clear => return self.clear(&read),
        };
        if read.fragment().is_some() {
            return Err(Dropped::Fragment);
        }
        let (source, destination) = (read.source(), read.destination());
        let (spi, class, head) = (came.spi, read.traffic_class(), read.head_len());
        let found = self
            .children
            .lookup(came.protocol, spi, source, destination);
        let unknown = Dropped::UnknownSpi { spi };
        let handle = found.ok_or(unknown)?;
        let child = self.children.get_mut(handle).ok_or(unknown)?;
        let inner = child
            .unprotect(now, whole, class, head, head.saturating_add(came.before))
            .map_err(Dropped::Unprotect)?;
        let opened = whole.get(inner.clone()).unwrap_or_default();
        let opened = Packet::decode(opened).map_err(|_| Dropped::NotIp)?;
        let flow = flow(&opened, Direction::In);
        if !child.traffic.iter().any(|traffic| traffic.contains(&flow)) {
            return Err(Dropped::NotItsTraffic);
        }
        let at = |place: usize| packet.start.saturating_add(place);
        Ok(Inbound::Opened {
            packet: at(inner.start)..at(inner.end),
            child: handle,
            from: SocketAddr::new(source, came.port),
        })
    }

    /// A packet that nothing protects.
    fn clear(&mut self, packet: &Packet<'_>) -> Result<Inbound, Dropped> {
        let flow = flow(packet, Direction::In);
        let position = self.cache.position(&self.spd, Direction::In, &flow);
        let policy = position.and_then(|at| self.spd.policies().get(at));
        match (position, policy.map(|policy| &policy.action)) {
            (_, Some(Action::Bypass)) => Ok(Inbound::Bypassed),
            (Some(policy), Some(Action::Protect(_))) => Err(Dropped::Clear { policy }),
            (policy, _) => Err(Dropped::Discarded { policy }),
        }
    }

    /// Takes in that a router says a packet of ours was too long: `quoted` is
    /// the beginning of that packet, `mtu` what the router lets through, or 0
    /// (RFC 4301 §8.2.1). Anybody can say so; see [`PathMtu::told`]. Returns
    /// the SA whose path is narrower than was known.
    ///
    /// [`PathMtu::told`]: crate::sa::path_mtu::PathMtu::told
    pub fn told_too_big(&mut self, now: Instant, quoted: &[u8], mtu: u16) -> Option<Handle> {
        let (read, _) = Packet::decode_lax(quoted).ok()?;
        let Arrival::Protected(sent) = Arrival::of(&read) else {
            return None;
        };
        let len = match read {
            Packet::V4(v4) => v4.total_length,
            Packet::V6(v6) => v6.payload_length.saturating_add(V6_HEADER),
        };
        let known = self.by_peer.get(&(sent.protocol, sent.spi))?;
        let to = read.destination();
        let goes_there = |handle: &&Handle| {
            let child = self.children.get(**handle);
            child.is_some_and(|child| child.goes_to(to))
        };
        let handle = *known.iter().find(goes_there)?;
        let child = self.children.get_mut(handle)?;
        child.path.told(now, mtu, len).then_some(handle)
    }

    /// Whether a key is free for an SA that comes in.
    #[must_use]
    pub fn is_free(&self, key: &Key) -> bool {
        !self.children.has(key)
    }
}

fn take_out<K: Ord>(lists: &mut BTreeMap<K, Vec<Handle>>, key: &K, child: Handle) {
    if let Some(list) = lists.get_mut(key) {
        list.retain(|other| *other != child);
        if list.is_empty() {
            lists.remove(key);
        }
    }
}

/// What a packet of the other side is.
enum Arrival {
    Protected(Came),
    Control,
    Clear,
}

struct Came {
    protocol: Protocol,
    spi: u32,
    /// Bytes of the UDP header before ESP.
    before: usize,
    /// The sender's UDP port, or 0.
    port: u16,
}

impl Arrival {
    fn of(packet: &Packet<'_>) -> Self {
        let payload = packet.payload();
        let spi_at = |at: usize| {
            let bytes = payload.get(at..).and_then(|rest| rest.first_chunk());
            bytes.map_or(0, |bytes| u32::from_be_bytes(*bytes))
        };
        let plain = |protocol, at| {
            Self::Protected(Came {
                protocol,
                spi: spi_at(at),
                before: 0,
                port: 0,
            })
        };
        match packet.protocol() {
            Protocol::ESP => plain(Protocol::ESP, 0),
            Protocol::AH => plain(Protocol::AH, 4),
            Protocol::UDP => Self::in_udp(payload),
            _ => Self::Clear,
        }
    }

    fn in_udp(payload: &[u8]) -> Self {
        let Ok((udp, _)) = Udp::decode_lax(payload) else {
            return Self::Clear;
        };
        if udp.destination_port != NAT_TRAVERSAL && udp.source_port != NAT_TRAVERSAL {
            return Self::Clear;
        }
        match classify(udp.payload) {
            Encapsulated::Esp(esp) => Self::Protected(Came {
                protocol: Protocol::ESP,
                spi: esp.first_chunk().map_or(0, |spi| u32::from_be_bytes(*spi)),
                before: UDP_HEADER,
                port: udp.source_port,
            }),
            Encapsulated::Ike(_) | Encapsulated::Keepalive => Self::Control,
            Encapsulated::Empty | Encapsulated::TooShort(_) => Self::Clear,
        }
    }
}

/// Why a pair of SAs was not put in; its keys are wiped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotInstalled {
    /// Another SA has its key.
    Taken {
        /// The key.
        key: Key,
    },
    /// There is no room for more.
    Full {
        /// How many there may be.
        limit: usize,
    },
}

impl From<Refused<Child>> for NotInstalled {
    fn from(refused: Refused<Child>) -> Self {
        match refused {
            Refused::Taken { key, .. } => Self::Taken { key },
            Refused::Full { limit, .. } => Self::Full { limit },
        }
    }
}

impl fmt::Display for NotInstalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken { key } => write!(f, "there is an SA with the SPI 0x{:08x}", key.spi),
            Self::Full { limit } => write!(f, "there are {limit} SAs already"),
        }
    }
}

impl core::error::Error for NotInstalled {}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotIp => f.write_str("not a whole IP packet"),
            Self::Fragment => f.write_str("a fragment of a protected packet"),
            Self::Discarded { policy: None } => f.write_str("no policy is for it"),
            Self::Discarded { .. } => f.write_str("a policy discards it"),
            Self::Clear { .. } => f.write_str("it came in the clear, and must not"),
            Self::UnknownSpi { spi } => write!(f, "no SA has the SPI 0x{spi:08x}"),
            Self::Unprotect(error) => error.fmt(f),
            Self::NotItsTraffic => f.write_str("it is none that its SA is for"),
            Self::Protect(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for Dropped {}

/// Bytes before a packet that every SA's headers fit in: IPv6, UDP, ESP and
/// the longest IV, or IPv6 and AH with the longest ICV.
pub const HEADROOM: usize = 128;

/// Bytes behind a packet that padding, trailer and check value fit in.
pub const TAILROOM: usize = 64;

/// Flows whose policy is remembered.
const FLOWS: usize = 4096;

/// UDP port of IKE and ESP behind NATs (RFC 3947 §4, RFC 3948 §2).
const NAT_TRAVERSAL: u16 = 4500;

const UDP_HEADER: usize = 8;
const V6_HEADER: u16 = 40;

#[cfg(feature = "rustcrypto")]
#[cfg(test)]
mod tests;
