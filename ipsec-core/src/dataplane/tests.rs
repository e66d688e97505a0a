use super::*;
use crate::crypto::{Secret, rustcrypto, suite};
use crate::esp::ah::{AhReceiver, AhSender};
use crate::esp::authentication::AhTransform;
use crate::esp::sa::{EspReceiver, EspSender};
use crate::esp::transform::{EspTransform, Integrity};
use crate::esp::tunnel::{Tunnel, UdpPorts};
use crate::sa::lifetime::{Lifetime, Limits};
use crate::sa::selector::Selector;
use crate::sa::sequence::Numbers;
use crate::sa::spd::Policy;
use crate::wire::checksum::Verdict;
use crate::wire::icmp::Icmp;
use crate::wire::ip::Ipv4;
use crate::wire::registry::ike::{Encryption, Integrity as Mac};
use proptest::prelude::*;

const NOW: Instant = Instant::ZERO;
const LEFT: [u8; 4] = [192, 0, 2, 1];
const RIGHT: [u8; 4] = [198, 51, 100, 1];

/// The two SAs of a pair, as the left end has them, or the right one.
fn esp(left: bool) -> Protection {
    let transform = || {
        let (key, none) = (Secret::new(alloc::vec![7; 20]), Secret::new(Vec::new()));
        let gcm = Encryption::ENCR_AES_GCM_16;
        EspTransform::new(rustcrypto::provider(), gcm, Integrity::None, &key, &none).unwrap()
    };
    let (ours, theirs) = if left { (1000, 2000) } else { (2000, 1000) };
    Protection::Esp {
        sender: EspSender::new(theirs, transform(), Numbers::Short, life()),
        receiver: EspReceiver::new(ours, transform(), Numbers::Short, 64, life()),
    }
}

fn ah(left: bool) -> Protection {
    let transform = || {
        let mac = suite::integrity(Mac::AUTH_HMAC_SHA1_96).unwrap();
        let key = Secret::new(alloc::vec![7; mac.key]);
        AhTransform::new(rustcrypto::provider(), mac, &key).unwrap()
    };
    let (ours, theirs) = if left { (1000, 2000) } else { (2000, 1000) };
    Protection::Ah {
        sender: AhSender::new(theirs, transform(), Numbers::Short, life()),
        receiver: AhReceiver::new(ours, transform(), Numbers::Short, 64, life()),
    }
}

fn life() -> Lifetime {
    Lifetime::new(NOW, Limits::NONE, Limits::NONE)
}

fn traffic(local: &str, remote: &str) -> Traffic {
    let net = |text: &str| Selector::new(text.parse().unwrap());
    Traffic {
        local: net(local),
        remote: net(remote),
    }
}

fn lans(left: bool) -> Traffic {
    match left {
        true => traffic("10.1.0.0/16", "10.2.0.0/16"),
        false => traffic("10.2.0.0/16", "10.1.0.0/16"),
    }
}

fn tunnel(left: bool) -> Tunnel {
    let (here, there) = if left { (LEFT, RIGHT) } else { (RIGHT, LEFT) };
    Tunnel::new(here.into(), there.into()).unwrap()
}

fn plane(left: bool) -> DataPlane<()> {
    let all = traffic("0.0.0.0/0", "0.0.0.0/0");
    let dns = Traffic {
        remote: all.remote.with_protocol(17),
        ..all
    };
    let policies = Vec::from([
        Policy::new("lans", Vec::from([lans(left)]), Action::Protect(())),
        Policy::new("no dns", Vec::from([dns]), Action::Discard),
        Policy::new("rest", Vec::from([all]), Action::Bypass).one_way(Direction::Out),
    ]);
    DataPlane::new(Spd::new(policies).unwrap(), 10)
}

fn with(left: bool, protection: Protection, carriage: Carriage) -> DataPlane<()> {
    let mut plane = plane(left);
    plane
        .install(NOW, child(left, protection, carriage))
        .unwrap();
    plane
}

fn child(left: bool, protection: Protection, carriage: Carriage) -> Child {
    Child::new(0, Vec::from([lans(left)]), protection, carriage)
}

