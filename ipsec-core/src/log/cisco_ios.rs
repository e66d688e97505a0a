//! Cisco IOS and IOS-XE: `debug crypto isakmp | ipsec | ikev2` and the syslog
//! messages of `%CRYPTO` and `%IKEV2`, with a sequence number, the mark of a
//! clock that was never set, a fraction and a time zone, or none of them. A
//! zone by name is not resolved (names are not unique); times are the
//! router's own.

use super::offers::Offers;
use super::stamp::{self, Clock};
use super::{Reading, Told, gather, is_error_name};
use crate::evidence::{AuthenticationFault, ChildSpis, Exchange, LogEvent, Logged};
use crate::time::Instant;
use crate::wire::registry::{ike, isakmp};
use crate::wire::tree::escaped;
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// Reads the log of a router. `input` is its index among the inputs.
///
/// ```
/// use ipsec_core::evidence::{AuthenticationFault, Fact, LogEvent};
/// use ipsec_core::log::cisco_ios;
/// let log = b"000123: Mar  1 00:42:09.431 UTC: %CRYPTO-4-IKMP_BAD_MESSAGE: IKE message from 192.0.2.2 failed its sanity check or is malformed\n";
/// let read = cisco_ios::read(0, log);
/// let Fact::Logged(said) = &read.evidence[0].fact else { panic!() };
/// let fault = AuthenticationFault::Undecryptable;
/// assert_eq!(said.event, LogEvent::AuthenticationFailed(fault));
/// ```
#[must_use]
pub fn read(input: usize, log: &[u8]) -> Reading {
    gather(input, log, teller())
}

/// What tells, line by line, what a log says.
pub(super) fn teller() -> impl FnMut(&str) -> Told + Send {
    let mut clock = Clock::default();
    let mut known = Known::default();
    let mut unset_told = false;
    move |text| {
        let Some(line) = Line::of(text, &mut clock) else {
            return known.continued(text);
        };
        let mut facts = Vec::new();
        if line.is_unset && !unset_told {
            unset_told = true;
            facts.push(Logged::new(None, LogEvent::ClockUnset));
        }
        match known.hear(&line) {
            Heard::Fact(event) => {
                let connection =
                    (!line.connection.is_empty()).then(|| escaped(line.connection.as_bytes()));
                facts.push(of_mode(line.message, Logged::new(connection, event)));
            }
            Heard::Quiet if facts.is_empty() => return Told::Quiet,
            Heard::Unknown if facts.is_empty() => return Told::Unknown,
            Heard::Quiet | Heard::Unknown => {}
        }
        Told::Facts(line.at, facts)
    }
}

/// `… Processing of Quick mode failed with peer at 192.0.2.2`
fn of_mode(message: &str, logged: Logged) -> Logged {
    let Some((_, rest)) = message.split_once("Processing of ") else {
        return logged;
    };
    match rest.split_once(" mode") {
        Some(("Quick", _)) => logged.of_child(true),
        Some(("Main" | "Aggressive", _)) => logged.of_child(false),
        Some(_) | None => logged,
    }
}

/// Whether nobody but IOS writes such a line.
pub(super) fn is_line(text: &str) -> bool {
    Line::of(text, &mut Clock::default()).is_some()
}

/// Who of the router writes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Facility {
    Isakmp,
    Ipsec,
    Ikev2,
    Syslog,
}

/// A line of IOS, taken apart.
struct Line<'a> {
    at: Option<Instant>,
    /// The stamp has the mark of a clock that was never set.
    is_unset: bool,
    facility: Facility,
    /// What stands in the first parentheses: `0:2`, `1001`,
    /// `SESSION ID = 7,SA ID = 1`.
    connection: &'a str,
    message: &'a str,
}

