//! Plain facts and where they were seen: the one language in which captures,
//! logs, configurations and live engines tell [`crate::diag`] what happened.
//!
//! A fact draws no conclusion. It says what a message held, how many ESP
//! packets of an SPI went by, that a router answered "port unreachable"; what
//! that means is for the rules. Facts about data traffic are sums over a flow,
//! so the size of a body of evidence follows the number of conversations, not
//! the length of the capture.

use crate::time::Instant;
use crate::wire::DecodeError;
use crate::wire::registry::{ike, isakmp};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::ops::RangeInclusive;

/// One fact, when it happened, and which input shows it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Evidence {
    /// When, by the clock of the input; `None` where nothing tells.
    pub at: Option<Instant>,
    /// Where it can be looked up.
    pub source: Source,
    /// What is the case.
    pub fact: Fact,
}

impl Evidence {
    /// `fact`, seen at `at` in `source`.
    #[must_use]
    pub const fn new(at: Option<Instant>, source: Source, fact: Fact) -> Self {
        Self { at, source, fact }
    }
}

/// Where a fact can be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// A packet of a capture.
    Packet {
        /// Index of the capture among the inputs.
        input: usize,
        /// Number of the packet in its capture, from 1.
        number: u64,
    },
    /// A line of a log or configuration.
    Line {
        /// Index of the file among the inputs.
        input: usize,
        /// Number of the line in its file, from 1.
        line: u64,
    },
    /// A capture as a whole.
    Input {
        /// Index of the capture among the inputs.
        input: usize,
    },
    /// A running engine.
    Live,
}

impl Source {
    /// Index of the input among the inputs; `None` for a running engine.
    #[must_use]
    pub const fn input(&self) -> Option<usize> {
        match *self {
            Self::Packet { input, .. } | Self::Line { input, .. } | Self::Input { input } => {
                Some(input)
            }
            Self::Live => None,
        }
    }
}

/// What is the case.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fact {
    /// An IKE message went by.
    Ike(Box<IkeMessage>),
    /// ESP or AH packets of one SPI went by.
    Protected(Box<ProtectedFlow>),
    /// Packets that are neither IKE nor ESP nor AH went by.
    Clear(Box<ClearFlow>),
    /// NAT keepalives (RFC 3948 §2.3) went by.
    Keepalives(Tally),
    /// An ICMP error came back.
    Icmp(Box<IcmpError>),
    /// Fragments of a datagram went by that never became whole.
    IncompleteDatagram(Box<IncompleteDatagram>),
    /// What one capture covers.
    Capture(CaptureSummary),
    /// A program wrote something in its log.
    Logged(Box<Logged>),
}

/// Who sent to whom, as the outer addresses say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a pair of endpoints")]
pub struct Route {
    /// Sender.
    pub from: SocketAddr,
    /// Receiver.
    pub to: SocketAddr,
}

impl Route {
    /// The way back.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self {
            from: self.to,
            to: self.from,
        }
    }

    /// The two addresses in ascending order, whoever sends.
    #[must_use]
    pub fn pair(self) -> (IpAddr, IpAddr) {
        let (from, to) = (self.from.ip(), self.to.ip());
        if from <= to { (from, to) } else { (to, from) }
    }
}

/// How often something was seen on one route, and when.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Tally {
    /// Who sent to whom.
    pub route: Route,
    /// Number of packets.
    pub packets: u64,
    /// Time of the first.
    pub first: Instant,
    /// Time of the last.
    pub last: Instant,
}

impl Tally {
    /// One packet at `at`.
    #[must_use]
    pub const fn new(route: Route, at: Instant) -> Self {
        Self {
            route,
            packets: 1,
            first: at,
            last: at,
        }
    }

    /// Counts one more packet at `at`.
    pub fn add(&mut self, at: Instant) {
        self.packets = self.packets.saturating_add(1);
        self.last = self.last.max(at);
    }
}

