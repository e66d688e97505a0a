//! SafeNet's client, as vendors of gateways gave it to their users, and its
//! relatives: the form of 2001 (`2001/06/13 16:02:56.950: AL_IKE--`, what it
//! says behind that or on the next line), SoftRemote
//! (`11-28: 11:43:09.125 My Connections\hq - SENDING>>>> ISAKMP OAK MM (…)`)
//! and SonicWall, in its window, in syslog (`id=firewall … msg="…"`) or pasted
//! without stamps.

use super::stamp::{self, Clock, Stamp};
use super::{Reading, Told, gather, is_error_name};
use crate::evidence::{AuthenticationFault, ChildSpis, Exchange, LogEvent, Logged};
use crate::time::Instant;
use crate::wire::registry::isakmp::ExchangeType;
use crate::wire::tree::escaped;
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::mem;

/// Reads a log of SafeNet's client or of a relative. `input` is its index among
/// the inputs.
///
/// ```
/// use ipsec_core::evidence::{Fact, LogEvent};
/// use ipsec_core::log::safenet;
/// let log = b"2001/06/13 16:02:58.210: AL_IKE--\nPhase 1 negotiation succeeded with\n";
/// let read = safenet::read(0, log);
/// let Fact::Logged(said) = &read.evidence[0].fact else { panic!() };
/// assert_eq!(said.event, LogEvent::IkeEstablished);
/// ```
#[must_use]
pub fn read(input: usize, log: &[u8]) -> Reading {
    gather(input, log, teller())
}

/// Tells what each line in turn says.
pub(super) fn teller() -> impl FnMut(&str) -> Told + Send {
    let mut clock = Clock::default();
    let mut known = Known::default();
    move |text| {
        let Some(line) = Line::of(text) else {
            return known.continued(text);
        };
        let at = line.stamp.map(|stamp| clock.at(stamp));
        known.body_of = line.message.is_empty().then_some(at);
        known.is_pasted |= line.form == Form::Bare;
        known.hear(at, &line)
    }
}

/// Whether nobody but these write such a line.
pub(super) fn is_line(text: &str) -> bool {
    Line::of(text).is_some_and(|line| {
        line.form == Form::Client || is_oak(line.message) || is_role(line.message)
    })
}

/// Which of the forms a line has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// With `AL_IKE--`.
    Client,
    /// With a head that tells nothing for certain.
    Headed,
    /// Without a head.
    Bare,
}

/// A line taken apart.
struct Line<'a> {
    form: Form,
    stamp: Option<Stamp>,
    connection: Option<&'a str>,
    message: &'a str,
}

impl<'a> Line<'a> {
    fn of(text: &'a str) -> Option<Self> {
        if let Some((head, message)) = text.split_once("AL_IKE--") {
            let (stamp, rest) = stamp::stamp(head.trim_start())?;
            return (rest.trim() == ":").then(|| Self {
                form: Form::Client,
                stamp: Some(stamp),
                connection: None,
                message: message.trim(),
            });
        }
        syslog(text)
            .or_else(|| window(text))
            .or_else(|| remote(text))
            .or_else(|| {
                let message = text.trim();
                let bare = Self {
                    form: Form::Bare,
                    stamp: None,
                    connection: None,
                    message,
                };
                (is_oak(message) || is_role(message)).then_some(bare)
            })
    }
}

/// `id=firewall sn=… time="2026-01-02 15:03:36" … msg="IKE Responder: …" …`
fn syslog(text: &str) -> Option<Line<'_>> {
    let (_, fields) = text.split_once("id=firewall ")?;
    let quoted = |name| {
        let (_, rest) = fields.split_once(name)?;
        Some(rest.strip_prefix('"')?.split_once('"')?.0)
    };
    let time = quoted("time=");
    Some(Line {
        form: Form::Headed,
        stamp: time.and_then(stamp::stamp).map(|(stamp, _)| stamp),
        connection: quoted("vpnpolicy="),
        message: quoted("msg=")?,
    })
}

/// `10/31/2006 10:30:41.624    Warning    VPN IKE    IKE Responder: …`
fn window(text: &str) -> Option<Line<'_>> {
    let (stamp, rest) = stamp::american(text)?;
    let (_, message) = rest.split_once("VPN IKE")?;
    Some(Line {
        form: Form::Headed,
        stamp: Some(stamp),
        connection: None,
        message: message.trim(),
    })
}

