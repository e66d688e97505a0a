//! Policies, SAs and packets for JavaScript (RFC 4301 §5): bytes in, bytes out.
//!
//! `now` is in milliseconds of any origin that the caller keeps to, such as
//! `performance.now()`.

mod halves;
mod words;

pub use halves::{AhReceiver, AhSender, EspReceiver, EspSender, Opened};
pub use words::{Action, Direction, InboundKind, OutboundKind};

use core::net::{IpAddr, SocketAddr};
use halves::{instant, roomy};
use ipsec_core::dataplane::{self as plane, Carriage, Child, HEADROOM, Protection, TAILROOM};
use ipsec_core::esp::tunnel::{self, UdpPorts};
use ipsec_core::sa::path_mtu::PathMtu;
use ipsec_core::sa::sad;
use ipsec_core::sa::selector::{Ports, Selector};
use ipsec_core::sa::spd::{self, Spd, Traffic};
use ipsec_core::time::Instant;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// What happens to which packets.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Policy(spd::Policy<()>);

#[wasm_bindgen]
impl Policy {
    /// A policy for packets between `local` and `remote` addresses, each a
    /// prefix, a range or one address; of one protocol, where that is given.
    ///
    /// # Errors
    /// When `local` or `remote` names no addresses.
    #[wasm_bindgen(constructor)]
    pub fn new(
        name: String,
        action: Action,
        local: &str,
        remote: &str,
        protocol: Option<u8>,
    ) -> Result<Self, JsError> {
        let traffic = between(local, remote, protocol.unwrap_or(0))?;
        let action = match action {
            Action::Protect => spd::Action::Protect(()),
            Action::Bypass => spd::Action::Bypass,
            Action::Discard | Action::__Invalid => spd::Action::Discard,
        };
        Ok(Self(spd::Policy::new(name, vec![traffic], action)))
    }

    /// The same for packets whose ports on the peer's side are these.
    ///
    /// # Errors
    /// When the last is before the first.
    #[wasm_bindgen(js_name = toPorts)]
    pub fn to_ports(mut self, first: u16, last: u16) -> Result<Self, JsError> {
        let ports = Ports::new(first, last).ok_or_else(|| JsError::new("no such ports"))?;
        for part in &mut self.0.traffic {
            part.remote = part.remote.with_ports(ports);
        }
        Ok(self)
    }

    /// The same for packets that go this way alone.
    #[wasm_bindgen(js_name = oneWay)]
    #[must_use]
    pub fn one_way(self, direction: Direction) -> Self {
        match direction {
            Direction::Out => Self(self.0.one_way(spd::Direction::Out)),
            Direction::In => Self(self.0.one_way(spd::Direction::In)),
            Direction::__Invalid => self,
        }
    }
}

fn between(local: &str, remote: &str, protocol: u8) -> Result<Traffic, JsError> {
    let side = |text: &str| {
        let addresses = text.parse();
        let none = |_| JsError::new(&format!("{text:?} is no prefix, range or address"));
        Ok::<_, JsError>(Selector::new(addresses.map_err(none)?).with_protocol(protocol))
    };
    Ok(Traffic {
        local: side(local)?,
        remote: side(remote)?,
    })
}

/// The way between two gateways.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug)]
pub struct Tunnel(tunnel::Tunnel);

#[wasm_bindgen]
impl Tunnel {
    /// From the address of this gateway to that of the other.
    ///
    /// # Errors
    /// When these are no addresses, or of two versions of IP.
    #[wasm_bindgen(constructor)]
    pub fn new(local: &str, remote: &str) -> Result<Self, JsError> {
        let (local, remote) = (local.parse::<IpAddr>()?, remote.parse::<IpAddr>()?);
        let tunnel = tunnel::Tunnel::new(local, remote);
        Ok(Self(
            tunnel.ok_or_else(|| JsError::new("two versions of IP"))?,
        ))
    }

    /// The same in UDP, from our port to the peer's.
    #[wasm_bindgen(js_name = inUdp)]
    #[must_use]
    pub fn in_udp(self, local: u16, remote: u16) -> Self {
        Self(self.0.with_udp(UdpPorts { local, remote }))
    }
}

