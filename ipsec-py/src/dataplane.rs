//! Policies, SAs and packets (RFC 4301 §5).

use crate::plain::{Address, Buffer, Seconds};
use crate::sa::{AhReceiver, AhSender, EspReceiver, EspSender};
use core::net::IpAddr;
use ipsec_core::dataplane::{self as plane, Carriage, HEADROOM, Protection, TAILROOM};
use ipsec_core::esp::tunnel::{Tunnel, UdpPorts};
use ipsec_core::sa::lifetime::Age;
use ipsec_core::sa::path_mtu::PathMtu;
use ipsec_core::sa::sad::Handle;
use ipsec_core::sa::selector::{Ports, Selector};
use ipsec_core::sa::spd::{Action, Direction, Flow, Policy as CorePolicy, Spd as CoreSpd, Traffic};
use ipsec_core::time::Instant;
use ipsec_core::wire::registry::ip::Protocol;
use pyo3::exceptions::{PyKeyError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What happens to which packets.
#[pyclass(frozen, from_py_object, eq, module = "ipsec_core")]
#[derive(Clone, PartialEq)]
pub(crate) struct Policy(CorePolicy<()>);

#[pymethods]
impl Policy {
    /// A policy for packets between `local` and `remote` addresses: a prefix,
    /// a range "FIRST-LAST" or one address, of either a list or tuple too, each
    /// with each.
    ///
    /// `action` is "protect", "bypass" or "discard"; `protocol` a number, 0 for
    /// any; the ports are the first and the last; `direction` is "out", "in" or
    /// None for both.
    #[new]
    #[pyo3(signature = (
        name, action, local, remote, *,
        protocol = 0, local_ports = (0, u16::MAX), remote_ports = (0, u16::MAX), direction = None
    ))]
    #[expect(
        clippy::too_many_arguments,
        reason = "the selectors of RFC 4301 §4.4.1.1"
    )]
    fn new(
        name: String,
        action: &str,
        local: Addresses,
        remote: Addresses,
        protocol: u8,
        local_ports: (u16, u16),
        remote_ports: (u16, u16),
        direction: Option<&str>,
    ) -> PyResult<Self> {
        let local = local.selectors(protocol, local_ports)?;
        let remote = remote.selectors(protocol, remote_ports)?;
        let action = match action {
            "protect" => Action::Protect(()),
            "bypass" => Action::Bypass,
            "discard" => Action::Discard,
            other => return Err(PyValueError::new_err(format!("action: {other:?}"))),
        };
        let policy = CorePolicy::new(name, between(&local, &remote), action);
        Ok(Self(match direction {
            None => policy,
            Some(way) => policy.one_way(direction_of(way)?),
        }))
    }

    /// What people call it.
    #[getter]
    fn name(&self) -> &str {
        &self.0.name
    }

    /// "protect", "bypass" or "discard".
    #[getter]
    const fn action(&self) -> &'static str {
        match self.0.action {
            Action::Protect(()) => "protect",
            Action::Bypass => "bypass",
            Action::Discard => "discard",
        }
    }

    fn __repr__(&self) -> String {
        let traffic: Vec<String> = self.0.traffic.iter().map(shown).collect();
        format!(
            "<Policy {:?}: {} {}>",
            self.0.name,
            self.action(),
            traffic.join(", ")
        )
    }
}

/// Each of `local` with each of `remote`.
fn between(local: &[Selector], remote: &[Selector]) -> Vec<Traffic> {
    let pairs = local.iter().flat_map(|local| {
        let pair = |remote: &Selector| Traffic {
            local: *local,
            remote: *remote,
        };
        remote.iter().map(pair)
    });
    pairs.collect()
}

fn shown(traffic: &Traffic) -> String {
    format!("{} === {}", traffic.local, traffic.remote)
}

fn direction_of(way: &str) -> PyResult<Direction> {
    match way {
        "out" => Ok(Direction::Out),
        "in" => Ok(Direction::In),
        other => Err(PyValueError::new_err(format!("direction: {other:?}"))),
    }
}

/// Prefixes, ranges or single addresses.
#[derive(FromPyObject)]
pub(crate) enum Addresses {
    One(String),
    Several(Vec<String>),
}

