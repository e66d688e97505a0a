//! Who talks with whom: dissected packets become facts.
//!
//! IKE messages are filed by peer pair; copies of the same bytes on the same
//! route are counted as retransmissions instead of being filed again. The two
//! ends of an IKE SA are told apart by its SPIs, so a conversation is followed
//! from port 500 to 4500. Data packets are only summed up. All state is
//! bounded; what a limit leaves out is counted and reported.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each function handles one kind of content"
)]

pub(super) mod told;

use super::dissection::{Content, Dissection};
use super::facts;
use super::file::Frame;
use super::ipfrag::Incomplete;
use super::meter::{ESP_HEAD, FlowMeter, Sample};
use super::partial;
use super::unseal::Keyring;
use crate::evidence::{
    CaptureSummary, ClearFlow, Echo, Evidence, Exchange, Fact, IcmpError, IkeMessage,
    IncompleteDatagram, PacketOutline, Place, Route, Source, Tally,
};
use crate::sorted::{self, Map};
use crate::time::{Duration, Instant};
use crate::wire::Tree;
use core::hash::Hasher;
use core::net::{IpAddr, SocketAddr};
use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Gathers the facts of one capture.
///
/// Feed it every packet with [`Conversations::observe`], then take the facts
/// with [`Conversations::finish`].
#[derive(Debug)]
pub struct Conversations {
    input: usize,
    keyring: Arc<Keyring>,
    summary: CaptureSummary,
    talks: Map<(IpAddr, IpAddr), Talk>,
    messages: usize,
    sas: HashMap<(u64, (IpAddr, IpAddr)), SaState>,
    flows: HashMap<FlowKey, FlowMeter>,
    clear: Map<ClearKey, Numbered<ClearFlow>>,
    icmp: Map<IcmpKey, Numbered<IcmpError>>,
    incomplete: Map<(IpAddr, IpAddr, u8), Numbered<IncompleteDatagram>>,
    keepalives: Map<Route, Numbered<Tally>>,
    outlines: Vec<Numbered<(Instant, PacketOutline)>>,
    tree: Tree,
}

type FlowKey = (IpAddr, IpAddr, bool, u32);
type ClearKey = (IpAddr, IpAddr, u8, Option<bool>);
type IcmpKey = (IpAddr, (u8, u8), Route, u8);

/// A fact that is still growing, and the packet it began with.
#[derive(Debug)]
struct Numbered<T> {
    number: u64,
    fact: T,
}

impl<T> Numbered<T> {
    const fn new(number: u64, fact: T) -> Self {
        Self { number, fact }
    }
}

/// The IKE messages between two addresses: the first [`TALK_HEAD`] and the
/// last [`TALK_TAIL`].
#[derive(Debug, Default)]
struct Talk {
    head: Vec<Filed>,
    tail: VecDeque<Filed>,
}

#[derive(Debug)]
struct Filed {
    digest: u64,
    message: Box<IkeMessage>,
}

impl Talk {
    fn copy_of(&mut self, digest: u64) -> Option<&mut IkeMessage> {
        let mut filed = self.tail.iter_mut().rev().chain(self.head.iter_mut().rev());
        filed
            .find(|filed| filed.digest == digest)
            .map(|filed| &mut *filed.message)
    }

    /// Files `message`; true when another had to make room.
    fn file(&mut self, filed: Filed) -> bool {
        if self.head.len() < TALK_HEAD {
            self.head.push(filed);
            return false;
        }
        let full = self.tail.len() >= TALK_TAIL;
        if full {
            self.tail.pop_front();
        }
        self.tail.push_back(filed);
        full
    }
}

/// What must be remembered of an IKE SA to read its later messages.
#[derive(Debug)]
pub(super) struct SaState {
    /// Who opened it; its port may change.
    initiator: IpAddr,
    initiator_port: u16,
    last: Instant,
    /// Who opened each exchange (IKEv1, where no flag tells).
    openers: VecDeque<(Exchange, u32, SocketAddr)>,
    /// What was agreed on.
    pub(super) agreed: facts::Agreed,
}

impl SaState {
    fn opened_by(&mut self, exchange: Exchange, message_id: u32, from: SocketAddr) -> SocketAddr {
        let known = self
            .openers
            .iter()
            .find(|(e, id, _)| *e == exchange && *id == message_id);
        if let Some((_, _, opener)) = known {
            return *opener;
        }
        if self.openers.len() >= SA_EXCHANGES {
            self.openers.pop_front();
        }
        self.openers.push_back((exchange, message_id, from));
        from
    }
}

