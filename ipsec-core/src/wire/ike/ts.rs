//! Traffic Selector payloads (RFC 7296 §3.13; Fibre Channel RFC 4595,
//! security labels RFC 9478).
#![expect(clippy::exhaustive_structs, reason = "a fixed wire format")]

use super::super::layout::{Field, Layout, Show};
use super::super::leaf::{self, Fault, Parsed, located};
use super::fields::{DATA, LENGTH, RESERVED, octet};
use super::unread::{Faults, Sequence, Unread, bad_length, bad_value, misstated, stated};
use crate::wire::registry::ike::TsType;
use crate::wire::registry::ip::Protocol;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::net::{Ipv4Addr, Ipv6Addr};

/// Traffic of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ts<'a> {
    /// The selectors; traffic that fits one of them is meant.
    pub selectors: Vec<Selector<'a>>,
    /// Three bytes sent as zero.
    pub reserved: [u8; 3],
    /// The number of selectors, where the wire's differs.
    pub count: Option<u8>,
    /// What follows the last selector that could be read.
    pub unread: Option<Box<Unread<'a>>>,
}

/// A set of packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Selector<'a> {
    /// A range of IPv4 addresses, a protocol and a range of ports.
    Ipv4 {
        /// IP protocol, 0 for any.
        protocol: Protocol,
        /// First and last port, 0 and 65535 for all; for ICMP, type and code.
        ports: (u16, u16),
        /// First and last address.
        addresses: (Ipv4Addr, Ipv4Addr),
    },
    /// A range of IPv6 addresses, a protocol and a range of ports.
    Ipv6 {
        /// IP protocol, 0 for any.
        protocol: Protocol,
        /// First and last port, 0 and 65535 for all; for ICMP, type and code.
        ports: (u16, u16),
        /// First and last address.
        addresses: (Ipv6Addr, Ipv6Addr),
    },
    /// Ranges of Fibre Channel addresses, routing controls and types.
    FibreChannel {
        /// Three bytes sent as zero: behind the type, before each address.
        reserved: [u8; 3],
        /// First and last address.
        addresses: ([u8; 3], [u8; 3]),
        /// First and last R_CTL.
        routing: (u8, u8),
        /// First and last type.
        types: (u8, u8),
    },
    /// A label, to be matched as it is.
    SecurityLabel {
        /// A byte sent as zero.
        reserved: u8,
        /// The label.
        label: &'a [u8],
    },
    /// A type not known here, or a known one of a wrong length.
    Unknown {
        /// The type.
        kind: TsType,
        /// The byte behind the type; the protocol in IP selectors.
        second: u8,
        /// What follows the selector's length.
        data: &'a [u8],
    },
}

impl<'a> Ts<'a> {
    /// Traffic that fits one of `selectors`.
    #[must_use]
    pub const fn new(selectors: Vec<Selector<'a>>) -> Self {
        Self {
            selectors,
            reserved: [0; 3],
            count: None,
            unread: None,
        }
    }

    pub(super) fn decode(
        payload: &'a [u8],
        i: &'a [u8],
        faults: &mut Faults<'a>,
    ) -> Result<Self, nom::Err<Fault<'a>>> {
        let (after, count) = leaf::u8(i, "num_selectors")?;
        let (items, reserved) = leaf::array(after, "reserved")?;
        let room = items.len() / SELECTOR_HEADER;
        let mut selectors = Vec::with_capacity(room.min(MAX_SELECTORS));
        let sequence = Sequence {
            group: payload,
            items,
            limit: MAX_SELECTORS,
            field: "selector",
        };
        let unread = sequence.read(faults, |i, faults| {
            let (rest, selector) = Selector::decode(i, faults)?;
            selectors.push(selector);
            Ok(rest)
        });
        let stated_count = stated(count, octet(selectors.len()));
        if let Some(count) = stated_count {
            faults.note(&bad_value(i, "num_selectors", count));
        }
        Ok(Self {
            selectors,
            reserved,
            count: stated_count,
            unread,
        })
    }

    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        let count = octet(self.selectors.len());
        out.u8(&NUM_SELECTORS, self.count.unwrap_or(count));
        out.bytes(&RESERVED, &self.reserved);
        for selector in &self.selectors {
            selector.lay_out(out);
        }
        if let Some(unread) = &self.unread {
            unread.lay_out(out);
        }
        if let Some(count) = self.count {
            misstated(out, COUNT_OFFSET, "num_selectors", count);
        }
    }
}

