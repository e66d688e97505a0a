//! IPv6 (RFC 8200).
//!
//! ESP and AH count as what the packet carries, not as extension headers.

use super::extension::{Extensions, NEXT_HEADER};
use super::{Fragment, bad_version, ecn_name};
use crate::wire::layout::{Encoder, Field, Layout, Show};
use crate::wire::leaf::{self, DecodeError, DecodeErrorKind, Fault, located};
use crate::wire::registry::ip::Protocol;
use alloc::vec::Vec;
use core::net::Ipv6Addr;

/// An IPv6 packet. All numbers are as they stand on the wire, whether they
/// fit or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a fixed wire format that callers build"
)]
pub struct Ipv6<'a> {
    /// Version, traffic class and flow label as they share four bytes.
    pub version_class_flow: u32,
    /// Bytes after the fixed head; 0 in captures of offloaded segments and in
    /// jumbograms (RFC 2675).
    pub payload_length: u16,
    /// Type of the first extension header, or of the payload.
    pub next_header: Protocol,
    /// Hops left.
    pub hop_limit: u8,
    /// Source address.
    pub source: Ipv6Addr,
    /// Destination address.
    pub destination: Ipv6Addr,
    /// Extension headers up to the payload.
    pub extensions: Extensions<'a>,
    /// Protocol of the payload. That of a fragment may begin with further
    /// extension headers; see [`Extensions::split`].
    pub upper: Protocol,
    /// What it carries, as far as it was captured.
    pub payload: &'a [u8],
    /// What follows it in the buffer.
    pub trailing: &'a [u8],
}

impl<'a> Ipv6<'a> {
    /// A packet without extension headers, its length set.
    #[must_use]
    pub fn new(
        source: Ipv6Addr,
        destination: Ipv6Addr,
        protocol: Protocol,
        payload: &'a [u8],
    ) -> Self {
        Self {
            version_class_flow: 6 << 28,
            payload_length: u16::try_from(payload.len()).unwrap_or(u16::MAX),
            next_header: protocol,
            hop_limit: DEFAULT_HOPS,
            source,
            destination,
            extensions: Extensions::none(protocol),
            upper: protocol,
            payload,
            trailing: &[],
        }
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
        let packet = Self::read(i).map_err(|error| located(&error, i))?;
        let fault = packet.fault();
        Ok((packet, fault))
    }

    #[inline]
    fn read(i: &'a [u8]) -> Result<Self, nom::Err<Fault<'a>>> {
        let whole = i;
        if let Some(version) = i.first().map(|first| first >> 4)
            && version != 6
        {
            let value = bad_version(version);
            return Err(Fault::err(i, value.field, value.kind));
        }
        if i.len() < FIXED {
            return Err(leaf::truncated(i, "ipv6", FIXED));
        }
        let (i, version_class_flow) = leaf::u32(i, "version_class_flow")?;
        let (i, payload_length) = leaf::u16(i, "payload_length")?;
        let (i, next_header) = leaf::u8(i, "next_header")?;
        let (i, hop_limit) = leaf::u8(i, "hop_limit")?;
        let (i, source) = leaf::array::<16>(i, "src")?;
        let (i, destination) = leaf::array::<16>(i, "dst")?;
        let next_header = Protocol(next_header);
        let size = match payload_length {
            0 if next_header != Protocol::IPV6_NO_NEXT => whole.len(),
            length => length.into(),
        };
        let (body, trailing) = i.split_at_checked(size).unwrap_or((i, &[]));
        let (extensions, upper, payload) = Extensions::split(next_header, body);
        Ok(Self {
            version_class_flow,
            payload_length,
            next_header,
            hop_limit,
            source: source.into(),
            destination: destination.into(),
            extensions,
            upper,
            payload,
            trailing,
        })
    }

    /// The first thing wrong with the head.
    #[inline]
    fn fault(&self) -> Option<DecodeError> {
        if self.extensions.is_plain(self.upper) && self.length_fits() {
            return None;
        }
        self.option_fault().or_else(|| self.structure_fault())
    }

    fn option_fault(&self) -> Option<DecodeError> {
        self.extensions.fault().map(|fault| fault.shifted(FIXED))
    }

    /// What ends the chain early, or the length of the packet.
    #[inline]
    fn structure_fault(&self) -> Option<DecodeError> {
        if self.extensions.is_plain(self.upper) && self.length_fits() {
            return None;
        }
        let chain = self.extensions.end_fault(self.upper, self.payload);
        chain
            .map(|fault| fault.shifted(FIXED))
            .or_else(|| self.length_fault())
    }

    #[inline]
    fn length_fits(&self) -> bool {
        self.payload_length == 0 || usize::from(self.payload_length) == self.body_len()
    }

    fn body_len(&self) -> usize {
        self.extensions
            .as_bytes()
            .len()
            .saturating_add(self.payload.len())
    }

    fn length_fault(&self) -> Option<DecodeError> {
        (!self.length_fits()).then(|| {
            let kind = DecodeErrorKind::BadLength {
                value: self.payload_length.into(),
                min: self.extensions.as_bytes().len(),
                max: self.body_len().saturating_add(self.trailing.len()),
            };
            DecodeError::new(4, "payload_length", kind)
        })
    }

    /// Lays out the head with its extension headers; the payload is laid out
    /// by its own protocol.
    #[inline]
    pub fn lay_out(&self, out: &mut impl Layout) {
        self.lay_out_with(self.structure_fault(), out);
    }

    /// Like [`Ipv6::lay_out`] for a packet that a snap length or an ICMP quote
    /// has cut: bytes that are missing are not marked as malformed.
    pub fn lay_out_cut(&self, out: &mut impl Layout) {
        let captured = self.body_len().saturating_add(self.trailing.len());
        let fault = self.structure_fault();
        let whole = usize::from(self.payload_length) <= captured;
        self.lay_out_with(fault.filter(|_| whole), out);
    }

    /// A bad option is marked where it stands, all else by `fault`.
    #[inline]
    fn lay_out_with(&self, fault: Option<DecodeError>, out: &mut impl Layout) {
        out.group(&IPV6, |out| {
            out.u32(&VERSION_CLASS_FLOW, self.version_class_flow);
            out.part(&VERSION, (self.version_class_flow >> 28).into());
            out.part(&TRAFFIC_CLASS, self.traffic_class().into());
            out.part(&ECN, (self.traffic_class() & 3).into());
            out.part(&FLOW_LABEL, (self.version_class_flow & 0xf_ffff).into());
            out.u16(&PAYLOAD_LENGTH, self.payload_length);
            out.u8(&NEXT_HEADER, self.next_header.0);
            out.u8(&HOP_LIMIT, self.hop_limit);
            out.bytes(&SRC, &self.source.octets());
            out.bytes(&DST, &self.destination.octets());
            for extension in self.extensions.iter() {
                extension.lay_out(out);
            }
            if let Some(fault) = fault {
                out.malformed(&fault);
            }
        });
    }

    /// Appends the head's bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.lay_out(&mut Encoder::new(out));
    }

