//! Evidence filed for the rules: by IKE SA, by data flow, by peer pair.
//!
//! Several inputs may show the same message; it is filed once, with a view
//! per input. The clocks of the inputs are aligned by the messages that they
//! share, so that one order of events holds for all.

use super::clocks::{self, ClockOffset, Input};
use super::told::{self, Told};
use crate::evidence::{
    ClearFlow, Evidence, Exchange, Fact, IcmpError, IkeMessage, IncompleteDatagram, PacketOutline,
    ProtectedFlow, Tally,
};
use crate::sorted::{self, Map};
use crate::time::{Duration, Instant};
use alloc::vec::Vec;
use core::net::IpAddr;

/// A body of evidence with its indexes.
#[derive(Debug)]
pub struct Case<'a> {
    evidence: &'a [Evidence],
    pub(super) inputs: Vec<Input<'a>>,
    pub(super) peers: Vec<Peers>,
    pub(super) sas: Vec<IkeSa<'a>>,
    pub(super) flows: Vec<Flow<'a>>,
    pub(super) clear: Vec<Filed<'a, ClearFlow>>,
    pub(super) icmp: Vec<Filed<'a, IcmpError>>,
    pub(super) incomplete: Vec<Filed<'a, IncompleteDatagram>>,
    pub(super) keepalives: Vec<Filed<'a, Tally>>,
    pub(super) outlines: Vec<Filed<'a, PacketOutline>>,
    /// What logs say, in their order.
    pub(super) told: Vec<Told<'a>>,
    pairs: Map<(IpAddr, IpAddr), usize>,
    /// Flows by SPI.
    spis: Map<u32, Vec<usize>>,
}

/// A fact with its evidence, and its time on the common clock.
#[derive(Debug)]
pub(super) struct Filed<'a, T> {
    pub(super) evidence: &'a Evidence,
    pub(super) fact: &'a T,
    pub(super) at: Instant,
}

impl<T> Clone for Filed<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Filed<'_, T> {}

impl<T> Filed<'_, T> {
    pub(super) fn input(&self) -> usize {
        self.evidence.source.input().unwrap_or(0)
    }
}

/// Two ends that talk IPsec with each other, whatever a NAT between them
/// makes of their addresses.
#[derive(Clone, Debug)]
pub(super) struct Peers {
    /// The end that opened the first IKE SA, as seen nearest to it.
    pub(super) first: IpAddr,
    /// The other end.
    pub(super) second: IpAddr,
    /// The address pairs under which they were seen, `first` in front.
    ends: Vec<(IpAddr, IpAddr)>,
    /// Their IKE SAs, by index, in the order of their beginnings.
    sas: Vec<usize>,
    /// Their flows, by index.
    flows: Vec<usize>,
    vantage: Option<Vantage>,
}

impl Peers {
    const fn new(first: IpAddr, second: IpAddr) -> Self {
        Self {
            first,
            second,
            ends: Vec::new(),
            sas: Vec::new(),
            flows: Vec::new(),
            vantage: None,
        }
    }

    /// Sent by the first end, by the second, or by neither.
    pub(super) fn sent_by_first(&self, from: IpAddr, to: IpAddr) -> Option<bool> {
        if self.ends.contains(&(from, to)) {
            Some(true)
        } else if self.ends.contains(&(to, from)) {
            Some(false)
        } else {
            None
        }
    }

    /// The address was seen as one of the ends.
    pub(super) fn is_end(&self, address: IpAddr) -> bool {
        self.ends.iter().any(|&(a, b)| a == address || b == address)
    }
}

/// One IKE SA, or one attempt at it.
#[derive(Debug)]
pub(super) struct IkeSa<'a> {
    pub(super) spi: u64,
    /// Index into [`Case::peers`].
    pub(super) peers: usize,
    pub(super) initiator: IpAddr,
    pub(super) responder: IpAddr,
    /// Its messages in the order of their first copies.
    pub(super) messages: Vec<Message<'a>>,
}

