//! Two gateways and any sequence of what can happen to them: packets, garbage,
//! SAs that come and go, time, other policies, a standby that takes over. No
//! sequence number goes out twice, no packet is opened twice or otherwise than
//! it was sent, and every packet is counted once.
#![no_main]

use ipsec_core::crypto::{Secret, rustcrypto};
use ipsec_core::dataplane::{
    Carriage, Child, Counts, DataPlane, Extant, HEADROOM, Inbound, Keys, Material, Outbound,
    Protection, TAILROOM, TakeOver,
};
use ipsec_core::diag::diagnose;
use ipsec_core::esp::sa::{EspReceiver, EspSender};
use ipsec_core::esp::tunnel::Tunnel;
use ipsec_core::sa::lifetime::{Lifetime, Limits};
use ipsec_core::sa::sad::Handle;
use ipsec_core::sa::selector::{Ports, Selector};
use ipsec_core::sa::sequence::Numbers;
use ipsec_core::sa::spd::{Action, Policy, Spd, Traffic};
use ipsec_core::time::{Duration, Instant};
use ipsec_core::wire::ip::Ipv4;
use ipsec_core::wire::registry::ike::Encryption;
use ipsec_core::wire::registry::ip::Protocol;
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeSet;

fuzz_target!(|data: &[u8]| {
    let mut world = World::new();
    let mut ops = Bytes(data);
    for _ in 0..OPS_MAX {
        let Some(op) = ops.next() else { break };
        world.step(op, &mut ops);
        world.check();
    }
    for plane in &world.planes {
        let _ = diagnose(&plane.evidence());
    }
});

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn byte(&mut self) -> u8 {
        self.next().unwrap_or(0)
    }

    fn some(&mut self, len: usize) -> &'a [u8] {
        let (some, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        some
    }
}

