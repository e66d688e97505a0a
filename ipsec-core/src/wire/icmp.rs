//! ICMP (RFC 792, RFC 1191, RFC 4884) and ICMPv6 (RFC 4443): echo, and the
//! errors that quote the packet they are about.

use super::checksum::{Sum, Verdict, judge, pseudo_header};
use super::layout::{Encoder, Field, Layout, Show};
use super::leaf::{DecodeError, DecodeErrorKind};
use super::registry::ip::{IcmpType, Icmpv6Type, Protocol, Unreachable6Code, UnreachableCode};
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An ICMP message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a fixed wire format that callers build"
)]
pub struct Icmp<'a> {
    /// What it says.
    pub kind: IcmpType,
    /// What exactly; meaning depends on the type.
    pub code: u8,
    /// Checksum of the message.
    pub checksum: u16,
    /// The second half of the head, whose meaning depends on the type.
    pub rest: [u8; 4],
    /// What follows the head.
    pub body: &'a [u8],
}

/// An ICMPv6 message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a fixed wire format that callers build"
)]
pub struct Icmpv6<'a> {
    /// What it says.
    pub kind: Icmpv6Type,
    /// What exactly; meaning depends on the type.
    pub code: u8,
    /// Checksum of the message and a pseudo-header.
    pub checksum: u16,
    /// The second half of the head, whose meaning depends on the type.
    pub rest: [u8; 4],
    /// What follows the head.
    pub body: &'a [u8],
}

/// Number and sequence of an echo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a fixed wire format")]
pub struct Echo {
    /// Who asks.
    pub id: u16,
    /// Which of its questions.
    pub sequence: u16,
}

macro_rules! message {
    ($type:ident, $kind:ident, $echo:ident, $group:ident) => {
        impl<'a> $type<'a> {
            /// Reads a message that fills `i`.
            ///
            /// # Errors
            /// When its head is cut short.
            #[inline]
            pub fn decode(i: &'a [u8]) -> Result<Self, DecodeError> {
                let Some((&[kind, code, c0, c1, r0, r1, r2, r3], body)) =
                    i.split_first_chunk::<FIXED>()
                else {
                    let have = i.len();
                    let kind = DecodeErrorKind::Truncated { need: FIXED, have };
                    return Err(DecodeError::new(0, $group.name, kind));
                };
                Ok(Self {
                    kind: $kind(kind),
                    code,
                    checksum: u16::from_be_bytes([c0, c1]),
                    rest: [r0, r1, r2, r3],
                    body,
                })
            }

            /// The same as [`Self::decode`]: beyond its head nothing of a
            /// message is checked.
            ///
            /// # Errors
            /// When its head is cut short.
            #[inline]
            pub fn decode_lax(i: &'a [u8]) -> Result<(Self, Option<DecodeError>), DecodeError> {
                Self::decode(i).map(|message| (message, None))
            }

            /// Number and sequence of an echo request or reply.
            #[must_use]
            pub fn echo(&self) -> Option<Echo> {
                let [a, b, c, d] = self.rest;
                matches!(self.kind, $kind::$echo | $kind::ECHO_REPLY).then(|| Echo {
                    id: u16::from_be_bytes([a, b]),
                    sequence: u16::from_be_bytes([c, d]),
                })
            }

            /// The packet an error message is about, usually cut short; read
            /// it with [`Packet::decode_lax`](super::ip::Packet::decode_lax).
            #[must_use]
            pub fn quoted(&self) -> Option<&'a [u8]> {
                self.is_error().then(|| self.split().0)
            }

            /// Structures appended to the quoted packet (RFC 4884 §7).
            #[must_use]
            pub fn extension(&self) -> &'a [u8] {
                self.split().1
            }

            /// The quoted packet and what is appended to it.
            fn split(&self) -> (&'a [u8], &'a [u8]) {
                match self.quoted_length() {
                    0 => (self.body, &[]),
                    length => self
                        .body
                        .split_at_checked(length)
                        .unwrap_or((self.body, &[])),
                }
            }

            /// Lays out the message as the part of a quoted packet.
            pub(super) fn lay_out_flat(&self, out: &mut impl Layout) {
                self.lay_out_with(|quoted, out| out.bytes(&DATA, quoted), out);
            }

            pub(super) fn lay_out_with<L: Layout>(
                &self,
                quote: impl FnOnce(&[u8], &mut L),
                out: &mut L,
            ) {
                out.group(&$group, |out| {
                    self.lay_out_head(out);
                    if let Some(quoted) = self.quoted() {
                        out.group(&QUOTED, |out| quote(quoted, out));
                        out.bytes(&EXTENSION, self.extension());
                    } else {
                        out.bytes(&DATA, self.body);
                    }
                });
            }

            /// Appends the message's bytes.
            pub fn encode(&self, out: &mut Vec<u8>) {
                self.lay_out_flat(&mut Encoder::new(out));
            }

            fn add_to(&self, sum: Sum) -> Sum {
                sum.u16(u16::from_be_bytes([self.kind.0, self.code]))
                    .bytes(&self.rest)
                    .bytes(self.body)
            }
        }
    };
}

