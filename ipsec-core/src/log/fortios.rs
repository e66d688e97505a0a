//! FortiOS: `diagnose debug application ike -1` of versions 5 to 7
//! (`ike 0:name:12: message`, since 7.4 `ike V=root:0:name:12: message`, with
//! the console's stamp before it or not), the datagrams that it prints in
//! hexadecimal, and events of the kind VPN (`date=… logid="0101037124" …`).

mod event_log;
mod messages;
mod proposals;

use super::ends::{Named, arrow};
use super::reading::Told;
use super::stamp::{self, Clock};
use super::{LoggedPacket, Reading, gather, start};
use crate::evidence::{LogEvent, Logged, Route};
use crate::time::Instant;
use crate::wire::tree::escaped;
use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use proposals::Proposals;

/// Reads a log of a FortiGate. `input` is its index among the inputs.
///
/// ```
/// use ipsec_core::evidence::{AuthenticationFault, Fact, LogEvent};
/// use ipsec_core::log::fortios;
/// let log = b"ike 0:to-b: probable pre-shared secret mismatch\n";
/// let read = fortios::read(0, log);
/// let Fact::Logged(said) = &read.evidence[0].fact else { panic!() };
/// let fault = AuthenticationFault::KeyMismatch;
/// assert_eq!(said.event, LogEvent::AuthenticationFailed(fault));
/// assert_eq!(said.connection.as_deref(), Some("to-b"));
/// ```
#[must_use]
pub fn read(input: usize, log: &[u8]) -> Reading {
    gather(input, log, teller())
}

/// What tells, line by line, what a log says.
pub(super) fn teller() -> impl FnMut(&str) -> Told + Send {
    let mut clock = Clock::default();
    let mut known = Known::default();
    move |text| {
        if let Some(line) = Line::of(text, &mut clock) {
            known.digits = Digits::Elsewhere;
            known.cut = None;
            known.tell(&line)
        } else if event_log::is_line(text) {
            known.digits = Digits::Elsewhere;
            event_log::tell(text, &mut clock, &mut known.named)
        } else {
            known.continued(text)
        }
    }
}

/// Whether nobody but a FortiGate writes such a line.
pub(super) fn is_line(text: &str) -> bool {
    headed(text).is_some() || event_log::is_line(text)
}

/// A line of the debug output, taken apart.
struct Line<'a> {
    at: Option<Instant>,
    /// The name of the gateway, or the cookies while there is none.
    connection: Option<&'a str>,
    /// It names an entry of phase 2.
    child: bool,
    message: &'a str,
}

impl<'a> Line<'a> {
    fn of(text: &'a str, clock: &mut Clock) -> Option<Self> {
        let (head, rest) = headed(text)?;
        let at = stamp::stamp(head.trim_start()).map(|(stamp, _)| clock.at(stamp));
        let (names, message) = named(rest);
        let mut names = names.split(':').filter(|name| !name.is_empty());
        let connection = names.next();
        let is_number = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
        Some(Self {
            at,
            connection,
            child: names.any(|name| !is_number(name)),
            message: message.trim(),
        })
    }

    fn connection(&self) -> Option<String> {
        self.connection.map(|name| escaped(name.as_bytes()))
    }

    fn logged(&self, event: LogEvent) -> Logged {
        let logged = Logged::new(self.connection(), event);
        if self.child {
            logged.of_child(true)
        } else {
            logged
        }
    }
}

/// Splits at `ike 0:`, `ike V=root:0:` or `ike Negotiate … SA Error:`.
fn headed(text: &str) -> Option<(&str, &str)> {
    if text.starts_with("Negotiate ") && text.contains(" SA Error:") {
        return Some(("", text));
    }
    text.match_indices("ike ").take(HEADS).find_map(|(at, _)| {
        let (head, rest) = text.split_at_checked(at)?;
        if !head.is_empty() && !head.ends_with([' ', '#', '>']) {
            return None;
        }
        let rest = rest.strip_prefix("ike ")?;
        if rest.starts_with("Negotiate ") && rest.contains(" SA Error:") {
            return Some((head, rest));
        }
        let in_domain = rest
            .strip_prefix("V=")
            .and_then(|rest| rest.split_once(':'));
        let numbered = in_domain.map_or(rest, |(_, rest)| rest);
        let (number, rest) = numbered.split_once(':')?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then_some((head, rest))
    })
}

/// `name:12:phase2:34: message`: the names and the message.
fn named(rest: &str) -> (&str, &str) {
    if let Some((_, inner)) = rest.split_once(" SA Error:") {
        // It may quote the line it is about.
        let quoted = headed(inner.trim_start()).map(|(_, rest)| named_once(rest));
        return quoted.unwrap_or(("", inner));
    }
    named_once(rest)
}

fn named_once(rest: &str) -> (&str, &str) {
    if rest.starts_with(' ') {
        return ("", rest);
    }
    rest.split_once(": ")
        .or_else(|| Some((rest.strip_suffix(':')?, "")))
        .unwrap_or(("", rest))
}