impl Addresses {
    fn selectors(self, protocol: u8, (first, last): (u16, u16)) -> PyResult<Vec<Selector>> {
        let ports = Ports::new(first, last);
        let ports =
            ports.ok_or_else(|| PyValueError::new_err("ports: the last before the first"))?;
        let all = match self {
            Self::One(one) => vec![one],
            Self::Several(several) => several,
        };
        let selector = |text: String| {
            let addresses = text.parse();
            let addresses = addresses.map_err(|_| {
                PyValueError::new_err(format!("{text:?} is no prefix, range or address"))
            })?;
            Ok(Selector::new(addresses)
                .with_protocol(protocol)
                .with_ports(ports))
        };
        all.into_iter().map(selector).collect()
    }
}

/// All policies in their order: the first that fits a packet decides, and what
/// none fits is discarded.
#[pyclass(frozen, module = "ipsec_core")]
pub(crate) struct Spd(CoreSpd<()>);

/// Which policy decides, and which would have if it were not there.
#[pyclass(frozen, get_all, module = "ipsec_core")]
pub(crate) struct Decision {
    /// The policy that decides; without one the packet is discarded.
    winner: Option<Policy>,
    /// Policies behind it that fit as well, in order.
    shadowed: Vec<Policy>,
}

#[pymethods]
impl Spd {
    /// A database of these policies.
    #[new]
    fn new(policies: Vec<Policy>) -> PyResult<Self> {
        let policies = policies.into_iter().map(|policy| policy.0).collect();
        let spd = CoreSpd::new(policies);
        Ok(Self(spd.map_err(|error| {
            PyValueError::new_err(error.to_string())
        })?))
    }

    /// The policies in order.
    #[getter]
    fn policies(&self) -> Vec<Policy> {
        self.0.policies().iter().cloned().map(Policy).collect()
    }

    /// Say what happens to a packet that goes "out" or "in". `local` is its
    /// source on the way out, and its destination on the way in; `ports` are
    /// the local and the remote one, None for a packet that shows none.
    #[pyo3(signature = (direction, local, remote, protocol, ports = None))]
    fn explain(
        &self,
        direction: &str,
        local: Address,
        remote: Address,
        protocol: u8,
        ports: Option<(u16, u16)>,
    ) -> PyResult<Decision> {
        let flow = Flow {
            local: local.0,
            remote: remote.0,
            protocol: Protocol(protocol),
            ports,
        };
        let decision = self.0.explain(direction_of(direction)?, &flow);
        Ok(Decision {
            winner: decision.winner.cloned().map(Policy),
            shadowed: decision.shadowed.into_iter().cloned().map(Policy).collect(),
        })
    }

    fn __len__(&self) -> usize {
        self.0.policies().len()
    }
}

/// Names a pair of SAs of one data plane for as long as it is there.
#[pyclass(frozen, from_py_object, eq, hash, module = "ipsec_core")]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Child(Handle);

/// What is to be done with a packet of the protected side.
#[pyclass(frozen, get_all, module = "ipsec_core")]
pub(crate) struct Outbound {
    /// "protected": `packet` is to be sent; "bypassed": the packet itself is;
    /// "acquire": an SA is needed first; "cut": it is to be handed over in
    /// pieces of at most `mtu` bytes; "answered": nothing, but `packet`, an ICMP
    /// message, goes to its sender; "dropped": nothing.
    kind: &'static str,
    /// The packet to be sent instead.
    packet: Option<Py<PyBytes>>,
    /// Bytes of the largest piece.
    mtu: Option<u16>,
    /// Place of the policy that wants an SA.
    policy: Option<usize>,
    /// The traffic that the SA is for.
    traffic: Option<String>,
    /// Why it was dropped.
    reason: Option<String>,
}

/// What is to be done with a packet of the other side.
#[pyclass(frozen, get_all, module = "ipsec_core")]
pub(crate) struct Inbound {
    /// "opened": `packet` was inside; "bypassed": it is to be taken as it is;
    /// "control": it is of IKE, or keeps a NAT open; "dropped": nothing.
    kind: &'static str,
    /// The packet inside.
    packet: Option<Py<PyBytes>>,
    /// The pair of SAs that it came by.
    child: Option<Child>,
    /// Address and port that it came from.
    source: Option<(IpAddr, u16)>,
    /// Why it was dropped.
    reason: Option<String>,
}

