//! One line on a packet, for lists: its protocol and what it says, in the
//! short notation of RFC 7296 §1.2 and RFC 2408 §3.1.
//!
//! `IKE_SA_INIT request 0, SA KE Ni N(NAT_DETECTION_SOURCE_IP)`
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "payloads whose content is shown are few"
)]

use super::dissection::{Content, Dissection, Quoted, Read, clear_of};
use super::facts::{v1, v2};
use super::link::Network;
use super::unsealed::{InnerPacket, Inside};
use crate::evidence::{Echo, Unsealing};
use crate::wire::ike::{self, Flags};
use crate::wire::isakmp::{self, IdValue};
use crate::wire::registry::ike::PayloadType;
use crate::wire::upper::Upper;

/// What a list shows of one packet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, schemars::JsonSchema))]
#[non_exhaustive]
pub struct Summary {
    /// The protocol that it is about: `IKEv2`, `IKEv1`, `ESP`, `AH`,
    /// `NAT keepalive`, `IP fragment`, `ICMP`, …
    pub protocol: &'static str,
    /// What it says, on one line; text of the peer in it is escaped.
    pub info: String,
    /// It breaks its standard, or stays closed although there is a key.
    pub fault: bool,
}

impl Dissection<'_> {
    /// One line on it.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let (protocol, mut info) = self.protocol_and_info();
        let state = self.unsealed.as_ref().map(|unsealed| unsealed.state);
        let closed = state.filter(|state| matches!(state, Unsealing::Failed(_)));
        if let Some(state) = closed {
            info.push_str(", ");
            info.push_str(state.words());
        }
        let unread = matches!(self.content, Content::UnreadableLink(_));
        Summary {
            protocol,
            info,
            fault: closed.is_some() || unread || self.fault().is_some(),
        }
    }

    fn protocol_and_info(&self) -> (&'static str, String) {
        match &self.content {
            Content::Ike(read) => self.ikev2(read),
            Content::Isakmp(read) => ("IKEv1", self.ikev1(read)),
            Content::Esp(esp) => {
                let head = format!("SPI {:#010x}, seq {}", esp.spi, esp.sequence);
                ("ESP", head + &self.inner())
            }
            Content::Ah(ah) => {
                let (spi, sequence) = (ah.spi, ah.sequence);
                let inside = of_upper(&Upper::read(ah.next_header, ah.payload));
                ("AH", format!("SPI {spi:#010x}, seq {sequence}, {inside}"))
            }
            Content::Keepalive => ("NAT keepalive", String::new()),
            Content::IcmpError(quoted) => ("ICMP", of_error(quoted)),
            Content::Fragment => ("IP fragment", self.fragment()),
            Content::UnreadableLink(error) => ("Link", error.to_string()),
            Content::Unreadable(error) => (self.protocol_below(), error.to_string()),
            Content::Other => self.other(),
        }
    }

    /// The name of what IP carries, or of what is there instead of IP.
    pub(super) fn protocol_below(&self) -> &'static str {
        match (&self.content, &self.upper, &self.link) {
            (_, Some(upper), _) => protocol_of(upper),
            (Content::Unreadable(_), None, _) => "IP",
            (_, None, Some(link)) => of_network(link.network()).0,
            (_, None, None) => "Link",
        }
    }

    fn ikev2(&self, read: &Read<'_, ike::Message<'_>>) -> (&'static str, String) {
        let header = &read.message.header;
        let response = header.flags.contains(Flags::RESPONSE);
        let way = if response { "response" } else { "request" };
        let mut items: Vec<String> = Vec::new();
        let inside = self.unsealed.as_ref().map(|unsealed| &unsealed.inside);
        for payload in &read.message.payloads {
            items.push(match (&payload.body, inside) {
                (ike::Body::Sk(_) | ike::Body::Skf(_), Some(Inside::Ike(open))) => {
                    let payloads = open.chain.payloads.iter();
                    let payloads = payloads.map(|payload| of_v2(payload, response));
                    format!("{} {{{}}}", payload.kind, joined(payloads))
                }
                _ => of_v2(payload, response),
            });
        }
        let head = format!("{} {way} {}", header.exchange, header.message_id);
        let protocol = if header.major() == 2 { "IKEv2" } else { "IKE" };
        (protocol, with_items(head, items.into_iter()))
    }

    fn ikev1(&self, read: &Read<'_, isakmp::Message<'_>>) -> String {
        let header = &read.message.header;
        let mut head = header.exchange.to_string();
        if header.message_id != 0 {
            head += &format!(" {:#010x}", header.message_id);
        }
        let inside = self.unsealed.as_ref().map(|unsealed| &unsealed.inside);
        match (&read.message.content, inside) {
            (isakmp::Content::Clear(chain), _) => {
                with_items(head, chain.payloads.iter().map(of_v1))
            }
            (isakmp::Content::Encrypted(_), Some(Inside::Isakmp(open))) => {
                let payloads = open.chain.payloads.iter();
                format!("{head}, encrypted {{{}}}", joined(payloads.map(of_v1)))
            }
            (isakmp::Content::Encrypted(_), _) => {
                format!("{head}, encrypted {{{} …}}", header.first_payload)
            }
        }
    }

    /// What a key made of ESP.
    fn inner(&self) -> String {
        let inside = self.unsealed.as_ref().map(|unsealed| &unsealed.inside);
        match inside {
            Some(Inside::Packet(inner)) => format!(", {}", of_inner(inner)),
            _ => String::new(),
        }
    }

    fn fragment(&self) -> String {
        let Some((ip, piece)) = self.ip.and_then(|ip| Some((ip, ip.fragment()?))) else {
            return String::new();
        };
        let more = if piece.more { "" } else { ", the last" };
        let (protocol, id, offset) = (ip.protocol(), piece.id, piece.offset);
        format!("{protocol}, ID {id:#06x}, offset {offset}{more}")
    }

    /// What is not about IPsec.
    fn other(&self) -> (&'static str, String) {
        match (&self.upper, &self.link) {
            (Some(upper), _) => (protocol_of(upper), of_upper(upper)),
            (None, Some(link)) => of_network(link.network()),
            (None, None) => ("Link", String::new()),
        }
    }
}