impl IkeSa<'_> {
    pub(super) fn is_v2(&self) -> bool {
        self.messages
            .first()
            .is_some_and(|message| matches!(message.ike.exchange, Exchange::V2(_)))
    }

    pub(super) fn begin(&self) -> Instant {
        self.messages.first().map_or(Instant::ZERO, |m| m.at)
    }
}

/// One IKE message with all its copies.
#[derive(Debug)]
pub(super) struct Message<'a> {
    /// First and last copy, on the common clock.
    pub(super) at: Instant,
    pub(super) last: Instant,
    /// The view that shows it first.
    pub(super) evidence: &'a Evidence,
    pub(super) ike: &'a IkeMessage,
    /// One for each input that shows it.
    pub(super) views: Vec<Filed<'a, IkeMessage>>,
}

impl<'a> Message<'a> {
    /// Copies in the input that shows most.
    pub(super) fn copies(&self) -> u32 {
        let copies = self.views.iter().map(|view| view.fact.seen.copies);
        copies.max().unwrap_or(0)
    }

    pub(super) fn copies_in(&self, input: usize) -> u32 {
        let views = self.views.iter().filter(|view| view.input() == input);
        views.map(|view| view.fact.seen.copies).sum()
    }

    /// Number and time of the copies, in the view that shows most.
    pub(super) fn copy_times(&self) -> &'a [(u64, Instant)] {
        let view = self.views.iter().max_by_key(|view| view.fact.seen.copies);
        view.map_or(&[], |view| &view.fact.seen.times)
    }

    /// Time between the first and the last copy.
    pub(super) fn span(&self) -> Duration {
        self.last.saturating_since(self.at)
    }
}

/// The packets of one SPI, in every view.
#[derive(Debug)]
pub(super) struct Flow<'a> {
    pub(super) peers: usize,
    /// Sent by the first of the peers.
    pub(super) from_first: bool,
    pub(super) spi: u32,
    pub(super) is_ah: bool,
    pub(super) begin: Instant,
    pub(super) end: Instant,
    pub(super) views: Vec<Filed<'a, ProtectedFlow>>,
}

impl<'a> Flow<'a> {
    /// The view with most packets.
    pub(super) fn best(&self) -> Option<&Filed<'a, ProtectedFlow>> {
        self.views.iter().max_by_key(|view| view.fact.tally.packets)
    }

    pub(super) fn packets(&self) -> u64 {
        self.best().map_or(0, |view| view.fact.tally.packets)
    }

    pub(super) fn view_in(&self, input: usize) -> Option<&Filed<'a, ProtectedFlow>> {
        self.views.iter().find(|view| view.input() == input)
    }

    pub(super) fn packets_in(&self, input: usize) -> u64 {
        self.view_in(input)
            .map_or(0, |view| view.fact.tally.packets)
    }
}

/// Two captures of the same peers, told apart by what got lost between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Vantage {
    /// Input nearer to the first end.
    pub(super) near_first: usize,
    /// Input nearer to the second end.
    pub(super) near_second: usize,
}

impl Vantage {
    /// The inputs nearer to the sender and to the receiver.
    pub(super) const fn along(self, from_first: bool) -> (usize, usize) {
        if from_first {
            (self.near_first, self.near_second)
        } else {
            (self.near_second, self.near_first)
        }
    }
}

