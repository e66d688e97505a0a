//! What IP carries: one step from a protocol number to a typed head, and the
//! packets that ICMP quotes.

use super::ah::{self, Ah};
use super::encap::{self, Encapsulated, IKE_PORT, NAT_TRAVERSAL_PORT};
use super::esp::{self, Esp};
use super::icmp::{self, Icmp, Icmpv6};
use super::ip::{Packet, TRAILING};
use super::layout::{Encoder, Field, Layout, Show};
use super::leaf::DecodeError;
use super::registry::ip::Protocol;
use super::tcp::{self, Tcp};
use super::udp::{self, Udp};
use super::{ike, isakmp};
use alloc::vec::Vec;

/// The payload of an IP packet, by its protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Upper<'a> {
    /// UDP.
    Udp(Udp<'a>),
    /// TCP.
    Tcp(Tcp<'a>),
    /// ICMP.
    Icmp(Icmp<'a>),
    /// ICMPv6.
    Icmpv6(Icmpv6<'a>),
    /// ESP.
    Esp(Esp<'a>),
    /// AH.
    Ah(Ah<'a>),
    /// A protocol without a head of its own here, IP in IP among them.
    Other {
        /// The protocol.
        protocol: Protocol,
        /// All of the payload.
        bytes: &'a [u8],
    },
    /// One of the protocols above whose fixed head is not there in full.
    Short {
        /// The protocol.
        protocol: Protocol,
        /// What is there.
        bytes: &'a [u8],
    },
}

impl<'a> Upper<'a> {
    /// Reads the head of a payload as far as it can be read; see
    /// [`Upper::fault`].
    #[must_use]
    #[inline]
    pub fn read(protocol: Protocol, bytes: &'a [u8]) -> Self {
        let short = Self::Short { protocol, bytes };
        match protocol {
            Protocol::UDP => Udp::decode_lax(bytes).map_or(short, |(udp, _)| Self::Udp(udp)),
            Protocol::ESP => Esp::decode(bytes).map_or(short, Self::Esp),
            _ => Self::read_rarer(protocol, bytes),
        }
    }

    /// Apart from the rest so that the ordinary path stays small.
    #[inline(never)]
    fn read_rarer(protocol: Protocol, bytes: &'a [u8]) -> Self {
        let short = Self::Short { protocol, bytes };
        match protocol {
            Protocol::TCP => Tcp::decode_lax(bytes).map_or(short, |(tcp, _)| Self::Tcp(tcp)),
            Protocol::AH => Ah::decode_lax(bytes).map_or(short, |(ah, _)| Self::Ah(ah)),
            Protocol::ICMP => Icmp::decode(bytes).map_or(short, Self::Icmp),
            Protocol::ICMPV6 => Icmpv6::decode(bytes).map_or(short, Self::Icmpv6),
            _ => Self::Other { protocol, bytes },
        }
    }

    /// What is wrong with the head, with its offset in the payload.
    #[must_use]
    #[inline]
    pub fn fault(&self) -> Option<DecodeError> {
        match self {
            Self::Udp(udp) => udp.fault(),
            Self::Tcp(tcp) => tcp.fault(),
            Self::Ah(ah) => ah.fault(),
            Self::Short { protocol, bytes } => missing(*protocol, bytes),
            Self::Icmp(_) | Self::Icmpv6(_) | Self::Esp(_) | Self::Other { .. } => None,
        }
    }

    /// Source and destination port, also of a head cut short behind them.
    #[must_use]
    pub const fn ports(&self) -> Option<(u16, u16)> {
        match *self {
            Self::Udp(udp) => Some((udp.source_port, udp.destination_port)),
            Self::Tcp(tcp) => Some((tcp.source_port, tcp.destination_port)),
            Self::Short {
                protocol: Protocol::UDP | Protocol::TCP,
                bytes: &[a, b, c, d, ..],
            } => Some((u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]))),
            Self::Short { .. }
            | Self::Icmp(_)
            | Self::Icmpv6(_)
            | Self::Esp(_)
            | Self::Ah(_)
            | Self::Other { .. } => None,
        }
    }

    /// The SPI of ESP or AH, also of a head cut short behind it.
    #[must_use]
    pub const fn spi(&self) -> Option<u32> {
        match *self {
            Self::Esp(esp) => Some(esp.spi),
            Self::Ah(ah) => Some(ah.spi),
            Self::Short {
                protocol: Protocol::ESP,
                bytes: &[a, b, c, d, ..],
            }
            | Self::Short {
                protocol: Protocol::AH,
                bytes: &[_, _, _, _, a, b, c, d, ..],
            } => Some(u32::from_be_bytes([a, b, c, d])),
            Self::Short { .. }
            | Self::Udp(_)
            | Self::Tcp(_)
            | Self::Icmp(_)
            | Self::Icmpv6(_)
            | Self::Other { .. } => None,
        }
    }

    /// What [`Upper::lay_out`] leaves to the next protocol.
    #[must_use]
    pub const fn payload(&self) -> &'a [u8] {
        match self {
            Self::Udp(udp) => udp.payload,
            Self::Tcp(tcp) => tcp.payload,
            Self::Ah(ah) => ah.payload,
            Self::Other { bytes, .. } => bytes,
            Self::Icmp(_) | Self::Icmpv6(_) | Self::Esp(_) | Self::Short { .. } => &[],
        }
    }

    /// Bytes after the payload that a UDP length leaves out.
    #[must_use]
    pub const fn trailing(&self) -> &'a [u8] {
        match self {
            Self::Udp(udp) => udp.trailing,
            Self::Tcp(_)
            | Self::Ah(_)
            | Self::Other { .. }
            | Self::Icmp(_)
            | Self::Icmpv6(_)
            | Self::Esp(_)
            | Self::Short { .. } => &[],
        }
    }

    /// Lays out the head of UDP, TCP and AH, the whole of ICMP and ESP, what
    /// is there of a head cut short, and nothing of other protocols.
    #[inline]
    pub fn lay_out(&self, out: &mut impl Layout) {
        match self {
            Self::Udp(udp) => udp.lay_out(out),
            Self::Tcp(tcp) => tcp.lay_out(out),
            Self::Icmp(icmp) => icmp.lay_out(out),
            Self::Icmpv6(icmp) => icmp.lay_out(out),
            Self::Esp(esp) => esp.lay_out(out),
            Self::Ah(ah) => ah.lay_out(out),
            Self::Other { .. } => {}
            Self::Short { protocol, bytes } => {
                let error = missing(*protocol, bytes);
                lay_out_short(*protocol, bytes, error.as_ref(), out);
            }
        }
    }

    /// Like [`Upper::lay_out`] for what a fragment, a snap length or an ICMP
    /// quote has cut: bytes that are missing are not marked as malformed.
    pub fn lay_out_cut(&self, out: &mut impl Layout) {
        match self {
            Self::Udp(udp) => udp.lay_out_cut(out),
            Self::Short { protocol, bytes } => lay_out_short(*protocol, bytes, None, out),
            Self::Tcp(_)
            | Self::Icmp(_)
            | Self::Icmpv6(_)
            | Self::Esp(_)
            | Self::Ah(_)
            | Self::Other { .. } => self.lay_out(out),
        }
    }

    /// Lays out a payload that nothing else reads, as one field.
    pub fn lay_out_payload(&self, out: &mut impl Layout) {
        out.bytes(&PAYLOAD, self.payload());
    }

    /// Lays out the bytes that a UDP length leaves out, as one field.
    #[inline]
    pub fn lay_out_trailing(&self, out: &mut impl Layout) {
        out.bytes(&TRAILING, self.trailing());
    }

    /// Appends the bytes that [`Upper::lay_out`] lays out.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.lay_out(&mut Encoder::new(out));
    }
}

