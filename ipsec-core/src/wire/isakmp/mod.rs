//! IKEv1 / ISAKMP messages: RFC 2408 §3 with the IPsec DOI (RFC 2407), IKE
//! (RFC 2409), NAT traversal (RFC 3947 and its drafts), XAUTH, mode-config,
//! DPD (RFC 3706) and the fragments of Cisco and Microsoft.
//!
//! Values keep what the wire held, wrong or unknown as it may be, and their
//! methods give the typed view: encoding a decoded message gives back its
//! bytes, whatever they were. [`Message::decode_lax`] reads as far as it can
//! and says what is wrong; [`Message::decode`] takes only what is right.
#![expect(
    clippy::exhaustive_structs,
    clippy::exhaustive_enums,
    reason = "wire formats that callers build"
)]

mod attrs;
mod cert;
mod chain;
mod config;
mod fields;
mod fragment;
mod id;
mod natt;
mod negotiated;
mod notify;
mod payload;
mod proposal;
mod sa;
mod series;

pub use attrs::{Attribute, AttributeIter, AttributeValue, Attributes};
pub use cert::Certificate;
pub use chain::{Chain, decode_chain};
pub use config::Config;
pub use fragment::Fragment;
pub use id::{Id, IdEntries, IdValue};
pub use natt::OriginalAddress;
pub use notify::{Delete, Notify, NotifyData};
pub use payload::{Body, Payload};
pub use proposal::{Proposal, Transform};
pub use sa::{Label, Labels, Sa, Situation};
pub use series::Link;

use super::layout::{Encoder, Field, Layout, Show};
use super::leaf::{DecodeError, DecodeErrorKind};
use super::registry::isakmp::{ExchangeType, PayloadType};
use super::unread::Faults;
use alloc::vec::Vec;
use core::fmt;
use fields::{NEXT_PAYLOAD, size_of_layout};

/// An ISAKMP message (RFC 2408 §3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// The fixed header.
    pub header: Header,
    /// What the header announces, in the clear or encrypted.
    pub content: Content<'a>,
    /// Bytes of the datagram beyond the length the header gives.
    pub trailing: &'a [u8],
}

