//! IPv6 (RFC 8200) and its extension headers; mobility (RFC 6275), HIP
//! (RFC 7401) and Shim6 (RFC 5533) headers are kept whole.
//!
//! ESP and AH count as what the packet carries, not as extension headers.

use super::{Fragment, Options, bad_version, ecn_name};
use crate::wire::layout::{Encoder, Field, Layout, Show};
use crate::wire::leaf::{self, DecodeError, DecodeErrorKind, Fault, Parsed, located};
use crate::wire::registry::ip::{Ipv6Option, Protocol};
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
            extensions: Extensions {
                first: protocol,
                bytes: &[],
            },
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
            .bytes
            .len()
            .saturating_add(self.payload.len())
    }

    fn length_fault(&self) -> Option<DecodeError> {
        (!self.length_fits()).then(|| {
            let kind = DecodeErrorKind::BadLength {
                value: self.payload_length.into(),
                min: self.extensions.bytes.len(),
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
        FIXED.saturating_add(self.extensions.bytes.len())
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
        if self.extensions.bytes.is_empty() {
            return None;
        }
        self.extensions
            .iter()
            .find_map(|extension| extension.fragment())
    }
}

/// A chain of extension headers as it stands in the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extensions<'a> {
    first: Protocol,
    bytes: &'a [u8],
}

impl<'a> Extensions<'a> {
    /// Splits `bytes`, which begin with a header of type `first`, into its
    /// extension headers, the protocol after them and the rest. A header that
    /// cannot be read, the header of a fragment and header number
    /// `MAX_EXTENSIONS` (32) end the chain.
    #[must_use]
    #[inline]
    pub fn split(first: Protocol, bytes: &'a [u8]) -> (Self, Protocol, &'a [u8]) {
        let (mut next, mut rest) = (first, bytes);
        if is_extension(first) {
            for _ in 0..MAX_EXTENSIONS {
                let Ok((after, Some(extension))) = extension(next, rest) else {
                    break;
                };
                (next, rest) = (extension.next_header(), after);
                if extension.fragment().is_some() {
                    break;
                }
            }
        }
        let used = bytes.len().saturating_sub(rest.len());
        let bytes = bytes.get(..used).unwrap_or_default();
        (Self { first, bytes }, next, rest)
    }

    /// The headers as they came.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The headers in order.
    pub fn iter(&self) -> impl Iterator<Item = Extension<'a>> + use<'a> {
        let (mut next, mut rest) = (self.first, self.bytes);
        core::iter::from_fn(move || {
            let (after, read) = extension(next, rest).ok()?;
            let read = read?;
            (next, rest) = (read.next_header(), after);
            Some(read)
        })
    }

    /// Whether there is nothing in or after the chain that could be wrong.
    #[inline]
    const fn is_plain(&self, upper: Protocol) -> bool {
        self.bytes.is_empty() && !is_extension(upper)
    }

    /// What is wrong with options in the chain, with its offset in the chain.
    fn fault(&self) -> Option<DecodeError> {
        self.iter().find_map(|extension| {
            let Extension::Options { options, .. } = extension else {
                return None;
            };
            let before = leaf::offset_in(self.bytes, options.as_bytes());
            options.fault().map(|fault| fault.shifted(before))
        })
    }

    /// Why the chain ends before `upper`, an extension header itself.
    fn end_fault(&self, upper: Protocol, payload: &'a [u8]) -> Option<DecodeError> {
        if self.iter().any(|extension| extension.fragment().is_some()) {
            return None;
        }
        let fault = match extension(upper, payload) {
            Ok((_, None)) => return None,
            Ok((_, Some(_))) => {
                let limit = MAX_EXTENSIONS;
                DecodeError::new(0, "next_header", DecodeErrorKind::TooMany { limit })
            }
            Err(error) => located(&error, payload),
        };
        Some(fault.shifted(self.bytes.len()))
    }
}

/// One extension header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Extension<'a> {
    /// Hop-by-hop or destination options (RFC 8200 §4.3, §4.6).
    Options {
        /// Which of the two.
        protocol: Protocol,
        /// Type of the header after it.
        next_header: Protocol,
        /// Units of eight bytes after the first eight.
        length: u8,
        /// The options.
        options: Options<'a, Ipv6Option>,
    },
    /// Routing (RFC 8200 §4.4).
    Routing {
        /// Type of the header after it.
        next_header: Protocol,
        /// Units of eight bytes after the first eight.
        length: u8,
        /// Routing type.
        kind: u8,
        /// Nodes still to be visited.
        segments_left: u8,
        /// What the routing type says it is.
        data: &'a [u8],
    },
    /// Fragment (RFC 8200 §4.5).
    Fragment {
        /// Type of the header that the datagram's fragmentable part begins with.
        next_header: Protocol,
        /// Zero.
        reserved: u8,
        /// Offset in bytes in all but the low three bits; M flag in the lowest.
        offset_flags: u16,
        /// Shared by the fragments of one datagram.
        id: u32,
    },
    /// Mobility, HIP, Shim6.
    Other {
        /// Which it is.
        protocol: Protocol,
        /// Type of the header after it.
        next_header: Protocol,
        /// Units of eight bytes after the first eight.
        length: u8,
        /// The rest of it.
        data: &'a [u8],
    },
}

