//! ICMP errors that go by SAs (RFC 4301 §6.2), and those that the data plane
//! sends itself (§5.1.1, §8.2.1).

use super::*;
use ipsec_core::dataplane::{Dropped, Replies};
use ipsec_core::wire::checksum::Verdict;
use ipsec_core::wire::icmp::{Icmp, Icmpv6};
use ipsec_core::wire::ip::Ipv6;

fn dns(left: bool) -> Traffic {
    let port = net("10.2.0.0/16").with_ports(Ports::new(53, 53).unwrap());
    between(left, net("10.1.0.0/16").with_protocol(17), port)
}

fn gateways() -> [DataPlane<()>; 2] {
    [true, false].map(|left| {
        let mut plane = plane(vec![policy("dns", dns(left))]);
        plane
            .install(NOW, child(left, dns(left), Numbers::Extended, life()))
            .unwrap();
        plane
    })
}

/// "Port unreachable" of a router behind the right gateway, about a packet of
/// A's.
fn error(from: [u8; 4], about: &[u8]) -> Vec<u8> {
    let message = [&[3, 3, 0, 0, 0, 0, 0, 0][..], &about[..28]].concat();
    v4(from, A, Protocol::ICMP, &message)
}

/// The SAs are for DNS alone, and the error comes by the SA of the query.
#[test]
fn errors_go_by_the_sa_of_what_they_are_about() {
    let [mut left, mut right] = gateways();
    let query = protected(&mut left, &inner());
    assert_eq!(opened(&mut right, &query), inner());
    let about = error([10, 2, 0, 254], &inner());
    let outer = protected(&mut right, &about);
    assert_eq!(opened(&mut left, &outer), about);
    // About a packet that the SA is not for: neither way.
    let other = v4(A, B, Protocol::UDP, &udp(1025, 80));
    let about = error(B, &other);
    let (done, _) = sent(&mut right, &about);
    let discarded = Dropped::Discarded { policy: None };
    assert_eq!(
        done,
        Outbound::Dropped(discarded),
        "no error about an error"
    );
    let echo = v4(B, A, Protocol::ICMP, &[8, 0, 0, 0, 0, 0, 0, 0]);
    let (done, _) = sent(&mut right, &echo);
    assert!(matches!(done, Outbound::Answered { .. }), "{done:?}");
}

/// A peer must not end connections that it has no part in.
#[test]
fn errors_about_others_packets_do_not_come_in() {
    let [mut right, _] = {
        let [left, right] = gateways();
        [right, left]
    };
    let forged = |about: &[u8]| {
        let message = [&[3, 3, 0, 0, 0, 0, 0, 0][..], &about[..28]].concat();
        v4(A, B, Protocol::ICMP, &message)
    };
    let ours = v4(B, A, Protocol::UDP, &udp(53, 1025));
    let packet = sealed(1, Protocol::IPV4, &forged(&ours));
    assert_eq!(opened(&mut right, &packet), forged(&ours));
    let others = v4(B, [10, 3, 0, 1], Protocol::UDP, &udp(53, 1025));
    let packet = sealed(2, Protocol::IPV4, &forged(&others));
    let (done, _) = received(&mut right, &packet);
    let why = Dropped::NotItsTraffic {
        child: only(&right),
    };
    assert_eq!(done, Inbound::Dropped(why));
}

fn answers(plane: &mut DataPlane<()>, now: Instant, packet: &[u8], times: usize) -> usize {
    let answered = (0..times).filter(|_| {
        let (done, _) = sent_at(now, plane, packet);
        matches!(done, Outbound::Answered { .. })
    });
    answered.count()
}

