//! The object that a host drives: it owns the IKE SAs, takes datagrams, times
//! and answers, and gives datagrams, events and questions.

use super::config::{EndpointConfig, PeerConfig};
use super::context::{Context, Shared, transmit};
use super::cookie::{Gate, Verdict};
use super::error::{Ignored, Misuse};
use super::event::{ChildId, CloseReason, ConnectionId, Event, Output};
use super::index::{SaKey, Slab, new_spi};
use super::job::{JobAnswer, JobId, Keyring};
use super::nat::Path;
use super::timer::Timers;
use super::v2::auth::{Answering, Initiating, Step};
use super::v2::established::Established;
use super::v2::init::{self, FirstRequest};
use super::v2::task::Task;
use crate::crypto::Random;
use crate::time::Instant;
use crate::wire::encap::{Encapsulated, classify};
use crate::wire::ike::{Flags, Header, Message, Notify, NotifyData, Peek, peek};
use crate::wire::registry::ike::{NotifyType, Prf};
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::net::SocketAddr;

/// Speaks IKE with any number of peers; touches no socket, clock or random
/// source.
///
/// Whatever is called, drain [`Endpoint::poll_output`] behind it until it gives
/// [`Output::Timeout`].
///
/// ```
/// # #[cfg(feature = "rustcrypto")] {
/// use ipsec_core::crypto::{Random, Secret, rustcrypto};
/// use ipsec_core::ike::config::{ChildConfig, EndpointConfig, Identity, PeerConfig};
/// use ipsec_core::ike::endpoint::Endpoint;
/// use ipsec_core::ike::event::{Event, Output};
/// use ipsec_core::ike::job::SharedKeys;
/// use ipsec_core::sa::{pad::Pattern, selector::Selector};
/// use ipsec_core::time::Instant;
///
/// struct Os(u64); // give the operating system's random bytes here
/// impl Random for Os {
///     fn fill(&mut self, out: &mut [u8]) {
///         for byte in out {
///             self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
///             *byte = (self.0 >> 56) as u8;
///         }
///     }
/// }
/// let net = |text: &str| vec![Selector::new(text.parse().unwrap())];
/// let end = |name: &str, peer: &str, local: &str, remote: &str, seed| {
///     let child = ChildConfig::new("net", net(local), net(remote));
///     let peer = PeerConfig::new(peer, Identity::fqdn(name), Pattern::Host(peer.into()));
///     let config = EndpointConfig::new(rustcrypto::modern()).with_peer(peer.with_child(child));
///     let mut keys = SharedKeys::default();
///     keys.add(Pattern::Any, Secret::new(b"test test test".to_vec()));
///     Endpoint::new(config, Box::new(keys), Box::new(Os(seed)))
/// };
/// let mut a = end("a", "b", "10.1.0.0/24", "10.2.0.0/24", 1);
/// let mut b = end("b", "a", "10.2.0.0/24", "10.1.0.0/24", 2);
/// let (at_a, at_b) = ("192.0.2.10:500".parse().unwrap(), "192.0.2.20:500".parse().unwrap());
///
/// let now = Instant::ZERO;
/// a.connect(now, "b", at_a, at_b).unwrap();
/// let mut up = 0;
/// loop {
///     let mut quiet = true;
///     for turn in [true, false] {
///         let (from, to) = if turn { (&mut a, &mut b) } else { (&mut b, &mut a) };
///         loop {
///             match from.poll_output() {
///                 Output::Transmit(sent) => {
///                     to.handle(now, sent.remote, sent.local, &sent.payload);
///                     quiet = false;
///                 }
///                 Output::Event(Event::ChildUp(_)) => up += 1, // use its sender and receiver
///                 Output::Timeout(_) => break, // sleep until then, or until a datagram comes
///                 _ => {}
///             }
///         }
///     }
///     if quiet { break }
/// }
/// assert_eq!(up, 2);
/// # }
/// ```
pub struct Endpoint {
    shared: Shared,
    connections: Slab<Connection>,
    timers: Timers,
    /// `None` where the provider has no prf to make cookies with.
    gate: Option<Gate>,
    /// Responders before `IKE_AUTH`, by the initiator's SPI and address.
    half_open: BTreeMap<(u64, SocketAddr), SaKey>,
    /// The last connection of each identity, where one is to be the only one.
    unique: BTreeMap<Vec<u8>, SaKey>,
}