impl Extension<'_> {
    /// Type of the header after it.
    #[must_use]
    pub const fn next_header(&self) -> Protocol {
        match *self {
            Self::Options { next_header, .. }
            | Self::Routing { next_header, .. }
            | Self::Fragment { next_header, .. }
            | Self::Other { next_header, .. } => next_header,
        }
    }

    /// The place a fragment header gives; `None` for others, and for one that
    /// says the packet is whole (RFC 6946).
    #[must_use]
    pub fn fragment(&self) -> Option<Fragment> {
        match *self {
            Self::Fragment {
                offset_flags, id, ..
            } if offset_flags & !FRAGMENT_RESERVED != 0 => Some(Fragment {
                id,
                offset: (offset_flags & FRAGMENT_OFFSET_MASK).into(),
                more: offset_flags & 1 != 0,
                dont: true,
            }),
            Self::Options { .. }
            | Self::Routing { .. }
            | Self::Fragment { .. }
            | Self::Other { .. } => None,
        }
    }

    fn lay_out(&self, out: &mut impl Layout) {
        match *self {
            Self::Options {
                protocol,
                next_header,
                length,
                options,
            } => {
                let group = match protocol {
                    Protocol::HOPOPT => &HOP_BY_HOP,
                    _ => &DESTINATION_OPTIONS,
                };
                out.group(group, |out| {
                    lay_out_start(next_header, length, out);
                    options.lay_out(out);
                });
            }
            Self::Routing {
                next_header,
                length,
                kind,
                segments_left,
                data,
            } => out.group(&ROUTING, |out| {
                lay_out_start(next_header, length, out);
                out.u8(&ROUTING_TYPE, kind);
                out.u8(&SEGMENTS_LEFT, segments_left);
                out.bytes(&DATA, data);
            }),
            Self::Fragment {
                next_header,
                reserved,
                offset_flags,
                id,
            } => out.group(&FRAGMENT, |out| {
                out.u8(&NEXT_HEADER, next_header.0);
                out.u8(&RESERVED, reserved);
                out.u16(&OFFSET_FLAGS, offset_flags);
                out.part(&OFFSET, (offset_flags & FRAGMENT_OFFSET_MASK).into());
                out.part(&MORE, (offset_flags & 1).into());
                out.u32(&FRAGMENT_ID, id);
            }),
            Self::Other {
                protocol,
                next_header,
                length,
                data,
            } => out.group(&EXTENSION, |out| {
                out.value(protocol.0.into());
                lay_out_start(next_header, length, out);
                out.bytes(&DATA, data);
            }),
        }
    }
}

fn lay_out_start(next_header: Protocol, length: u8, out: &mut impl Layout) {
    out.u8(&NEXT_HEADER, next_header.0);
    out.u8(&LENGTH, length);
}

#[inline]
const fn is_extension(protocol: Protocol) -> bool {
    matches!(
        protocol,
        Protocol::HOPOPT
            | Protocol::IPV6_ROUTE
            | Protocol::IPV6_FRAG
            | Protocol::IPV6_OPTS
            | Protocol::MOBILITY_HEADER
            | Protocol::HIP
            | Protocol::SHIM6
    )
}

