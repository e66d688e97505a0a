//! What a packet of the other side is, as its head tells (RFC 4301 §5.2 step
//! 2, RFC 3948 §2).

use crate::wire::encap::{Encapsulated, classify};
use crate::wire::ip::Packet;
use crate::wire::registry::ip::Protocol;
use crate::wire::udp::Udp;

/// What it is.
pub(super) enum Arrival {
    Protected(Came),
    /// A part of a protected packet, or of an IKE message.
    Fragment,
    Control,
    Clear,
}

/// How a protected packet came.
#[derive(Clone, Copy)]
pub(super) struct Came {
    pub(super) protocol: Protocol,
    pub(super) spi: u32,
    /// Bytes of the UDP header before ESP.
    pub(super) before: usize,
    /// The UDP ports, or zeros.
    pub(super) ports: (u16, u16),
}

impl Arrival {
    pub(super) fn of(packet: &Packet<'_>) -> Self {
        let payload = packet.payload();
        let fragment = packet.fragment();
        let begins = fragment.is_none_or(|fragment| fragment.offset == 0);
        let is = match packet.protocol() {
            Protocol::ESP => plain(Protocol::ESP, payload, 0),
            Protocol::AH => plain(Protocol::AH, payload, 4),
            Protocol::UDP if begins => in_udp(payload),
            _ => Self::Clear,
        };
        let whole = fragment.is_none() || matches!(is, Self::Clear);
        if whole { is } else { Self::Fragment }
    }
}

fn plain(protocol: Protocol, payload: &[u8], at: usize) -> Arrival {
    let spi = payload.get(at..).and_then(|rest| rest.first_chunk());
    Arrival::Protected(Came {
        protocol,
        spi: spi.map_or(0, |spi| u32::from_be_bytes(*spi)),
        before: 0,
        ports: (0, 0),
    })
}

fn in_udp(payload: &[u8]) -> Arrival {
    let Ok((udp, _)) = Udp::decode_lax(payload) else {
        return Arrival::Clear;
    };
    let ports = (udp.source_port, udp.destination_port);
    if ports.0 != NAT_TRAVERSAL && ports.1 != NAT_TRAVERSAL {
        return Arrival::Clear;
    }
    match classify(udp.payload) {
        Encapsulated::Esp(esp) => Arrival::Protected(Came {
            protocol: Protocol::ESP,
            spi: esp.first_chunk().map_or(0, |spi| u32::from_be_bytes(*spi)),
            before: UDP_HEADER,
            ports,
        }),
        Encapsulated::Ike(_) | Encapsulated::Keepalive => Arrival::Control,
        Encapsulated::Empty | Encapsulated::TooShort(_) => Arrival::Clear,
    }
}

/// UDP port of IKE and ESP behind NATs (RFC 3947 §4, RFC 3948 §2).
const NAT_TRAVERSAL: u16 = 4500;

const UDP_HEADER: usize = 8;