/// Why the fixed head of `protocol` cannot be read from `bytes`.
#[cold]
fn missing(protocol: Protocol, bytes: &[u8]) -> Option<DecodeError> {
    match protocol {
        Protocol::UDP => Udp::decode_lax(bytes).err(),
        Protocol::TCP => Tcp::decode_lax(bytes).err(),
        Protocol::ESP => Esp::decode(bytes).err(),
        Protocol::AH => Ah::decode_lax(bytes).err(),
        Protocol::ICMP => Icmp::decode(bytes).err(),
        Protocol::ICMPV6 => Icmpv6::decode(bytes).err(),
        _ => None,
    }
}

#[cold]
fn lay_out_short(
    protocol: Protocol,
    bytes: &[u8],
    error: Option<&DecodeError>,
    out: &mut impl Layout,
) {
    let group = match protocol {
        Protocol::UDP => &udp::UDP,
        Protocol::TCP => &tcp::TCP,
        Protocol::ESP => &esp::ESP,
        Protocol::AH => &ah::AH,
        Protocol::ICMP => &icmp::ICMP,
        _ => &icmp::ICMPV6,
    };
    out.group(group, |out| {
        let rest = match (protocol, bytes) {
            (Protocol::UDP | Protocol::TCP, &[a, b, c, d, ref rest @ ..]) => {
                out.u16(&udp::SRC_PORT, u16::from_be_bytes([a, b]));
                out.u16(&udp::DST_PORT, u16::from_be_bytes([c, d]));
                rest
            }
            (Protocol::ESP, &[a, b, c, d, ref rest @ ..]) => {
                out.u32(&esp::SPI, u32::from_be_bytes([a, b, c, d]));
                rest
            }
            (Protocol::AH, &[next, length, r0, r1, a, b, c, d, ref rest @ ..]) => {
                out.u8(&ah::NEXT_HEADER, next);
                out.u8(&ah::LENGTH, length);
                out.u16(&ah::RESERVED, u16::from_be_bytes([r0, r1]));
                out.u32(&ah::SPI, u32::from_be_bytes([a, b, c, d]));
                rest
            }
            _ => bytes,
        };
        out.bytes(&UNREAD, rest);
        if let Some(error) = error {
            out.malformed(error);
        }
    });
}

