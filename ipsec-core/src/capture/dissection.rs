//! What was found in one frame.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is not IPsec is one thing here"
)]

use super::file::Frame;
use super::ikefrag::only_fragment;
use super::link::{Link, LinkError};
use super::unsealed::{InnerPacket, Inside, Unsealed};
use crate::evidence::{Echo, IcmpErrorKind, Route};
use crate::time::Instant;
use crate::wire::ah::Ah;
use crate::wire::encap::Encapsulated;
use crate::wire::esp::{Esp, Sealed};
use crate::wire::icmp::{Icmp, Icmpv6};
use crate::wire::ip::Packet;
use crate::wire::registry::ip::{
    IcmpType, Icmpv6Type, Protocol, Unreachable6Code, UnreachableCode,
};
use crate::wire::tree::{Origin, SourceId};
use crate::wire::upper::Upper;
use crate::wire::{DecodeError, Field, Layout, Show, Tree, TreeBuilder, ike, isakmp};
use core::net::{IpAddr, Ipv4Addr, SocketAddr};

/// One frame, taken apart.
#[derive(Debug)]
#[non_exhaustive]
pub struct Dissection<'a> {
    /// Number of the frame in its capture.
    pub number: u64,
    /// When it was captured.
    pub at: Instant,
    /// Who sent to whom; ports are 0 where there are none.
    pub route: Route,
    /// What it is all about.
    pub content: Content<'a>,
    /// Bytes of the IP packet, reassembled if need be.
    pub ip_len: usize,
    /// IP fragments that it completed; 0 for a packet that came whole.
    pub fragments: u16,
    frame: &'a [u8],
    pub(super) link: Option<Link<'a>>,
    pub(super) ip: Option<Packet<'a>>,
    pub(super) ip_fault: Option<DecodeError>,
    pub(super) datagram: Option<&'a [u8]>,
    pub(super) upper: Option<Upper<'a>>,
    pub(super) encapsulated: Option<Encapsulated<'a>>,
    /// What the keys made of its encrypted part; `None` where nothing is
    /// encrypted, or no keys were given.
    pub unsealed: Option<Unsealed<'a>>,
    /// The last IKE fragment, where `content` is what it completed.
    last_piece: Option<Box<Read<'a, isakmp::Message<'a>>>>,
    /// Numbers of the frames whose fragments it completed, its own last.
    pub(super) pieces: Vec<u64>,
    /// It shows that its ports carry IKE and ESP.
    pub(super) floats: bool,
    /// The decoder had keys when it read it.
    pub(super) keyed: bool,
}

/// What a frame is about.
#[derive(Debug)]
#[non_exhaustive]
pub enum Content<'a> {
    /// An IKEv2 message, or one of a version to come.
    Ike(Box<Read<'a, ike::Message<'a>>>),
    /// An IKEv1 message.
    Isakmp(Box<Read<'a, isakmp::Message<'a>>>),
    /// An ESP packet, plain or in UDP.
    Esp(Esp<'a>),
    /// An AH packet.
    Ah(Ah<'a>),
    /// A NAT keepalive.
    Keepalive,
    /// An ICMP or ICMPv6 error.
    IcmpError(Quoted),
    /// A fragment of a datagram that is not whole yet.
    Fragment,
    /// A frame whose link layers cannot be read.
    UnreadableLink(LinkError),
    /// Something whose head cannot be read.
    Unreadable(DecodeError),
    /// Anything else.
    Other,
}

/// A message and the bytes it was read from.
#[derive(Debug)]
#[non_exhaustive]
pub struct Read<'a, M> {
    /// What could be read.
    pub message: M,
    /// All of it, without non-ESP marker.
    pub bytes: &'a [u8],
    /// What is wrong with it first.
    pub fault: Option<DecodeError>,
}

/// An ICMP error and the packet it quotes.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Quoted {
    /// What it reports.
    pub kind: IcmpErrorKind,
    /// Type and code.
    pub type_code: (u8, u8),
    /// Route of the quoted packet.
    pub about: Route,
    /// Protocol of the quoted packet.
    pub protocol: Protocol,
    /// SPI of the quoted packet, if ESP or AH.
    pub spi: Option<u32>,
}