message!(Icmp, IcmpType, ECHO, ICMP);
message!(Icmpv6, Icmpv6Type, ECHO_REQUEST, ICMPV6);

impl Icmp<'_> {
    /// Whether it is about a packet that it quotes.
    #[must_use]
    pub const fn is_error(&self) -> bool {
        matches!(
            self.kind,
            IcmpType::DESTINATION_UNREACHABLE
                | IcmpType::SOURCE_QUENCH
                | IcmpType::REDIRECT
                | IcmpType::TIME_EXCEEDED
                | IcmpType::PARAMETER_PROBLEM
        )
    }

    /// What the next hop can take, in bytes: "fragmentation needed"
    /// (RFC 1191 §4). Routers older than that say 0.
    #[must_use]
    pub fn mtu(&self) -> Option<u16> {
        let [_, _, high, low] = self.rest;
        self.is_too_big().then(|| u16::from_be_bytes([high, low]))
    }

    const fn is_too_big(&self) -> bool {
        matches!(self.kind, IcmpType::DESTINATION_UNREACHABLE)
            && self.code == UnreachableCode::FRAGMENTATION_NEEDED.0
    }

    /// The byte of the quoted packet that a parameter problem is about.
    #[must_use]
    pub fn pointer(&self) -> Option<u8> {
        let [pointer, ..] = self.rest;
        (self.kind == IcmpType::PARAMETER_PROBLEM).then_some(pointer)
    }

    /// The router that a redirect names.
    #[must_use]
    pub fn gateway(&self) -> Option<Ipv4Addr> {
        (self.kind == IcmpType::REDIRECT).then(|| self.rest.into())
    }

    /// Checks the checksum of an unfragmented message.
    #[must_use]
    pub fn verify_checksum(&self) -> Verdict {
        judge(self.checksum, self.add_to(Sum::new()), None)
    }

    /// Whether the second byte of the rest counts the quoted packet (RFC 4884 §4).
    const fn is_extensible(&self) -> bool {
        matches!(
            self.kind,
            IcmpType::DESTINATION_UNREACHABLE
                | IcmpType::TIME_EXCEEDED
                | IcmpType::PARAMETER_PROBLEM
        )
    }

    /// Bytes of the quoted packet with its padding; 0 for all of the body.
    fn quoted_length(&self) -> usize {
        let [_, words, ..] = self.rest;
        match self.is_extensible() {
            true => usize::from(words).wrapping_mul(4),
            false => 0,
        }
    }

    fn lay_out_head(&self, out: &mut impl Layout) {
        out.u8(&TYPE, self.kind.0);
        let code = match self.kind {
            IcmpType::DESTINATION_UNREACHABLE => &UNREACHABLE_CODE,
            _ => &CODE,
        };
        out.u8(code, self.code);
        out.u16(&CHECKSUM, self.checksum);
        let [a, b, c, d] = self.rest;
        if let Some(echo) = self.echo() {
            echo.lay_out(out);
        } else if self.gateway().is_some() {
            out.bytes(&GATEWAY, &self.rest);
        } else if self.is_extensible() {
            out.u8(self.pointer().map_or(&UNUSED, |_| &POINTER), a);
            out.u8(&LENGTH, b);
            let low = if self.is_too_big() { &MTU } else { &UNUSED };
            out.u16(low, u16::from_be_bytes([c, d]));
        } else {
            out.u32(&REST, u32::from_be_bytes(self.rest));
        }
    }
}