impl Conversations {
    /// Gathers facts of the capture that is number `input` among the inputs.
    /// Hashes and certificates are checked with the algorithms, authorities
    /// and revocation lists of `keyring`.
    #[must_use]
    pub fn new(input: usize, keyring: Arc<Keyring>) -> Self {
        Self {
            input,
            keyring,
            summary: CaptureSummary::default(),
            talks: Map::new(),
            messages: 0,
            sas: HashMap::new(),
            flows: HashMap::new(),
            clear: Map::new(),
            icmp: Map::new(),
            incomplete: Map::new(),
            keepalives: Map::new(),
            outlines: Vec::new(),
            tree: Tree::new(),
        }
    }

    /// Takes in one packet.
    pub fn observe(&mut self, frame: &Frame<'_>, packet: &Dissection<'_>) {
        self.count(frame);
        match &packet.content {
            Content::Ike(_) | Content::Isakmp(_) => self.ike(frame, packet),
            Content::Esp(_) | Content::Ah(_) => self.protected(frame, packet),
            Content::Keepalive => self.keepalive(frame, packet),
            Content::IcmpError(_) => self.icmp(frame, packet),
            Content::Fragment => {}
            Content::Unreadable(_) | Content::UnreadableLink(_) => {
                self.summary.unreadable = self.summary.unreadable.saturating_add(1);
            }
            Content::Other => self.clear(frame, packet),
        }
    }

    /// Counts a packet that another reader takes in.
    pub(super) fn count(&mut self, frame: &Frame<'_>) {
        self.summary.packets = self.summary.packets.saturating_add(1);
        self.summary.first.get_or_insert(frame.at);
        self.summary.last = self.summary.last.max(Some(frame.at));
        if frame.missing() > 0 {
            self.summary.cut = self.summary.cut.saturating_add(1);
        }
    }

    /// Takes in a datagram that never became whole.
    pub fn observe_incomplete(&mut self, lost: &Incomplete) {
        let key = (lost.key.source, lost.key.destination, lost.key.protocol);
        if let Some(known) = self.incomplete.get_mut(&key) {
            known.fact.tally.add(lost.until);
            return;
        }
        if self.incomplete.len() >= MAX_INCOMPLETE {
            return self.left_out();
        }
        let number = lost.frames.first().copied().unwrap_or_default();
        self.incomplete
            .insert(key, Numbered::new(number, facts::incomplete(lost)));
    }

    /// Notes that the capture file breaks off or is damaged.
    pub fn note_broken(&mut self, why: String) {
        self.summary.broken.get_or_insert(why);
    }

    /// All facts, as those of input number `input`.
    pub(super) fn finish_as(self, input: usize) -> Vec<Evidence> {
        Self { input, ..self }.finish()
    }

    /// All facts, in the order of their first packets.
    #[must_use]
    pub fn finish(self) -> Vec<Evidence> {
        let provider = self.keyring.provider();
        partial::joined(vec![self.into_facts()], provider)
    }

    /// All facts, without those that only follow from all conversations.
    pub(super) fn into_facts(self) -> Vec<Evidence> {
        let input = self.input;
        let mut facts: Vec<(u64, Instant, Fact)> = Vec::new();
        for talk in self.talks.into_values() {
            for filed in talk.head.into_iter().chain(talk.tail) {
                let (number, at) = filed
                    .message
                    .seen
                    .times
                    .first()
                    .copied()
                    .unwrap_or_default();
                facts.push((number, at, Fact::Ike(filed.message)));
            }
        }
        facts.extend(self.flows.into_values().map(|meter| {
            let (number, flow) = meter.finish();
            (number, flow.tally.first, Fact::Protected(Box::new(flow)))
        }));
        let clear = self.clear.into_values();
        facts.extend(clear.map(|n| (n.number, n.fact.tally.first, Fact::Clear(Box::new(n.fact)))));
        let icmp = self.icmp.into_values();
        facts.extend(icmp.map(|n| (n.number, n.fact.tally.first, Fact::Icmp(Box::new(n.fact)))));
        let incomplete = self.incomplete.into_values();
        facts.extend(incomplete.map(|n| {
            (
                n.number,
                n.fact.tally.first,
                Fact::IncompleteDatagram(Box::new(n.fact)),
            )
        }));
        let keepalives = self.keepalives.into_values();
        facts.extend(keepalives.map(|n| (n.number, n.fact.first, Fact::Keepalives(n.fact))));
        let outlines = self.outlines.into_iter();
        facts.extend(outlines.map(|n| {
            let (at, outline) = n.fact;
            (n.number, at, Fact::Outline(Box::new(outline)))
        }));
        sorted::by_key(&mut facts, |(number, _, _)| *number);
        let summary = Evidence::new(
            self.summary.first,
            Source::Input { input },
            Fact::Capture(self.summary),
        );
        let packet =
            |(number, at, fact)| Evidence::new(Some(at), Source::Packet { input, number }, fact);
        core::iter::once(summary)
            .chain(facts.into_iter().map(packet))
            .collect()
    }

