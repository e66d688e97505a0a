//! IP packets: version 4 (RFC 791), version 6 (RFC 8200), and what they carry.
//!
//! Heads are read, never copied: options and extension headers stay bytes of
//! the packet and are walked when somebody asks. Lengths are honoured, so that
//! padding of the link layer is not taken for payload; a length of 0, which
//! captures of segmentation offload show, means the rest of the buffer.

mod extension;
mod v4;
mod v6;

pub use extension::{Extension, Extensions};
pub use v4::Ipv4;
pub use v6::Ipv6;

use super::layout::{Encoder, Field, Layout, Show};
use super::leaf::{DecodeError, DecodeErrorKind};
use super::registry::ip::Protocol;
use alloc::vec::Vec;
use core::net::IpAddr;

/// An IP packet of either version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two versions of IP")]
pub enum Packet<'a> {
    /// Version 4.
    V4(Ipv4<'a>),
    /// Version 6.
    V6(Ipv6<'a>),
}

/// The place of a packet in the datagram it was cut from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fragment {
    /// What the fragments of one datagram share.
    pub id: u32,
    /// Bytes of the datagram before this one's.
    pub offset: usize,
    /// Whether more follow.
    pub more: bool,
    /// Whether routers may not fragment further: the DF bit, and always in IPv6.
    pub dont: bool,
}

impl<'a> Packet<'a> {
    /// Reads a packet of the version that its first four bits name.
    ///
    /// # Errors
    /// Whatever in the head does not follow the standard, with its offset.
    #[inline]
    pub fn decode(i: &'a [u8]) -> Result<Self, DecodeError> {
        match i.first().map(|first| first >> 4) {
            Some(4) => Ipv4::decode(i).map(Self::V4),
            Some(6) => Ipv6::decode(i).map(Self::V6),
            version => Err(bad_start(version)),
        }
    }

    /// Reads what can be read, and says what is wrong.
    ///
    /// # Errors
    /// When even the fixed header cannot be read.
    #[inline]
    pub fn decode_lax(i: &'a [u8]) -> Result<(Self, Option<DecodeError>), DecodeError> {
        match i.first().map(|first| first >> 4) {
            Some(4) => Ipv4::decode_lax(i).map(|(v4, fault)| (Self::V4(v4), fault)),
            Some(6) => Ipv6::decode_lax(i).map(|(v6, fault)| (Self::V6(v6), fault)),
            version => Err(bad_start(version)),
        }
    }

    /// Lays out the head; the payload is laid out by its own protocol.
    #[inline]
    pub fn lay_out(&self, out: &mut impl Layout) {
        match self {
            Self::V4(v4) => v4.lay_out(out),
            Self::V6(v6) => v6.lay_out(out),
        }
    }

    /// Like [`Packet::lay_out`] for a packet that a snap length or an ICMP
    /// quote has cut: bytes that are missing are not marked as malformed.
    pub fn lay_out_cut(&self, out: &mut impl Layout) {
        match self {
            Self::V4(v4) => v4.lay_out_cut(out),
            Self::V6(v6) => v6.lay_out_cut(out),
        }
    }

    /// Appends the head's bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.lay_out(&mut Encoder::new(out));
    }

    /// Source address.
    #[must_use]
    #[inline]
    pub const fn source(&self) -> IpAddr {
        match self {
            Self::V4(v4) => IpAddr::V4(v4.source),
            Self::V6(v6) => IpAddr::V6(v6.source),
        }
    }

    /// Destination address.
    #[must_use]
    #[inline]
    pub const fn destination(&self) -> IpAddr {
        match self {
            Self::V4(v4) => IpAddr::V4(v4.destination),
            Self::V6(v6) => IpAddr::V6(v6.destination),
        }
    }

    /// The protocol of the payload, behind all extension headers.
    #[must_use]
    #[inline]
    pub const fn protocol(&self) -> Protocol {
        match self {
            Self::V4(v4) => v4.protocol,
            Self::V6(v6) => v6.upper,
        }
    }

    /// Where in its datagram the payload belongs; `None` when it is whole.
    #[must_use]
    #[inline]
    pub fn fragment(&self) -> Option<Fragment> {
        match self {
            Self::V4(v4) => v4.fragment(),
            Self::V6(v6) => v6.fragment(),
        }
    }

    /// What the packet carries, as far as it was captured.
    #[must_use]
    #[inline]
    pub const fn payload(&self) -> &'a [u8] {
        match self {
            Self::V4(v4) => v4.payload,
            Self::V6(v6) => v6.payload,
        }
    }

    /// Bytes that follow the packet in the buffer: link-layer padding.
    #[must_use]
    #[inline]
    pub const fn trailing(&self) -> &'a [u8] {
        match self {
            Self::V4(v4) => v4.trailing,
            Self::V6(v6) => v6.trailing,
        }
    }

    /// Lays out the bytes that follow the packet, as one field.
    #[inline]
    pub fn lay_out_trailing(&self, out: &mut impl Layout) {
        out.bytes(&TRAILING, self.trailing());
    }

    /// Hops left: time to live or hop limit.
    #[must_use]
    pub const fn hops(&self) -> u8 {
        match self {
            Self::V4(v4) => v4.ttl,
            Self::V6(v6) => v6.hop_limit,
        }
    }

    /// The octet of DSCP and ECN (RFC 2474, RFC 3168): type of service or
    /// traffic class.
    #[must_use]
    pub const fn traffic_class(&self) -> u8 {
        match self {
            Self::V4(v4) => v4.tos,
            Self::V6(v6) => v6.traffic_class(),
        }
    }

    /// Bytes of the head, options and extension headers included.
    #[must_use]
    #[inline]
    pub const fn head_len(&self) -> usize {
        match self {
            Self::V4(v4) => v4.head_len(),
            Self::V6(v6) => v6.head_len(),
        }
    }
}

#[cold]
fn bad_start(version: Option<u8>) -> DecodeError {
    let kind = DecodeErrorKind::Truncated { need: 1, have: 0 };
    version.map_or(DecodeError::new(0, "version", kind), bad_version)
}

#[cold]
fn bad_version(version: u8) -> DecodeError {
    let value = version.into();
    DecodeError::new(0, "version", DecodeErrorKind::BadValue { value })
}

/// The names of the two bits of explicit congestion notification.
fn ecn_name(value: u64) -> Option<&'static str> {
    match value {
        0 => Some("Not-ECT"),
        1 => Some("ECT(1)"),
        2 => Some("ECT(0)"),
        3 => Some("CE"),
        _ => None,
    }
}

pub(super) static TRAILING: Field = Field::new(
    "trailing",
    "Trailing bytes",
    "Bytes after the end that the lengths give",
    Show::Bytes,
);