impl<'a> Line<'a> {
    fn of(text: &'a str, clock: &mut Clock) -> Option<Self> {
        let (head, facility, rest) = STARTS.iter().find_map(|(start, facility)| {
            let at = text.find(start)?;
            let (head, rest) = text.split_at_checked(at)?;
            let rest = rest.strip_prefix(start.trim_end_matches('('))?;
            is_head(head).then_some((head, *facility, rest))
        })?;
        let (connection, message) = match facility {
            Facility::Isakmp | Facility::Ikev2 => connection(rest),
            Facility::Ipsec | Facility::Syslog => ("", rest),
        };
        let at = stamped(head).map(|stamp| clock.at(stamp));
        let message = message.trim();
        Some(Self {
            at,
            is_unset: is_unset(head),
            facility,
            connection,
            message,
        })
    }
}

/// Whether this can stand before a message: it ends a field.
fn is_head(head: &str) -> bool {
    head.is_empty() || head.ends_with([' ', ':', '>'])
}

/// Whether a stamp has the mark of a clock that was never set.
fn is_unset(head: &str) -> bool {
    let marked = head.rfind('*').and_then(|at| head.get(at..));
    marked.is_some_and(|marked| stamp::stamp(marked).is_some())
}

/// The router's own stamp: the last one of a head to which a syslog server may
/// have put another.
fn stamped(head: &str) -> Option<stamp::Stamp> {
    let from_mark = head.rfind(['*', '.']).filter(|at| {
        let mark = head.get(*at..).unwrap_or_default();
        stamp::stamp(mark).is_some()
    });
    let tail = head.get(from_mark.unwrap_or_default()..)?;
    let parts = tail
        .split(": ")
        .filter_map(|part| stamp::stamp(part.trim_start()));
    parts.last().map(|(stamp, _)| stamp)
}

/// `(0:2): message`, `:(1001): message`, `:(SESSION ID = 7,SA ID = 1):message`,
/// `: message`
fn connection(rest: &str) -> (&str, &str) {
    let inner = rest.trim_start_matches([':', ' ']);
    let split = inner
        .strip_prefix('(')
        .and_then(|inner| inner.split_once(')'));
    split.map_or(("", inner), |(name, rest)| {
        (name, rest.trim_start_matches([':', ' ']))
    })
}

enum Heard {
    Fact(LogEvent),
    Quiet,
    Unknown,
}

/// What earlier lines told.
#[derive(Default)]
struct Known {
    offers: Offers,
    /// The connection whose transform the next lines describe.
    checked: String,
    /// The IKEv2 message that is described was sent by this end.
    sent: bool,
    message_id: Option<u32>,
    /// The next line lists payloads.
    payloads: bool,
    /// A line that ends too early, and when; the next one is its rest.
    torn: Option<(Torn, Option<Instant>)>,
}

/// Lines that are found broken in two.
#[derive(Clone, Copy)]
enum Torn {
    /// `SA` | `not acceptable!`
    Refusal,
    /// `%CRYPTO-6-IKMP_MODE_FAILURE:` | `Processing of Quick mode failed with`
    ModeFailure,
}

impl Known {
    /// A line without a facility continues the one before it.
    fn continued(&mut self, text: &str) -> Told {
        match self.torn.take() {
            Some((Torn::Refusal, at)) if text.starts_with("not acceptable") => {
                let refused = self.offers.take("").refused();
                return Told::Fact(at, Logged::new(None, refused));
            }
            Some((Torn::ModeFailure, at)) => {
                let failed = of_mode(text, Logged::new(None, LogEvent::Failed));
                return Told::Fact(at, failed);
            }
            Some((Torn::Refusal, _)) | None => {}
        }
        if !text.starts_with(' ') && !self.payloads {
            return Told::Foreign;
        }
        self.payloads = false;
        let names = text
            .split_once("NOTIFY(")
            .and_then(|(_, rest)| rest.split_once(')'));
        match names {
            Some((name, _)) if is_error(name) => {
                Told::Fact(None, Logged::new(None, self.notified(name)))
            }
            _ => Told::Quiet,
        }
    }

    fn notified(&self, name: &str) -> LogEvent {
        let (name, is_error) = (escaped(name.as_bytes()), is_error(name));
        if self.sent {
            LogEvent::NotifySent(name)
        } else {
            LogEvent::Notified { name, is_error }
        }
    }

