//! Two endpoints and the network between them.

use core::net::SocketAddr;
use ipsec_core::crypto::{Random, Secret, rustcrypto};
use ipsec_core::esp::sa::{EspReceiver, EspSender};
use ipsec_core::ike::config::{ChildConfig, EndpointConfig, Identity, PeerConfig};
use ipsec_core::ike::endpoint::Endpoint;
use ipsec_core::ike::event::{ChildId, CloseReason, ConnectionId, Event, ExportedKeys, Output};
use ipsec_core::ike::job::SharedKeys;
use ipsec_core::sa::pad::Pattern;
use ipsec_core::sa::selector::Selector;
use ipsec_core::simulate::network::{Datagram, Network, Path};
use ipsec_core::time::{Duration, Instant};
use ipsec_core::wire::registry::ip::Protocol;
use std::collections::BTreeMap;

pub(crate) const A: usize = 0;
pub(crate) const B: usize = 1;

/// Predictable: the same run again and again.
pub(crate) struct Dice(pub u64);

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Random for Dice {
    fn fill(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(8) {
            let bytes = self.roll().to_be_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
    }
}

pub(crate) fn net(text: &str) -> Vec<Selector> {
    vec![Selector::new(text.parse().unwrap())]
}

/// The configuration of one end: `a` has 10.1.0.0/16 behind it, `b` 10.2.0.0/16.
pub(crate) fn peer(end: usize) -> PeerConfig {
    let (own, other) = (["a", "b"][end], ["b", "a"][end]);
    let nets = ["10.1.0.0/16", "10.2.0.0/16"];
    let child = ChildConfig::new("net", net(nets[end]), net(nets[1 - end]));
    PeerConfig::new(other, Identity::fqdn(own), Pattern::Host(other.into())).with_child(child)
}

pub(crate) fn endpoint(peer: PeerConfig, seed: u64) -> Endpoint {
    endpoint_with(peer, seed, Secret::new(b"test test test".to_vec()))
}

pub(crate) fn endpoint_with(peer: PeerConfig, seed: u64, key: Secret) -> Endpoint {
    let mut config = EndpointConfig::new(rustcrypto::modern()).with_peer(peer);
    config.dangerous_export_keys = true;
    endpoint_of(config, seed, key)
}

pub(crate) fn endpoint_of(config: EndpointConfig, seed: u64, key: Secret) -> Endpoint {
    let mut keys = SharedKeys::default();
    keys.add(Pattern::Any, key);
    Endpoint::new(config, Box::new(keys), Box::new(Dice(seed)))
}

/// A child as its host holds it.
pub(crate) struct HostChild {
    pub(crate) sender: EspSender,
    pub(crate) receiver: EspReceiver,
    pub(crate) local: Vec<Selector>,
    pub(crate) remote: Vec<Selector>,
}

/// What happened at one end.
#[derive(Default)]
pub(crate) struct Host {
    pub(crate) established: Vec<ConnectionId>,
    pub(crate) children: BTreeMap<ChildId, HostChild>,
    pub(crate) ups: usize,
    pub(crate) closed: Vec<CloseReason>,
    pub(crate) failed: Vec<String>,
    pub(crate) ignored: Vec<String>,
    pub(crate) told: Vec<String>,
    pub(crate) rekeyed: usize,
    pub(crate) exported: Vec<ExportedKeys>,
    pub(crate) evidence: Vec<ipsec_core::evidence::Evidence>,
}

/// Two ends and what is between them.
pub(crate) struct Pair {
    pub(crate) now: Instant,
    pub(crate) ends: [Endpoint; 2],
    pub(crate) hosts: [Host; 2],
    pub(crate) network: Network,
    /// Every datagram that was sent.
    pub(crate) sent: Vec<Datagram>,
    pub(crate) keep_sent: bool,
}

pub(crate) fn address(end: usize) -> SocketAddr {
    ["192.0.2.10:500", "192.0.2.20:500"][end].parse().unwrap()
}

impl Pair {
    pub(crate) fn new(peers: [PeerConfig; 2], path: Path, seed: u64) -> Self {
        let [a, b] = peers;
        Self {
            now: Instant::from_seconds(1_000, 0),
            ends: [
                endpoint(a, seed.wrapping_mul(2)),
                endpoint(b, seed.wrapping_mul(2) ^ 0xffff_0001),
            ],
            hosts: Default::default(),
            network: Network::new(seed, path),
            sent: Vec::new(),
            keep_sent: true,
        }
    }

    /// Two ends with the usual configuration and nothing in the way.
    pub(crate) fn plain() -> Self {
        Self::new([peer(A), peer(B)], Path::default(), 7)
    }

    /// The same over a path on which messages overtake each other.
    pub(crate) fn with_jitter(seed: u64) -> Self {
        let path = Path {
            latency: Duration::from_millis(20),
            jitter: Duration::from_millis(15),
            ..Path::default()
        };
        Self::new([peer(A), peer(B)], path, seed)
    }

    /// B has only this network for A's 10.1.0.0/16.
    pub(crate) fn with_net_of_b(theirs: &str) -> Self {
        let mut peers = [peer(A), peer(B)];
        peers[B].children = vec![ChildConfig::new("net", net(theirs), net("10.1.0.0/16"))];
        Self::new(peers, Path::default(), 3)
    }

    /// Connects from A to B and lets everything happen that happens at once.
    pub(crate) fn connect(&mut self) -> ConnectionId {
        let id = self.begin();
        self.settle();
        id
    }

    /// Connects from A to B and takes the first datagram off the network.
    pub(crate) fn first_request(&mut self) -> Datagram {
        self.begin();
        self.drain();
        self.network.poll(self.now).unwrap()
    }

    fn begin(&mut self) -> ConnectionId {
        self.ends[A]
            .connect(self.now, "b", address(A), address(B))
            .unwrap()
    }

    pub(crate) fn drain(&mut self) {
        for end in [A, B] {
            loop {
                match self.ends[end].poll_output() {
                    Output::Transmit(sent) => {
                        let datagram = Datagram {
                            from: sent.local,
                            to: sent.remote,
                            payload: sent.payload,
                        };
                        if self.keep_sent {
                            self.sent.push(datagram.clone());
                        }
                        self.network.send(self.now, datagram);
                    }
                    Output::Event(event) => self.hosts[end].note(event),
                    Output::Job(job, _) => panic!("{job} was not answered"),
                    Output::Timeout(_) => break,
                }
            }
        }
    }

    pub(crate) fn next_timeout(&mut self) -> Option<Instant> {
        let mut next = None;
        for end in [A, B] {
            if let Output::Timeout(Some(at)) = self.ends[end].poll_output() {
                next = Some(next.map_or(at, |next: Instant| next.min(at)));
            }
        }
        next
    }

    pub(crate) fn deliver(&mut self, datagram: &Datagram) {
        let end = [A, B]
            .into_iter()
            .find(|end| address(*end).ip() == datagram.to.ip())
            .unwrap();
        self.ends[end].handle(self.now, datagram.to, datagram.from, &datagram.payload);
        self.drain();
    }

    /// Until nothing is under way any more.
    pub(crate) fn settle(&mut self) {
        self.drain();
        while let Some(at) = self.network.next_arrival() {
            self.now = self.now.max(at);
            while let Some(datagram) = self.network.poll(self.now) {
                self.deliver(&datagram);
            }
        }
    }

    /// Lets time pass, with everything that happens in it.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now.saturating_add(time);
        self.drain();
        loop {
            let arrival = self.network.next_arrival();
            let timeout = self.next_timeout();
            let Some(next) = arrival.into_iter().chain(timeout).min() else {
                break;
            };
            if next > end {
                break;
            }
            self.now = self.now.max(next);
            while let Some(datagram) = self.network.poll(self.now) {
                self.deliver(&datagram);
            }
            for one in &mut self.ends {
                one.handle_timeout(self.now);
            }
            self.drain();
        }
        self.now = end;
    }

    /// Sends user data both ways through every child, and checks that the ends
    /// hold the same children.
    pub(crate) fn check_traffic(&mut self) {
        let [a, b] = &mut self.hosts;
        assert_eq!(a.children.len(), b.children.len());
        for (id, child) in &mut a.children {
            let theirs = ChildId::spi;
            let other = b
                .children
                .values_mut()
                .find(|other| other.sender.spi() == theirs(*id))
                .unwrap();
            assert_eq!(child.local, other.remote);
            assert_eq!(child.remote, other.local);
            pass_data(self.now, &mut child.sender, &mut other.receiver);
            pass_data(self.now, &mut other.sender, &mut child.receiver);
        }
    }
}