struct Connection {
    peer: Arc<PeerConfig>,
    phase: Phase,
    timer: Option<Instant>,
    /// Its place among the half-open ones.
    half_open: Option<(u64, SocketAddr)>,
}

enum Phase {
    Initiating(Box<Initiating>),
    Answering(Box<Answering>),
    Established(Box<Established>),
    /// Being moved on, or over.
    Over,
}

impl ConnectionId {
    const fn of(key: SaKey) -> Self {
        Self((key.generation as u64) << 32 | key.slot as u64)
    }

    pub(super) fn key(self) -> SaKey {
        SaKey {
            slot: u32::try_from(self.0 & u64::from(u32::MAX)).unwrap_or(u32::MAX),
            generation: u32::try_from(self.0 >> 32).unwrap_or(u32::MAX),
        }
    }
}

impl Endpoint {
    /// An endpoint without connections. Whoever connects or comes is one of
    /// `config`'s peers; `keyring` answers for them.
    #[must_use]
    pub fn new(
        config: EndpointConfig,
        keyring: Box<dyn Keyring>,
        mut random: Box<dyn Random + Send>,
    ) -> Self {
        let prf = config.provider.prf(Prf::PRF_HMAC_SHA2_256);
        let limits = config.first_requests;
        Self {
            gate: prf.map(|prf| Gate::new(prf, &mut *random, limits)),
            shared: Shared {
                config: Arc::new(config),
                keyring,
                random,
                outputs: VecDeque::new(),
                child_spis: BTreeSet::new(),
                jobs: BTreeMap::new(),
                next_job: 0,
            },
            connections: Slab::default(),
            timers: Timers::default(),
            half_open: BTreeMap::new(),
            unique: BTreeMap::new(),
        }
    }

    /// Begins a connection to the peer of this name, from and to these
    /// addresses.
    ///
    /// # Errors
    ///
    /// There is no such peer, it has no group that can be used, or there is
    /// no room.
    pub fn connect(
        &mut self,
        now: Instant,
        peer: &str,
        local: SocketAddr,
        remote: SocketAddr,
    ) -> Result<ConnectionId, Misuse> {
        let mut peers = self.shared.config.peers.iter();
        let peer = peers.find(|known| known.name == peer).cloned();
        let peer = peer.ok_or(Misuse::Configuration)?;
        let key = self.connections.vacant().ok_or(Misuse::Full)?;
        let spi = new_spi(key, &mut *self.shared.random);
        let encapsulated = local.port() == self.shared.config.ports.1;
        let path = Path {
            local,
            remote,
            encapsulated,
        };
        let mut cx = context(&mut self.shared, now, key, peer.clone());
        cx.tell_peers(&path);
        let begun = Initiating::begin(&mut cx, path, spi).ok_or(Misuse::Configuration)?;
        let phase = Phase::Initiating(Box::new(begun));
        self.add(key, peer, phase, None);
        Ok(ConnectionId::of(key))
    }

    fn add(
        &mut self,
        key: SaKey,
        peer: Arc<PeerConfig>,
        phase: Phase,
        half_open: Option<(u64, SocketAddr)>,
    ) {
        let connection = Connection {
            peer,
            phase,
            timer: None,
            half_open,
        };
        self.connections.insert(key, Box::new(connection));
        self.set_timer(key);
    }

    /// Takes the UDP payload of a datagram that came from `remote` to `local`.
    /// ESP packets and keepalives on the port for both are left to the host:
    /// see [`crate::wire::encap::classify`].
    pub fn handle(&mut self, now: Instant, local: SocketAddr, remote: SocketAddr, payload: &[u8]) {
        let encapsulated = local.port() == self.shared.config.ports.1;
        let path = Path {
            local,
            remote,
            encapsulated,
        };
        let message = match classify(payload) {
            Encapsulated::Ike(message) if encapsulated => message,
            Encapsulated::Esp(_) | Encapsulated::Keepalive | Encapsulated::Empty
                if encapsulated =>
            {
                return;
            }
            Encapsulated::Ike(_)
            | Encapsulated::Esp(_)
            | Encapsulated::Keepalive
            | Encapsulated::Empty
            | Encapsulated::TooShort(_) => payload,
        };
        let (connection, outcome) = match peek(message) {
            None => (None, Err(Ignored::NotIke)),
            Some(peeked) => self.route(now, &peeked, message, &path),
        };
        if let Err(why) = outcome
            && why != Ignored::Incomplete
        {
            let from = remote;
            let event = Event::Ignored {
                connection,
                from,
                why,
            };
            self.shared.outputs.push_back(Output::Event(event));
        }
    }

