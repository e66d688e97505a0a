//! Identification payloads (RFC 7296 §3.5, RFC 4595, RFC 7619).
#![expect(clippy::exhaustive_structs, reason = "a fixed wire format")]

use super::super::layout::{Field, Layout, Show};
use super::super::leaf::{self, Fault, located};
use super::fields::RESERVED;
use super::unread::{Faults, bad_length};
use crate::wire::registry::ike::IdType;
use core::net::{Ipv4Addr, Ipv6Addr};

/// An identity, of the initiator or the responder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Id<'a> {
    /// What kind of name it is.
    pub kind: IdType,
    /// Three bytes sent as zero.
    pub reserved: [u8; 3],
    /// The name.
    pub data: IdData<'a>,
}

/// The name in an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdData<'a> {
    /// `ID_IPV4_ADDR`
    Ipv4(Ipv4Addr),
    /// `ID_IPV6_ADDR`
    Ipv6(Ipv6Addr),
    /// All other types: text of `ID_FQDN` and `ID_RFC822_ADDR`, DER of
    /// `ID_DER_ASN1_DN` and `ID_DER_ASN1_GN`, any bytes of `ID_KEY_ID`, none
    /// of `ID_NULL`; also an address of a wrong length.
    Bytes(&'a [u8]),
}

impl<'a> Id<'a> {
    /// An identity of type `kind`.
    #[must_use]
    pub const fn new(kind: IdType, data: IdData<'a>) -> Self {
        let reserved = [0; 3];
        Self {
            kind,
            reserved,
            data,
        }
    }

    #[inline]
    pub(super) fn decode(
        i: &'a [u8],
        faults: &mut Faults<'a>,
    ) -> Result<Self, nom::Err<Fault<'a>>> {
        let (i, kind) = leaf::u8(i, "type")?;
        let (i, reserved) = leaf::array(i, "reserved")?;
        let kind = IdType(kind);
        let data = IdData::decode(kind, i).unwrap_or_else(|error| {
            faults.note(&error);
            IdData::Bytes(i)
        });
        Ok(Self {
            kind,
            reserved,
            data,
        })
    }

    #[inline]
    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        out.value(self.kind.0.into());
        out.u8(&TYPE, self.kind.0);
        out.bytes(&RESERVED, &self.reserved);
        match self.data {
            IdData::Ipv4(address) => out.bytes(&ADDRESS, &address.octets()),
            IdData::Ipv6(address) => out.bytes(&ADDRESS, &address.octets()),
            IdData::Bytes(bytes) => {
                out.bytes(data_field(self.kind), bytes);
                if let Err(error) = IdData::decode(self.kind, bytes) {
                    out.malformed(&located(&error, bytes).shifted(DATA_OFFSET));
                }
            }
        }
    }
}

impl<'a> IdData<'a> {
    #[inline]
    fn decode(kind: IdType, i: &'a [u8]) -> Result<Self, nom::Err<Fault<'a>>> {
        match kind {
            IdType::ID_IPV4_ADDR => match <[u8; 4]>::try_from(i) {
                Ok(octets) => Ok(Self::Ipv4(octets.into())),
                Err(_) => Err(bad_length(i, "data", i.len(), 4, 4)),
            },
            IdType::ID_IPV6_ADDR => match <[u8; 16]>::try_from(i) {
                Ok(octets) => Ok(Self::Ipv6(octets.into())),
                Err(_) => Err(bad_length(i, "data", i.len(), 16, 16)),
            },
            _ => Ok(Self::Bytes(i)),
        }
    }
}

const fn data_field(kind: IdType) -> &'static Field {
    match kind {
        IdType::ID_FQDN | IdType::ID_RFC822_ADDR => &TEXT,
        _ => &BYTES,
    }
}

/// Where the data stand in an identification payload.
const DATA_OFFSET: usize = 8;

static TYPE: Field = Field::new(
    "type",
    "ID type",
    "What kind of name follows (RFC 7296 §3.5)",
    Show::Named(IdType::name_of),
);
static ADDRESS: Field = Field::new(
    "data",
    "Identification data",
    "An address as a name (RFC 7296 §3.5)",
    Show::Address,
);
static TEXT: Field = Field::new(
    "data",
    "Identification data",
    "A domain name or mail address, without a terminating zero (RFC 7296 §3.5)",
    Show::Text,
);
static BYTES: Field = Field::new(
    "data",
    "Identification data",
    "A distinguished name, a key identifier, or another name (RFC 7296 §3.5)",
    Show::Bytes,
);
