//! What logs say, filed by peers: whom a line is about, and which end wrote it.
//!
//! Few lines name addresses. A line is of the peers that its connection talks
//! with, or else of those that its log named last. A log that names no address
//! at all is of the only peers that there are; without any, of peers whose
//! addresses are unspecified.

use super::case::Case;
use crate::evidence::{Evidence, Fact, LogEvent, Logged};
use crate::sorted::{self, Map};
use crate::time::Instant;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr};

/// One thing that a log says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    pub(super) evidence: &'a Evidence,
    pub(super) logged: &'a Logged,
    /// On the common clock.
    pub(super) at: Instant,
    /// Index of the peers.
    pub(super) peers: usize,
    /// Written by the first of the peers; `None` when nothing tells.
    pub(super) by_first: Option<bool>,
}

impl Told<'_> {
    pub(super) fn input(&self) -> usize {
        self.evidence.source.input().unwrap_or(LIVE)
    }

    pub(super) const fn event(&self) -> &LogEvent {
        &self.logged.event
    }
}

/// The end that wrote a log, and its peer.
type Pair = (IpAddr, IpAddr);

/// Files what the logs among `evidence` say, which may bring new peers.
pub(super) fn file<'a>(case: &mut Case<'a>, evidence: &'a [Evidence]) -> Vec<Told<'a>> {
    let logs = logs(evidence);
    for (_, from, to) in openings(case, &logs) {
        name_peers(case, from, to);
    }
    if case.peers.is_empty() {
        configured(case, evidence);
    }
    let mut told = Vec::new();
    for (input, lines) in &logs {
        let pairs = Pairs::of(lines);
        for (place, (evidence, logged)) in lines.iter().enumerate() {
            let pair = pairs.at(place, logged);
            let known = pair.and_then(|(own, peer)| case.known_peers(own, peer));
            let (peers, by_first) = match known {
                Some((peers, by_first)) => (peers, Some(by_first)),
                None => (anonymous(case), pairs.opened),
            };
            told.push(Told {
                evidence,
                logged,
                at: case.common(*input, evidence.at.unwrap_or_default()),
                peers,
                by_first,
            });
        }
    }
    sorted::by_key(&mut told, |one| {
        let line = match one.evidence.source {
            crate::evidence::Source::Line { line, .. } => line,
            crate::evidence::Source::Packet { .. }
            | crate::evidence::Source::Input { .. }
            | crate::evidence::Source::Live => 0,
        };
        (one.at, one.input(), line)
    });
    told
}

/// Where nothing else tells who the peers are, configurations do.
fn configured(case: &mut Case<'_>, evidence: &[Evidence]) {
    for one in evidence.iter().take(CONFIGURED_MAX) {
        let Fact::Configured(stated) = &one.fact else {
            continue;
        };
        let ends = (stated.ends.asking.first(), stated.ends.answering.first());
        if let (Some(&asking), Some(&answering)) = ends {
            case.peers_for(asking, answering, &[(asking, answering)]);
        }
    }
}

type Line<'a> = (&'a Evidence, &'a Logged);

/// The lines of each log, in order. What a running engine says of itself is one
/// more.
fn logs(evidence: &[Evidence]) -> Map<usize, Vec<Line<'_>>> {
    let mut logs: Map<usize, Vec<Line<'_>>> = Map::new();
    for one in evidence {
        if let Fact::Logged(logged) = &one.fact {
            let input = one.source.input().unwrap_or(LIVE);
            logs.entry(input).or_default().push((one, logged));
        }
    }
    logs
}

/// Who sent the first datagram between each two addresses, and to whom; in the
/// order of time.
fn openings(case: &Case<'_>, logs: &Map<usize, Vec<Line<'_>>>) -> Vec<(Instant, IpAddr, IpAddr)> {
    let mut first: Map<Pair, (Instant, IpAddr, IpAddr)> = Map::new();
    for (input, lines) in logs {
        for (evidence, logged) in lines {
            if let Some((from, to)) = sent(&logged.event) {
                let at = case.common(*input, evidence.at.unwrap_or_default());
                let entry = first.entry((from.min(to), from.max(to)));
                let known = entry.or_insert((at, from, to));
                if at < known.0 {
                    *known = (at, from, to);
                }
            }
        }
    }
    let mut openings: Vec<_> = first.into_values().collect();
    sorted::sort(&mut openings);
    openings
}