/// A packet that is neither IKE nor ESP nor AH.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Clear {
    /// Its protocol.
    pub protocol: Protocol,
    /// It is an ICMP echo.
    pub echo: Option<Echo>,
    /// It opens a TCP connection.
    pub syn: bool,
}

impl<'a> Dissection<'a> {
    pub(super) fn new(frame: &Frame<'a>) -> Self {
        let nowhere = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
        Self {
            number: frame.number,
            at: frame.at,
            route: Route {
                from: nowhere,
                to: nowhere,
            },
            content: Content::Other,
            ip_len: 0,
            fragments: 0,
            frame: frame.data,
            link: None,
            ip: None,
            ip_fault: None,
            datagram: None,
            upper: None,
            encapsulated: None,
            unsealed: None,
            last_piece: None,
            pieces: Vec::new(),
            floats: false,
            keyed: false,
        }
    }

    /// Puts the message that `bytes` hold in the place of its last fragment.
    pub(super) fn defragmented(&mut self, bytes: &'a [u8]) {
        let Ok((message, fault)) = isakmp::Message::decode_lax(bytes) else {
            return;
        };
        let whole = Content::Isakmp(Box::new(Read {
            message,
            bytes,
            fault,
        }));
        if let Content::Isakmp(piece) = core::mem::replace(&mut self.content, whole) {
            self.last_piece = Some(piece);
        }
    }

    /// It is a fragment of an IKEv1 message, or was completed by one.
    pub(super) fn is_ike_fragment(&self) -> bool {
        self.last_piece.is_some()
            || matches!(&self.content, Content::Isakmp(read) if only_fragment(&read.message).is_some())
    }