#[pymethods]
impl Outbound {
    fn __repr__(&self) -> String {
        repr("Outbound", self.kind, self.reason.as_deref())
    }
}

#[pymethods]
impl Inbound {
    fn __repr__(&self) -> String {
        repr("Inbound", self.kind, self.reason.as_deref())
    }
}

fn repr(class: &str, kind: &str, reason: Option<&str>) -> String {
    match reason {
        Some(reason) => format!("<{class} {kind}: {reason}>"),
        None => format!("<{class} {kind}>"),
    }
}

/// What went through, and what did not.
#[pyclass(frozen, get_all, module = "ipsec_core")]
pub(crate) struct Counts {
    /// Packets protected.
    protected: u64,
    /// Packets opened.
    opened: u64,
    /// Packets let through as they are, both ways.
    bypassed: u64,
    /// IKE messages and keepalives passed on.
    control: u64,
    /// Packets dropped, both ways, answered or not.
    dropped: u64,
    /// Packets that asked for an SA.
    acquires: u64,
    /// Packets handed back to be cut.
    cut: u64,
    /// Packets answered with an ICMP error.
    answered: u64,
}

/// A gateway's data plane: packets of the protected side go out through it, and
/// those of the other side come in. It opens no socket and asks no clock.
#[pyclass(frozen, module = "ipsec_core")]
pub(crate) struct DataPlane(Mutex<plane::DataPlane<()>>);

