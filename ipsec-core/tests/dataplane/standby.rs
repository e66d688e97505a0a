//! A standby takes over (RFC 6311).

use super::*;
use ipsec_core::dataplane::{NotInstalled, RestoreError, TakeOver};
use ipsec_core::esp::ah::{AhReceiver, AhSender};
use ipsec_core::sa::path_mtu::PathMtu;
use ipsec_core::time::Duration;
use ipsec_core::wire::registry::ike;
use proptest::prelude::*;

const NONE: TakeOver = TakeOver {
    sent: 0,
    received: 0,
};

fn restored(bytes: &[u8], left: bool, over: TakeOver) -> Result<DataPlane<()>, RestoreError> {
    let mut plane = plane(vec![policy("lans", lans(left))]);
    // The clock of another node.
    let now = Instant::from_seconds(5, 0);
    plane.restore(now, rustcrypto::provider(), bytes, over)?;
    Ok(plane)
}

/// It sends behind every number that may have been used, and what was received
/// stays received.
#[test]
fn the_standby_goes_on() {
    let (mut left, mut right) = (gateway(true), gateway(false));
    let early: Vec<Vec<u8>> = (0..5).map(|_| protected(&mut left, &inner())).collect();
    for packet in &early {
        opened(&mut right, packet);
    }
    let snapshot = left.dangerous_snapshot(NOW);
    assert!(snapshot.left_out.is_empty());
    let late = protected(&mut left, &inner());
    opened(&mut right, &late);
    let jump = TakeOver {
        sent: 1000,
        received: 0,
    };
    let mut standby = restored(snapshot.bytes.dangerous_bytes(), true, jump).unwrap();
    let next = protected(&mut standby, &inner());
    assert_eq!(next[24..28], 1006_u32.to_be_bytes());
    assert_eq!(opened(&mut right, &next), inner());
    // The other way: the standby of the receiver.
    let snapshot = right.dangerous_snapshot(NOW);
    let bytes = snapshot.bytes.dangerous_bytes();
    let mut standby = restored(bytes, false, NONE).unwrap();
    for packet in early.iter().chain([&late, &next]) {
        let (done, _) = received(&mut standby, packet);
        assert!(matches!(done, Inbound::Dropped(_)), "{done:?}");
    }
    let ahead = TakeOver {
        sent: 0,
        received: 100,
    };
    let mut careful = restored(bytes, false, ahead).unwrap();
    for (number, taken) in [(1050, false), (1106, false), (1107, true)] {
        let packet = sealed(number, Protocol::IPV4, &inner());
        let (done, _) = received(&mut careful, &packet);
        assert_eq!(matches!(done, Inbound::Opened { .. }), taken, "{number}");
    }
}

