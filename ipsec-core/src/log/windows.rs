//! Windows: the trace of IKEEXT as text (`wfpdiag.txt`,
//! `[0]0368.03A4::02/02/2017-17:36:01.496 [ikeext] …`), what Azure gathers from
//! it (`Windows error 13801(ERROR_IPSEC_IKE_AUTH_FAIL)`), events of the security
//! log exported as English text (4650 to 4655, 4976, 5453; 541 to 547 before
//! Vista) and `oakley.log` of 2000 to 2003.

mod errors;
#[cfg(test)]
mod tests;

pub use errors::error_name;

use super::stamp::{self, Clock, Stamp};
use super::{Reading, Told, gather};
use crate::evidence::{AuthenticationFault, ChildSpis, LogEvent, Logged};
use crate::time::Instant;
use crate::wire::tree::escaped;
use alloc::string::String;
use alloc::vec::Vec;
use core::mem;

/// Reads what Windows wrote of IKE. `input` is its index among the inputs.
///
/// ```
/// use ipsec_core::evidence::{Fact, LogEvent};
/// use ipsec_core::log::windows;
/// let log = b"11-14: 14:33:12:906:a54 isadb_set_status sa:000DFDE8 centry:00000000 status 35ed\n";
/// let read = windows::read(0, log);
/// let Fact::Logged(said) = &read.evidence[0].fact else { panic!() };
/// assert_eq!(said.event, LogEvent::GaveUp);
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
            let at = line.stamp.map(|stamp| clock.at(stamp));
            known.traced(at, &line)
        }
        None => {
            if let Some(stamp) = dated(text) {
                known.at = Some(clock.at(stamp));
            }
            known.event_text(text)
        }
    }
}

/// Whether nobody but Windows writes such a line.
pub(super) fn is_line(text: &str) -> bool {
    let lower = || text.to_ascii_lowercase();
    Line::of(text).is_some()
        || text.contains("(ERROR_IPSEC_IKE_")
        || (text.contains("IPsec") || text.contains("IKE ")) && Head::of(&lower()).is_some()
}

/// A line of a trace, taken apart.
struct Line<'a> {
    stamp: Option<Stamp>,
    /// The peer's address.
    peer: Option<&'a str>,
    message: &'a str,
}

impl<'a> Line<'a> {
    fn of(text: &'a str) -> Option<Self> {
        ikeext(text).or_else(|| oakley(text))
    }
}

/// `[0]0368.03A4::02/02/2017-17:36:01.496 [ikeext] 3038|192.0.2.36|message`
fn ikeext(text: &str) -> Option<Line<'_>> {
    let (head, rest) = text.split_once("[ikeext]")?;
    let (_, time) = head.strip_prefix('[')?.split_once("::")?;
    let (stamp, _) = stamp::american(time)?;
    let mut parts = rest.splitn(3, '|');
    let (peer, message) = match (parts.next(), parts.next(), parts.next()) {
        (Some(_), Some(peer), Some(message)) => (Some(peer), message),
        (_, _, _) => (None, rest),
    };
    Some(Line {
        stamp: Some(stamp),
        peer,
        message: message.trim(),
    })
}

/// `11-14: 14:33:12:906:a54 message`
fn oakley(text: &str) -> Option<Line<'_>> {
    let (stamp, rest) = stamp::dashed(text)?;
    let (thread, message) = rest.strip_prefix(':')?.split_once(' ')?;
    let is_thread = !thread.is_empty() && thread.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_thread.then(|| Line {
        stamp: Some(stamp),
        peer: None,
        message: message.trim(),
    })
}

/// The time in `Date: 2/2/2017 5:36:01 PM`, and among the first fields of a
/// table.
fn dated(text: &str) -> Option<Stamp> {
    let text = text.trim_start();
    let text = text.strip_prefix("Date:").unwrap_or(text);
    text.split([',', '\t']).take(FIELDS).find_map(|field| {
        let field = field.trim().trim_matches('"');
        let read = stamp::american(field).or_else(|| stamp::stamp(field));
        read.map(|(stamp, _)| stamp)
    })
}

/// What an event of the security log is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Head {
    Established,
    ChildEstablished,
    Ended,
    /// A failure, whose reason follows; of quick mode, where it is known.
    Failed(Option<bool>),
    Untrusted,
    Unauthenticated,
    Refused,
    Invalid,
    NotStarted,
}

