//! SAs that age, and policies that change under them.

use super::*;
use ipsec_core::dataplane::{Affected, Dropped, Extant, NotInstalled};
use ipsec_core::sa::lifetime::Age;
use ipsec_core::time::Duration;

fn at(seconds: u64) -> Instant {
    Instant::from_seconds(seconds, 0)
}

fn ages(plane: &mut DataPlane<()>, now: Instant) -> Vec<Age> {
    core::iter::from_fn(|| plane.poll(now))
        .map(|aged| aged.age)
        .collect()
}

#[test]
fn time_and_traffic_age_an_sa() {
    let limits = |time, packets| Limits {
        time: Some(Duration::from_secs(time)),
        packets: Some(packets),
        ..Limits::NONE
    };
    let life = Lifetime::new(NOW, limits(90, 3), limits(100, 9)).with_idle(Duration::from_secs(50));
    let mut left = plane(vec![policy("lans", lans(true))]);
    left.install(NOW, child(true, lans(true), Numbers::Extended, life))
        .unwrap();
    assert_eq!(
        (left.next_timeout(), ages(&mut left, NOW)),
        (Some(at(50)), vec![])
    );
    for _ in 0..2 {
        sent_at(at(10), &mut left, &inner());
    }
    assert_eq!(ages(&mut left, at(50)), []);
    assert_eq!(left.next_timeout(), Some(at(60)));
    assert_eq!(ages(&mut left, at(60)), [Age::Idle]);
    sent_at(at(61), &mut left, &inner());
    assert_eq!(ages(&mut left, at(61)), [Age::Stale], "in use again");
    sent_at(at(62), &mut left, &inner());
    assert_eq!(ages(&mut left, at(99)), []);
    assert_eq!(ages(&mut left, at(100)), [Age::Over]);
    assert_eq!(left.next_timeout(), None);
    let (done, _) = sent_at(at(101), &mut left, &inner());
    assert!(matches!(done, Outbound::Acquire { .. }));
}

#[test]
fn the_soft_limit_is_told_once() {
    let soft = Limits {
        bytes: Some(100),
        ..Limits::NONE
    };
    let life = Lifetime::new(NOW, soft, Limits::NONE);
    let mut left = plane(vec![policy("lans", lans(true))]);
    let handle = left
        .install(NOW, child(true, lans(true), Numbers::Extended, life))
        .unwrap();
    for _ in 0..10 {
        protected(&mut left, &inner());
    }
    let aged = left.poll(NOW).unwrap();
    assert_eq!((aged.child, aged.age), (handle, Age::Stale));
    assert_eq!(left.poll(NOW), None);
    protected(&mut left, &inner());
    left.remove(handle);
    assert_eq!(left.poll(at(9999)), None);
}