    fn left_out(&mut self) {
        self.summary.left_out = self.summary.left_out.saturating_add(1);
    }

    fn ike(&mut self, frame: &Frame<'_>, packet: &Dissection<'_>) {
        let route = packet.route;
        let digest = digest(route, packet.message_bytes());
        if let Some(known) = self
            .talks
            .get_mut(&route.pair())
            .and_then(|talk| talk.copy_of(digest))
        {
            known.seen.again(frame.number, frame.at);
            return;
        }
        let Some(mut message) = packet.ike_message(frame, &mut self.tree, &self.keyring) else {
            return;
        };
        self.place_in_sa(frame.at, &mut message);
        self.file(digest, message);
    }

    fn place_in_sa(&mut self, now: Instant, message: &mut IkeMessage) {
        let key = (message.spi_i, message.route.pair());
        if !self.sas.contains_key(&key) && !self.room_for_sa(now) {
            return self.left_out();
        }
        let from = message.route.from;
        let sa = self.sas.entry(key).or_insert_with(|| {
            let opener = if message.spi_r == 0 || message.by_initiator {
                from
            } else {
                message.route.to
            };
            SaState {
                initiator: opener.ip(),
                initiator_port: opener.port(),
                last: now,
                openers: VecDeque::new(),
                agreed: facts::Agreed::default(),
            }
        });
        sa.last = now;
        if matches!(message.exchange, Exchange::V1(_)) {
            message.by_initiator = if message.route.to.ip() == from.ip() {
                sa.initiator_port == from.port()
            } else {
                sa.initiator == from.ip()
            };
            message.response = sa.opened_by(message.exchange, message.message_id, from) != from;
            let inside = message.inside.as_deref_mut();
            let inside = inside.into_iter().flat_map(|inside| &mut inside.identities);
            for identity in message.content.identities.iter_mut().chain(inside) {
                identity.of_initiator = message.by_initiator;
            }
        }
        let provider = self.keyring.provider();
        facts::complete(message, &mut sa.agreed, provider);
    }

    fn room_for_sa(&mut self, now: Instant) -> bool {
        if self.sas.len() >= MAX_SAS {
            self.sas
                .retain(|_, sa| now.saturating_since(sa.last) < SA_IDLE);
        }
        self.sas.len() < MAX_SAS
    }

    fn file(&mut self, digest: u64, message: IkeMessage) {
        let pair = message.route.pair();
        let talk = self.talks.entry(pair).or_default();
        let grows = talk.head.len() < TALK_HEAD || talk.tail.len() < TALK_TAIL;
        if grows && self.messages >= MAX_MESSAGES {
            return self.left_out();
        }
        self.messages = self.messages.saturating_add(grows.into());
        if talk.file(Filed {
            digest,
            message: Box::new(message),
        }) {
            self.left_out();
        }
    }

    fn protected(&mut self, frame: &Frame<'_>, packet: &Dissection<'_>) {
        let (is_ah, spi, sequence, tail, len) = match &packet.content {
            Content::Esp(esp) => (
                false,
                esp.spi,
                esp.sequence,
                esp.rest,
                ESP_HEAD.saturating_add(esp.rest.len()),
            ),
            Content::Ah(ah) => (
                true,
                ah.spi,
                ah.sequence,
                ah.icv,
                ah.head_len().saturating_add(ah.payload.len()),
            ),
            _ => return,
        };
        let route = packet.route;
        let sample = Sample {
            number: frame.number,
            at: frame.at,
            sequence,
            len,
            ip_len: packet.ip_len,
            fragmented: packet.fragments > 0,
            digest: tail_digest(tail),
        };
        let key = (route.from.ip(), route.to.ip(), is_ah, spi);
        if let Some(meter) = self.flows.get_mut(&key) {
            meter.add(sample);
        } else {
            let place = self.place(packet, frame, if is_ah { "ah" } else { "esp" });
            let encapsulated = packet.in_udp();
            let meter = FlowMeter::new(route, is_ah, spi, encapsulated, sample, place);
            self.add_flow(key, meter);
        }
        if let (Some(unsealed), Some(meter)) = (&packet.unsealed, self.flows.get_mut(&key)) {
            meter.open(frame.number, route, unsealed);
        }
    }

    fn add_flow(&mut self, key: FlowKey, meter: FlowMeter) {
        if self.flows.len() >= MAX_FLOWS {
            return self.left_out();
        }
        self.flows.insert(key, meter);
    }

    fn clear(&mut self, frame: &Frame<'_>, packet: &Dissection<'_>) {
        let Some(summary) = packet.clear() else {
            return;
        };
        let bytes = u64::try_from(packet.ip_len).unwrap_or(0);
        let tally = Tally::new(packet.route, frame.at);
        let mut fact = ClearFlow::new(tally, summary.protocol.0, bytes, Place::default());
        fact.echo = summary.echo;
        fact.syn = summary.syn.into();
        if !self.clear.contains_key(&clear_key(&fact)) {
            fact.place = self.place(packet, frame, "ip");
        }
        self.add_clear(frame.number, fact);
    }