fn packet(from: [u8; 4], to: [u8; 4], protocol: Protocol, data: usize) -> Vec<u8> {
    let payload = alloc::vec![9; data];
    let mut packet = Ipv4::new(from.into(), to.into(), protocol, &payload);
    packet.flags = Ipv4::DONT_FRAGMENT;
    let mut bytes = Vec::new();
    packet.sealed().encode(&mut bytes);
    bytes.extend(&payload);
    bytes
}

fn inner(data: usize) -> Vec<u8> {
    packet([10, 1, 0, 1], [10, 2, 0, 1], Protocol::TCP, data)
}

#[expect(clippy::result_large_err, reason = "a test compares it")]
fn sent(plane: &mut DataPlane<()>, packet: &[u8]) -> Result<Vec<u8>, Outbound> {
    let mut buffer = alloc::vec![0xee; HEADROOM];
    buffer.extend(packet);
    buffer.resize(buffer.len() + TAILROOM, 0xee);
    let at = HEADROOM..HEADROOM + packet.len();
    let done = plane.outbound(NOW, &mut buffer, at);
    if let Outbound::Protected(outer) = done {
        return Ok(buffer[outer].to_vec());
    }
    Err(done)
}

fn received(plane: &mut DataPlane<()>, packet: &[u8]) -> Result<Vec<u8>, Inbound> {
    let mut buffer = packet.to_vec();
    let done = plane.inbound(NOW, &mut buffer, 0..packet.len());
    if let Inbound::Opened { packet, .. } = done {
        return Ok(buffer[packet].to_vec());
    }
    Err(done)
}

#[test]
fn from_lan_to_lan_in_every_way() {
    let in_udp = |left| {
        Carriage::Tunnel(tunnel(left).with_udp(UdpPorts {
            local: 4500,
            remote: 4500,
        }))
    };
    let behind = |_| Carriage::Transport {
        udp: None,
        original: None,
    };
    let in_tunnel = |left| Carriage::Tunnel(tunnel(left));
    type Half = (fn(bool) -> Protection, fn(bool) -> Carriage);
    let ways: [Half; 5] = [
        (esp, in_tunnel),
        (esp, in_udp),
        (esp, behind),
        (ah, in_tunnel),
        (ah, behind),
    ];
    for (protection, carriage) in ways {
        let [mut left, mut right] =
            [true, false].map(|end| with(end, protection(end), carriage(end)));
        for data in [0, 1, 100] {
            let outer = sent(&mut left, &inner(data)).unwrap();
            assert_eq!(received(&mut right, &outer).unwrap(), inner(data));
            let again = received(&mut right, &outer);
            assert!(matches!(
                again,
                Err(Inbound::Dropped(Dropped::Unprotect(_)))
            ));
        }
        assert_eq!((left.counts().protected, right.counts().opened), (3, 3));
        assert_eq!(right.counts().dropped, 3);
    }
}

#[test]
fn policies_decide_on_the_way_out() {
    let mut plane = plane(true);
    let outside = |protocol| packet([10, 1, 0, 1], [203, 0, 113, 1], protocol, 8);
    let asked = sent(&mut plane, &inner(8));
    let Err(Outbound::Acquire {
        policy: 0,
        traffic,
        flow,
    }) = asked
    else {
        panic!("{asked:?}");
    };
    assert_eq!(traffic, lans(true));
    assert_eq!(flow.local.to_string(), "10.1.0.1");
    assert_eq!(
        sent(&mut plane, &outside(Protocol::TCP)),
        Err(Outbound::Bypassed)
    );
    let dropped = sent(&mut plane, &outside(Protocol::UDP));
    let Err(Outbound::Answered { why, reply }) = dropped else {
        panic!("{dropped:?}");
    };
    assert_eq!(why, Dropped::Discarded { policy: Some(1) });
    let reply = Ipv4::decode(&reply).unwrap();
    let icmp = Icmp::decode(reply.payload).unwrap();
    assert_eq!((icmp.kind.0, icmp.code), (3, 13));
    assert_eq!(reply.destination.octets(), [10, 1, 0, 1]);
    let no_ip = sent(&mut plane, b"no packet");
    assert_eq!(no_ip, Err(Outbound::Dropped(Dropped::NotIp)));
    assert_eq!((plane.counts().acquires, plane.counts().bypassed), (1, 1));
}

