//! One frame, layer by layer: link, IP (reassembled where it came in
//! fragments), UDP, and the IKE, ESP or AH inside.
//!
//! [`Decoder::dissect`] borrows from the frame and from the decoder's own
//! buffers and allocates nothing for data packets. What it found is a
//! [`Dissection`]: typed values for whoever draws conclusions, and
//! [`Dissection::tree`] for whoever wants to see every field.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is not IPsec is one thing here"
)]

use super::dissection::{Content, Dissection, Quoted, Read};
use super::file::Frame;
use super::heads::Heads;
use super::ikefrag::IkeFragments;
use super::ipfrag::{Fragment, FragmentKey, FragmentLimits, Incomplete, Outcome, Reassembler};
use super::link::{Link, Network};
use super::partition::Partition;
use super::unseal::{Counts, Keyring, Unseal};
use crate::evidence::Route;
use crate::sorted::Set;
use crate::time::Instant;
use crate::wire::encap::{self, Encapsulated, IKE_PORT, NAT_TRAVERSAL_PORT};
use crate::wire::ip::Packet;
use crate::wire::registry::ip::Protocol;
use crate::wire::registry::{ike as ikev2, isakmp as ikev1};
use crate::wire::udp::Udp;
use crate::wire::upper::Upper;
use crate::wire::{ike, isakmp};
use core::net::SocketAddr;
use std::sync::Arc;

/// Takes frames apart; remembers fragments and the ports IKE moved to.
#[derive(Debug)]
pub struct Decoder {
    reassembler: Reassembler,
    ike_fragments: IkeFragments,
    floated: Set<SocketAddr>,
    /// The payload last put together from IP fragments.
    datagram: Vec<u8>,
    /// The message last put together from IKE fragments.
    message: Vec<u8>,
    unsealer: Option<Box<dyn Unseal>>,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            reassembler: Reassembler::new(FragmentLimits::default()),
            ike_fragments: IkeFragments::default(),
            floated: Set::new(),
            datagram: Vec::new(),
            message: Vec::new(),
            unsealer: None,
        }
    }

    /// A decoder that opens what it can with the keys of `keyring`, and with
    /// those that the capture itself brings (pcapng decryption secrets). What
    /// is readable without a key, such as ESP with NULL encryption, it opens
    /// in any case.
    #[must_use]
    pub fn with_keys(keyring: Arc<Keyring>) -> Self {
        Self {
            unsealer: Some(keyring.unsealer()),
            ..Self::new()
        }
    }

    /// How many packets the keys have opened so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.unsealer
            .as_ref()
            .map_or_else(Counts::default, |unsealer| unsealer.counts())
    }

    /// Takes one frame apart.
    pub fn dissect<'a>(&'a mut self, frame: &Frame<'a>) -> Dissection<'a> {
        self.take_apart(frame, Partition::WHOLE).0
    }

    /// Takes a frame apart if it belongs to `partition`, and else no further
    /// than the frames of the partition need it.
    pub fn dissect_of<'a>(
        &'a mut self,
        frame: &Frame<'a>,
        partition: Partition,
    ) -> Option<Dissection<'a>> {
        let (found, belongs) = self.take_apart(frame, partition);
        belongs.then_some(found)
    }

    fn take_apart<'a>(
        &'a mut self,
        frame: &Frame<'a>,
        partition: Partition,
    ) -> (Dissection<'a>, bool) {
        let Self {
            reassembler,
            ike_fragments,
            floated,
            datagram,
            message,
            unsealer,
        } = self;
        if let Some(unsealer) = unsealer {
            unsealer.take_secrets(frame.secrets);
        }
        let mut found = Dissection::new(frame);
        let unread = heads(frame, reassembler, floated, datagram, &mut found);
        let belongs = partition.holds(found.route.pair());
        let opens = unsealer
            .as_ref()
            .is_some_and(|unsealer| unsealer.has_keys());
        let follows = unread.is_some() && opens;
        if !(belongs || follows) {
            return (found, false);
        }
        if let Some(unread) = unread {
            found.content = ike_message(unread);
        }
        if let Content::Isakmp(piece) = &found.content
            && let Some(bytes) = ike_fragments.push(frame.at, found.route, piece)
        {
            *message = bytes;
            found.defragmented(message);
        }
        if let Some(unsealer) = unsealer {
            found.keyed = unsealer.has_keys();
            found.unsealed = unsealer.unseal(&found);
        }
        (found, belongs)
    }

    /// Reads the heads of one frame, and leaves an IKE message as it is.
    pub fn heads<'a>(&'a mut self, frame: &Frame<'a>) -> Heads<'a> {
        let Self {
            reassembler,
            floated,
            datagram,
            ..
        } = self;
        let mut found = Dissection::new(frame);
        let message = heads(frame, reassembler, floated, datagram, &mut found);
        Heads::new(found, message)
    }

    /// Takes `ports` for some that carry IKE and ESP.
    pub(super) fn float(&mut self, ports: [SocketAddr; 2]) {
        self.floated.extend(ports);
    }

    /// Datagrams given up as incomplete by `now`, since the last call.
    pub fn expired(&mut self, now: Instant) -> Vec<Incomplete> {
        self.reassembler.expire(now)
    }

    /// All datagrams still incomplete at the end of the capture.
    pub fn drain(&mut self) -> Vec<Incomplete> {
        self.reassembler.drain()
    }
}