/// As often as is allowed, to whoever may be answered.
#[test]
fn senders_are_told_within_a_rate() {
    let nowhere = |replies| plane(vec![]).with_replies(replies);
    let mut some = nowhere(Replies::new(10, 5));
    assert_eq!(answers(&mut some, NOW, &inner(), 20), 5);
    let later = Instant::from_seconds(0, 200_000);
    assert_eq!(answers(&mut some, later, &inner(), 20), 2);
    assert_eq!((some.counts().answered, some.counts().dropped), (7, 40));
    for replies in [Replies::none(), Replies::default().without_prohibited()] {
        assert_eq!(answers(&mut nowhere(replies), NOW, &inner(), 9), 0);
    }
    let mut all = nowhere(Replies::default());
    for silent in [
        error(B, &inner()),
        fragment(v4(A, B, Protocol::UDP, &[0; 8]), 16, false),
        v4([0; 4], B, Protocol::UDP, &udp(1, 2)),
        v4([224, 0, 0, 1], B, Protocol::UDP, &udp(1, 2)),
        v4(A, [255; 4], Protocol::UDP, &udp(1, 2)),
        vec![0x45; 10],
    ] {
        assert_eq!(answers(&mut all, NOW, &silent, 3), 0, "{silent:?}");
    }
    let unreachable = all.refuse(NOW, &inner(), true).unwrap();
    let reply = Ipv4::decode(&unreachable).unwrap();
    let icmp = Icmp::decode(reply.payload).unwrap();
    assert_eq!((icmp.kind.0, icmp.code), (3, 1));
    assert_eq!(icmp.verify_checksum(), Verdict::Good);
}

/// IPv6: nothing is cut on the way, every packet of 1280 bytes passes, and
/// errors come from the gateway's address if it gave one.
#[test]
fn ipv6_that_is_too_big() {
    let own = "2001:db8::1".parse().unwrap();
    let nets = || between(true, net("2001:db8:1::/48"), net("2001:db8:2::/48"));
    let mut left = plane(vec![policy("lans", nets())]).with_replies(Replies::default().from(own));
    let pair = child(true, nets(), Numbers::Extended, life());
    let handle = left.install(NOW, pair).unwrap();
    let packet = |len: usize| {
        let payload = vec![0; len - 40];
        let (from, to) = ("2001:db8:1::1", "2001:db8:2::1");
        let packet = Ipv6::new(
            from.parse().unwrap(),
            to.parse().unwrap(),
            Protocol::UDP,
            &payload,
        );
        let mut bytes = Vec::new();
        packet.encode(&mut bytes);
        bytes.extend(&payload);
        bytes
    };
    let (done, _) = sent(&mut left, &packet(1500));
    let Outbound::Answered { why, reply } = done else {
        panic!("{done:?}");
    };
    let reply = Ipv6::decode(&reply).unwrap();
    let icmp = Icmpv6::decode(reply.payload).unwrap();
    assert_eq!(
        (why, icmp.mtu()),
        (Dropped::TooBig { mtu: 1446 }, Some(1446))
    );
    assert_eq!(reply.source.to_string(), "2001:db8::1");
    assert_eq!(
        icmp.verify_checksum(reply.source, reply.destination),
        Verdict::Good
    );
    let outer = protected(&mut left, &packet(1400));
    assert_eq!(left.told_too_big(NOW, &outer[..28], 1200), Some(handle));
    assert!(matches!(
        sent(&mut left, &packet(1280)).0,
        Outbound::Protected(_)
    ));
    let (done, _) = sent(&mut left, &packet(1281));
    let Outbound::Answered { why, .. } = done else {
        panic!("{done:?}");
    };
    assert_eq!(why, Dropped::TooBig { mtu: 1280 });
}

/// RFC 4301 §8.2.1 case 2: cut before or after, as is configured.
#[test]
fn what_may_be_cut() {
    let long = v4(A, B, Protocol::UDP, &[0; 1480]);
    assert!(matches!(
        sent(&mut gateway(true), &long).0,
        Outbound::Protected(_)
    ));
    let mut left = plane(vec![policy("lans", lans(true))]);
    let pair = child(true, lans(true), Numbers::Extended, life()).with_cut_before();
    left.install(NOW, pair).unwrap();
    assert_eq!(sent(&mut left, &long).0, Outbound::Cut { mtu: 1446 });
    assert_eq!(left.counts().cut, 1);
}