/// All that a pair of SAs has comes back, so the same bytes can be taken again.
#[test]
fn nothing_is_lost() {
    use ipsec_core::esp::tunnel::{DontFragment, Dscp, Ecn, UdpPorts};
    let limits = Limits {
        time: Some(Duration::from_secs(3600)),
        bytes: Some(1 << 40),
        packets: None,
    };
    let life = Lifetime::new(NOW, limits.share(80, 0, 0), limits).with_idle(Duration::from_secs(9));
    let tunnel = Tunnel::new(
        "2001:db8::1".parse().unwrap(),
        "2001:db8::2".parse().unwrap(),
    );
    let tunnel = tunnel.unwrap().with_udp(UdpPorts {
        local: 4500,
        remote: 31000,
    });
    let tunnel = tunnel
        .with_dscp(Dscp::Fixed(10))
        .with_dont_fragment(DontFragment::Set);
    let tunnel = tunnel.with_ecn(Ecn::Compatible);
    let esp = |n: u32| Protection::Esp {
        sender: EspSender::new(5000 + n, transform(), Numbers::Short, life),
        receiver: EspReceiver::new(6000 + n, transform(), Numbers::Extended, 2048, life),
    };
    let fully = Child::new(
        0,
        vec![lans(true), lans(false)],
        esp(1),
        Carriage::Tunnel(tunnel),
    );
    let fully = fully.with_path(PathMtu::v6(1400).with_age(Duration::from_secs(60)));
    let fully = fully.with_dscp([10, 46]).with_fragments().with_cut_before();
    let mac = ike::Integrity::AUTH_HMAC_SHA2_256_128;
    let ah = || Material {
        encryption: None,
        integrity: Some(mac),
        sent: Keys {
            encryption: Secret::new(vec![]),
            integrity: Secret::new(vec![1; 32]),
        },
        received: Keys {
            encryption: Secret::new(vec![]),
            integrity: Secret::new(vec![2; 32]),
        },
    };
    let transform = |keys: &Keys| ah().ah(rustcrypto::provider(), keys).unwrap();
    let protection = Protection::Ah {
        sender: AhSender::new(7000, transform(&ah().sent), Numbers::Short, life),
        receiver: AhReceiver::new(8000, transform(&ah().received), Numbers::Short, 32, life),
    };
    let carriage = Carriage::Transport {
        udp: Some(UdpPorts {
            local: 1,
            remote: 2,
        }),
        original: Some((LEFT.into(), RIGHT.into())),
    };
    let plainly = Child::new(0, vec![lans(true)], protection, carriage).with_material(ah());
    let keyless = child(true, lans(true), Numbers::Short, life);
    let (parts, carriage) = (keyless.traffic().to_vec(), keyless.carriage);
    let keyless = Child::new(0, parts, esp(2), carriage);
    let mut left = plane(vec![policy("lans", lans(true))]);
    left.install(NOW, fully.with_material(material())).unwrap();
    left.install(NOW, plainly).unwrap();
    let keyless = left.install(NOW, keyless).unwrap();
    let snapshot = left.dangerous_snapshot(NOW);
    assert_eq!(snapshot.left_out, [keyless]);
    let bytes = snapshot.bytes.dangerous_bytes();
    let again = restored(bytes, true, NONE).unwrap();
    let twice = again.dangerous_snapshot(Instant::from_seconds(5, 0));
    assert!(twice.bytes.dangerous_bytes() == bytes);
    assert_eq!(again.children().len(), 2);
    let shown = format!("{snapshot:?} {:?}", again.children());
    assert!(!shown.contains("7, 7, 7"), "{shown}");
}

#[test]
fn what_cannot_be_restored() {
    let snapshot = gateway(true).dangerous_snapshot(NOW);
    let bytes = snapshot.bytes.dangerous_bytes();
    let provider = rustcrypto::provider();
    let mut elsewhere = plane(vec![policy("other", lans(true))]);
    let none = elsewhere.restore(NOW, provider, bytes, NONE);
    assert_eq!(none, Err(RestoreError::NoPolicy { spi: 1000 }));
    let taken = gateway(true).restore(NOW, provider, bytes, NONE);
    let taken = matches!(
        taken,
        Err(RestoreError::NotInstalled(NotInstalled::Taken { .. }))
    );
    assert!(taken);
    for len in 0..bytes.len() {
        let cut = restored(&bytes[..len], true, NONE);
        assert!(matches!(cut, Err(RestoreError::Malformed(_))), "{len}");
    }
    let longer = [bytes, &[0]].concat();
    assert!(restored(&longer, true, NONE).is_err());
    let mut newer = bytes.to_vec();
    newer[5] = 2;
    let Err(RestoreError::Malformed(why)) = restored(&newer, true, NONE) else {
        panic!("restored");
    };
    assert!(why.to_string().contains("version"), "{why}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Bytes that are another: restored or refused, and nothing else.
    #[test]
    fn spoilt_bytes(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let snapshot = gateway(true).dangerous_snapshot(NOW);
        let mut bytes = snapshot.bytes.dangerous_bytes().to_vec();
        for (place, byte) in changes {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = restored(&bytes, true, TakeOver { sent: 7, received: u64::MAX });
    }
}
