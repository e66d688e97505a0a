//! BEET there and back, and headers that it refuses (RFC 7402 appendix B).

use super::*;
use crate::crypto::{Secret, rustcrypto, suite};
use crate::esp::overhead::{Mode, Overhead, Wrapping};
use crate::esp::sa::EspReceiver;
use crate::esp::transform::{EspTransform, Integrity};
use crate::esp::transport;
use crate::sa::lifetime::{Lifetime, Limits};
use crate::sa::sequence::Numbers;
use crate::wire::ip::{Ipv4, Ipv6};
use crate::wire::options::Options;
use crate::wire::registry::ike::Encryption;
use alloc::vec::Vec;

const NOW: Instant = Instant::ZERO;
const GCM: Encryption = Encryption::ENCR_AES_GCM_16;

fn transform() -> EspTransform {
    let (key, none) = (Secret::new(alloc::vec![7; 20]), Secret::new(Vec::new()));
    EspTransform::new(rustcrypto::provider(), GCM, Integrity::None, &key, &none).unwrap()
}

fn halves() -> (EspSender, EspReceiver) {
    let life = Lifetime::new(NOW, Limits::NONE, Limits::NONE);
    let sender = EspSender::new(1, transform(), Numbers::Short, life);
    let receiver = EspReceiver::new(1, transform(), Numbers::Short, 32, life);
    (sender, receiver)
}

/// The outer and the inner addresses of one end and the other.
fn pair(v6: bool, inner: bool) -> (IpAddr, IpAddr) {
    let (a, b) = match (v6, inner) {
        (false, false) => ("192.0.2.1", "198.51.100.1"),
        (false, true) => ("10.1.0.1", "10.2.0.1"),
        (true, false) => ("2001:db8::1", "2001:db8::2"),
        (true, true) => ("2001:10::a", "2001:10::b"),
    };
    (a.parse().unwrap(), b.parse().unwrap())
}

/// The tunnel as its two ends see it.
fn ends(outer_v6: bool, inner_v6: bool) -> [Beet; 2] {
    let ((a, b), (c, d)) = (pair(outer_v6, false), pair(inner_v6, true));
    let beet = |from, to, local, remote| Beet::new(Tunnel::new(from, to)?, local, remote);
    [beet(a, b, c, d).unwrap(), beet(b, a, d, c).unwrap()]
}

fn packet(v6: bool, options: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    match pair(v6, true) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            let mut packet = Ipv4::new(a, b, Protocol::UDP, b"twelve bytes");
            (packet.tos, packet.ttl, packet.flags) = (0xb9, 17, Ipv4::DONT_FRAGMENT);
            packet.options = Options::new(options);
            packet.sealed().encode(&mut bytes);
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => {
            let mut packet = Ipv6::new(a, b, Protocol::UDP, b"twelve bytes");
            packet.version_class_flow |= 0xb9 << 20;
            packet.hop_limit = 17;
            packet.encode(&mut bytes);
        }
        _ => unreachable!(),
    }
    bytes.extend(b"twelve bytes");
    bytes
}

fn sealed(beet: &Beet, sender: &mut EspSender, packet: &[u8]) -> Vec<u8> {
    let head = match packet[0] >> 4 {
        4 => usize::from(packet[0] & 15) * 4,
        _ => V6,
    };
    let room = beet.room(sender, packet.len(), head);
    let mut buffer = alloc::vec![0xee; room.before];
    buffer.extend(packet);
    buffer.resize(buffer.len() + room.after, 0xee);
    let at = room.before..room.before + packet.len();
    let sent = beet.seal_in_place(sender, NOW, &mut buffer, at).unwrap();
    assert_eq!(sent.end, buffer.len());
    buffer[sent].to_vec()
}

fn opened(beet: &Beet, receiver: &mut EspReceiver, outer: &[u8]) -> Result<Vec<u8>, BeetError> {
    let head = Packet::decode(outer).unwrap().head_len();
    let mut buffer = alloc::vec![0xee; V6];
    buffer.extend(outer);
    let esp = V6 + head;
    let received = receiver.open_in_place(NOW, &mut buffer[esp..]).unwrap();
    let payload = esp + received.payload.start..esp + received.payload.end;
    let outer = V6..buffer.len();
    let at = beet.restore(&mut buffer, outer, received.next_header, payload)?;
    Ok(buffer[at].to_vec())
}