/// A place in a packet that a finding can point at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// Path in the field tree (`ike.notify[1]`).
    pub field: String,
    /// First byte, counted in the frame (or in the reassembled datagram).
    pub offset: usize,
    /// Number of bytes.
    pub len: usize,
    /// Position of the first byte of [`Place::excerpt`]; a multiple of 16.
    pub excerpt_offset: usize,
    /// The bytes around it, from the start of its 16-byte row; at most
    /// [`EXCERPT_MAX`] bytes.
    pub excerpt: Vec<u8>,
}

impl Place {
    /// The place `range` of `source` that `field` names.
    #[must_use]
    pub fn new(field: String, range: core::ops::Range<usize>, source: &[u8]) -> Self {
        let excerpt_offset = range.start - range.start % 16;
        let end = range
            .end
            .next_multiple_of(16)
            .min(excerpt_offset.saturating_add(EXCERPT_MAX))
            .min(source.len());
        let excerpt = source.get(excerpt_offset..end).unwrap_or_default().to_vec();
        Self {
            field,
            offset: range.start,
            len: range.len(),
            excerpt_offset,
            excerpt,
        }
    }
}

/// The two versions of IKE share neither exchange types nor payloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    /// Times it was seen: the first and, up to a limit, every further copy.
    pub seen: Seen,
    /// What it holds in the clear.
    pub content: Content,
    /// Its encrypted part.
    pub sealed: Option<Sealed>,
    /// Where it breaks its standard so that it cannot be read on.
    pub fault: Option<(DecodeError, Place)>,
    /// Deviations that do not hinder reading (reserved bits set, attribute
    /// given twice, …).
    pub oddities: Vec<Oddity>,
    /// Where its header stands.
    pub place: Place,
}

/// When copies of the same message went by.
#[derive(Clone, Debug)]
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
    /// Number of certificates and their encodings.
    pub certificates: Vec<ike::CertEncoding>,
    /// Encodings of the certificate requests.
    pub certificate_requests: Vec<ike::CertEncoding>,
    /// Bytes of a HASH payload (IKEv1).
    pub hash_len: Option<usize>,
    /// Bytes of a signature (IKEv1).
    pub signature_len: Option<usize>,
}

/// One proposal of an SA payload, or of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
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
            place,
        }
    }
}

/// The encrypted part of a message, seen from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
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
            place,
        }
    }
}

/// A deviation from the standard that does not hinder reading.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// ESP or AH packets of one SPI in one direction.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProtectedFlow {
    /// Times and number of packets; ports are zero without UDP encapsulation.
    pub tally: Tally,
    /// AH, not ESP.
    pub is_ah: bool,
    /// Security parameters index.
    pub spi: u32,
    /// In UDP (RFC 3948).
    pub udp_encapsulated: bool,
    /// Bytes of all packets, from the ESP or AH header on.
    pub bytes: u64,
    /// First sequence number seen.
    pub first_sequence: u32,
    /// Highest sequence number seen.
    pub last_sequence: u32,
    /// Sequence numbers between first and last that were never seen.
    pub missing: u64,
    /// Packets seen more than once with the same sequence number and bytes,
    /// and the first such packet.
    pub repeated: Occurrence,
    /// Packets that carry a sequence number again with other bytes.
    pub reused: Occurrence,
    /// Packets that arrived behind a higher sequence number.
    pub reordered: u64,
    /// Largest packet, from the IP header on.
    pub largest: usize,
    /// Packets that came in IP fragments.
    pub fragmented: u64,
    /// The longest silence between two packets: its start and end.
    pub longest_gap: Option<(Instant, Instant)>,
    /// Every payload length so far is a multiple of this block size, if one of
    /// 16, 8 or 4 fits.
    pub block_multiple: u8,
    /// Where the header of the first packet stands.
    pub place: Place,
}

/// How often something happened and where first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Occurrence {
    /// How often.
    pub count: u64,
    /// Packet number of the first time.
    pub first: Option<u64>,
}

impl Occurrence {
    /// Counts it once more, in packet `number`.
    pub fn add(&mut self, number: u64) {
        self.count = self.count.saturating_add(1);
        self.first.get_or_insert(number);
    }
}

