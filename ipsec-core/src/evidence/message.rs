//! Facts about IKE messages: what each held in the clear, and what its
//! encrypted part shows from outside.

use super::{Certificate, Place, Proof, Route, Selectors, Unsealing, UserAuth};
use crate::time::Instant;
use crate::wire::DecodeError;
use crate::wire::registry::{ike, isakmp};
use alloc::boxed::Box;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::net::SocketAddr;
use core::ops::RangeInclusive;

/// The two versions of IKE share neither exchange types nor payloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_enums, reason = "IKE has these two versions")]
pub enum Exchange {
    /// IKEv1 (RFC 2408 §3.1).
    V1(isakmp::ExchangeType),
    /// IKEv2 (RFC 7296 §3.1).
    V2(ike::ExchangeType),
}

impl core::fmt::Display for Exchange {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::V1(exchange) => exchange.fmt(f),
            Self::V2(exchange) => exchange.fmt(f),
        }
    }
}

/// One IKE message, as far as it can be read. Copies of the same bytes
/// (retransmissions, duplicates) are counted, not listed.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct IkeMessage {
    /// Who sent to whom.
    pub route: Route,
    /// Minor version; the major one is in [`IkeMessage::exchange`].
    pub minor_version: u8,
    /// The initiator's SPI or cookie.
    pub spi_i: u64,
    /// The responder's SPI or cookie; zero while it has none.
    pub spi_r: u64,
    /// Which exchange it belongs to.
    pub exchange: Exchange,
    /// Message ID.
    pub message_id: u32,
    /// Sent by the end that opened the IKE SA (IKEv2: the I flag; IKEv1: the
    /// sender of the first message with this cookie).
    pub by_initiator: bool,
    /// Answers a request (IKEv2: the R flag; IKEv1: sent against the direction
    /// of the exchange's first message).
    pub response: bool,
    /// Length of the message from the IKE header on, in bytes.
    pub len: usize,
    /// Carried behind the non-ESP marker of UDP encapsulation (RFC 3948 §2.2).
    pub non_esp_marker: bool,
    /// Came in IP fragments.
    pub ip_fragments: u16,
    /// Number and total of an IKE fragment (RFC 7383); reassembled ones carry
    /// `(0, total)`.
    pub fragment: Option<(u16, u16)>,
    /// The capture holds only its beginning (snap length): what is missing
    /// from its contents tells nothing.
    pub cut: bool,
    /// What the input leaves out, where it is text and not a capture.
    pub untold: Untold,
    /// Times it was seen: the first and, up to a limit, every further copy.
    pub seen: Seen,
    /// What it holds in the clear.
    pub content: Content,
    /// Its encrypted part.
    pub sealed: Option<Sealed>,
    /// What the encrypted part holds, where a key opened it.
    pub inside: Option<Box<Content>>,
    /// Values that were recomputed from it and from what came before.
    pub proofs: Vec<Proof>,
    /// Where it breaks its standard so that it cannot be read on.
    pub fault: Option<Fault>,
    /// Deviations that do not hinder reading (reserved bits set, attribute
    /// given twice, …).
    pub oddities: Vec<Oddity>,
    /// Where its header stands.
    pub place: Place,
}

impl IkeMessage {
    /// What can be read of it, in the clear and decrypted.
    pub fn contents(&self) -> impl Iterator<Item = &Content> {
        core::iter::once(&self.content).chain(self.inside.as_deref())
    }

    /// Its notifications, those in the clear first.
    pub fn notifies(&self) -> impl Iterator<Item = &Notify> {
        self.contents().flat_map(|content| &content.notifies)
    }

    /// Its encrypted part was opened.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.inside.is_some()
    }
}

/// Where a message breaks its standard.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Fault {
    /// What is wrong, with field, offset and numbers.
    pub what: String,
    /// Where it stands.
    pub place: Place,
}

impl Fault {
    /// The decoder's `error`, standing at `place`.
    #[must_use]
    pub fn new(error: DecodeError, place: Place) -> Self {
        Self {
            what: error.to_string(),
            place,
        }
    }
}

/// What printed text leaves out of an IKE message; nothing of a capture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Untold {
    /// The SPIs or cookies, which are zero here.
    pub spis: bool,
    /// The message ID; it is counted from what went by before.
    pub message_id: bool,
    /// Its length and that of its encrypted part, which are zero here.
    pub len: bool,
    /// What it holds: that something is not in it tells nothing.
    pub content: bool,
    /// The first payload of its encrypted part.
    pub first_payload: bool,
}

