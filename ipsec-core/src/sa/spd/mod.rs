//! The security policy database: what happens to which packets
//! (RFC 4301 §4.4.1 and §5).
//!
//! Policies are ordered, the first that fits a packet decides, and what none
//! fits is discarded. A tree over the policies finds the first one without
//! looking at each; it is built anew when they change. It takes the place of
//! decorrelation (RFC 4301 appendix B): its leaves do not overlap, and in each
//! the first policy is known.

mod cache;
mod region;
mod tree;

pub use cache::{FLOWS_MAX, FlowCache};

use super::pad::Pattern;
use super::selector::{Ports, Selector};
use crate::wire::registry::ike::IdType;
use crate::wire::registry::ip::Protocol;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;
use region::{Point, Region};
use tree::Tree;

/// One packet as policies see it: ours is the source on the way out, and the
/// destination on the way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_structs,
    reason = "the selectors of RFC 4301 §4.4.1.1"
)]
pub struct Flow {
    /// The address on our side.
    pub local: IpAddr,
    /// The address on the peer's side.
    pub remote: IpAddr,
    /// The protocol behind the IP headers. A fragment that does not show it has
    /// the number of the extension header before it, which only ANY takes in.
    pub protocol: Protocol,
    /// The ports, local and remote; `None` for a packet that shows none, as a
    /// fragment. Of ICMP the type and code, of the mobility header the type,
    /// in both places; only our end's selector is compared with what we send,
    /// and the peer's with what we receive (RFC 4301 §4.4.1.3).
    pub ports: Option<(u16, u16)>,
}

/// Which way packets go that a policy is for (RFC 4301 §4.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "there are two ways")]
pub enum Direction {
    /// From the protected side (SPD-S and SPD-O).
    Out,
    /// From the other (SPD-S and SPD-I).
    In,
}

/// What a policy does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 4301 §4.4.1 has these three")]
pub enum Action<P> {
    /// Nothing passes.
    Discard,
    /// It passes in the clear.
    Bypass,
    /// It passes in an SA of this kind.
    Protect(P),
}

/// Packets between two sets of addresses, ports and protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a flow has two ends")]
pub struct Traffic {
    /// On our side.
    pub local: Selector,
    /// On the peer's side. Only protocols of both are meant.
    pub remote: Selector,
}

impl Traffic {
    /// Whether `flow`, which goes this way, is part of it.
    #[must_use]
    pub fn contains(&self, direction: Direction, flow: &Flow) -> bool {
        let point = Point::of(flow);
        let region = Region::of(self, direction);
        point
            .zip(region)
            .is_some_and(|(point, region)| region.contains(&point))
    }

    /// The protocol that both ends mean; 0 is any.
    fn protocol(&self) -> u8 {
        self.local.protocol().max(self.remote.protocol())
    }

    /// Whether it takes in packets that show no port, and those alone.
    #[must_use]
    pub fn is_of_fragments(&self) -> bool {
        self.local.ports() == Ports::OPAQUE || self.remote.ports() == Ports::OPAQUE
    }
}

/// Which selectors of an SA come from the packet that asked for it, and not
/// from the policy ("populate from packet", RFC 4301 §4.4.1.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "the flags of RFC 4301 §4.4.1.2")]
pub struct FromPacket {
    /// Our address.
    pub local: bool,
    /// The peer's address.
    pub remote: bool,
    /// The protocol.
    pub protocol: bool,
    /// Our port.
    pub local_port: bool,
    /// The peer's port.
    pub remote_port: bool,
}

/// One policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy<P> {
    /// What people call it.
    pub name: String,
    /// Which way; `None` is both.
    pub direction: Option<Direction>,
    /// What it is for: any of these.
    pub traffic: Vec<Traffic>,
    /// What it does.
    pub action: Action<P>,
    /// What an SA takes from the packet that asked for it.
    pub from_packet: FromPacket,
    /// Peers that it is for whatever their address, known by the identity that
    /// they prove (RFC 4301 §4.4.1.1, "name").
    pub peers: Vec<Pattern>,
}

impl<P> Policy<P> {
    /// A policy for both directions.
    #[must_use]
    pub fn new(name: impl Into<String>, traffic: Vec<Traffic>, action: Action<P>) -> Self {
        Self {
            name: name.into(),
            direction: None,
            traffic,
            action,
            from_packet: FromPacket::default(),
            peers: Vec::new(),
        }
    }