/// The payloads of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// Payloads anyone can read.
    Clear(Chain<'a>),
    /// The ciphertext after the header; the first payload in it is of type
    /// [`Header::first_payload`].
    Encrypted(&'a [u8]),
}

impl<'a> Message<'a> {
    /// A message of `payloads` in the clear; its length and chain are
    /// computed when it is encoded.
    #[must_use]
    pub fn clear(header: Header, payloads: Vec<Payload<'a>>) -> Self {
        Self {
            header,
            content: Content::Clear(Chain {
                payloads,
                padding: &[],
            }),
            trailing: &[],
        }
    }

    /// Reads a whole message, accepting no fault.
    ///
    /// # Errors
    /// The first fault, positioned in `bytes`.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        match Self::decode_lax(bytes)? {
            (message, None) => Ok(message),
            (_, Some(error)) => Err(error),
        }
    }

    /// Reads what is readable, and says what the first fault is. Encoding the
    /// result gives back `bytes`, faults and all.
    ///
    /// # Errors
    /// When there are fewer bytes than a header has.
    pub fn decode_lax(bytes: &'a [u8]) -> Result<(Self, Option<DecodeError>), DecodeError> {
        let Some((head, after)) = bytes.split_first_chunk::<HEADER>() else {
            let kind = DecodeErrorKind::Truncated {
                need: HEADER,
                have: bytes.len(),
            };
            return Err(DecodeError::new(0, "isakmp", kind));
        };
        let peek = Peek::from(head);
        let header = peek.header(bytes.len());
        let mut faults = Faults::new(bytes);
        if let Some(error) = header.fault(bytes.len()) {
            faults.note_in(bytes, error);
        }
        let length = usize::try_from(peek.length).unwrap_or(usize::MAX);
        let (body, trailing) = after
            .split_at_checked(length.saturating_sub(HEADER))
            .unwrap_or((after, &[]));
        let content = if header.is_encrypted() {
            Content::Encrypted(body)
        } else {
            let chain = Chain::decode(header.first_payload, header.exchange, body, &mut faults);
            if let Some(error) = chain.padding_fault() {
                faults.note_in(chain.padding, error);
            }
            Content::Clear(chain)
        };
        if let Some(error) = trailing_fault(trailing) {
            faults.note_in(trailing, error);
        }
        let message = Self {
            header,
            content,
            trailing,
        };
        Ok((message, faults.first()))
    }

    /// The payloads, where they are readable.
    #[must_use]
    pub fn payloads(&self) -> &[Payload<'a>] {
        match &self.content {
            Content::Clear(chain) => &chain.payloads,
            Content::Encrypted(_) => &[],
        }
    }

    /// Appends the message's bytes to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let content = match &self.content {
            Content::Clear(chain) => chain.size_hint(),
            Content::Encrypted(body) => body.len(),
        };
        let trailing = self.trailing.len();
        out.reserve(HEADER.saturating_add(content).saturating_add(trailing));
        self.lay_out(&mut Encoder::new(out));
    }

    /// Walks the message in wire order.
    pub fn lay_out(&self, out: &mut impl Layout) {
        out.group(&ISAKMP, |out| {
            let first = self.payloads().first();
            let first = first.map_or(self.header.first_payload, |payload| payload.kind);
            self.header.lay_out(first, out);
            match &self.content {
                Content::Encrypted(body) => out.bytes(&ENCRYPTED, body),
                Content::Clear(chain) => chain.lay_out_in(out),
            }
            out.bytes(&TRAILING, self.trailing);
            self.mark(out);
        });
    }

    /// Marks the faults of the message as a whole.
    fn mark(&self, out: &mut impl Layout) {
        let unusual = self.header.length.is_some() || self.header.major() != 1;
        let unpadded = match &self.content {
            Content::Clear(chain) => chain.padding_fault(),
            Content::Encrypted(_) => None,
        };
        if !unusual && unpadded.is_none() {
            return;
        }
        let body = size_of_layout(|size| match &self.content {
            Content::Encrypted(body) => size.bytes(&ENCRYPTED, body),
            Content::Clear(chain) => chain.lay_out_in(size),
        });
        let length = HEADER.saturating_add(body);
        let total = length.saturating_add(self.trailing.len());
        if let Some(error) = self.header.fault(total) {
            out.malformed(&error);
        }
        if let (Some(error), Content::Clear(chain)) = (unpadded, &self.content) {
            out.malformed(&error.shifted(length.saturating_sub(chain.padding.len())));
        }
        if let Some(error) = trailing_fault(self.trailing) {
            out.malformed(&error.shifted(length));
        }
    }
}

fn trailing_fault(trailing: &[u8]) -> Option<DecodeError> {
    let extra = trailing.len();
    (extra != 0).then(|| DecodeError::new(0, "trailing", DecodeErrorKind::Trailing { extra }))
}

/// The fixed header of a message (RFC 2408 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The initiator's cookie.
    pub cookie_i: u64,
    /// The responder's cookie; 0 in the first message.
    pub cookie_r: u64,
    /// Type of the first payload. Encoding takes it from the chain, where
    /// there is one.
    pub first_payload: PayloadType,
    /// Major version in the high four bits, minor in the low.
    pub version: u8,
    /// The kind of exchange.
    pub exchange: ExchangeType,
    /// Encryption, commit and authentication-only bits.
    pub flags: Flags,
    /// 0 in phase 1; names the exchange in phase 2.
    pub message_id: u32,
    /// `None`: the length of the whole message, computed. `Some`: the wire's
    /// own value, where it says something else.
    pub length: Option<u32>,
}

impl Header {
    /// The major version: 1 for ISAKMP.
    #[must_use]
    pub const fn major(&self) -> u8 {
        self.version >> 4
    }

    /// The minor version.
    #[must_use]
    pub const fn minor(&self) -> u8 {
        self.version & 0x0f
    }

