//! IPv4 (RFC 791; DSCP and ECN of RFC 2474 and RFC 3168).

use super::{Fragment, bad_version, ecn_name};
use crate::wire::checksum::{Sum, Verdict, judge};
use crate::wire::layout::{Encoder, Field, Layout, Show};
use crate::wire::leaf::{DecodeError, DecodeErrorKind};
use crate::wire::options::Options;
use crate::wire::registry::ip::{Ipv4Option, Protocol};
use alloc::vec::Vec;
use core::net::Ipv4Addr;

/// An IPv4 packet. All numbers are as they stand on the wire, whether they
/// fit or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a fixed wire format that callers build"
)]
pub struct Ipv4<'a> {
    /// Header length in units of four bytes, 5 without options.
    pub header_length: u8,
    /// DSCP and ECN.
    pub tos: u8,
    /// Bytes of the packet, head included; 0 in captures of offloaded segments.
    pub total_length: u16,
    /// What fragments of one datagram share.
    pub id: u16,
    /// The flags in the top three bits, the fragment offset below.
    pub flags: u16,
    /// Hops left.
    pub ttl: u8,
    /// Protocol of the payload.
    pub protocol: Protocol,
    /// Checksum of the head.
    pub checksum: u16,
    /// Source address.
    pub source: Ipv4Addr,
    /// Destination address.
    pub destination: Ipv4Addr,
    /// Options.
    pub options: Options<'a, Ipv4Option>,
    /// What it carries, as far as it was captured.
    pub payload: &'a [u8],
    /// What follows it in the buffer.
    pub trailing: &'a [u8],
}

impl<'a> Ipv4<'a> {
    /// The flag that is always zero.
    pub const RESERVED: u16 = 0x8000;
    /// The flag "don't fragment".
    pub const DONT_FRAGMENT: u16 = 0x4000;
    /// The flag "more fragments".
    pub const MORE_FRAGMENTS: u16 = 0x2000;

    /// A packet without options, its lengths and checksum set.
    #[must_use]
    pub fn new(
        source: Ipv4Addr,
        destination: Ipv4Addr,
        protocol: Protocol,
        payload: &'a [u8],
    ) -> Self {
        Self {
            header_length: 5,
            tos: 0,
            total_length: 0,
            id: 0,
            flags: 0,
            ttl: DEFAULT_TTL,
            protocol,
            checksum: 0,
            source,
            destination,
            options: Options::new(&[]),
            payload,
            trailing: &[],
        }
        .sealed()
    }

