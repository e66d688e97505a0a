//! WatchGuard: the Firebox of 2001 (`38268 06/13/01 15:32:50 iked[91]`, what it
//! says behind that or on the next line, `firewalld[74]` and `kernel` between)
//! and Fireware today (`iked (203.0.113.20<->203.0.113.10) …`).
//!
//! The old log numbers its lines in steps of ten; numbers that are not there
//! are told as missing lines.

use super::stamp::{self, Clock};
use super::{Reading, Told, gather, is_error_name};
use crate::evidence::{AuthenticationFault, ChildSpis, LogEvent, Logged};
use crate::time::Instant;
use crate::wire::tree::escaped;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::mem;
use core::net::IpAddr;

/// Reads a log of a Firebox. `input` is its index among the inputs.
///
/// ```
/// use ipsec_core::evidence::{Fact, LogEvent};
/// use ipsec_core::log::firebox;
/// let log = b"110 06/13/01 15:40:16 iked[91]\nProposal is unacceptable. mess_id=0\n";
/// let read = firebox::read(0, log);
/// let Fact::Logged(said) = &read.evidence[0].fact else { panic!() };
/// assert!(matches!(said.event, LogEvent::NoProposal { .. }));
/// assert_eq!(said.child, Some(false));
/// ```
#[must_use]
pub fn read(input: usize, log: &[u8]) -> Reading {
    gather(input, log, teller())
}

/// Tells what each line in turn says.
pub(super) fn teller() -> impl FnMut(&str) -> Told + Send {
    let mut clock = Clock::default();
    let mut known = Known::default();
    move |text| match Line::of(text) {
        Some(line) => {
            known.at = line.stamp.map(|stamp| clock.at(stamp));
            known.begun(&line)
        }
        None => known.continued(text),
    }
}

/// Whether nobody but a Firebox writes such a line.
pub(super) fn is_line(text: &str) -> bool {
    Line::of(text).is_some_and(|line| matches!(line.writer, Writer::Iked | Writer::Filter))
}

/// Who on the Firebox writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Writer {
    Iked,
    Filter,
    Kernel,
    #[default]
    Other,
}

/// A line with a head, taken apart.
struct Line<'a> {
    number: Option<u64>,
    stamp: Option<stamp::Stamp>,
    writer: Writer,
    /// The two ends, as Fireware writes them.
    ends: Option<&'a str>,
    body: &'a str,
}

impl<'a> Line<'a> {
    fn of(text: &'a str) -> Option<Self> {
        numbered(text).or_else(|| fireware(text))
    }
}

/// `38268 06/13/01 15:32:50 iked[91] …`, or without the number.
fn numbered(text: &str) -> Option<Line<'_>> {
    let first = text.split_once(' ');
    let number = first.and_then(|(number, rest)| Some((number.parse().ok()?, rest)));
    let (stamp, rest) = stamp::american(number.map_or(text, |(_, rest)| rest))?;
    let rest = rest.strip_prefix(' ')?;
    let (writer, body) = rest.split_once(' ').unwrap_or((rest, ""));
    let (name, process) = writer.split_once('[').unwrap_or((writer, ""));
    if number.is_none() && process.is_empty() {
        return None;
    }
    let writer = match name {
        "iked" => Writer::Iked,
        "firewalld" => Writer::Filter,
        "kernel" => Writer::Kernel,
        _ => Writer::Other,
    };
    Some(Line {
        number: number.map(|(number, _)| number),
        stamp: Some(stamp),
        writer,
        ends: None,
        body: body.trim(),
    })
}

/// `iked (203.0.113.20<->203.0.113.10) …`, whatever stands before.
fn fireware(text: &str) -> Option<Line<'_>> {
    let (head, rest) = text.split_once("iked")?;
    if !head.is_empty() && !head.ends_with(' ') {
        return None;
    }
    let process = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let rest = process.map_or(rest, |(_, rest)| rest);
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let (ends, body) = rest.trim_start().strip_prefix('(')?.split_once(')')?;
    let (here, there) = ends.split_once("<->")?;
    let addressed = |end: &str| end.parse::<IpAddr>().is_ok();
    (addressed(here) && addressed(there)).then(|| Line {
        number: None,
        stamp: stamp::stamp(head).map(|(stamp, _)| stamp),
        writer: Writer::Iked,
        ends: Some(ends),
        body: body.trim(),
    })
}

/// What the next line without a head is.
#[derive(Debug, Default, PartialEq, Eq)]
enum Next {
    /// Of no line of the log.
    #[default]
    Nothing,
    /// What the line before announced.
    Body,
    /// The packet that was dropped on this interface.
    Packet(String),
}

