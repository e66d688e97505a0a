//! Identification payloads (RFC 2407 §4.6.2): who a peer is in phase 1, which
//! traffic an SA protects in phase 2; lists of them (RFC 3554 §3).

use super::super::layout::{Field, Layout, Show};
use super::super::leaf::{DecodeError, DecodeErrorKind, Fault, Parsed, bytes, truncated, u8, u16};
use super::super::registry::ip::Protocol;
use super::super::registry::isakmp::IdType;
use super::fields::{GENERIC, LENGTH, NEXT_PAYLOAD, RESERVED};
use core::net::{Ipv4Addr, Ipv6Addr};

/// An identity, or a selector of traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id<'a> {
    /// What the data are.
    pub kind: IdType,
    /// IP protocol the identity is limited to; 0 for any.
    pub protocol: u8,
    /// Port the identity is limited to; 0 for any.
    pub port: u16,
    /// The identity itself; [`Id::value`] reads it.
    pub data: &'a [u8],
}

/// The data of an identification, by its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdValue<'a> {
    /// One IPv4 address.
    Ipv4(Ipv4Addr),
    /// IPv4 address and mask.
    Ipv4Subnet(Ipv4Addr, Ipv4Addr),
    /// First and last IPv4 address.
    Ipv4Range(Ipv4Addr, Ipv4Addr),
    /// One IPv6 address.
    Ipv6(Ipv6Addr),
    /// IPv6 address and mask.
    Ipv6Subnet(Ipv6Addr, Ipv6Addr),
    /// First and last IPv6 address.
    Ipv6Range(Ipv6Addr, Ipv6Addr),
    /// A domain name, in whatever bytes the peer sent.
    Fqdn(&'a [u8]),
    /// A user at a domain, in whatever bytes the peer sent.
    UserFqdn(&'a [u8]),
    /// An X.500 distinguished name in DER.
    DerDn(&'a [u8]),
    /// An X.500 general name in DER.
    DerGn(&'a [u8]),
    /// Bytes that select a pre-shared key.
    KeyId(&'a [u8]),
    /// Several identities.
    List(IdEntries<'a>),
    /// An unknown type, or data that are not of the size the type asks for.
    Other(&'a [u8]),
}

impl<'a> Id<'a> {
    /// Reads the data by their type.
    #[must_use]
    pub fn value(&self) -> IdValue<'a> {
        let data = self.data;
        match self.kind {
            IdType::ID_FQDN => IdValue::Fqdn(data),
            IdType::ID_USER_FQDN => IdValue::UserFqdn(data),
            IdType::ID_DER_ASN1_DN => IdValue::DerDn(data),
            IdType::ID_DER_ASN1_GN => IdValue::DerGn(data),
            IdType::ID_KEY_ID => IdValue::KeyId(data),
            IdType::ID_LIST => IdValue::List(IdEntries::new(data)),
            kind => addresses(kind, data).unwrap_or(IdValue::Other(data)),
        }
    }

    pub(super) fn decode(i: &'a [u8]) -> Result<Self, nom::Err<Fault<'a>>> {
        let (i, kind) = u8(i, "type")?;
        let (i, protocol) = u8(i, "ip_protocol")?;
        let (data, port) = u16(i, "port")?;
        Ok(Self {
            kind: IdType(kind),
            protocol,
            port,
            data,
        })
    }

    pub(super) fn fault(&self) -> Option<DecodeError> {
        if self.kind != IdType::ID_LIST {
            return wrong_size(self.kind, self.data);
        }
        let mut entries = IdEntries::new(self.data);
        while entries.read().is_some() {}
        let extra = entries.left.len();
        let offset = DATA_AT.saturating_add(self.data.len().saturating_sub(extra));
        (extra != 0).then(|| DecodeError::new(offset, "entry", DecodeErrorKind::Trailing { extra }))
    }

    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        self.lay_out_head(out);
        if self.kind != IdType::ID_LIST {
            return lay_out_data(self.kind, self.data, out);
        }
        let mut entries = IdEntries::new(self.data);
        while let Some(entry) = entries.read() {
            entry.lay_out(out);
        }
        out.bytes(&DATA, entries.left);
    }

    fn lay_out_head(&self, out: &mut impl Layout) {
        out.value(self.kind.0.into());
        out.u8(&TYPE, self.kind.0);
        out.u8(&PROTOCOL, self.protocol);
        out.u16(&PORT, self.port);
    }
}

/// The identities of a list; lists among them are not taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdEntries<'a> {
    left: &'a [u8],
    count: usize,
}

impl<'a> IdEntries<'a> {
    const fn new(data: &'a [u8]) -> Self {
        Self {
            left: data,
            count: 0,
        }
    }

    fn read(&mut self) -> Option<Entry<'a>> {
        if self.count == MAX_ENTRIES {
            return None;
        }
        let (left, next) = entry(self.left).ok()?;
        self.left = left;
        self.count = self.count.saturating_add(1);
        Some(next)
    }
}

impl<'a> Iterator for IdEntries<'a> {
    type Item = Id<'a>;

    fn next(&mut self) -> Option<Id<'a>> {
        self.read().map(|entry| entry.id)
    }
}

/// An identity in a list, with the generic header it carries along.
struct Entry<'a> {
    next: u8,
    reserved: u8,
    id: Id<'a>,
}

fn entry(start: &[u8]) -> Parsed<'_, Entry<'_>> {
    let (i, next) = u8(start, "next_payload")?;
    let (i, reserved) = u8(i, "reserved")?;
    let (_, length) = u16(i, "length")?;
    let (rest, whole) = bytes(start, length.into(), "entry")?;
    let (_, content) = whole
        .split_at_checked(GENERIC)
        .ok_or_else(|| truncated(whole, "length", GENERIC))?;
    let id = Id::decode(content)?;
    Ok((rest, Entry { next, reserved, id }))
}

impl Entry<'_> {
    fn lay_out(&self, out: &mut impl Layout) {
        out.group(&ENTRY, |out| {
            out.u8(&NEXT_PAYLOAD, self.next);
            out.u8(&RESERVED, self.reserved);
            out.length16(&LENGTH);
            self.id.lay_out_head(out);
            lay_out_data(self.id.kind, self.id.data, out);
        });
    }
}

