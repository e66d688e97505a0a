//! What surrounds an endpoint: sockets, a clock, random bytes, and a userland
//! data path that sends and answers pings.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]
#![expect(clippy::disallowed_methods, reason = "a host has a clock")]

use core::error::Error;
use core::fmt::Write as _;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use ipsec_core::crypto::{Random, Secret, rustcrypto};
use ipsec_core::esp::sa::{EspReceiver, EspSender};
use ipsec_core::ike::config::{ChildConfig, EndpointConfig, Identity, Method, PeerConfig};
use ipsec_core::ike::endpoint::Endpoint;
use ipsec_core::ike::event::{
    ChildId, ChildUp, CloseReason, ConnectionId, Event, Output, Transmit,
};
use ipsec_core::ike::keyring::Credentials;
use ipsec_core::keymat::x509::{Bundle, Certificate};
use ipsec_core::sa::{pad::Pattern, selector::Selector};
use ipsec_core::time::{Duration, Instant};
use ipsec_core::wire::encap::{Encapsulated, classify};
use ipsec_core::wire::registry::ike::{KeyExchange, TransformType};
use ipsec_core::wire::registry::ip::Protocol;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::net::UdpSocket;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// What the command line says.
pub(crate) struct Options {
    local: IpAddr,
    remote: Option<IpAddr>,
    ports: (u16, u16),
    id: String,
    peer_id: Option<String>,
    psk: String,
    cert: Option<String>,
    key: Option<String>,
    ca: Option<String>,
    eap: Option<(String, String)>,
    local_net: String,
    remote_net: String,
    seconds: u64,
    ping: Option<(Ipv4Addr, Ipv4Addr)>,
    actions: Vec<(Duration, String)>,
    keys: Option<String>,
    group: Option<u16>,
    encapsulate: bool,
    liveness: u64,
}

impl Options {
    pub(crate) fn from_arguments() -> Result<Self, Box<dyn Error>> {
        let mut given = BTreeMap::new();
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let name = name.strip_prefix("--").ok_or("options begin with --")?;
            let value = arguments.next().ok_or("every option has a value")?;
            given.insert(name.to_owned(), value);
        }
        let mut take = |name: &str, or: &str| given.remove(name).unwrap_or_else(|| or.to_owned());
        let number = |text: String| text.parse::<u64>();
        let options = Self {
            local: take("local", "127.0.0.1").parse()?,
            remote: optional(&take("remote", ""))?,
            ports: (
                take("port", "500").parse()?,
                take("nat-port", "4500").parse()?,
            ),
            id: take("id", "client.example"),
            peer_id: Some(take("peer-id", "")).filter(|id| !id.is_empty()),
            psk: take("psk", ""),
            cert: optional(&take("cert", ""))?,
            key: optional(&take("key", ""))?,
            ca: optional(&take("ca", ""))?,
            eap: take("eap", "")
                .split_once(':')
                .map(|(user, word)| (user.into(), word.into())),
            local_net: take("local-net", "10.1.0.0/24"),
            remote_net: take("remote-net", "10.2.0.0/24"),
            seconds: number(take("seconds", "20"))?,
            ping: pair(&take("ping", ""))?,
            actions: actions(&take("do", ""))?,
            keys: Some(take("keys", "")).filter(|file| !file.is_empty()),
            group: optional(&take("group", ""))?,
            encapsulate: take("encapsulate", "no") == "yes",
            liveness: number(take("liveness", "30"))?,
        };
        match given.keys().next() {
            Some(strange) => Err(format!("no such option: --{strange}").into()),
            None => Ok(options),
        }
    }

    /// What proves who we are, and who others are.
    fn credentials(&self) -> Result<Credentials, Box<dyn Error>> {
        let random = Os(File::open("/dev/urandom")?);
        let mut credentials = Credentials::new(rustcrypto::modern(), Box::new(random));
        let key = Secret::new(self.psk.clone().into_bytes());
        credentials.shared.add(Pattern::Any, key);
        credentials.origin = std::time::UNIX_EPOCH.elapsed()?;
        if let Some((user, password)) = &self.eap {
            let password = Secret::new(password.clone().into_bytes());
            credentials.shared.add_password(user.as_bytes(), password);
        }
        if let Some(file) = &self.key {
            let signer = rustcrypto::private_key(&std::fs::read(file)?)?;
            let chain = self.cert.as_deref().map(certificates).transpose()?;
            let der = chain
                .unwrap_or_default()
                .iter()
                .map(|one| one.der().to_vec())
                .collect();
            credentials.add(None, signer, der);
        }
        if let Some(file) = &self.ca {
            credentials.authorities.anchors = certificates(file)?;
        }
        Ok(credentials)
    }

    fn peer(&self) -> Result<PeerConfig, Box<dyn Error>> {
        let net = |text: &str| -> Result<Vec<Selector>, Box<dyn Error>> {
            Ok(vec![Selector::new(text.parse()?)])
        };
        let who = match &self.peer_id {
            Some(name) => Pattern::Host(name.clone()),
            None => Pattern::Any,
        };
        let child = ChildConfig::new("net", net(&self.local_net)?, net(&self.remote_net)?);
        let mut peer = PeerConfig::new("peer", Identity::fqdn(&self.id), who).with_child(child);
        peer.remote_wanted = self.peer_id.as_deref().map(Identity::fqdn);
        peer.force_encapsulation = self.encapsulate;
        if self.key.is_some() {
            peer.local_method = Method::Signature;
        }
        if let Some((user, _)) = &self.eap {
            peer.local_method = Method::Eap;
            peer.eap_user = Some(user.clone().into_bytes());
        }
        if self.ca.is_some() {
            peer.remote_method = Method::Signature;
        }
        peer.liveness = (self.liveness > 0).then(|| Duration::from_secs(self.liveness));
        if let Some(group) = self.group {
            for proposal in &mut peer.proposals {
                let first = |transform: &_| !is_group(transform, KeyExchange(group));
                proposal.transforms.sort_by_key(first);
            }
        }
        Ok(peer)
    }
}