/// RFC 4301 §5.2: what must be protected does not come in the clear, nor out
/// of another SA.
#[test]
fn nothing_comes_in_by_the_wrong_way() {
    let carriage = |left| Carriage::Tunnel(tunnel(left));
    let mut right = with(false, esp(false), carriage(false));
    let clear = received(&mut right, &inner(8));
    assert_eq!(clear, Err(Inbound::Dropped(Dropped::Clear { policy: 0 })));
    // The sender lets more into the tunnel than the receiver's SA is for.
    let wide = traffic("10.0.0.0/8", "10.0.0.0/8");
    let policies = Vec::from([Policy::new("wide", Vec::from([wide]), Action::Protect(()))]);
    let mut left = DataPlane::new(Spd::new(policies).unwrap(), 10);
    let wider = Child::new(0, Vec::from([wide]), esp(true), carriage(true));
    let other = left.install(NOW, wider).unwrap();
    let spoofed = packet([10, 9, 0, 1], [10, 2, 0, 1], Protocol::TCP, 8);
    let outer = sent(&mut left, &spoofed).unwrap();
    let refused = received(&mut right, &outer);
    let child = right.children.iter().next().unwrap().0;
    assert_eq!(
        refused,
        Err(Inbound::Dropped(Dropped::NotItsTraffic { child }))
    );
    assert!(left.remove(other).is_some());
    left = with(true, esp(true), carriage(true));
    let mut unknown = sent(&mut left, &inner(8)).unwrap();
    unknown[20..24].copy_from_slice(&[0, 0, 9, 9]);
    let spi = 0x909;
    let refused = received(&mut right, &unknown);
    assert_eq!(refused, Err(Inbound::Dropped(Dropped::UnknownSpi { spi })));
    let mut fragment = sent(&mut left, &inner(8)).unwrap();
    fragment[6] = 0x20;
    let refused = received(&mut right, &fragment);
    assert_eq!(refused, Err(Inbound::Dropped(Dropped::Fragment)));
}

#[test]
fn ike_and_keepalives_are_not_for_here() {
    let mut plane = plane(true);
    for payload in [&[0, 0, 0, 0, 1, 2][..], &[0xff]] {
        let len = u8::try_from(8 + payload.len()).unwrap();
        let datagram = [&[0x11, 0x94, 0x11, 0x94, 0, len, 0, 0], payload].concat();
        let mut bytes = Vec::new();
        Ipv4::new(RIGHT.into(), LEFT.into(), Protocol::UDP, &datagram).encode(&mut bytes);
        bytes.extend(&datagram);
        assert_eq!(received(&mut plane, &bytes), Err(Inbound::Control));
    }
}

/// While keys are renewed both pairs receive, and the newer one sends.
#[test]
fn the_newest_sends_and_all_receive() {
    let carriage = |left| Carriage::Tunnel(tunnel(left));
    let mut left = with(true, esp(true), carriage(true));
    let mut right = with(false, esp(false), carriage(false));
    let old = sent(&mut left, &inner(8)).unwrap();
    let renewed = |left: bool| {
        let transform = || {
            let (key, none) = (Secret::new(alloc::vec![8; 20]), Secret::new(Vec::new()));
            let gcm = Encryption::ENCR_AES_GCM_16;
            EspTransform::new(rustcrypto::provider(), gcm, Integrity::None, &key, &none).unwrap()
        };
        let (ours, theirs) = if left { (1001, 2001) } else { (2001, 1001) };
        let protection = Protection::Esp {
            sender: EspSender::new(theirs, transform(), Numbers::Short, life()),
            receiver: EspReceiver::new(ours, transform(), Numbers::Short, 64, life()),
        };
        child(left, protection, carriage(left))
    };
    let first = right.children.iter().next().unwrap().0;
    right.install(NOW, renewed(false)).unwrap();
    left.install(NOW, renewed(true)).unwrap();
    let new = sent(&mut left, &inner(8)).unwrap();
    assert_eq!(new[20..24], 2001_u32.to_be_bytes());
    assert!(received(&mut right, &new).is_ok());
    assert!(received(&mut right, &old).is_ok());
    assert!(right.remove(first).is_some());
    assert!(right.remove(first).is_none());
    let refused = received(&mut right, &old);
    assert_eq!(
        refused,
        Err(Inbound::Dropped(Dropped::UnknownSpi { spi: 2000 }))
    );
    let taken = left.install(NOW, renewed(true));
    let key = renewed(true).key();
    assert_eq!(taken, Err(NotInstalled::Taken { key }));
    assert!(!left.is_free(&key));
}