    /// The IKEv1 message of the frame itself, which may be a fragment.
    pub(super) fn ike_piece(&self) -> Option<&isakmp::Message<'a>> {
        match (&self.last_piece, &self.content) {
            (Some(piece), _) => Some(&piece.message),
            (None, Content::Isakmp(read)) => Some(&read.message),
            _ => None,
        }
    }

    /// The IKE message's bytes; empty for anything else.
    #[must_use]
    pub fn message_bytes(&self) -> &'a [u8] {
        match &self.content {
            Content::Ike(read) => read.bytes,
            Content::Isakmp(read) => read.bytes,
            Content::Esp(_)
            | Content::Ah(_)
            | Content::Keepalive
            | Content::IcmpError(_)
            | Content::Fragment
            | Content::UnreadableLink(_)
            | Content::Unreadable(_)
            | Content::Other => &[],
        }
    }

    /// What is wrong with the IKE message, counted from its first byte.
    #[must_use]
    pub fn fault(&self) -> Option<DecodeError> {
        match &self.content {
            Content::Ike(read) => read.fault,
            Content::Isakmp(read) => read.fault,
            Content::Unreadable(error) | Content::UnreadableLink(LinkError::Decode(error)) => {
                Some(*error)
            }
            Content::UnreadableLink(_)
            | Content::Esp(_)
            | Content::Ah(_)
            | Content::Keepalive
            | Content::IcmpError(_)
            | Content::Fragment
            | Content::Other => None,
        }
    }

    /// Whether an IKE message came behind the non-ESP marker.
    #[must_use]
    pub const fn has_marker(&self) -> bool {
        matches!(self.encapsulated, Some(Encapsulated::Ike(_)))
    }

    /// Whether ESP came in UDP.
    #[must_use]
    pub const fn in_udp(&self) -> bool {
        self.encapsulated.is_some()
    }

    /// Summary of a packet in the clear.
    #[must_use]
    pub fn clear(&self) -> Option<Clear> {
        self.ip?;
        clear_of(self.upper?)
    }

    /// Fills `tree` with every field of the frame.
    pub fn tree(&self, tree: &mut Tree) {
        tree.clear();
        let mut out = TreeBuilder::new(tree, SourceId::FRAME, 0);
        let Some(link) = &self.link else {
            return self.unread(&mut out);
        };
        link.lay_out(&mut out);
        let Some(ip) = &self.ip else {
            return self.unread(&mut out);
        };
        let start = out.offset();
        ip.lay_out(&mut out);
        if let Some(fault) = self.ip_fault {
            out.malformed(&fault.shifted(start));
        }
        match self.datagram {
            None => self.lay_out_upper(&mut out),
            Some(bytes) => {
                out.bytes(&DATA, ip.payload());
                let source = tree.add_source(Origin::Reassembled, bytes.to_vec());
                self.lay_out_upper(&mut TreeBuilder::new(tree, source, 0));
            }
        }
        if let (Some(_), Content::Isakmp(whole)) = (&self.last_piece, &self.content) {
            let source = tree.add_source(Origin::Reassembled, whole.bytes.to_vec());
            whole
                .message
                .lay_out(&mut TreeBuilder::new(tree, source, 0));
        }
        self.decrypted(tree);
    }

    /// What was opened, in a buffer of its own.
    fn decrypted(&self, tree: &mut Tree) {
        let Some(unsealed) = &self.unsealed else {
            return;
        };
        unsealed.lay_out_state(&mut TreeBuilder::new(
            tree,
            SourceId::FRAME,
            self.frame.len(),
        ));
        let mut source = |bytes: &[u8]| tree.add_source(Origin::Decrypted, bytes.to_vec());
        match &unsealed.inside {
            Inside::Nothing => {}
            Inside::Ike(inside) => {
                let source = source(inside.plaintext);
                let mut out = TreeBuilder::new(tree, source, 0);
                inside.chain.lay_out_decrypted(inside.padding, &mut out);
            }
            Inside::Isakmp(inside) => {
                let source = source(inside.plaintext);
                inside.chain.lay_out(&mut TreeBuilder::new(tree, source, 0));
            }
            Inside::Packet(inner) if inner.trailer.is_some() => {
                let source = source(inner.plaintext);
                lay_out_inner(inner, &mut TreeBuilder::new(tree, source, 0));
            }
            // What AH protects stands in the frame itself.
            Inside::Packet(_) => {}
        }
    }

    fn unread(&self, out: &mut TreeBuilder<'_>) {
        let start = out.offset();
        out.bytes(&DATA, self.frame.get(start..).unwrap_or_default());
        match &self.content {
            Content::Unreadable(error) => out.malformed(&error.shifted(start)),
            Content::UnreadableLink(LinkError::Decode(error)) => out.malformed(error),
            _ => {}
        }
    }

    fn lay_out_upper(&self, out: &mut TreeBuilder<'_>) {
        let Some(upper) = &self.upper else {
            let payload = self.ip.map(|ip| ip.payload()).unwrap_or_default();
            return out.bytes(&DATA, payload);
        };
        upper.lay_out(out);
        if let Some(encapsulated) = &self.encapsulated {
            encapsulated.lay_out(out);
        }
        if let Some(piece) = &self.last_piece {
            return piece.message.lay_out(out);
        }
        match &self.content {
            Content::Ike(read) => read.message.lay_out(out),
            Content::Isakmp(read) => read.message.lay_out(out),
            Content::Esp(esp) if self.encapsulated.is_some() => match self.cut() {
                Some(sealed) => esp.lay_out_sealed(&sealed, out),
                None => esp.lay_out(out),
            },
            Content::Unreadable(error) => {
                let start = out.offset();
                out.bytes(&DATA, self.rest(upper));
                out.malformed(&error.shifted(start));
            }
            Content::Other | Content::Ah(_) => out.bytes(&DATA, self.rest(upper)),
            Content::Esp(_)
            | Content::Keepalive
            | Content::IcmpError(_)
            | Content::Fragment
            | Content::UnreadableLink(_) => {}
        }
    }

    /// Where IV and check value of an ESP packet are, once its keys tell.
    fn cut(&self) -> Option<Sealed<'a>> {
        match &self.unsealed.as_ref()?.inside {
            Inside::Packet(inner) => inner.sealed,
            Inside::Nothing | Inside::Ike(_) | Inside::Isakmp(_) => None,
        }
    }

    /// Appends the packet that an opened ESP or AH packet carries, from its IP
    /// header on: the inner one of tunnel mode; in transport mode what was
    /// protected, behind the outer addresses. False if there is none.
    pub fn write_inner(&self, out: &mut Vec<u8>) -> bool {
        let (Some(unsealed), Some(outer)) = (&self.unsealed, &self.ip) else {
            return false;
        };
        match &unsealed.inside {
            Inside::Packet(inner) => inner.write(outer, out),
            Inside::Nothing | Inside::Ike(_) | Inside::Isakmp(_) => false,
        }
    }

    /// What the IP packet carries, reassembled where it came in fragments.
    pub(super) fn ip_payload(&self) -> &'a [u8] {
        match (self.datagram, &self.ip) {
            (Some(datagram), _) => datagram,
            (None, Some(ip)) => ip.payload(),
            (None, None) => &[],
        }
    }

    /// What neither the head of `upper` nor the UDP encapsulation has shown.
    fn rest(&self, upper: &Upper<'a>) -> &'a [u8] {
        match self.encapsulated {
            None => upper.payload(),
            Some(Encapsulated::Ike(inside) | Encapsulated::Esp(inside)) => inside,
            Some(Encapsulated::Keepalive | Encapsulated::Empty | Encapsulated::TooShort(_)) => &[],
        }
    }
}

