use super::*;
use crate::crypto::{Secret, rustcrypto};
use crate::esp::sa::EspReceiver;
use crate::esp::transform::{EspTransform, Integrity};
use crate::sa::lifetime::{Lifetime, Limits};
use crate::sa::sequence::Numbers;
use crate::wire::checksum::Verdict;
use crate::wire::ip::Ipv4;
use crate::wire::registry::ike::Encryption;
use crate::wire::udp::Udp;
use alloc::vec::Vec;

const NOW: Instant = Instant::ZERO;
const HOSTS: [[u8; 4]; 2] = [[192, 0, 2, 1], [198, 51, 100, 1]];

fn transform() -> EspTransform {
    let (key, none) = (Secret::new(alloc::vec![7; 20]), Secret::new(Vec::new()));
    let gcm = Encryption::ENCR_AES_GCM_16;
    EspTransform::new(rustcrypto::provider(), gcm, Integrity::None, &key, &none).unwrap()
}

fn halves() -> (EspSender, EspReceiver) {
    let life = Lifetime::new(NOW, Limits::NONE, Limits::NONE);
    let sender = EspSender::new(1, transform(), Numbers::Short, life);
    let receiver = EspReceiver::new(1, transform(), Numbers::Short, 32, life);
    (sender, receiver)
}

fn datagram() -> Vec<u8> {
    let [from, to] = HOSTS.map(IpAddr::from);
    let mut bytes = Vec::new();
    let udp = Udp::new(1025, 53, b"twelve bytes").sealed(from, to);
    udp.encode(&mut bytes);
    bytes.extend(udp.payload);
    bytes
}

fn v4() -> Vec<u8> {
    let (datagram, mut bytes) = (datagram(), Vec::new());
    let packet = Ipv4::new(HOSTS[0].into(), HOSTS[1].into(), Protocol::UDP, &datagram);
    packet.encode(&mut bytes);
    bytes.extend(packet.payload);
    bytes
}

/// Hop-by-hop options, a routing header, destination options, no next header.
fn v6() -> Vec<u8> {
    let mut bytes = Vec::from([0x60, 0, 0, 0, 0, 24, 0, 64]);
    bytes.extend([0x20; 32]);
    bytes.extend([43, 0, 1, 4, 0, 0, 0, 0]);
    bytes.extend([60, 0, 253, 0, 0, 0, 0, 0]);
    bytes.extend([59, 0, 1, 4, 0, 0, 0, 0]);
    bytes
}

fn sealed(sender: &mut EspSender, udp: Option<UdpPorts>, packet: &[u8]) -> Vec<u8> {
    let head = split(packet).unwrap().head;
    let room = room(sender, udp, packet.len(), head);
    let mut buffer = alloc::vec![0xee; room.before];
    buffer.extend(packet);
    buffer.resize(buffer.len() + room.after, 0xee);
    let at = room.before..room.before + packet.len();
    let outer = seal_in_place(sender, udp, NOW, &mut buffer, at).unwrap();
    assert_eq!(outer, 0..buffer.len());
    buffer
}

fn opened(receiver: &mut EspReceiver, mut packet: Vec<u8>, udp: bool) -> Vec<u8> {
    let head = split(&packet).unwrap().head;
    let esp = head + if udp { UDP } else { 0 };
    let received = receiver.open_in_place(NOW, &mut packet[esp..]).unwrap();
    let payload = esp + received.payload.start..esp + received.payload.end;
    let at = restore(&mut packet, head, received.next_header, payload).unwrap();
    packet[at].to_vec()
}

#[test]
fn there_and_back() {
    let nat = UdpPorts {
        local: 4500,
        remote: 4500,
    };
    for udp in [None, Some(nat)] {
        for packet in [v4(), v6()] {
            let (mut sender, mut receiver) = halves();
            let outer = sealed(&mut sender, udp, &packet);
            let read = Packet::decode(&outer).unwrap();
            let protocol = udp.map_or(Protocol::ESP, |_| Protocol::UDP);
            assert_eq!(read.protocol(), protocol);
            assert!(read.trailing().is_empty());
            if let Packet::V4(v4) = read {
                assert_eq!(v4.verify_checksum(), Verdict::Good);
            }
            assert_eq!(opened(&mut receiver, outer, udp.is_some()), packet);
        }
    }
}