/// What earlier lines told.
#[derive(Default)]
struct Known {
    number: Option<u64>,
    at: Option<Instant>,
    writer: Writer,
    next: Next,
    /// The next SA that goes away does so for another.
    replacing: bool,
    /// IPsec SAs that are loaded and not yet in use.
    loaded: Option<ChildSpis>,
}

impl Known {
    /// A line with a head.
    fn begun(&mut self, line: &Line<'_>) -> Told {
        let mut facts = Vec::new();
        if let Next::Packet(interface) = mem::take(&mut self.next) {
            facts.push(Logged::new(None, dropped(interface)));
        }
        if let Some(missing) = self.missing(line.number) {
            facts.push(Logged::new(None, LogEvent::LinesMissing(missing)));
        }
        self.writer = line.writer;
        if line.body.is_empty() {
            self.next = Next::Body;
            return told(self.at, facts, Told::Quiet);
        }
        let connection = line.ends.map(|ends| escaped(ends.as_bytes()));
        match self.hear(line.body) {
            Heard::Facts(heard) => facts.extend(heard.into_iter().map(|mut fact| {
                fact.connection.clone_from(&connection);
                fact
            })),
            Heard::Quiet => return told(self.at, facts, Told::Quiet),
            Heard::Unknown => return told(self.at, facts, Told::Unknown),
        }
        Told::Facts(self.at, facts)
    }

    /// A line without a head.
    fn continued(&mut self, text: &str) -> Told {
        let text = text.trim();
        let heard = match mem::take(&mut self.next) {
            Next::Nothing => return Told::Foreign,
            Next::Body if text.is_empty() => Heard::Quiet,
            Next::Body => self.hear(text),
            Next::Packet(interface) => packet(interface, text),
        };
        match heard {
            Heard::Facts(facts) => Told::Facts(self.at, facts),
            Heard::Quiet => Told::Quiet,
            Heard::Unknown => Told::Unknown,
        }
    }

    /// How many lines are missing before the one of this number.
    fn missing(&mut self, number: Option<u64>) -> Option<u64> {
        let number = number?;
        let last = self.number.replace(number)?;
        let steps = number.checked_sub(last)? / NUMBER_STEP;
        steps.checked_sub(1).filter(|missing| *missing > 0)
    }

    fn hear(&mut self, body: &str) -> Heard {
        match self.writer {
            Writer::Iked => self.iked(body),
            Writer::Filter => self.filter(body),
            Writer::Kernel if body.starts_with("ipsec: make bundle") => self.committed(),
            Writer::Kernel | Writer::Other => Heard::Quiet,
        }
    }

    fn iked(&mut self, body: &str) -> Heard {
        if body.starts_with("Deleting old phase 1 SA") {
            self.replacing = true;
            return fact(LogEvent::Replaced, Some(false));
        }
        if body.starts_with("Deleting SA: peer") {
            return match mem::take(&mut self.replacing) {
                true => Heard::Quiet,
                false => fact(LogEvent::Deleted { by_peer: false }, None),
            };
        }
        if let Some(loaded) = Loaded::of(body) {
            return self.load(&loaded);
        }
        if body.starts_with("Committing SAs ") {
            let spis = self.loaded.take().unwrap_or_default();
            return fact(LogEvent::ChildEstablished(spis), Some(true));
        }
        let facts = notification(body)
            .or_else(|| refusal(body))
            .or_else(|| course(body))
            .or_else(|| user(body));
        match facts {
            Some(facts) => Heard::Facts(facts),
            None if is_quiet(body) => Heard::Quiet,
            None => Heard::Unknown,
        }
    }

    /// The first SA of a pair tells what was agreed.
    fn load(&mut self, loaded: &Loaded) -> Heard {
        let spis = self.loaded.get_or_insert_default();
        let first = spis.inbound.is_none() && spis.outbound.is_none();
        if loaded.inbound {
            spis.inbound = loaded.spi;
        } else {
            spis.outbound = loaded.spi;
        }
        if !first {
            return Heard::Quiet;
        }
        let algorithms = loaded.algorithms.clone();
        let child = true;
        fact(LogEvent::Offered { child, algorithms }, Some(child))
    }

    /// The kernel has the SAs; told already when iked said so.
    fn committed(&mut self) -> Heard {
        match self.loaded.take() {
            Some(spis) => fact(LogEvent::ChildEstablished(spis), Some(true)),
            None => Heard::Quiet,
        }
    }

