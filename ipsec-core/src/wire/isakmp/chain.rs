//! The chain of payloads (RFC 2408 §3.2): each names the type of the next.
//! What cannot be read is kept where it was found.

use super::super::layout::{Encoder, Field, Layout, Show};
use super::super::leaf::{DecodeError, DecodeErrorKind, Fault};
use super::super::registry::isakmp::{ExchangeType, PayloadType};
use super::super::unread::Faults;
use super::payload::Payload;

use alloc::vec::Vec;

/// The payloads of a message in wire order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain<'a> {
    /// The payloads.
    pub payloads: Vec<Payload<'a>>,
    /// What follows the last payload: alignment in a clear message, the
    /// cipher's padding in a decrypted one.
    pub padding: &'a [u8],
}

/// Reads the payloads of a decrypted message, the first of type `first`;
/// padding of any length may follow them.
///
/// The error is the first fault, positioned in `bytes`; all that is readable
/// is in the chain, and encoding it gives back `bytes`.
#[must_use]
pub fn decode_chain(first: PayloadType, bytes: &[u8]) -> (Chain<'_>, Option<DecodeError>) {
    let mut faults = Faults::new(bytes);
    let chain = Chain::decode(first, ExchangeType::NONE, bytes, &mut faults);
    (chain, faults.first())
}

impl<'a> Chain<'a> {
    pub(super) fn decode(
        first: PayloadType,
        exchange: ExchangeType,
        bytes: &'a [u8],
        faults: &mut Faults<'a>,
    ) -> Self {
        let mut payloads = Vec::with_capacity(count(first, bytes));
        let mut kind = first;
        let mut left = bytes;
        while kind != PayloadType::NONE {
            let (payload, next, rest) = if payloads.len() < MAX_PAYLOADS {
                Payload::decode(kind, exchange, left, faults)
            } else {
                Payload::cut(kind, left, &too_many(left), faults)
            };
            payloads.push(payload);
            (kind, left) = (next, rest);
        }
        Self {
            payloads,
            padding: left,
        }
    }

    /// Appends the payloads' bytes, and the padding, to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.reserve(self.size_hint());
        self.lay_out_in(&mut Encoder::new(out));
    }

    /// Walks the chain in wire order, in a group `isakmp` of its own: the
    /// tree of a decrypted message has the paths of a clear one.
    pub fn lay_out(&self, out: &mut impl Layout) {
        out.group(&DECRYPTED, |out| self.lay_out_in(out));
    }

    pub(super) fn size_hint(&self) -> usize {
        let payloads = self.payloads.iter().map(|payload| payload.body.size_hint());
        payloads.fold(self.padding.len(), usize::saturating_add)
    }

    pub(super) fn lay_out_in(&self, out: &mut impl Layout) {
        let mut payloads = self.payloads.iter().peekable();
        while let Some(payload) = payloads.next() {
            let next = payloads.peek().map_or(PayloadType::NONE, |next| next.kind);
            payload.lay_out(next, out);
        }
        out.bytes(&PADDING, self.padding);
    }

    /// A clear message may only be filled up to a multiple of four.
    pub(super) fn padding_fault(&self) -> Option<DecodeError> {
        let extra = self.padding.len();
        (extra > MAX_CLEAR_PADDING)
            .then(|| DecodeError::new(0, "padding", DecodeErrorKind::Trailing { extra }))
    }
}

/// How many payloads [`Chain::decode`] is going to find.
fn count(first: PayloadType, bytes: &[u8]) -> usize {
    let (mut kind, mut left, mut count) = (first.0, bytes, 0_usize);
    while kind != 0 && count <= MAX_PAYLOADS {
        count = count.saturating_add(1);
        let Some(&[next, _, high, low]) = left.first_chunk() else {
            break;
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let Some(rest) = left.get(length..).filter(|_| length >= 4) else {
            break;
        };
        (kind, left) = (next, rest);
    }
    count
}

#[cold]
fn too_many(at: &[u8]) -> nom::Err<Fault<'_>> {
    Fault::err(
        at,
        "payload",
        DecodeErrorKind::TooMany {
            limit: MAX_PAYLOADS,
        },
    )
}

static DECRYPTED: Field = Field::new(
    "isakmp",
    "ISAKMP, decrypted",
    "Payloads found under the encryption, RFC 2409 §5",
    Show::Group,
);
static PADDING: Field = Field::new(
    "padding",
    "Padding",
    "Fills the message to a multiple of four bytes or of the cipher's block, RFC 2408 §3.6",
    Show::Bytes,
);
/// Payloads of one message.
pub(super) const MAX_PAYLOADS: usize = 64;
/// Bytes that may follow the last payload of a clear message.
const MAX_CLEAR_PADDING: usize = 3;
