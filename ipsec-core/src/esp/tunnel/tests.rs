use super::*;
use crate::crypto::{Secret, rustcrypto};
use crate::esp::overhead::{Overhead, Wrapping};
use crate::esp::sa::EspReceiver;
use crate::esp::transform::{EspTransform, Integrity};
use crate::sa::lifetime::{Lifetime, Limits};
use crate::sa::sequence::Numbers;
use crate::wire::ip::{Ipv4, Ipv6, Packet};
use crate::wire::registry::ike::Encryption;
use crate::wire::udp::Udp;
use alloc::vec::Vec;

const NOW: Instant = Instant::ZERO;

fn transform() -> EspTransform {
    let (key, none) = (Secret::new(alloc::vec![7; 20]), Secret::new(Vec::new()));
    let gcm = Encryption::ENCR_AES_GCM_16;
    EspTransform::new(rustcrypto::provider(), gcm, Integrity::None, &key, &none).unwrap()
}

fn life() -> Lifetime {
    Lifetime::new(NOW, Limits::NONE, Limits::NONE)
}

fn sender() -> EspSender {
    EspSender::new(1, transform(), Numbers::Short, life())
}

fn tunnel(local: &str, remote: &str) -> Tunnel {
    Tunnel::new(local.parse().unwrap(), remote.parse().unwrap()).unwrap()
}

fn v4() -> Tunnel {
    tunnel("192.0.2.1", "198.51.100.1")
}

fn v6() -> Tunnel {
    tunnel("2001:db8::1", "2001:db8::2")
}

fn inner_v4(tos: u8, flags: u16) -> Vec<u8> {
    let (from, to) = ([10, 1, 0, 1].into(), [10, 2, 0, 1].into());
    let mut packet = Ipv4::new(from, to, Protocol::UDP, b"twelve bytes");
    (packet.tos, packet.flags) = (tos, flags);
    let mut bytes = Vec::new();
    packet.sealed().encode(&mut bytes);
    bytes.extend(packet.payload);
    bytes
}

fn inner_v6(class: u8) -> Vec<u8> {
    let (from, to) = ("2001:db8:a::1".parse(), "2001:db8:b::1".parse());
    let mut packet = Ipv6::new(from.unwrap(), to.unwrap(), Protocol::UDP, b"twelve bytes");
    packet.version_class_flow |= u32::from(class) << 20;
    let mut bytes = Vec::new();
    packet.encode(&mut bytes);
    bytes.extend(packet.payload);
    bytes
}

fn sealed(tunnel: &Tunnel, inner: &[u8]) -> Vec<u8> {
    let mut sa = sender();
    let room = tunnel.room(&sa, inner.len());
    let mut buffer = alloc::vec![0xee; room.before];
    buffer.extend(inner);
    buffer.resize(buffer.len() + room.after, 0xee);
    let at = room.before..room.before + inner.len();
    let outer = tunnel.seal_in_place(&mut sa, NOW, &mut buffer, at).unwrap();
    assert_eq!(outer, 0..buffer.len());
    buffer
}

/// The inner packet that comes out again; `mark` is put on the outer one's way.
fn there_and_back(tunnel: &Tunnel, inner: &[u8], mark: u8) -> Result<Vec<u8>, UnwrapError> {
    let outer = sealed(tunnel, inner);
    let head = tunnel.head_len();
    let mut esp = outer[head..].to_vec();
    let class = Packet::decode(&outer).unwrap().traffic_class();
    let mut receiver = EspReceiver::new(1, transform(), Numbers::Short, 32, life());
    let received = receiver.open_in_place(NOW, &mut esp).unwrap();
    let payload = &mut esp[received.payload];
    unwrap(received.next_header, class | mark, payload).map(|inner| inner.to_vec())
}

#[test]
fn four_combinations_there_and_back() {
    let udp = UdpPorts {
        local: 4500,
        remote: 1024,
    };
    for tunnel in [v4(), v6(), v4().with_udp(udp), v6().with_udp(udp)] {
        for inner in [inner_v4(0, 0), inner_v6(0xb8)] {
            let outer = sealed(&tunnel, &inner);
            let packet = Packet::decode(&outer).unwrap();
            assert_eq!(packet.source(), tunnel.local);
            assert_eq!(packet.destination(), tunnel.remote);
            assert!(packet.trailing().is_empty());
            if tunnel.udp.is_some() {
                let datagram = Udp::decode(packet.payload()).unwrap();
                assert_eq!((datagram.source_port, datagram.checksum), (4500, 0));
            }
            assert_eq!(there_and_back(&tunnel, &inner, 0), Ok(inner));
        }
    }
}

/// The sizes that [`Overhead`] predicts.
#[test]
fn overhead_is_exact() {
    let cipher = crate::crypto::suite::encryption(Encryption::ENCR_AES_GCM_16).unwrap();
    let predicted = Overhead::esp(cipher, None, Wrapping::TUNNEL_V4).unwrap();
    for more in 0..9 {
        let mut inner = inner_v4(0, 0);
        inner.extend(alloc::vec![0; more]);
        assert_eq!(sealed(&v4(), &inner).len(), predicted.packet(inner.len()));
    }
}

