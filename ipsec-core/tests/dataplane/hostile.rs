//! Packets that nobody should have sent.

use super::*;
use ipsec_core::dataplane::{Dropped, Job, UnprotectError};
use ipsec_core::esp::sa::OpenError;
use ipsec_core::esp::tunnel::UnwrapError;
use ipsec_core::sa::sequence::Refusal;
use proptest::prelude::*;

fn refusal(done: &Inbound) -> Option<Refusal> {
    match done {
        Inbound::Dropped(Dropped::Unprotect(UnprotectError::Open(OpenError::Number(why)))) => {
            Some(*why)
        }
        _ => None,
    }
}

/// Garbage of every length, plain and where a packet of an SA would be: each
/// gets an answer, and none is opened.
#[test]
fn garbage_of_every_length() {
    let mut right = gateway(false);
    let fills: [fn(usize) -> u8; 4] = [
        |_| 0,
        |_| 0xff,
        |at| u8::try_from(at * 37 % 251).unwrap(),
        |at| if at < 4 { SPI.to_be_bytes()[at] } else { 0x45 },
    ];
    let mut asked = 0;
    for len in 0..=200 {
        for fill in fills {
            let garbage: Vec<u8> = (0..len).map(fill).collect();
            let mut shapes = vec![garbage.clone()];
            for protocol in [Protocol::ESP, Protocol::AH] {
                shapes.push(v4(LEFT, RIGHT, protocol, &garbage));
            }
            let udp = [&[0x11, 0x94, 0x11, 0x94, 0, 0, 0, 0], &garbage[..]].concat();
            shapes.push(v4(LEFT, RIGHT, Protocol::UDP, &udp));
            let mut v6 = vec![0x60, 0, 0, 0, 0, u8::try_from(len).unwrap(), 50, 64];
            v6.extend([0x20; 32]);
            v6.extend(&garbage);
            shapes.push(v6);
            for packet in shapes {
                let (done, _) = received(&mut right, &packet);
                assert!(!matches!(done, Inbound::Opened { .. }), "{done:?}");
                let _ = right.told_too_big(NOW, &packet, 0);
                let _ = right.passing(NOW, &packet);
                asked += 2;
            }
        }
    }
    let counts = right.counts();
    let all = counts.dropped + counts.control + counts.bypassed;
    assert_eq!((counts.opened, all), (0, asked));
}

/// Whatever bit of the protected part is another: dropped, and the packet as it
/// was is taken afterwards.
#[test]
fn every_bit_counts() {
    let mut right = gateway(false);
    let packet = protected(&mut gateway(true), &inner());
    for at in 20..packet.len() {
        for bit in 0..8 {
            let mut spoilt = packet.clone();
            spoilt[at] ^= 1 << bit;
            let (done, _) = received(&mut right, &spoilt);
            assert!(matches!(done, Inbound::Dropped(_)), "{at} {bit}: {done:?}");
        }
    }
    assert_eq!(opened(&mut right, &packet), inner());
}

#[test]
fn numbers() {
    let mut right = gateway(false);
    let packet = |number| sealed(number, Protocol::IPV4, &inner());
    let took = |right: &mut DataPlane<()>, number| {
        let (done, _) = received(right, &packet(number));
        match refusal(&done) {
            Some(why) => Err(why),
            None if matches!(done, Inbound::Opened { .. }) => Ok(()),
            None => panic!("{number}: {done:?}"),
        }
    };
    assert_eq!(took(&mut right, 0), Err(Refusal::Zero));
    assert_eq!(took(&mut right, 1), Ok(()));
    assert_eq!(took(&mut right, 1), Err(Refusal::Replayed));
    // Far ahead, and what is then far behind.
    assert_eq!(took(&mut right, 1 << 31), Ok(()));
    assert_eq!(took(&mut right, (1 << 31) - 63), Ok(()));
    // Behind the window the upper half is taken for the next one.
    let (done, _) = received(&mut right, &packet(2));
    assert!(matches!(done, Inbound::Dropped(Dropped::Unprotect(_))));
    // Over 2³²: the lower half begins anew.
    for number in [u64::from(u32::MAX), 1 << 32, (1 << 32) + 1] {
        assert_eq!(took(&mut right, number), Ok(()));
    }
    assert_eq!(took(&mut right, 1 << 32), Err(Refusal::Replayed));
    assert_eq!(took(&mut right, u64::from(u32::MAX) - 1), Ok(()));
}