    /// The packet with lengths and checksum that fit its other fields.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        let head = self.head_len();
        let total = head.saturating_add(self.payload.len());
        self.header_length = u8::try_from(head.div_ceil(4)).unwrap_or(u8::MAX) & 0x0f;
        self.total_length = u16::try_from(total).unwrap_or(u16::MAX);
        self.checksum = self.sum().checksum();
        self
    }

    /// Reads a packet.
    ///
    /// # Errors
    /// Whatever in the head does not follow the standard, with its offset.
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
    /// When the fixed header is cut short or of another version.
    #[inline]
    pub fn decode_lax(i: &'a [u8]) -> Result<(Self, Option<DecodeError>), DecodeError> {
        let Some((head, rest)) = i.split_first_chunk::<FIXED>() else {
            return Err(short(i));
        };
        let [
            start,
            tos,
            l0,
            l1,
            i0,
            i1,
            f0,
            f1,
            ttl,
            protocol,
            c0,
            c1,
            s0,
            s1,
            s2,
            s3,
            d0,
            d1,
            d2,
            d3,
        ] = *head;
        if start >> 4 != 4 {
            return Err(bad_version(start >> 4));
        }
        let header_length = start & 0x0f;
        let total_length = u16::from_be_bytes([l0, l1]);
        let option_bytes = usize::from(header_length)
            .wrapping_mul(4)
            .saturating_sub(FIXED);
        let (options, rest) = rest.split_at_checked(option_bytes).unwrap_or((rest, &[]));
        let size = match total_length {
            0 => rest.len(),
            total => usize::from(total).saturating_sub(FIXED.saturating_add(options.len())),
        };
        let (payload, trailing) = rest.split_at_checked(size).unwrap_or((rest, &[]));
        let packet = Self {
            header_length,
            tos,
            total_length,
            id: u16::from_be_bytes([i0, i1]),
            flags: u16::from_be_bytes([f0, f1]),
            ttl,
            protocol: Protocol(protocol),
            checksum: u16::from_be_bytes([c0, c1]),
            source: Ipv4Addr::new(s0, s1, s2, s3),
            destination: Ipv4Addr::new(d0, d1, d2, d3),
            options: Options::new(options),
            payload,
            trailing,
        };
        let fault = packet.fault();
        Ok((packet, fault))
    }

    /// The first thing wrong with the head.
    #[inline]
    fn fault(&self) -> Option<DecodeError> {
        if self.header_length == 5 && self.length_fits() {
            return None;
        }
        self.header_fault()
            .or_else(|| self.options.fault().map(|fault| fault.shifted(FIXED)))
            .or_else(|| self.length_fault())
    }

    #[inline]
    fn length_fits(&self) -> bool {
        let length = self.head_len().saturating_add(self.payload.len());
        self.total_length == 0 || usize::from(self.total_length) == length
    }

    /// What is wrong with a length.
    #[inline]
    fn structure_fault(&self) -> Option<DecodeError> {
        if self.header_length == 5 && self.length_fits() {
            return None;
        }
        self.header_fault().or_else(|| self.length_fault())
    }

    fn header_fault(&self) -> Option<DecodeError> {
        let value = usize::from(self.header_length).saturating_mul(4);
        (value != self.head_len()).then(|| {
            let kind = DecodeErrorKind::BadLength {
                value,
                min: FIXED,
                max: self.captured(),
            };
            DecodeError::new(0, "header_length", kind)
        })
    }

    fn length_fault(&self) -> Option<DecodeError> {
        (!self.length_fits()).then(|| {
            let kind = DecodeErrorKind::BadLength {
                value: self.total_length.into(),
                min: self.head_len(),
                max: self.captured(),
            };
            DecodeError::new(2, "total_length", kind)
        })
    }

    /// All bytes that were there to read.
    fn captured(&self) -> usize {
        self.head_len()
            .saturating_add(self.payload.len())
            .saturating_add(self.trailing.len())
    }

    /// Lays out the head; the payload is laid out by its own protocol.
    #[inline]
    pub fn lay_out(&self, out: &mut impl Layout) {
        self.lay_out_with(self.structure_fault(), out);
    }

    /// Like [`Ipv4::lay_out`] for a packet that a snap length or an ICMP quote
    /// has cut: bytes that are missing are not marked as malformed.
    pub fn lay_out_cut(&self, out: &mut impl Layout) {
        let reach = usize::from(self.total_length.max(u16::from(self.header_length) << 2));
        let fault = self.structure_fault();
        self.lay_out_with(fault.filter(|_| reach <= self.captured()), out);
    }

    /// A bad option is marked where it stands, all else by `fault`.
    #[inline]
    fn lay_out_with(&self, fault: Option<DecodeError>, out: &mut impl Layout) {
        out.group(&IP, |out| {
            out.u8(&VERSION_IHL, 0x40 | self.header_length & 0x0f);
            out.part(&VERSION, 4);
            out.part(
                &HEADER_LENGTH,
                u64::from(self.header_length).wrapping_mul(4),
            );
            out.u8(&TOS, self.tos);
            out.part(&DSCP, (self.tos >> 2).into());
            out.part(&ECN, (self.tos & 3).into());
            out.u16(&TOTAL_LENGTH, self.total_length);
            out.u16(&ID, self.id);
            out.u16(&FLAGS, self.flags);
            out.part(&DF, self.dont_fragment().into());
            out.part(&MF, self.more_fragments().into());
            out.part(&FRAGMENT_OFFSET, self.byte_offset().into());
            out.u8(&TTL, self.ttl);
            out.u8(&PROTOCOL, self.protocol.0);
            out.u16(&CHECKSUM, self.checksum);
            out.bytes(&SRC, &self.source.octets());
            out.bytes(&DST, &self.destination.octets());
            self.options.lay_out(out);
            if let Some(fault) = fault {
                out.malformed(&fault);
            }
        });
    }

    /// Appends the head's bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.lay_out(&mut Encoder::new(out));
    }

    /// Bytes of the head, options included.
    #[must_use]
    #[inline]
    pub const fn head_len(&self) -> usize {
        FIXED.saturating_add(self.options.as_bytes().len())
    }

    /// The DF bit.
    #[must_use]
    #[inline]
    pub const fn dont_fragment(&self) -> bool {
        self.flags & Self::DONT_FRAGMENT != 0
    }

    /// The MF bit.
    #[must_use]
    #[inline]
    pub const fn more_fragments(&self) -> bool {
        self.flags & Self::MORE_FRAGMENTS != 0
    }

    const fn byte_offset(&self) -> u16 {
        self.flags.wrapping_shl(3)
    }

    /// Where in its datagram the payload belongs; `None` when it is whole.
    #[must_use]
    #[inline]
    pub fn fragment(&self) -> Option<Fragment> {
        (self.flags & FRAGMENTED != 0).then(|| Fragment {
            id: self.id.into(),
            offset: self.byte_offset().into(),
            more: self.more_fragments(),
            dont: self.dont_fragment(),
        })
    }

    /// Checks the header checksum.
    #[must_use]
    pub fn verify_checksum(&self) -> Verdict {
        if self.header_fault().is_some() {
            return Verdict::Unverifiable;
        }
        judge(self.checksum, self.sum(), None)
    }

    fn sum(&self) -> Sum {
        Sum::new()
            .u16(u16::from_be_bytes([
                0x40 | self.header_length & 0x0f,
                self.tos,
            ]))
            .u16(self.total_length)
            .u16(self.id)
            .u16(self.flags)
            .u16(u16::from_be_bytes([self.ttl, self.protocol.0]))
            .u32(self.source.to_bits())
            .u32(self.destination.to_bits())
            .bytes(self.options.as_bytes())
    }
}