    fn hear(&mut self, line: &Line<'_>) -> Heard {
        let torn = match line.facility {
            Facility::Isakmp if line.message == "SA" => Some(Torn::Refusal),
            Facility::Syslog if line.message.ends_with("IKMP_MODE_FAILURE:") => {
                Some(Torn::ModeFailure)
            }
            Facility::Isakmp | Facility::Ipsec | Facility::Ikev2 | Facility::Syslog => None,
        };
        self.torn = torn.map(|torn| (torn, line.at));
        if torn.is_some() {
            return Heard::Quiet;
        }
        let event = match line.facility {
            Facility::Isakmp => self.isakmp(line),
            Facility::Ipsec => ipsec(line.message),
            Facility::Ikev2 => self.ikev2(line),
            Facility::Syslog => syslog(line.message),
        };
        match event {
            Some(event) => Heard::Fact(event),
            None if is_quiet(line.message) => Heard::Quiet,
            None => Heard::Unknown,
        }
    }

    fn isakmp(&mut self, line: &Line<'_>) -> Option<LogEvent> {
        let message = line.message;
        if message.starts_with("Checking ISAKMP transform ") {
            line.connection.clone_into(&mut self.checked);
            self.offers.take(line.connection);
            return None;
        }
        if REFUSALS.iter().any(|start| message.starts_with(start)) {
            return Some(self.offers.take(line.connection).refused());
        }
        if line.connection.is_empty() && ATTRIBUTES.iter().any(|name| message.starts_with(name)) {
            let offer = self.offers.entry(&self.checked);
            let list = offer.received.get_or_insert_default();
            if list.len() < OFFER_BYTES_MAX {
                if !list.is_empty() {
                    list.push_str(", ");
                }
                list.push_str(&escaped(message.as_bytes()));
            }
            return None;
        }
        let differs = DIFFERS.iter().find_map(|end| message.strip_suffix(end));
        if let Some(differs) = differs {
            let offer = self.offers.entry(line.connection);
            offer.differs = Some(escaped(differs.as_bytes()));
            return None;
        }
        packet(message)
            .or_else(|| v1_notification(message))
            .or_else(|| v1_course(message))
            .or_else(|| v1_authentication(message).map(LogEvent::AuthenticationFailed))
    }

    fn ikev2(&mut self, line: &Line<'_>) -> Option<LogEvent> {
        let message = line.message;
        let holds = |text: &str| message.contains(text);
        if message.starts_with("Received Packet") || message.starts_with("Sending Packet") {
            self.sent = message.starts_with("Sending");
            self.message_id = None;
            return None;
        }
        if let Some((_, id)) = message.split_once("Message id: ") {
            self.message_id = id.split(' ').next().and_then(|id| id.parse().ok());
            return None;
        }
        self.payloads = message.starts_with("Payload contents");
        let exchange = message.strip_prefix("IKEv2 ");
        if let Some(event) = exchange.and_then(|text| self.exchange(text)) {
            return Some(event);
        }
        if message.starts_with("Received Policies:") {
            let offer = self.offers.entry(line.connection);
            offer.received = policies(message);
            return None;
        }
        if message.starts_with("Expected Policies:") {
            let mut offer = self.offers.take(line.connection);
            offer.configured = policies(message);
            return Some(offer.refused());
        }
        if holds("Received no proposal chosen notify") {
            let name = "no proposal chosen".to_owned();
            return Some(LogEvent::Notified {
                name,
                is_error: true,
            });
        }
        v2_course(message)
    }

    /// `IKE_SA_INIT Exchange REQUEST`
    fn exchange(&self, text: &str) -> Option<LogEvent> {
        use ike::ExchangeType as V2;
        let (name, kind) = text.split_once(" Exchange ")?;
        let exchange = [
            V2::IKE_SA_INIT,
            V2::IKE_AUTH,
            V2::CREATE_CHILD_SA,
            V2::INFORMATIONAL,
        ]
        .into_iter()
        .find(|exchange| exchange.name() == Some(name))?;
        Some(LogEvent::Message {
            sent: self.sent,
            exchange: Exchange::V2(exchange),
            response: kind.starts_with("RESPONSE"),
            message_id: self.message_id,
            payloads: Vec::new(),
        })
    }
}

