//! IPv6 extension headers (RFC 8200 §4); mobility (RFC 6275), HIP (RFC 7401)
//! and Shim6 (RFC 5533) headers are kept whole.

use super::Fragment;
use crate::wire::layout::{Field, Layout, Show};
use crate::wire::leaf::{self, DecodeError, DecodeErrorKind, Fault, Parsed, located};
use crate::wire::options::Options;
use crate::wire::registry::ip::{Ipv6Option, Protocol};

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

    /// An empty chain before `protocol`.
    pub(super) const fn none(protocol: Protocol) -> Self {
        Self {
            first: protocol,
            bytes: &[],
        }
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
    pub(super) const fn is_plain(&self, upper: Protocol) -> bool {
        self.bytes.is_empty() && !is_extension(upper)
    }

    /// What is wrong with options in the chain, with its offset in the chain.
    pub(super) fn fault(&self) -> Option<DecodeError> {
        self.iter().find_map(|extension| {
            let Extension::Options { options, .. } = extension else {
                return None;
            };
            let before = leaf::offset_in(self.bytes, options.as_bytes());
            options.fault().map(|fault| fault.shifted(before))
        })
    }

    /// Why the chain ends before `upper`, an extension header itself.
    pub(super) fn end_fault(&self, upper: Protocol, payload: &'a [u8]) -> Option<DecodeError> {
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

    pub(super) fn lay_out(&self, out: &mut impl Layout) {
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

pub(super) static NEXT_HEADER: Field = Field::new(
    "next_header",
    "Next header",
    "What follows this header, RFC 8200 §3",
    Show::Named(Protocol::name_of),
);
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

/// Reserved bits of the fragment header.
const FRAGMENT_RESERVED: u16 = 0x0006;

/// The offset in the fragment header, in bytes.
const FRAGMENT_OFFSET_MASK: u16 = 0xfff8;

/// Extension headers read in one packet. RFC 8200 §4.1 knows seven places.
const MAX_EXTENSIONS: usize = 32;
