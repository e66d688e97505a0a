//! Two gateways and what goes between them: everything that can be wrong with a
//! packet, fragments, ICMP errors, ageing SAs, policies that change, a standby
//! that takes over, and what `diag` makes of it.
#![cfg(feature = "rustcrypto")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a test may stop at the first surprise"
)]

use ipsec_core::crypto::{Secret, rustcrypto, suite};
use ipsec_core::dataplane::{
    Carriage, Child, DataPlane, HEADROOM, Inbound, Keys, Material, Outbound, Protection, TAILROOM,
};
use ipsec_core::esp::sa::{EspReceiver, EspSender};
use ipsec_core::esp::transform::{Clear, EspTransform};
use ipsec_core::esp::tunnel::Tunnel;
use ipsec_core::sa::lifetime::{Lifetime, Limits};
use ipsec_core::sa::sad::Handle;
use ipsec_core::sa::selector::{Ports, Selector};
use ipsec_core::sa::sequence::Numbers;
use ipsec_core::sa::spd::{Action, Direction, Policy, Spd, Traffic};
use ipsec_core::time::Instant;
use ipsec_core::wire::ip::Ipv4;
use ipsec_core::wire::registry::ike::Encryption;
use ipsec_core::wire::registry::ip::Protocol;

mod fragments;
mod hostile;
mod icmp;
mod life;
mod standby;
mod witness;

const NOW: Instant = Instant::ZERO;
const LEFT: [u8; 4] = [192, 0, 2, 1];
const RIGHT: [u8; 4] = [198, 51, 100, 1];
const A: [u8; 4] = [10, 1, 0, 1];
const B: [u8; 4] = [10, 2, 0, 1];
/// SPI that the right gateway receives by.
const SPI: u32 = 2000;

fn keys() -> Keys {
    Keys {
        encryption: Secret::new(vec![7; 20]),
        integrity: Secret::new(vec![]),
    }
}

fn material() -> Material {
    Material {
        encryption: Some(Encryption::ENCR_AES_GCM_16),
        integrity: None,
        sent: keys(),
        received: keys(),
    }
}

fn transform() -> EspTransform {
    material().esp(rustcrypto::provider(), &keys()).unwrap()
}

fn life() -> Lifetime {
    Lifetime::new(NOW, Limits::NONE, Limits::NONE)
}

fn net(text: &str) -> Selector {
    Selector::new(text.parse().unwrap())
}

fn between(left: bool, a: Selector, b: Selector) -> Traffic {
    let (local, remote) = if left { (a, b) } else { (b, a) };
    Traffic { local, remote }
}

fn lans(left: bool) -> Traffic {
    between(left, net("10.1.0.0/16"), net("10.2.0.0/16"))
}

/// The left or the right end of a pair of SAs.
fn child(left: bool, traffic: Traffic, numbers: Numbers, life: Lifetime) -> Child {
    let (ours, theirs) = if left { (1000, SPI) } else { (SPI, 1000) };
    let (here, there) = if left { (LEFT, RIGHT) } else { (RIGHT, LEFT) };
    let protection = Protection::Esp {
        sender: EspSender::new(theirs, transform(), numbers, life),
        receiver: EspReceiver::new(ours, transform(), numbers, 64, life),
    };
    let tunnel = Tunnel::new(here.into(), there.into()).unwrap();
    Child::new(0, vec![traffic], protection, Carriage::Tunnel(tunnel)).with_material(material())
}

fn policy(name: &str, traffic: Traffic) -> Policy<()> {
    Policy::new(name, vec![traffic], Action::Protect(()))
}

fn plane(policies: Vec<Policy<()>>) -> DataPlane<()> {
    DataPlane::new(Spd::new(policies).unwrap(), 100)
}

/// A gateway with one policy and one pair of SAs for it.
fn gateway(left: bool) -> DataPlane<()> {
    let mut plane = plane(vec![policy("lans", lans(left))]);
    plane
        .install(NOW, child(left, lans(left), Numbers::Extended, life()))
        .unwrap();
    plane
}

fn only(plane: &DataPlane<()>) -> Handle {
    plane.children().iter().next().unwrap().0
}

fn v4(from: [u8; 4], to: [u8; 4], protocol: Protocol, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    Ipv4::new(from.into(), to.into(), protocol, payload)
        .sealed()
        .encode(&mut bytes);
    bytes.extend(payload);
    bytes
}

/// A UDP packet from LAN to LAN.
fn inner() -> Vec<u8> {
    v4(A, B, Protocol::UDP, &udp(1025, 53))
}

fn udp(from: u16, to: u16) -> Vec<u8> {
    let words = [from, to, 16, 0, 1, 2, 3, 4];
    words.into_iter().flat_map(u16::to_be_bytes).collect()
}

/// The packet as a piece of a datagram: where it stands, and whether more
/// follow.
fn fragment(mut packet: Vec<u8>, offset: u16, more: bool) -> Vec<u8> {
    let more = if more { 0x2000 } else { 0 };
    let word = more | (offset / 8);
    packet[6..8].copy_from_slice(&word.to_be_bytes());
    packet[10..12].copy_from_slice(&[0, 0]);
    let sum = ipsec_core::wire::checksum::Sum::new()
        .bytes(&packet[..20])
        .checksum();
    packet[10..12].copy_from_slice(&sum.to_be_bytes());
    packet
}

/// What the left gateway's SA could send, whatever it is.
fn sealed(number: u64, next_header: Protocol, payload: &[u8]) -> Vec<u8> {
    let iv = number.to_be_bytes();
    let low = u32::try_from(number & 0xffff_ffff).unwrap();
    let mut clear = Clear::new(SPI, low, next_header, payload);
    clear.high = Some(u32::try_from(number >> 32).unwrap());
    clear.iv = &iv;
    let mut esp = Vec::new();
    transform().seal(&clear, &mut esp).unwrap();
    v4(LEFT, RIGHT, Protocol::ESP, &esp)
}

fn sent_at(now: Instant, plane: &mut DataPlane<()>, packet: &[u8]) -> (Outbound, Vec<u8>) {
    let mut buffer = vec![0xee; HEADROOM];
    buffer.extend(packet);
    buffer.resize(buffer.len() + TAILROOM, 0xee);
    let done = plane.outbound(now, &mut buffer, HEADROOM..HEADROOM + packet.len());
    let bytes = match &done {
        Outbound::Protected(outer) => buffer[outer.clone()].to_vec(),
        _ => Vec::new(),
    };
    (done, bytes)
}

fn sent(plane: &mut DataPlane<()>, packet: &[u8]) -> (Outbound, Vec<u8>) {
    sent_at(NOW, plane, packet)
}

fn protected(plane: &mut DataPlane<()>, packet: &[u8]) -> Vec<u8> {
    let (done, bytes) = sent(plane, packet);
    assert!(matches!(done, Outbound::Protected(_)), "{done:?}");
    bytes
}

fn received(plane: &mut DataPlane<()>, packet: &[u8]) -> (Inbound, Vec<u8>) {
    let mut buffer = packet.to_vec();
    let all = 0..buffer.len();
    let done = plane.inbound(NOW, &mut buffer, all);
    let bytes = match &done {
        Inbound::Opened { packet, .. } => buffer[packet.clone()].to_vec(),
        _ => Vec::new(),
    };
    (done, bytes)
}

fn opened(plane: &mut DataPlane<()>, packet: &[u8]) -> Vec<u8> {
    let (done, bytes) = received(plane, packet);
    assert!(matches!(done, Inbound::Opened { .. }), "{done:?}");
    bytes
}