fn of_v2(payload: &ike::Payload<'_>, response: bool) -> String {
    match &payload.body {
        ike::Body::Nonce(_) => if response { "Nr" } else { "Ni" }.into(),
        ike::Body::Notify(notify) => format!("N({})", notify.kind),
        ike::Body::Ke(ke) => format!("KE({})", ke.group),
        ike::Body::Id(id) => format!("{}({})", payload.kind, short(v2::identity_of(id))),
        ike::Body::Delete(delete) => format!("D({})", delete.protocol),
        ike::Body::Eap(eap) => match eap.kind {
            Some(kind) => format!("EAP({}, {kind})", eap.code),
            None => format!("EAP({})", eap.code),
        },
        ike::Body::Config(config) => format!("CP({})", config.kind),
        ike::Body::Sk(sk) if sk.first_inside == PayloadType::NONE => "SK {}".into(),
        ike::Body::Sk(sk) => format!("SK {{{} …}}", sk.first_inside),
        ike::Body::Skf(skf) => format!("SKF {}/{}", skf.number, skf.total),
        ike::Body::Malformed(_) | ike::Body::Cut(_) => format!("{}(malformed)", payload.kind),
        _ => payload.kind.to_string(),
    }
}

fn of_v1(payload: &isakmp::Payload<'_>) -> String {
    match &payload.body {
        isakmp::Body::Notify(notify) => format!("N({})", notify.kind),
        isakmp::Body::Delete(delete) => format!("D({})", delete.protocol),
        isakmp::Body::Id(id) => format!("ID({})", short(identity_or_net(id))),
        isakmp::Body::Config(config) => format!("ATTR({})", config.kind),
        isakmp::Body::Fragment(piece) if piece.is_last() => {
            format!("FRAG {}, the last", piece.number)
        }
        isakmp::Body::Fragment(piece) => format!("FRAG {}", piece.number),
        isakmp::Body::Malformed(_) | isakmp::Body::Cut(_) => {
            format!("{}(malformed)", payload.kind)
        }
        _ => payload.kind.to_string(),
    }
}

/// A name, or the net that an identity of quick mode stands for.
fn identity_or_net(id: &isakmp::Id<'_>) -> String {
    match id.value() {
        IdValue::Ipv4Subnet(net, mask) => format!("{net}/{mask}"),
        IdValue::Ipv6Subnet(net, mask) => format!("{net}/{mask}"),
        IdValue::Ipv4Range(first, last) => format!("{first}-{last}"),
        IdValue::Ipv6Range(first, last) => format!("{first}-{last}"),
        _ => v1::identity_of(id),
    }
}

fn with_items(head: String, items: impl Iterator<Item = String>) -> String {
    match joined(items) {
        items if items.is_empty() => head,
        items => format!("{head}, {items}"),
    }
}