    /// Whether what follows is ciphertext. A fragment never is, though some
    /// senders leave the flag of the message they cut.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.flags.contains(Flags::ENCRYPTION) && self.first_payload != PayloadType::FRAGMENT
    }

    fn fault(&self, total: usize) -> Option<DecodeError> {
        if self.major() != 1 {
            let value = self.version.into();
            return Some(DecodeError::new(
                17,
                "version",
                DecodeErrorKind::BadValue { value },
            ));
        }
        let value = usize::try_from(self.length?).unwrap_or(usize::MAX);
        let kind = DecodeErrorKind::BadLength {
            value,
            min: HEADER,
            max: total,
        };
        (!(HEADER..=total).contains(&value)).then(|| DecodeError::new(24, "length", kind))
    }

    fn lay_out(&self, first: PayloadType, out: &mut impl Layout) {
        out.u64(&COOKIE_I, self.cookie_i);
        out.u64(&COOKIE_R, self.cookie_r);
        out.u8(&NEXT_PAYLOAD, first.0);
        out.u8(&VERSION, self.version);
        out.part(&MAJOR, self.major().into());
        out.part(&MINOR, self.minor().into());
        out.u8(&EXCHANGE, self.exchange.0);
        out.u8(&FLAGS, self.flags.0);
        for (field, flag) in [
            (&ENCRYPTION, Flags::ENCRYPTION),
            (&COMMIT, Flags::COMMIT),
            (&AUTHENTICATION_ONLY, Flags::AUTHENTICATION),
        ] {
            out.part(field, self.flags.contains(flag).into());
        }
        out.u32(&MESSAGE_ID, self.message_id);
        match self.length {
            None => out.length32(&LENGTH),
            Some(length) => out.u32(&LENGTH, length),
        }
    }
}

/// The flags of a header; bits without a name are kept (RFC 2408 §3.1).
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Flags(pub u8);

impl Flags {
    /// The payloads are encrypted.
    pub const ENCRYPTION: Self = Self(1);
    /// The receiver shall wait for a CONNECTED notification.
    pub const COMMIT: Self = Self(2);
    /// The payloads are authenticated but not encrypted.
    pub const AUTHENTICATION: Self = Self(4);

    /// Whether all bits of `other` are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Flags(0x{:02x})", self.0)
    }
}

/// The fields of a header as they lie on the wire, read without judging them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peek {
    /// The initiator's cookie.
    pub cookie_i: u64,
    /// The responder's cookie.
    pub cookie_r: u64,
    /// Type of the first payload.
    pub first_payload: PayloadType,
    /// Major version in the high four bits, minor in the low.
    pub version: u8,
    /// The kind of exchange.
    pub exchange: ExchangeType,
    /// The flags.
    pub flags: Flags,
    /// Names the exchange in phase 2.
    pub message_id: u32,
    /// Bytes of the message, as the sender counts them.
    pub length: u32,
}

/// Reads the header alone, without allocating; `None` when there are fewer
/// than 28 bytes. The version is not looked at: IKEv2 has the same layout.
#[must_use]
pub fn peek(bytes: &[u8]) -> Option<Peek> {
    bytes.first_chunk().map(Peek::from)
}

impl From<&[u8; HEADER]> for Peek {
    #[inline]
    fn from(head: &[u8; HEADER]) -> Self {
        let [
            i0,
            i1,
            i2,
            i3,
            i4,
            i5,
            i6,
            i7,
            r0,
            r1,
            r2,
            r3,
            r4,
            r5,
            r6,
            r7,
            rest @ ..,
        ] = *head;
        let [np, version, exchange, flags, m0, m1, m2, m3, l0, l1, l2, l3] = rest;
        Self {
            cookie_i: u64::from_be_bytes([i0, i1, i2, i3, i4, i5, i6, i7]),
            cookie_r: u64::from_be_bytes([r0, r1, r2, r3, r4, r5, r6, r7]),
            first_payload: PayloadType(np),
            version,
            exchange: ExchangeType(exchange),
            flags: Flags(flags),
            message_id: u32::from_be_bytes([m0, m1, m2, m3]),
            length: u32::from_be_bytes([l0, l1, l2, l3]),
        }
    }
}

impl Peek {
    /// The header of a message that is `total` bytes long.
    fn header(&self, total: usize) -> Header {
        let counts_all = usize::try_from(self.length).is_ok_and(|length| length == total);
        Header {
            cookie_i: self.cookie_i,
            cookie_r: self.cookie_r,
            first_payload: self.first_payload,
            version: self.version,
            exchange: self.exchange,
            flags: self.flags,
            message_id: self.message_id,
            length: (!counts_all).then_some(self.length),
        }
    }
}