/// The sizes that [`crate::esp::overhead`] predicts, and what the sender of a
/// larger packet is told.
#[test]
fn what_is_too_long_is_told() {
    let mut left = with(true, esp(true), Carriage::Tunnel(tunnel(true)));
    let handle = left.children.iter().next().unwrap().0;
    assert_eq!(
        left.children.get(handle).unwrap().inner_mtu(1500, false),
        1446
    );
    assert_eq!(sent(&mut left, &inner(1426)).unwrap().len(), 1500);
    let told = sent(&mut left, &inner(1427));
    let Err(Outbound::Answered { why, reply }) = told else {
        panic!("{told:?}");
    };
    assert_eq!(why, Dropped::TooBig { mtu: 1446 });
    let reply = Ipv4::decode(&reply).unwrap();
    assert_eq!(reply.destination.octets(), [10, 1, 0, 1]);
    let icmp = Icmp::decode(reply.payload).unwrap();
    assert_eq!(
        (icmp.mtu(), icmp.verify_checksum()),
        (Some(1446), Verdict::Good)
    );
    let mut may_be_cut = inner(1480);
    may_be_cut[6] = 0;
    let sum = crate::wire::checksum::updated(
        u16::from_be_bytes([may_be_cut[10], may_be_cut[11]]),
        0x4000,
        0,
    );
    may_be_cut[10..12].copy_from_slice(&sum.to_be_bytes());
    assert!(sent(&mut left, &may_be_cut).is_ok());
}

/// A router quotes the head of our packet; who else would, is not believed.
#[test]
fn routers_tell_of_narrow_paths() {
    let mut left = with(true, esp(true), Carriage::Tunnel(tunnel(true)));
    let handle = left.children.iter().next().unwrap().0;
    let outer = sent(&mut left, &inner(1400)).unwrap();
    let mut other = outer.clone();
    other[19] = 77;
    assert_eq!(left.told_too_big(NOW, &other[..28], 1400), None);
    assert_eq!(left.told_too_big(NOW, &outer[..28], 1400), Some(handle));
    assert_eq!(left.told_too_big(NOW, &outer[..28], 1450), None);
    let refused = sent(&mut left, &inner(1400));
    assert!(matches!(refused, Err(Outbound::Answered { .. })));
    for quoted in [&outer[..20], &outer[..4], b""] {
        assert_eq!(left.told_too_big(NOW, quoted, 600), None);
    }
}

proptest! {
    /// Garbage of every length, plain and where a packet of an SA would be.
    #[test]
    fn no_packet_panics(
        garbage in prop::collection::vec(any::<u8>(), 0..200),
        shaped in any::<bool>(),
        protocol in prop::sample::select(alloc::vec![Protocol::ESP, Protocol::AH, Protocol::UDP]),
    ) {
        let mut right = with(false, esp(false), Carriage::Tunnel(tunnel(false)));
        let mut bytes = Vec::new();
        if shaped {
            Ipv4::new(LEFT.into(), RIGHT.into(), protocol, &garbage).encode(&mut bytes);
        }
        bytes.extend(&garbage);
        prop_assert!(received(&mut right, &bytes).is_err());
        let _ = sent(&mut right, &bytes);
        let _ = right.told_too_big(NOW, &bytes, 0);
    }
}
