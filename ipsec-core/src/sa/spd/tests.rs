use super::*;
use crate::sa::selector::Ports;
use alloc::format;
use proptest::prelude::*;

fn net(text: &str) -> Selector {
    Selector::new(text.parse().unwrap())
}

fn between(local: &str, remote: &str) -> Traffic {
    Traffic {
        local: net(local),
        remote: net(remote),
    }
}

fn flow(local: &str, remote: &str, protocol: Protocol, ports: Option<(u16, u16)>) -> Flow {
    Flow {
        local: local.parse().unwrap(),
        remote: remote.parse().unwrap(),
        protocol,
        ports,
    }
}

fn spd(policies: Vec<Policy<u32>>) -> Spd<u32> {
    Spd::new(policies).unwrap()
}

fn protect(name: &str, traffic: Traffic) -> Policy<u32> {
    Policy::new(name, Vec::from([traffic]), Action::Protect(1))
}

#[test]
fn the_first_that_fits_decides() {
    let web = Traffic {
        local: net("10.1.0.0/16").with_protocol(6),
        remote: net("10.2.0.0/16").with_ports(Ports::new(80, 80).unwrap()),
    };
    let all = between("0.0.0.0/0", "0.0.0.0/0");
    let spd = spd(Vec::from([
        Policy::new("web", Vec::from([web]), Action::Bypass),
        protect("lans", between("10.1.0.0/16", "10.2.0.0/16")),
        Policy::new("rest", Vec::from([all]), Action::Discard).one_way(Direction::Out),
    ]));
    let to = |remote, protocol, ports| flow("10.1.2.3", remote, protocol, ports);
    for (flow, out, inwards) in [
        (
            to("10.2.0.1", Protocol::TCP, Some((1025, 80))),
            Some("web"),
            Some("web"),
        ),
        (
            to("10.2.0.1", Protocol::UDP, Some((1025, 80))),
            Some("lans"),
            Some("lans"),
        ),
        (
            to("10.2.0.1", Protocol::TCP, None),
            Some("lans"),
            Some("lans"),
        ),
        (to("192.0.2.1", Protocol::TCP, None), Some("rest"), None),
        (to("2001:db8::1", Protocol::TCP, None), None, None),
    ] {
        for (direction, expected) in [(Direction::Out, out), (Direction::In, inwards)] {
            let found = spd.lookup(direction, &flow).map(|policy| &*policy.name);
            assert_eq!(found, expected, "{direction:?} {flow:?}");
            let explained = spd.explain(direction, &flow).winner;
            assert_eq!(explained.map(|policy| &*policy.name), expected);
        }
    }
    let web = to("10.2.0.1", Protocol::TCP, Some((1025, 80)));
    let decision = spd.explain(Direction::Out, &web);
    let hidden: Vec<&str> = decision.shadowed.iter().map(|p| &*p.name).collect();
    assert_eq!(hidden, ["lans", "rest"]);
}

/// OPAQUE fits what shows no port, ANY both, a port only what shows it
/// (RFC 4301 §4.4.1.1).
#[test]
fn packets_without_ports() {
    let of = |ports| Traffic {
        local: net("10.1.0.0/16"),
        remote: net("10.2.0.0/16").with_ports(ports),
    };
    let fits = |ports, shown| {
        let flow = flow("10.1.0.1", "10.2.0.1", Protocol::TCP, shown);
        protect("x", of(ports)).fits(Direction::Out, &flow)
    };
    let http = Ports::new(80, 80).unwrap();
    for (ports, shown, expected) in [
        (Ports::ANY, None, true),
        (Ports::ANY, Some((1, 80)), true),
        (Ports::OPAQUE, None, true),
        (Ports::OPAQUE, Some((1, 80)), false),
        (http, None, false),
        (http, Some((1, 80)), true),
    ] {
        assert_eq!(fits(ports, shown), expected, "{ports:?} {shown:?}");
    }
}