    /// Finds the connection of a message.
    fn route(
        &mut self,
        now: Instant,
        peeked: &Peek<'_>,
        message: &[u8],
        path: &Path,
    ) -> (Option<ConnectionId>, Result<(), Ignored>) {
        let header = &peeked.header;
        if peeked.is_init_request() {
            return (None, self.first_request(now, peeked, message, path));
        }
        let by_initiator = header.flags.contains(Flags::INITIATOR);
        let own_spi = if by_initiator {
            header.spi_r
        } else {
            header.spi_i
        };
        let Some(key) = self.connections.of_spi(own_spi) else {
            return (None, Err(Ignored::UnknownSpi(own_spi)));
        };
        let outcome = self.dispatch(now, key, header, own_spi, message, path);
        (Some(ConnectionId::of(key)), outcome)
    }

    fn dispatch(
        &mut self,
        now: Instant,
        key: SaKey,
        header: &Header,
        own_spi: u64,
        message: &[u8],
        path: &Path,
    ) -> Result<(), Ignored> {
        let unknown = Ignored::UnknownSpi(own_spi);
        let connection = self.connections.get_mut(key).ok_or(unknown.clone())?;
        let mut cx = context(&mut self.shared, now, key, connection.peer.clone());
        let step = match &mut connection.phase {
            Phase::Over => return Err(unknown),
            Phase::Initiating(phase) if phase.spi == own_spi => {
                phase.handle(&mut cx, header, message, path)?
            }
            Phase::Answering(phase) if phase.spi() == own_spi => {
                let content = phase.read(now, message)?;
                let old = core::mem::replace(&mut connection.phase, Phase::Over);
                let Phase::Answering(phase) = old else {
                    return Err(unknown);
                };
                phase.advance(&mut cx, content, path)
            }
            Phase::Initiating(_) | Phase::Answering(_) => return Err(unknown),
            Phase::Established(phase) => phase.handle(&mut cx, header, own_spi, message, path)?,
        };
        let peer = cx.peer.clone();
        self.take(now, key, peer, step);
        Ok(())
    }

    /// Does what a phase has come to.
    fn take(&mut self, now: Instant, key: SaKey, peer: Arc<PeerConfig>, step: Step) {
        match step {
            Step::Stay => {}
            Step::Wait(phase) => self.set_phase(key, peer, Phase::Answering(phase)),
            Step::Established(phase) => {
                self.forget_half_open(key);
                let identity = phase.remote.body();
                let is_unique = peer.unique;
                self.set_phase(key, peer, Phase::Established(phase));
                if is_unique {
                    self.replace(now, key, identity);
                }
            }
            Step::Close(why) => return self.close_now(key, why),
        }
        self.run(now, key);
    }

    fn set_phase(&mut self, key: SaKey, peer: Arc<PeerConfig>, phase: Phase) {
        if let Some(connection) = self.connections.get_mut(key) {
            connection.phase = phase;
            connection.peer = peer;
        }
    }

    /// Lets an established connection do what is next.
    fn run(&mut self, now: Instant, key: SaKey) {
        if let Some(connection) = self.connections.get_mut(key)
            && let Phase::Established(phase) = &mut connection.phase
        {
            let mut cx = context(&mut self.shared, now, key, connection.peer.clone());
            phase.run(&mut cx);
        }
        self.set_timer(key);
    }

    /// An identity has a new connection: the one before is gone (RFC 7296
    /// §2.4).
    fn replace(&mut self, now: Instant, key: SaKey, identity: Vec<u8>) {
        let Some(old) = self.unique.insert(identity, key) else {
            return;
        };
        if old == key {
            return;
        }
        if let Some(connection) = self.connections.get_mut(old)
            && let Phase::Established(phase) = &mut connection.phase
        {
            let mut cx = context(&mut self.shared, now, old, connection.peer.clone());
            cx.tell(false, crate::evidence::LogEvent::Replaced);
            phase.forget_children(&mut cx);
            self.close_now(old, CloseReason::Replaced);
        }
    }

