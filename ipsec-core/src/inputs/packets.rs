//! Datagrams that a log prints in hexadecimal, read as a capture of them would
//! be: the bytes are the peers' own, where the log's words are only its
//! writer's.

use crate::capture::{Keyring, PcapWriter, read_evidence_with};
use crate::evidence::{Evidence, Fact, Route, Source};
use crate::log::LoggedPacket;
use crate::wire::registry::ip::LinkType;
use core::net::{IpAddr, SocketAddr};
use std::io;
use std::sync::Arc;

/// The facts that the datagrams in the log `input` show, each at the line it
/// is printed on. One whose route no line told is left out.
pub(super) fn evidence(
    input: usize,
    packets: &[LoggedPacket],
    keyring: &Arc<Keyring>,
) -> Vec<Evidence> {
    let routed = packets
        .iter()
        .filter_map(|packet| Some((packet, packet.route?)));
    let routed: Vec<(&LoggedPacket, Route)> = routed.collect();
    let Ok(capture) = capture(&routed) else {
        return Vec::new();
    };
    let Ok(mut evidence) = read_evidence_with(input, capture.as_slice(), Arc::clone(keyring))
    else {
        return Vec::new();
    };
    evidence.retain(|one| !matches!(one.fact, Fact::Capture(_)));
    for one in &mut evidence {
        if let Source::Packet { number, .. } = one.source {
            let place = number
                .checked_sub(1)
                .and_then(|at| usize::try_from(at).ok());
            let line = place
                .and_then(|at| routed.get(at))
                .map_or(0, |(packet, _)| packet.line);
            one.source = Source::Line { input, line };
        }
    }
    evidence
}

fn capture(routed: &[(&LoggedPacket, Route)]) -> io::Result<Vec<u8>> {
    let mut writer = PcapWriter::new(Vec::new(), LinkType::RAW)?;
    for (packet, route) in routed {
        let frame = datagram(*route, &packet.bytes);
        let len = u32::try_from(frame.len()).unwrap_or(u32::MAX);
        writer.write(packet.at.unwrap_or_default(), 0, len, &frame)?;
    }
    writer.finish()
}

/// An IP packet with a UDP datagram (RFC 791 §3.1, RFC 8200 §3, RFC 768);
/// checksums are zero, for the log has none.
fn datagram(route: Route, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(payload.len()).unwrap_or(u16::MAX);
    let udp = len.saturating_add(UDP_LEN);
    let mut packet = match (route.from.ip(), route.to.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            let [high, low] = udp.saturating_add(IPV4_LEN).to_be_bytes();
            let mut head = Vec::from([0x45, 0, high, low, 0, 0, 0, 0, 64, UDP, 0, 0]);
            head.extend(from.octets());
            head.extend(to.octets());
            head
        }
        (from, to) => {
            let [high, low] = udp.to_be_bytes();
            let mut head = Vec::from([0x60, 0, 0, 0, high, low, UDP, 64]);
            head.extend(in_v6(from));
            head.extend(in_v6(to));
            head
        }
    };
    let ports = [route.from, route.to].map(|end: SocketAddr| end.port().to_be_bytes());
    packet.extend(ports.as_flattened());
    packet.extend(udp.to_be_bytes());
    packet.extend([0, 0]);
    packet.extend(payload);
    packet
}

const fn in_v6(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

/// Protocol number of UDP.
const UDP: u8 = 17;

const UDP_LEN: u16 = 8;

const IPV4_LEN: u16 = 20;
