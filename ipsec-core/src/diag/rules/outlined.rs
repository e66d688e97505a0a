//! What the rules that read printed text have in common: outlines of packets,
//! by peers and by sender.

use crate::diag::case::{Case, Filed};
use crate::evidence::PacketOutline;
use crate::sorted::Map;
use alloc::vec::Vec;
use core::net::IpAddr;

type Outline<'c, 'a> = &'c Filed<'a, PacketOutline>;

/// The packets between these peers that are IPsec.
pub(in crate::diag) fn between<'c, 'a>(case: &'c Case<'a>, peers: usize) -> Vec<Outline<'c, 'a>> {
    let ends = case.peers_of(peers);
    let all = case.outlines.iter().filter(|packet| {
        let route = packet.fact.route;
        let sent = ends.and_then(|ends| ends.sent_by_first(route.from.ip(), route.to.ip()));
        sent.is_some() && packet.fact.is_ipsec()
    });
    all.collect()
}

/// The packets of each host that is an end, in their order, with the peers it
/// is one of.
pub(in crate::diag) fn senders<'c, 'a>(case: &'c Case<'a>) -> Vec<(usize, Vec<Outline<'c, 'a>>)> {
    let mut senders: Map<(usize, IpAddr), Vec<Outline<'c, 'a>>> = Map::new();
    let mut peers_of: Map<IpAddr, usize> = Map::new();
    for (index, peers) in case.peers.iter().enumerate() {
        peers_of.entry(peers.first).or_insert(index);
        peers_of.entry(peers.second).or_insert(index);
    }
    for packet in &case.outlines {
        if let Some(peers) = peers_of.get(&packet.fact.route.from.ip()) {
            let key = (*peers, packet.fact.route.from.ip());
            senders.entry(key).or_default().push(packet);
        }
    }
    senders
        .into_iter()
        .map(|((peers, _), packets)| (peers, packets))
        .collect()
}

/// Their identifications, where they are printed.
pub(in crate::diag) fn ids(packets: &[Outline<'_, '_>]) -> Vec<u16> {
    packets
        .iter()
        .filter_map(|packet| packet.fact.ip_id)
        .collect()
}

/// Bytes of ESP or AH packets, where they are printed.
pub(in crate::diag) fn lens(packets: &[Outline<'_, '_>], protocol: u8) -> Vec<usize> {
    let packets = packets
        .iter()
        .filter(|packet| packet.fact.protocol == protocol);
    packets
        .filter_map(|packet| packet.fact.payload_len)
        .collect()
}