/// `Expected Policies: : Failed to find a matching policyProposal 1: …`
fn policies(message: &str) -> Option<String> {
    let at = message.find("Proposal ")?;
    message.get(at..).map(|list| escaped(list.as_bytes()))
}

fn is_error(name: &str) -> bool {
    name == "PROPOSAL_NOT_CHOSEN" || is_error_name(name)
}

/// `received packet from 192.0.2.2 dport 500 sport 500 Global (I) MM_NO_STATE`.
/// In `QM_IDLE` it may belong to any exchange under the IKE SA.
fn packet(message: &str) -> Option<LogEvent> {
    let sent = message.starts_with("sending packet to ");
    if !sent && !message.starts_with("received packet from ") {
        return None;
    }
    let (head, state) = message.trim_end().rsplit_once(' ')?;
    let exchange = match state.split_at_checked(3)?.0 {
        "MM_" => isakmp::ExchangeType::IDENTITY_PROTECTION,
        "AG_" => isakmp::ExchangeType::AGGRESSIVE,
        _ => return None,
    };
    let initiator = head.ends_with("(I)");
    if !initiator && !head.ends_with("(R)") {
        return None;
    }
    Some(LogEvent::Message {
        sent,
        exchange: Exchange::V1(exchange),
        response: sent != initiator,
        message_id: Some(0),
        payloads: Vec::new(),
    })
}

/// `processing NOTIFY PROPOSAL_NOT_CHOSEN protocol 1`
fn v1_notification(message: &str) -> Option<LogEvent> {
    let received = message.strip_prefix("processing NOTIFY ");
    let name = received.or_else(|| message.strip_prefix("Sending NOTIFY "))?;
    let name = name.split(' ').next()?;
    let (name, is_error) = (escaped(name.as_bytes()), is_error(name));
    Some(match received {
        Some(_) => LogEvent::Notified { name, is_error },
        None => LogEvent::NotifySent(name),
    })
}

fn v1_course(message: &str) -> Option<LogEvent> {
    let starts = |text: &str| message.starts_with(text);
    if starts("SA has been authenticated with ") {
        Some(LogEvent::IkeEstablished)
    } else if message.contains("New State = IKE_QM_PHASE2_COMPLETE") {
        Some(LogEvent::ChildEstablished(ChildSpis::default()))
    } else if starts("retransmitting phase ") {
        Some(LogEvent::Retransmitted(None))
    } else if let Some(reason) = message.strip_prefix("deleting SA reason \"") {
        Some(if reason.starts_with("Death by retransmission") {
            LogEvent::GaveUp
        } else {
            LogEvent::Deleted {
                by_peer: reason.starts_with("Receive") || reason.contains("by peer"),
            }
        })
    } else if starts("peer ") && message.ends_with("not responding!") {
        Some(LogEvent::PeerDead)
    } else {
        None
    }
}

fn v1_authentication(message: &str) -> Option<AuthenticationFault> {
    use AuthenticationFault as Fault;
    let lower = message.to_ascii_lowercase();
    if lower.starts_with("no pre-shared key ") || lower.starts_with("no cert, and no keys") {
        Some(Fault::NoKey)
    } else if lower.starts_with("reserved not ") || lower.contains("failed its sanity check") {
        Some(Fault::Undecryptable)
    } else if lower.starts_with("notify hash not authenticated") {
        Some(Fault::KeyMismatch)
    } else {
        None
    }
}

/// `IPSEC(ipsec_process_proposal): proxy identities not supported`
fn ipsec(message: &str) -> Option<LogEvent> {
    if message.contains("proxy identities not supported") {
        return Some(LogEvent::NoSelectors(None));
    }
    let known = "transform proposal not supported for identity:";
    let (_, offered) = message.split_once(known)?;
    let offered = offered.trim();
    Some(LogEvent::NoProposal {
        differs: None,
        received: (!offered.is_empty()).then(|| escaped(offered.as_bytes())),
        configured: None,
    })
}