impl<'a> Case<'a> {
    /// Files `evidence`.
    #[must_use]
    pub fn new(evidence: &'a [Evidence]) -> Self {
        let mut sorted: Vec<&Evidence> = evidence.iter().collect();
        sorted::by_key(&mut sorted, |one| order(one));
        let messages = gather(&sorted);
        let inputs = clocks::inputs(&sorted, messages.values().flatten());
        let mut case = Self {
            evidence,
            inputs,
            peers: Vec::new(),
            sas: Vec::new(),
            flows: Vec::new(),
            clear: Vec::new(),
            icmp: Vec::new(),
            incomplete: Vec::new(),
            keepalives: Vec::new(),
            outlines: Vec::new(),
            told: Vec::new(),
            pairs: Map::new(),
            spis: Map::new(),
        };
        case.file_sas(messages);
        let mut known = Map::new();
        for one in sorted {
            case.file(one, &mut known);
        }
        case.told = told::file(&mut case, evidence);
        for index in 0..case.peers.len() {
            let vantage = case.find_vantage(index);
            if let Some(peers) = case.peers.get_mut(index) {
                peers.vantage = vantage;
            }
        }
        case
    }

    /// Everything that was filed.
    #[must_use]
    pub const fn evidence(&self) -> &'a [Evidence] {
        self.evidence
    }

    /// How far the clock of each input is ahead of the common one, by index
    /// of the input.
    #[must_use]
    pub fn clocks(&self) -> Vec<ClockOffset> {
        let inputs = self.inputs.iter().map(|input| ClockOffset {
            input: input.index,
            ahead_micros: input.ahead(),
        });
        inputs.collect()
    }

    pub(super) fn input(&self, index: usize) -> Option<&Input<'a>> {
        self.inputs.iter().find(|input| input.index == index)
    }

    /// The peers of index `index`, which every SA and flow has.
    pub(super) fn peers_of(&self, index: usize) -> Option<&Peers> {
        self.peers.get(index)
    }

    pub(super) fn sas_of(&self, peers: usize) -> impl Iterator<Item = &IkeSa<'a>> {
        let indexes = self.peers.get(peers).map_or(&[][..], |peers| &peers.sas);
        indexes.iter().filter_map(|&index| self.sas.get(index))
    }

    pub(super) fn flows_of(&self, peers: usize) -> impl Iterator<Item = &Flow<'a>> {
        let indexes = self.peers.get(peers).map_or(&[][..], |peers| &peers.flows);
        indexes.iter().filter_map(|&index| self.flows.get(index))
    }

    pub(super) fn flows_with_spi(&self, spi: u32) -> impl Iterator<Item = &Flow<'a>> {
        let indexes = self.spis.get(&spi).map_or(&[][..], Vec::as_slice);
        indexes.iter().filter_map(|&index| self.flows.get(index))
    }

    /// Protected packets went by in both directions in the same input.
    pub(super) fn data_both_ways(&self, peers: usize) -> bool {
        self.inputs.iter().any(|input| {
            let seen = |way: bool| {
                let mut flows = self.flows_of(peers).filter(|flow| flow.from_first == way);
                flows.any(|flow| flow.packets_in(input.index) > 0)
            };
            seen(true) && seen(false)
        })
    }

    /// Two inputs on either side of a loss between `peers`, if there are.
    pub(super) fn vantage(&self, peers: usize) -> Option<Vantage> {
        self.peers.get(peers)?.vantage
    }

    fn find_vantage(&self, peers: usize) -> Option<Vantage> {
        let mut best: Option<(i64, Vantage)> = None;
        let inputs = self.inputs.iter();
        let inputs = inputs.filter(|input| !self.lies_beside(peers, input));
        for near_first in inputs.clone() {
            for near_second in inputs.clone() {
                let gain = self.lost_between(peers, near_first, near_second);
                if gain > best.map_or(0, |(most, _)| most) {
                    let vantage = Vantage {
                        near_first: near_first.index,
                        near_second: near_second.index,
                    };
                    best = Some((gain, vantage));
                }
            }
        }
        best.map(|(_, vantage)| vantage)
    }

    /// It shows nothing of `peers` and missed packets of both: it was taken
    /// behind one of them or elsewhere, not on the way between them.
    fn lies_beside(&self, peers: usize, input: &Input<'a>) -> bool {
        let messages = self.sas_of(peers).flat_map(|sa| {
            let messages = sa.messages.iter();
            messages.map(|message| {
                let way = self.message_from_first(sa, message);
                (way, message.at, u64::from(message.copies_in(input.index)))
            })
        });
        let flows = self.flows_of(peers);
        let flows = flows.map(|flow| (flow.from_first, flow.begin, flow.packets_in(input.index)));
        let (mut of_first, mut of_second) = (false, false);
        for (from_first, at, shown) in messages.chain(flows) {
            if shown > 0 {
                return false;
            }
            let missed = input.covers(at);
            of_first |= missed && from_first;
            of_second |= missed && !from_first;
        }
        of_first && of_second
    }

    /// Packets of the first end that only `a` shows, and of the second end
    /// that only `b` shows, less those the other way round.
    fn lost_between(&self, peers: usize, a: &Input<'a>, b: &Input<'a>) -> i64 {
        let mut gain = 0_i64;
        let mut add = |from_first: bool, in_a: u64, in_b: u64| {
            let (in_a, in_b) = (i64::try_from(in_a), i64::try_from(in_b));
            let more = in_a.unwrap_or(0).saturating_sub(in_b.unwrap_or(0));
            gain = gain.saturating_add(if from_first {
                more
            } else {
                more.saturating_neg()
            });
        };
        for sa in self.sas_of(peers) {
            for message in &sa.messages {
                if a.covers(message.at) && b.covers(message.at) {
                    let way = self.message_from_first(sa, message);
                    let (in_a, in_b) = (message.copies_in(a.index), message.copies_in(b.index));
                    add(way, in_a.into(), in_b.into());
                }
            }
        }
        for flow in self.flows_of(peers) {
            if a.covers(flow.begin) && b.covers(flow.begin) {
                let (in_a, in_b) = (flow.packets_in(a.index), flow.packets_in(b.index));
                add(flow.from_first, in_a, in_b);
            }
        }
        gain
    }

    /// Sent by the first of the peers of `sa`.
    pub(super) fn message_from_first(&self, sa: &IkeSa<'a>, message: &Message<'a>) -> bool {
        self.opened_by_first(sa) == message.ike.by_initiator
    }

    /// Opened by the first of its peers.
    pub(super) fn opened_by_first(&self, sa: &IkeSa<'a>) -> bool {
        let peers = self.peers_of(sa.peers);
        peers.is_none_or(|peers| peers.sent_by_first(sa.initiator, sa.responder) != Some(false))
    }

    pub(super) fn common(&self, input: usize, at: Instant) -> Instant {
        self.input(input).map_or(at, |input| input.common(at))
    }

    fn filed<T>(&self, evidence: &'a Evidence, fact: &'a T) -> Filed<'a, T> {
        let input = evidence.source.input().unwrap_or(0);
        let at = self.common(input, evidence.at.unwrap_or_default());
        Filed { evidence, fact, at }
    }

    fn file(&mut self, one: &'a Evidence, known: &mut Map<FlowKey, usize>) {
        match &one.fact {
            Fact::Ike(_) | Fact::Capture(_) | Fact::Logged(_) | Fact::Configured(_) => {}
            Fact::Protected(flow) => self.file_flow(self.filed(one, flow.as_ref()), known),
            Fact::Clear(flow) => self.clear.push(self.filed(one, flow.as_ref())),
            Fact::Keepalives(tally) => self.keepalives.push(self.filed(one, tally)),
            Fact::Icmp(error) => self.icmp.push(self.filed(one, error.as_ref())),
            Fact::IncompleteDatagram(lost) => {
                self.incomplete.push(self.filed(one, lost.as_ref()));
            }
            Fact::Outline(packet) => self.file_outline(self.filed(one, packet.as_ref())),
        }
    }

    fn file_sas(&mut self, messages: Map<SaKey, Vec<Vec<Seen<'a>>>>) {
        let mut sas: Vec<IkeSa<'a>> = messages
            .into_iter()
            .filter_map(|((spi, _), messages)| self.sa(spi, messages))
            .collect();
        sorted::by_key(&mut sas, |sa| (sa.begin(), sa.spi));
        for mut sa in sas {
            let mut pairs: Vec<(IpAddr, IpAddr)> = Vec::new();
            for view in sa.messages.iter().flat_map(|message| &message.views) {
                let pair = ends(view.fact);
                if !pairs.contains(&pair) && pairs.len() < SA_PAIRS_MAX {
                    pairs.push(pair);
                }
            }
            sa.peers = self.peers_for(sa.initiator, sa.responder, &pairs);
            if let Some(peers) = self.peers.get_mut(sa.peers) {
                peers.sas.push(self.sas.len());
            }
            self.sas.push(sa);
        }
    }

    fn sa(&self, spi: u64, messages: Vec<Vec<Seen<'a>>>) -> Option<IkeSa<'a>> {
        let messages = messages.into_iter();
        let mut messages: Vec<Message<'a>> =
            messages.filter_map(|views| self.message(views)).collect();
        sorted::by_key(&mut messages, |message| message.at);
        let middle = SA_MESSAGES_MAX / 2..messages.len().saturating_sub(SA_MESSAGES_MAX / 2);
        if !middle.is_empty() {
            messages.drain(middle);
        }
        let (initiator, responder) = ends(messages.first()?.ike);
        Some(IkeSa {
            spi,
            peers: 0,
            initiator,
            responder,
            messages,
        })
    }

    fn message(&self, views: Vec<Seen<'a>>) -> Option<Message<'a>> {
        let mut views: Vec<Filed<'a, IkeMessage>> = views
            .into_iter()
            .map(|(evidence, ike)| self.filed(evidence, ike))
            .collect();
        sorted::by_key(&mut views, |view| (view.at, view.input()));
        let first = *views.first()?;
        let last = views
            .iter()
            .map(|view| self.common(view.input(), view.fact.seen.last))
            .max()?;
        Some(Message {
            at: first.at,
            last: last.max(first.at),
            evidence: first.evidence,
            ike: first.fact,
            views,
        })
    }

    /// The index of the peers that `own` and `other` are, and whether `own` is
    /// the first of them.
    pub(super) fn known_peers(&self, own: IpAddr, other: IpAddr) -> Option<(usize, bool)> {
        let index = *self.pairs.get(&(own.min(other), own.max(other)))?;
        Some((index, self.peers.get(index)?.sent_by_first(own, other)?))
    }

    /// The index of the peers that have one of `pairs`, perhaps new ones.
    pub(super) fn peers_for(
        &mut self,
        first: IpAddr,
        second: IpAddr,
        pairs: &[(IpAddr, IpAddr)],
    ) -> usize {
        let known = pairs.iter().find_map(|&(a, b)| {
            let index = *self.pairs.get(&(a.min(b), a.max(b)))?;
            Some((index, self.peers.get(index)?.sent_by_first(a, b)?))
        });
        let (index, same_way) = known.unwrap_or((self.peers.len(), true));
        if known.is_none() {
            self.peers.push(Peers::new(first, second));
        }
        if let Some(peers) = self.peers.get_mut(index) {
            for &(a, b) in pairs {
                if peers.sent_by_first(a, b).is_none() {
                    peers.ends.push(if same_way { (a, b) } else { (b, a) });
                    self.pairs.insert((a.min(b), a.max(b)), index);
                }
            }
        }
        index
    }

    /// A packet of IPsec makes peers of its ends, even if nothing else tells
    /// of them.
    fn file_outline(&mut self, view: Filed<'a, PacketOutline>) {
        let route = view.fact.route;
        if view.fact.is_ipsec() {
            let (from, to) = (route.from.ip(), route.to.ip());
            self.peers_for(from, to, &[(from, to)]);
        }
        self.outlines.push(view);
    }

    fn file_flow(&mut self, view: Filed<'a, ProtectedFlow>, known: &mut Map<FlowKey, usize>) {
        let route = view.fact.tally.route;
        let (from, to) = (route.from.ip(), route.to.ip());
        let peers = self.peers_for(from, to, &[(from, to)]);
        let ends = self.peers.get_mut(peers);
        let from_first = ends
            .as_ref()
            .is_none_or(|ends| ends.sent_by_first(from, to) != Some(false));
        let key = (peers, from_first, view.fact.spi, view.fact.is_ah);
        let new = self.flows.len();
        let index = *known.entry(key).or_insert(new);
        if index == new {
            if let Some(ends) = ends {
                ends.flows.push(new);
            }
            self.spis.entry(view.fact.spi).or_default().push(new);
            self.flows.push(Flow {
                peers,
                from_first,
                spi: view.fact.spi,
                is_ah: view.fact.is_ah,
                begin: Instant::from_micros(u64::MAX),
                end: Instant::ZERO,
                views: Vec::new(),
            });
        }
        let begin = self.common(view.input(), view.fact.tally.first);
        let end = self.common(view.input(), view.fact.tally.last);
        if let Some(flow) = self.flows.get_mut(index) {
            flow.begin = flow.begin.min(begin);
            flow.end = flow.end.max(end);
            flow.views.push(view);
        }
    }
}

/// Peers, sent by the first of them, SPI, AH.
type FlowKey = (usize, bool, u32, bool);

pub(super) type Seen<'a> = (&'a Evidence, &'a IkeMessage);

/// Initiator's SPI and, where that is zero or not told, the addresses.
type SaKey = (u64, Option<(IpAddr, IpAddr)>);

/// Initiator's and responder's address, as the message shows them.
const fn ends(ike: &IkeMessage) -> (IpAddr, IpAddr) {
    let (from, to) = (ike.route.from.ip(), ike.route.to.ip());
    if ike.by_initiator {
        (from, to)
    } else {
        (to, from)
    }
}

/// Evidence in an order that does not depend on how it came in.
fn order(one: &Evidence) -> (usize, u64, Instant) {
    use crate::evidence::Source;
    let number = match one.source {
        Source::Packet { number, .. } => number,
        Source::Line { line, .. } => line,
        Source::Input { .. } | Source::Live => 0,
    };
    let input = one.source.input().unwrap_or(usize::MAX);
    (input, number, one.at.unwrap_or_default())
}

/// Messages by IKE SA; the views of one message stand together.
fn gather<'a>(sorted: &[&'a Evidence]) -> Map<SaKey, Vec<Vec<Seen<'a>>>> {
    let mut sas: Map<SaKey, Vec<Vec<Seen<'a>>>> = Map::new();
    let mut alike: Map<(SaKey, MessageKey<'a>), Vec<usize>> = Map::new();
    for one in sorted {
        let Fact::Ike(ike) = &one.fact else { continue };
        let own = ike.spi_i == 0 || ike.untold.spis;
        let pair = own.then(|| ike.route.pair());
        let key = (ike.spi_i, pair);
        let messages = sas.entry(key).or_default();
        let candidates = alike.entry((key, message_key(ike))).or_default();
        // The last one seen in another input only: messages come in the order of the inputs.
        let free = |index: &&usize| {
            let views = messages.get(**index);
            views.is_some_and(|views| {
                views
                    .iter()
                    .all(|view| view.0.source.input() != one.source.input())
            })
        };
        match candidates.iter().take(ALIKE_MAX).find(free).copied() {
            Some(index) => messages
                .get_mut(index)
                .into_iter()
                .for_each(|views| views.push((one, ike))),
            None => {
                candidates.push(messages.len());
                messages.push(alloc::vec![(*one, ike.as_ref())]);
            }
        }
    }
    sas
}