/// Whatever the versions: the inner packet comes out, with its class, its
/// hops and its options, and no inner header was on the way.
#[test]
fn there_and_back() {
    for (outer_v6, inner_v6) in [(false, false), (false, true), (true, false), (true, true)] {
        for options in [0, 4, 8, 12, 36, 40] {
            let options = alloc::vec![1; if inner_v6 { 0 } else { options }];
            let (mut sender, mut receiver) = halves();
            let [here, there] = ends(outer_v6, inner_v6);
            let packet = packet(inner_v6, &options);
            let outer = sealed(&here, &mut sender, &packet);
            let (head, _) = Packet::decode_lax(&outer).unwrap();
            assert_eq!((head.source(), head.destination()), pair(outer_v6, false));
            assert_eq!((head.traffic_class(), head.hops()), (0xb9, 17));
            assert!(!outer.windows(12).any(|bytes| bytes == b"twelve bytes"));
            let mut back = opened(&there, &mut receiver, &outer).unwrap();
            // The sender may number its packets as it likes, unfragmented.
            if !inner_v6 {
                let read = Packet::decode(&back).unwrap();
                let Packet::V4(v4) = read else { unreachable!() };
                let numbered = Ipv4 { id: 0, ..v4 };
                let mut bytes = Vec::new();
                numbered.sealed().encode(&mut bytes);
                bytes.extend(v4.payload);
                back = bytes;
            }
            assert_eq!(back, packet, "{outer_v6} {inner_v6} {}", options.len());
        }
    }
}

/// On the wire it is transport mode between the outer addresses (RFC 7402
/// appendix B.1.2).
#[test]
fn it_looks_like_transport_mode() {
    let [here, _] = ends(false, false);
    let beet = sealed(&here, &mut halves().0, &packet(false, &[]));
    let (mut sender, _) = halves();
    let mut inner = packet(false, &[]);
    let room = transport::room(&sender, None, inner.len(), V4);
    let at = room.before..room.before + inner.len();
    inner.splice(0..0, alloc::vec![0; room.before]);
    inner.resize(inner.len() + room.after, 0);
    let sent = transport::seal_in_place(&mut sender, None, NOW, &mut inner, at);
    assert_eq!(beet[V4..], inner[sent.unwrap()][V4..]);
    let wrapping = Wrapping {
        mode: Mode::Beet,
        ..Wrapping::TUNNEL_V4
    };
    let overhead = Overhead::esp(suite::encryption(GCM).unwrap(), None, wrapping).unwrap();
    assert_eq!(beet.len(), overhead.packet(packet(false, &[]).len()));
}

#[test]
fn what_does_not_belong_is_refused() {
    let (mut sender, _) = halves();
    let [here, there] = ends(false, false);
    let mut buffer = alloc::vec![0; 60];
    buffer.extend(packet(false, &[]));
    let at = 60..buffer.len();
    let foreign = there.seal_in_place(&mut sender, NOW, &mut buffer, at.clone());
    assert_eq!(foreign, Err(BeetError::OtherAddresses));
    let no_room = here.seal_in_place(&mut sender, NOW, &mut buffer, at.clone());
    assert!(matches!(no_room, Err(BeetError::NoRoom(_))));
    for end in 60..at.end {
        assert!(
            here.seal_in_place(&mut sender, NOW, &mut buffer, 60..end)
                .is_err()
        );
    }
    assert_eq!(sender.sent(), 0);
    let [_, v6] = ends(false, true);
    for (tunnel, header) in [
        (there, &[17, 0, 8, 0, 1, 1, 1, 1][..]),
        (there, &[17, 9, 0, 0]),
        (there, &[17, 0]),
        (v6, &[17, 0, 0, 0, 1, 1, 1, 1]),
    ] {
        let mut buffer = alloc::vec![0x45; 100];
        buffer.extend(header);
        let payload = 100..buffer.len();
        let refused = tunnel.restore(&mut buffer, 40..100, OPTIONS_FOLLOW, payload);
        assert_eq!(refused, Err(BeetError::Options), "{header:?}");
    }
    let mut buffer = alloc::vec![0x45; 30];
    let narrow = v6.restore(&mut buffer, 0..30, Protocol::UDP, 28..30);
    assert!(matches!(narrow, Err(BeetError::NoRoom(_))));
}
