//! From the text of packets to facts.

use super::body::{Body, IcmpText, is_ike};
use super::head::Head;
use super::isakmp::Printed;
use super::record::Record;
use super::session::Session;
use super::stamp::{Clock, stamp};
use crate::capture::conversation::told::ToldFlow;
use crate::capture::meter::Sample;
use crate::capture::{Conversations, Decoder, Frame, Keyring};
use crate::evidence::{ClearFlow, Evidence, IcmpError, PacketOutline, Place, Route, Tally};
use crate::sorted::Map;
use crate::time::Instant;
use crate::wire::registry::ip::{LinkType, Protocol};
use alloc::vec::Vec;
use core::hash::{Hash as _, Hasher as _};
use core::net::{IpAddr, SocketAddr};
use std::collections::hash_map::DefaultHasher;
use std::sync::Arc;

/// What became of the text of one packet.
pub(super) enum Outcome {
    Told,
    Untold,
}

/// Tells conversations what is printed.
#[derive(Debug)]
pub(super) struct Teller {
    conversations: Conversations,
    decoder: Decoder,
    clock: Clock,
    now: Instant,
    timed: bool,
    sessions: Map<(IpAddr, IpAddr), Session>,
}

/// One packet on its way.
struct Packet<'t> {
    number: u64,
    at: Instant,
    head: Head<'t>,
    route: Route,
    outline: PacketOutline,
}

/// `record` is a packet in a form that is known here.
pub(super) fn is_packet(record: &Record) -> bool {
    let head = Head::read(unstamped(&record.text));
    head.is_some_and(|head| Body::read(&head) != Body::Other)
}

impl Teller {
    pub(super) fn new(input: usize, keyring: Arc<Keyring>) -> Self {
        Self {
            conversations: Conversations::new(input, Arc::clone(&keyring)),
            decoder: Decoder::with_keys(keyring),
            clock: Clock::default(),
            now: Instant::ZERO,
            timed: false,
            sessions: Map::new(),
        }
    }

    /// Packets had stamps.
    pub(super) const fn is_timed(&self) -> bool {
        self.timed
    }

    pub(super) fn finish(mut self) -> Vec<Evidence> {
        for lost in self.decoder.drain() {
            self.conversations.observe_incomplete(&lost);
        }
        self.conversations.finish()
    }

    pub(super) fn tell(&mut self, record: &Record) -> Outcome {
        if let Some((stamp, _)) = stamp(&record.text) {
            self.now = self.clock.at(stamp);
            self.timed = true;
        }
        if self.decode(record) {
            return Outcome::Told;
        }
        let head = Head::read(unstamped(&record.text));
        let told = head.is_some_and(|head| self.packet(record, head));
        self.conversations
            .told_packet(self.timed.then_some(self.now));
        if told {
            return Outcome::Told;
        }
        self.conversations.told_unreadable();
        Outcome::Untold
    }

    /// Decodes the bytes of a hex dump.
    fn decode(&mut self, record: &Record) -> bool {
        let Some((link, len)) = link_of(&record.bytes) else {
            return false;
        };
        let data = record.bytes.get(..len).unwrap_or(&record.bytes);
        let frame = Frame {
            timed: self.timed,
            original_len: u32::try_from(len).unwrap_or(u32::MAX),
            ..Frame::new(record.line, self.now, link, data)
        };
        self.conversations
            .observe(&frame, &self.decoder.dissect(&frame));
        for lost in self.decoder.expired(self.now) {
            self.conversations.observe_incomplete(&lost);
        }
        true
    }

    fn packet(&mut self, record: &Record, head: Head<'_>) -> bool {
        let body = Body::read(&head);
        let route = Route {
            from: head.from,
            to: head.to,
        };
        let mut packet = Packet {
            number: record.line,
            at: self.now,
            head,
            route,
            outline: outline(&head, route, record.said_phase),
        };
        let told = self.told(&mut packet, body);
        if told {
            let Packet { number, at, .. } = packet;
            self.conversations.told_outline(number, at, packet.outline);
        }
        told
    }