fn v2_course(message: &str) -> Option<LogEvent> {
    use AuthenticationFault as Fault;
    let holds = |text: &str| message.contains(text);
    if holds("IKEv2 SA created; inserting SA into database")
        || holds("IKEV2 SA created; inserting SA into database")
    {
        Some(LogEvent::IkeEstablished)
    } else if holds("no IPSEC policy found for received TS") {
        Some(LogEvent::NoSelectors(None))
    } else if holds("IKEv2 profile not found") || holds("Failed to locate an item in the database")
    {
        Some(LogEvent::AuthenticationFailed(Fault::NoConfiguration))
    } else if holds("authentication data FAILED") {
        Some(LogEvent::AuthenticationFailed(Fault::KeyMismatch))
    } else if holds("Auth exchange failed") {
        Some(LogEvent::Failed)
    } else if holds("Maximum number of retransmissions reached") {
        Some(LogEvent::GaveUp)
    } else if message.starts_with("Retransmitting packet") {
        Some(LogEvent::Retransmitted(None))
    } else {
        None
    }
}

/// `4-IKMP_BAD_MESSAGE: IKE message from 192.0.2.2 failed its sanity check or
/// is malformed`
fn syslog(message: &str) -> Option<LogEvent> {
    let (name, text) = message.split_once(": ")?;
    let (_, name) = name.split_once('-')?;
    Some(match name {
        "IKMP_BAD_MESSAGE" => LogEvent::AuthenticationFailed(AuthenticationFault::Undecryptable),
        "IKMP_MODE_FAILURE" => LogEvent::Failed,
        "RECVD_PKT_INV_SPI" => {
            LogEvent::UnknownSpi(text.split_once("spi=0x").and_then(|(_, rest)| {
                let digits = rest.split(['(', ',', ' ']).next()?;
                u32::from_str_radix(digits, 16).ok()
            }))
        }
        "SESSION_STATUS" | "IKEV2_SESSION_STATUS" if text.contains(" is UP") => {
            LogEvent::ChildEstablished(ChildSpis::default())
        }
        "SESSION_STATUS" | "IKEV2_SESSION_STATUS" if text.contains(" is DOWN") => {
            LogEvent::Deleted { by_peer: false }
        }
        _ => return None,
    })
}

/// Messages that tell nothing, or nothing that another does not.
fn is_quiet(message: &str) -> bool {
    QUIET.iter().any(|start| message.starts_with(start))
        || DIFFERS.iter().any(|end| message.ends_with(end))
}

/// How messages start, and whose they are.
const STARTS: [(&str, Facility); 11] = [
    ("ISAKMP-ERROR: ", Facility::Isakmp),
    ("ISAKMP-PAK: ", Facility::Isakmp),
    ("ISAKMP (", Facility::Isakmp),
    ("ISAKMP:", Facility::Isakmp),
    ("IPSEC(", Facility::Ipsec),
    ("IKEv2-ERROR:", Facility::Ikev2),
    ("IKEv2-INTERNAL:", Facility::Ikev2),
    ("IKEv2:(", Facility::Ikev2),
    ("IKEv2:%", Facility::Ikev2),
    ("%CRYPTO-", Facility::Syslog),
    ("%IKEV2-", Facility::Syslog),
];

/// How messages begin that refuse an offer.
const REFUSALS: [&str; 3] = [
    "no offers accepted",
    "No offers accepted",
    "SA not acceptable",
];

/// Attributes of an offered transform.
const ATTRIBUTES: [&str; 5] = [
    "encryption ",
    "keylength of ",
    "hash ",
    "default group ",
    "auth ",
];

/// How the message ends that tells which attribute differs.
const DIFFERS: [&str; 3] = [
    " offered does not match policy!",
    " offered but does not match policy!",
    " does not match policy",
];