fn is_group(transform: &ipsec_core::sa::proposal::Transform, group: KeyExchange) -> bool {
    transform.kind == TransformType::KE && transform.id == group.0
}

fn optional<T: core::str::FromStr>(text: &str) -> Result<Option<T>, T::Err> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some)
}

fn pair(text: &str) -> Result<Option<(Ipv4Addr, Ipv4Addr)>, Box<dyn Error>> {
    match text.split_once(',') {
        Some((from, to)) => Ok(Some((from.parse()?, to.parse()?))),
        None => Ok(None),
    }
}

/// `2:rekey-child,4:close`: what to do so many seconds after the connection
/// stands.
fn actions(text: &str) -> Result<Vec<(Duration, String)>, Box<dyn Error>> {
    let one = |item: &str| -> Result<_, Box<dyn Error>> {
        let (after, what) = item.split_once(':').ok_or("--do wants SECONDS:ACTION")?;
        Ok((Duration::from_secs(after.parse()?), what.to_owned()))
    };
    text.split(',')
        .filter(|item| !item.is_empty())
        .map(one)
        .collect()
}

fn certificates(file: &str) -> Result<Vec<Certificate>, Box<dyn Error>> {
    let found = Bundle::read(&std::fs::read(file)?).certificates;
    match found.is_empty() {
        true => Err(format!("{file}: no certificate").into()),
        false => Ok(found),
    }
}

/// The operating system's random bytes.
struct Os(File);

impl Random for Os {
    fn fill(&mut self, out: &mut [u8]) {
        // A source that cannot must not return.
        while self.0.read_exact(out).is_err() {}
    }
}

struct Child {
    sender: EspSender,
    receiver: EspReceiver,
    path: (SocketAddr, SocketAddr),
}

type Datagram = (SocketAddr, SocketAddr, Vec<u8>);

/// An endpoint and what surrounds it.
pub(crate) struct Host {
    options: Options,
    endpoint: Endpoint,
    sockets: Vec<(SocketAddr, UdpSocket)>,
    arrivals: Receiver<Datagram>,
    start: std::time::Instant,
    connection: Option<ConnectionId>,
    up_at: Option<Instant>,
    children: BTreeMap<ChildId, Child>,
    closed: Option<CloseReason>,
    keys: Vec<String>,
    pings: u16,
    ping_at: Option<Instant>,
}

