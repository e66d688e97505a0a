//! What tcpdump prints of a packet behind its addresses.

use super::head::{Head, after, decimal, endpoint, hex, protocol};
use crate::evidence::{Echo, IcmpErrorKind, Route, TcpOutline};
use crate::wire::encap::{IKE_PORT, NAT_TRAVERSAL_PORT};
use crate::wire::registry::ip::Protocol;
use core::net::{IpAddr, SocketAddr};

/// A payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body<'t> {
    /// An IKE message; what is said of it.
    Isakmp { marker: bool, text: &'t str },
    /// A NAT keepalive.
    Keepalive,
    /// An ESP packet and its length.
    Esp {
        spi: u32,
        sequence: u32,
        len: Option<usize>,
        in_udp: bool,
    },
    /// An AH packet.
    Ah { spi: u32, sequence: u32 },
    /// ICMP echo, and the length from the ICMP header on.
    Echo(Echo, Option<usize>),
    /// An ICMP error.
    Error(IcmpText<'t>),
    /// A TCP segment, and the bytes it carries.
    Tcp(TcpOutline, Option<usize>),
    /// A packet of which nothing is said but protocol and length.
    Sized(Protocol, Option<usize>),
    /// Something else over UDP.
    Datagram,
    /// Nothing that is known here.
    Other,
}

/// An ICMP error, and where it says what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct IcmpText<'t> {
    pub(super) kind: IcmpErrorKind,
    pub(super) type_code: (u8, u8),
    /// The address, and protocol and port, that the words name.
    pub(super) to: Option<SocketAddr>,
    pub(super) protocol: Option<u8>,
    /// The text behind it, which may quote the packet.
    pub(super) text: &'t str,
}

impl<'t> Body<'t> {
    /// What the rest of `head` says.
    pub(super) fn read(head: &Head<'t>) -> Self {
        let text = without_checksum(head.rest);
        if head.fragment == Some(false) {
            let protocol = head.protocol.map(Protocol);
            let named = protocol.or_else(|| protocol_of_old(text));
            return named.map_or(Self::Other, |protocol| Self::Sized(protocol, None));
        }
        encapsulated(text)
            .or_else(|| icmp(text))
            .or_else(|| tcp(text, head))
            .or_else(|| sized(text))
            .unwrap_or_else(|| Self::other(head))
    }

    fn other(head: &Head<'_>) -> Self {
        let ports = head.from.port() > 0 && head.to.port() > 0;
        match head.protocol.map(Protocol) {
            Some(Protocol::UDP) => Self::Datagram,
            None if ports && !head.rest.is_empty() => Self::Datagram,
            Some(protocol) => Self::Sized(protocol, None),
            None => Self::Other,
        }
    }
}

/// Text behind `[udp sum ok]`, `[bad udp cksum 0x1 -> 0x2!]`, `[no cksum]`.
fn without_checksum(text: &str) -> &str {
    let behind = text.strip_prefix('[').and_then(|text| {
        let (inside, rest) = text.split_once(']')?;
        ["sum", "cksum"]
            .iter()
            .any(|word| inside.contains(word))
            .then_some(rest)
    });
    behind.unwrap_or(text).trim_start()
}

/// IKE, ESP, AH and keepalives.
fn encapsulated(text: &str) -> Option<Body<'_>> {
    if text.starts_with("isakmp-nat-keep-alive") {
        return Some(Body::Keepalive);
    }
    let marked = text.strip_prefix("NONESP-encap: ");
    if let Some(text) = marked.unwrap_or(text).strip_prefix("isakmp") {
        let marker = marked.is_some();
        return Some(Body::Isakmp { marker, text });
    }
    let in_udp = text.strip_prefix("UDP-encap: ");
    let packet = in_udp.unwrap_or(text);
    let number = |mark| after(packet, mark).and_then(hex);
    if packet.starts_with("ESP(") {
        return Some(Body::Esp {
            spi: number("spi=0x")?,
            sequence: number("seq=0x")?,
            len: after(packet, "), length ").and_then(decimal),
            in_udp: in_udp.is_some(),
        });
    }
    packet.strip_prefix("AH(").and_then(|_| {
        Some(Body::Ah {
            spi: number("spi=0x")?,
            sequence: number("seq=0x")?,
        })
    })
}

fn icmp(text: &str) -> Option<Body<'_>> {
    let (six, text) = match text.strip_prefix("ICMP6, ") {
        Some(text) => (true, text),
        None => {
            let text = text
                .strip_prefix("ICMP ")
                .or_else(|| text.strip_prefix("icmp: "));
            (false, text?)
        }
    };
    let len = after(text, ", length ").and_then(decimal);
    let echo = [("echo request", Echo::Request), ("echo reply", Echo::Reply)];
    if let Some((_, echo)) = echo.into_iter().find(|(words, _)| text.starts_with(words)) {
        return Some(Body::Echo(echo, len));
    }
    let words = text.split(", length ").next().unwrap_or_default();
    let words = words.get(..ICMP_WORDS).unwrap_or(words);
    let error = if six { error6(words) } else { error4(words) };
    let number = if six {
        Protocol::ICMPV6
    } else {
        Protocol::ICMP
    };
    Some(error.map_or(Body::Sized(number, len), |(kind, type_code)| {
        let about = named(words);
        Body::Error(IcmpText {
            kind,
            type_code,
            to: about.map(|(to, _)| to),
            protocol: about.and_then(|(_, protocol)| protocol),
            text,
        })
    }))
}