/// The example of RFC 4301 §4.4.1.2: an SA for one flow out of a policy for
/// many.
#[test]
fn an_sa_takes_what_its_policy_says_from_the_packet() {
    let mut policy = protect("lans", between("10.1.0.0/16", "10.2.0.0/16"));
    let asked = flow("10.1.0.1", "10.2.0.1", Protocol::TCP, Some((1025, 80)));
    let whole = policy.traffic_for(&asked).unwrap();
    assert_eq!(whole, between("10.1.0.0/16", "10.2.0.0/16"));
    policy.from_packet = FromPacket {
        remote: true,
        protocol: true,
        remote_port: true,
        ..FromPacket::default()
    };
    let narrow = policy.traffic_for(&asked).unwrap();
    assert_eq!(format!("{:?}", narrow.local), "Selector(10.1.0.0/16[TCP])");
    assert_eq!(
        format!("{:?}", narrow.remote),
        "Selector(10.2.0.1/32[TCP/80])"
    );
    let fragment = Flow {
        ports: None,
        ..asked
    };
    assert_eq!(
        policy.traffic_for(&fragment),
        None,
        "it shows no port to take"
    );
    let tunnelled = flow("10.1.0.1", "10.2.0.1", Protocol::GRE, None);
    let whole = policy.traffic_for(&tunnelled).unwrap();
    assert_eq!(whole.remote.ports(), Ports::ANY, "GRE has no port to take");
    let elsewhere = flow("10.9.0.1", "10.2.0.1", Protocol::TCP, None);
    assert_eq!(policy.traffic_for(&elsewhere), None);
    policy.traffic[0].remote = net("10.2.0.0/16").with_ports(Ports::OPAQUE);
    let refused = Spd::new(Vec::from([policy])).map(|_| ());
    assert_eq!(refused, Err(PolicyError::OpaqueFromPacket { policy: 0 }));
}

#[test]
fn a_cache_forgets_what_changed() {
    let (lans, asked) = (
        between("10.1.0.0/16", "10.2.0.0/16"),
        flow("10.1.0.1", "10.2.0.1", Protocol::TCP, None),
    );
    let mut spd = spd(Vec::from([protect("lans", lans)]));
    let mut cache = FlowCache::new(1);
    for _ in 0..2 {
        assert_eq!(cache.position(&spd, Direction::Out, &asked), Some(0));
        assert_eq!(cache.position(&spd, Direction::In, &asked), Some(0));
    }
    spd.replace(Vec::new()).unwrap();
    assert_eq!(cache.position(&spd, Direction::Out, &asked), None);
}

#[test]
fn there_is_a_limit() {
    let lans = between("10.1.0.0/16", "10.2.0.0/16");
    let parts = alloc::vec![lans; POLICIES_MAX + 1];
    let refused = Spd::new(Vec::from([Policy::new("x", parts, Action::Protect(1))]));
    let limit = POLICIES_MAX;
    assert_eq!(refused.map(|_| ()), Err(PolicyError::TooMany { limit }));
}

/// RFC 4301 §4.4.1.3: what we send of ICMP is told by our end's selector, what
/// we receive by the peer's; OPAQUE is none.
#[test]
fn icmp_one_way() {
    let echo = Ports::new(0x0800, 0x08ff).unwrap();
    let of = |ours, theirs| Traffic {
        local: net("10.1.0.0/16").with_protocol(1).with_ports(ours),
        remote: net("10.2.0.0/16").with_protocol(1).with_ports(theirs),
    };
    let asked = |type_code| {
        let ports = Some((type_code, type_code));
        flow("10.1.0.1", "10.2.0.1", Protocol::ICMP, ports)
    };
    for (ours, theirs, out, inwards) in [
        (echo, Ports::OPAQUE, true, false),
        (Ports::OPAQUE, echo, false, true),
        (echo, echo, true, true),
        (echo, Ports::ANY, true, true),
    ] {
        let spd = spd(Vec::from([protect("echo", of(ours, theirs))]));
        let fits = |direction, type_code| {
            let place = spd.position(direction, &asked(type_code));
            let fits = spd.policies()[0].fits(direction, &asked(type_code));
            assert_eq!(place.is_some(), fits);
            fits
        };
        assert_eq!(fits(Direction::Out, 0x0800), out, "{ours:?} {theirs:?}");
        assert_eq!(fits(Direction::In, 0x0805), inwards, "{ours:?} {theirs:?}");
        assert!(!fits(Direction::Out, 0x0700));
    }
    let mobility = Traffic {
        local: net("::/0")
            .with_protocol(135)
            .with_ports(Ports::new(0x0500, 0x05ff).unwrap()),
        remote: net("::/0").with_ports(Ports::OPAQUE),
    };
    let update = flow(
        "::1",
        "::2",
        Protocol::MOBILITY_HEADER,
        Some((0x0500, 0x0500)),
    );
    assert!(mobility.contains(Direction::Out, &update));
    assert!(!mobility.contains(Direction::In, &update));
}

