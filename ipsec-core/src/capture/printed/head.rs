//! What tcpdump prints of the IP header: before the addresses today
//! (`tos 0x0, ttl 64, id 1, …`), behind everything in the nineties
//! (`(DF) [tos 0xd] (ttl 127, id 512)`).

use crate::wire::registry::ip::Protocol;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The head of one packet, and the rest of its text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head<'t> {
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    pub(super) tos: Option<u8>,
    pub(super) ttl: Option<u8>,
    pub(super) id: Option<u16>,
    pub(super) dont_fragment: Option<bool>,
    /// It is a fragment: does it begin the datagram?
    pub(super) fragment: Option<bool>,
    pub(super) protocol: Option<u8>,
    /// Bytes of the whole packet.
    pub(super) ip_len: Option<usize>,
    /// What is said of its payload.
    pub(super) rest: &'t str,
}

impl<'t> Head<'t> {
    /// Reads the first packet that `text` tells of.
    pub(super) fn read(text: &'t str) -> Option<Self> {
        let arrows = text.match_indices(" > ").take(ARROWS);
        let (before, from, to, rest) = arrows.into_iter().find_map(|(at, arrow)| {
            let left = text.get(..at)?.trim_end();
            let start = left.rfind(' ').map_or(0, |space| space.saturating_add(1));
            let from = endpoint(left.get(start..)?)?;
            let right = text.get(at.saturating_add(arrow.len())..)?.trim_start();
            let (word, rest) = right.split_once(' ').unwrap_or((right, ""));
            let to = endpoint(word.strip_suffix(':').unwrap_or(word))?;
            let rest = rest.strip_prefix(": ").unwrap_or(rest);
            Some((left.get(..start)?, from, to, rest.trim_start()))
        })?;
        let mut head = Self {
            from,
            to,
            tos: None,
            ttl: None,
            id: None,
            dont_fragment: None,
            fragment: None,
            protocol: None,
            ip_len: None,
            rest,
        };
        let marks = ["(tos ", "(class ", "(flowlabel ", "(hlim "];
        let detail = marks.iter().find_map(|mark| before.find(mark));
        match detail.and_then(|at| before.get(at..)) {
            Some(ip) => head.read_today(ip),
            None if before.contains("IP") => {}
            None => head.read_of_old(),
        }
        Some(head)
    }

    fn read_today(&mut self, ip: &str) {
        self.tos = after(ip, "tos 0x")
            .or_else(|| after(ip, "class 0x"))
            .and_then(hex);
        self.ttl = after(ip, "ttl ")
            .or_else(|| after(ip, "hlim "))
            .and_then(decimal);
        self.id = after(ip, ", id ").and_then(decimal);
        let flags = after(ip, "flags [");
        self.dont_fragment = flags.map(|flags| flags.contains("DF"));
        let offset: Option<u16> = after(ip, ", offset ").and_then(decimal);
        let first = offset.is_none_or(|offset| offset == 0);
        let more = flags.is_some_and(|flags| flags.contains('+'));
        self.fragment = (!first || more).then_some(first);
        let protocol = after(ip, "proto ").or_else(|| after(ip, "next-header "));
        self.protocol = protocol.and_then(|text| after(text, "(")).and_then(decimal);
        self.ip_len = after(ip, "), length ").and_then(decimal).or_else(|| {
            let payload: usize = after(ip, "payload length: ").and_then(decimal)?;
            Some(payload.saturating_add(IPV6_HEADER))
        });
    }

    fn read_of_old(&mut self) {
        let rest = self.rest;
        self.tos = after(rest, "[tos 0x").and_then(hex);
        let tail = after(rest, "(ttl ");
        self.ttl = tail.and_then(decimal);
        self.id = tail.and_then(|tail| after(tail, "id ")).and_then(decimal);
        self.ip_len = tail.and_then(|tail| after(tail, "len ")).and_then(decimal);
        self.dont_fragment = Some(rest.contains("(DF)"));
        self.fragment = after(rest, "(frag ").map(|frag| frag.contains("@0+"));
    }

