//! What the heads of a frame tell, for whoever needs no more: tables of
//! packets, and the choice of frames that are worth reading further.

use super::dissection::{Content, Dissection, Quoted};
use crate::evidence::Route;
use crate::wire::ah::Ah;
use crate::wire::esp::Esp;
use crate::wire::isakmp;
use crate::wire::registry::ip::Protocol;

/// The heads of one frame: link, IP (reassembled where it came in fragments)
/// and UDP.
#[derive(Debug)]
#[non_exhaustive]
pub struct Heads<'a> {
    /// Who sent to whom; ports are 0 where there are none. `None` where the
    /// frame holds no IP packet that can be read.
    pub route: Option<Route>,
    /// What IP carries, by its number.
    pub protocol: Option<Protocol>,
    /// What it is all about.
    pub carries: Carries<'a>,
    /// Whether UDP encapsulates it (RFC 3948).
    pub in_udp: bool,
    /// The name of what IP carries, or of what is there instead of IP.
    below: &'static str,
}

/// What a frame carries, going by its heads and ports.
#[derive(Debug)]
#[non_exhaustive]
pub enum Carries<'a> {
    /// An IKE message of either version, or what stands in its place: its
    /// bytes, not read.
    Ike(&'a [u8]),
    /// An ESP packet, plain or in UDP.
    Esp(Esp<'a>),
    /// An AH packet.
    Ah(Ah<'a>),
    /// A NAT keepalive.
    Keepalive,
    /// An ICMP or ICMPv6 error.
    IcmpError(Quoted),
    /// A fragment of a datagram that is not whole yet.
    Fragment,
    /// Something whose head cannot be read.
    Unreadable,
    /// Anything else.
    Other,
}

impl<'a> Heads<'a> {
    /// The heads out of a dissection whose IKE message is not read yet.
    pub(super) fn new(found: Dissection<'a>, message: Option<&'a [u8]>) -> Self {
        let (in_udp, below) = (found.in_udp(), found.protocol_below());
        Self {
            route: found.ip.is_some().then_some(found.route),
            protocol: found.ip.map(|ip| ip.protocol()),
            carries: message.map_or_else(|| Carries::of(found.content), Carries::Ike),
            in_udp,
            below,
        }
    }

    /// The protocol that it is about, by the name that
    /// [`Summary`](super::Summary) has for it.
    #[must_use]
    pub fn protocol_name(&self) -> &'static str {
        match &self.carries {
            Carries::Ike(message) => match isakmp::peek(message).map(|peek| peek.version >> 4) {
                Some(1) => "IKEv1",
                Some(2) => "IKEv2",
                Some(_) => "IKE",
                None => self.below,
            },
            Carries::Esp(_) => "ESP",
            Carries::Ah(_) => "AH",
            Carries::Keepalive => "NAT keepalive",
            Carries::IcmpError(_) => "ICMP",
            Carries::Fragment => "IP fragment",
            Carries::Unreadable | Carries::Other => self.below,
        }
    }
}

impl<'a> Carries<'a> {
    fn of(content: Content<'a>) -> Self {
        match content {
            Content::Ike(read) => Self::Ike(read.bytes),
            Content::Isakmp(read) => Self::Ike(read.bytes),
            Content::Esp(esp) => Self::Esp(esp),
            Content::Ah(ah) => Self::Ah(ah),
            Content::Keepalive => Self::Keepalive,
            Content::IcmpError(quoted) => Self::IcmpError(quoted),
            Content::Fragment => Self::Fragment,
            Content::UnreadableLink(_) | Content::Unreadable(_) => Self::Unreadable,
            Content::Other => Self::Other,
        }
    }
}
