//! Key Exchange payload (RFC 7296 §3.4, RFC 9370 §2.2.2).
#![expect(clippy::exhaustive_structs, reason = "a fixed wire format")]

use super::super::layout::{Field, Layout, Show};
use super::super::leaf::{self, Fault};
use super::fields::RESERVED;
use crate::wire::registry::ike::KeyExchange;

/// A public value, or the answer of a key encapsulation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ke<'a> {
    /// The method.
    pub group: KeyExchange,
    /// Two bytes sent as zero.
    pub reserved: u16,
    /// The value, in the format of the method.
    pub data: &'a [u8],
}

impl<'a> Ke<'a> {
    /// The public value `data` of a method.
    #[must_use]
    pub const fn new(group: KeyExchange, data: &'a [u8]) -> Self {
        let reserved = 0;
        Self {
            group,
            reserved,
            data,
        }
    }

    #[inline]
    pub(super) fn decode(i: &'a [u8]) -> Result<Self, nom::Err<Fault<'a>>> {
        let (i, group) = leaf::u16(i, "group")?;
        let (data, reserved) = leaf::u16(i, "reserved")?;
        let group = KeyExchange(group);
        Ok(Self {
            group,
            reserved,
            data,
        })
    }

    #[inline]
    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        out.value(self.group.0.into());
        out.u16(&GROUP, self.group.0);
        out.bytes(&RESERVED, &self.reserved.to_be_bytes());
        out.bytes(&DATA, self.data);
    }
}

static GROUP: Field = Field::new(
    "group",
    "Key exchange method",
    "The Diffie-Hellman group or key encapsulation (RFC 7296 §3.4)",
    Show::Named(KeyExchange::name_of),
);
static DATA: Field = Field::new(
    "data",
    "Key exchange data",
    "The sender's public value (RFC 7296 §3.4)",
    Show::Bytes,
);