pub(crate) fn pass_data(now: Instant, sender: &mut EspSender, receiver: &mut EspReceiver) {
    let data = b"user data";
    let room = sender.room(data.len());
    let mut buffer = vec![0; room.before + data.len() + room.after];
    let payload = room.before..room.before + data.len();
    buffer[payload.clone()].copy_from_slice(data);
    let packet = sender
        .seal_in_place(now, Protocol::UDP, &mut buffer, payload)
        .unwrap();
    let packet = &mut buffer[packet];
    let opened = receiver.open_in_place(now, packet).unwrap();
    assert_eq!(&packet[opened.payload], data);
}

impl Host {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest is of no interest")]
    fn note(&mut self, event: Event) {
        match event {
            Event::Established(one) => self.established.push(one.connection),
            Event::ChildUp(one) => {
                self.ups += 1;
                let child = HostChild {
                    sender: one.sender,
                    receiver: one.receiver,
                    local: one.local,
                    remote: one.remote,
                };
                assert!(self.children.insert(one.child, child).is_none());
            }
            Event::ChildDown { child, .. } => {
                self.children.remove(&child).unwrap();
            }
            Event::ChildFailed { why, .. } => self.failed.push(why.to_string()),
            Event::Rekeyed { .. } => self.rekeyed += 1,
            Event::Closed { why, .. } => self.closed.push(why),
            Event::Ignored { why, .. } => self.ignored.push(why.to_string()),
            Event::Evidence(evidence) => {
                if let ipsec_core::evidence::Fact::Logged(logged) = &evidence.fact {
                    self.told.push(logged.to_string());
                }
                self.evidence.push(*evidence);
            }
            Event::Keys(keys) => self.exported.push(*keys),
            _ => {}
        }
    }
}