/// RFC 792, RFC 1812 §5.2.7.1.
fn error4(words: &str) -> Option<(IcmpErrorKind, (u8, u8))> {
    use IcmpErrorKind as Kind;
    let has = |part| words.contains(part);
    let mtu = || {
        after(words, "mtu ")
            .and_then(decimal)
            .filter(|mtu| *mtu > 0)
    };
    Some(if has("need to frag") {
        (Kind::TooBig(mtu()), (3, 4))
    } else if has("admin prohibited filter") {
        (Kind::Prohibited, (3, 13))
    } else if has("admin prohibited") && words.starts_with("net ") {
        (Kind::Prohibited, (3, 9))
    } else if has("admin prohibited") {
        (Kind::Prohibited, (3, 10))
    } else if has(" port ") && has("unreachable") && !has("protocol ") {
        (Kind::PortUnreachable, (3, 3))
    } else if has("protocol ") && has("unreachable") {
        (Kind::ProtocolUnreachable, (3, 2))
    } else if has("unreachable") && words.starts_with("net ") {
        (Kind::HostUnreachable, (3, 0))
    } else if has("unreachable") {
        (Kind::HostUnreachable, (3, 1))
    } else if has("reassembly time exceeded") {
        (Kind::TimeExceeded { reassembly: true }, (11, 1))
    } else if has("time exceeded") {
        (Kind::TimeExceeded { reassembly: false }, (11, 0))
    } else if has("source quench") {
        (Kind::Other, (4, 0))
    } else {
        return None;
    })
}

/// RFC 4443 §3.
fn error6(words: &str) -> Option<(IcmpErrorKind, (u8, u8))> {
    use IcmpErrorKind as Kind;
    let has = |part| words.contains(part);
    Some(if has("packet too big") {
        (Kind::TooBig(after(words, "mtu ").and_then(decimal)), (2, 0))
    } else if has("unreachable port") || has(" port ") && has("unreachable") {
        (Kind::PortUnreachable, (1, 4))
    } else if has("unreachable prohibited") {
        (Kind::Prohibited, (1, 1))
    } else if has("unreachable address") {
        (Kind::HostUnreachable, (1, 3))
    } else if has("unreachable") {
        (Kind::HostUnreachable, (1, 0))
    } else if has("time exceeded") {
        (
            Kind::TimeExceeded {
                reassembly: has("reassembly"),
            },
            (3, 0),
        )
    } else {
        return None;
    })
}

/// The address that an error names, with protocol and port where it does.
fn named(words: &str) -> Option<(SocketAddr, Option<u8>)> {
    let mut all = words.split([' ', ',']).filter(|word| !word.is_empty());
    let address: IpAddr = all.find_map(|word| word.parse().ok())?;
    let (kind, port) = (all.next(), all.next() == Some("port"));
    let number = all.next().unwrap_or_default();
    let (protocol, port) = match kind {
        Some("udp") if port => (Some(Protocol::UDP.0), port_of(address, number)),
        Some("tcp") if port => (Some(Protocol::TCP.0), port_of(address, number)),
        Some("protocol") => (after(words, "protocol ").and_then(decimal), 0),
        _ => (None, 0),
    };
    Some((SocketAddr::new(address, port), protocol))
}

/// A port by number or name.
fn port_of(address: IpAddr, word: &str) -> u16 {
    let written = alloc::format!("{address}.{word}");
    endpoint(&written).map_or(0, |endpoint| endpoint.port())
}

/// `Flags [S.], seq 1, ack 2, …, length 0`, or `S 1:1(0) ack 2 win 8192`.
fn tcp<'t>(text: &'t str, head: &Head<'_>) -> Option<Body<'t>> {
    let today = text.strip_prefix("Flags [");
    let (flags, rest) = match today {
        Some(text) => text.split_once(']')?,
        None => text.split_once(' ')?,
    };
    let known = |c: char| "SFPRWEUsfprweu.".contains(c);
    let ported = head.from.port() > 0 && head.to.port() > 0;
    if !ported || flags.is_empty() || flags.len() > 8 || !flags.chars().all(known) {
        return None;
    }
    let has = |flag: char| flags.contains(flag) || flags.contains(flag.to_ascii_lowercase());
    let mut tcp = TcpOutline::default();
    (tcp.syn, tcp.fin, tcp.rst) = (has('S'), has('F'), has('R'));
    tcp.ack = after(rest, "ack ").and_then(decimal);
    if today.is_some() {
        tcp.sequence = after(rest, "seq ").and_then(decimal);
        return Some(Body::Tcp(tcp, after(rest, "length ").and_then(decimal)));
    }
    let first = rest.trim_start().split(' ').next().unwrap_or_default();
    let range = first.split_once(':').filter(|(_, rest)| rest.contains('('));
    tcp.sequence = range.and_then(|(sequence, _)| decimal(sequence));
    let len = range
        .and_then(|(_, rest)| after(rest, "("))
        .and_then(decimal);
    let plain = first == "ack" || range.is_some() || first == "win";
    plain.then_some(Body::Tcp(tcp, len.or(Some(0))))
}

/// `udp 990`, `ip-proto-50 132`, `UDP, length 10`.
fn sized(text: &str) -> Option<Body<'_>> {
    let mut words = text.split(' ').filter(|word| !word.is_empty());
    let protocol = protocol(words.next()?)?;
    let second = words.next().unwrap_or_default();
    let len = if second == "length" {
        words.next().unwrap_or_default()
    } else {
        second
    };
    Some(Body::Sized(protocol, decimal(len)))
}

fn protocol_of_old(text: &str) -> Option<Protocol> {
    protocol(text.split(' ').next()?)
}

/// A route has a port on which IKE is spoken.
pub(super) fn is_ike(route: Route) -> bool {
    let of_ike = |port| [IKE_PORT, NAT_TRAVERSAL_PORT].contains(&port);
    of_ike(route.from.port()) || of_ike(route.to.port())
}

/// Characters of an ICMP error that are looked at.
const ICMP_WORDS: usize = 256;