    /// The same, for packets that go this way.
    #[must_use]
    pub const fn one_way(mut self, direction: Direction) -> Self {
        self.direction = Some(direction);
        self
    }

    /// Whether it is for `flow`.
    #[must_use]
    pub fn fits(&self, direction: Direction, flow: &Flow) -> bool {
        let way = self.direction.is_none_or(|only| only == direction);
        way && self.part(direction, flow).is_some()
    }

    /// The first part of its traffic that `flow` belongs to.
    #[must_use]
    pub fn part(&self, direction: Direction, flow: &Flow) -> Option<&Traffic> {
        let mut parts = self.traffic.iter();
        parts.find(|part| part.contains(direction, flow))
    }

    /// The traffic of an SA that a packet of ours, of `flow`, asks for under
    /// this policy: the part that fits it, narrowed to the packet as
    /// [`Policy::from_packet`] says (RFC 4301 §4.4.2.2). `None` where it fits
    /// no part, or does not show what is to be taken from it.
    #[must_use]
    pub fn traffic_for(&self, flow: &Flow) -> Option<Traffic> {
        let part = self.part(Direction::Out, flow)?;
        let flags = self.from_packet;
        let protocol = match flags.protocol {
            true => flow.protocol.0,
            false => part.protocol(),
        };
        let (ours, theirs) = match flow.ports {
            Some((ours, theirs)) => (Some(ours), Some(theirs)),
            None if shows_ports(flow.protocol) && flags.of_ports() => return None,
            None => (None, None),
        };
        let local = region::narrowed(
            &part.local,
            flags.local.then_some(flow.local),
            ours.filter(|_| flags.local_port),
        );
        let remote = region::narrowed(
            &part.remote,
            flags.remote.then_some(flow.remote),
            theirs.filter(|_| flags.remote_port),
        );
        Some(Traffic {
            local: local?.with_protocol(protocol),
            remote: remote?.with_protocol(protocol),
        })
    }

    /// Whether it takes from packets what its own selectors say they never
    /// show.
    fn takes_what_is_hidden(&self) -> bool {
        let flags = self.from_packet;
        self.traffic.iter().any(|part| {
            flags.local_port && part.local.ports() == Ports::OPAQUE
                || flags.remote_port && part.remote.ports() == Ports::OPAQUE
        })
    }
}

impl FromPacket {
    const fn of_ports(self) -> bool {
        self.local_port || self.remote_port
    }
}

/// Whether packets of this protocol show ports, or a type in their place,
/// unless they are fragments.
pub(crate) const fn shows_ports(protocol: Protocol) -> bool {
    matches!(
        protocol,
        Protocol::TCP
            | Protocol::UDP
            | Protocol::SCTP
            | Protocol::UDPLITE
            | Protocol::DCCP
            | Protocol::ICMP
            | Protocol::ICMPV6
            | Protocol::MOBILITY_HEADER
    )
}

/// All policies, in their order.
///
/// ```
/// use ipsec_core::sa::spd::{Action, Direction, Flow, Policy, Spd, Traffic};
/// use ipsec_core::sa::selector::Selector;
/// use ipsec_core::wire::registry::ip::Protocol;
/// let net = |text: &str| Selector::new(text.parse().unwrap());
/// let lans = Traffic { local: net("10.1.0.0/16"), remote: net("10.2.0.0/16") };
/// let spd = Spd::new(vec![Policy::new("lans", vec![lans], Action::Protect(()))]).unwrap();
/// let mut flow = Flow {
///     local: "10.1.0.1".parse().unwrap(),
///     remote: "10.2.0.1".parse().unwrap(),
///     protocol: Protocol::TCP,
///     ports: Some((1025, 80)),
/// };
/// assert_eq!(spd.lookup(Direction::Out, &flow).unwrap().name, "lans");
/// flow.remote = "192.0.2.1".parse().unwrap();
/// assert!(spd.lookup(Direction::Out, &flow).is_none());
/// ```
#[derive(Clone, Debug)]
pub struct Spd<P> {
    policies: Vec<Policy<P>>,
    ways: [Tree; 2],
    version: u64,
}

impl<P> Spd<P> {
    /// A database of `policies`, the first of which goes before all others.
    ///
    /// # Errors
    ///
    /// There are more of them than [`POLICIES_MAX`], or one contradicts itself.
    pub fn new(policies: Vec<Policy<P>>) -> Result<Self, PolicyError> {
        let ways = index(&policies)?;
        Ok(Self {
            policies,
            ways,
            version: 0,
        })
    }