impl Icmpv6<'_> {
    /// Whether it is about a packet that it quotes (RFC 4443 §2.1).
    #[must_use]
    pub const fn is_error(&self) -> bool {
        matches!(
            self.kind,
            Icmpv6Type::DESTINATION_UNREACHABLE
                | Icmpv6Type::PACKET_TOO_BIG
                | Icmpv6Type::TIME_EXCEEDED
                | Icmpv6Type::PARAMETER_PROBLEM
        )
    }

    /// What the next hop can take, in bytes: "packet too big".
    #[must_use]
    pub fn mtu(&self) -> Option<u32> {
        (self.kind == Icmpv6Type::PACKET_TOO_BIG).then(|| u32::from_be_bytes(self.rest))
    }

    /// The byte of the quoted packet that a parameter problem is about.
    #[must_use]
    pub fn pointer(&self) -> Option<u32> {
        (self.kind == Icmpv6Type::PARAMETER_PROBLEM).then(|| u32::from_be_bytes(self.rest))
    }

    /// Checks the checksum of an unfragmented message between these addresses.
    #[must_use]
    pub fn verify_checksum(&self, source: Ipv6Addr, destination: Ipv6Addr) -> Verdict {
        let length = self.body.len().saturating_add(FIXED);
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        let (source, destination) = (IpAddr::V6(source), IpAddr::V6(destination));
        let pseudo = pseudo_header(source, destination, Protocol::ICMPV6, length);
        judge(self.checksum, self.add_to(pseudo), Some(pseudo))
    }

    /// Whether the first byte of the rest counts the quoted packet (RFC 4884 §4).
    const fn is_extensible(&self) -> bool {
        matches!(
            self.kind,
            Icmpv6Type::DESTINATION_UNREACHABLE | Icmpv6Type::TIME_EXCEEDED
        )
    }

    /// Bytes of the quoted packet with its padding; 0 for all of the body.
    fn quoted_length(&self) -> usize {
        let [words, ..] = self.rest;
        match self.is_extensible() {
            true => usize::from(words).wrapping_mul(8),
            false => 0,
        }
    }

    fn lay_out_head(&self, out: &mut impl Layout) {
        out.u8(&TYPE6, self.kind.0);
        let code = match self.kind {
            Icmpv6Type::DESTINATION_UNREACHABLE => &UNREACHABLE6_CODE,
            _ => &CODE,
        };
        out.u8(code, self.code);
        out.u16(&CHECKSUM, self.checksum);
        let rest = u32::from_be_bytes(self.rest);
        if let Some(echo) = self.echo() {
            echo.lay_out(out);
        } else if self.is_extensible() {
            let [length, unused @ ..] = self.rest;
            out.u8(&LENGTH, length);
            out.bytes(&UNUSED, &unused);
        } else if self.mtu().is_some() {
            out.u32(&MTU, rest);
        } else if self.pointer().is_some() {
            out.u32(&POINTER, rest);
        } else {
            out.u32(&REST, rest);
        }
    }
}

impl Echo {
    fn lay_out(self, out: &mut impl Layout) {
        out.u16(&ECHO_ID, self.id);
        out.u16(&ECHO_SEQUENCE, self.sequence);
    }
}

pub(super) static ICMP: Field = Field::new(
    "icmp",
    "ICMP",
    "Internet Control Message Protocol, RFC 792",
    Show::Group,
);
pub(super) static ICMPV6: Field = Field::new(
    "icmpv6",
    "ICMPv6",
    "Internet Control Message Protocol for IPv6, RFC 4443",
    Show::Group,
);
static TYPE: Field = Field::new(
    "type",
    "Type",
    "What the message says, RFC 792",
    Show::Named(IcmpType::name_of),
);
static TYPE6: Field = Field::new(
    "type",
    "Type",
    "What the message says, RFC 4443 §2.1",
    Show::Named(Icmpv6Type::name_of),
);
static CODE: Field = Field::new("code", "Code", "What exactly it says", Show::Dec);
static UNREACHABLE_CODE: Field = Field::new(
    "code",
    "Code",
    "Why the destination was not reached, RFC 792 and RFC 1812 §5.2.7.1",
    Show::Named(UnreachableCode::name_of),
);
static UNREACHABLE6_CODE: Field = Field::new(
    "code",
    "Code",
    "Why the destination was not reached, RFC 4443 §3.1",
    Show::Named(Unreachable6Code::name_of),
);
static CHECKSUM: Field = Field::new(
    "checksum",
    "Checksum",
    "Over the message; in IPv6 over a pseudo-header too",
    Show::Hex,
);
static REST: Field = Field::new(
    "rest",
    "Rest of head",
    "Four bytes whose meaning depends on the type",
    Show::Hex,
);
static ECHO_ID: Field = Field::new("id", "Identifier", "Who asks, RFC 792", Show::Hex);
static ECHO_SEQUENCE: Field = Field::new(
    "sequence",
    "Sequence number",
    "Which of its questions, RFC 792",
    Show::Dec,
);
static GATEWAY: Field = Field::new(
    "gateway",
    "Gateway",
    "Router to send to instead, RFC 792",
    Show::Address,
);
static UNUSED: Field = Field::new("unused", "Unused", "Zero", Show::Hex);
static LENGTH: Field = Field::new(
    "length",
    "Length",
    "Size of the quoted packet where extensions follow: units of 4 bytes, in IPv6 of 8, RFC 4884 §3",
    Show::Dec,
);
static MTU: Field = Field::new(
    "mtu",
    "Next-hop MTU",
    "Largest packet the next hop takes, RFC 1191 §4 and RFC 4443 §3.2",
    Show::Dec,
);
static POINTER: Field = Field::new(
    "pointer",
    "Pointer",
    "Byte of the quoted packet that is wrong, RFC 792 and RFC 4443 §3.4",
    Show::Dec,
);
static QUOTED: Field = Field::new(
    "quoted",
    "Quoted packet",
    "The packet the message is about, as far as it is quoted",
    Show::Group,
);
static EXTENSION: Field = Field::new(
    "extension",
    "Extension structure",
    "Objects appended to the quoted packet, RFC 4884 §7",
    Show::Bytes,
);
static DATA: Field = Field::new("data", "Data", "What the message carries", Show::Bytes);