    fn close_now(&mut self, key: SaKey, why: CloseReason) {
        self.forget_half_open(key);
        let Some(mut connection) = self.connections.remove(key) else {
            return;
        };
        self.timers.set(key, connection.timer, None);
        let id = ConnectionId::of(key);
        self.shared.jobs.retain(|_, (of, _)| *of != id);
        if let Phase::Initiating(phase) = &mut connection.phase {
            phase.abandon(&mut self.shared);
        }
        if let Phase::Established(phase) = &connection.phase {
            let identity = phase.remote.body();
            if self.unique.get(&identity) == Some(&key) {
                self.unique.remove(&identity);
            }
        }
        let connection = id;
        let event = Event::Closed { connection, why };
        self.shared.outputs.push_back(Output::Event(event));
    }

    fn forget_half_open(&mut self, key: SaKey) {
        let connection = self.connections.get_mut(key);
        if let Some(from) = connection.and_then(|connection| connection.half_open.take()) {
            self.half_open.remove(&from);
        }
    }

    /// The first message of an initiator.
    fn first_request(
        &mut self,
        now: Instant,
        peeked: &Peek<'_>,
        message: &[u8],
        path: &Path,
    ) -> Result<(), Ignored> {
        let header = &peeked.header;
        let from = (header.spi_i, path.remote);
        if let Some(key) = self.half_open.get(&from).copied() {
            return self.first_request_again(now, key, message);
        }
        self.pass_gate(now, peeked, path)?;
        let read = Message::decode(message).map_err(Ignored::Unreadable)?;
        let peer = self.peer_for(&read, path).ok_or(Ignored::NoConfiguration)?;
        let key = self.connections.vacant().ok_or(Ignored::Full)?;
        let spi = new_spi(key, &mut *self.shared.random);
        let deadline = now.saturating_add(self.shared.config.half_open_time);
        let mut cx = context(&mut self.shared, now, key, peer.clone());
        match init::answer(&mut cx, message, path, spi)? {
            FirstRequest::NoProposal => {
                cx.tell_peers(path);
                let notify = Notify::empty(NotifyType::NO_PROPOSAL_CHOSEN);
                cx.transmit(path, &init::refusal(header.spi_i, notify));
            }
            FirstRequest::OtherGroup(group) => {
                let data = NotifyData::Group(group);
                let notify = Notify::new(NotifyType::INVALID_KE_PAYLOAD, data);
                cx.transmit(path, &init::refusal(header.spi_i, notify));
            }
            FirstRequest::Answered(handshake) => {
                let (connection, path) = (cx.connection, *path);
                cx.event(Event::Incoming { connection, path });
                cx.tell_peers(&path);
                cx.transmit(&path, &handshake.response);
                cx.export(|| Some(init::exported(&handshake.channel, &handshake.keys)));
                let phase = Box::new(Answering::new(handshake, deadline));
                self.half_open.insert(from, key);
                self.add(key, peer, Phase::Answering(phase), Some(from));
            }
        }
        Ok(())
    }

    /// Whether a first request is worth any memory (RFC 7296 §2.6).
    fn pass_gate(&mut self, now: Instant, peeked: &Peek<'_>, path: &Path) -> Result<(), Ignored> {
        let Some(gate) = &mut self.gate else {
            return Ok(());
        };
        let spi_i = peeked.header.spi_i;
        let nonce = peeked.nonce().unwrap_or_default();
        let half_open = self.half_open.len();
        let cookie = peeked.cookie();
        match gate.judge(
            now,
            path.remote,
            spi_i.to_be_bytes(),
            nonce,
            cookie,
            half_open,
        ) {
            Verdict::Admit => Ok(()),
            Verdict::Ignore(refused) => Err(Ignored::Gate(refused)),
            Verdict::Demand(cookie) => {
                let data = NotifyData::Cookie(cookie.as_bytes());
                let notify = Notify::new(NotifyType::COOKIE, data);
                let bytes = init::refusal(spi_i, notify);
                transmit(&mut self.shared.outputs, path, &bytes);
                Err(Ignored::Cookie)
            }
        }
    }