impl<'a> Packet<'a> {
    /// The payload read as what [`Packet::protocol`] says it is; `None` for a
    /// fragment other than the first.
    #[must_use]
    #[inline]
    pub fn upper(&self) -> Option<Upper<'a>> {
        let first = self.fragment().is_none_or(|fragment| fragment.offset == 0);
        first.then(|| Upper::read(self.protocol(), self.payload()))
    }
}

impl Icmp<'_> {
    /// Lays out the message, with the head of a quoted packet.
    pub fn lay_out(&self, out: &mut impl Layout) {
        self.lay_out_with(lay_out_quoted, out);
    }
}

impl Icmpv6<'_> {
    /// Lays out the message, with the head of a quoted packet.
    pub fn lay_out(&self, out: &mut impl Layout) {
        self.lay_out_with(lay_out_quoted, out);
    }
}

/// Lays out the packet that an ICMP error quotes, which may be cut anywhere.
fn lay_out_quoted<L: Layout>(bytes: &[u8], out: &mut L) {
    let Ok((packet, _)) = Packet::decode_lax(bytes) else {
        out.bytes(&UNREAD, bytes);
        return;
    };
    packet.lay_out_cut(out);
    let Some(mut upper) = packet.upper() else {
        out.bytes(&PAYLOAD, packet.payload());
        packet.lay_out_trailing(out);
        return;
    };
    if let Upper::Ah(ah) = upper {
        ah.lay_out(out);
        upper = Upper::read(ah.next_header, ah.payload);
    }
    match upper {
        // Errors are not sent about errors (RFC 1122 §3.2.2), so quotes do not nest.
        Upper::Icmp(icmp) => icmp.lay_out_flat(out),
        Upper::Icmpv6(icmp) => icmp.lay_out_flat(out),
        Upper::Udp(_)
        | Upper::Tcp(_)
        | Upper::Esp(_)
        | Upper::Ah(_)
        | Upper::Other { .. }
        | Upper::Short { .. } => upper.lay_out_cut(out),
    }
    let told = matches!(upper, Upper::Udp(udp) if lay_out_ike(&udp, out));
    if !told {
        upper.lay_out_payload(out);
    }
    upper.lay_out_trailing(out);
    packet.lay_out_trailing(out);
}

/// Lays out the IKE message that a quoted datagram begins, as far as it goes;
/// false when there is none.
fn lay_out_ike<L: Layout>(udp: &Udp<'_>, out: &mut L) -> bool {
    let on = |port| udp.source_port == port || udp.destination_port == port;
    let encapsulated = encap::classify(udp.payload);
    let message = if let Encapsulated::Ike(message) = encapsulated
        && on(NAT_TRAVERSAL_PORT)
    {
        message
    } else if on(IKE_PORT) {
        udp.payload
    } else {
        return false;
    };
    let Some(head) = isakmp::peek(message) else {
        return false;
    };
    let marked = message.len() < udp.payload.len();
    let mark = |out: &mut L| {
        if marked {
            encapsulated.lay_out(out);
        }
    };
    if head.version >> 4 == 1 {
        let read = isakmp::Message::decode_lax(message);
        read.map(|(message, _)| {
            mark(out);
            message.lay_out(out);
        })
        .is_ok()
    } else {
        let read = ike::Message::decode_lax(message);
        read.map(|(message, _)| {
            mark(out);
            message.lay_out(out);
        })
        .is_ok()
    }
}

static UNREAD: Field = Field::new(
    "unread",
    "Unread bytes",
    "What is there of a head that is cut short",
    Show::Bytes,
);
static PAYLOAD: Field = Field::new("payload", "Payload", "What the packet carries", Show::Bytes);