impl Host {
    pub(crate) fn new(options: Options) -> Result<Self, Box<dyn Error>> {
        let mut config = EndpointConfig::new(rustcrypto::modern()).with_peer(options.peer()?);
        config.ports = options.ports;
        config.dangerous_export_keys = options.keys.is_some();
        let keys = options.credentials()?;
        let random = Os(File::open("/dev/urandom")?);
        let (sender, arrivals) = channel();
        let mut sockets = Vec::new();
        for port in [options.ports.0, options.ports.1] {
            let at = SocketAddr::new(options.local, port);
            let socket = UdpSocket::bind(at)?;
            listen(at, socket.try_clone()?, sender.clone());
            sockets.push((at, socket));
        }
        Ok(Self {
            options,
            endpoint: Endpoint::new(config, Box::new(keys), Box::new(random)),
            sockets,
            arrivals,
            start: std::time::Instant::now(),
            connection: None,
            up_at: None,
            children: BTreeMap::new(),
            closed: None,
            keys: Vec::new(),
            pings: 0,
            ping_at: None,
        })
    }

    fn now(&self) -> Instant {
        Instant::ZERO.saturating_add(self.start.elapsed())
    }

    /// Connects to the peer that the command line names, if it does.
    fn connect(&mut self) -> Result<(), Box<dyn Error>> {
        let port = self.options.ports.0;
        if let Some(remote) = self.options.remote {
            let (local, remote) = (self.options.local, remote);
            let ends = [local, remote].map(|address| SocketAddr::new(address, port));
            let id = self
                .endpoint
                .connect(self.now(), "peer", ends[0], ends[1])?;
            self.connection = Some(id);
        }
        Ok(())
    }

    /// Drives the endpoint until its connection is closed or time is over.
    pub(crate) fn run(&mut self) -> Result<Option<CloseReason>, Box<dyn Error>> {
        let end = Instant::ZERO.saturating_add(Duration::from_secs(self.options.seconds));
        self.connect()?;
        while self.now() < end {
            let next = self.drain()?;
            if self.closed.is_some() {
                break;
            }
            let wake = next
                .into_iter()
                .chain(self.next_action())
                .chain([end])
                .min();
            let wait = wake.map_or(Duration::ZERO, |at| at.saturating_since(self.now()));
            if let Ok((local, remote, payload)) = self.arrivals.recv_timeout(wait) {
                self.receive(local, remote, payload)?;
            }
            self.endpoint.handle_timeout(self.now());
            self.act()?;
        }
        self.drain()?;
        self.write_keys()?;
        Ok(self.closed.take())
    }

    fn drain(&mut self) -> Result<Option<Instant>, Box<dyn Error>> {
        loop {
            match self.endpoint.poll_output() {
                Output::Transmit(sent) => self.transmit(&sent)?,
                Output::Event(event) => self.note(event),
                Output::Timeout(next) => return Ok(next),
                Output::Job(job, _) => return Err(format!("nobody answers {job}").into()),
            }
        }
    }