impl<'a> Selector<'a> {
    /// Its type.
    #[must_use]
    pub const fn kind(&self) -> TsType {
        match self {
            Self::Ipv4 { .. } => TsType::TS_IPV4_ADDR_RANGE,
            Self::Ipv6 { .. } => TsType::TS_IPV6_ADDR_RANGE,
            Self::FibreChannel { .. } => TsType::TS_FC_ADDR_RANGE,
            Self::SecurityLabel { .. } => TsType::TS_SECLABEL,
            Self::Unknown { kind, .. } => *kind,
        }
    }

    fn decode(i: &'a [u8], faults: &mut Faults<'a>) -> Parsed<'a, Self> {
        let (rest, [kind, second, high, low]) = leaf::array::<SELECTOR_HEADER>(i, "selector")?;
        let kind = TsType(kind);
        let length = usize::from(u16::from_be_bytes([high, low]));
        let framed = length
            .checked_sub(SELECTOR_HEADER)
            .and_then(|size| rest.split_at_checked(size));
        let Some((data, after)) = framed else {
            let at = i.get(2..).unwrap_or_default();
            return Err(bad_length(at, "length", length, SELECTOR_HEADER, i.len()));
        };
        let selector = Self::decode_data(kind, second, data).unwrap_or_else(|error| {
            faults.note(&error);
            Self::Unknown { kind, second, data }
        });
        Ok((after, selector))
    }

    fn decode_data(kind: TsType, second: u8, i: &'a [u8]) -> Result<Self, nom::Err<Fault<'a>>> {
        let selector = match kind {
            TsType::TS_IPV4_ADDR_RANGE => Self::ipv4(second, i),
            TsType::TS_IPV6_ADDR_RANGE => Self::ipv6(second, i),
            TsType::TS_FC_ADDR_RANGE => Self::fibre_channel(second, i),
            TsType::TS_SECLABEL => Some(Self::SecurityLabel {
                reserved: second,
                label: i,
            }),
            _ => Some(Self::Unknown {
                kind,
                second,
                data: i,
            }),
        };
        let size = if kind == TsType::TS_IPV6_ADDR_RANGE {
            36
        } else {
            12
        };
        selector.ok_or_else(|| bad_length(i, "data", i.len(), size, size))
    }

    fn ipv4(protocol: u8, i: &[u8]) -> Option<Self> {
        let [a, b, c, d, addresses @ ..] = <[u8; 12]>::try_from(i).ok()?;
        let [start, end] = *addresses.as_chunks::<4>().0.first_chunk()?;
        Some(Self::Ipv4 {
            protocol: Protocol(protocol),
            ports: (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])),
            addresses: (start.into(), end.into()),
        })
    }

    fn ipv6(protocol: u8, i: &[u8]) -> Option<Self> {
        let [a, b, c, d, addresses @ ..] = <[u8; 36]>::try_from(i).ok()?;
        let [start, end] = *addresses.as_chunks::<16>().0.first_chunk()?;
        Some(Self::Ipv6 {
            protocol: Protocol(protocol),
            ports: (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])),
            addresses: (start.into(), end.into()),
        })
    }

    fn fibre_channel(reserved: u8, i: &[u8]) -> Option<Self> {
        let [
            r1,
            a1,
            a2,
            a3,
            r2,
            b1,
            b2,
            b3,
            routing,
            routing_end,
            kind,
            kind_end,
        ] = <[u8; 12]>::try_from(i).ok()?;
        Some(Self::FibreChannel {
            reserved: [reserved, r1, r2],
            addresses: ([a1, a2, a3], [b1, b2, b3]),
            routing: (routing, routing_end),
            types: (kind, kind_end),
        })
    }

    fn lay_out(&self, out: &mut impl Layout) {
        out.group(&SELECTOR, |out| {
            out.value(self.kind().0.into());
            out.u8(&TYPE, self.kind().0);
            match *self {
                Self::Ipv4 {
                    protocol,
                    ports,
                    addresses: (start, end),
                } => lay_out_ip(protocol, ports, &start.octets(), &end.octets(), out),
                Self::Ipv6 {
                    protocol,
                    ports,
                    addresses: (start, end),
                } => lay_out_ip(protocol, ports, &start.octets(), &end.octets(), out),
                Self::FibreChannel { .. } => self.lay_out_fibre_channel(out),
                Self::SecurityLabel { reserved, label } => {
                    out.bytes(&RESERVED, &[reserved]);
                    out.length16(&LENGTH);
                    out.bytes(&LABEL, label);
                }
                Self::Unknown { kind, second, data } => {
                    out.u8(&SECOND, second);
                    out.length16(&LENGTH);
                    out.bytes(&DATA, data);
                    if let Err(error) = Self::decode_data(kind, second, data) {
                        out.malformed(&located(&error, data).shifted(SELECTOR_HEADER));
                    }
                }
            }
        });
    }

    fn lay_out_fibre_channel(&self, out: &mut impl Layout) {
        let Self::FibreChannel {
            reserved: [r0, r1, r2],
            addresses: (start, end),
            routing,
            types,
        } = *self
        else {
            return;
        };
        out.bytes(&RESERVED, &[r0]);
        out.length16(&LENGTH);
        out.bytes(&RESERVED, &[r1]);
        out.bytes(&FC_START, &start);
        out.bytes(&RESERVED, &[r2]);
        out.bytes(&FC_END, &end);
        out.u8(&FC_ROUTING_START, routing.0);
        out.u8(&FC_ROUTING_END, routing.1);
        out.u8(&FC_TYPE_START, types.0);
        out.u8(&FC_TYPE_END, types.1);
    }
}