impl Head {
    fn of(lower: &str) -> Option<Self> {
        let found = HEADS.iter().find(|(text, _)| lower.contains(text));
        found.map(|(_, head)| *head)
    }

    fn told(self) -> Option<(LogEvent, Option<bool>)> {
        use AuthenticationFault as Fault;
        let failed = |fault| (LogEvent::AuthenticationFailed(fault), Some(false));
        Some(match self {
            Self::Established => (LogEvent::IkeEstablished, Some(false)),
            Self::ChildEstablished => {
                (LogEvent::ChildEstablished(ChildSpis::default()), Some(true))
            }
            Self::Ended => (LogEvent::Deleted { by_peer: false }, None),
            Self::Failed(_) => return None,
            Self::Untrusted => failed(Fault::Untrusted),
            Self::Unauthenticated => failed(Fault::Untold),
            Self::Refused => (refused(), Some(false)),
            Self::Invalid => {
                let how = String::from("invalid negotiation packet");
                (LogEvent::Malformed(how), None)
            }
            Self::NotStarted => (LogEvent::Failed, None),
        })
    }
}

const fn refused() -> LogEvent {
    LogEvent::NoProposal {
        differs: None,
        received: None,
        configured: None,
    }
}

/// A failure of which not all is told.
#[derive(Debug, Default)]
struct Failure {
    at: Option<Instant>,
    number: Option<u32>,
    child: Option<bool>,
    remote: bool,
}

impl Failure {
    fn told(&self) -> Logged {
        let event = match (self.number, self.remote) {
            (Some(number), true) => errors::there(number),
            (Some(number), false) => errors::here(number),
            (None, _) => None,
        };
        let logged = Logged::new(None, event.unwrap_or(LogEvent::Failed));
        match self.child {
            Some(child) => logged.of_child(child),
            None => logged,
        }
    }
}

/// What earlier lines told.
#[derive(Default)]
struct Known {
    at: Option<Instant>,
    /// The lines of an event follow.
    in_event: bool,
    failure: Option<Failure>,
    /// The value of `Failure Reason:` stands on the next line.
    reason_next: bool,
    /// The mode of the failure that a trace is about to tell.
    child: Option<bool>,
}

impl Known {
    /// A line of a trace.
    fn traced(&mut self, at: Option<Instant>, line: &Line<'_>) -> Told {
        let message = line.message;
        let lower = message.to_ascii_lowercase();
        let mut facts = Vec::new();
        if lower.starts_with("failure type: ") {
            self.child = mode(&lower);
        } else if let Some((_, code)) = lower.split_once("failure error code:") {
            facts.extend(self.failure.take().map(|failure| failure.told()));
            self.failure = Some(Failure {
                at,
                number: number(code),
                child: self.child.take(),
                remote: false,
            });
        } else if let Some((_, point)) = lower.split_once("failure point:")
            && let Some(mut failure) = self.failure.take()
        {
            failure.remote = is_remote(point);
            facts.push(failure.told());
        } else {
            facts.extend(status(&lower).map(|event| Logged::new(None, event)));
            facts.extend(summed_up(message));
        }
        if facts.is_empty() {
            return Told::Quiet;
        }
        let peer = line.peer.map(|peer| escaped(peer.as_bytes()));
        for fact in &mut facts {
            fact.connection.clone_from(&peer);
        }
        Told::Facts(at, facts)
    }

    /// A line of an event, or of a summary.
    fn event_text(&mut self, text: &str) -> Told {
        if let Some(fact) = summed_up(text) {
            return Told::Fact(None, fact);
        }
        let lower = text.to_ascii_lowercase();
        let Some(head) = Head::of(&lower) else {
            return self.field(&lower);
        };
        let mut facts: Vec<_> = self.unexplained().into_iter().collect();
        self.in_event = true;
        if let Some((event, child)) = head.told() {
            let logged = Logged::new(None, event);
            facts.push(match child {
                Some(child) => logged.of_child(child),
                None => logged,
            });
        } else if let Head::Failed(child) = head {
            self.failure = Some(Failure {
                at: self.at,
                child: child.or_else(|| mode(&lower)),
                ..Failure::default()
            });
            if let Told::Fact(_, fact) = self.field(&lower) {
                facts.push(fact);
            }
        }
        if facts.is_empty() {
            Told::Quiet
        } else {
            Told::Facts(self.at, facts)
        }
    }

