//! What comes of a packet (RFC 4301 §5.1 and §5.2).

use super::child::{ProtectError, UnprotectError};
use crate::sa::sad::{Handle, Key};
use crate::sa::spd::{Flow, Traffic};
use alloc::vec::Vec;
use core::fmt;
use core::net::SocketAddr;
use core::ops::Range;

/// What is to be done with a packet of the protected side.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outbound {
    /// It is protected: these bytes of the buffer are to be sent.
    Protected(Range<usize>),
    /// It is to be sent as it is.
    Bypassed,
    /// An SA is needed first (RFC 4301 §5.1 step 3b).
    Acquire {
        /// Place of the policy in its database.
        policy: usize,
        /// What the SA is to be for.
        traffic: Traffic,
        /// The packet that asks, which the first of the traffic selectors names
        /// (RFC 7296 §2.9).
        flow: Flow,
    },
    /// It is to be cut into pieces of at most `mtu` bytes, which are to be
    /// handed over one by one: its outer packet may not be cut.
    Cut {
        /// Bytes of the largest piece.
        mtu: u16,
    },
    /// Nothing, but its sender is to get `reply`, an ICMP message
    /// (RFC 4301 §5.1.1 and §8.2.1).
    Answered {
        /// Why.
        why: Dropped,
        /// The packet to its sender.
        reply: Vec<u8>,
    },
    /// Nothing.
    Dropped(Dropped),
}

/// What is to be done with a packet of the other side.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Inbound {
    /// It was protected: these bytes of the buffer are the packet inside.
    Opened {
        /// Where it stands.
        packet: Range<usize>,
        /// The SA it came by.
        child: Handle,
        /// Where it came from; behind a NAT this may change.
        from: SocketAddr,
    },
    /// It is to be taken as it is.
    Bypassed,
    /// An IKE message in UDP, behind its marker, or a NAT keepalive.
    Control,
    /// Nothing.
    Dropped(Dropped),
}

/// Why a packet was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dropped {
    /// It is no IP packet, or not all of it.
    NotIp,
    /// A fragment of a protected packet: the host puts it together first.
    Fragment,
    /// A fragment that would be laid over the head of what it is a part of
    /// (RFC 4301 §7.2, RFC 1858 §4).
    Overlap,
    /// A policy discards it; `None` where no policy fits.
    Discarded {
        /// Place of the policy.
        policy: Option<usize>,
    },
    /// It came in the clear, and a policy wants it protected (RFC 4301 §5.2
    /// step 3b).
    Clear {
        /// Place of the policy.
        policy: usize,
    },
    /// No SA has this SPI (RFC 4301 §5.2 step 3a).
    UnknownSpi {
        /// The SPI.
        spi: u32,
    },
    /// It does not open.
    Unprotect(UnprotectError),
    /// It opened, and what was inside is no IP packet, or not all of it.
    NotIpInside,
    /// It opened, and is none that its SA is for (RFC 4301 §5.2 step 5): the
    /// peer may be told `INVALID_SELECTORS`, as often as the host sees fit.
    NotItsTraffic {
        /// The SA.
        child: Handle,
    },
    /// It is longer than its SA's path lets through, and may not be cut.
    TooBig {
        /// Bytes of the largest packet that passes.
        mtu: u16,
    },
    /// It cannot be protected.
    Protect(ProtectError),
}

/// What went through, and what did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Packets protected.
    pub protected: u64,
    /// Packets opened.
    pub opened: u64,
    /// Packets let through as they are, both ways.
    pub bypassed: u64,
    /// IKE messages and keepalives passed on.
    pub control: u64,
    /// Packets dropped, both ways, answered or not.
    pub dropped: u64,
    /// Packets that asked for an SA.
    pub acquires: u64,
    /// Packets handed back to be cut.
    pub cut: u64,
    /// Packets answered with an ICMP error.
    pub answered: u64,
}

impl Counts {
    pub(super) fn add_outbound(&mut self, done: &Outbound) {
        let count = match done {
            Outbound::Protected(_) => &mut self.protected,
            Outbound::Bypassed => &mut self.bypassed,
            Outbound::Acquire { .. } => &mut self.acquires,
            Outbound::Cut { .. } => &mut self.cut,
            Outbound::Answered { .. } => {
                self.answered = self.answered.saturating_add(1);
                &mut self.dropped
            }
            Outbound::Dropped(_) => &mut self.dropped,
        };
        *count = count.saturating_add(1);
    }

    pub(super) fn add_inbound(&mut self, done: &Inbound) {
        let count = match done {
            Inbound::Opened { .. } => &mut self.opened,
            Inbound::Bypassed => &mut self.bypassed,
            Inbound::Control => &mut self.control,
            Inbound::Dropped(_) => &mut self.dropped,
        };
        *count = count.saturating_add(1);
    }
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotIp => f.write_str("not a whole IP packet"),
            Self::Fragment => f.write_str("a fragment of a protected packet"),
            Self::Overlap => f.write_str("a fragment that overlaps what it is a part of"),
            Self::Discarded { policy: None } => f.write_str("no policy is for it"),
            Self::Discarded { .. } => f.write_str("a policy discards it"),
            Self::Clear { .. } => f.write_str("it came in the clear, and must not"),
            Self::UnknownSpi { spi } => write!(f, "no SA has the SPI 0x{spi:08x}"),
            Self::Unprotect(error) => error.fmt(f),
            Self::NotIpInside => f.write_str("what is inside is not a whole IP packet"),
            Self::NotItsTraffic { .. } => f.write_str("it is none that its SA is for"),
            Self::TooBig { mtu } => write!(f, "longer than {mtu} bytes, and may not be cut"),
            Self::Protect(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for Dropped {}

/// Why a pair of SAs was not put in; its keys are wiped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotInstalled {
    /// Another SA has its key.
    Taken {
        /// The key.
        key: Key,
    },
    /// There is no room for more.
    Full {
        /// How many there may be.
        limit: usize,
    },
    /// No policy that protects is at the place that it names: policies may have
    /// changed while it was negotiated.
    NoPolicy,
}

impl fmt::Display for NotInstalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken { key } => write!(f, "there is an SA with the SPI 0x{:08x}", key.spi),
            Self::Full { limit } => write!(f, "there are {limit} SAs already"),
            Self::NoPolicy => f.write_str("no policy that protects is for it"),
        }
    }
}

impl core::error::Error for NotInstalled {}