/// Bytes of the fixed header.
const HEADER: usize = 28;

static ISAKMP: Field = Field::new(
    "isakmp",
    "ISAKMP",
    "Message of the Internet Key Exchange, version 1, RFC 2408 §3",
    Show::Group,
);
static COOKIE_I: Field = Field::new(
    "cookie_i",
    "Initiator cookie",
    "Chosen by the side that began; names the ISAKMP SA, RFC 2408 §3.1",
    Show::Hex,
);
static COOKIE_R: Field = Field::new(
    "cookie_r",
    "Responder cookie",
    "Chosen by the side that answered; 0 until it has, RFC 2408 §3.1",
    Show::Hex,
);
static VERSION: Field = Field::new(
    "version",
    "Version",
    "0x10 for ISAKMP 1.0, RFC 2408 §3.1",
    Show::Hex,
);
static MAJOR: Field = Field::new(
    "major",
    "Major version",
    "1; a receiver refuses a higher one, RFC 2408 §3.1",
    Show::Dec,
);
static MINOR: Field = Field::new(
    "minor",
    "Minor version",
    "0; a receiver refuses a higher one, RFC 2408 §3.1",
    Show::Dec,
);
static EXCHANGE: Field = Field::new(
    "exchange",
    "Exchange type",
    "Which payloads follow in which order, RFC 2408 §3.1",
    Show::Named(ExchangeType::name_of),
);
static FLAGS: Field = Field::new(
    "flags",
    "Flags",
    "Options of this message, RFC 2408 §3.1",
    Show::Flags(&[
        (0x04, "authentication_only"),
        (0x02, "commit"),
        (0x01, "encryption"),
    ]),
);
static ENCRYPTION: Field = Field::new(
    "encryption",
    "Encryption",
    "All that follows the header is encrypted, RFC 2408 §3.1",
    Show::Dec,
);
static COMMIT: Field = Field::new(
    "commit",
    "Commit",
    "The SA is not to be used before a CONNECTED notification, RFC 2408 §3.1",
    Show::Dec,
);
static AUTHENTICATION_ONLY: Field = Field::new(
    "authentication_only",
    "Authentication only",
    "Authenticated but not encrypted, for informational exchanges, RFC 2408 §3.1",
    Show::Dec,
);
static MESSAGE_ID: Field = Field::new(
    "message_id",
    "Message ID",
    "0 in phase 1; random name of a phase 2 exchange, RFC 2408 §3.1",
    Show::Hex,
);
static LENGTH: Field = Field::new(
    "length",
    "Length",
    "Bytes of header and payloads, RFC 2408 §3.1",
    Show::Dec,
);
static ENCRYPTED: Field = Field::new(
    "encrypted",
    "Encrypted payloads",
    "Payloads enciphered with the keys of the ISAKMP SA, RFC 2409 §5",
    Show::Bytes,
);
static TRAILING: Field = Field::new(
    "trailing",
    "Trailing bytes",
    "Bytes of the datagram beyond the length in the header",
    Show::Bytes,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_at_most_eight_times_their_bytes() {
        // a transform fills 8 bytes of the wire at least; of payloads and
        // proposals there are at most 64
        assert!(size_of::<Transform<'_>>() <= 8 * 8);
        assert!(size_of::<Proposal<'_>>() <= 8 * 8 + 4096 / 64);
        assert!(size_of::<Payload<'_>>() <= 4 * 8 + 4096 / 64);
    }

    #[test]
    fn a_header_alone() {
        let bytes = [0_u8; HEADER];
        assert_eq!(peek(&bytes[1..]), None);
        let error = Message::decode_lax(&bytes[1..]).unwrap_err();
        assert_eq!(
            error.kind,
            DecodeErrorKind::Truncated { need: 28, have: 27 }
        );
        assert_eq!(peek(&bytes).map(|peek| peek.length), Some(0));
        let error = Message::decode(&bytes).unwrap_err();
        assert_eq!((error.offset, error.field), (17, "version"));
    }
}