#[test]
fn outer_fields_follow_their_rules() {
    const DF: u16 = Ipv4::DONT_FRAGMENT;
    let outer = |tunnel: Tunnel, inner: &[u8]| {
        let bytes = sealed(&tunnel, inner);
        let packet = Ipv4::decode(&bytes).unwrap();
        let checksum = packet.verify_checksum();
        assert_eq!(checksum, crate::wire::checksum::Verdict::Good);
        (packet.tos, packet.flags, packet.id)
    };
    let plain = v4();
    assert_eq!(outer(plain, &inner_v4(0xba, DF)), (0xba, DF, 1));
    assert_eq!(outer(plain, &inner_v4(0xba, 0)), (0xba, 0, 1));
    let fixed = plain.with_dscp(Dscp::Fixed(10)).with_ecn(Ecn::Compatible);
    assert_eq!(outer(fixed, &inner_v4(0xba, 0)).0, 40);
    let never = plain.with_dont_fragment(DontFragment::Clear);
    assert_eq!(outer(never, &inner_v4(0, DF)).1, 0);
    let always = plain.with_dont_fragment(DontFragment::Set);
    assert_eq!(outer(always, &inner_v4(0, 0)).1, DF);
    assert_eq!(outer(plain, &inner_v6(0x2e)).0, 0x2e);
}

/// The table of RFC 6040 §4.2; the mark is made on the way.
#[test]
fn marks_of_congestion() {
    let inner = [0, 2, 1, 3];
    let marked = |inner: u8, outer: u8| received_marks(inner, outer).ok();
    for (outer, expected) in [
        (0, [Some(0), Some(2), Some(1), Some(3)]),
        (2, [Some(0), Some(2), Some(1), Some(3)]),
        (1, [Some(0), Some(1), Some(1), Some(3)]),
        (3, [None, Some(3), Some(3), Some(3)]),
    ] {
        assert_eq!(inner.map(|inner| marked(inner, outer)), expected, "{outer}");
    }
    for packet in [inner_v4(0xba, 0), inner_v6(0xba)] {
        let came = there_and_back(&v4(), &packet, CE).unwrap();
        let read = Packet::decode(&came).unwrap();
        assert_eq!(read.traffic_class(), 0xbb);
        if let Packet::V4(v4) = read {
            assert_eq!(v4.verify_checksum(), crate::wire::checksum::Verdict::Good);
        }
    }
    let refused = there_and_back(&v4(), &inner_v4(0, 0), CE);
    assert_eq!(refused, Err(UnwrapError::Congestion));
}

#[test]
fn padding_that_hides_the_length_is_left_behind() {
    let inner = inner_v4(0, 0);
    let mut padded = inner.clone();
    padded.resize(300, 0);
    assert_eq!(sealed(&v4(), &padded).len(), 356);
    assert_eq!(there_and_back(&v4(), &padded, 0), Ok(inner));
}

#[test]
fn what_is_no_packet_goes_neither_way() {
    let mut sa = sender();
    for bad in [
        &[0_u8; 60][..],
        b"",
        &[0x45, 0, 0, 200],
        &inner_v4(0, 0)[..19],
    ] {
        let mut buffer = alloc::vec![0; 200];
        buffer[60..60 + bad.len()].copy_from_slice(bad);
        let result = v4().seal_in_place(&mut sa, NOW, &mut buffer, 60..60 + bad.len());
        assert_eq!(result, Err(WrapError::NotIp));
        let came = unwrap(Protocol::IPV4, 0, &mut bad.to_vec()).map(|_| ());
        assert_eq!(came, Err(UnwrapError::NotIp));
    }
    let came = unwrap(Protocol::IPV6, 0, &mut inner_v4(0, 0)).map(|_| ());
    assert_eq!(came, Err(UnwrapError::NotIp));
    let dummy = unwrap(Protocol::IPV6_NO_NEXT, 0, &mut [1, 2, 3]).map(|_| ());
    assert_eq!(dummy, Err(UnwrapError::Dummy));
    assert_eq!(sa.sent(), 0);
    let mixed = Tunnel::new([192, 0, 2, 1].into(), "2001:db8::1".parse().unwrap());
    assert_eq!(mixed, None);
}

#[test]
fn the_longest_packet_is_refused_in_time() {
    let mut sa = sender();
    let mut inner = inner_v4(0, 0);
    inner.resize(65_500, 0);
    let room = v4().room(&sa, inner.len());
    let mut buffer = alloc::vec![0; room.before];
    buffer.extend(&inner);
    buffer.resize(buffer.len() + room.after, 0);
    let at = room.before..room.before + inner.len();
    let result = v4().seal_in_place(&mut sa, NOW, &mut buffer, at);
    assert_eq!(result, Err(WrapError::TooLong));
    assert_eq!(sa.sent(), 0);
}