#[derive(FromPyObject)]
pub(crate) enum SenderArg<'py> {
    Esp(Bound<'py, EspSender>),
    Ah(Bound<'py, AhSender>),
}

#[derive(FromPyObject)]
pub(crate) enum ReceiverArg<'py> {
    Esp(Bound<'py, EspReceiver>),
    Ah(Bound<'py, AhReceiver>),
}

#[pymethods]
impl DataPlane {
    /// A data plane with these policies, for up to `children` pairs of SAs.
    #[new]
    #[pyo3(signature = (policies, *, children = 1 << 16))]
    fn new(policies: Bound<'_, Spd>, children: usize) -> Self {
        let policies = policies.get().0.clone();
        Self(Mutex::new(plane::DataPlane::new(policies, children)))
    }

    /// Put in a pair of SAs for the policy at place `policy`. It takes over
    /// both halves, which are of no more use elsewhere.
    ///
    /// `local` and `remote` are the addresses that it is for. `tunnel` has the
    /// addresses of this gateway and of the other; without it the packets keep
    /// their own heads (transport mode). `udp` has our port and the peer's,
    /// where ESP goes in UDP. `mtu` is that of the link.
    ///
    /// Raises ValueError where another SA has its SPI, or there is no room.
    #[pyo3(signature = (
        sender, receiver, *, policy, local, remote, tunnel = None, udp = None, mtu = 1500,
        now = Seconds::default()
    ))]
    #[expect(clippy::too_many_arguments, reason = "what a pair of SAs consists of")]
    fn install(
        &self,
        sender: SenderArg<'_>,
        receiver: ReceiverArg<'_>,
        policy: usize,
        local: Addresses,
        remote: Addresses,
        tunnel: Option<(Address, Address)>,
        udp: Option<(u16, u16)>,
        mtu: u16,
        now: Seconds,
    ) -> PyResult<Child> {
        let [local, remote] = [local, remote].map(|side| side.selectors(0, (0, u16::MAX)));
        let traffic = between(&local?, &remote?);
        let udp = udp.map(|(local, remote)| UdpPorts { local, remote });
        let ipv6 = match tunnel {
            Some((local, _)) => local.0.is_ipv6(),
            None => traffic
                .iter()
                .any(|part| part.remote.addresses().low().is_ipv6()),
        };
        let path = match ipv6 {
            true => PathMtu::v6(mtu),
            false => PathMtu::v4(mtu),
        };
        let (way, halves) = (carriage(tunnel, udp)?, protection(&sender, &receiver)?);
        let child = plane::Child::new(policy, traffic, halves, way).with_path(path);
        let installed = self.lock().install(now.0, child);
        let handle = installed.map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok(Child(handle))
    }

    /// Take a pair of SAs out.
    ///
    /// Raises KeyError where it is not there.
    fn remove(&self, child: Child) -> PyResult<()> {
        let removed = self.lock().remove(child.0);
        removed
            .map(drop)
            .ok_or_else(|| PyKeyError::new_err("no such pair of SAs"))
    }

    /// Process a whole IP packet of the protected side.
    #[pyo3(signature = (packet, *, now = Seconds::default()))]
    fn outbound(&self, py: Python<'_>, packet: Buffer, now: Seconds) -> Outbound {
        let done = py.detach(|| out(&mut self.lock(), now.0, &packet));
        Outbound::new(py, done)
    }

    /// Process many packets in turn, without holding up other threads of
    /// Python.
    #[pyo3(signature = (packets, *, now = Seconds::default()))]
    fn outbound_batch(&self, py: Python<'_>, packets: Vec<Buffer>, now: Seconds) -> Vec<Outbound> {
        let done = py.detach(|| {
            let all = &mut self.lock();
            let each = packets.iter().map(|packet| out(all, now.0, packet));
            each.collect::<Vec<_>>()
        });
        done.into_iter()
            .map(|done| Outbound::new(py, done))
            .collect()
    }

    /// Process a whole IP packet of the other side that is for this host.
    #[pyo3(signature = (packet, *, now = Seconds::default()))]
    fn inbound(&self, py: Python<'_>, packet: Buffer, now: Seconds) -> Inbound {
        let done = py.detach(|| come(&mut self.lock(), now.0, &packet));
        Inbound::new(py, done)
    }

    /// Process many packets in turn, without holding up other threads of
    /// Python.
    #[pyo3(signature = (packets, *, now = Seconds::default()))]
    fn inbound_batch(&self, py: Python<'_>, packets: Vec<Buffer>, now: Seconds) -> Vec<Inbound> {
        let done = py.detach(|| {
            let all = &mut self.lock();
            let each = packets.iter().map(|packet| come(all, now.0, packet));
            each.collect::<Vec<_>>()
        });
        done.into_iter()
            .map(|done| Inbound::new(py, done))
            .collect()
    }

    /// A pair of SAs that has aged, and how: "stale" (to be replaced), "idle" or
    /// "over". Ask until there is none.
    #[pyo3(signature = (*, now = Seconds::default()))]
    fn poll(&self, now: Seconds) -> Option<(Child, &'static str)> {
        let aged = self.lock().poll(now.0)?;
        let age = match aged.age {
            Age::Fresh => "fresh",
            Age::Stale => "stale",
            Age::Idle => "idle",
            Age::Over => "over",
        };
        Some((Child(aged.child), age))
    }

    /// When to ask `poll` again at the latest, in seconds.
    #[getter]
    fn next_timeout(&self) -> Option<f64> {
        let next = self.lock().next_timeout()?;
        Some(next.saturating_since(Instant::ZERO).as_secs_f64())
    }

    /// Take in that a router says a packet of ours was too long: `quoted` is
    /// its beginning, `mtu` what the router lets through, or 0. Gives the pair
    /// of SAs whose path is narrower than was known.
    #[pyo3(signature = (quoted, mtu, *, now = Seconds::default()))]
    fn told_too_big(&self, quoted: Buffer, mtu: u16, now: Seconds) -> Option<Child> {
        self.lock().told_too_big(now.0, &quoted, mtu).map(Child)
    }

    /// The pairs of SAs that are there.
    #[getter]
    fn children(&self) -> Vec<Child> {
        let plane = self.lock();
        plane
            .children()
            .iter()
            .map(|(handle, _)| Child(handle))
            .collect()
    }

    /// The policies.
    #[getter]
    fn policies(&self) -> Spd {
        Spd(self.lock().policies().clone())
    }

    /// What went through so far, and what did not.
    #[getter]
    fn counts(&self) -> Counts {
        let counts = self.lock().counts();
        Counts {
            protected: counts.protected,
            opened: counts.opened,
            bypassed: counts.bypassed,
            control: counts.control,
            dropped: counts.dropped,
            acquires: counts.acquires,
            cut: counts.cut,
            answered: counts.answered,
        }
    }
}