/// The fault of an address that has not the size its type asks for, seen from
/// the start of the payload.
pub(super) fn wrong_size(kind: IdType, data: &[u8]) -> Option<DecodeError> {
    let size = size_of_addresses(kind)?;
    let kind = DecodeErrorKind::BadLength {
        value: data.len(),
        min: size,
        max: size,
    };
    (data.len() != size).then(|| DecodeError::new(DATA_AT, "data", kind))
}

fn size_of_addresses(kind: IdType) -> Option<usize> {
    match kind {
        IdType::ID_IPV4_ADDR => Some(4),
        IdType::ID_IPV4_ADDR_SUBNET | IdType::ID_IPV4_ADDR_RANGE => Some(8),
        IdType::ID_IPV6_ADDR => Some(16),
        IdType::ID_IPV6_ADDR_SUBNET | IdType::ID_IPV6_ADDR_RANGE => Some(32),
        _ => None,
    }
}

fn addresses(kind: IdType, data: &[u8]) -> Option<IdValue<'static>> {
    if Some(data.len()) != size_of_addresses(kind) {
        return None;
    }
    let v4 = |at: usize| Some(Ipv4Addr::from(*data.get(at..)?.first_chunk::<4>()?));
    let v6 = |at: usize| Some(Ipv6Addr::from(*data.get(at..)?.first_chunk::<16>()?));
    Some(match kind {
        IdType::ID_IPV4_ADDR => IdValue::Ipv4(v4(0)?),
        IdType::ID_IPV4_ADDR_SUBNET => IdValue::Ipv4Subnet(v4(0)?, v4(4)?),
        IdType::ID_IPV4_ADDR_RANGE => IdValue::Ipv4Range(v4(0)?, v4(4)?),
        IdType::ID_IPV6_ADDR => IdValue::Ipv6(v6(0)?),
        IdType::ID_IPV6_ADDR_SUBNET => IdValue::Ipv6Subnet(v6(0)?, v6(16)?),
        IdType::ID_IPV6_ADDR_RANGE => IdValue::Ipv6Range(v6(0)?, v6(16)?),
        _ => return None,
    })
}