/// What is to be done with a packet of the protected side.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
#[non_exhaustive]
pub struct Outbound {
    /// What.
    pub kind: OutboundKind,
    /// The packet to be sent instead.
    pub packet: Option<Vec<u8>>,
    /// Bytes of the largest piece.
    pub mtu: Option<u16>,
    /// Place of the policy that wants an SA.
    pub policy: Option<usize>,
    /// The traffic that the SA is for.
    pub traffic: Option<String>,
    /// Why it was dropped or answered.
    pub reason: Option<String>,
}

/// What is to be done with a packet of the other side.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
#[non_exhaustive]
pub struct Inbound {
    /// What.
    pub kind: InboundKind,
    /// The packet inside.
    pub packet: Option<Vec<u8>>,
    /// Address and port that it came from.
    pub source: Option<String>,
    /// Why it was dropped.
    pub reason: Option<String>,
}

/// Names a pair of SAs of one data plane for as long as it is there.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug)]
pub struct Handle(sad::Handle);

/// A gateway's data plane: packets of the protected side go out through it, and
/// those of the other side come in. It opens no socket and asks no clock.
#[wasm_bindgen]
#[derive(Debug)]
pub struct DataPlane(plane::DataPlane<()>);

#[wasm_bindgen]
impl DataPlane {
    /// A data plane with these policies, the first of which goes before all
    /// others, for up to `children` pairs of SAs.
    ///
    /// # Errors
    /// When there are too many policies, or one contradicts itself.
    #[wasm_bindgen(constructor)]
    pub fn new(policies: Vec<Policy>, children: usize) -> Result<Self, JsError> {
        let policies = policies.into_iter().map(|policy| policy.0).collect();
        Ok(Self(plane::DataPlane::new(Spd::new(policies)?, children)))
    }

    /// Puts in a pair of ESP SAs for the policy at a place. It takes over both
    /// halves. Without a tunnel packets keep their own heads.
    ///
    /// # Errors
    /// When another SA has its SPI, or there is no room for more.
    #[expect(clippy::too_many_arguments, reason = "what a pair of SAs consists of")]
    pub fn install(
        &mut self,
        now: f64,
        sender: EspSender,
        receiver: EspReceiver,
        policy: usize,
        local: &str,
        remote: &str,
        tunnel: Option<Tunnel>,
        mtu: Option<u16>,
    ) -> Result<Handle, JsError> {
        let protection = Protection::Esp {
            sender: sender.0,
            receiver: receiver.0,
        };
        self.put(now, protection, (policy, local, remote), tunnel, mtu)
    }

    /// The same with a pair of AH SAs.
    ///
    /// # Errors
    /// As `install`.
    #[wasm_bindgen(js_name = installAh)]
    #[expect(clippy::too_many_arguments, reason = "what a pair of SAs consists of")]
    pub fn install_ah(
        &mut self,
        now: f64,
        sender: AhSender,
        receiver: AhReceiver,
        policy: usize,
        local: &str,
        remote: &str,
        tunnel: Option<Tunnel>,
        mtu: Option<u16>,
    ) -> Result<Handle, JsError> {
        let protection = Protection::Ah {
            sender: sender.0,
            receiver: receiver.0,
        };
        self.put(now, protection, (policy, local, remote), tunnel, mtu)
    }

    fn put(
        &mut self,
        now: f64,
        protection: Protection,
        (policy, local, remote): (usize, &str, &str),
        tunnel: Option<Tunnel>,
        mtu: Option<u16>,
    ) -> Result<Handle, JsError> {
        let traffic = between(local, remote, 0)?;
        let carriage = match tunnel {
            Some(tunnel) => Carriage::Tunnel(tunnel.0),
            None => Carriage::Transport {
                udp: None,
                original: None,
            },
        };
        let outer = tunnel.map_or_else(
            || traffic.remote.addresses().low(),
            |tunnel| tunnel.0.remote(),
        );
        let child = Child::new(policy, vec![traffic], protection, carriage);
        let child = match mtu {
            Some(mtu) if outer.is_ipv6() => child.with_path(PathMtu::v6(mtu)),
            Some(mtu) => child.with_path(PathMtu::v4(mtu)),
            None => child,
        };
        Ok(Handle(self.0.install(instant(now)?, child)?))
    }

