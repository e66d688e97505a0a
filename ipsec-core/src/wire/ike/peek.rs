//! A look at a message without decoding it: the flood path (RFC 7296 §2.6,
//! RFC 8019). Nothing here allocates.
#![expect(clippy::exhaustive_structs, reason = "a fixed wire format")]

use super::header::{Flags, Header};
use crate::wire::registry::ike::{ExchangeType, NotifyType, PayloadType};

/// The header of a message whose frame holds: at least 28 bytes, major
/// version 2, and exactly as long as it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peek<'a> {
    /// The header; its `length` is `None`, for it agrees.
    pub header: Header,
    /// What follows it.
    payloads: &'a [u8],
}

/// Looks at the header of `message`, without non-ESP marker.
#[must_use]
#[inline]
pub fn peek(message: &[u8]) -> Option<Peek<'_>> {
    let (payloads, (header, length)) = Header::decode(message).ok()?;
    let agrees = usize::try_from(length).is_ok_and(|length| length == message.len());
    (agrees && header.major() == 2).then_some(Peek { header, payloads })
}

impl<'a> Peek<'a> {
    /// Tells whether this is the first request of a new IKE SA, all fixed
    /// fields as RFC 7296 §3.1 wants them.
    #[must_use]
    pub fn is_init_request(&self) -> bool {
        let header = &self.header;
        let new = header.spi_i != 0 && header.spi_r == 0 && header.message_id == 0;
        let request = header.flags.contains(Flags::INITIATOR)
            && !header.flags.contains(Flags::RESPONSE)
            && header.exchange == ExchangeType::IKE_SA_INIT;
        new && request
    }

    /// The unencrypted payloads, up to the first that does not fit.
    #[must_use]
    pub const fn payloads(&self) -> RawPayloads<'a> {
        RawPayloads::new(self.header.first_payload, self.payloads)
    }

    /// The cookie that an initiator returned; it leads the message
    /// (RFC 7296 §2.6).
    #[must_use]
    pub fn cookie(&self) -> Option<&'a [u8]> {
        let first = self.payloads().next()?;
        let (head, data) = first.body.split_first_chunk::<4>()?;
        let [_, spi_size, kind @ ..] = *head;
        let is_cookie = first.kind == PayloadType::NOTIFY
            && spi_size == 0
            && NotifyType(u16::from_be_bytes(kind)) == NotifyType::COOKIE;
        is_cookie.then_some(data)
    }

    /// The nonce.
    #[must_use]
    pub fn nonce(&self) -> Option<&'a [u8]> {
        self.payloads()
            .find(|payload| payload.kind == PayloadType::NONCE)
            .map(|payload| payload.body)
    }
}

/// A payload that was framed and not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawPayload<'a> {
    /// Its type.
    pub kind: PayloadType,
    /// The critical bit and seven reserved bits.
    pub flags: u8,
    /// What follows its four-byte header.
    pub body: &'a [u8],
}

/// Walks a chain of payloads without reading them; stops behind SK and SKF
/// and before anything that does not fit.
#[derive(Clone, Debug)]
pub struct RawPayloads<'a> {
    next: PayloadType,
    rest: &'a [u8],
}

impl<'a> RawPayloads<'a> {
    /// The chain in `bytes` whose first payload is of type `first`.
    #[must_use]
    pub const fn new(first: PayloadType, bytes: &'a [u8]) -> Self {
        Self {
            next: first,
            rest: bytes,
        }
    }
}

impl<'a> Iterator for RawPayloads<'a> {
    type Item = RawPayload<'a>;

    #[inline]
    fn next(&mut self) -> Option<RawPayload<'a>> {
        if self.next == PayloadType::NONE {
            return None;
        }
        let [next, flags, length @ ..] = *self.rest.first_chunk::<4>()?;
        let length = usize::from(u16::from_be_bytes(length));
        let (payload, rest) = self.rest.split_at_checked(length)?;
        let kind = self.next;
        let body = payload.get(4..)?;
        self.rest = rest;
        self.next = match kind {
            PayloadType::SK | PayloadType::SKF => PayloadType::NONE,
            _ => PayloadType(next),
        };
        Some(RawPayload { kind, flags, body })
    }
}