fn lay_out_data(kind: IdType, data: &[u8], out: &mut impl Layout) {
    let pair: Option<(&Field, &Field)> = match kind {
        IdType::ID_IPV4_ADDR_SUBNET | IdType::ID_IPV6_ADDR_SUBNET => Some((&ADDRESS, &MASK)),
        IdType::ID_IPV4_ADDR_RANGE | IdType::ID_IPV6_ADDR_RANGE => Some((&FIRST, &LAST)),
        _ => None,
    };
    if size_of_addresses(kind).is_some_and(|size| size != data.len()) {
        return out.bytes(&DATA, data);
    }
    if let Some((first, second)) = pair {
        let half = data.len().checked_div(2).unwrap_or_default();
        let (one, two) = data.split_at_checked(half).unwrap_or((data, &[]));
        out.bytes(first, one);
        return out.bytes(second, two);
    }
    out.bytes(field_of(kind), data);
}

fn field_of(kind: IdType) -> &'static Field {
    match kind {
        IdType::ID_IPV4_ADDR | IdType::ID_IPV6_ADDR => &ADDRESS,
        IdType::ID_FQDN => &FQDN,
        IdType::ID_USER_FQDN => &USER_FQDN,
        IdType::ID_DER_ASN1_DN => &DN,
        IdType::ID_DER_ASN1_GN => &GN,
        IdType::ID_KEY_ID => &KEY_ID,
        _ => &DATA,
    }
}

/// Where the data begin, from the start of the payload.
const DATA_AT: usize = 8;

static TYPE: Field = Field::new(
    "type",
    "ID type",
    "What the identification data are, RFC 2407 §4.6.2.1",
    Show::Named(IdType::name_of),
);
static PROTOCOL: Field = Field::new(
    "ip_protocol",
    "IP protocol",
    "Protocol the identity is limited to; 0 for any, RFC 2407 §4.6.2",
    Show::Named(Protocol::name_of),
);
static PORT: Field = Field::new(
    "port",
    "Port",
    "Port the identity is limited to; 0 for any, RFC 2407 §4.6.2",
    Show::Dec,
);
static ADDRESS: Field = Field::new(
    "address",
    "Address",
    "IPv4 or IPv6 address, RFC 2407 §4.6.2.2-4.6.2.7",
    Show::Address,
);
static MASK: Field = Field::new(
    "mask",
    "Mask",
    "Ones where an address must match, RFC 2407 §4.6.2.5",
    Show::Address,
);
static FIRST: Field = Field::new(
    "start_address",
    "First address",
    "Beginning of a range, RFC 2407 §4.6.2.8",
    Show::Address,
);
static LAST: Field = Field::new(
    "end_address",
    "Last address",
    "End of a range, inclusive, RFC 2407 §4.6.2.8",
    Show::Address,
);
static FQDN: Field = Field::new(
    "fqdn",
    "Domain name",
    "Fully qualified, RFC 2407 §4.6.2.3",
    Show::Text,
);
static USER_FQDN: Field = Field::new(
    "user_fqdn",
    "User at a domain",
    "Like a mail address, RFC 2407 §4.6.2.4",
    Show::Text,
);
static DN: Field = Field::new(
    "dn",
    "Distinguished name",
    "X.500 name in DER, as in the certificate, RFC 2407 §4.6.2.10",
    Show::Bytes,
);
static GN: Field = Field::new(
    "gn",
    "General name",
    "X.509 general name in DER, RFC 2407 §4.6.2.11",
    Show::Bytes,
);
static KEY_ID: Field = Field::new(
    "key_id",
    "Key ID",
    "Selects a pre-shared key, such as the name of a group, RFC 2407 §4.6.2.12",
    Show::Text,
);
static ENTRY: Field = Field::new(
    "entry",
    "Identity",
    "One identity of a list, RFC 3554 §3",
    Show::Named(IdType::name_of),
);
static DATA: Field = Field::new(
    "data",
    "Identification data",
    "Data of an unknown type or a wrong size, RFC 2407 §4.6.2",
    Show::Bytes,
);

/// Identities in one list.
const MAX_ENTRIES: usize = 64;