/// When copies of the same message went by.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Seen {
    /// Number of copies, the first included.
    pub copies: u32,
    /// Packet number and time of the first copies, at most [`SEEN_MAX`].
    pub times: Vec<(u64, Instant)>,
    /// Time of the last copy.
    pub last: Instant,
}

impl Seen {
    /// Seen once, as packet `number`.
    #[must_use]
    pub fn once(number: u64, at: Instant) -> Self {
        Self {
            copies: 1,
            times: alloc::vec![(number, at)],
            last: at,
        }
    }

    /// Counts a further copy.
    pub fn again(&mut self, number: u64, at: Instant) {
        self.copies = self.copies.saturating_add(1);
        self.last = self.last.max(at);
        if self.times.len() < SEEN_MAX {
            self.times.push((number, at));
        }
    }
}

/// The readable payloads of a message.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Content {
    /// Payload types in the clear, in order.
    pub payloads: Vec<u8>,
    /// Security association proposals.
    pub proposals: Vec<Proposal>,
    /// Where the proposals stand.
    pub proposals_at: Option<Place>,
    /// Key exchange payload.
    pub key_exchange: Option<KeyExchange>,
    /// Length of the nonce in bytes.
    pub nonce_len: Option<usize>,
    /// Notifications.
    pub notifies: Vec<Notify>,
    /// Deletions: protocol and SPIs.
    pub deletes: Vec<Delete>,
    /// Vendor IDs, by name where it is known, else in hexadecimal.
    pub vendors: Vec<String>,
    /// Identities.
    pub identities: Vec<Identity>,
    /// NAT detection hashes.
    pub nat_detection: Vec<NatDetection>,
    /// Certificates.
    pub certificates: Vec<Certificate>,
    /// Encodings of the certificate requests.
    pub certificate_requests: Vec<ike::CertEncoding>,
    /// Authorities that certificate requests name: a distinguished name, or
    /// in IKEv2 the SHA-1 hash of the key, in hexadecimal.
    pub authorities: Vec<String>,
    /// Bytes of a HASH payload (IKEv1).
    pub hash_len: Option<usize>,
    /// Bytes of a signature (IKEv1).
    pub signature_len: Option<usize>,
    /// Authentication method of an AUTH payload (IKEv2).
    pub auth: Option<ike::AuthMethod>,
    /// Traffic selectors, or the identities that stand for them in quick mode.
    pub selectors: Option<Selectors>,
    /// EAP and XAUTH messages.
    pub user_auth: Vec<UserAuth>,
    /// Configuration attributes, names and values; secrets left out.
    pub configuration: Vec<(String, String)>,
    /// What is wrong with its payloads, where it was decrypted.
    pub fault: Option<Fault>,
}

/// One proposal of an SA payload, or of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(
    clippy::exhaustive_structs,
    reason = "a proposal is these four things in both versions"
)]
pub struct Proposal {
    /// Its number.
    pub number: u8,
    /// What kind of SA it is for.
    pub protocol: SaProtocol,
    /// The SPI it offers; empty for an initial IKE SA.
    pub spi: Vec<u8>,
    /// What it offers. In IKEv2 alternatives of the same kind stand side by
    /// side; in IKEv1 each transform is a proposal of its own.
    pub transforms: Vec<Transform>,
}

/// What kind of SA something is about; the registries of the two versions
/// disagree on the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum SaProtocol {
    /// IKE or ISAKMP itself.
    Ike,
    /// Authentication header.
    Ah,
    /// Encapsulating security payload.
    Esp,
    /// IP payload compression.
    IpComp,
    /// A number without a meaning here.
    Other(u8),
}

impl From<ike::ProtocolId> for SaProtocol {
    fn from(id: ike::ProtocolId) -> Self {
        match id {
            ike::ProtocolId::IKE => Self::Ike,
            ike::ProtocolId::AH => Self::Ah,
            ike::ProtocolId::ESP => Self::Esp,
            other => Self::Other(other.0),
        }
    }
}