/// Summary of what is neither IKE nor ESP nor AH.
pub(super) fn clear_of(upper: Upper<'_>) -> Option<Clear> {
    let mut clear = Clear {
        protocol: Protocol(0),
        echo: None,
        syn: false,
    };
    match upper {
        Upper::Icmp(icmp) => {
            clear.protocol = Protocol::ICMP;
            clear.echo = match icmp.kind {
                IcmpType::ECHO => Some(Echo::Request),
                IcmpType::ECHO_REPLY => Some(Echo::Reply),
                _ => None,
            };
        }
        Upper::Icmpv6(icmp) => {
            clear.protocol = Protocol::ICMPV6;
            clear.echo = match icmp.kind {
                Icmpv6Type::ECHO_REQUEST => Some(Echo::Request),
                Icmpv6Type::ECHO_REPLY => Some(Echo::Reply),
                _ => None,
            };
        }
        Upper::Tcp(tcp) => {
            clear.protocol = Protocol::TCP;
            clear.syn = tcp.flags() & (TCP_SYN | TCP_ACK) == TCP_SYN;
        }
        Upper::Udp(_) => clear.protocol = Protocol::UDP,
        Upper::Other { protocol, .. } | Upper::Short { protocol, .. } => {
            clear.protocol = protocol;
        }
        _ => return None,
    }
    Some(clear)
}

/// What an ESP packet carries: the packet and the trailer behind it.
fn lay_out_inner(inner: &InnerPacket<'_>, out: &mut TreeBuilder<'_>) {
    if let Some(ip) = &inner.ip {
        ip.lay_out(out);
    }
    if let Some(upper) = &inner.upper {
        upper.lay_out(out);
    }
    let trailer = inner.trailer.as_ref();
    let end = trailer.map_or(0, |trailer| trailer.padding.len().saturating_add(2));
    let end = inner.plaintext.len().saturating_sub(end);
    let rest = inner.plaintext.get(out.offset()..end);
    out.bytes(&DATA, rest.unwrap_or_default());
    if let Some(trailer) = trailer {
        trailer.lay_out(out);
    }
}

impl Quoted {
    pub(super) fn of_v4(icmp: &Icmp<'_>) -> Option<Self> {
        if !icmp.is_error() {
            return None;
        }
        let kind = match (icmp.kind, UnreachableCode(icmp.code)) {
            (IcmpType::DESTINATION_UNREACHABLE, UnreachableCode(3)) => {
                IcmpErrorKind::PortUnreachable
            }
            (IcmpType::DESTINATION_UNREACHABLE, UnreachableCode(2)) => {
                IcmpErrorKind::ProtocolUnreachable
            }
            (IcmpType::DESTINATION_UNREACHABLE, UnreachableCode(4)) => {
                IcmpErrorKind::TooBig(icmp.mtu().filter(|&mtu| mtu > 0).map(u32::from))
            }
            (IcmpType::DESTINATION_UNREACHABLE, UnreachableCode(9 | 10 | 13)) => {
                IcmpErrorKind::Prohibited
            }
            (IcmpType::DESTINATION_UNREACHABLE, _) => IcmpErrorKind::HostUnreachable,
            (IcmpType::TIME_EXCEEDED, UnreachableCode(code)) => IcmpErrorKind::TimeExceeded {
                reassembly: code == 1,
            },
            _ => IcmpErrorKind::Other,
        };
        Self::of(kind, (icmp.kind.0, icmp.code), icmp.quoted()?)
    }