/// Fills `found` with everything but the IKE message that the frame carries,
/// and returns that.
fn heads<'a>(
    frame: &Frame<'a>,
    reassembler: &mut Reassembler,
    floated: &mut Set<SocketAddr>,
    datagram: &'a mut Vec<u8>,
    found: &mut Dissection<'a>,
) -> Option<&'a [u8]> {
    let packet = network(frame, found)?;
    found.upper = match whole(packet, frame, reassembler, found) {
        Whole::InFrame => packet.upper(),
        Whole::Reassembled(protocol, bytes) => {
            *datagram = bytes;
            found.datagram = Some(datagram);
            Some(Upper::read(protocol, datagram))
        }
        Whole::Waiting => {
            found.content = Content::Fragment;
            None
        }
    };
    match inside(found.upper?, floated, found) {
        Inside::Message(message) => Some(message),
        Inside::Content(content) => {
            found.content = content;
            None
        }
    }
}

fn network<'a>(frame: &Frame<'a>, found: &mut Dissection<'a>) -> Option<Packet<'a>> {
    let (link, fault) = match Link::decode_lax(frame.link, frame.data) {
        Ok(read) => read,
        Err(error) => {
            found.content = Content::UnreadableLink(error);
            return None;
        }
    };
    found.link = Some(link);
    if let Some(fault) = fault {
        found.content = Content::UnreadableLink(fault.into());
        return None;
    }
    if link.network() != Network::Ip {
        return None;
    }
    match Packet::decode_lax(link.payload()) {
        Ok((packet, fault)) => {
            found.ip_fault = fault;
            found.ip_len = packet.head_len().saturating_add(packet.payload().len());
            found.route = Route {
                from: SocketAddr::new(packet.source(), 0),
                to: SocketAddr::new(packet.destination(), 0),
            };
            found.ip = Some(packet);
            Some(packet)
        }
        Err(error) => {
            found.content = Content::Unreadable(error);
            None
        }
    }
}

/// Where the payload of an IP packet is.
enum Whole {
    InFrame,
    Reassembled(Protocol, Vec<u8>),
    Waiting,
}

fn whole<'a>(
    packet: Packet<'a>,
    frame: &Frame<'a>,
    reassembler: &mut Reassembler,
    found: &mut Dissection<'a>,
) -> Whole {
    let Some(piece) = packet.fragment().filter(|f| f.more || f.offset > 0) else {
        return Whole::InFrame;
    };
    let fragment = Fragment {
        key: FragmentKey {
            source: packet.source(),
            destination: packet.destination(),
            protocol: packet.protocol().0,
            id: piece.id,
        },
        offset: u16::try_from(piece.offset).unwrap_or(u16::MAX),
        more: piece.more,
        bytes: packet.payload(),
        frame: frame.number,
    };
    match reassembler.push(frame.at, fragment) {
        Outcome::Complete(datagram) => {
            found.fragments = u16::try_from(datagram.frames.len()).unwrap_or(u16::MAX);
            found.ip_len = packet.head_len().saturating_add(datagram.bytes.len());
            found.pieces = datagram.frames;
            Whole::Reassembled(Protocol(datagram.key.protocol), datagram.bytes)
        }
        Outcome::Waiting | Outcome::Duplicate | Outcome::Rejected(_) => Whole::Waiting,
    }
}

