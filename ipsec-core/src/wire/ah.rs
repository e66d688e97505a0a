//! AH packets (RFC 4302 §2).

use super::layout::{Encoder, Field, Layout, Show};
use super::leaf::{DecodeError, DecodeErrorKind};
use super::registry::ip::Protocol;
use alloc::vec::Vec;

/// An AH packet. All numbers are as they stand on the wire, whether they fit
/// or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a fixed wire format that callers build"
)]
pub struct Ah<'a> {
    /// Protocol of the payload.
    pub next_header: Protocol,
    /// Bytes of the header in units of four, minus two.
    pub length: u8,
    /// Zero.
    pub reserved: u16,
    /// Security parameters index.
    pub spi: u32,
    /// Low 32 bits of the sequence number.
    pub sequence: u32,
    /// Integrity check value, with the padding that aligns the header.
    pub icv: &'a [u8],
    /// What it protects, as far as it was captured.
    pub payload: &'a [u8],
}

impl<'a> Ah<'a> {
    /// Reads a packet that fills `i`.
    ///
    /// # Errors
    /// When it is cut short, or its length less than the fixed fields.
    #[inline]
    pub fn decode(i: &'a [u8]) -> Result<Self, DecodeError> {
        match Self::decode_lax(i)? {
            (packet, None) => Ok(packet),
            (_, Some(fault)) => Err(fault),
        }
    }

    /// Reads what can be read, and says what is wrong.
    ///
    /// # Errors
    /// When the fixed fields are cut short.
    #[inline]
    pub fn decode_lax(i: &'a [u8]) -> Result<(Self, Option<DecodeError>), DecodeError> {
        let Some((head, rest)) = i.split_first_chunk::<FIXED>() else {
            let have = i.len();
            let kind = DecodeErrorKind::Truncated { need: FIXED, have };
            return Err(DecodeError::new(0, "ah", kind));
        };
        let [next_header, length, r0, r1, p0, p1, p2, p3, n0, n1, n2, n3] = *head;
        let icv_len = header_len(length).saturating_sub(FIXED);
        let (icv, payload) = rest.split_at_checked(icv_len).unwrap_or((rest, &[]));
        let packet = Self {
            next_header: Protocol(next_header),
            length,
            reserved: u16::from_be_bytes([r0, r1]),
            spi: u32::from_be_bytes([p0, p1, p2, p3]),
            sequence: u32::from_be_bytes([n0, n1, n2, n3]),
            icv,
            payload,
        };
        let fault = packet.fault();
        Ok((packet, fault))
    }

    #[inline]
    pub(super) fn fault(&self) -> Option<DecodeError> {
        let value = header_len(self.length);
        if value == self.head_len() {
            return None;
        }
        let kind = DecodeErrorKind::BadLength {
            value,
            min: FIXED,
            max: self.head_len().saturating_add(self.payload.len()),
        };
        Some(DecodeError::new(1, "length", kind))
    }

    /// Bytes of the header, ICV included.
    #[must_use]
    pub const fn head_len(&self) -> usize {
        FIXED.saturating_add(self.icv.len())
    }

    /// Whether the header ends on the boundary its IP version asks for: four
    /// bytes, or eight in IPv6 (RFC 4302 §3.3.3.2.1).
    #[must_use]
    pub const fn is_aligned(&self, ipv6: bool) -> bool {
        self.head_len().is_multiple_of(alignment(ipv6))
    }

    /// The length field of a header with an ICV of `icv_len` bytes, and the
    /// bytes of padding the ICV needs (RFC 4302 §2.2, §2.6).
    #[must_use]
    pub fn length_for(icv_len: usize, ipv6: bool) -> Option<(u8, usize)> {
        let unpadded = icv_len.checked_add(FIXED)?;
        let padded = unpadded.checked_next_multiple_of(alignment(ipv6))?;
        let length = u8::try_from((padded >> 2).checked_sub(2)?).ok()?;
        Some((length, padded.saturating_sub(unpadded)))
    }

