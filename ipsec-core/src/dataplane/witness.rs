//! What the data plane saw go wrong, in the words of a capture
//! (RFC 4301 §5.2, the auditable events).
//!
//! Of an SA the faults are counted, and become what a decoder with its keys
//! would say of the flow. What belongs to no SA is told as a log would.

use super::arrival::Came;
use super::child::{Child, UnprotectError};
use crate::esp::ah::CheckError;
use crate::esp::authentication::VerifyError;
use crate::esp::sa::OpenError;
use crate::esp::transform;
use crate::evidence::{
    Evidence, Fact, LogEvent, Logged, Occurrence, Opening, Place, ProtectedFlow, Route, Source,
    Tally,
};
use crate::sa::sequence::Refusal;
use crate::time::Instant;
use crate::wire::registry::ip::Protocol;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

/// What went wrong on one SA.
#[derive(Clone, Debug)]
pub(super) struct Faults {
    tally: Tally,
    in_udp: bool,
    replayed: Occurrence,
    late: u64,
    wrong_icv: Occurrence,
    wrong_padding: Occurrence,
    other: Occurrence,
}

impl Faults {
    pub(super) fn new(now: Instant, route: Route, in_udp: bool) -> Self {
        let mut tally = Tally::new(route, now);
        tally.packets = 0;
        Self {
            tally,
            in_udp,
            replayed: Occurrence::default(),
            late: 0,
            wrong_icv: Occurrence::default(),
            wrong_padding: Occurrence::default(),
            other: Occurrence::default(),
        }
    }

    /// Counts one more. `opened` packets of the SA went well.
    pub(super) fn add(&mut self, now: Instant, opened: u64, why: &UnprotectError) {
        self.tally.add(now);
        let number = opened.saturating_add(self.tally.packets);
        let kind = match why {
            UnprotectError::Open(OpenError::Number(refusal))
            | UnprotectError::Check(CheckError::Number(refusal)) => match refusal {
                Refusal::Replayed => &mut self.replayed,
                Refusal::TooOld => {
                    self.late = self.late.saturating_add(1);
                    return;
                }
                Refusal::Zero => &mut self.other,
            },
            UnprotectError::Open(OpenError::Packet(transform::OpenError::Integrity))
            | UnprotectError::Check(CheckError::Packet(VerifyError::Integrity)) => {
                &mut self.wrong_icv
            }
            UnprotectError::Open(OpenError::Packet(transform::OpenError::Padding { .. })) => {
                &mut self.wrong_padding
            }
            UnprotectError::Open(_)
            | UnprotectError::Check(_)
            | UnprotectError::Tunnel(_)
            | UnprotectError::Transport(_) => &mut self.other,
        };
        kind.add(number);
    }

    /// The flow as a decoder would sum it up.
    pub(super) fn told(&self, child: &Child) -> Evidence {
        let (used, top) = child.received();
        let mut tally = self.tally.clone();
        tally.packets = tally.packets.saturating_add(used.packets);
        tally.first = tally.first.min(used.since);
        tally.last = tally.last.max(used.last);
        let is_ah = child.key().protocol == Protocol::AH;
        let (first, last) = (u32::from(top > 0), u32::try_from(top).unwrap_or(u32::MAX));
        let (at, spi) = (tally.first, child.key().spi);
        let mut flow = ProtectedFlow::new(tally, is_ah, spi, first, Place::default());
        flow.udp_encapsulated = self.in_udp;
        flow.bytes = used.bytes;
        flow.last_sequence = last;
        flow.repeated = self.replayed;
        flow.reordered = self.late;
        flow.opening = Some(Box::new(Opening {
            verified: used.packets,
            wrong_icv: self.wrong_icv,
            wrong_padding: self.wrong_padding,
            other: self.other,
            ..Opening::default()
        }));
        live(at, Fact::Protected(Box::new(flow)))
    }
}

/// What belongs to no SA.
#[derive(Clone, Debug, Default)]
pub(super) struct Strays {
    /// When each kind was first seen, and how often.
    seen: BTreeMap<Stray, (Instant, u64)>,
    left_out: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stray {
    UnknownSpi { route: Route, spi: u32 },
    Clear { from: IpAddr, to: IpAddr },
}

impl Strays {
    pub(super) fn unknown_spi(&mut self, now: Instant, route: Route, spi: u32) {
        self.add(now, Stray::UnknownSpi { route, spi });
    }

    pub(super) fn clear(&mut self, now: Instant, from: IpAddr, to: IpAddr) {
        self.add(now, Stray::Clear { from, to });
    }

    fn add(&mut self, now: Instant, stray: Stray) {
        let known = self.seen.len() < STRAYS_MAX || self.seen.contains_key(&stray);
        if !known {
            self.left_out = self.left_out.saturating_add(1);
            return;
        }
        let (_, times) = self.seen.entry(stray).or_insert((now, 0));
        *times = times.saturating_add(1);
    }

    /// How many were not remembered, because there were too many kinds.
    pub(super) const fn left_out(&self) -> u64 {
        self.left_out
    }

    pub(super) fn told(&self, out: &mut Vec<Evidence>) {
        let logged = |at, event| live(at, Fact::Logged(Box::new(Logged::new(None, event))));
        for (stray, (at, _)) in &self.seen {
            match *stray {
                Stray::UnknownSpi { route, spi } => {
                    let sent = false;
                    let len = 0;
                    let datagram = LogEvent::Datagram { sent, route, len };
                    out.push(logged(*at, datagram));
                    out.push(logged(*at, LogEvent::UnknownSpi(Some(spi))));
                }
                Stray::Clear { from, to } => {
                    out.push(logged(*at, LogEvent::Unprotected { from, to }));
                }
            }
        }
    }
}

fn live(at: Instant, fact: Fact) -> Evidence {
    Evidence::new(Some(at), Source::Live, fact)
}

/// Who sent a protected packet to whom.
pub(super) const fn route(came: &Came, source: IpAddr, destination: IpAddr) -> Route {
    Route {
        from: SocketAddr::new(source, came.ports.0),
        to: SocketAddr::new(destination, came.ports.1),
    }
}

/// Kinds of packets of no SA that are remembered: who sends to whom, and which
/// SPI.
pub(super) const STRAYS_MAX: usize = 1024;