impl ProtectedFlow {
    /// The flow that begins with this packet.
    #[must_use]
    pub fn new(tally: Tally, is_ah: bool, spi: u32, sequence: u32, place: Place) -> Self {
        Self {
            tally,
            is_ah,
            spi,
            udp_encapsulated: false,
            bytes: 0,
            first_sequence: sequence,
            last_sequence: sequence,
            missing: 0,
            repeated: Occurrence::default(),
            reused: Occurrence::default(),
            reordered: 0,
            largest: 0,
            fragmented: 0,
            longest_gap: None,
            block_multiple: 16,
            place,
        }
    }
}

/// Packets in the clear from one address to another.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClearFlow {
    /// Times and number of packets; port 0 where the protocol has none.
    pub tally: Tally,
    /// IP protocol number.
    pub protocol: u8,
    /// Bytes of all packets, from the IP header on.
    pub bytes: u64,
    /// ICMP echo requests or replies among them.
    pub echo: Option<Echo>,
    /// TCP connection attempts (SYN without ACK) among them.
    pub syn: u64,
    /// Where the first packet's head stands.
    pub place: Place,
}

impl ClearFlow {
    /// The flow that begins with this packet.
    #[must_use]
    pub const fn new(tally: Tally, protocol: u8, bytes: u64, place: Place) -> Self {
        Self {
            tally,
            protocol,
            bytes,
            echo: None,
            syn: 0,
            place,
        }
    }
}

/// ICMP echo, by direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "ICMP echo has these two messages")]
pub enum Echo {
    /// Echo request.
    Request,
    /// Echo reply.
    Reply,
}

/// An ICMP error and the packet it speaks of.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IcmpError {
    /// Times and number; `route.from` is who reports, `route.to` who is told.
    pub tally: Tally,
    /// What it reports.
    pub kind: IcmpErrorKind,
    /// Type and code on the wire.
    pub type_code: (u8, u8),
    /// Route of the packet that it speaks of.
    pub about: Route,
    /// IP protocol of that packet.
    pub protocol: u8,
    /// SPI of that packet, if ESP or AH.
    pub spi: Option<u32>,
    /// Where its head stands.
    pub place: Place,
}

impl IcmpError {
    /// An error about a packet on the route `about`.
    #[must_use]
    pub const fn new(
        tally: Tally,
        kind: IcmpErrorKind,
        type_code: (u8, u8),
        about: Route,
        protocol: u8,
        place: Place,
    ) -> Self {
        Self {
            tally,
            kind,
            type_code,
            about,
            protocol,
            spi: None,
            place,
        }
    }
}

/// What an ICMP or ICMPv6 error reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IcmpErrorKind {
    /// Nobody listens on the port.
    PortUnreachable,
    /// The host does not speak the protocol (50, 51).
    ProtocolUnreachable,
    /// No way to the host or network.
    HostUnreachable,
    /// A filter forbids it.
    Prohibited,
    /// Larger than the next link carries; the link's MTU where given.
    TooBig(Option<u32>),
    /// Time to live ran out on the way or in reassembly.
    TimeExceeded {
        /// While waiting for fragments.
        reassembly: bool,
    },
    /// Anything else.
    Other,
}

/// Fragments of a datagram that never became whole.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IncompleteDatagram {
    /// Times and number of such datagrams; ports from the first fragment.
    pub tally: Tally,
    /// IP protocol.
    pub protocol: u8,
    /// Its first fragment was seen.
    pub has_first: bool,
    /// Its last fragment was seen.
    pub has_last: bool,
    /// Bytes seen of it.
    pub bytes: usize,
    /// Number of fragments seen.
    pub fragments: u16,
    /// SPIi and message ID when the first fragment begins an IKE message.
    pub ike: Option<(u64, u32)>,
    /// Where the first fragment's head stands.
    pub place: Place,
}

impl IncompleteDatagram {
    /// A datagram of which `bytes` were seen.
    #[must_use]
    pub const fn new(
        tally: Tally,
        protocol: u8,
        bytes: usize,
        fragments: u16,
        place: Place,
    ) -> Self {
        Self {
            tally,
            protocol,
            has_first: false,
            has_last: false,
            bytes,
            fragments,
            ike: None,
            place,
        }
    }
}

/// What a program wrote in its log, in the words of no vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Logged {
    /// The connection or SA it wrote about, by the name the log gives it,
    /// escaped.
    pub connection: Option<String>,
    /// What it says.
    pub event: LogEvent,
}