/// Items with blanks between them, those that repeat counted.
fn joined(items: impl Iterator<Item = String>) -> String {
    let mut runs: Vec<(String, usize)> = Vec::new();
    for item in items {
        if let Some((last, times)) = runs.last_mut()
            && *last == item
        {
            *times = times.saturating_add(1);
        } else if runs.len() < MAX_ITEMS {
            runs.push((item, 1));
        } else {
            runs.push(("…".into(), 1));
            break;
        }
    }
    let shown = runs.into_iter().map(|(item, times)| match times {
        1 => item,
        times => format!("{item}×{times}"),
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// The first characters of a name that a peer gives itself.
fn short(name: String) -> String {
    match name.char_indices().nth(MAX_NAME) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name,
    }
}

fn of_error(quoted: &Quoted) -> String {
    let (kind, code) = quoted.type_code;
    let what = quoted
        .kind
        .words()
        .unwrap_or_else(|| format!("type {kind}, code {code}").into());
    let about = match (quoted.spi, quoted.about.from.port(), quoted.about.to.port()) {
        (Some(spi), ..) => format!(", SPI {spi:#010x}"),
        (None, 0, 0) => String::new(),
        (None, from, to) => format!(", port {from} to {to}"),
    };
    format!("{what}, about {}{about}", quoted.protocol)
}

/// The packet inside ESP, with its own addresses in tunnel mode.
fn of_inner(inner: &InnerPacket<'_>) -> String {
    let what = match (&inner.upper, inner.next_header) {
        (Some(upper), _) => format!("{} {}", protocol_of(upper), of_upper(upper)),
        (None, Some(next)) => next.to_string(),
        (None, None) => "dummy packet".into(),
    };
    match &inner.ip {
        Some(ip) => format!("{what}, {} to {}", ip.source(), ip.destination()),
        None => what,
    }
}

fn of_upper(upper: &Upper<'_>) -> String {
    if let Some(echo) = clear_of(*upper).and_then(|clear| clear.echo) {
        let number = match upper {
            Upper::Icmp(icmp) => icmp.echo(),
            Upper::Icmpv6(icmp) => icmp.echo(),
            _ => None,
        };
        let number = number.map_or(0, |number| number.sequence);
        return match echo {
            Echo::Request => format!("echo request, seq {number}"),
            Echo::Reply => format!("echo reply, seq {number}"),
        };
    }
    match upper {
        Upper::Icmp(icmp) => icmp.kind.to_string(),
        Upper::Icmpv6(icmp) => icmp.kind.to_string(),
        Upper::Tcp(tcp) => {
            let flags = TCP_FLAGS.iter().filter(|(bit, _)| tcp.flags() & bit != 0);
            let flags: Vec<&str> = flags.map(|(_, name)| *name).collect();
            format!("{}, {}", flags.join(" "), bytes(tcp.payload))
        }
        Upper::Udp(udp) => bytes(udp.payload),
        Upper::Short { bytes: left, .. } => format!("{}, cut short", bytes(left)),
        Upper::Other { bytes: left, .. } => bytes(left),
        Upper::Esp(esp) => format!("SPI {:#010x}, seq {}", esp.spi, esp.sequence),
        Upper::Ah(ah) => format!("SPI {:#010x}, seq {}", ah.spi, ah.sequence),
    }
}

fn bytes(of: &[u8]) -> String {
    match of.len() {
        1 => "1 byte".into(),
        len => format!("{len} bytes"),
    }
}

const fn protocol_of(upper: &Upper<'_>) -> &'static str {
    match upper {
        Upper::Udp(_) => "UDP",
        Upper::Tcp(_) => "TCP",
        Upper::Icmp(_) => "ICMP",
        Upper::Icmpv6(_) => "ICMPv6",
        Upper::Esp(_) => "ESP",
        Upper::Ah(_) => "AH",
        Upper::Other { protocol, .. } | Upper::Short { protocol, .. } => match protocol.name() {
            Some(name) => name,
            None => "IP",
        },
    }
}

/// A frame that is not about IP.
fn of_network(network: Network) -> (&'static str, String) {
    match network {
        Network::EtherType(kind) => match kind.name() {
            Some(name) => (name, String::new()),
            None => ("Ethernet", format!("type {:#06x}", kind.0)),
        },
        Network::PppProtocol(number) => ("PPP", format!("protocol {number:#06x}")),
        Network::Llc(sap) => ("LLC", format!("service access point {sap:#04x}")),
        Network::Family(family) => ("Loopback", format!("address family {family}")),
        Network::Ip | Network::Unread => ("Link", String::new()),
    }
}

/// Control bits of TCP (RFC 9293 §3.1).
const TCP_FLAGS: [(u16, &str); 6] = [
    (0x02, "SYN"),
    (0x01, "FIN"),
    (0x04, "RST"),
    (0x08, "PSH"),
    (0x10, "ACK"),
    (0x20, "URG"),
];

/// Payloads named on a line; the rest is an ellipsis.
const MAX_ITEMS: usize = 32;

/// Characters of an identity on a line.
const MAX_NAME: usize = 64;

#[cfg(feature = "rustcrypto")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{CaptureReader, Decoder, Keyring};
    use crate::crypto::rustcrypto;
    use crate::keylog;
    use std::fs;

    /// The summaries of an example capture, read with the keys beside it.
    fn summaries(name: &str, keyed: bool) -> Vec<(&'static str, String)> {
        let path = |ending| format!("../examples/captures/{name}.{ending}");
        let mut keyring = Keyring::new(rustcrypto::provider());
        if keyed {
            keyring.add(keylog::read(&fs::read(path("keys.json")).unwrap()));
        }
        let file = fs::File::open(path("pcap")).unwrap();
        let mut reader = CaptureReader::new(file).unwrap();
        let mut decoder = Decoder::with_keys(keyring.into());
        let mut all = Vec::new();
        while let Some(frame) = reader.next_frame().unwrap() {
            let summary = decoder.dissect(&frame).summary();
            assert!(!summary.fault, "{summary:?}");
            all.push((summary.protocol, summary.info));
        }
        all
    }

    #[test]
    fn what_an_ikev2_tunnel_says_with_and_without_keys() {
        let closed = summaries("tunnel", false);
        let init = "IKE_SA_INIT request 0, SA KE(MODP-2048) Ni \
                    N(NAT_DETECTION_SOURCE_IP) N(NAT_DETECTION_DESTINATION_IP) \
                    N(IKEV2_FRAGMENTATION_SUPPORTED) N(SIGNATURE_HASH_ALGORITHMS) \
                    N(REDIRECT_SUPPORTED)";
        assert_eq!(closed[0], ("IKEv2", init.into()));
        assert_eq!(closed[2].1, "IKE_AUTH request 1, SK {IDi …}");
        assert_eq!(closed[4], ("ESP", "SPI 0xb1ed8cbd, seq 1".into()));
        assert_eq!(closed[11].1, "INFORMATIONAL response 2, SK {}");

        let open = summaries("tunnel", true);
        let auth = "IKE_AUTH response 1, SK {IDr(b.example) AUTH SA TSi TSr \
                    N(MOBIKE_SUPPORTED) N(NO_ADDITIONAL_ADDRESSES)}";
        assert_eq!(open[3].1, auth);
        let ping = "SPI 0xb1ed8cbd, seq 1, ICMP echo request, seq 1, 10.1.0.1 to 10.2.0.1";
        assert_eq!(open[4], ("ESP", ping.into()));
        assert_eq!(open[10].1, "INFORMATIONAL request 2, SK {D(IKE)}");
    }

    #[test]
    fn what_ikev1_and_icmp_say() {
        let main = summaries("psk-mismatch", false);
        let first = "Identity Protection (Main Mode), SA VID×5";
        assert_eq!(main[0], ("IKEv1", first.into()));
        let fifth = "Identity Protection (Main Mode), encrypted {ID …}";
        assert_eq!(main[4].1, fifth);
        let refused = summaries("traffic-selector-mismatch", false);
        let error = "port unreachable, about UDP, port 500 to 500";
        assert!(refused.contains(&("ICMP", error.into())));
    }

    #[test]
    fn long_lists_and_names_end_in_an_ellipsis() {
        let many = |n: usize| joined((0..n).map(|n| n.to_string()));
        assert!(many(MAX_ITEMS).ends_with(" 31"));
        assert!(many(MAX_ITEMS + 1).ends_with(" 31 …"));
        assert_eq!(
            joined(["V", "V", "N"].map(String::from).into_iter()),
            "V×2 N"
        );
        assert_eq!(short("ä".repeat(MAX_NAME)), "ä".repeat(MAX_NAME));
        assert_eq!(
            short("ä".repeat(MAX_NAME + 1)).chars().count(),
            MAX_NAME + 1
        );
    }

    #[test]
    fn words_of_the_peer_are_escaped() {
        let name = b"<b>\xe2\x80\xaegw\x1b[2J";
        let id = ike::Id {
            kind: crate::wire::registry::ike::IdType::ID_FQDN,
            reserved: [0; 3],
            data: ike::IdData::Bytes(name),
        };
        let payload = ike::Payload::new(PayloadType::IDI, ike::Body::Id(id));
        let shown = of_v2(&payload, false);
        assert_eq!(shown, "IDi(<b>\\u{202e}gw\\u{1b}[2J)");
    }
}