/// Where digits that stand alone on a line belong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Digits {
    /// They continue nothing that is kept.
    #[default]
    Elsewhere,
    /// They continue a datagram.
    Datagram,
    /// They continue what was decrypted, or a key.
    Inside,
}

/// What earlier lines told.
#[derive(Default)]
struct Known {
    /// Between whom the datagram goes that the next lines are about.
    coming: Option<Route>,
    digits: Digits,
    /// A line that ends before what it should tell, by its gateway.
    cut: Option<(Option<Instant>, Option<String>, String)>,
    proposals: Proposals,
    /// The selectors that the peer proposed last, escaped.
    selectors: Option<String>,
    named: Named,
}

impl Known {
    fn tell(&mut self, line: &Line<'_>) -> Told {
        let message = line.message;
        if let Some(packet) = self.printed(line) {
            return packet;
        }
        if self.noted(line) {
            return Told::Quiet;
        }
        if is_cut(message) {
            let start = start(message, CUT_MAX).to_owned();
            self.cut = Some((line.at, line.connection.map(ToOwned::to_owned), start));
            return Told::Quiet;
        }
        let facts = self.events(line.connection, message);
        if !facts.is_empty() {
            let facts = facts.into_iter().map(|event| line.logged(event));
            return Told::Facts(line.at, facts.collect());
        }
        if let Some(route) = messages::connecting(message) {
            let told = self.named.told(line.connection().as_ref(), route);
            return told.map_or(Told::Quiet, |logged| Told::Fact(line.at, logged));
        }
        if messages::is_quiet(message) {
            Told::Quiet
        } else {
            Told::Unknown
        }
    }

    /// `in D877…`, `out D877…`: the datagram. `dec` and `enc` print what is
    /// inside it, others its keys.
    fn printed(&mut self, line: &Line<'_>) -> Option<Told> {
        let (word, digits) = line.message.split_once(' ').unwrap_or((line.message, ""));
        let digits = digits.trim();
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let sent = match word {
            "out" => true,
            "in" => false,
            "dec" | "enc" if is_hex => {
                self.digits = Digits::Inside;
                return Some(Told::Quiet);
            }
            _ => {
                if messages::is_key(line.message) {
                    self.digits = Digits::Inside;
                    return Some(Told::Quiet);
                }
                return None;
            }
        };
        if !is_hex {
            return None;
        }
        let route = if sent { None } else { self.coming };
        let mut packet = LoggedPacket::new(line.at, sent, route);
        packet.extend(digits);
        self.digits = Digits::Datagram;
        Some(Told::Packet(Box::new(packet)))
    }

    /// Takes note of what explains later lines.
    fn noted(&mut self, line: &Line<'_>) -> bool {
        let message = line.message;
        if let Some(rest) = message.strip_prefix("comes ") {
            self.coming = arrow(rest.split(',').next().unwrap_or_default());
            return self.coming.is_some();
        }
        if let Some(text) = messages::selectors(message) {
            self.selectors = Some(escaped(text.as_bytes()));
            return true;
        }
        self.proposals
            .note(line.connection.unwrap_or_default(), message)
    }

    fn events(&mut self, connection: Option<&str>, message: &str) -> Vec<LogEvent> {
        if let Some(message) = messages::Passing::of(message) {
            let route = message
                .route
                .or(if message.sent { None } else { self.coming });
            return message.events(route);
        }
        match messages::event(message) {
            Some(LogEvent::NoProposal { .. }) => {
                vec![self.proposals.refused(connection.unwrap_or_default())]
            }
            Some(LogEvent::NoSelectors(None)) => {
                vec![LogEvent::NoSelectors(self.selectors.take())]
            }
            Some(event) => vec![event],
            None => Vec::new(),
        }
    }

    /// A line without a head: more digits, the rest of a line, or another
    /// program's.
    fn continued(&mut self, text: &str) -> Told {
        let text = text.trim();
        if text.is_empty() {
            return Told::Quiet;
        }
        if self.digits != Digits::Elsewhere && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return match self.digits {
                Digits::Datagram => Told::Digits(text.to_owned()),
                Digits::Inside | Digits::Elsewhere => Told::Quiet,
            };
        }
        self.digits = Digits::Elsewhere;
        let Some((at, connection, head)) = self.cut.take() else {
            return Told::Foreign;
        };
        let message = format!("{head} {}", start(text, CUT_MAX));
        let line = Line {
            at,
            connection: connection.as_deref(),
            child: false,
            message: &message,
        };
        if is_cut(&message) {
            return Told::Foreign;
        }
        self.tell(&line)
    }
}

/// Whether the addresses or the length of a datagram are on the next line.
fn is_cut(message: &str) -> bool {
    message.starts_with("sent IKE msg (") && !message.contains("->")
        || message.starts_with("IKEv")
            && message.contains(" exchange=")
            && !message.contains(" id=")
}

/// Places where the head of a line may end.
const HEADS: usize = 4;

/// Bytes of each half of a line that was cut.
const CUT_MAX: usize = 512;

#[cfg(test)]
mod tests;