/// RFC 4301 §4.4.1: the effect of a change on SAs that there are.
#[test]
fn policies_change_under_sas() {
    let all = |name: &str, action| Policy::new(name, vec![lans(true)], action);
    let protect = || all("lans", Action::Protect(()));
    let narrower = || {
        let host = between(true, net("10.1.0.1"), net("10.2.0.0/16"));
        Policy::new("lans", vec![host], Action::Protect(()))
    };
    let first = || {
        let other = between(true, net("10.8.0.0/16"), net("10.9.0.0/16"));
        Policy::new("other", vec![other], Action::Discard)
    };
    let cases = [
        (
            "the same, elsewhere",
            vec![first(), protect()],
            Extant::Stop,
            None,
            true,
        ),
        (
            "gone",
            vec![first()],
            Extant::Continue,
            Some(Affected::Gone),
            false,
        ),
        (
            "no protection",
            vec![all("lans", Action::Bypass)],
            Extant::Continue,
            Some(Affected::Gone),
            false,
        ),
        (
            "narrower, stop",
            vec![narrower()],
            Extant::Stop,
            Some(Affected::Changed),
            false,
        ),
        (
            "narrower, go on",
            vec![narrower()],
            Extant::Continue,
            Some(Affected::Changed),
            true,
        ),
    ];
    for (what, policies, extant, affected, goes_on) in cases {
        let mut left = gateway(true);
        let own = only(&left);
        let told = left.replace_policies(policies, extant).unwrap();
        let expected: Vec<_> = affected.map(|how| (own, how)).into_iter().collect();
        assert_eq!(told, expected, "{what}");
        let (done, _) = sent(&mut left, &inner());
        assert_eq!(
            matches!(done, Outbound::Protected(_)),
            goes_on,
            "{what}: {done:?}"
        );
        let back = v4(B, A, Protocol::UDP, &udp(53, 1025));
        let mut right = gateway(false);
        let outer = protected(&mut right, &back);
        let (done, _) = received(&mut left, &outer);
        let why = Inbound::Dropped(Dropped::NotItsTraffic { child: own });
        assert_eq!(done == why, !goes_on, "{what}: {done:?}");
        assert!(left.remove(own).is_some(), "{what}");
    }
    let mut none = plane(vec![first()]);
    let refused = none.install(NOW, child(true, lans(true), Numbers::Short, life()));
    assert_eq!(refused, Err(NotInstalled::NoPolicy));
}

/// A policy that decides earlier takes the flow from the SA at once, although
/// the cache knew better.
#[test]
fn a_change_reaches_cached_flows() {
    let mut left = gateway(true);
    protected(&mut left, &inner());
    let discard = Policy::new("no dns", vec![lans(true)], Action::Discard);
    let lans = policy("lans", lans(true));
    let told = left.replace_policies(vec![discard, lans], Extant::Stop);
    assert_eq!(told.unwrap(), []);
    let (done, _) = sent(&mut left, &inner());
    assert!(matches!(done, Outbound::Answered { .. }), "{done:?}");
}

/// One of several SAs for the same traffic, by its differentiated services.
#[test]
fn classes_have_sas_of_their_own() {
    let mut left = plane(vec![policy("lans", lans(true))]);
    for (n, class) in [(0_u32, None), (1, Some(46_u8))] {
        let protection = Protection::Esp {
            sender: EspSender::new(5000 + n, transform(), Numbers::Short, life()),
            receiver: EspReceiver::new(6000 + n, transform(), Numbers::Short, 64, life()),
        };
        let tunnel = Tunnel::new(LEFT.into(), RIGHT.into()).unwrap();
        let pair = Child::new(0, vec![lans(true)], protection, Carriage::Tunnel(tunnel));
        let pair = match class {
            Some(class) => pair.with_dscp([class]),
            None => pair,
        };
        left.install(NOW, pair).unwrap();
    }
    let mut voice = Vec::new();
    let mut head = Ipv4::new(A.into(), B.into(), Protocol::UDP, &[0; 8]);
    head.tos = 46 << 2;
    head.sealed().encode(&mut voice);
    voice.extend([0; 8]);
    assert_eq!(protected(&mut left, &voice)[20..24], 5001_u32.to_be_bytes());
    assert_eq!(
        protected(&mut left, &inner())[20..24],
        5000_u32.to_be_bytes()
    );
}

/// A packet for another host is judged by policies alone.
#[test]
fn what_passes_by() {
    let open = between(false, net("203.0.113.0/24"), net("10.2.0.0/16"));
    let open = Policy::new("web", vec![open], Action::Bypass).one_way(Direction::In);
    let mut right = plane(vec![open, policy("lans", lans(false))]);
    let from = |from| v4(from, B, Protocol::ESP, &SPI.to_be_bytes());
    assert_eq!(
        right.passing(NOW, &from([203, 0, 113, 9])),
        Inbound::Bypassed
    );
    let clear = Inbound::Dropped(Dropped::Clear { policy: 1 });
    assert_eq!(right.passing(NOW, &from(A)), clear);
}