    /// `deny in ipsec0 60 icmp 20 32 8 0 (Ping)`, the packet here or on the
    /// next line.
    fn filter(&mut self, body: &str) -> Heard {
        let Some(rest) = body.strip_prefix("deny in ") else {
            return Heard::Quiet;
        };
        let (interface, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let interface = escaped(interface.as_bytes());
        if rest.is_empty() {
            self.next = Next::Packet(interface);
            return Heard::Quiet;
        }
        packet(interface, rest)
    }
}

enum Heard {
    Facts(Vec<Logged>),
    Quiet,
    Unknown,
}

fn fact(event: LogEvent, child: Option<bool>) -> Heard {
    Heard::Facts(vec![about(event, child)])
}

fn about(event: LogEvent, child: Option<bool>) -> Logged {
    let logged = Logged::new(None, event);
    match child {
        Some(child) => logged.of_child(child),
        None => logged,
    }
}

fn told(at: Option<Instant>, facts: Vec<Logged>, none: Told) -> Told {
    if facts.is_empty() {
        none
    } else {
        Told::Facts(at, facts)
    }
}

/// One direction of an IPsec SA pair.
struct Loaded {
    inbound: bool,
    algorithms: String,
    spi: Option<u32>,
}

impl Loaded {
    /// `Load outbound ESP SA, Algs=ESP_3DES/AUTH_ALG_HMAC_SHA1
    /// Life=3600sec/0KB SPI=c87f1960`
    fn of(body: &str) -> Option<Self> {
        let rest = body.strip_prefix("Load ")?;
        let inbound = rest.starts_with("inbound ");
        if !inbound && !rest.starts_with("outbound ") {
            return None;
        }
        let field = |name| rest.split(' ').find_map(|word| word.strip_prefix(name));
        let algorithms: Vec<&str> = field("Algs=")?
            .split('/')
            .map(|name| name.strip_prefix("AUTH_ALG_").unwrap_or(name))
            .collect();
        Some(Self {
            inbound,
            algorithms: escaped(algorithms.join(" ").as_bytes()),
            spi: field("SPI=").and_then(|spi| u32::from_str_radix(spi, 16).ok()),
        })
    }
}

/// `Received AUTH_FAILED message, mess_id=0x00000000`, `Received No Proposal
/// Chosen message from 203.0.113.10:500 …`, `Sending NO_PROPOSAL_CHOSEN message`
fn notification(body: &str) -> Option<Vec<Logged>> {
    let received = body.strip_prefix("Received ");
    let rest = received.or_else(|| body.strip_prefix("Sending "))?;
    let (words, _) = rest.split_once(" message")?;
    let name = match words.to_ascii_uppercase().replace(' ', "_") {
        name if name == "AUTH_FAILED" => String::from("AUTHENTICATION_FAILED"),
        name => name,
    };
    let is_error = is_error_name(&name);
    let capital = |byte: u8| byte.is_ascii_uppercase() || byte == b'_';
    if !is_error && !words.bytes().all(capital) {
        return None;
    }
    let name = escaped(name.as_bytes());
    let event = match received {
        Some(_) => LogEvent::Notified { name, is_error },
        None => LogEvent::NotifySent(name),
    };
    Some(vec![about(event, of_message(body))])
}

/// Whether the message ID that a line names is of an exchange after phase 1.
fn of_message(body: &str) -> Option<bool> {
    let (_, id) = body.split_once("mess_id=")?;
    let id = id.strip_prefix("0x").unwrap_or(id);
    let digits = id.split(|c: char| !c.is_ascii_hexdigit()).next()?;
    (!digits.is_empty()).then(|| digits.bytes().any(|digit| digit != b'0'))
}

/// `Proposal is unacceptable. mess_id=0`, `Peer proposes phase one encryption
/// 3DES, expecting AES`
fn refusal(body: &str) -> Option<Vec<Logged>> {
    let (differs, received, configured) = match body.strip_prefix("Peer proposes ") {
        Some(rest) => {
            let (proposed, expected) = rest.split_once(", expecting ")?;
            let (kind, value) = proposed.rsplit_once(' ')?;
            let kind = PHASES
                .iter()
                .find_map(|(phase, _)| kind.strip_prefix(phase))
                .unwrap_or(kind);
            let text = |text: &str| Some(escaped(text.trim().as_bytes()));
            (text(kind), text(value), text(expected))
        }
        None if body.starts_with("Proposal is unacceptable") => (None, None, None),
        None => return None,
    };
    let refused = LogEvent::NoProposal {
        differs,
        received,
        configured,
    };
    Some(vec![about(
        refused,
        of_message(body).or_else(|| phase(body)),
    )])
}

/// Whether a line names phase 2 and not phase 1.
fn phase(body: &str) -> Option<bool> {
    let named = PHASES.iter().find(|(name, _)| body.contains(name));
    named.map(|(_, child)| *child)
}

/// Lines on how an exchange or an SA fares.
fn course(body: &str) -> Option<Vec<Logged>> {
    let starts = |text: &str| body.starts_with(text);
    let (event, child) = if starts("Phase 1 completed as ") {
        (LogEvent::IkeEstablished, Some(false))
    } else if starts("Aggressive Mode processing failed") {
        let aggressive = about(LogEvent::Aggressive, Some(false));
        return Some(vec![aggressive, about(LogEvent::Failed, Some(false))]);
    } else if starts("Main Mode processing failed") {
        (LogEvent::Failed, Some(false))
    } else if starts("Quick Mode processing failed") {
        (LogEvent::Failed, Some(true))
    } else if starts("Error processing (") {
        (LogEvent::Failed, None)
    } else if starts("Drop negotiation to peer ") && body.contains("retry timeout") {
        (LogEvent::GaveUp, phase(body))
    } else if body.contains("Mismatched ID settings ") {
        let fault = AuthenticationFault::IdentityMismatch;
        (LogEvent::AuthenticationFailed(fault), None)
    } else {
        return None;
    };
    Some(vec![about(event, child)])
}

/// `User "lisa" at 192.0.2.8 logged in`, `lisa bound to 192.0.2.188`; the
/// addresses may have been lost.
fn user(body: &str) -> Option<Vec<Logged>> {
    let named = body.strip_prefix("User \"");
    if let Some((name, rest)) = named.and_then(|rest| rest.split_once('"')) {
        let name = escaped(name.as_bytes());
        let event = if rest.ends_with(" logged in") {
            LogEvent::UserLoggedIn(name)
        } else if rest.ends_with(" logged out") {
            LogEvent::UserLoggedOut(name)
        } else {
            return None;
        };
        return Some(vec![about(event, None)]);
    }
    let (name, address) = body.split_once(" bound to")?;
    let address = address.trim();
    let bound = LogEvent::AddressBound {
        user: escaped(name.as_bytes()),
        address: (!address.is_empty()).then(|| escaped(address.as_bytes())),
    };
    (!name.contains(' ')).then(|| vec![about(bound, None)])
}

/// `60 icmp 20 32 192.0.2.188 192.0.2.3 8 0 (Ping)`: length, protocol, bytes of
/// the IP head, time to live, ends, ports or type and code. Which packets of
/// no tunnel are dropped is of no interest, unless they belong to one or are
/// those that people test a path with.
fn packet(interface: String, text: &str) -> Heard {
    let mut words = text.split(' ').filter(|word| !word.is_empty());
    let protocol = words.nth(1);
    let mut words = words.skip(2).peekable();
    let mut address = || -> Option<IpAddr> {
        let word = words.next_if(|word| word.parse::<IpAddr>().is_ok())?;
        word.parse().ok()
    };
    let (from, to) = (address(), address());
    let port = words.nth(1);
    let matters = match protocol {
        Some("esp" | "ah" | "50" | "51" | "icmp") => true,
        Some("udp") => matches!(port, Some("500" | "4500")),
        Some(_) | None => false,
    };
    if !matters && !interface.starts_with("ipsec") {
        return Heard::Quiet;
    }
    let denied = LogEvent::Denied {
        interface,
        protocol: protocol.map(|name| escaped(name.as_bytes())),
        from,
        to,
    };
    fact(denied, None)
}

/// A packet of which nothing more is told.
const fn dropped(interface: String) -> LogEvent {
    LogEvent::Denied {
        interface,
        protocol: None,
        from: None,
        to: None,
    }
}

/// Messages that tell nothing, or nothing that another does not.
fn is_quiet(body: &str) -> bool {
    let names_ends = body.contains("<->") && !body.contains(' ');
    names_ends || body.ends_with(" unbound") || QUIET.iter().any(|start| body.starts_with(start))
}

/// How the phases are called, and whether they make a CHILD_SA.
const PHASES: [(&str, bool); 6] = [
    ("phase 1", false),
    ("phase one", false),
    ("phase-1", false),
    ("phase 2", true),
    ("phase two", true),
    ("phase-2", true),
];

/// How messages begin that tell nothing, or nothing that another does not.
const QUIET: [&str; 7] = [
    "Add Host ",
    "CRYPTO ACTIVE ",
    "Drop Host ",
    "Getting IPSEC preferences ",
    "Updated ",
    "his_cookie ",
    "my_cookie ",
];

/// From the number of a line to that of the next.
const NUMBER_STEP: u64 = 10;

#[cfg(test)]
mod tests;