/// What IP carries.
enum Inside<'a> {
    /// An IKE message that is not read yet.
    Message(&'a [u8]),
    Content(Content<'a>),
}

/// Sorts what IP carries.
fn inside<'a>(
    upper: Upper<'a>,
    floated: &mut Set<SocketAddr>,
    found: &mut Dissection<'a>,
) -> Inside<'a> {
    if let Some((from, to)) = upper.ports() {
        found.route.from.set_port(from);
        found.route.to.set_port(to);
    }
    Inside::Content(match upper {
        Upper::Udp(udp) => return inside_udp(udp, floated, found),
        Upper::Esp(esp) => Content::Esp(esp),
        Upper::Ah(ah) => Content::Ah(ah),
        Upper::Icmp(icmp) => Quoted::of_v4(&icmp).map_or(Content::Other, Content::IcmpError),
        Upper::Icmpv6(icmp) => Quoted::of_v6(&icmp).map_or(Content::Other, Content::IcmpError),
        Upper::Short { .. } => upper.fault().map_or(Content::Other, Content::Unreadable),
        _ => Content::Other,
    })
}

fn inside_udp<'a>(
    udp: Udp<'a>,
    floated: &mut Set<SocketAddr>,
    found: &mut Dissection<'a>,
) -> Inside<'a> {
    let Route { from, to } = found.route;
    let on = |port| from.port() == port || to.port() == port;
    let encapsulates = on(NAT_TRAVERSAL_PORT) || floated.contains(&from) || floated.contains(&to);
    if encapsulates && !looks_like_ike(udp.payload) {
        let encapsulated = encap::classify(udp.payload);
        found.encapsulated = Some(encapsulated);
        return Inside::Content(match encapsulated {
            Encapsulated::Ike(message) => return Inside::Message(message),
            Encapsulated::Esp(packet) => {
                crate::wire::esp::Esp::decode(packet).map_or_else(Content::Unreadable, Content::Esp)
            }
            Encapsulated::Keepalive => Content::Keepalive,
            Encapsulated::Empty | Encapsulated::TooShort(_) => Content::Other,
        });
    }
    if on(IKE_PORT) || looks_like_ike(udp.payload) {
        return Inside::Message(udp.payload);
    }
    match encap::classify(udp.payload) {
        marked @ Encapsulated::Ike(message) if looks_like_ike(message) => {
            if floated.len() < MAX_FLOATED {
                found.floats = floated.insert(from) | floated.insert(to);
            }
            found.encapsulated = Some(marked);
            Inside::Message(message)
        }
        _ => Inside::Content(Content::Other),
    }
}

/// The IKE message that begins in a UDP payload, going by the ports alone.
pub(super) fn message_in(route: Route, payload: &[u8]) -> Option<&[u8]> {
    let on = |port| route.from.port() == port || route.to.port() == port;
    match encap::classify(payload) {
        Encapsulated::Ike(message) if on(NAT_TRAVERSAL_PORT) => Some(message),
        _ => on(IKE_PORT).then_some(payload),
    }
}

/// The message, read by the version its header names.
fn ike_message(bytes: &[u8]) -> Content<'_> {
    let version = isakmp::peek(bytes).map(|peek| peek.version >> 4);
    if version == Some(1) {
        isakmp::Message::decode_lax(bytes).map_or_else(Content::Unreadable, |(message, fault)| {
            Content::Isakmp(Box::new(Read {
                message,
                bytes,
                fault,
            }))
        })
    } else {
        ike::Message::decode_lax(bytes).map_or_else(Content::Unreadable, |(message, fault)| {
            Content::Ike(Box::new(Read {
                message,
                bytes,
                fault,
            }))
        })
    }
}

/// Tells an IKE message on a port that says nothing: its length is right to
/// the byte, and version and exchange are known.
fn looks_like_ike(bytes: &[u8]) -> bool {
    let Some(peek) = isakmp::peek(bytes) else {
        return false;
    };
    let agrees = usize::try_from(peek.length).is_ok_and(|length| length == bytes.len());
    let known = match peek.version >> 4 {
        1 => peek.exchange.name().is_some() && peek.exchange != ikev1::ExchangeType::NONE,
        2 => ikev2::ExchangeType(peek.exchange.0).name().is_some(),
        _ => false,
    };
    agrees && known && peek.cookie_i != 0
}

/// Ports besides 500 and 4500 that are remembered to carry IKE and ESP.
const MAX_FLOATED: usize = 4096;