/// Padding that says to be longer than all there is, under a right check value.
#[test]
fn padding_beyond_the_packet() {
    let gcm = suite::encryption(Encryption::ENCR_AES_GCM_16).unwrap();
    let key = rustcrypto::provider().aead(gcm).unwrap();
    let key = key.with_key(&[7; 20]).unwrap();
    let mut right = gateway(false);
    for (number, padding) in (1_u32..).zip([3_u8, 4, 100, 255]) {
        let (mut text, mut icv) = (vec![1, padding, padding, 4], [0; 16]);
        let iv = [0, 0, 0, 0, 0, 0, 0, 9];
        let (spi, number) = (SPI.to_be_bytes(), number.to_be_bytes());
        let aad: [&[u8]; 3] = [&spi, &[0; 4], &number];
        key.seal(&iv, &aad, &mut text, &mut icv).unwrap();
        let esp = [&spi[..], &number, &iv, &text, &icv].concat();
        let (done, _) = received(&mut right, &v4(LEFT, RIGHT, Protocol::ESP, &esp));
        let Inbound::Dropped(Dropped::Unprotect(UnprotectError::Open(why))) = done else {
            panic!("{done:?}");
        };
        assert!(matches!(why, OpenError::Packet(_)), "{why:?}");
    }
}

/// RFC 4301 §5.2: what an authentic peer may not send.
#[test]
fn what_is_inside_is_judged() {
    let mut right = gateway(false);
    let own = only(&right);
    let tunnel = |why| Dropped::Unprotect(UnprotectError::Tunnel(why));
    let stranger = Dropped::NotItsTraffic { child: own };
    let changed = |at: usize, byte| {
        let mut packet = inner();
        packet[at] = byte;
        packet
    };
    let mut v6 = vec![0x60, 0, 0, 0, 0, 0, 59, 64];
    v6.extend([0x20; 32]);
    let cases = [
        (
            "longer than it is",
            4,
            changed(3, 200),
            tunnel(UnwrapError::NotIp),
        ),
        (
            "shorter than its head",
            4,
            changed(3, 19),
            tunnel(UnwrapError::NotIp),
        ),
        (
            "a short head",
            4,
            changed(0, 0x44),
            tunnel(UnwrapError::NotIp),
        ),
        (
            "a head beyond it",
            4,
            changed(0, 0x4f),
            tunnel(UnwrapError::NotIp),
        ),
        (
            "no version",
            4,
            changed(0, 0x55),
            tunnel(UnwrapError::NotIp),
        ),
        ("nothing", 4, vec![], tunnel(UnwrapError::NotIp)),
        (
            "of another version",
            4,
            v6.clone(),
            tunnel(UnwrapError::NotIp),
        ),
        (
            "of another version",
            41,
            inner(),
            tunnel(UnwrapError::NotIp),
        ),
        ("another protocol", 17, inner(), tunnel(UnwrapError::NotIp)),
        ("a dummy", 59, vec![0; 40], tunnel(UnwrapError::Dummy)),
        ("no selector of IPv6", 41, v6, stranger),
        (
            "a source of another's",
            4,
            v4([10, 9, 0, 1], B, Protocol::UDP, &udp(1, 2)),
            stranger,
        ),
        (
            "our own source",
            4,
            v4(B, B, Protocol::UDP, &udp(1, 2)),
            stranger,
        ),
        (
            "to another",
            4,
            v4(A, [8, 8, 8, 8], Protocol::UDP, &udp(1, 2)),
            stranger,
        ),
    ];
    let count = u64::try_from(cases.len()).unwrap();
    for (number, (what, next_header, payload, why)) in (1..).zip(cases) {
        let (done, _) = received(&mut right, &sealed(number, Protocol(next_header), &payload));
        assert_eq!(done, Inbound::Dropped(why), "{what}");
    }
    assert_eq!(right.counts().dropped, count);
    // The rest of the head is in order, so the SA goes on.
    let packet = sealed(100, Protocol::IPV4, &inner());
    assert_eq!(opened(&mut right, &packet), inner());
}

/// RFC 4301 §4.4.1: a policy that stands before the SA's own holds for what
/// comes by the SA as well.
#[test]
fn no_way_round_an_earlier_policy() {
    let telnet = |left| Traffic {
        local: lans(left).local.with_protocol(6),
        ..lans(left)
    };
    let forbidden = Policy::new("no tcp", vec![telnet(false)], Action::Discard);
    let mut right = plane(vec![forbidden, policy("lans", lans(false))]);
    let tunnel = Tunnel::new(RIGHT.into(), LEFT.into()).unwrap();
    let protection = Protection::Esp {
        sender: EspSender::new(1000, transform(), Numbers::Extended, life()),
        receiver: EspReceiver::new(SPI, transform(), Numbers::Extended, 64, life()),
    };
    let own = Child::new(1, vec![lans(false)], protection, Carriage::Tunnel(tunnel));
    let handle = right.install(NOW, own).unwrap();
    let packet = sealed(1, Protocol::IPV4, &v4(A, B, Protocol::TCP, &[0; 20]));
    let (done, _) = received(&mut right, &packet);
    let why = Dropped::NotItsTraffic { child: handle };
    assert_eq!(done, Inbound::Dropped(why));
    let packet = sealed(2, Protocol::IPV4, &inner());
    assert_eq!(opened(&mut right, &packet), inner());
}