struct World {
    now: Instant,
    /// Left and right.
    planes: [DataPlane<()>; 2],
    /// What was asked of each, one by one.
    asked: [u64; 2],
    installed: u32,
    /// Outer packets of the left gateway, with what is inside.
    on_the_way: Vec<(Vec<u8>, Vec<u8>)>,
    numbers: BTreeSet<[u8; 8]>,
    opened: BTreeSet<[u8; 8]>,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            now: Instant::ZERO,
            planes: [true, false].map(|left| plane(policies(left, 0))),
            asked: [0; 2],
            installed: 0,
            on_the_way: Vec::new(),
            numbers: BTreeSet::new(),
            opened: BTreeSet::new(),
        };
        world.install(0);
        world
    }

    fn step(&mut self, op: u8, ops: &mut Bytes<'_>) {
        let side = usize::from(op >> 7);
        match op & 0x7f {
            0..=39 => self.send(ops.byte(), ops.byte()),
            40..=69 => self.deliver(ops.byte(), ops.byte()),
            70..=79 => self.install(ops.byte()),
            80..=84 => {
                if let Some(handle) = self.nth(side, ops.byte()) {
                    assert!(self.planes[side].remove(handle).is_some());
                }
            }
            85..=94 => {
                self.now = self
                    .now
                    .saturating_add(Duration::from_secs(ops.byte().into()))
            }
            95..=99 => {
                let policies = policies(side == 0, ops.byte());
                let extant = [Extant::Stop, Extant::Continue][usize::from(ops.byte() & 1)];
                let _ = self.planes[side].replace_policies(policies, extant);
            }
            100..=104 => {
                for _ in 0..POLLS_MAX {
                    if self.planes[side].poll(self.now).is_none() {
                        return;
                    }
                }
                panic!("a data plane tells for ever");
            }
            105..=109 => self.take_over(side),
            110..=119 => self.garbage(side, ops),
            _ => {
                let mtu = u16::from(ops.byte()) << 4;
                if let Some((outer, _)) = self.on_the_way.last() {
                    let _ = self.planes[0].told_too_big(self.now, outer, mtu);
                }
            }
        }
    }

    fn nth(&self, side: usize, n: u8) -> Option<Handle> {
        let children = self.planes[side].children();
        let len = children.len().max(1);
        children
            .iter()
            .nth(usize::from(n) % len)
            .map(|(handle, _)| handle)
    }

    fn install(&mut self, kind: u8) {
        self.installed += 1;
        for (side, plane) in self.planes.iter_mut().enumerate() {
            let mut policies = plane.policies().policies().iter();
            let place = policies.position(|policy| policy.action == Action::Protect(()));
            let place = place.unwrap_or(0);
            let _ = plane.install(
                self.now,
                pair(side == 0, place, self.installed, self.now, kind),
            );
        }
    }

    fn send(&mut self, kind: u8, len: u8) {
        let inner = packet(kind, len);
        let mut buffer = [vec![0; HEADROOM], inner.clone(), vec![0; TAILROOM]].concat();
        let at = HEADROOM..HEADROOM + inner.len();
        self.asked[0] += 1;
        if let Outbound::Protected(outer) = self.planes[0].outbound(self.now, &mut buffer, at) {
            let outer = buffer[outer].to_vec();
            assert!(
                self.numbers.insert(number(&outer)),
                "a number goes out twice"
            );
            self.on_the_way.push((outer, inner));
        }
    }

    fn deliver(&mut self, which: u8, spoilt: u8) {
        let at = usize::from(which) % self.on_the_way.len().max(1);
        let Some((outer, inner)) = self.on_the_way.get(at) else {
            return;
        };
        let mut bytes = outer.clone();
        let flip = usize::from(spoilt);
        if (20..bytes.len()).contains(&flip) {
            bytes[flip] ^= 1;
        }
        let whole = 0..bytes.len();
        self.asked[1] += 1;
        if let Inbound::Opened { packet, .. } = self.planes[1].inbound(self.now, &mut bytes, whole)
        {
            assert!(!(20..outer.len()).contains(&flip), "what was changed opens");
            assert_eq!(&bytes[packet], inner);
            assert!(self.opened.insert(number(outer)), "opened twice");
        }
    }

    /// The node stops, and another goes on.
    fn take_over(&mut self, side: usize) {
        let snapshot = self.planes[side].dangerous_snapshot(self.now);
        assert!(snapshot.left_out.iter().all(|handle| {
            let child = self.planes[side].children().get(*handle);
            child.is_some_and(|child| child.policy().is_none())
        }));
        let policies = self.planes[side].policies().policies().to_vec();
        let mut standby = plane(policies);
        let over = TakeOver {
            sent: 3,
            received: 0,
        };
        let bytes = snapshot.bytes.dangerous_bytes();
        let restored = standby.restore(self.now, rustcrypto::provider(), bytes, over);
        let count = self.planes[side].children().len() - snapshot.left_out.len();
        assert_eq!(restored.map(|all| all.len()), Ok(count));
        self.planes[side] = standby;
        self.asked[side] = 0;
    }

    fn garbage(&mut self, side: usize, ops: &mut Bytes<'_>) {
        let (kind, len) = (ops.byte(), usize::from(ops.byte()));
        let mut bytes = ops.some(len).to_vec();
        let whole = 0..bytes.len();
        let plane = &mut self.planes[side];
        self.asked[side] += 1;
        match kind % 4 {
            0 => {
                let done = plane.inbound(self.now, &mut bytes, whole);
                assert!(!matches!(done, Inbound::Opened { .. }));
            }
            1 => {
                let done = plane.outbound(self.now, &mut bytes, whole);
                assert!(!matches!(done, Outbound::Protected(_)), "there is no room");
            }
            2 => {
                let _ = plane.passing(self.now, &bytes);
            }
            _ => {
                self.asked[side] -= 1;
                let _ = plane.told_too_big(self.now, &bytes, kind.into());
                let _ = plane.refuse(self.now, &bytes, kind > 99);
                let none = TakeOver {
                    sent: 0,
                    received: 0,
                };
                let refused = plane.restore(self.now, rustcrypto::provider(), &bytes, none);
                assert!(refused.is_err() || refused == Ok(vec![]));
            }
        }
    }

    fn check(&self) {
        for (plane, asked) in self.planes.iter().zip(self.asked) {
            let Counts {
                protected,
                opened,
                bypassed,
                control,
                dropped,
                acquires,
                cut,
                ..
            } = plane.counts();
            let all = protected + opened + bypassed + control + dropped + acquires + cut;
            assert_eq!(all, asked);
            assert!(plane.children().len() <= CHILDREN);
        }
    }
}

