//! UDP (RFC 768).

use super::checksum::{Sum, Verdict, judge, pseudo_header};
use super::layout::{Encoder, Field, Layout, Show};
use super::leaf::{DecodeError, DecodeErrorKind};
use super::registry::ip::Protocol;
use alloc::vec::Vec;
use core::net::IpAddr;

/// A UDP datagram. All numbers are as they stand on the wire, whether they
/// fit or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a fixed wire format that callers build"
)]
pub struct Udp<'a> {
    /// Port it was sent from.
    pub source_port: u16,
    /// Port it was sent to.
    pub destination_port: u16,
    /// Bytes of head and payload; 0 means the rest of the packet.
    pub length: u16,
    /// Checksum, 0 when the sender computed none.
    pub checksum: u16,
    /// What it carries, as far as it was captured.
    pub payload: &'a [u8],
    /// What follows it in the IP packet.
    pub trailing: &'a [u8],
}

impl<'a> Udp<'a> {
    /// A datagram with its length set and no checksum.
    #[must_use]
    pub fn new(source_port: u16, destination_port: u16, payload: &'a [u8]) -> Self {
        let length = payload.len().saturating_add(FIXED);
        Self {
            source_port,
            destination_port,
            length: u16::try_from(length).unwrap_or(u16::MAX),
            checksum: 0,
            payload,
            trailing: &[],
        }
    }

    /// The datagram with the checksum it needs between these addresses.
    #[must_use]
    pub fn sealed(mut self, source: IpAddr, destination: IpAddr) -> Self {
        // A computed zero is sent as its other form (RFC 768).
        self.checksum = match self.sum(source, destination).1.checksum() {
            0 => 0xffff,
            checksum => checksum,
        };
        self
    }

    /// Reads a datagram that fills `i`.
    ///
    /// # Errors
    /// When it is shorter than its head or its length, or its length than its
    /// head.
    #[inline]
    pub fn decode(i: &'a [u8]) -> Result<Self, DecodeError> {
        match Self::decode_lax(i)? {
            (datagram, None) => Ok(datagram),
            (_, Some(fault)) => Err(fault),
        }
    }

    /// Reads what can be read, and says what is wrong.
    ///
    /// # Errors
    /// When the head is cut short.
    #[inline]
    pub fn decode_lax(i: &'a [u8]) -> Result<(Self, Option<DecodeError>), DecodeError> {
        let Some((head, rest)) = i.split_first_chunk::<FIXED>() else {
            let have = i.len();
            let kind = DecodeErrorKind::Truncated { need: FIXED, have };
            return Err(DecodeError::new(0, "udp", kind));
        };
        let [s0, s1, d0, d1, l0, l1, c0, c1] = *head;
        let length = u16::from_be_bytes([l0, l1]);
        let size = match length {
            0 => rest.len(),
            length => usize::from(length).saturating_sub(FIXED),
        };
        let (payload, trailing) = rest.split_at_checked(size).unwrap_or((rest, &[]));
        let datagram = Self {
            source_port: u16::from_be_bytes([s0, s1]),
            destination_port: u16::from_be_bytes([d0, d1]),
            length,
            checksum: u16::from_be_bytes([c0, c1]),
            payload,
            trailing,
        };
        let fault = datagram.fault();
        Ok((datagram, fault))
    }

    #[inline]
    pub(super) fn fault(&self) -> Option<DecodeError> {
        let head_and_payload = self.payload.len().saturating_add(FIXED);
        if self.length == 0 || usize::from(self.length) == head_and_payload {
            return None;
        }
        let kind = DecodeErrorKind::BadLength {
            value: self.length.into(),
            min: FIXED,
            max: head_and_payload.saturating_add(self.trailing.len()),
        };
        Some(DecodeError::new(4, "length", kind))
    }

    /// Lays out the head; the payload is laid out by its own protocol.
    #[inline]
    pub fn lay_out(&self, out: &mut impl Layout) {
        self.lay_out_with(self.fault(), out);
    }

    /// Like [`Udp::lay_out`] for a datagram that a fragment, a snap length or
    /// an ICMP quote has cut: bytes that are missing are not marked as malformed.
    pub fn lay_out_cut(&self, out: &mut impl Layout) {
        let captured = self.payload.len().saturating_add(FIXED);
        let whole = usize::from(self.length) <= captured;
        self.lay_out_with(self.fault().filter(|_| whole), out);
    }

    #[inline]
    fn lay_out_with(&self, fault: Option<DecodeError>, out: &mut impl Layout) {
        out.group(&UDP, |out| {
            out.u16(&SRC_PORT, self.source_port);
            out.u16(&DST_PORT, self.destination_port);
            out.u16(&LENGTH, self.length);
            out.u16(&CHECKSUM, self.checksum);
            if let Some(fault) = fault {
                out.malformed(&fault);
            }
        });
    }

    /// Appends the head's bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.lay_out(&mut Encoder::new(out));
    }

    /// Checks the checksum of an unfragmented datagram between these addresses.
    #[must_use]
    pub fn verify_checksum(&self, source: IpAddr, destination: IpAddr) -> Verdict {
        if self.checksum == 0 {
            return Verdict::Absent;
        }
        if self.fault().is_some() {
            return Verdict::Unverifiable;
        }
        let (pseudo, sum) = self.sum(source, destination);
        judge(self.checksum, sum, Some(pseudo))
    }

    fn sum(&self, source: IpAddr, destination: IpAddr) -> (Sum, Sum) {
        let length = self.payload.len().saturating_add(FIXED);
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        let pseudo = pseudo_header(source, destination, Protocol::UDP, length);
        let sum = pseudo
            .u16(self.source_port)
            .u16(self.destination_port)
            .u16(self.length)
            .bytes(self.payload);
        (pseudo, sum)
    }
}

pub(super) static UDP: Field =
    Field::new("udp", "UDP", "User Datagram Protocol, RFC 768", Show::Group);
pub(super) static SRC_PORT: Field =
    Field::new("src_port", "Source port", "Port of the sender", Show::Dec);
pub(super) static DST_PORT: Field = Field::new(
    "dst_port",
    "Destination port",
    "Port of the receiver",
    Show::Dec,
);
static LENGTH: Field = Field::new(
    "length",
    "Length",
    "Bytes of head and payload, RFC 768",
    Show::Dec,
);
static CHECKSUM: Field = Field::new(
    "checksum",
    "Checksum",
    "Over pseudo-header, head and payload; 0 when there is none, RFC 768",
    Show::Hex,
);

/// Bytes of the head.
const FIXED: usize = 8;