    /// Takes a pair of SAs out; says whether it was there.
    pub fn remove(&mut self, child: &Handle) -> bool {
        self.0.remove(child.0).is_some()
    }

    /// Processes a whole IP packet of the protected side.
    ///
    /// # Errors
    /// When `now` is no time.
    pub fn outbound(&mut self, now: f64, packet: &[u8]) -> Result<Outbound, JsError> {
        Ok(self.send(instant(now)?, packet))
    }

    /// Processes many packets in turn.
    ///
    /// # Errors
    /// When `now` is no time.
    #[wasm_bindgen(js_name = outboundBatch)]
    pub fn outbound_batch(
        &mut self,
        now: f64,
        packets: Vec<Uint8Array>,
    ) -> Result<Vec<Outbound>, JsError> {
        let now = instant(now)?;
        let each = packets
            .iter()
            .map(|packet| self.send(now, &packet.to_vec()));
        Ok(each.collect())
    }

    /// Processes a whole IP packet of the other side that is for this host.
    ///
    /// # Errors
    /// When `now` is no time.
    pub fn inbound(&mut self, now: f64, packet: Vec<u8>) -> Result<Inbound, JsError> {
        Ok(self.receive(instant(now)?, packet))
    }

    /// Processes many packets in turn.
    ///
    /// # Errors
    /// When `now` is no time.
    #[wasm_bindgen(js_name = inboundBatch)]
    pub fn inbound_batch(
        &mut self,
        now: f64,
        packets: Vec<Uint8Array>,
    ) -> Result<Vec<Inbound>, JsError> {
        let now = instant(now)?;
        let each = packets
            .iter()
            .map(|packet| self.receive(now, packet.to_vec()));
        Ok(each.collect())
    }

    fn send(&mut self, now: Instant, packet: &[u8]) -> Outbound {
        let (mut buffer, at) = roomy(HEADROOM, packet, TAILROOM);
        let mut shown = Outbound {
            kind: OutboundKind::Dropped,
            packet: None,
            mtu: None,
            policy: None,
            traffic: None,
            reason: None,
        };
        match self.0.outbound(now, &mut buffer, at) {
            plane::Outbound::Protected(at) => {
                shown.kind = OutboundKind::Protected;
                shown.packet = buffer.get(at).map(<[u8]>::to_vec);
            }
            plane::Outbound::Bypassed => shown.kind = OutboundKind::Bypassed,
            plane::Outbound::Acquire {
                policy, traffic, ..
            } => {
                (shown.kind, shown.policy) = (OutboundKind::Acquire, Some(policy));
                shown.traffic = Some(format!("{} === {}", traffic.local, traffic.remote));
            }
            plane::Outbound::Cut { mtu } => {
                (shown.kind, shown.mtu) = (OutboundKind::Cut, Some(mtu));
            }
            plane::Outbound::Answered { why, reply } => {
                (shown.kind, shown.packet) = (OutboundKind::Answered, Some(reply));
                shown.reason = Some(why.to_string());
            }
            plane::Outbound::Dropped(why) => shown.reason = Some(why.to_string()),
            _ => {}
        }
        shown
    }

    fn receive(&mut self, now: Instant, mut packet: Vec<u8>) -> Inbound {
        let whole = 0..packet.len();
        let mut shown = Inbound {
            kind: InboundKind::Dropped,
            packet: None,
            source: None,
            reason: None,
        };
        match self.0.inbound(now, &mut packet, whole) {
            plane::Inbound::Opened {
                packet: at, from, ..
            } => {
                shown.kind = InboundKind::Opened;
                shown.packet = packet.get(at).map(<[u8]>::to_vec);
                shown.source = Some(SocketAddr::to_string(&from));
            }
            plane::Inbound::Bypassed => shown.kind = InboundKind::Bypassed,
            plane::Inbound::Control => shown.kind = InboundKind::Control,
            plane::Inbound::Dropped(why) => shown.reason = Some(why.to_string()),
            _ => {}
        }
        shown
    }
}