/// How messages begin that tell nothing, or nothing that another does not.
const QUIET: [&str; 51] = [
    "Can not start Aggressive mode",
    "Checking ",
    "Created ",
    "Creating ",
    "Deleting ",
    "Encryption ",
    "IKE Proposal: ",
    "IKE_",
    "Initiator SPI",
    "Input = ",
    "New peer ",
    "Next payload",
    "Node ",
    "Old State",
    "Payload contents",
    "Peer's ",
    "Process ",
    "Received Packet",
    "Received Policies",
    "Sending Packet",
    "SA ",
    "SA is ",
    "Searching ",
    "Sending ",
    "Setting ",
    "Using ",
    "Verify",
    "atts are ",
    "attributes in ",
    "auth ",
    "authenticator ",
    "beginning ",
    "constructed ",
    "default group ",
    "encaps is ",
    "encryption ",
    "found peer pre-shared key",
    "group ",
    "hash ",
    "key_",
    "keylength ",
    "life ",
    "local ",
    "phase 1 SA policy",
    "phase 2 SA policy",
    "processing ",
    "received ke message",
    "received packet from ",
    "sending packet to ",
    "transform ",
    "vendor ID ",
];

/// Bytes of an offer that are remembered.
const OFFER_BYTES_MAX: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What is told, but for the clock.
    fn events(log: &str) -> Vec<LogEvent> {
        let mut events = read(0, log.as_bytes()).events();
        events.retain(|event| *event != LogEvent::ClockUnset);
        events
    }

    #[test]
    fn a_clock_that_was_never_set_is_told_once() {
        let line = |stamp: &str| alloc::format!("{stamp}: ISAKMP:(0): nobody has heard this\n");
        let log = [
            "Mar  1 00:00:01",
            "000012: *Mar  1 00:00:01.5",
            "*Mar  1 00:00:02",
        ]
        .map(line);
        let told = read(0, log.concat().as_bytes());
        assert_eq!((told.untold, told.evidence.len()), (2, 1));
        assert_eq!(told.events(), [LogEvent::ClockUnset]);
        let told = read(0, line(".Mar  1 00:00:01").as_bytes());
        assert!(told.evidence.is_empty());
    }

    /// Pasted through Markdown and text recognition, and wrapped.
    #[test]
    fn a_refusal_as_it_stands_on_a_slide() {
        let log = "\
- I SA KMP error: no common policy --
\\*Mar 1 00:34:06.187: I SA KMP (17): SA
not acceptable!
%CRYPTO-6-I KMP\\_MODE\\_FAILURE:
Processing of Quick mode failed with
peer at 192.0.2.20
";
        let refused = LogEvent::NoProposal {
            differs: None,
            received: None,
            configured: None,
        };
        let facts = read(0, log.as_bytes()).facts();
        let facts: Vec<_> = facts.iter().map(|fact| (fact.child, &fact.event)).collect();
        let unset = (None, &LogEvent::ClockUnset);
        let failed = (Some(true), &LogEvent::Failed);
        assert_eq!(facts, [unset, (None, &refused), failed]);
        let whole =
            "%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Main mode failed with peer at 192.0.2.20";
        let told = read(0, whole.as_bytes()).facts();
        assert_eq!(
            (told[0].child, &told[0].event),
            (Some(false), &LogEvent::Failed)
        );
    }

    fn text(value: &str) -> Option<String> {
        Some(value.to_owned())
    }

    /// Our own lines in the form of IOS 12.4 and 15, the clock never set.
    #[test]
    fn a_refused_offer() {
        let log = "\
*Mar  1 00:13:31.891: ISAKMP:(0): processing SA payload. message ID = 0
*Mar  1 00:13:31.892: ISAKMP:(0):Checking ISAKMP transform 1 against priority 10 policy
*Mar  1 00:13:31.892: ISAKMP:      encryption DES-CBC
*Mar  1 00:13:31.892: ISAKMP:      hash MD5
*Mar  1 00:13:31.892: ISAKMP:      default group 1
*Mar  1 00:13:31.892: ISAKMP:(0):Encryption algorithm offered does not match policy!
*Mar  1 00:13:31.892: ISAKMP:(0):atts are not acceptable. Next payload is 0
*Mar  1 00:13:31.893: ISAKMP:(0):no offers accepted!
*Mar  1 00:13:31.894: ISAKMP:(0): sending packet to 192.0.2.2 my_port 500 peer_port 500 (R) MM_NO_STATE
";
        let read = read(0, log.as_bytes());
        assert_eq!(
            (read.lines, read.quiet, read.untold, read.foreign),
            (9, 6, 0, 0)
        );
        let at = Instant::from_seconds(60 * 86_400 + 811, 893_000);
        assert_eq!(read.evidence[1].at, Some(at));
        let sent = LogEvent::Message {
            sent: true,
            exchange: Exchange::V1(isakmp::ExchangeType::IDENTITY_PROTECTION),
            response: true,
            message_id: Some(0),
            payloads: Vec::new(),
        };
        let refused = LogEvent::NoProposal {
            differs: text("Encryption algorithm"),
            received: text("encryption DES-CBC, hash MD5, default group 1"),
            configured: None,
        };
        assert_eq!(events(log), [refused, sent]);
    }

    /// In the form of IOS-XE 16.
    #[test]
    fn an_offer_refused_in_version_2() {
        let log = "\
Mar 13 15:29:24.294 UTC: IKEv2:(SESSION ID = 89,SA ID = 1):Received Packet [From 192.0.2.2:500/To 192.0.2.1:500/VRF i0:f0]
Mar 13 15:29:24.294 UTC: IKEv2:(SESSION ID = 89,SA ID = 1):Initiator SPI : 1D418169B24BF95A - Responder SPI : 0000000000000000 Message id: 0
Mar 13 15:29:24.294 UTC: IKEv2:(SESSION ID = 89,SA ID = 1):IKEv2 IKE_SA_INIT Exchange REQUEST
Mar 13 15:29:24.294 UTC: IKEv2-ERROR:(SESSION ID = 89,SA ID = 1):Received Policies: : Failed to find a matching policyProposal 1:  ENCRYPTION: AES-CBC-128
Mar 13 15:29:24.294 UTC: IKEv2-ERROR:(SESSION ID = 89,SA ID = 1):Expected Policies: : Failed to find a matching policyProposal 1:  ENCRYPTION: AES-CBC-256
Mar 13 15:29:24.294 UTC: IKEv2:(SESSION ID = 89,SA ID = 1):Sending Packet [To 192.0.2.2:500/From 192.0.2.1:500/VRF i0:f0]
Mar 13 15:29:24.294 UTC: IKEv2:(SESSION ID = 89,SA ID = 1):Payload contents:
 NOTIFY(NO_PROPOSAL_CHOSEN)
";
        let told = events(log);
        let LogEvent::Message {
            sent: false,
            response: false,
            message_id: Some(0),
            ..
        } = told[0]
        else {
            panic!("{told:?}");
        };
        let refused = LogEvent::NoProposal {
            differs: None,
            received: text("Proposal 1:  ENCRYPTION: AES-CBC-128"),
            configured: text("Proposal 1:  ENCRYPTION: AES-CBC-256"),
        };
        let sent = LogEvent::NotifySent("NO_PROPOSAL_CHOSEN".to_owned());
        assert_eq!(told[1..], [refused, sent]);
    }

    #[test]
    fn what_messages_tell() {
        use AuthenticationFault as A;
        use LogEvent as E;
        let failed = E::AuthenticationFailed;
        let up = E::ChildEstablished(ChildSpis::default());
        let note = |name: &str, is_error| E::Notified {
            name: name.to_owned(),
            is_error,
        };
        let cases = [
            (
                "00:27:07: ISAKMP: no pre-shared key based on hostname x!",
                failed(A::NoKey),
            ),
            (
                "*Mar  1 00:00:01: ISAKMP:(1001):SA has been authenticated with 192.0.2.2",
                E::IkeEstablished,
            ),
            (
                "*Mar  1 00:00:01: ISAKMP:(1001):Old State = IKE_QM_I_QM1  New State = IKE_QM_PHASE2_COMPLETE",
                up.clone(),
            ),
            (
                "ISAKMP (0:2): processing NOTIFY PROPOSAL_NOT_CHOSEN protocol 3",
                note("PROPOSAL_NOT_CHOSEN", true),
            ),
            (
                "ISAKMP:(0): processing NOTIFY INITIAL_CONTACT protocol 1",
                note("INITIAL_CONTACT", false),
            ),
            (
                "ISAKMP:(0): retransmitting phase 1 MM_NO_STATE...",
                E::Retransmitted(None),
            ),
            (
                "ISAKMP:(0):deleting SA reason \"Death by retransmission P1\" state (I) MM_NO_STATE (peer 192.0.2.2)",
                E::GaveUp,
            ),
            (
                "IPSEC(ipsec_process_proposal): proxy identities not supported",
                E::NoSelectors(None),
            ),
            (
                "IPSEC(ipsec_process_proposal): transform proposal not supported for identity: {esp-des esp-sha-hmac }",
                E::NoProposal {
                    differs: None,
                    received: text("{esp-des esp-sha-hmac }"),
                    configured: None,
                },
            ),
            (
                "<189>77: gw: *Mar  1 00:00:01: %CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has invalid spi for destaddr=192.0.2.1, prot=50, spi=0xC0FFEE01(3237998081), srcaddr=192.0.2.2",
                E::UnknownSpi(Some(0xc0ff_ee01)),
            ),
            (
                "%CRYPTO-5-SESSION_STATUS: Crypto tunnel is UP  .  Peer 192.0.2.2:500       Id: 192.0.2.2",
                up,
            ),
            (
                "IKEv2:(SESSION ID = 7,SA ID = 1):: There was no IPSEC policy found for received TS",
                E::NoSelectors(None),
            ),
            (
                "IKEv2:% IKEv2 profile not found",
                failed(A::NoConfiguration),
            ),
            (
                "IKEv2-ERROR:(SESSION ID = 7,SA ID = 1):: Maximum number of retransmissions reached",
                E::GaveUp,
            ),
        ];
        for (line, event) in cases {
            assert!(is_line(line), "{line}");
            assert_eq!(events(line), [event], "{line}");
        }
        for other in ["", "hello", "xISAKMP: y", "%ASA-5-713041: x"] {
            assert!(!is_line(other), "{other}");
        }
        let unknown = read(0, b"ISAKMP:(0): nobody has heard this\nhello\n");
        assert_eq!((unknown.untold, unknown.foreign), (1, 1));
    }

    #[test]
    fn the_router_s_own_stamp_counts() {
        let server = "Nov 21 12:00:01 192.0.2.1 77: *Mar  1 00:00:01.5: ";
        for (head, seconds) in [
            (server, 60 * 86_400 + 1),
            ("000123: Mar  1 00:00:02 UTC: ", 60 * 86_400 + 2),
            ("00:27:07: ", 1_627),
        ] {
            let stamp = stamped(head).unwrap();
            let at = Clock::default().at(stamp).as_micros() / 1_000_000;
            assert_eq!(at, seconds, "{head}");
        }
        assert!(stamped("").is_none());
    }

    proptest! {
        #[test]
        fn no_log_panics(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            shaped in "(\\*Mar  1 00:00:01.5: )?(ISAKMP:\\(0\\):|IPSEC\\(x|IKEv2:\\(1\\):|%CRYPTO-4-)(received packet from |deleting SA reason |Received Policies: |RECVD_PKT_INV_SPI: spi=0x)?\\PC{0,30}",
        ) {
            for log in [&bytes[..], shaped.as_bytes()] {
                let read = read(0, log);
                let told = u64::try_from(read.evidence.len()).unwrap();
                let told = told + read.quiet + read.untold + read.foreign;
                // A line may tell of the clock besides.
                prop_assert!(told == read.lines || told == read.lines + 1);
            }
        }
    }
}