fn lay_out_ip(
    protocol: Protocol,
    ports: (u16, u16),
    start: &[u8],
    end: &[u8],
    out: &mut impl Layout,
) {
    out.u8(&PROTOCOL, protocol.0);
    out.length16(&LENGTH);
    out.u16(&START_PORT, ports.0);
    out.u16(&END_PORT, ports.1);
    out.bytes(&START_ADDRESS, start);
    out.bytes(&END_ADDRESS, end);
}

const SELECTOR_HEADER: usize = 4;

/// Where the number of selectors stands in its payload.
const COUNT_OFFSET: usize = 4;

/// The most selectors that are read from one payload; their number has eight
/// bits.
const MAX_SELECTORS: usize = 255;

static NUM_SELECTORS: Field = Field::new(
    "num_selectors",
    "Number of selectors",
    "Traffic selectors that follow (RFC 7296 §3.13)",
    Show::Dec,
);
static SELECTOR: Field = Field::new(
    "selector",
    "Traffic selector",
    "A set of packets: addresses, protocol, ports (RFC 7296 §3.13.1)",
    Show::Named(TsType::name_of),
);
static TYPE: Field = Field::new(
    "type",
    "TS type",
    "What kind of addresses it has (RFC 7296 §3.13.1)",
    Show::Named(TsType::name_of),
);
static PROTOCOL: Field = Field::new(
    "ip_protocol",
    "IP protocol",
    "0 for any (RFC 7296 §3.13.1)",
    Show::Named(protocol_name),
);
static SECOND: Field = Field::new(
    "ip_protocol",
    "IP protocol",
    "Meaning depends on the type, which is unknown or misread here",
    Show::Dec,
);
static START_PORT: Field = Field::new(
    "start_port",
    "Start port",
    "First port; for ICMP the first type and code (RFC 7296 §3.13.1)",
    Show::Dec,
);
static END_PORT: Field = Field::new(
    "end_port",
    "End port",
    "Last port; for ICMP the last type and code (RFC 7296 §3.13.1)",
    Show::Dec,
);
static START_ADDRESS: Field = Field::new(
    "start_address",
    "Starting address",
    "First address of the range (RFC 7296 §3.13.1)",
    Show::Address,
);
static END_ADDRESS: Field = Field::new(
    "end_address",
    "Ending address",
    "Last address of the range (RFC 7296 §3.13.1)",
    Show::Address,
);
static LABEL: Field = Field::new(
    "label",
    "Security label",
    "Opaque; matched as it is (RFC 9478 §2)",
    Show::Text,
);
static FC_START: Field = Field::new(
    "start_address",
    "Starting address",
    "First Fibre Channel address (RFC 4595 §4.4)",
    Show::Bytes,
);
static FC_END: Field = Field::new(
    "end_address",
    "Ending address",
    "Last Fibre Channel address (RFC 4595 §4.4)",
    Show::Bytes,
);
static FC_ROUTING_START: Field = Field::new(
    "start_r_ctl",
    "Starting R_CTL",
    "First routing control (RFC 4595 §4.4)",
    Show::Hex,
);
static FC_ROUTING_END: Field = Field::new(
    "end_r_ctl",
    "Ending R_CTL",
    "Last routing control (RFC 4595 §4.4)",
    Show::Hex,
);
static FC_TYPE_START: Field = Field::new(
    "start_type",
    "Starting type",
    "First Fibre Channel type (RFC 4595 §4.4)",
    Show::Hex,
);
static FC_TYPE_END: Field = Field::new(
    "end_type",
    "Ending type",
    "Last Fibre Channel type (RFC 4595 §4.4)",
    Show::Hex,
);

/// In a selector, protocol 0 means any.
fn protocol_name(value: u64) -> Option<&'static str> {
    match value {
        0 => Some("any"),
        _ => Protocol::name_of(value),
    }
}