/// Reads a header of type `protocol`; `None` when that is no extension header.
fn extension(protocol: Protocol, i: &[u8]) -> Parsed<'_, Option<Extension<'_>>> {
    if !is_extension(protocol) {
        return Ok((i, None));
    }
    let (rest, next_header) = leaf::u8(i, "next_header")?;
    let next_header = Protocol(next_header);
    if protocol == Protocol::IPV6_FRAG {
        let (rest, reserved) = leaf::u8(rest, "reserved")?;
        let (rest, offset_flags) = leaf::u16(rest, "offset_flags")?;
        let (rest, id) = leaf::u32(rest, "id")?;
        let fragment = Extension::Fragment {
            next_header,
            reserved,
            offset_flags,
            id,
        };
        return Ok((rest, Some(fragment)));
    }
    let (body, length) = leaf::u8(rest, "length")?;
    let size = usize::from(length).saturating_add(1).saturating_mul(8);
    let Some((data, after)) = body.split_at_checked(size.saturating_sub(2)) else {
        let kind = DecodeErrorKind::BadLength {
            value: size,
            min: 8,
            max: i.len(),
        };
        return Err(Fault::err(rest, "length", kind));
    };
    let extension = match protocol {
        Protocol::HOPOPT | Protocol::IPV6_OPTS => Extension::Options {
            protocol,
            next_header,
            length,
            options: Options::new(data),
        },
        Protocol::IPV6_ROUTE => {
            let (data, kind) = leaf::u8(data, "type")?;
            let (data, segments_left) = leaf::u8(data, "segments_left")?;
            Extension::Routing {
                next_header,
                length,
                kind,
                segments_left,
                data,
            }
        }
        _ => Extension::Other {
            protocol,
            next_header,
            length,
            data,
        },
    };
    Ok((after, Some(extension)))
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
static NEXT_HEADER: Field = Field::new(
    "next_header",
    "Next header",
    "What follows this header, RFC 8200 §3",
    Show::Named(Protocol::name_of),
);
static HOP_LIMIT: Field = Field::new(
    "hop_limit",
    "Hop limit",
    "Hops left, RFC 8200 §3",
    Show::Dec,
);
static SRC: Field = Field::new("src", "Source", "Source address", Show::Address);
static DST: Field = Field::new("dst", "Destination", "Destination address", Show::Address);
static LENGTH: Field = Field::new(
    "length",
    "Length",
    "Units of eight bytes after the first eight, RFC 8200 §4",
    Show::Dec,
);
static HOP_BY_HOP: Field = Field::new(
    "hop_by_hop",
    "Hop-by-hop options",
    "Options for every router on the path, RFC 8200 §4.3",
    Show::Group,
);
static DESTINATION_OPTIONS: Field = Field::new(
    "destination_options",
    "Destination options",
    "Options for the destination, RFC 8200 §4.6",
    Show::Group,
);
static ROUTING: Field = Field::new(
    "routing",
    "Routing header",
    "Nodes to visit on the way, RFC 8200 §4.4",
    Show::Group,
);
static ROUTING_TYPE: Field = Field::new(
    "type",
    "Routing type",
    "Which kind of routing header, RFC 8200 §4.4",
    Show::Dec,
);
static SEGMENTS_LEFT: Field = Field::new(
    "segments_left",
    "Segments left",
    "Listed nodes still to be visited, RFC 8200 §4.4",
    Show::Dec,
);
static DATA: Field = Field::new("data", "Data", "The rest of the header", Show::Bytes);
static FRAGMENT: Field = Field::new(
    "fragment",
    "Fragment header",
    "Where in its datagram the packet belongs, RFC 8200 §4.5",
    Show::Group,
);
static RESERVED: Field = Field::new("reserved", "Reserved", "Zero, RFC 8200 §4.5", Show::Hex);
static OFFSET_FLAGS: Field = Field::new(
    "offset_flags",
    "Fragment offset and flag",
    "Two numbers that share two bytes, RFC 8200 §4.5",
    Show::Hex,
);
static OFFSET: Field = Field::new(
    "offset",
    "Fragment offset",
    "Bytes of the fragmentable part before this fragment, RFC 8200 §4.5",
    Show::Dec,
);
static MORE: Field = Field::new(
    "more",
    "More fragments",
    "This is not the last fragment, RFC 8200 §4.5",
    Show::Dec,
);
static FRAGMENT_ID: Field = Field::new(
    "id",
    "Identification",
    "Shared by the fragments of one datagram, RFC 8200 §4.5",
    Show::Hex,
);
static EXTENSION: Field = Field::new(
    "extension",
    "Extension header",
    "A header between IPv6 and its payload, RFC 8200 §4",
    Show::Named(Protocol::name_of),
);

/// Bytes of the head without extension headers.
const FIXED: usize = 40;

/// Reserved bits of the fragment header.
const FRAGMENT_RESERVED: u16 = 0x0006;

/// The offset in the fragment header, in bytes.
const FRAGMENT_OFFSET_MASK: u16 = 0xfff8;

/// Hops that a packet made here may take (RFC 1700).
const DEFAULT_HOPS: u8 = 64;

/// Extension headers read in one packet. RFC 8200 §4.1 knows seven places.
const MAX_EXTENSIONS: usize = 32;