impl From<isakmp::ProtocolId> for SaProtocol {
    fn from(id: isakmp::ProtocolId) -> Self {
        match id {
            isakmp::ProtocolId::PROTO_ISAKMP => Self::Ike,
            isakmp::ProtocolId::PROTO_IPSEC_AH => Self::Ah,
            isakmp::ProtocolId::PROTO_IPSEC_ESP => Self::Esp,
            isakmp::ProtocolId::PROTO_IPCOMP => Self::IpComp,
            other => Self::Other(other.0),
        }
    }
}

impl core::fmt::Display for SaProtocol {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Ike => f.write_str("IKE"),
            Self::Ah => f.write_str("AH"),
            Self::Esp => f.write_str("ESP"),
            Self::IpComp => f.write_str("IPComp"),
            Self::Other(id) => write!(f, "protocol {id}"),
        }
    }
}

/// One algorithm or parameter on offer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(
    clippy::exhaustive_structs,
    reason = "a transform is these four things in both versions"
)]
pub struct Transform {
    /// What it is for.
    pub kind: TransformKind,
    /// Its number in the registry of its version and kind; a lifetime in its
    /// unit.
    pub id: u64,
    /// Key length in bits, where it is given.
    pub key_bits: Option<u16>,
    /// Its name (`AES-CBC-256`), or its number where it has none.
    pub name: String,
}

impl Transform {
    /// Its number in the registry of its version and kind; what no registry
    /// can hold is 65 535.
    #[must_use]
    pub fn number(&self) -> u16 {
        u16::try_from(self.id).unwrap_or(u16::MAX)
    }
}

/// What a transform is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum TransformKind {
    /// Encryption.
    Encryption,
    /// Pseudorandom function; in IKEv1 the hash.
    Prf,
    /// Integrity.
    Integrity,
    /// Diffie-Hellman group or other key exchange.
    KeyExchange,
    /// Extended sequence numbers.
    Esn,
    /// Additional key exchange 1 to 7 (RFC 9370).
    AdditionalKeyExchange(u8),
    /// Authentication method (IKEv1 phase 1).
    Authentication,
    /// Lifetime in seconds (IKEv1).
    LifeSeconds,
    /// Lifetime in kilobytes (IKEv1).
    LifeKilobytes,
    /// Tunnel or transport mode (IKEv1 phase 2).
    Encapsulation,
    /// Compression.
    Compression,
    /// A kind that no registry names.
    Other(u16),
}

/// A key exchange payload.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct KeyExchange {
    /// The group; IKEv1 names it in the SA payload only.
    pub group: Option<ike::KeyExchange>,
    /// Bytes of public value.
    pub len: usize,
    /// Every byte of it is zero.
    pub all_zero: bool,
    /// Where it stands.
    pub place: Place,
}

impl KeyExchange {
    /// A public value of `len` bytes standing at `place`.
    #[must_use]
    pub const fn new(
        group: Option<ike::KeyExchange>,
        len: usize,
        all_zero: bool,
        place: Place,
    ) -> Self {
        Self {
            group,
            len,
            all_zero,
            place,
        }
    }
}

/// A notification.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Notify {
    /// Its number in the registry of the message's version.
    pub number: u16,
    /// Its name there, or its number.
    pub name: String,
    /// It reports an error.
    pub is_error: bool,
    /// It came under the protection of the IKE SA; what came in the clear
    /// anyone can have sent.
    pub authenticated: bool,
    /// The SPI it speaks of.
    pub spi: Vec<u8>,
    /// Its data, cut at [`NOTIFY_DATA_MAX`] bytes.
    pub data: Vec<u8>,
    /// Where it stands.
    pub place: Place,
}

impl Notify {
    /// A notification in the clear.
    #[must_use]
    pub fn in_clear(
        number: u16,
        name: String,
        is_error: bool,
        spi: &[u8],
        data: &[u8],
        place: Place,
    ) -> Self {
        let data = data.get(..NOTIFY_DATA_MAX).unwrap_or(data).to_vec();
        Self {
            number,
            name,
            is_error,
            authenticated: false,
            spi: spi.to_vec(),
            data,
            place,
        }
    }
}

/// A deletion of SAs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Delete {
    /// Which kind of SA.
    pub protocol: SaProtocol,
    /// Which ones; none when it is the IKE SA itself (IKEv2).
    pub spis: Vec<Vec<u8>>,
}

impl Delete {
    /// A deletion of `spis`.
    #[must_use]
    pub const fn new(protocol: SaProtocol, spis: Vec<Vec<u8>>) -> Self {
        Self { protocol, spis }
    }
}