/// `11-28: 11:43:09.125 My Connections\hq - message`, or with the time alone.
fn remote(text: &str) -> Option<Line<'_>> {
    let (stamp, rest) = stamp::dashed(text).or_else(|| stamp::stamp(text))?;
    let (connection, message) = rest.strip_prefix(' ')?.split_once(" - ")?;
    let named = connection.starts_with("My Connections") || is_oak(message);
    named.then(|| Line {
        form: Form::Headed,
        stamp: Some(stamp),
        connection: Some(connection.trim()),
        message: message.trim(),
    })
}

/// `SENDING>>>> ISAKMP OAK MM (…)`
fn is_oak(message: &str) -> bool {
    message.starts_with("SENDING>>>> ISAKMP OAK ") || message.starts_with("RECEIVED<<< ISAKMP OAK ")
}

/// `IKE Responder: …`
fn is_role(message: &str) -> bool {
    message.starts_with("IKE Responder: ") || message.starts_with("IKE Initiator: ")
}

/// What earlier lines told.
#[derive(Default)]
struct Known {
    /// When the line was written whose body comes next.
    body_of: Option<Option<Instant>>,
    offer: Offer,
    /// Lines come without heads.
    is_pasted: bool,
    /// The exchange that is under way, and whether this end began it.
    exchange: Option<(String, bool)>,
}

impl Known {
    /// A line without a head: a body, or one that was pasted without.
    fn continued(&mut self, text: &str) -> Told {
        let at = self.body_of.take();
        if at.is_none() && !self.is_pasted {
            return Told::Foreign;
        }
        let message = text.trim();
        let line = Line {
            form: if at.is_some() {
                Form::Client
            } else {
                Form::Bare
            },
            stamp: None,
            connection: None,
            message,
        };
        self.hear(at.flatten(), &line)
    }

    fn hear(&mut self, at: Option<Instant>, line: &Line<'_>) -> Told {
        let message = line.message;
        if line.form != Form::Bare && self.offer.note(message) {
            return Told::Quiet;
        }
        let facts = if is_oak(message) {
            self.oak(message)
        } else {
            self.mode(message).or_else(|| self.course(message))
        };
        let Some(mut facts) = facts else {
            return match line.form {
                _ if is_quiet(message) => Told::Quiet,
                Form::Bare if !is_role(message) => Told::Foreign,
                Form::Headed if !message.contains("IKE") && !message.contains("IPSec") => {
                    Told::Quiet
                }
                Form::Client | Form::Headed | Form::Bare => Told::Unknown,
            };
        };
        if let Some(connection) = line.connection {
            let name = escaped(connection.as_bytes());
            for fact in &mut facts {
                fact.connection = Some(name.clone());
            }
        }
        Told::Facts(at, facts)
    }

    /// `AggressiveMode -- initiator sent out message1`, the offer before it.
    fn mode(&mut self, message: &str) -> Option<Vec<Logged>> {
        let (name, rest) = message.split_once("Mode -- ")?;
        let (exchange, child) = match name {
            "Main" => (ExchangeType::IDENTITY_PROTECTION, false),
            "Aggressive" => (ExchangeType::AGGRESSIVE, false),
            "Quick" => (ExchangeType::QUICK_MODE, true),
            _ => return None,
        };
        let (_, way) = rest.split_once(' ')?;
        let sent = way.starts_with("sent out ");
        if !sent && !way.starts_with("received ") {
            return None;
        }
        let said = LogEvent::Message {
            sent,
            exchange: Exchange::V1(exchange),
            response: way.contains("response "),
            message_id: (!child).then_some(0),
            payloads: Vec::new(),
        };
        let mut facts: Vec<_> = self.offer.take().into_iter().collect();
        facts.push(Logged::new(None, said).of_child(child));
        Some(facts)
    }