    fn first_request_again(
        &mut self,
        now: Instant,
        key: SaKey,
        message: &[u8],
    ) -> Result<(), Ignored> {
        let connection = self.connections.get(key).ok_or(Ignored::NotOffered)?;
        let Phase::Answering(phase) = &connection.phase else {
            return Err(Ignored::Exchange);
        };
        if phase.request() != message {
            return Err(Ignored::Rival);
        }
        let mut cx = context(&mut self.shared, now, key, connection.peer.clone());
        phase.answer_again(&mut cx);
        Ok(())
    }

    /// The configuration for whoever sent `message`: the first that would take
    /// one of its proposals, else the first.
    fn peer_for(&self, message: &Message<'_>, path: &Path) -> Option<Arc<PeerConfig>> {
        let provider = self.shared.config.provider;
        let of_address = |peer: &&Arc<PeerConfig>| peer.is_for(path.remote.ip());
        let mut peers = self.shared.config.peers.iter().filter(of_address);
        let mut fitting = peers.clone();
        let fits = |peer: &&Arc<PeerConfig>| init::is_for(peer, provider, message);
        fitting.find(fits).or_else(|| peers.next()).cloned()
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(key) = self.timers.due(now) {
            let Some(connection) = self.connections.get_mut(key) else {
                return;
            };
            let mut cx = context(&mut self.shared, now, key, connection.peer.clone());
            let step = match &mut connection.phase {
                Phase::Initiating(phase) => phase.timeout(&mut cx),
                Phase::Answering(_) => Step::Close(CloseReason::HalfOpen),
                Phase::Established(phase) => phase.timeout(&mut cx),
                Phase::Over => Step::Stay,
            };
            let peer = cx.peer.clone();
            self.take(now, key, peer, step);
        }
    }

    /// Answers a job. Afterwards it is gone.
    ///
    /// # Errors
    ///
    /// There is no such job, or this is no answer to it; then it stays.
    pub fn complete(&mut self, now: Instant, job: JobId, answer: JobAnswer) -> Result<(), Misuse> {
        let (id, kind) = *self.shared.jobs.get(&job).ok_or(Misuse::NoJob)?;
        if !kind.takes(&answer) {
            return Err(Misuse::WrongAnswer);
        }
        self.shared.jobs.remove(&job);
        let key = id.key();
        let connection = self.connections.get_mut(key).ok_or(Misuse::NoJob)?;
        let mut cx = context(&mut self.shared, now, key, connection.peer.clone());
        let step = match core::mem::replace(&mut connection.phase, Phase::Over) {
            Phase::Initiating(mut phase) => {
                let step = phase.complete(&mut cx, job, answer);
                connection.phase = Phase::Initiating(phase);
                step
            }
            Phase::Answering(phase) => phase.complete(&mut cx, job, answer),
            phase @ (Phase::Established(_) | Phase::Over) => {
                connection.phase = phase;
                Step::Stay
            }
        };
        let peer = cx.peer.clone();
        self.take(now, key, peer, step);
        Ok(())
    }

    /// Makes one more child SA, by the name of its configuration.
    ///
    /// # Errors
    ///
    /// The connection is not established or has no such child configured.
    pub fn create_child(
        &mut self,
        now: Instant,
        connection: ConnectionId,
        child: &str,
    ) -> Result<(), Misuse> {
        let (peer, _) = self.established(connection)?;
        let mut children = peer.children.iter();
        let which = children.position(|config| config.name == child);
        let which = which.ok_or(Misuse::Configuration)?;
        self.queue(now, connection, Task::NewChild { which, group: None })
    }

    /// Replaces a child SA.
    ///
    /// # Errors
    ///
    /// There is no such connection or child.
    pub fn rekey_child(
        &mut self,
        now: Instant,
        connection: ConnectionId,
        child: ChildId,
    ) -> Result<(), Misuse> {
        self.established(connection)?
            .1
            .child(child)
            .ok_or(Misuse::NoChild)?;
        self.queue(now, connection, Task::RekeyChild { child, group: None })
    }

    /// Deletes a child SA.
    ///
    /// # Errors
    ///
    /// There is no such connection or child.
    pub fn delete_child(
        &mut self,
        now: Instant,
        connection: ConnectionId,
        child: ChildId,
    ) -> Result<(), Misuse> {
        self.established(connection)?
            .1
            .child(child)
            .ok_or(Misuse::NoChild)?;
        self.queue(now, connection, Task::DeleteChild(child))
    }