    /// Adds one packet in the clear.
    fn add_clear(&mut self, number: u64, packet: ClearFlow) {
        let key = clear_key(&packet);
        if let Some(known) = self.clear.get_mut(&key) {
            known.fact.tally.add(packet.tally.last);
            known.fact.bytes = known.fact.bytes.saturating_add(packet.bytes);
            known.fact.syn = known.fact.syn.saturating_add(packet.syn);
            return;
        }
        if self.clear.len() >= MAX_CLEAR {
            return self.left_out();
        }
        self.clear.insert(key, Numbered::new(number, packet));
    }

    fn keepalive(&mut self, frame: &Frame<'_>, packet: &Dissection<'_>) {
        self.add_keepalive(frame.number, packet.route, frame.at);
    }

    fn add_keepalive(&mut self, number: u64, route: Route, at: Instant) {
        if let Some(known) = self.keepalives.get_mut(&route) {
            return known.fact.add(at);
        }
        if self.keepalives.len() >= MAX_KEEPALIVES {
            return self.left_out();
        }
        let fact = Tally::new(route, at);
        self.keepalives.insert(route, Numbered::new(number, fact));
    }

    fn icmp(&mut self, frame: &Frame<'_>, packet: &Dissection<'_>) {
        let Content::IcmpError(error) = &packet.content else {
            return;
        };
        let tally = Tally::new(packet.route, frame.at);
        let mut fact = IcmpError::new(
            tally,
            error.kind,
            error.type_code,
            error.about,
            error.protocol.0,
            Place::default(),
        );
        fact.spi = error.spi;
        if !self.icmp.contains_key(&icmp_key(&fact)) {
            fact.place = self.place(packet, frame, "icmp");
        }
        self.add_icmp(frame.number, fact);
    }

    /// Adds one ICMP error.
    fn add_icmp(&mut self, number: u64, error: IcmpError) {
        let key = icmp_key(&error);
        if let Some(known) = self.icmp.get_mut(&key) {
            return known.fact.tally.add(error.tally.last);
        }
        if self.icmp.len() >= MAX_ICMP {
            return self.left_out();
        }
        self.icmp.insert(key, Numbered::new(number, error));
    }

    fn place(&mut self, packet: &Dissection<'_>, frame: &Frame<'_>, field: &str) -> Place {
        packet.tree(&mut self.tree);
        facts::place(&self.tree, frame.data, field)
    }
}

fn clear_key(packet: &ClearFlow) -> ClearKey {
    let route = packet.tally.route;
    (
        route.from.ip(),
        route.to.ip(),
        packet.protocol,
        packet.echo.map(|echo| echo == Echo::Reply),
    )
}

fn icmp_key(error: &IcmpError) -> IcmpKey {
    (
        error.tally.route.from.ip(),
        error.type_code,
        error.about,
        error.protocol,
    )
}

fn digest(route: Route, message: &[u8]) -> u64 {
    use core::hash::Hash as _;
    let mut hasher = DefaultHasher::new();
    (route.from.ip(), route.to.ip()).hash(&mut hasher);
    hasher.write(message);
    hasher.finish()
}

/// Tells two packets of the same SPI and sequence number apart: their last
/// bytes are the integrity check value.
fn tail_digest(packet: &[u8]) -> u32 {
    packet
        .last_chunk()
        .map_or(0, |tail| u32::from_be_bytes(*tail))
}

/// IKE messages kept from the beginning of a conversation.
const TALK_HEAD: usize = 48;

/// IKE messages kept from the end of a conversation.
const TALK_TAIL: usize = 48;

/// IKE messages kept of all conversations.
const MAX_MESSAGES: usize = 65_536;

/// IKE SAs followed at a time.
const MAX_SAS: usize = 32_768;

/// An IKE SA silent for this long may be forgotten when room is needed.
const SA_IDLE: Duration = Duration::from_secs(600);

/// Exchanges of an IKE SA whose opener is remembered.
const SA_EXCHANGES: usize = 16;

/// ESP and AH flows followed.
pub(super) const MAX_FLOWS: usize = 32_768;

/// Flows in the clear followed.
pub(super) const MAX_CLEAR: usize = 4096;

/// Kinds of ICMP errors kept.
pub(super) const MAX_ICMP: usize = 4096;

/// Peer pairs with incomplete datagrams kept.
const MAX_INCOMPLETE: usize = 4096;

/// Outlines of packets kept.
const MAX_OUTLINES: usize = 65_536;

/// Keepalive flows kept.
pub(super) const MAX_KEEPALIVES: usize = 4096;