    /// Lays out the header; the payload is laid out by its own protocol.
    #[inline]
    pub fn lay_out(&self, out: &mut impl Layout) {
        out.group(&AH, |out| {
            out.u8(&NEXT_HEADER, self.next_header.0);
            out.u8(&LENGTH, self.length);
            out.u16(&RESERVED, self.reserved);
            out.u32(&SPI, self.spi);
            out.u32(&SEQUENCE, self.sequence);
            out.bytes(&ICV, self.icv);
            if let Some(fault) = self.fault() {
                out.malformed(&fault);
            }
        });
    }

    /// Appends the header's bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.lay_out(&mut Encoder::new(out));
    }
}

fn header_len(length: u8) -> usize {
    usize::from(length).saturating_add(2).wrapping_mul(4)
}

const fn alignment(ipv6: bool) -> usize {
    if ipv6 { 8 } else { 4 }
}

pub(super) static AH: Field =
    Field::new("ah", "AH", "Authentication Header, RFC 4302", Show::Group);
pub(super) static NEXT_HEADER: Field = Field::new(
    "next_header",
    "Next header",
    "What the payload is, RFC 4302 §2.1",
    Show::Named(Protocol::name_of),
);
pub(super) static LENGTH: Field = Field::new(
    "length",
    "Payload length",
    "Bytes of the header in units of four, minus two, RFC 4302 §2.2",
    Show::Dec,
);
pub(super) static RESERVED: Field =
    Field::new("reserved", "Reserved", "Zero, RFC 4302 §2.3", Show::Hex);
pub(super) static SPI: Field = Field::new(
    "spi",
    "SPI",
    "Names the receiver's security association, RFC 4302 §2.4",
    Show::Hex,
);
static SEQUENCE: Field = Field::new(
    "sequence",
    "Sequence number",
    "Counts packets of the SA; its low half with extended numbers, RFC 4302 §2.5",
    Show::Dec,
);
static ICV: Field = Field::new(
    "icv",
    "ICV",
    "Integrity check value and the padding that aligns it, RFC 4302 §2.6",
    Show::Bytes,
);

/// Bytes before the ICV.
const FIXED: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    /// AH with an ICV of 12 bytes before four bytes of payload.
    fn packet(length: u8) -> [u8; 28] {
        let mut packet = [0x1c; 28];
        let head = [17, length, 0xaa, 0xbb, 0, 0, 0x10, 1, 0, 0, 0, 9];
        packet[..12].copy_from_slice(&head);
        packet
    }

    #[test]
    fn every_byte_has_its_place() {
        let bytes = packet(4);
        let ah = Ah::decode(&bytes).unwrap();
        assert_eq!((ah.next_header, ah.reserved), (Protocol::UDP, 0xaabb));
        assert_eq!((ah.spi, ah.sequence), (0x1001, 9));
        assert_eq!((ah.icv.len(), ah.payload.len()), (12, 4));
        assert!(ah.is_aligned(false) && ah.is_aligned(true));
        let mut out = Vec::new();
        ah.encode(&mut out);
        assert_eq!(out, bytes[..24]);
    }

    #[test]
    fn lengths_that_lie_are_placed() {
        for length in 0..=255 {
            let bytes = packet(length);
            let (ah, fault) = Ah::decode_lax(&bytes).unwrap();
            assert_eq!(fault.is_none(), (1..=5).contains(&length), "{length}");
            assert!(fault.is_none_or(|fault| (fault.offset, fault.field) == (1, "length")));
            let mut out = Vec::new();
            ah.encode(&mut out);
            out.extend(ah.payload);
            assert_eq!(out, bytes);
        }
    }

    #[test]
    fn ipv6_pads_the_icv_to_eight_bytes() {
        // HMAC-96, HMAC-SHA2-256-128, HMAC-SHA2-512-256.
        assert_eq!(Ah::length_for(12, false), Some((4, 0)));
        assert_eq!(Ah::length_for(12, true), Some((4, 0)));
        assert_eq!(Ah::length_for(16, false), Some((5, 0)));
        assert_eq!(Ah::length_for(16, true), Some((6, 4)));
        assert_eq!(Ah::length_for(32, true), Some((10, 4)));
        assert_eq!(Ah::length_for(2000, false), None);
        assert_eq!(Ah::length_for(usize::MAX, true), None);
    }
}