    fn told(&mut self, packet: &mut Packet<'_>, body: Body<'_>) -> bool {
        let outline = &mut packet.outline;
        match body {
            Body::Isakmp { marker, text } => {
                outline.protocol = Protocol::UDP.0;
                outline.payload_len = packet.head.payload_len().map(|len| len.saturating_sub(UDP));
                return self.ike(packet, marker, text);
            }
            Body::Keepalive => {
                outline.protocol = Protocol::UDP.0;
                let (number, at) = (packet.number, packet.at);
                self.conversations.told_keepalive(number, packet.route, at);
            }
            Body::Esp {
                spi,
                sequence,
                len,
                in_udp,
            } => {
                outline.protocol = if in_udp {
                    Protocol::UDP.0
                } else {
                    Protocol::ESP.0
                };
                outline.payload_len = len;
                let flow = ToldFlow {
                    is_ah: false,
                    spi,
                    in_udp,
                };
                self.protected(packet, flow, sequence, len);
            }
            Body::Ah { spi, sequence } => {
                outline.protocol = Protocol::AH.0;
                outline.payload_len = packet.head.payload_len();
                let flow = ToldFlow {
                    is_ah: true,
                    spi,
                    in_udp: false,
                };
                let len = outline.payload_len;
                self.protected(packet, flow, sequence, len);
            }
            Body::Echo(echo, len) => {
                outline.protocol = icmp_of(packet.route).0;
                outline.payload_len = len;
                let mut clear = packet.clear(len);
                clear.echo = Some(echo);
                self.conversations.told_clear(packet.number, clear);
            }
            Body::Error(text) => {
                outline.protocol = icmp_of(packet.route).0;
                return self.icmp(packet, text);
            }
            Body::Tcp(tcp, len) => {
                outline.protocol = Protocol::TCP.0;
                outline.payload_len = len;
                outline.tcp = Some(tcp);
                let mut clear = packet.clear(None);
                clear.syn = (tcp.syn && tcp.ack.is_none()).into();
                self.conversations.told_clear(packet.number, clear);
            }
            Body::Sized(protocol, len) => {
                outline.protocol = protocol.0;
                outline.payload_len = len.or_else(|| packet.head.payload_len());
                self.sized(packet, protocol);
            }
            Body::Datagram => {
                outline.protocol = Protocol::UDP.0;
                if !is_ike(packet.route) {
                    let clear = packet.clear(None);
                    self.conversations.told_clear(packet.number, clear);
                }
            }
            Body::Other => return false,
        }
        true
    }

    /// A packet that is IPsec, or a later fragment, has no more to tell.
    fn sized(&mut self, packet: &Packet<'_>, protocol: Protocol) {
        let ported = packet.route.from.port() > 0;
        let fragment = [Protocol::UDP, Protocol::TCP].contains(&protocol) && !ported;
        if fragment || packet.head.fragment == Some(false) {
            return self.conversations.told_fragment(packet.route);
        }
        if packet.outline.is_ipsec() {
            return;
        }
        let head = if protocol == Protocol::UDP { UDP } else { 0 };
        let len = packet
            .outline
            .payload_len
            .map(|len| len.saturating_add(head));
        let clear = packet.clear(len);
        self.conversations.told_clear(packet.number, clear);
    }

    fn ike(&mut self, packet: &Packet<'_>, marker: bool, text: &str) -> bool {
        let Some(mut printed) = Printed::read(packet.route, text) else {
            return false;
        };
        let marker_len = if marker { MARKER } else { 0 };
        let whole = packet.head.fragment.is_none();
        let len = packet.outline.payload_len.filter(|_| whole);
        let len = len.map(|len| len.saturating_sub(marker_len));
        printed.told.offer = printed.offers().then(|| digest_of(&printed.text()));
        let Some(session) = self.session(packet.route) else {
            return false;
        };
        let belongs = session.place(printed.told);
        let place = (belongs.attempt, belongs.message_id);
        let mut message = printed.message(packet.number, packet.at, place, len);
        message.non_esp_marker = marker;
        let mut digest = DefaultHasher::new();
        (packet.route.from.ip(), packet.route.to.ip()).hash(&mut digest);
        (message.spi_i, message.spi_r, message.message_id).hash(&mut digest);
        (
            message.exchange,
            message.response,
            message.sealed.is_some(),
            len,
        )
            .hash(&mut digest);
        printed.text().hash(&mut digest);
        if !printed.has_cookies() {
            let brief = printed.told.id.is_none();
            let turn = if brief { belongs.turn } else { 0 };
            (belongs.attempt, turn).hash(&mut digest);
        }
        if printed.is_fragment() {
            packet.number.hash(&mut digest);
        }
        let (number, at) = (packet.number, packet.at);
        self.conversations
            .told_ike(number, at, digest.finish(), message);
        true
    }

    fn session(&mut self, route: Route) -> Option<&mut Session> {
        let pair = route.pair();
        if self.sessions.len() >= SESSIONS_MAX && !self.sessions.contains_key(&pair) {
            return None;
        }
        Some(self.sessions.entry(pair).or_default())
    }