impl Logged {
    /// `event`, written about `connection`.
    #[must_use]
    pub const fn new(connection: Option<String>, event: LogEvent) -> Self {
        Self { connection, event }
    }
}

/// Things that logs tell. Texts out of the log are escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogEvent {
    /// A datagram was sent, or received.
    Datagram {
        /// Sent by the end that wrote the log.
        sent: bool,
        /// Who sent to whom.
        route: Route,
        /// Bytes of it.
        len: usize,
    },
    /// A message was built, or read.
    Message {
        /// Sent by the end that wrote the log.
        sent: bool,
        /// Which exchange.
        exchange: Exchange,
        /// A response.
        response: bool,
        /// Message ID.
        message_id: u32,
        /// Its payloads, as the log calls them.
        payloads: Vec<String>,
    },
    /// The peer's notification was taken note of.
    Notified {
        /// Its name, as the log gives it.
        name: String,
        /// The log calls it an error.
        is_error: bool,
    },
    /// No proposal was acceptable.
    NoProposal {
        /// The kind of transform that differs, as the log calls it.
        differs: Option<String>,
        /// What the peer proposed.
        received: Option<String>,
        /// What would have been accepted.
        configured: Option<String>,
    },
    /// Traffic selectors were not acceptable, or no child was configured for
    /// them.
    NoSelectors,
    /// An IKE SA was established.
    IkeEstablished,
    /// A CHILD_SA, an IPsec SA pair, was established.
    ChildEstablished,
    /// Authentication failed at this end.
    AuthenticationFailed(AuthenticationFault),
    /// A request was sent again, so many times by now.
    Retransmitted(u32),
    /// No answer came; the exchange was given up.
    GaveUp,
}

/// Why the end that wrote the log could not authenticate its peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum AuthenticationFault {
    /// There is a key, but what the peer computed is another value.
    KeyMismatch,
    /// There is no key for this peer.
    NoKey,
    /// The message did not decrypt to anything readable: in IKEv1 with
    /// pre-shared keys, mostly another key.
    Undecryptable,
    /// No certificate of the peer is trusted.
    Untrusted,
    /// The user's name or password.
    User,
    /// No configuration fits the peer and its identity.
    NoConfiguration,
}

/// What one capture covers.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CaptureSummary {
    /// Number of packets.
    pub packets: u64,
    /// Time of the first packet.
    pub first: Option<Instant>,
    /// Time of the last packet.
    pub last: Option<Instant>,
    /// Packets cut by the snap length.
    pub cut: u64,
    /// Packets whose head could not be read.
    pub unreadable: u64,
    /// The file ends or breaks in the middle: what the reader said.
    pub broken: Option<String>,
    /// Conversations or messages left out because a limit was reached.
    pub left_out: u64,
}

/// Bytes a [`Place`] quotes at most.
pub const EXCERPT_MAX: usize = 32;

/// Copies of a message that are listed with time and number.
pub const SEEN_MAX: usize = 12;

/// Bytes of notification data that are kept.
pub const NOTIFY_DATA_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_quotes_whole_rows() {
        let bytes: Vec<u8> = (0..100).collect();
        let place = Place::new("x".into(), 35..38, &bytes);
        assert_eq!((place.excerpt_offset, place.excerpt.len()), (32, 16));
        assert_eq!(place.excerpt.first(), Some(&32));
        let place = Place::new("x".into(), 90..100, &bytes);
        assert_eq!((place.excerpt_offset, place.excerpt.len()), (80, 20));
        let long = Place::new("x".into(), 0..100, &bytes);
        assert_eq!((long.len, long.excerpt.len()), (100, EXCERPT_MAX));
    }

    #[test]
    fn copies_are_counted_beyond_the_list() {
        let mut seen = Seen::once(1, Instant::ZERO);
        for n in 2..100 {
            seen.again(n, Instant::from_seconds(n, 0));
        }
        assert_eq!((seen.copies, seen.times.len()), (99, SEEN_MAX));
        assert_eq!(seen.last, Instant::from_seconds(99, 0));
    }
}