    fn transmit(&self, sent: &Transmit) -> Result<(), Box<dyn Error>> {
        let socket = self.sockets.iter().find(|(at, _)| *at == sent.local);
        let (_, socket) = socket.ok_or("no socket has this address")?;
        // What cannot be sent is as good as lost, and is sent again.
        let _ = socket.send_to(&sent.payload, sent.remote);
        Ok(())
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest is of no interest")]
    fn note(&mut self, event: Event) {
        match event {
            Event::Established(one) => {
                println!("established with {:?} via {}", one.remote, one.path.remote);
                self.connection = Some(one.connection);
                self.up_at = Some(self.now());
            }
            Event::ChildUp(child) => self.child_up(*child),
            Event::ChildDown { child, .. } => {
                println!("child down {:08x}", child.spi());
                self.children.remove(&child);
            }
            Event::ChildFailed { child, why, .. } => println!("child {child} failed: {why}"),
            Event::Rekeyed { .. } => println!("rekeyed"),
            Event::Closed { why, .. } => {
                println!("closed: {why}");
                self.closed = Some(why);
            }
            Event::Ignored { from, why, .. } => println!("ignored from {from}: {why}"),
            Event::Evidence(evidence) => {
                if let ipsec_core::evidence::Fact::Logged(logged) = &evidence.fact {
                    println!("- {logged}");
                }
            }
            Event::Keys(keys) => self.keys.push(keys.dangerous_json().to_string()),
            _ => {}
        }
    }

    fn child_up(&mut self, child: ChildUp) {
        let id = child.child;
        println!(
            "child up {:08x} {:?} === {:?}",
            id.spi(),
            child.local,
            child.remote
        );
        let nat_port = self.options.ports.1;
        let at = |mut address: SocketAddr| {
            if !child.path.encapsulated {
                address.set_port(nat_port);
            }
            address
        };
        let kept = Child {
            path: (at(child.path.local), at(child.path.remote)),
            sender: child.sender,
            receiver: child.receiver,
        };
        self.children.insert(id, kept);
        self.ping_at = self.options.ping.map(|_| self.now());
    }

    fn next_action(&self) -> Option<Instant> {
        let action = self.options.actions.first();
        let action = action.and_then(|(after, _)| Some(self.up_at?.saturating_add(*after)));
        action.into_iter().chain(self.ping_at).min()
    }

    fn act(&mut self) -> Result<(), Box<dyn Error>> {
        let now = self.now();
        if self.ping_at.is_some_and(|at| at <= now) {
            self.ping_at = Some(now.saturating_add(Duration::from_millis(500)));
            self.ping()?;
        }
        let (Some(up_at), Some(connection)) = (self.up_at, self.connection) else {
            return Ok(());
        };
        let due = self.options.actions.first();
        if due.is_none_or(|(after, _)| up_at.saturating_add(*after) > now) {
            return Ok(());
        }
        let (_, what) = self.options.actions.remove(0);
        let child = self.endpoint.children(connection).first().copied();
        println!("* {what}");
        match (&*what, child) {
            ("rekey-child", Some(child)) => self.endpoint.rekey_child(now, connection, child)?,
            ("delete-child", Some(child)) => self.endpoint.delete_child(now, connection, child)?,
            ("create-child", _) => self.endpoint.create_child(now, connection, "net")?,
            ("rekey-ike", _) => self.endpoint.rekey_ike(now, connection)?,
            ("liveness", _) => self.endpoint.check_liveness(now, connection)?,
            ("close", _) => self.endpoint.close(now, connection)?,
            _ => return Err(format!("cannot {what}").into()),
        }
        Ok(())
    }

    fn receive(
        &mut self,
        local: SocketAddr,
        remote: SocketAddr,
        mut payload: Vec<u8>,
    ) -> Result<(), Box<dyn Error>> {
        let now = self.now();
        if local.port() != self.options.ports.1
            || !matches!(classify(&payload), Encapsulated::Esp(_))
        {
            self.endpoint.handle(now, local, remote, &payload);
            return Ok(());
        }
        let spi = payload
            .first_chunk()
            .map_or(0, |spi| u32::from_be_bytes(*spi));
        let found = self.children.iter_mut().find(|(id, _)| id.spi() == spi);
        let Some((_, child)) = found else {
            println!("ESP of an unknown SPI {spi:08x}");
            return Ok(());
        };
        match child.receiver.open_in_place(now, &mut payload) {
            Ok(opened) => {
                let packet = payload.get(opened.payload).unwrap_or_default().to_vec();
                self.packet(packet)?;
            }
            Err(error) => println!("ESP: {error}"),
        }
        Ok(())
    }

    /// A packet out of the tunnel: answers an echo request, counts a reply.
    fn packet(&mut self, mut packet: Vec<u8>) -> Result<(), Box<dyn Error>> {
        match packet.get(20) {
            Some(0) => {
                self.pings = self.pings.saturating_add(1);
                println!("ping answered {}", self.pings);
                Ok(())
            }
            Some(8) => {
                println!("ping received");
                let (from, to) = (packet.get(12..16), packet.get(16..20));
                let turned = [to.unwrap_or_default(), from.unwrap_or_default()].concat();
                if let (Some(place), Ok(turned)) =
                    (packet.get_mut(12..20), <[u8; 8]>::try_from(turned))
                {
                    place.copy_from_slice(&turned);
                }
                if let Some(icmp) = packet.get_mut(20..) {
                    set_kind(icmp, 0);
                }
                self.send(&packet)
            }
            _ => Ok(()),
        }
    }

    fn ping(&mut self) -> Result<(), Box<dyn Error>> {
        let Some((from, to)) = self.options.ping else {
            return Ok(());
        };
        let mut icmp = *b"\x08\0\0\0\x12\x34\0\x01abcdefgh";
        set_kind(&mut icmp, 8);
        let mut head = [
            0x45, 0, 0, 36, 0, 1, 0, 0, 64, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ];
        for (place, byte) in head
            .iter_mut()
            .skip(12)
            .zip([from.octets(), to.octets()].concat())
        {
            *place = byte;
        }
        let [high, low] = checksum(&head).to_be_bytes();
        (head[10], head[11]) = (high, low);
        self.send(&[&head[..], &icmp].concat())
    }

    /// Sends a packet through the youngest child.
    fn send(&mut self, packet: &[u8]) -> Result<(), Box<dyn Error>> {
        let now = self.now();
        let connection = self.connection.ok_or("no connection")?;
        let Some(id) = self.endpoint.children(connection).last().copied() else {
            return Ok(());
        };
        let Some(child) = self.children.get_mut(&id) else {
            return Ok(());
        };
        let room = child.sender.room(packet.len());
        let mut buffer = vec![0; room.before];
        buffer.extend_from_slice(packet);
        let payload = room.before..buffer.len();
        buffer.resize(buffer.len().saturating_add(room.after), 0);
        let sealed = child
            .sender
            .seal_in_place(now, Protocol::IPV4, &mut buffer, payload)?;
        let (local, remote) = child.path;
        let payload = buffer.get(sealed).unwrap_or_default().to_vec();
        self.transmit(&Transmit {
            local,
            remote,
            payload,
        })
    }

    fn write_keys(&self) -> Result<(), Box<dyn Error>> {
        let Some(file) = &self.options.keys else {
            return Ok(());
        };
        let mut text = String::from("{\"schema\": \"ipsec-core keylog 1\", \"keys\": [\n");
        write!(text, "{}", self.keys.join(",\n"))?;
        text.push_str("\n]}\n");
        Ok(std::fs::write(file, text)?)
    }
}

/// Reads `socket` for ever.
fn listen(at: SocketAddr, socket: UdpSocket, arrivals: Sender<Datagram>) {
    thread::spawn(move || {
        let mut buffer = vec![0; 65_535];
        loop {
            // An ICMP error of an earlier datagram is no end.
            let Ok((len, from)) = socket.recv_from(&mut buffer) else {
                continue;
            };
            let payload = buffer.get(..len).unwrap_or_default().to_vec();
            if arrivals.send((at, from, payload)).is_err() {
                return;
            }
        }
    });
}

/// Writes the type of an ICMP message, and its checksum.
fn set_kind(icmp: &mut [u8], kind: u8) {
    if let Some([place, _, a, b]) = icmp.first_chunk_mut::<4>() {
        (*place, *a, *b) = (kind, 0, 0);
    }
    let [high, low] = checksum(icmp).to_be_bytes();
    if let Some([_, _, a, b]) = icmp.first_chunk_mut::<4>() {
        (*a, *b) = (high, low);
    }
}

/// The Internet checksum (RFC 1071).
fn checksum(bytes: &[u8]) -> u16 {
    let word = |pair: &[u8]| {
        let high = pair.first().copied().unwrap_or(0);
        let low = pair.get(1).copied().unwrap_or(0);
        u32::from(u16::from_be_bytes([high, low]))
    };
    let mut sum: u32 = bytes.chunks(2).map(word).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(0)
}