    /// `RECEIVED<<< ISAKMP OAK AG (InitCookie 0xa1b340472acb64ac, MsgID: 0x0)
    /// (SA, KE, NON, ID, VID) …`, the first parentheses or not.
    fn oak(&mut self, message: &str) -> Option<Vec<Logged>> {
        let sent = message.starts_with("SENDING");
        let (_, rest) = message.split_once("ISAKMP OAK ")?;
        let (name, rest) = rest.split_once(' ')?;
        let (exchange, child) = match name {
            "MM" => (ExchangeType::IDENTITY_PROTECTION, Some(false)),
            "AG" => (ExchangeType::AGGRESSIVE, Some(false)),
            "QM" => (ExchangeType::QUICK_MODE, Some(true)),
            "INFO" => (ExchangeType::INFORMATIONAL, None),
            "TRANS" => (ExchangeType::TRANSACTION, None),
            _ => return None,
        };
        let (cookie, id, rest) = ids(rest).unwrap_or(("", None, rest));
        let (_, payloads) = rest.split_once('(')?;
        let (payloads, _) = payloads.split_once(')')?;
        let response = match exchange {
            ExchangeType::INFORMATIONAL => false,
            _ => sent != self.is_ours(name, cookie, id, sent),
        };
        let said = LogEvent::Message {
            sent,
            exchange: Exchange::V1(exchange),
            response,
            message_id: id,
            payloads: payloads
                .split(", ")
                .map(|name| escaped(name.as_bytes()))
                .collect(),
        };
        let notified = payloads.split(", ").filter_map(|payload| {
            let name = payload.strip_prefix("NOTIFY:")?.trim();
            Some(notification(name, sent))
        });
        let connection = (!cookie.is_empty()).then(|| escaped(cookie.as_bytes()));
        let facts = [said].into_iter().chain(notified);
        Some(
            facts
                .map(|event| about(connection.clone(), event, child))
                .collect(),
        )
    }

    /// Whether this end began the exchange to which a message belongs: it did
    /// when the first message that the log has of it was sent.
    fn is_ours(&mut self, name: &str, cookie: &str, id: Option<u32>, sent: bool) -> bool {
        let mut key = String::with_capacity(name.len().saturating_add(cookie.len()));
        key.push_str(name);
        key.push_str(cookie);
        if let Some(id) = id {
            key.extend(id.to_be_bytes().map(char::from));
        }
        match &self.exchange {
            Some((under_way, ours)) if *under_way == key => *ours,
            Some(_) | None => {
                self.exchange = Some((key, sent));
                sent
            }
        }
    }

    /// Lines on how an exchange or an SA fares.
    fn course(&mut self, message: &str) -> Option<Vec<Logged>> {
        let lower = message.to_ascii_lowercase();
        if lower.starts_with("initiating ike phase ") {
            self.exchange = None;
            return None;
        }
        let (event, child) = established(&lower)
            .or_else(|| notified(message))
            .or_else(|| refused(message, &lower))
            .or_else(|| failed(&lower))
            .or_else(|| nat(&lower))
            .or_else(|| gone(&lower))?;
        let mut facts: Vec<_> = self.offer.take().into_iter().collect();
        facts.push(about(None, event, child));
        Some(facts)
    }
}

fn about(connection: Option<String>, event: LogEvent, child: Option<bool>) -> Logged {
    let logged = Logged::new(connection, event);
    match child {
        Some(child) => logged.of_child(child),
        None => logged,
    }
}

/// `(InitCookie 0xa1b340472acb64ac, MsgID: 0x0) …`: the cookie, the message ID,
/// and what follows.
fn ids(text: &str) -> Option<(&str, Option<u32>, &str)> {
    let (inner, rest) = text.strip_prefix("(InitCookie")?.split_once(')')?;
    let (cookie, id) = inner.split_once(',')?;
    let number = |text: &str| {
        let (_, digits) = text.split_once("0x")?;
        u32::from_str_radix(digits.trim(), 16).ok()
    };
    let (_, cookie) = cookie.split_once("0x")?;
    Some((cookie.trim(), number(id), rest))
}

fn notification(name: &str, sent: bool) -> LogEvent {
    let name = match name {
        "INVALID_ID_INFO" => "INVALID_ID_INFORMATION",
        "AUTHENTICATION_FAILED" | "AUTH_FAILED" => "AUTHENTICATION_FAILED",
        name => name,
    };
    let is_error = is_error_name(name);
    let name = escaped(name.as_bytes());
    if sent {
        LogEvent::NotifySent(name)
    } else {
        LogEvent::Notified { name, is_error }
    }
}

/// An event, and whether it is known to be of phase 2.
type Found = Option<(LogEvent, Option<bool>)>;

