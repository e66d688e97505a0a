//! Plain facts and where they were seen: the one language in which captures,
//! logs, configurations and live engines tell [`crate::diag`] what happened.
//!
//! A fact draws no conclusion. It says what a message held, how many ESP
//! packets of an SPI went by, that a router answered "port unreachable"; what
//! that means is for the rules. Facts about data traffic are sums over a flow,
//! so the size of a body of evidence follows the number of conversations, not
//! the length of the capture.

mod configured;
mod flow;
mod logged;
mod message;
mod outline;
mod unsealed;

pub use configured::*;
pub use flow::*;
pub use logged::*;
pub use message::*;
pub use outline::*;
pub use unsealed::*;

use crate::time::Instant;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

/// One fact, when it happened, and which input shows it.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
    /// What a line of printed text tells of a packet.
    Outline(Box<PacketOutline>),
    /// A program wrote something in its log.
    Logged(Box<Logged>),
    /// Something stands in configurations.
    Configured(Box<Configured>),
}

/// Who sent to whom, as the outer addresses say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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

/// What one capture covers.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