/// RFC 4301 §4.4.1.1: a policy for whoever proves a name.
#[test]
fn policies_bear_names() {
    let mut warrior = protect("warrior", between("10.1.0.0/16", "0.0.0.0/0"));
    warrior.peers = Vec::from([Pattern::MailDomain("example.com".into())]);
    let lans = protect("lans", between("10.1.0.0/16", "10.2.0.0/16"));
    let spd = spd(Vec::from([lans, warrior]));
    let of = |id: &[u8]| {
        let found = spd.of_peer(IdType::ID_RFC822_ADDR, id);
        found.map(|(place, _)| place).collect::<Vec<_>>()
    };
    assert_eq!(of(b"me@example.com"), [1]);
    assert!(of(b"me@example.org").is_empty());
}

/// What lies across each other in every dimension cannot be told apart by
/// cutting; it must neither grow without bound nor be lost.
#[test]
fn parts_across_each_other() {
    let policies = (0..200_u8).map(|n| {
        let (row, column) = (n % 2 == 0, n / 2);
        let line = format!("10.0.{column}.0/24");
        let traffic = match row {
            true => between(&line, "10.0.0.0/16"),
            false => between("10.0.0.0/16", &line),
        };
        protect(&format!("{n}"), traffic)
    });
    let spd = spd(policies.collect());
    for (x, y) in [(0, 0), (99, 3), (3, 99), (50, 50)] {
        let (local, remote) = (format!("10.0.{x}.9"), format!("10.0.{y}.9"));
        let asked = flow(&local, &remote, Protocol::UDP, None);
        let first = u8::min(2 * x, 2 * y + 1);
        let found = spd.lookup(Direction::In, &asked).unwrap();
        assert_eq!(found.name, format!("{first}"));
    }
}

fn any_selector() -> impl Strategy<Value = Selector> {
    let address = (0_u8..4, 0_u8..4, any::<u8>());
    let ports = prop_oneof![
        Just(Ports::ANY),
        Just(Ports::OPAQUE),
        (0_u16..4, 0_u16..4).prop_map(|(a, b)| Ports::new(a.min(b), a.max(b)).unwrap()),
    ];
    (address, 8_u8..=32, any::<bool>(), ports).prop_map(|((a, b, c), len, v6, ports)| {
        let text = match v6 {
            true => format!("2001:db8:{a}:{b}::{c}/{}", len * 4),
            false => format!("10.{a}.{b}.{c}/{len}"),
        };
        net(&text).with_ports(ports)
    })
}

proptest! {
    /// The tree finds what a look at each policy finds.
    #[test]
    fn the_tree_is_the_list(
        parts in prop::collection::vec((any_selector(), any_selector(), 0_u8..3, 0_u8..3), 1..60),
        asked in prop::collection::vec((0_u8..4, 0_u8..4, 0_u8..4, any::<u8>(), 0_u16..5, 0_u8..3, any::<bool>()), 1..40),
    ) {
        let policies = parts.into_iter().enumerate().map(|(n, (local, remote, protocol, way))| {
            let traffic = Traffic { local: local.with_protocol(protocol), remote };
            let policy = protect(&format!("{n}"), traffic);
            match way {
                0 => policy.one_way(Direction::Out),
                1 => policy.one_way(Direction::In),
                _ => policy,
            }
        });
        let spd = spd(policies.collect());
        let mut cache = FlowCache::new(8);
        for (a, b, c, d, port, protocol, v6) in asked {
            let (local, remote) = match v6 {
                true => (format!("2001:db8:{a}:{b}::{d}"), format!("2001:db8:{c}:{b}::{d}")),
                false => (format!("10.{a}.{b}.{d}"), format!("10.{c}.{b}.{d}")),
            };
            let ports = (port < 4).then_some((port, 3 - port.min(3)));
            let asked = flow(&local, &remote, Protocol(protocol), ports);
            for way in [Direction::Out, Direction::In] {
                let fits = |policy: &Policy<u32>| policy.fits(way, &asked);
                let expected = spd.policies().iter().position(fits);
                prop_assert_eq!(spd.position(way, &asked), expected);
                prop_assert_eq!(cache.position(&spd, way, &asked), expected);
                let explained = spd.explain(way, &asked);
                prop_assert_eq!(explained.winner, expected.and_then(|at| spd.policies().get(at)));
                let all = spd.policies().iter().filter(|policy| policy.fits(way, &asked)).count();
                prop_assert_eq!(explained.shadowed.len(), all.saturating_sub(1));
            }
        }
    }
}