#[cold]
fn short(i: &[u8]) -> DecodeError {
    match i.first().map(|first| first >> 4) {
        Some(version) if version != 4 => bad_version(version),
        _ => {
            let kind = DecodeErrorKind::Truncated {
                need: FIXED,
                have: i.len(),
            };
            DecodeError::new(0, "ip", kind)
        }
    }
}

static IP: Field = Field::new(
    "ip",
    "IPv4",
    "Internet Protocol version 4, RFC 791",
    Show::Group,
);
static VERSION_IHL: Field = Field::new(
    "version_ihl",
    "Version and header length",
    "Two halves of one octet, RFC 791 §3.1",
    Show::Hex,
);
static VERSION: Field = Field::new("version", "Version", "Always 4, RFC 791 §3.1", Show::Dec);
static HEADER_LENGTH: Field = Field::new(
    "header_length",
    "Header length",
    "Bytes of the head: four times the field, RFC 791 §3.1",
    Show::Dec,
);
static TOS: Field = Field::new(
    "tos",
    "Type of service",
    "Differentiated services and congestion notification, RFC 2474 and RFC 3168",
    Show::Hex,
);
static DSCP: Field = Field::new(
    "dscp",
    "DSCP",
    "Forwarding class that routers give the packet, RFC 2474 §3",
    Show::Dec,
);
static ECN: Field = Field::new(
    "ecn",
    "ECN",
    "Explicit congestion notification, RFC 3168 §5",
    Show::Named(ecn_name),
);
static TOTAL_LENGTH: Field = Field::new(
    "total_length",
    "Total length",
    "Bytes of head and payload, RFC 791 §3.1",
    Show::Dec,
);
static ID: Field = Field::new(
    "id",
    "Identification",
    "Shared by the fragments of one datagram, RFC 791 §3.1",
    Show::Hex,
);
static FLAGS: Field = Field::new(
    "flags",
    "Flags and fragment offset",
    "Whether and how the packet is fragmented, RFC 791 §3.1",
    Show::Flags(&[
        (Ipv4::RESERVED as u64, "reserved"),
        (Ipv4::DONT_FRAGMENT as u64, "DF"),
        (Ipv4::MORE_FRAGMENTS as u64, "MF"),
    ]),
);
static DF: Field = Field::new(
    "df",
    "Don't fragment",
    "Routers must drop the packet rather than cut it, RFC 791 §3.1",
    Show::Dec,
);
static MF: Field = Field::new(
    "mf",
    "More fragments",
    "This is not the last fragment, RFC 791 §3.1",
    Show::Dec,
);
static FRAGMENT_OFFSET: Field = Field::new(
    "fragment_offset",
    "Fragment offset",
    "Bytes of the datagram before this fragment: eight times the field, RFC 791 §3.1",
    Show::Dec,
);
static TTL: Field = Field::new("ttl", "Time to live", "Hops left, RFC 791 §3.1", Show::Dec);
static PROTOCOL: Field = Field::new(
    "protocol",
    "Protocol",
    "What the payload is, RFC 791 §3.1",
    Show::Named(Protocol::name_of),
);
static CHECKSUM: Field = Field::new(
    "checksum",
    "Header checksum",
    "Over the head alone, RFC 791 §3.1",
    Show::Hex,
);
static SRC: Field = Field::new("src", "Source", "Source address", Show::Address);
static DST: Field = Field::new("dst", "Destination", "Destination address", Show::Address);

/// Bytes of the head without options.
const FIXED: usize = 20;

/// More fragments, or an offset.
const FRAGMENTED: u16 = 0x3fff;

/// Hops that a packet made here may take (RFC 1700).
const DEFAULT_TTL: u8 = 64;
