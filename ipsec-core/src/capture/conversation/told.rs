//! What was told of packets in words: filed like packets, under the same keys
//! and limits.

use super::{Conversations, FlowMeter, MAX_OUTLINES, Numbered, Sample, facts};
use crate::evidence::{ClearFlow, Exchange, IcmpError, IkeMessage, PacketOutline, Place, Route};
use crate::time::Instant;

/// The SA to which a told packet belongs, and whether it was in UDP.
#[derive(Clone, Copy, Debug)]
pub(in crate::capture) struct ToldFlow {
    pub(in crate::capture) is_ah: bool,
    pub(in crate::capture) spi: u32,
    pub(in crate::capture) in_udp: bool,
}

impl Conversations {
    /// Counts a packet that was told.
    pub(in crate::capture) fn told_packet(&mut self, at: Option<Instant>) {
        self.summary.packets = self.summary.packets.saturating_add(1);
        if let Some(at) = at {
            self.summary.first.get_or_insert(at);
            self.summary.last = self.summary.last.max(Some(at));
        }
    }

    /// A packet of which nothing could be read.
    pub(in crate::capture) fn told_unreadable(&mut self) {
        self.summary.unreadable = self.summary.unreadable.saturating_add(1);
    }

    /// An IKE message; messages of equal `digest` are copies of one.
    pub(in crate::capture) fn told_ike(
        &mut self,
        number: u64,
        at: Instant,
        digest: u64,
        mut message: IkeMessage,
    ) {
        let talk = self.talks.get_mut(&message.route.pair());
        if let Some(known) = talk.and_then(|talk| talk.copy_of(digest)) {
            known.seen.again(number, at);
            return;
        }
        let by_initiator = message.by_initiator;
        if message.untold.spis {
            // The number of an SA in this text says nothing about an IKE SA elsewhere.
            if matches!(message.exchange, Exchange::V1(_)) {
                message.response = !by_initiator;
            }
            let provider = self.keyring.provider();
            let agreed = &mut facts::Agreed::default();
            facts::complete(&mut message, agreed, provider);
        } else {
            self.place_in_sa(at, &mut message);
        }
        self.file(digest, message);
    }

    /// An ESP or AH packet.
    pub(in crate::capture) fn told_protected(
        &mut self,
        route: Route,
        flow: ToldFlow,
        sample: Sample,
    ) {
        let key = (route.from.ip(), route.to.ip(), flow.is_ah, flow.spi);
        if let Some(meter) = self.flows.get_mut(&key) {
            return meter.add(sample);
        }
        let ToldFlow { is_ah, spi, in_udp } = flow;
        let meter = FlowMeter::new(route, is_ah, spi, in_udp, sample, Place::default());
        self.add_flow(key, meter);
    }

    /// A packet in the clear.
    pub(in crate::capture) fn told_clear(&mut self, number: u64, packet: ClearFlow) {
        self.add_clear(number, packet);
    }

    /// A NAT keepalive.
    pub(in crate::capture) fn told_keepalive(&mut self, number: u64, route: Route, at: Instant) {
        self.add_keepalive(number, route, at);
    }

    /// An ICMP error.
    pub(in crate::capture) fn told_icmp(&mut self, number: u64, error: IcmpError) {
        self.add_icmp(number, error);
    }

    /// A later fragment of what was sent last on this way.
    pub(in crate::capture) fn told_fragment(&mut self, route: Route) {
        let Some(talk) = self.talks.get_mut(&route.pair()) else {
            return;
        };
        let last = talk.tail.back_mut().or_else(|| talk.head.last_mut());
        if let Some(last) = last
            && last.message.route.from.ip() == route.from.ip()
        {
            let known = last.message.ip_fragments.max(1);
            last.message.ip_fragments = known.saturating_add(1);
        }
    }

    /// The outline of a packet.
    pub(in crate::capture) fn told_outline(
        &mut self,
        number: u64,
        at: Instant,
        outline: PacketOutline,
    ) {
        if self.outlines.len() >= MAX_OUTLINES {
            return self.left_out();
        }
        self.outlines.push(Numbered::new(number, (at, outline)));
    }
}
