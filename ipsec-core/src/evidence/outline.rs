//! What a printed line tells of a packet whose bytes are not at hand.

use super::Route;
use crate::wire::encap::{IKE_PORT, NAT_TRAVERSAL_PORT};
use crate::wire::registry::ip::Protocol;

/// A packet as its heads and lengths show it: all that printed text keeps of
/// most packets. What the text does not tell is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct PacketOutline {
    /// Who sent to whom; ports are 0 where there are none.
    pub route: Route,
    /// IP protocol number.
    pub protocol: u8,
    /// Bytes behind the UDP or TCP head; for other protocols behind the IP
    /// header.
    pub payload_len: Option<usize>,
    /// Time to live, or hop limit.
    pub ttl: Option<u8>,
    /// Identification field of IPv4.
    pub ip_id: Option<u16>,
    /// Don't Fragment is set.
    pub dont_fragment: Option<bool>,
    /// Type of service, or traffic class.
    pub tos: Option<u8>,
    /// Of a TCP segment.
    pub tcp: Option<TcpOutline>,
    /// The phase of IKE to which the words above the packet assign it.
    pub said_phase: Option<u8>,
}

impl PacketOutline {
    /// A packet of which only addresses and protocol are known.
    #[must_use]
    pub const fn new(route: Route, protocol: u8) -> Self {
        Self {
            route,
            protocol,
            payload_len: None,
            ttl: None,
            ip_id: None,
            dont_fragment: None,
            tos: None,
            tcp: None,
            said_phase: None,
        }
    }

    /// ESP, AH, or UDP from or to a port of IKE.
    #[must_use]
    pub fn is_ipsec(&self) -> bool {
        self.is_ike() || [Protocol::ESP.0, Protocol::AH.0].contains(&self.protocol)
    }

    /// UDP from or to a port of IKE.
    #[must_use]
    pub fn is_ike(&self) -> bool {
        let ports = [self.route.from.port(), self.route.to.port()];
        let of_ike = |port: &u16| [IKE_PORT, NAT_TRAVERSAL_PORT].contains(port);
        self.protocol == Protocol::UDP.0 && ports.iter().any(of_ike)
    }
}

/// The head of a TCP segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct TcpOutline {
    /// It opens the connection, from this side.
    pub syn: bool,
    /// It ends it.
    pub fin: bool,
    /// It breaks it off.
    pub rst: bool,
    /// Sequence number; of segments behind the first, programs print it
    /// counted from the initial one.
    pub sequence: Option<u32>,
    /// Acknowledgement number, counted in the same way.
    pub ack: Option<u32>,
}