/// Sender and receiver of a datagram; where only peers are named, the end that
/// names them and the other.
const fn sent(event: &LogEvent) -> Option<Pair> {
    if let LogEvent::Datagram { route, .. } = event {
        Some((route.from.ip(), route.to.ip()))
    } else {
        None
    }
}

/// The end that wrote the line and the other, where it names them.
fn named(event: &LogEvent) -> Option<Pair> {
    let (from, to) = sent(event)?;
    let received = matches!(event, LogEvent::Datagram { sent: false, .. });
    Some(if received { (to, from) } else { (from, to) })
}

/// Makes two addresses peers, or finds out that they are another view of peers
/// that are known, behind a translation of addresses.
fn name_peers(case: &mut Case<'_>, from: IpAddr, to: IpAddr) {
    if case.known_peers(from, to).is_some() {
        return;
    }
    let mut like = case.peers.iter().filter(|peers| {
        let ends = |address| peers.first == address || peers.second == address;
        ends(from) || ends(to)
    });
    let seen = like.next().map(|peers| (peers.first, peers.second));
    match seen.filter(|_| like.next().is_none()) {
        Some((first, second)) if second == to || first == from => {
            case.peers_for(first, second, &[(first, second), (from, to)]);
        }
        Some((first, second)) => {
            case.peers_for(first, second, &[(first, second), (to, from)]);
        }
        None => {
            case.peers_for(from, to, &[(from, to)]);
        }
    }
}

/// The peers of a line that names none: the only ones, or nameless ones.
fn anonymous(case: &mut Case<'_>) -> usize {
    if case.peers.len() == 1 {
        return 0;
    }
    case.peers_for(NOBODY, NOBODY, &[(NOBODY, NOBODY)])
}

/// Which pair each connection of a log talks with.
struct Pairs<'l> {
    /// By connection.
    connections: Map<&'l str, Pair>,
    /// Where in the log a pair is named, in order.
    named: Vec<(usize, Pair)>,
    /// The end that wrote the log opened the IKE SA.
    opened: Option<bool>,
}

impl<'l> Pairs<'l> {
    fn of(lines: &[(&Evidence, &'l Logged)]) -> Self {
        let mut pairs = Self {
            connections: Map::new(),
            named: Vec::new(),
            opened: None,
        };
        for (place, (_, logged)) in lines.iter().enumerate() {
            if let Some(pair) = named(&logged.event) {
                pairs.named.push((place, pair));
                if let Some(connection) = &logged.connection {
                    pairs.connections.insert(number(connection), pair);
                }
            }
            if let LogEvent::Message { sent, response, .. } = &logged.event {
                pairs.opened = pairs.opened.or(Some(sent != response));
            }
        }
        pairs
    }

    fn at(&self, place: usize, logged: &Logged) -> Option<Pair> {
        let own = logged.connection.as_deref().map(number);
        if let Some(pair) = own.and_then(|own| self.connections.get(own)) {
            return Some(*pair);
        }
        let next = self.named.partition_point(|(at, _)| *at <= place);
        let before = next.checked_sub(1).and_then(|last| self.named.get(last));
        let nearest = before.or_else(|| self.named.first());
        nearest.map(|(_, pair)| *pair)
    }
}

/// The part of a connection's name that tells the IKE SA: charon's `tun|1` is
/// `1` while it has no name.
fn number(connection: &str) -> &str {
    connection
        .rsplit_once('|')
        .map_or(connection, |(_, number)| number)
}

/// Stands for the number of an input where a running engine speaks.
const LIVE: usize = usize::MAX;

/// The address of peers of which no log tells one.
pub(super) const NOBODY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// Facts of configurations that are asked who the peers are.
const CONFIGURED_MAX: usize = 1024;
