//! ESP with NULL encryption, found without keys. Nothing in a packet says that
//! it is readable (RFC 5879); an inner packet that ends where it should, with
//! a checksum that is right, does.

use super::opened::Opened;
use crate::esp::transform::Check;
use crate::evidence::Route;
use crate::wire::checksum::Verdict;
use crate::wire::esp::{Esp, Trailer};
use crate::wire::ip::Packet;
use crate::wire::registry::ip::Protocol;
use crate::wire::upper::Upper;
use core::net::IpAddr;

/// Copies what `esp` carries into `plain` if it is not encrypted.
pub(super) fn open<'a>(
    route: Route,
    esp: Esp<'_>,
    plain: &'a mut Vec<u8>,
) -> Option<(Opened, &'a [u8])> {
    let readable = |icv: &usize| {
        let sealed = esp.split(0, *icv)?;
        let (payload, trailer) = Trailer::split(sealed.ciphertext).ok()?;
        let plausible = trailer.counts_up() && is_whole(route, trailer.next_header, payload);
        plausible.then_some(sealed)
    };
    let sealed = ICVS.iter().find_map(readable)?;
    plain.extend_from_slice(sealed.ciphertext);
    let opened = Opened {
        check: Check::Unchecked,
        iv: 0,
        icv: sealed.icv.len(),
        derived: false,
        high: None,
    };
    Some((opened, plain))
}

/// The payload ends where it says, and its checksum is right.
fn is_whole(route: Route, next: Protocol, payload: &[u8]) -> bool {
    let Route { from, to } = route;
    match next {
        Protocol::IPV4 | Protocol::IPV6 => Packet::decode(payload).is_ok_and(|packet| {
            let len = packet.head_len().saturating_add(packet.payload().len());
            let right = match &packet {
                Packet::V4(v4) => v4.verify_checksum() == Verdict::Good,
                Packet::V6(_) => has_right_checksum(
                    packet.source(),
                    packet.destination(),
                    packet.upper().as_ref(),
                ),
            };
            right && len == payload.len()
        }),
        next => has_right_checksum(from.ip(), to.ip(), Some(&Upper::read(next, payload))),
    }
}

/// A datagram, segment or ICMP message whose checksum is there and right.
fn has_right_checksum(from: IpAddr, to: IpAddr, upper: Option<&Upper<'_>>) -> bool {
    let verdict = match (upper, from, to) {
        (Some(Upper::Udp(udp)), _, _) => udp.verify_checksum(from, to),
        (Some(Upper::Tcp(tcp)), _, _) => tcp.verify_checksum(from, to),
        (Some(Upper::Icmp(icmp)), _, _) => icmp.verify_checksum(),
        (Some(Upper::Icmpv6(icmp)), IpAddr::V6(from), IpAddr::V6(to)) => {
            icmp.verify_checksum(from, to)
        }
        _ => return false,
    };
    verdict == Verdict::Good
}

/// Lengths of check values that are tried.
const ICVS: [usize; 5] = [12, 16, 24, 32, 0];