/// What routers look at stays in front, destination options are protected.
#[test]
fn esp_stands_behind_what_routers_read() {
    let outer = sealed(&mut halves().0, None, &v6());
    let Packet::V6(read) = Packet::decode(&outer).unwrap() else {
        panic!("not IPv6");
    };
    assert_eq!(
        (read.extensions.as_bytes().len(), read.upper),
        (16, Protocol::ESP)
    );
}

#[test]
fn fragments_stay_outside() {
    let mut fragment = v4();
    fragment[6] = 0x20;
    let mut buffer = fragment.clone();
    let all = 0..buffer.len();
    let (mut sender, _) = halves();
    let result = seal_in_place(&mut sender, None, NOW, &mut buffer, all.clone());
    assert_eq!(result, Err(TransportError::Fragment));
    let mut whole = v4();
    let no_room = seal_in_place(&mut sender, None, NOW, &mut whole, all);
    assert!(matches!(no_room, Err(TransportError::NoRoom(_))));
    assert_eq!((sender.sent(), whole), (0, v4()));
    sender.skip(u64::MAX);
    let mut buffer = alloc::vec![0; 16];
    buffer.extend(v4());
    buffer.resize(100, 0);
    let at = 16..16 + v4().len();
    let used_up = seal_in_place(&mut sender, None, NOW, &mut buffer, at.clone());
    assert_eq!(used_up, Err(TransportError::Seal(SealError::Exhausted)));
    assert_eq!(buffer[at], v4());
}

/// The receiver sees the address that the NAT gave the sender; the checksum
/// was made with its own.
#[test]
fn checksums_behind_a_nat() {
    let own: (IpAddr, IpAddr) = (HOSTS[0].into(), HOSTS[1].into());
    let good = |packet: &[u8]| {
        let read = Packet::decode(packet).unwrap();
        let udp = Udp::decode(read.payload()).unwrap();
        udp.verify_checksum(read.source(), read.destination()) == Verdict::Good
    };
    let mut packet = v4();
    packet[12..16].copy_from_slice(&[203, 0, 113, 7]);
    assert!(!good(&packet));
    assert!(mend_checksum(&mut packet, own));
    assert!(good(&packet));
    let mut none = v4();
    none[26..28].fill(0);
    assert!(!mend_checksum(&mut none, own));
    for other in [&v6()[..], b"", &[0x45; 19]] {
        assert!(!mend_checksum(&mut other.to_vec(), own));
    }
}

#[test]
fn what_is_no_packet_is_not_restored() {
    let mut packet = v4();
    for (head, payload) in [(19, 28..30), (20, 10..30), (20, 30..4000)] {
        let result = restore(&mut packet, head, Protocol::UDP, payload);
        assert!(result.is_err());
    }
    let dummy = restore(&mut packet, 20, Protocol::IPV6_NO_NEXT, 28..30);
    assert_eq!(dummy, Err(TransportError::Dummy));
}

/// A sender may put ESP behind destination options too (RFC 4302 §3.1.1 and
/// RFC 4303 §3.1.1 allow both places).
#[test]
fn what_stands_behind_destination_options_is_restored() {
    let whole = v6();
    let (mut sender, mut receiver) = halves();
    let room = sender.room(0);
    let mut packet = whole.clone();
    packet.resize(whole.len() + room.before + room.after, 0);
    let at = whole.len() + room.before..whole.len() + room.before;
    let esp = sender.seal_in_place(NOW, Protocol::UDP, &mut packet, at);
    let esp = esp.unwrap().start;
    assert_eq!(esp, whole.len());
    let total = u16::try_from(packet.len()).unwrap();
    reseal(&mut packet, 56, Protocol::ESP, total);
    let received = receiver.open_in_place(NOW, &mut packet[esp..]).unwrap();
    let payload = esp + received.payload.start..esp + received.payload.end;
    let at = restore(&mut packet, esp, received.next_header, payload).unwrap();
    let mut expected = whole;
    expected[56] = Protocol::UDP.0;
    assert_eq!(packet[at], expected);
    let nowhere = restore(&mut packet, esp - 4, Protocol::UDP, 60..60);
    assert_eq!(nowhere, Err(TransportError::NotIp));
}
