//! The NAT-OA payload (RFC 3947 §5.2): an address as it was before
//! translation. The NAT-D payload is a bare hash.

use super::super::layout::{Field, Layout, Show};
use super::super::leaf::{DecodeError, Fault, u8, u16};
use super::super::registry::isakmp::IdType;
use super::id;

/// An address before translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OriginalAddress<'a> {
    /// `ID_IPV4_ADDR` or `ID_IPV6_ADDR`.
    pub kind: IdType,
    /// The reserved byte after the type.
    pub reserved: u8,
    /// The two reserved bytes after that.
    pub reserved2: u16,
    /// Four or sixteen bytes.
    pub address: &'a [u8],
}

impl<'a> OriginalAddress<'a> {
    pub(super) fn decode(i: &'a [u8]) -> Result<Self, nom::Err<Fault<'a>>> {
        let (i, kind) = u8(i, "type")?;
        let (i, reserved) = u8(i, "reserved")?;
        let (address, reserved2) = u16(i, "reserved")?;
        Ok(Self {
            kind: IdType(kind),
            reserved,
            reserved2,
            address,
        })
    }

    pub(super) fn fault(&self) -> Option<DecodeError> {
        id::wrong_size(self.kind, self.address)
    }

    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        out.value(self.kind.0.into());
        out.u8(&TYPE, self.kind.0);
        out.u8(&super::fields::RESERVED, self.reserved);
        out.u16(&super::fields::RESERVED, self.reserved2);
        out.bytes(&ADDRESS, self.address);
    }
}

static TYPE: Field = Field::new(
    "type",
    "Address type",
    "IPv4 or IPv6, RFC 3947 §5.2",
    Show::Named(IdType::name_of),
);
static ADDRESS: Field = Field::new(
    "address",
    "Original address",
    "Address of this side, or of the peer, before translation, RFC 3947 §5.2",
    Show::Address,
);
