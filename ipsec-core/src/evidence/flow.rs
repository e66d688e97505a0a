//! Facts about traffic: protected and clear flows, ICMP errors, datagrams that
//! never became whole.

use super::{Opening, Place, Route, Tally};
use crate::time::Instant;
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::format;

/// ESP or AH packets of one SPI in one direction.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
    /// What the keys at hand opened; `None` where none were given.
    pub opening: Option<Box<Opening>>,
    /// Where the header of the first packet stands.
    pub place: Place,
}

/// How often something happened and where first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
            opening: None,
            place,
        }
    }
}

/// Packets in the clear from one address to another.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[expect(clippy::exhaustive_enums, reason = "ICMP echo has these two messages")]
pub enum Echo {
    /// Echo request.
    Request,
    /// Echo reply.
    Reply,
}

/// An ICMP error and the packet it speaks of.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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

impl IcmpErrorKind {
    /// What it reports, in words; `None` for [`IcmpErrorKind::Other`].
    #[must_use]
    pub fn words(self) -> Option<Cow<'static, str>> {
        Some(match self {
            Self::PortUnreachable => "port unreachable".into(),
            Self::ProtocolUnreachable => "protocol unreachable".into(),
            Self::HostUnreachable => "host unreachable".into(),
            Self::Prohibited => "prohibited".into(),
            Self::TooBig(Some(mtu)) => format!("too big, MTU {mtu}").into(),
            Self::TooBig(None) => "too big".into(),
            Self::TimeExceeded { reassembly: true } => "fragments missing".into(),
            Self::TimeExceeded { reassembly: false } => "time to live exceeded".into(),
            Self::Other => return None,
        })
    }
}

/// Fragments of a datagram that never became whole.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