    /// All policies in order.
    #[must_use]
    pub fn policies(&self) -> &[Policy<P>] {
        &self.policies
    }

    /// Which state of the database this is; it grows with each change.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Puts other policies in the place of all, which come back.
    ///
    /// # Errors
    ///
    /// As [`Spd::new`]; the database is then as it was.
    pub fn replace(&mut self, policies: Vec<Policy<P>>) -> Result<Vec<Policy<P>>, PolicyError> {
        self.ways = index(&policies)?;
        self.version = self.version.saturating_add(1);
        Ok(core::mem::replace(&mut self.policies, policies))
    }

    /// The first policy that fits; `None` is discard (RFC 4301 §4.4.1).
    #[must_use]
    pub fn lookup(&self, direction: Direction, flow: &Flow) -> Option<&Policy<P>> {
        self.policies.get(self.position(direction, flow)?)
    }

    /// Its place in the order.
    #[must_use]
    pub fn position(&self, direction: Direction, flow: &Flow) -> Option<usize> {
        let [out, inwards] = &self.ways;
        let tree = match direction {
            Direction::Out => out,
            Direction::In => inwards,
        };
        tree.first(&Point::of(flow)?)
    }

    /// The policies for a peer that proved this identity, with their places;
    /// its address takes the place of their remote one (RFC 4301 §4.4.1.1).
    pub fn of_peer(&self, kind: IdType, data: &[u8]) -> impl Iterator<Item = (usize, &Policy<P>)> {
        let policies = self.policies.iter().enumerate();
        policies.filter(move |(_, policy)| {
            let mut peers = policy.peers.iter();
            peers.any(|pattern| pattern.fits(kind, data))
        })
    }

    /// Which policy decides, and which would have if it were not there.
    #[must_use]
    pub fn explain(&self, direction: Direction, flow: &Flow) -> Decision<'_, P> {
        let mut fitting = self
            .policies
            .iter()
            .filter(|policy| policy.fits(direction, flow));
        Decision {
            winner: fitting.next(),
            shadowed: fitting.collect(),
        }
    }
}

/// Why something happens to a packet.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Decision<'s, P> {
    /// The policy that decides; without one the packet is discarded.
    pub winner: Option<&'s Policy<P>>,
    /// Policies behind it that fit as well, in order.
    pub shadowed: Vec<&'s Policy<P>>,
}

/// Why policies are no database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyError {
    /// There are more of them, or more parts of them.
    TooMany {
        /// How many there may be.
        limit: usize,
    },
    /// One takes a port from packets that by its own selectors show none
    /// (RFC 4301 §4.4.2.2).
    OpaqueFromPacket {
        /// Its place.
        policy: usize,
    },
}

impl core::fmt::Display for PolicyError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::TooMany { limit } => write!(f, "more than {limit} policies"),
            Self::OpaqueFromPacket { policy } => {
                write!(
                    f,
                    "policy {policy} takes a port from packets that show none"
                )
            }
        }
    }
}

impl core::error::Error for PolicyError {}

fn index<P>(policies: &[Policy<P>]) -> Result<[Tree; 2], PolicyError> {
    let parts: usize = policies.iter().map(|policy| policy.traffic.len()).sum();
    if parts.max(policies.len()) > POLICIES_MAX {
        let limit = POLICIES_MAX;
        return Err(PolicyError::TooMany { limit });
    }
    if let Some(policy) = policies.iter().position(Policy::takes_what_is_hidden) {
        return Err(PolicyError::OpaqueFromPacket { policy });
    }
    Ok([Direction::Out, Direction::In].map(|direction| {
        let meant = |policy: &Policy<P>| policy.direction.is_none_or(|only| only == direction);
        let all = policies.iter().enumerate();
        let all = all.filter(|(_, policy)| meant(policy));
        let regions = all.flat_map(|(at, policy)| {
            let parts = policy.traffic.iter();
            parts.filter_map(move |part| Some((at, Region::of(part, direction)?)))
        });
        Tree::new(regions.collect())
    }))
}

/// Policies, and their parts, of one database.
pub const POLICIES_MAX: usize = 1 << 20;

#[cfg(test)]
mod tests;
