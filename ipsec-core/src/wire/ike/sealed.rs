//! Encrypted payloads: SK (RFC 7296 §3.14) and SKF (RFC 7383 §2.5). What is
//! inside is read with [`decode_chain`](super::decode_chain) once it is
//! decrypted.
#![expect(clippy::exhaustive_structs, reason = "a fixed wire format")]

use super::super::layout::{Field, Layout, Show};
use super::super::leaf::{self, Fault};
use super::unread::{Faults, bad_value, misstated};
use crate::wire::registry::ike::PayloadType;

/// Encrypted payloads; always the last payload of its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sk<'a> {
    /// Type of the first payload inside.
    pub first_inside: PayloadType,
    /// Initialization vector, ciphertext with padding, and integrity check
    /// value; their sizes depend on the algorithms of the IKE SA.
    pub data: &'a [u8],
}

impl<'a> Sk<'a> {
    /// Encrypted payloads, the first of type `first_inside`.
    #[must_use]
    pub const fn new(first_inside: PayloadType, data: &'a [u8]) -> Self {
        Self { first_inside, data }
    }

    #[inline]
    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        out.bytes(&DATA, self.data);
    }
}

/// A fragment of encrypted payloads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skf<'a> {
    /// Type of the first payload inside the whole, in the first fragment;
    /// zero in the others.
    pub first_inside: PayloadType,
    /// Number of the fragment, from 1.
    pub number: u16,
    /// Fragments of the message.
    pub total: u16,
    /// Initialization vector, ciphertext with padding, and integrity check
    /// value of this fragment.
    pub data: &'a [u8],
}

impl<'a> Skf<'a> {
    #[inline]
    pub(super) fn decode(
        first_inside: PayloadType,
        i: &'a [u8],
        faults: &mut Faults<'a>,
    ) -> Result<Self, nom::Err<Fault<'a>>> {
        let (after, number) = leaf::u16(i, "number")?;
        let (data, total) = leaf::u16(after, "total")?;
        let fragment = Self {
            first_inside,
            number,
            total,
            data,
        };
        if fragment.is_misnumbered() {
            faults.note(&bad_value(i, "number", number));
        }
        Ok(fragment)
    }

    /// Fragments are numbered 1 to `total`; others are dropped
    /// (RFC 7383 §2.6).
    const fn is_misnumbered(&self) -> bool {
        self.number == 0 || self.number > self.total
    }

    #[inline]
    pub(super) fn lay_out(&self, out: &mut impl Layout) {
        out.u16(&NUMBER, self.number);
        out.u16(&TOTAL, self.total);
        out.bytes(&DATA, self.data);
        if self.is_misnumbered() {
            misstated(out, NUMBER_OFFSET, "number", self.number);
        }
    }
}

/// Where the fragment number stands in an SKF payload.
const NUMBER_OFFSET: usize = 4;

static DATA: Field = Field::new(
    "encrypted",
    "Encrypted data",
    "Initialization vector, ciphertext and integrity check value",
    Show::Bytes,
);
static NUMBER: Field = Field::new(
    "number",
    "Fragment number",
    "From 1 upwards (RFC 7383 §2.5)",
    Show::Dec,
);
static TOTAL: Field = Field::new(
    "total",
    "Total fragments",
    "Fragments of this message (RFC 7383 §2.5)",
    Show::Dec,
);
