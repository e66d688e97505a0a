//! Fragments of every kind (RFC 4301 §7).

use super::*;
use ipsec_core::dataplane::Dropped;

fn dns(left: bool) -> Traffic {
    let port = net("10.2.0.0/16").with_ports(Ports::new(53, 53).unwrap());
    between(left, net("10.1.0.0/16").with_protocol(17), port)
}

fn of_fragments(left: bool) -> Traffic {
    let side = |text| net(text).with_ports(Ports::OPAQUE);
    between(
        left,
        side("10.1.0.0/16").with_protocol(17),
        side("10.2.0.0/16"),
    )
}

/// The first piece of a datagram, one from its middle, and its end.
fn pieces() -> [Vec<u8>; 3] {
    let middle = v4(A, B, Protocol::UDP, &[5; 16]);
    [
        fragment(inner(), 0, true),
        fragment(middle.clone(), 16, true),
        fragment(middle, 32, false),
    ]
}

/// §7.1: an SA for any port carries every piece.
#[test]
fn any_port_takes_all() {
    let (mut left, mut right) = (gateway(true), gateway(false));
    for piece in pieces() {
        let outer = protected(&mut left, &piece);
        assert_eq!(opened(&mut right, &outer), piece);
    }
}

/// §7.2: an SA for packets that show no port, beside one for a port.
#[test]
fn sas_of_fragments() {
    let mut left = plane(vec![
        policy("dns", dns(true)),
        policy("fragments", of_fragments(true)),
    ]);
    let asked = pieces().map(|piece| match sent(&mut left, &piece).0 {
        Outbound::Acquire { policy, .. } => policy,
        other => panic!("{other:?}"),
    });
    assert_eq!(asked, [0, 1, 1]);
}

/// §7.3: later pieces go by an SA for ports only where both ends agreed, and
/// only behind the first.
#[test]
fn ports_and_later_pieces() {
    let pair = |left| child(left, dns(left), Numbers::Extended, life());
    let both = |agreed: bool| {
        [true, false].map(|end| {
            let mut plane = plane(vec![policy("dns", dns(end))]);
            let pair = if agreed {
                pair(end).with_fragments()
            } else {
                pair(end)
            };
            plane.install(NOW, pair).unwrap();
            plane
        })
    };
    let [mut left, mut right] = both(true);
    let (done, _) = sent(&mut left, &pieces()[1]);
    let discarded = Dropped::Discarded { policy: None };
    assert_eq!(done, Outbound::Dropped(discarded), "the first did not come");
    for piece in pieces() {
        let outer = protected(&mut left, &piece);
        assert_eq!(opened(&mut right, &outer), piece);
    }
    let [mut left, mut right] = both(false);
    let outer = protected(&mut left, &pieces()[0]);
    assert_eq!(opened(&mut right, &outer), pieces()[0]);
    let (done, _) = sent(&mut left, &pieces()[1]);
    assert!(matches!(done, Outbound::Dropped(_)), "{done:?}");
    let (done, _) = received(&mut right, &sealed(9, Protocol::IPV4, &pieces()[1]));
    let why = Dropped::NotItsTraffic {
        child: only(&right),
    };
    assert_eq!(done, Inbound::Dropped(why));
}

/// §7.4: a piece in the clear passes only behind a first one that did, and
/// never by what came through an SA.
#[test]
fn bypass_of_later_pieces() {
    let open = |left| Policy::new("dns", vec![dns(left)], Action::Bypass);
    let mut left = plane(vec![open(true)]);
    let [first, middle, last] = pieces();
    let late = sent(&mut left, &middle).0;
    assert!(matches!(late, Outbound::Dropped(_)));
    assert_eq!(sent(&mut left, &first).0, Outbound::Bypassed);
    assert_eq!(sent(&mut left, &middle).0, Outbound::Bypassed);
    let later = Instant::from_seconds(61, 0);
    let (late, _) = sent_at(later, &mut left, &last);
    assert!(matches!(late, Outbound::Dropped(_)));
    let rest = policy("rest", lans(false));
    let mut right = plane(vec![open(false), rest]);
    let tcp = fragment(v4(A, B, Protocol::TCP, &[5; 16]), 16, false);
    let (done, _) = received(&mut right, &tcp);
    assert_eq!(done, Inbound::Dropped(Dropped::Clear { policy: 1 }));
    assert_eq!(received(&mut right, &first).0, Inbound::Bypassed);
    assert_eq!(received(&mut right, &middle).0, Inbound::Bypassed);
}

/// RFC 1858: a piece laid over the flags of a TCP header.
#[test]
fn overlapping_pieces() {
    let (mut left, mut right) = (gateway(true), gateway(false));
    let over = fragment(v4(A, B, Protocol::TCP, &[5; 16]), 8, false);
    assert_eq!(
        sent(&mut left, &over).0,
        Outbound::Dropped(Dropped::Overlap)
    );
    let (done, _) = received(&mut right, &sealed(1, Protocol::IPV4, &over));
    assert_eq!(done, Inbound::Dropped(Dropped::Overlap));
}

/// Pieces of what is protected are put together by the host first; pieces of
/// other datagrams are none of these.
#[test]
fn pieces_of_outer_packets() {
    let (mut left, mut right) = (gateway(true), gateway(false));
    let whole = protected(&mut left, &inner());
    for (offset, more) in [(0, true), (16, true), (16, false)] {
        let piece = fragment(whole.clone(), offset, more);
        let (done, _) = received(&mut right, &piece);
        assert_eq!(done, Inbound::Dropped(Dropped::Fragment));
    }
    let ike = [&[0x11, 0x94, 0x11, 0x94, 0, 16, 0, 0][..], &[0; 8]].concat();
    let ike = v4(LEFT, RIGHT, Protocol::UDP, &ike);
    let (done, _) = received(&mut right, &fragment(ike.clone(), 0, true));
    assert_eq!(done, Inbound::Dropped(Dropped::Fragment));
    let (done, _) = received(&mut right, &fragment(ike, 16, false));
    assert_eq!(done, Inbound::Dropped(Dropped::Discarded { policy: None }));
}

/// So many first pieces that the oldest are forgotten.
#[test]
fn there_is_a_limit() {
    let open = Policy::new("dns", vec![dns(true)], Action::Bypass);
    let mut left = plane(vec![open]);
    let with_id = |id: u16, piece: &Vec<u8>| {
        let mut piece = piece.clone();
        piece[4..6].copy_from_slice(&id.to_be_bytes());
        piece
    };
    let [first, middle, _] = pieces();
    for id in 0..=1024 {
        assert_eq!(sent(&mut left, &with_id(id, &first)).0, Outbound::Bypassed);
    }
    assert_eq!(sent(&mut left, &with_id(1, &middle)).0, Outbound::Bypassed);
    let forgotten = sent(&mut left, &with_id(0, &middle)).0;
    assert!(matches!(forgotten, Outbound::Dropped(_)));
}