    /// Bytes of the head, extension headers included.
    #[must_use]
    #[inline]
    pub const fn head_len(&self) -> usize {
        FIXED.saturating_add(self.extensions.as_bytes().len())
    }

    /// DSCP and ECN (RFC 2474, RFC 3168).
    #[must_use]
    pub const fn traffic_class(&self) -> u8 {
        let [class, ..] = (self.version_class_flow << 4).to_be_bytes();
        class
    }

    /// Where in its datagram the payload belongs; `None` when it is whole.
    #[must_use]
    #[inline]
    pub fn fragment(&self) -> Option<Fragment> {
        if self.extensions.as_bytes().is_empty() {
            return None;
        }
        self.extensions
            .iter()
            .find_map(|extension| extension.fragment())
    }
}

static IPV6: Field = Field::new(
    "ipv6",
    "IPv6",
    "Internet Protocol version 6, RFC 8200",
    Show::Group,
);
static VERSION_CLASS_FLOW: Field = Field::new(
    "version_class_flow",
    "Version, traffic class and flow label",
    "Three numbers that share four bytes, RFC 8200 §3",
    Show::Hex,
);
static VERSION: Field = Field::new("version", "Version", "Always 6, RFC 8200 §3", Show::Dec);
static TRAFFIC_CLASS: Field = Field::new(
    "traffic_class",
    "Traffic class",
    "Differentiated services and congestion notification, RFC 8200 §7",
    Show::Hex,
);
static ECN: Field = Field::new(
    "ecn",
    "ECN",
    "Explicit congestion notification, RFC 3168 §5",
    Show::Named(ecn_name),
);
static FLOW_LABEL: Field = Field::new(
    "flow_label",
    "Flow label",
    "Marks packets that should take one path, RFC 6437",
    Show::Hex,
);
static PAYLOAD_LENGTH: Field = Field::new(
    "payload_length",
    "Payload length",
    "Bytes after the fixed head, extension headers included, RFC 8200 §3",
    Show::Dec,
);
static HOP_LIMIT: Field = Field::new(
    "hop_limit",
    "Hop limit",
    "Hops left, RFC 8200 §3",
    Show::Dec,
);
static SRC: Field = Field::new("src", "Source", "Source address", Show::Address);
static DST: Field = Field::new("dst", "Destination", "Destination address", Show::Address);

/// Bytes of the head without extension headers.
const FIXED: usize = 40;

/// Hops that a packet made here may take (RFC 1700).
const DEFAULT_HOPS: u8 = 64;