    pub(super) fn of_v6(icmp: &Icmpv6<'_>) -> Option<Self> {
        if !icmp.is_error() {
            return None;
        }
        let kind = match (icmp.kind, Unreachable6Code(icmp.code)) {
            (Icmpv6Type::DESTINATION_UNREACHABLE, Unreachable6Code(4)) => {
                IcmpErrorKind::PortUnreachable
            }
            (Icmpv6Type::DESTINATION_UNREACHABLE, Unreachable6Code(1 | 5 | 6)) => {
                IcmpErrorKind::Prohibited
            }
            (Icmpv6Type::DESTINATION_UNREACHABLE, _) => IcmpErrorKind::HostUnreachable,
            (Icmpv6Type::PACKET_TOO_BIG, _) => IcmpErrorKind::TooBig(icmp.mtu()),
            (Icmpv6Type::TIME_EXCEEDED, Unreachable6Code(code)) => IcmpErrorKind::TimeExceeded {
                reassembly: code == 1,
            },
            (Icmpv6Type::PARAMETER_PROBLEM, Unreachable6Code(1)) => {
                IcmpErrorKind::ProtocolUnreachable
            }
            _ => IcmpErrorKind::Other,
        };
        Self::of(kind, (icmp.kind.0, icmp.code), icmp.quoted()?)
    }

    fn of(kind: IcmpErrorKind, type_code: (u8, u8), quoted: &[u8]) -> Option<Self> {
        let (packet, _) = Packet::decode_lax(quoted).ok()?;
        let upper = packet.upper();
        let (from, to) = upper.and_then(|upper| upper.ports()).unwrap_or_default();
        let about = Route {
            from: SocketAddr::new(packet.source(), from),
            to: SocketAddr::new(packet.destination(), to),
        };
        let spi = upper.and_then(|upper| upper.spi());
        Some(Self {
            kind,
            type_code,
            about,
            protocol: packet.protocol(),
            spi,
        })
    }
}

const TCP_SYN: u16 = 0x02;
const TCP_ACK: u16 = 0x10;

static DATA: Field = Field::new(
    "data",
    "Data",
    "Bytes that are not taken apart further",
    Show::Bytes,
);

#[cfg(test)]
mod tests {
    use crate::capture::{CaptureReader, Decoder, PcapWriter};
    use crate::time::Instant;
    use crate::wire::Tree;
    use crate::wire::registry::ip::LinkType;
    use crate::wire::tree::NodeKind;

    /// An IPv4 packet from port 500 or 4500, lengths right, checksums none.
    fn udp(port: u16, payload: &[u8]) -> Vec<u8> {
        let len = u16::try_from(payload.len()).unwrap();
        let mut packet = vec![0x45, 0];
        packet.extend((len + 28).to_be_bytes());
        packet.extend([0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 10, 198, 51, 100, 20]);
        packet.extend([port, port, len + 8, 0].map(u16::to_be_bytes).concat());
        packet.extend(payload);
        packet
    }

    #[test]
    fn leaves_hold_each_byte_once_however_short_the_datagram() {
        let mut tree = Tree::new();
        let payloads = (0..40).flat_map(|n| [vec![0; n], vec![0xff; n]]);
        for (port, payload) in payloads.flat_map(|p| [(500, p.clone()), (4500, p)]) {
            let frame = udp(port, &payload);
            let mut file = PcapWriter::new(Vec::new(), LinkType::RAW).unwrap();
            file.write(Instant::ZERO, 0, 0, &frame).unwrap();
            let file = file.finish().unwrap();
            let mut reader = CaptureReader::new(&file[..]).unwrap();
            let frame = reader.next_frame().unwrap().unwrap();
            Decoder::new().dissect(&frame).tree(&mut tree);
            let leaves = tree.nodes().iter();
            let leaves = leaves.filter(|n| matches!(n.kind, NodeKind::Number | NodeKind::Bytes));
            let end = leaves.fold(0, |end, leaf| {
                assert_eq!(leaf.range().start, end, "port {port}, {payload:x?}");
                leaf.range().end
            });
            assert_eq!(end, frame.data.len(), "port {port}, {payload:x?}");
        }
    }
}
