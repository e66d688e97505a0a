//! What every payload begins with: the generic header (RFC 2408 §3.2).

use super::super::layout::{Field, Show};
use super::super::leaf::{DecodeError, DecodeErrorKind};
use super::super::registry::isakmp::PayloadType;
use super::super::unread::Measure;

/// The fault of a length field that points beyond the bytes there are.
#[cold]
pub(super) fn overlong(value: u16, min: usize, max: usize) -> DecodeError {
    let kind = DecodeErrorKind::BadLength {
        value: value.into(),
        min,
        max,
    };
    DecodeError::new(2, "length", kind)
}

/// How many bytes `walk` lays out.
pub(super) fn size_of_layout(walk: impl FnOnce(&mut Measure)) -> usize {
    let mut size = Measure::default();
    walk(&mut size);
    size.0
}

pub(super) static NEXT_PAYLOAD: Field = Field::new(
    "next_payload",
    "Next payload",
    "Type of the payload that follows; 0 after the last, RFC 2408 §3.2",
    Show::Named(PayloadType::name_of),
);
pub(super) static RESERVED: Field = Field::new(
    "reserved",
    "Reserved",
    "Sent as 0, RFC 2408 §3.2",
    Show::Hex,
);
pub(super) static LENGTH: Field = Field::new(
    "length",
    "Length",
    "Bytes of this structure with its header, RFC 2408 §3.2",
    Show::Dec,
);
/// Bytes of the generic header.
pub(super) const GENERIC: usize = 4;