/// Bytes of the head.
const FIXED: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(bytes: &[u8]) {
        let mut out = Vec::new();
        Icmp::decode(bytes).unwrap().encode(&mut out);
        assert_eq!(out, bytes);
        out.clear();
        Icmpv6::decode(bytes).unwrap().encode(&mut out);
        assert_eq!(out, bytes);
    }

    #[test]
    fn what_the_rest_means_depends_on_the_type() {
        let body = [9; 12];
        let message = |head: [u8; 8]| [&head[..], &body].concat();
        let too_big = message([3, 4, 0, 0, 0, 0, 0x05, 0x78]);
        assert_eq!(Icmp::decode(&too_big).unwrap().mtu(), Some(1400));
        assert_eq!(Icmp::decode(&too_big).unwrap().quoted(), Some(&body[..]));
        let too_big = message([2, 0, 0, 0, 0, 0, 0x05, 0]);
        assert_eq!(Icmpv6::decode(&too_big).unwrap().mtu(), Some(1280));
        let problem = message([12, 0, 0, 0, 6, 0, 0, 0]);
        assert_eq!(Icmp::decode(&problem).unwrap().pointer(), Some(6));
        let redirect = message([5, 1, 0, 0, 192, 0, 2, 1]);
        let gateway = Icmp::decode(&redirect).unwrap().gateway().unwrap();
        assert_eq!(gateway, Ipv4Addr::new(192, 0, 2, 1));
        let echo = message([8, 0, 0, 0, 0x12, 0x34, 0, 7]);
        let icmp = Icmp::decode(&echo).unwrap();
        assert_eq!(
            icmp.echo(),
            Some(Echo {
                id: 0x1234,
                sequence: 7
            })
        );
        assert_eq!((icmp.quoted(), icmp.mtu()), (None, None));
    }

    #[test]
    fn extensions_follow_the_length_given() {
        let mut bytes = [0u8; 8 + 24];
        bytes[..8].copy_from_slice(&[11, 0, 0, 0, 0, 4, 0, 0]);
        let icmp = Icmp::decode(&bytes).unwrap();
        assert_eq!(
            (icmp.quoted().unwrap().len(), icmp.extension().len()),
            (16, 8)
        );
        // A length beyond the message leaves all of it to the quote.
        bytes[5] = 7;
        let icmp = Icmp::decode(&bytes).unwrap();
        assert_eq!(
            (icmp.quoted().unwrap().len(), icmp.extension().len()),
            (24, 0)
        );
        bytes[..8].copy_from_slice(&[1, 4, 0, 0, 2, 0, 0, 0]);
        let icmp = Icmpv6::decode(&bytes).unwrap();
        assert_eq!(
            (icmp.quoted().unwrap().len(), icmp.extension().len()),
            (16, 8)
        );
    }

    #[test]
    fn every_type_comes_back() {
        for kind in 0..=255 {
            for code in [0, 4, 255] {
                let mut bytes = [0xa5; 40];
                (bytes[0], bytes[1]) = (kind, code);
                round_trip(&bytes);
                bytes[8] = 0x45;
                round_trip(&bytes);
                round_trip(&bytes[..8]);
            }
        }
    }
}