    /// Bytes behind the IP header, where no options stand in it.
    pub(super) fn payload_len(&self) -> Option<usize> {
        self.ip_len?.checked_sub(self.ip_header())
    }

    /// Bytes of the IP header without options.
    pub(super) const fn ip_header(&self) -> usize {
        if self.from.is_ipv4() { 20 } else { IPV6_HEADER }
    }
}

/// What follows `mark` in `text`.
pub(super) fn after<'t>(text: &'t str, mark: &str) -> Option<&'t str> {
    text.split_once(mark).map(|(_, rest)| rest)
}

/// The decimal number with which `text` begins.
pub(super) fn decimal<N: core::str::FromStr>(text: &str) -> Option<N> {
    let end = text.find(|c: char| !c.is_ascii_digit());
    text.get(..end.unwrap_or(text.len()))?.parse().ok()
}

/// The number of up to 16 hexadecimal digits with which `text` begins.
pub(super) fn hex<N: TryFrom<u64>>(text: &str) -> Option<N> {
    let end = text.find(|c: char| !c.is_ascii_hexdigit());
    let digits = text.get(..end.unwrap_or(text.len()))?;
    u64::from_str_radix(digits, 16).ok()?.try_into().ok()
}

/// `192.0.2.1`, `192.0.2.1.500`, `10.0.0.10.ftp`, `2001:db8::1.500`; port 0
/// where there is none.
pub(super) fn endpoint(word: &str) -> Option<SocketAddr> {
    if word.len() > ENDPOINT_MAX {
        return None;
    }
    if let Ok(address) = word.parse::<IpAddr>() {
        return Some(SocketAddr::new(address, 0));
    }
    let (address, port) = word.rsplit_once('.')?;
    let port = port.parse().ok().or_else(|| service(port))?;
    let address = match address.parse::<Ipv4Addr>() {
        Ok(address) => IpAddr::V4(address),
        Err(_) => IpAddr::V6(address.parse().ok()?),
    };
    Some(SocketAddr::new(address, port))
}

/// The port of a service that is printed by name.
fn service(name: &str) -> Option<u16> {
    let found = SERVICES.iter().find(|(known, _)| *known == name)?;
    Some(found.1)
}

/// The protocol that tcpdump prints as `ip-proto-50` or by its name.
pub(super) fn protocol(word: &str) -> Option<Protocol> {
    if let Some(number) = after(word, "proto-") {
        return decimal(number).map(Protocol);
    }
    Some(match word {
        "udp" | "UDP," => Protocol::UDP,
        "esp" | "ESP" => Protocol::ESP,
        "ah" | "AH" => Protocol::AH,
        _ => return None,
    })
}

/// Names that a system gives to ports (IANA "Service Name and Transport
/// Protocol Port Number Registry", `/etc/services`).
const SERVICES: [(&str, u16); 26] = [
    ("isakmp", 500),
    ("ipsec-nat-t", 4500),
    ("ipsec-msft", 4500),
    ("ftp-data", 20),
    ("ftp", 21),
    ("ssh", 22),
    ("telnet", 23),
    ("smtp", 25),
    ("domain", 53),
    ("http", 80),
    ("www", 80),
    ("kerberos", 88),
    ("pop3", 110),
    ("sunrpc", 111),
    ("ntp", 123),
    ("netbios-ns", 137),
    ("netbios-dgm", 138),
    ("netbios-ssn", 139),
    ("imap", 143),
    ("snmp", 161),
    ("ldap", 389),
    ("https", 443),
    ("microsoft-ds", 445),
    ("ldaps", 636),
    ("l2tp", 1701),
    ("l2f", 1701),
];

const IPV6_HEADER: usize = 40;

/// Arrows that are looked at to find the one between two addresses.
const ARROWS: usize = 8;

/// Bytes of the longest address with a port.
const ENDPOINT_MAX: usize = 64;