/// SPI and sequence number.
fn number(outer: &[u8]) -> [u8; 8] {
    outer[20..28].try_into().unwrap()
}

fn plane(policies: Vec<Policy<()>>) -> DataPlane<()> {
    DataPlane::new(Spd::new(policies).unwrap(), CHILDREN)
}

fn net(text: &str) -> Selector {
    Selector::new(text.parse().unwrap())
}

fn between(left: bool, a: Selector, b: Selector) -> Traffic {
    let (local, remote) = if left { (a, b) } else { (b, a) };
    Traffic { local, remote }
}

fn lans(left: bool) -> Traffic {
    between(left, net("10.1.0.0/16"), net("10.2.0.0/16"))
}

fn policies(left: bool, kind: u8) -> Vec<Policy<()>> {
    let port = Ports::new(0, 100).unwrap();
    let web = between(
        left,
        net("10.1.0.0/16").with_protocol(17),
        net("10.2.0.0/16").with_ports(port),
    );
    let lans = Policy::new("lans", vec![lans(left)], Action::Protect(()));
    let other = |action| Policy::new("web", vec![web], action);
    match kind % 5 {
        0 => vec![lans],
        1 => vec![other(Action::Bypass), lans],
        2 => vec![other(Action::Discard), lans],
        3 => vec![other(Action::Protect(()))],
        _ => vec![Policy::new("lans", vec![web], Action::Protect(()))],
    }
}

fn pair(left: bool, place: usize, n: u32, now: Instant, kind: u8) -> Child {
    let keys = || Keys {
        encryption: Secret::new(vec![7; 20]),
        integrity: Secret::new(vec![]),
    };
    let material = Material {
        encryption: Some(Encryption::ENCR_AES_GCM_16),
        integrity: None,
        sent: keys(),
        received: keys(),
    };
    let hard = Limits {
        time: (kind & 1 != 0).then(|| Duration::from_secs(300)),
        packets: (kind & 2 != 0).then_some(9),
        bytes: None,
    };
    let mut life = Lifetime::new(now, hard.share(50, 10, kind), hard);
    if kind & 4 != 0 {
        life = life.with_idle(Duration::from_secs(60));
    }
    let numbers = [Numbers::Short, Numbers::Extended][usize::from(kind >> 3 & 1)];
    let (ours, theirs) = if left {
        (n, n + (1 << 30))
    } else {
        (n + (1 << 30), n)
    };
    let transform = || material.esp(rustcrypto::provider(), &keys()).unwrap();
    let protection = Protection::Esp {
        sender: EspSender::new(theirs, transform(), numbers, life),
        receiver: EspReceiver::new(ours, transform(), numbers, 32 << (kind >> 6), life),
    };
    let (here, there) = if left {
        ([192, 0, 2, 1], [198, 51, 100, 1])
    } else {
        ([198, 51, 100, 1], [192, 0, 2, 1])
    };
    let tunnel = Tunnel::new(here.into(), there.into()).unwrap();
    let child = Child::new(
        place,
        vec![lans(left)],
        protection,
        Carriage::Tunnel(tunnel),
    );
    let child = if kind & 16 != 0 {
        child.with_fragments()
    } else {
        child
    };
    let child = if kind & 32 != 0 {
        child.with_cut_before()
    } else {
        child
    };
    child.with_material(material)
}

/// A packet from LAN to LAN: whole, or a piece of a datagram.
fn packet(kind: u8, len: u8) -> Vec<u8> {
    let payload = vec![kind & 0x3f; 8 + usize::from(len) * 8];
    let protocol = if kind & 0x40 == 0 {
        Protocol::UDP
    } else {
        Protocol::ICMP
    };
    let mut head = Ipv4::new(
        [10, 1, 0, 1].into(),
        [10, 2, 0, kind & 3].into(),
        protocol,
        &payload,
    );
    head.flags = match kind >> 4 & 3 {
        0 => Ipv4::DONT_FRAGMENT,
        1 => Ipv4::MORE_FRAGMENTS,
        2 => Ipv4::MORE_FRAGMENTS | 2,
        _ => 0,
    };
    let mut bytes = Vec::new();
    head.sealed().encode(&mut bytes);
    bytes.extend(&payload);
    bytes
}

const OPS_MAX: usize = 400;
const POLLS_MAX: usize = 10_000;
const CHILDREN: usize = 8;