/// The SA ends between two packets of a batch.
#[test]
fn the_end_comes_in_mid_batch() {
    let hard = Limits {
        packets: Some(3),
        ..Limits::NONE
    };
    let life = Lifetime::new(NOW, Limits::NONE, hard);
    let mut left = plane(vec![policy("lans", lans(true))]);
    left.install(NOW, child(true, lans(true), Numbers::Extended, life))
        .unwrap();
    let mut right = plane(vec![policy("lans", lans(false))]);
    right
        .install(NOW, child(false, lans(false), Numbers::Extended, life))
        .unwrap();
    let mut buffers: Vec<Vec<u8>> = (0..5)
        .map(|_| [vec![0; HEADROOM], inner(), vec![0; TAILROOM]].concat())
        .collect();
    let at = HEADROOM..HEADROOM + inner().len();
    let jobs = buffers.iter_mut().map(|buffer| Job {
        buffer,
        packet: at.clone(),
    });
    let mut jobs: Vec<Job<'_>> = jobs.collect();
    let mut done = Vec::new();
    left.outbound_batch(NOW, &mut jobs, &mut done);
    let kinds = |done: &Outbound| match done {
        Outbound::Protected(_) => 'p',
        Outbound::Acquire { .. } => 'a',
        _ => '?',
    };
    assert_eq!(done.iter().map(kinds).collect::<String>(), "pppaa");
    let mut packets: Vec<Vec<u8>> = (1..=5)
        .map(|number| sealed(number, Protocol::IPV4, &inner()))
        .collect();
    let jobs = packets.iter_mut().map(|packet| Job {
        packet: 0..packet.len(),
        buffer: packet,
    });
    let mut jobs: Vec<Job<'_>> = jobs.collect();
    let mut done = Vec::new();
    right.inbound_batch(NOW, &mut jobs, &mut done);
    let over = UnprotectError::Open(OpenError::Over);
    let over = Inbound::Dropped(Dropped::Unprotect(over));
    assert!(
        done[..3]
            .iter()
            .all(|done| matches!(done, Inbound::Opened { .. }))
    );
    assert_eq!(done[3..], [over.clone(), over]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// One by one or at once: the same answers, bytes and counts.
    #[test]
    fn a_batch_is_its_packets(numbers in prop::collection::vec((1_u64..6, any::<bool>()), 0..12)) {
        let packets: Vec<Vec<u8>> = numbers
            .into_iter()
            .map(|(number, whole)| {
                let mut packet = sealed(number, Protocol::IPV4, &inner());
                if !whole {
                    *packet.last_mut().unwrap() ^= 1;
                }
                packet
            })
            .collect();
        let (mut one, mut all) = (gateway(false), gateway(false));
        let mut alone = packets.clone();
        let expected: Vec<Inbound> = alone
            .iter_mut()
            .map(|packet| {
                let whole = 0..packet.len();
                one.inbound(NOW, packet, whole)
            })
            .collect();
        let mut together = packets;
        let mut jobs: Vec<Job<'_>> = together
            .iter_mut()
            .map(|packet| Job { packet: 0..packet.len(), buffer: packet })
            .collect();
        let mut done = Vec::new();
        all.inbound_batch(NOW, &mut jobs, &mut done);
        prop_assert_eq!(done, expected);
        prop_assert_eq!(together, alone);
        prop_assert_eq!(all.counts(), one.counts());
    }

    /// The newest SA whose traffic holds the packet sends, whatever ranges the
    /// SAs are for.
    #[test]
    fn the_newest_that_fits_sends(
        ranges in prop::collection::vec((any::<u8>(), any::<u8>()), 0..12),
        asked in prop::collection::vec(any::<u8>(), 1..12),
        gone in any::<u8>(),
    ) {
        let mut plane = plane(vec![policy("lans", lans(true))]);
        let mut known = Vec::new();
        for (n, (a, b)) in (0_u32..).zip(ranges) {
            let text = format!("10.2.0.{}-10.2.0.{}", a.min(b), a.max(b));
            let traffic = Traffic { remote: net(&text), ..lans(true) };
            let protection = Protection::Esp {
                sender: EspSender::new(5000 + n, transform(), Numbers::Short, life()),
                receiver: EspReceiver::new(6000 + n, transform(), Numbers::Short, 64, life()),
            };
            let tunnel = Tunnel::new(LEFT.into(), RIGHT.into()).unwrap();
            let pair = Child::new(0, vec![traffic], protection, Carriage::Tunnel(tunnel));
            known.push((a.min(b)..=a.max(b), 5000 + n, plane.install(NOW, pair).unwrap()));
        }
        if !known.is_empty() {
            let (_, _, handle) = known.remove(usize::from(gone) % known.len());
            prop_assert!(plane.remove(handle).is_some());
        }
        for last in asked {
            let packet = v4(A, [10, 2, 0, last], Protocol::UDP, &udp(1, 2));
            let newest = known.iter().rev().find(|(range, ..)| range.contains(&last));
            let (done, bytes) = sent(&mut plane, &packet);
            match newest {
                Some((_, spi, _)) => prop_assert_eq!(&bytes[20..24], &spi.to_be_bytes()),
                None => {
                    let asks = matches!(done, Outbound::Acquire { .. });
                    prop_assert!(asks);
                }
            }
        }
    }
}
