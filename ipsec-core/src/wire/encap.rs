//! What a datagram on UDP port 4500 is (RFC 3948 §2, RFC 7296 §2.23).

use super::layout::{Encoder, Field, Layout, Show};
use super::leaf::{DecodeError, DecodeErrorKind};
use alloc::vec::Vec;

/// The payload of a datagram on the NAT traversal port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "every payload is one of these")]
pub enum Encapsulated<'a> {
    /// One byte 0xff, which keeps a NAT mapping alive.
    Keepalive,
    /// An IKE message, without the non-ESP marker before it.
    Ike(&'a [u8]),
    /// An ESP packet, from its SPI on.
    Esp(&'a [u8]),
    /// Nothing at all.
    Empty,
    /// Too short for an SPI.
    TooShort(&'a [u8]),
}

/// Says what a UDP payload on port 4500 is.
#[must_use]
#[inline]
pub const fn classify(udp_payload: &[u8]) -> Encapsulated<'_> {
    match udp_payload {
        [0, 0, 0, 0, ike @ ..] => Encapsulated::Ike(ike),
        [_, _, _, _, ..] => Encapsulated::Esp(udp_payload),
        [KEEPALIVE] => Encapsulated::Keepalive,
        [] => Encapsulated::Empty,
        short => Encapsulated::TooShort(short),
    }
}

impl Encapsulated<'_> {
    /// Lays out what belongs to the encapsulation itself: the marker, the
    /// keepalive, or bytes too few to be anything. IKE messages and ESP
    /// packets are laid out by their own protocol.
    #[inline]
    pub fn lay_out(&self, out: &mut impl Layout) {
        match *self {
            Self::Keepalive => out.group(&UDPENCAP, |out| out.u8(&KEEPALIVE_BYTE, KEEPALIVE)),
            Self::Ike(_) => out.group(&UDPENCAP, |out| out.u32(&MARKER, 0)),
            Self::Esp(_) | Self::Empty => {}
            Self::TooShort(bytes) => out.group(&UDPENCAP, |out| {
                out.bytes(&DATA, bytes);
                let have = bytes.len();
                let kind = DecodeErrorKind::Truncated { need: 4, have };
                out.malformed(&DecodeError::new(0, "spi", kind));
            }),
        }
    }

    /// Appends the whole UDP payload.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.lay_out(&mut Encoder::new(out));
        match *self {
            Self::Ike(packet) | Self::Esp(packet) => out.extend_from_slice(packet),
            Self::Keepalive | Self::Empty | Self::TooShort(_) => {}
        }
    }
}

/// The UDP port of IKE (RFC 7296 §2).
pub const IKE_PORT: u16 = 500;

/// The UDP port of IKE and ESP behind NAT (RFC 3948 §2).
pub const NAT_TRAVERSAL_PORT: u16 = 4500;

/// The one byte of a keepalive (RFC 3948 §2.3).
pub const KEEPALIVE: u8 = 0xff;

static UDPENCAP: Field = Field::new(
    "udpencap",
    "UDP encapsulation",
    "UDP encapsulation of IPsec packets, RFC 3948",
    Show::Group,
);
static MARKER: Field = Field::new(
    "non_esp_marker",
    "Non-ESP marker",
    "Four zero bytes where ESP has its SPI: an IKE message follows, RFC 3948 §2.2",
    Show::Hex,
);
static KEEPALIVE_BYTE: Field = Field::new(
    "keepalive",
    "NAT keepalive",
    "One byte 0xff that keeps the NAT mapping alive, RFC 3948 §2.3",
    Show::Hex,
);
static DATA: Field = Field::new(
    "data",
    "Data",
    "Too short to be an ESP packet or an IKE message",
    Show::Bytes,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_bytes_decide() {
        assert_eq!(classify(&[]), Encapsulated::Empty);
        assert_eq!(classify(&[0xff]), Encapsulated::Keepalive);
        assert_eq!(classify(&[0xfe]), Encapsulated::TooShort(&[0xfe]));
        assert_eq!(classify(&[0, 0, 0]), Encapsulated::TooShort(&[0, 0, 0]));
        assert_eq!(classify(&[0, 0, 0, 0]), Encapsulated::Ike(&[]));
        assert_eq!(classify(&[0, 0, 0, 0, 9]), Encapsulated::Ike(&[9]));
        assert_eq!(classify(&[0, 0, 0, 1]), Encapsulated::Esp(&[0, 0, 0, 1]));
        assert_eq!(classify(&[0xff; 4]), Encapsulated::Esp(&[0xff; 4]));
    }
}