fn established(lower: &str) -> Found {
    let holds = |text: &str| lower.contains(text);
    if lower.starts_with("phase 1 negotiation succeeded")
        || lower.starts_with("established ike sa")
        || holds("mode complete (phase 1)")
    {
        Some((LogEvent::IkeEstablished, Some(false)))
    } else if lower.starts_with("phase 2 negotiation succeeded")
        || lower.starts_with("loading ipsec sa ")
        || lower.starts_with("ike negotiation complete. adding ipsec sa")
    {
        Some((LogEvent::ChildEstablished(spis(lower)), Some(true)))
    } else if holds("aggressive mode exchange selected")
        || lower.starts_with("aggressivemode exchange selected")
        || lower.starts_with("ike responder: received aggressive mode request")
        || lower.starts_with("ike initiator: start aggressive mode")
    {
        Some((LogEvent::Aggressive, Some(false)))
    } else {
        None
    }
}

/// `… outbound spi = d1b8db0b inbound spi = 0badcafe)`
fn spis(lower: &str) -> ChildSpis {
    let of = |name| {
        let (_, rest) = lower.split_once(name)?;
        let digits = rest.split([' ', ',', ')']).next()?;
        u32::from_str_radix(digits, 16).ok()
    };
    ChildSpis {
        inbound: of("inbound spi = "),
        outbound: of("outbound spi = "),
    }
}

/// `Sending Notification CONNECTED (0x4000) to peer`, `IKE Initiator: Received
/// notify. NO_PROPOSAL_CHOSEN`
fn notified(message: &str) -> Found {
    let name = |rest: &str| rest.split([' ', '(', ',']).next().map(ToOwned::to_owned);
    if let Some(rest) = message.strip_prefix("Sending Notification ") {
        return Some((notification(&name(rest)?, true), None));
    }
    let received = message.strip_prefix("Received Notification ");
    let rest = match received {
        Some(rest) => rest,
        None => {
            let (_, rest) = message.split_once("Received notify")?;
            rest.trim_start_matches(['.', ':', ' '])
        }
    };
    Some((notification(&name(rest)?, false), None))
}

/// `IKE Responder: ESP encryption algorithm does not match`
fn refused(message: &str, lower: &str) -> Found {
    let holds = |text: &str| lower.contains(text);
    if holds("network does not match")
        || holds("found for proposed remote network")
        || holds("but proposed local network is not inside")
    {
        return Some((LogEvent::NoSelectors(None), Some(true)));
    }
    let child = holds("ipsec proposal ") || holds("esp ") || holds("ah ");
    let refused = |differs| {
        let event = LogEvent::NoProposal {
            differs,
            received: None,
            configured: None,
        };
        Some((event, Some(child)))
    };
    if holds("proposal does not match") || holds("proposal not acceptable") {
        return refused(None);
    }
    let (head, _) = message.split_once(" does not match")?;
    let (_, differs) = head.split_once(": ")?;
    let differs = differs.strip_prefix("Phase 1 ").unwrap_or(differs);
    refused(Some(escaped(differs.as_bytes())))
}

fn failed(lower: &str) -> Found {
    use AuthenticationFault as Fault;
    let holds = |text: &str| lower.contains(text);
    let phase = match (holds("phase 1"), holds("phase 2")) {
        (true, false) => Some(false),
        (false, true) => Some(true),
        (_, _) => None,
    };
    let event = if holds("possible preshared key mismatch") {
        LogEvent::AuthenticationFailed(Fault::Undecryptable)
    } else if holds("proposed ike id mismatch") {
        LogEvent::AuthenticationFailed(Fault::IdentityMismatch)
    } else if lower.starts_with("xauth failed") {
        LogEvent::AuthenticationFailed(Fault::User)
    } else if holds("retransmitting") || holds("no response - remote party timeout") {
        LogEvent::Retransmitted(None)
    } else if lower.starts_with("ike negotiation aborted due to timeout")
        || lower.starts_with("exceeded ") && holds("negotiation attempts")
    {
        LogEvent::GaveUp
    } else if lower.starts_with("phase ") && holds(" negotiation failed") {
        LogEvent::Failed
    } else {
        return None;
    };
    Some((event, phase))
}