impl DataPlane {
    fn lock(&self) -> MutexGuard<'_, plane::DataPlane<()>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn carriage(tunnel: Option<(Address, Address)>, udp: Option<UdpPorts>) -> PyResult<Carriage> {
    let Some((local, remote)) = tunnel else {
        return Ok(Carriage::Transport {
            udp,
            original: None,
        });
    };
    let tunnel = Tunnel::new(local.0, remote.0);
    let tunnel = tunnel.ok_or_else(|| PyValueError::new_err("tunnel: two versions of IP"))?;
    Ok(Carriage::Tunnel(match udp {
        Some(ports) => tunnel.with_udp(ports),
        None => tunnel,
    }))
}

fn protection(sender: &SenderArg<'_>, receiver: &ReceiverArg<'_>) -> PyResult<Protection> {
    match (sender, receiver) {
        (SenderArg::Esp(sender), ReceiverArg::Esp(receiver)) => Ok(Protection::Esp {
            sender: sender.get().half.take()?,
            receiver: receiver.get().half.take()?,
        }),
        (SenderArg::Ah(sender), ReceiverArg::Ah(receiver)) => Ok(Protection::Ah {
            sender: sender.get().half.take()?,
            receiver: receiver.get().half.take()?,
        }),
        _ => Err(PyTypeError::new_err("one half is of ESP, the other of AH")),
    }
}

/// The packet to be sent, where there is one, and what is to be done.
fn out(all: &mut plane::DataPlane<()>, now: Instant, packet: &[u8]) -> (plane::Outbound, Vec<u8>) {
    let end = HEADROOM.saturating_add(packet.len());
    let mut buffer = Vec::with_capacity(end.saturating_add(TAILROOM));
    buffer.resize(HEADROOM, 0);
    buffer.extend_from_slice(packet);
    buffer.resize(end.saturating_add(TAILROOM), 0);
    let done = all.outbound(now, &mut buffer, HEADROOM..end);
    if let plane::Outbound::Protected(at) = &done {
        buffer.truncate(at.end);
        buffer.drain(..at.start);
    }
    (done, buffer)
}

fn come(all: &mut plane::DataPlane<()>, now: Instant, packet: &[u8]) -> (plane::Inbound, Vec<u8>) {
    let mut buffer = packet.to_vec();
    let whole = 0..buffer.len();
    (all.inbound(now, &mut buffer, whole), buffer)
}

impl Outbound {
    fn new(py: Python<'_>, (done, sealed): (plane::Outbound, Vec<u8>)) -> Self {
        let mut shown = Self {
            kind: "dropped",
            packet: None,
            mtu: None,
            policy: None,
            traffic: None,
            reason: None,
        };
        let bytes = |bytes: &[u8]| Some(PyBytes::new(py, bytes).unbind());
        match done {
            plane::Outbound::Protected(_) => {
                (shown.kind, shown.packet) = ("protected", bytes(&sealed));
            }
            plane::Outbound::Bypassed => shown.kind = "bypassed",
            plane::Outbound::Acquire {
                policy, traffic, ..
            } => {
                (shown.kind, shown.policy) = ("acquire", Some(policy));
                shown.traffic = Some(self::shown(&traffic));
            }
            plane::Outbound::Cut { mtu } => (shown.kind, shown.mtu) = ("cut", Some(mtu)),
            plane::Outbound::Answered { why, reply } => {
                (shown.kind, shown.packet) = ("answered", bytes(&reply));
                shown.reason = Some(why.to_string());
            }
            plane::Outbound::Dropped(why) => shown.reason = Some(why.to_string()),
            _ => {}
        }
        shown
    }
}

impl Inbound {
    fn new(py: Python<'_>, (done, opened): (plane::Inbound, Vec<u8>)) -> Self {
        let mut shown = Self {
            kind: "dropped",
            packet: None,
            child: None,
            source: None,
            reason: None,
        };
        match done {
            plane::Inbound::Opened {
                packet,
                child,
                from,
            } => {
                let inner = opened.get(packet).unwrap_or_default();
                shown.kind = "opened";
                shown.packet = Some(PyBytes::new(py, inner).unbind());
                shown.child = Some(Child(child));
                shown.source = Some((from.ip(), from.port()));
            }
            plane::Inbound::Bypassed => shown.kind = "bypassed",
            plane::Inbound::Control => shown.kind = "control",
            plane::Inbound::Dropped(why) => shown.reason = Some(why.to_string()),
            _ => {}
        }
        shown
    }
}