    /// Replaces the IKE SA.
    ///
    /// # Errors
    ///
    /// The connection is not established.
    pub fn rekey_ike(&mut self, now: Instant, connection: ConnectionId) -> Result<(), Misuse> {
        self.queue(now, connection, Task::RekeyIke { group: None })
    }

    /// Asks the peer whether it lives.
    ///
    /// # Errors
    ///
    /// The connection is not established.
    pub fn check_liveness(&mut self, now: Instant, connection: ConnectionId) -> Result<(), Misuse> {
        self.queue(now, connection, Task::Liveness)
    }

    /// Ends a connection: at once when it is not established, else after the
    /// peer was told.
    ///
    /// # Errors
    ///
    /// There is no such connection.
    pub fn close(&mut self, now: Instant, connection: ConnectionId) -> Result<(), Misuse> {
        if self.connections.get(connection.key()).is_none() {
            return Err(Misuse::NoConnection);
        }
        match self.established(connection) {
            Ok((_, phase)) => {
                phase.queue.clear();
                self.queue(now, connection, Task::DeleteIke(CloseReason::ByHost))
            }
            Err(_) => {
                self.close_now(connection.key(), CloseReason::ByHost);
                Ok(())
            }
        }
    }

    fn established(
        &mut self,
        connection: ConnectionId,
    ) -> Result<(Arc<PeerConfig>, &mut Established), Misuse> {
        let found = self.connections.get_mut(connection.key());
        let found = found.ok_or(Misuse::NoConnection)?;
        match &mut found.phase {
            Phase::Established(phase) => Ok((found.peer.clone(), phase)),
            Phase::Initiating(_) | Phase::Answering(_) | Phase::Over => Err(Misuse::NotEstablished),
        }
    }

    fn queue(&mut self, now: Instant, connection: ConnectionId, task: Task) -> Result<(), Misuse> {
        self.established(connection)?.1.want(task);
        self.run(now, connection.key());
        Ok(())
    }

    /// The next thing that the host has to do. It gives
    /// [`Output::Timeout`] when, and only when, there is nothing else.
    pub fn poll_output(&mut self) -> Output {
        match self.shared.outputs.pop_front() {
            Some(output) => output,
            None => Output::Timeout(self.timers.next()),
        }
    }

    /// The connections there are.
    pub fn connections(&self) -> impl Iterator<Item = ConnectionId> {
        self.connections
            .iter()
            .map(|(key, _)| ConnectionId::of(key))
    }

    /// The child SAs of a connection.
    #[must_use]
    pub fn children(&self, connection: ConnectionId) -> Vec<ChildId> {
        let found = self.connections.get(connection.key());
        match found.map(|found| &found.phase) {
            Some(Phase::Established(phase)) => {
                phase.children.iter().map(|child| child.id).collect()
            }
            Some(Phase::Initiating(_) | Phase::Answering(_) | Phase::Over) | None => Vec::new(),
        }
    }

    /// How much there is of everything that peers can make grow.
    #[must_use]
    pub fn counters(&self) -> Counters {
        Counters {
            connections: self.connections.len(),
            half_open: self.half_open.len(),
            children: self.shared.child_spis.len(),
            jobs: self.shared.jobs.len(),
        }
    }

    fn set_timer(&mut self, key: SaKey) {
        let Some(connection) = self.connections.get_mut(key) else {
            return;
        };
        let next = match &connection.phase {
            Phase::Initiating(phase) => Some(phase.next()),
            Phase::Answering(phase) => Some(phase.deadline),
            Phase::Established(phase) => phase.next(connection.peer.liveness),
            Phase::Over => None,
        };
        self.timers.set(key, connection.timer, next);
        connection.timer = next;
    }
}

/// What an endpoint holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Connections, half-open ones included.
    pub connections: usize,
    /// Responders that wait for `IKE_AUTH`.
    pub half_open: usize,
    /// SPIs of child SAs, those being asked for included.
    pub children: usize,
    /// Open jobs.
    pub jobs: usize,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Endpoint");
        shown
            .field("counters", &self.counters())
            .finish_non_exhaustive()
    }
}

fn context<'a>(
    shared: &'a mut Shared,
    now: Instant,
    key: SaKey,
    peer: Arc<PeerConfig>,
) -> Context<'a> {
    Context {
        now,
        shared,
        connection: ConnectionId::of(key),
        peer,
    }
}

const _: () = {
    const fn is_send<T: Send>() {}
    is_send::<Endpoint>();
};