    fn protected(
        &mut self,
        packet: &Packet<'_>,
        flow: ToldFlow,
        sequence: u32,
        len: Option<usize>,
    ) {
        let len = len.unwrap_or(0);
        let around = packet
            .head
            .ip_header()
            .saturating_add(if flow.in_udp { UDP } else { 0 });
        let sample = Sample {
            number: packet.number,
            at: packet.at,
            sequence,
            len,
            ip_len: packet
                .head
                .ip_len
                .unwrap_or_else(|| len.saturating_add(around)),
            fragmented: packet.head.fragment.is_some(),
            digest: u32::try_from(len).unwrap_or(u32::MAX),
        };
        self.conversations
            .told_protected(packet.route, flow, sample);
    }

    fn icmp(&mut self, packet: &Packet<'_>, text: IcmpText<'_>) -> bool {
        let quoted = Head::read(text.text);
        let named = text.to.map(|to| Route {
            from: SocketAddr::new(packet.route.to.ip(), 0),
            to,
        });
        let quoted_route = quoted.map(|head| Route {
            from: head.from,
            to: head.to,
        });
        let Some(about) = quoted_route.or(named) else {
            return false;
        };
        let body = quoted.map(|head| Body::read(&head));
        let of_quoted = quoted.and_then(|head| head.protocol);
        let protocol = of_quoted.or(text.protocol).unwrap_or(0);
        let tally = Tally::new(packet.route, packet.at);
        let mut error = IcmpError::new(
            tally,
            text.kind,
            text.type_code,
            about,
            protocol,
            Place::default(),
        );
        if let Some(Body::Esp { spi, .. } | Body::Ah { spi, .. }) = body {
            error.spi = Some(spi);
        }
        self.conversations.told_icmp(packet.number, error);
        true
    }
}

impl Packet<'_> {
    /// A packet in the clear, of `len` bytes behind the IP header.
    fn clear(&self, len: Option<usize>) -> ClearFlow {
        let whole = len.map(|len| len.saturating_add(self.head.ip_header()));
        let bytes = self.head.ip_len.or(whole).unwrap_or(0);
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let tally = Tally::new(self.route, self.at);
        ClearFlow::new(tally, self.outline.protocol, bytes, Place::default())
    }
}

fn outline(head: &Head<'_>, route: Route, said_phase: Option<u8>) -> PacketOutline {
    let mut outline = PacketOutline::new(route, head.protocol.unwrap_or(0));
    outline.ttl = head.ttl;
    outline.ip_id = head.id;
    outline.dont_fragment = head.dont_fragment;
    outline.tos = head.tos;
    outline.said_phase = said_phase;
    outline
}

fn icmp_of(route: Route) -> Protocol {
    if route.from.is_ipv4() {
        Protocol::ICMP
    } else {
        Protocol::ICMPV6
    }
}

fn digest_of(what: &impl core::hash::Hash) -> u64 {
    let mut digest = DefaultHasher::new();
    what.hash(&mut digest);
    digest.finish()
}

fn unstamped(text: &str) -> &str {
    stamp(text).map_or(text, |(_, rest)| rest)
}

/// What a hex dump begins with, and the bytes that belong to the packet: `-x`
/// leaves the link layer out, `-xx` prints it.
fn link_of(bytes: &[u8]) -> Option<(LinkType, usize)> {
    let typed = matches!(bytes.get(12..14), Some([0x08, 0x00] | [0x86, 0xdd]));
    let ethernet = bytes.get(ETHERNET..).filter(|_| typed).and_then(ip_len);
    if let Some(len) = ethernet {
        let len = len.saturating_add(ETHERNET);
        return Some((LinkType::ETHERNET, len.max(bytes.len())));
    }
    ip_len(bytes).map(|len| (LinkType::RAW, len))
}

/// The length that an IP header names.
fn ip_len(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [0x45..=0x4f, _, high, low, ..] => Some(u16::from_be_bytes([*high, *low]).into()),
        [0x60..=0x6f, _, _, _, high, low, ..] => {
            Some(usize::from(u16::from_be_bytes([*high, *low])).saturating_add(IPV6_HEADER))
        }
        _ => None,
    }
}

const UDP: usize = 8;
const MARKER: usize = 4;
const ETHERNET: usize = 14;
const IPV6_HEADER: usize = 40;

/// Pairs of addresses whose IKE messages are followed.
const SESSIONS_MAX: usize = 4096;
