//! What the sender of a packet is told that is too long for its SA
//! (RFC 4301 §8.2.1, RFC 1191 §4, RFC 4443 §3.2).

use crate::wire::checksum::{Sum, pseudo_header};
use crate::wire::ip::{Ipv4, Ipv6, Packet};
use crate::wire::registry::ip::Protocol;
use alloc::vec::Vec;

/// An ICMP message to the sender of `packet`: nothing longer than `mtu`
/// passes. It comes from the packet's destination, as this host has no address
/// on that side that is known here; empty for what is no IP packet.
pub(super) fn too_big(packet: &[u8], mtu: u16) -> Vec<u8> {
    match Packet::decode_lax(packet) {
        Ok((Packet::V4(v4), _)) => to_v4(&v4, packet, mtu),
        Ok((Packet::V6(v6), _)) => to_v6(&v6, packet, mtu),
        Err(_) => Vec::new(),
    }
}

fn to_v4(about: &Ipv4<'_>, packet: &[u8], mtu: u16) -> Vec<u8> {
    let quoted = packet.iter().take(about.head_len().saturating_add(8));
    let mut message = Vec::from([3, 4, 0, 0, 0, 0]);
    message.extend(mtu.to_be_bytes());
    message.extend(quoted);
    let sum = Sum::new().bytes(&message);
    set_checksum(&mut message, sum);
    let reply = Ipv4::new(about.destination, about.source, Protocol::ICMP, &message);
    let mut bytes = Vec::new();
    reply.encode(&mut bytes);
    bytes.extend(&message);
    bytes
}

fn to_v6(about: &Ipv6<'_>, packet: &[u8], mtu: u16) -> Vec<u8> {
    let mut message = Vec::from([2, 0, 0, 0, 0, 0]);
    message.extend(mtu.to_be_bytes());
    message.extend(packet.iter().take(V6_QUOTED));
    let (from, to) = (about.destination, about.source);
    let len = u32::try_from(message.len()).unwrap_or(u32::MAX);
    let pseudo = pseudo_header(from.into(), to.into(), Protocol::ICMPV6, len);
    let sum = pseudo.bytes(&message);
    set_checksum(&mut message, sum);
    let reply = Ipv6::new(from, to, Protocol::ICMPV6, &message);
    let mut bytes = Vec::new();
    reply.encode(&mut bytes);
    bytes.extend(&message);
    bytes
}

fn set_checksum(message: &mut [u8], sum: Sum) {
    if let Some(place) = message.get_mut(2..4) {
        place.copy_from_slice(&sum.checksum().to_be_bytes());
    }
}

/// As much of a packet as an ICMPv6 error of the least MTU holds.
const V6_QUOTED: usize = 1280 - 48;