    /// A failure whose reason never came.
    fn unexplained(&mut self) -> Option<Logged> {
        self.reason_next = false;
        self.failure.take().map(|failure| failure.told())
    }

    /// `Failure Point: Me`, `Failure Reason: Negotiation timed out`, the value
    /// of the last also on the next line.
    fn field(&mut self, lower: &str) -> Told {
        let Some(failure) = &mut self.failure else {
            return if self.in_event && lower.contains(':') {
                Told::Quiet
            } else {
                self.in_event &= lower.trim().is_empty();
                Told::Foreign
            };
        };
        if failure.child.is_none() && lower.trim_start().starts_with("mode:") {
            failure.child = mode(lower);
        }
        if let Some((_, point)) = lower.split_once("failure point:") {
            failure.remote = is_remote(point);
        }
        let reason = match lower.split_once("failure reason:") {
            Some((_, reason)) => reason,
            None if mem::take(&mut self.reason_next) => lower,
            None => return Told::Quiet,
        };
        if reason.trim().is_empty() {
            self.reason_next = true;
            return Told::Quiet;
        }
        failure.number = errors::described(reason);
        let (at, fact) = (failure.at, failure.told());
        self.failure = None;
        Told::Fact(at, fact)
    }
}

/// Which mode a line names; `true` for quick mode.
fn mode(lower: &str) -> Option<bool> {
    match (lower.contains("main mode"), lower.contains("quick mode")) {
        (true, false) => Some(false),
        (false, true) => Some(true),
        (_, _) => None,
    }
}

fn is_remote(point: &str) -> bool {
    let point = point.trim_start();
    point.starts_with("remote") || point.starts_with("peer")
}

/// `0x000035e9`
fn number(text: &str) -> Option<u32> {
    let digits = text.trim_start().strip_prefix("0x")?;
    let end = digits.find(|c: char| !c.is_ascii_hexdigit());
    u32::from_str_radix(digits.get(..end.unwrap_or(digits.len()))?, 16).ok()
}

/// What `oakley.log` says of a negotiation.
fn status(lower: &str) -> Option<LogEvent> {
    if let Some(rest) = lower.strip_prefix("isadb_set_status ") {
        let (_, code) = rest.rsplit_once("status ")?;
        return errors::here(u32::from_str_radix(code.trim(), 16).ok()?);
    }
    let again = lower.strip_prefix("retransmit: sa = ")?;
    let count = again.rsplit_once("count = ").map(|(_, count)| count.trim());
    let count = count.and_then(|count| count.parse().ok());
    Some(LogEvent::Retransmitted(count))
}

/// `Peer failed with Windows error 13801(ERROR_IPSEC_IKE_AUTH_FAIL)`
fn summed_up(text: &str) -> Option<Logged> {
    let (head, rest) = text.split_once("ERROR_IPSEC_")?;
    let end = rest.find(|c: char| !c.is_ascii_uppercase() && c != '_');
    let name = rest.get(..end.unwrap_or(rest.len()))?;
    let number = errors::error_number(name)?;
    let event = if head.contains("Peer failed with ") {
        errors::there(number)
    } else {
        errors::here(number)
    };
    event.map(|event| Logged::new(None, event))
}

/// How the texts of events begin, in small letters: what is told, not in which
/// words.
const HEADS: [(&str, Head); 13] = [
    (
        "ipsec main mode security association was established",
        Head::Established,
    ),
    ("ipsec main mode security association ended", Head::Ended),
    (
        "ipsec main mode negotiation failed",
        Head::Failed(Some(false)),
    ),
    (
        "ipsec quick mode negotiation failed",
        Head::Failed(Some(true)),
    ),
    (
        "negotiation, ipsec received an invalid negotiation packet",
        Head::Invalid,
    ),
    (
        "ipsec keying modules (ikeext) service is not started",
        Head::NotStarted,
    ),
    ("ike security association established", Head::Established),
    ("ike security association ended", Head::Ended),
    ("peer could not authenticate", Head::Untrusted),
    ("ike peer authentication failed", Head::Unauthenticated),
    ("because peer sent invalid proposal", Head::Refused),
    (
        "ike security association negotiation failed",
        Head::Failed(None),
    ),
    (
        "ipsec quick mode security association was established",
        Head::ChildEstablished,
    ),
];

/// Fields of a table among which the time is looked for.
const FIELDS: usize = 4;