fn nat(lower: &str) -> Found {
    let holds = |text: &str| lower.contains(text);
    let (here, peer) = if holds("no nat/napt device detected") {
        (false, false)
    } else if holds("local ipsec security gateway behind a nat")
        || holds("nat is detected for client")
    {
        (true, false)
    } else if holds("peer ipsec security gateway behind a nat") || holds("nat is detected for peer")
    {
        (false, true)
    } else {
        return None;
    };
    Some((LogEvent::Nat { here, peer }, None))
}

fn gone(lower: &str) -> Found {
    let starts = |text: &str| lower.starts_with(text);
    let (by_peer, child) = if starts("received ike sa delete request") {
        (true, false)
    } else if starts("received ipsec sa delete request") {
        (true, true)
    } else if starts("deleting ike sa") {
        (false, false)
    } else if starts("deleting ipsec sa") {
        (false, true)
    } else if starts("ipsec dead peer detected") {
        return Some((LogEvent::PeerDead, None));
    } else {
        return None;
    };
    Some((LogEvent::Deleted { by_peer }, Some(child)))
}

/// What the lines of 2001 list of an offer, one attribute a line.
#[derive(Debug, Default)]
struct Offer {
    child: bool,
    /// Transforms that are complete.
    done: String,
    now: Transform,
}

#[derive(Debug, Default)]
struct Transform {
    cipher: Option<String>,
    hash: Option<String>,
    group: Option<String>,
    method: Option<String>,
}

impl Offer {
    /// Takes note of `Encryption -- DES_CBC` and its like.
    fn note(&mut self, message: &str) -> bool {
        let Some((name, value)) = message.split_once(" -- ") else {
            return false;
        };
        let value = value.trim();
        let text = || Some(escaped(value.as_bytes()));
        match name {
            "Protocol" => self.child = value.starts_with("PROTO_IPSEC"),
            "Transform" => {
                self.close();
                self.now.cipher = text().filter(|_| value != "KEY_IKE");
            }
            "Encryption" => self.now.cipher = text(),
            "KeyLength" => {
                if let (Some(cipher), Some(bits)) = (&mut self.now.cipher, text()) {
                    cipher.push('_');
                    cipher.push_str(&bits);
                }
            }
            "Hash" => {
                let value = value.strip_suffix("_HASH").unwrap_or(value);
                self.now.hash = Some(escaped(value.as_bytes()));
            }
            "GroupDescription" => self.now.group = text(),
            "Authentication" if self.child => self.now.hash = text(),
            "Authentication" => self.now.method = text(),
            _ => return false,
        }
        true
    }

    /// Ends a transform.
    fn close(&mut self) {
        let Transform {
            cipher,
            hash,
            group,
            method,
        } = mem::take(&mut self.now);
        let words: Vec<String> = [cipher, hash, group, method]
            .into_iter()
            .flatten()
            .collect();
        if words.is_empty() || self.done.len() >= OFFER_BYTES_MAX {
            return;
        }
        if !self.done.is_empty() {
            self.done.push_str(", ");
        }
        self.done.push_str(&words.join(" "));
    }

    /// The offer, once.
    fn take(&mut self) -> Option<Logged> {
        self.close();
        let algorithms = mem::take(&mut self.done);
        let child = self.child;
        let offered = LogEvent::Offered {
            child,
            algorithms: algorithms.clone(),
        };
        (!algorithms.is_empty()).then(|| Logged::new(None, offered).of_child(child))
    }
}

/// Messages that tell nothing, or nothing that another does not.
fn is_quiet(message: &str) -> bool {
    message.is_empty() || QUIET.iter().any(|start| message.starts_with(start))
}

/// How messages begin that tell nothing, or nothing that another does not, and
/// those that hold a key.
const QUIET: [&str; 21] = [
    "Deleting IPSec",
    "DestID: ",
    "EncapsulationMode -- ",
    "HIS COOKIE",
    "Header verification failed",
    "IKE Initiator: Accepting ",
    "IKE Initiator: Start ",
    "IKE Responder: Accepting ",
    "IKE Responder: Received ",
    "IKE message received from",
    "Initiating IKE Phase ",
    "LifeDuration -- ",
    "LifeType -- ",
    "MY COOKIE",
    "Peer is ",
    "Phase 1 boom counter",
    "Phase 2 boom counter",
    "Received packet retransmission",
    "Source ID: ",
    "SourceID: ",
    "Start Phase ",
];

/// Bytes of an offer that are remembered.
const OFFER_BYTES_MAX: usize = 4_096;

#[cfg(test)]
mod tests;