/// An identity, as the peer gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Identity {
    /// It names the initiator.
    pub of_initiator: bool,
    /// Its type, by name.
    pub kind: String,
    /// Its value, escaped.
    pub value: String,
    /// Where it stands.
    pub place: Place,
}

impl Identity {
    /// An identity.
    #[must_use]
    pub const fn new(of_initiator: bool, kind: String, value: String, place: Place) -> Self {
        Self {
            of_initiator,
            kind,
            value,
            place,
        }
    }
}

/// A NAT detection hash held against the addresses the packet came with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct NatDetection {
    /// It covers the sender's address (else the receiver's).
    pub of_source: bool,
    /// The address and port on the packet.
    pub address: SocketAddr,
    /// The hash.
    pub hash: Vec<u8>,
    /// The hash is the one of that address: no translation there. `None`
    /// where it could not be computed.
    pub matches: Option<bool>,
    /// The address and port that it is the hash of, where it is another than
    /// that on the packet and was found: those before translation.
    pub original: Option<SocketAddr>,
    /// Where it stands.
    pub place: Place,
}

impl NatDetection {
    /// A hash over the sender's (`of_source`) or the receiver's address.
    #[must_use]
    pub const fn new(of_source: bool, address: SocketAddr, hash: Vec<u8>, place: Place) -> Self {
        Self {
            of_source,
            address,
            hash,
            matches: None,
            original: None,
            place,
        }
    }
}

/// The encrypted part of a message, seen from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Sealed {
    /// Type of the first payload inside, which the header (IKEv1) or the SK
    /// payload (IKEv2) names in the clear; each version has its own registry.
    pub first_payload: Option<u8>,
    /// Bytes of it, with IV, padding and checksum.
    pub len: usize,
    /// Lengths that the payloads inside can have, by the arithmetic of the
    /// negotiated suite; `None` while the suite is unknown.
    pub inner_len: Option<RangeInclusive<usize>>,
    /// The length is impossible for the negotiated suite.
    pub impossible: bool,
    /// What the keys at hand made of it; `None` where none were given.
    pub unsealing: Option<Unsealing>,
    /// Where it stands.
    pub place: Place,
}

impl Sealed {
    /// An encrypted part of `len` bytes.
    #[must_use]
    pub const fn new(
        first_payload: Option<u8>,
        len: usize,
        inner_len: Option<RangeInclusive<usize>>,
        impossible: bool,
        place: Place,
    ) -> Self {
        Self {
            first_payload,
            len,
            inner_len,
            impossible,
            unsealing: None,
            place,
        }
    }
}

/// A deviation from the standard that does not hinder reading.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Oddity {
    /// What kind.
    pub kind: OddityKind,
    /// Where.
    pub place: Place,
}

impl Oddity {
    /// A deviation at `place`.
    #[must_use]
    pub const fn new(kind: OddityKind, place: Place) -> Self {
        Self { kind, place }
    }
}

/// Kinds of [`Oddity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum OddityKind {
    /// A reserved field is not zero (RFC 7296 §2.5: to be ignored).
    ReservedNotZero,
    /// The minor version is not zero (RFC 7296 §2.5: to be ignored).
    MinorVersion,
    /// The initiator's SPI is zero (RFC 7296 §3.1: must not be).
    InitiatorSpiZero,
    /// An attribute is given twice in one transform.
    DuplicateAttribute,
    /// A transform of a type or number that no registry holds.
    UnknownTransform,
    /// A payload of a type that no registry holds.
    UnknownPayload,
    /// An unknown payload with the critical bit (RFC 7296 §2.5).
    UnknownCriticalPayload,
    /// A public value of zeroes only.
    ZeroPublicValue,
    /// A public value of another length than its group has.
    PublicValueLength,
    /// A nonce outside the allowed lengths (RFC 7296 §3.9, RFC 2409 §5).
    NonceLength,
    /// A payload that the exchange does not allow here, or that is missing.
    UnexpectedPayload,
    /// A payload that may stand once stands twice.
    RepeatedPayload,
    /// A flag that the exchange does not allow.
    UnexpectedFlag,
}

/// Copies of a message that are listed with time and number.
pub const SEEN_MAX: usize = 12;

/// Bytes of notification data that are kept.
pub const NOTIFY_DATA_MAX: usize = 64;