/// What two views of the same message have in common. Addresses and ports are
/// not among it: a NAT may stand between the views.
type MessageKey<'a> = (
    (u8, u8, u32, u64),
    (usize, bool, bool),
    Option<(u16, u16)>,
    &'a [u8],
);

fn message_key(ike: &IkeMessage) -> MessageKey<'_> {
    let (version, exchange) = match ike.exchange {
        Exchange::V1(exchange) => (1, exchange.0),
        Exchange::V2(exchange) => (2, exchange.0),
    };
    (
        (version, exchange, ike.message_id, ike.spi_r),
        (ike.len, ike.by_initiator, ike.response),
        ike.fragment,
        &ike.content.payloads,
    )
}

/// Messages of one IKE SA that are looked at: the first and the last ones.
const SA_MESSAGES_MAX: usize = 1024;

/// Address pairs under which one IKE SA is followed.
const SA_PAIRS_MAX: usize = 16;

/// Messages that look alike, of which the views are told apart.
const ALIKE_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use crate::diag::Case;
    use crate::diag::ladder::ladder;

    #[test]
    fn views_of_a_message_are_filed_together_and_clocks_aligned() {
        let evidence = ladder(
            "input 0
             100.0 a>b INIT q0 x3 every=1
             102.1 b>a INIT r0
             input 1
             242.0 a>b INIT q0
             242.1 b>a INIT r0",
        );
        let case = Case::new(&evidence);
        assert_eq!(case.sas.len(), 1);
        let messages = &case.sas[0].messages;
        assert_eq!(messages.len(), 2);
        assert_eq!((messages[0].copies_in(0), messages[0].copies_in(1)), (3, 1));
        // The answer left at 242.1 on a clock that is 140 s ahead.
        assert!(messages[1].at.as_micros().abs_diff(102_100_000) < 3_000_000);
        let ahead = case.clocks().into_iter().map(|clock| clock.ahead_micros);
        let ahead: Vec<_> = ahead.map(Option::unwrap).collect();
        assert_eq!(ahead, [0, 142_000_000]);
        let vantage = case.vantage(0).unwrap();
        assert_eq!((vantage.near_first, vantage.near_second), (0, 1));
    }

    #[test]
    fn a_capture_behind_an_end_is_none_between_the_ends() {
        let evidence = ladder(
            "input 0
             0.0 a>b INIT q0
             0.1 b>a INIT r0
             1.0 a>b ESP spi=7 x5
             input 1
             0.0 10.2.0.9>10.2.0.1 CLEAR icmp x6 every=1",
        );
        assert_eq!(Case::new(&evidence).vantage(0), None);
    }

    #[test]
    fn the_order_of_evidence_does_not_matter() {
        let evidence = ladder(
            "0.0 a>b INIT q0
             0.1 b>a INIT r0
             0.2 b>a INIT q0 spi=2
             0.3 a>b INIT r0 spi=2",
        );
        let mut turned = evidence.clone();
        turned.reverse();
        let (one, other) = (Case::new(&evidence), Case::new(&turned));
        assert_eq!(one.peers.len(), 1);
        assert_eq!(one.peers[0].first, other.peers[0].first);
        assert_eq!(one.sas[1].initiator, one.peers[0].second);
        assert!(!one.opened_by_first(&one.sas[1]));
    }

    #[test]
    fn a_nat_between_two_captures_does_not_make_two_pairs() {
        let evidence = ladder(
            "input 0
             0.0 a>b INIT q0
             0.1 b>a INIT r0
             1.0 a>b ESP spi=7 x3
             input 1
             0.0 n>b INIT q0
             0.1 b>n INIT r0
             1.0 n>b ESP spi=7 x3",
        );
        let case = Case::new(&evidence);
        assert_eq!((case.peers.len(), case.flows.len()), (1, 1));
        assert_eq!(case.flows[0].views.len(), 2);
    }
}
