//! strongSwan's charon: `10:41:06 15[IKE] <tun|1> …`, with or without a syslog
//! head, from `charon`, `charon-systemd` and what appliances make of them.

mod event;
mod quiet;
mod trust;

use super::offers::Offers;
use super::stamp::{self, Clock};
use super::{Reading, Told, gather};
use crate::evidence::{LogEvent, Logged};
use crate::time::Instant;
use crate::wire::tree::escaped;
use alloc::string::String;
use alloc::vec::Vec;
use core::mem;
use event::Heard;
use trust::Trust;

/// Reads a log of charon. `input` is its index among the inputs.
///
/// ```
/// use ipsec_core::evidence::{Fact, LogEvent};
/// use ipsec_core::log::charon;
/// let log = b"10:41:06 15[IKE] <tun|1> giving up after 5 retransmits\n";
/// let read = charon::read(0, log);
/// let Fact::Logged(said) = &read.evidence[0].fact else { panic!() };
/// assert_eq!(said.event, LogEvent::GaveUp);
/// assert_eq!(said.connection.as_deref(), Some("tun|1"));
/// ```
#[must_use]
pub fn read(input: usize, log: &[u8]) -> Reading {
    gather(input, log, teller())
}

/// What tells, line by line, what a log says.
pub(super) fn teller() -> impl FnMut(&str) -> Told + Send {
    let mut watch = Watch::default();
    let mut known = Known::default();
    move |text| {
        let Some(line) = Line::of(text) else {
            return Told::Foreign;
        };
        let at = watch.at(line.head);
        match known.hear(&line, at) {
            Heard::Fact(event) => Told::Fact(at, line.logged(event)),
            Heard::Facts(events) => {
                Told::Facts(at, events.into_iter().map(|one| line.logged(one)).collect())
            }
            Heard::Quiet => Told::Quiet,
            Heard::Unknown => Told::Unknown,
        }
    }
}

/// Whether a line is of charon's form.
pub(super) fn is_line(text: &str) -> bool {
    thread(text).is_some()
}

/// The time of the lines; most have that of the one before.
#[derive(Default)]
struct Watch {
    clock: Clock,
    head: String,
    at: Option<Instant>,
}

impl Watch {
    fn at(&mut self, head: &str) -> Option<Instant> {
        if self.head != head {
            self.head.clear();
            self.head.push_str(head);
            let stamp = stamp::stamp(head.trim_start());
            self.at = stamp.map(|(stamp, _)| self.clock.at(stamp));
        }
        self.at
    }
}

/// A line of charon's form, taken apart.
struct Line<'a> {
    /// What stands before the number of the thread.
    head: &'a str,
    /// The subsystem.
    group: &'a str,
    /// What stands in angle brackets: name and number of the IKE SA.
    connection: Option<&'a str>,
    message: &'a str,
    /// It goes on about the line before.
    is_detail: bool,
}

impl<'a> Line<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let (head, group, tail) = thread(text)?;
        let tail = tail.strip_prefix(' ').unwrap_or(tail);
        let named = tail
            .strip_prefix('<')
            .and_then(|inner| inner.split_once('>'));
        let (connection, message) = named.map_or((None, tail), |(name, rest)| {
            (Some(name), rest.strip_prefix(' ').unwrap_or(rest))
        });
        Some(Self {
            head,
            group,
            connection,
            message: message.trim(),
            is_detail: message.starts_with(' '),
        })
    }

    /// The number of the IKE SA, the part of its name that never changes.
    fn number(&self) -> &'a str {
        let name = self.connection.unwrap_or_default();
        name.rsplit_once('|').map_or(name, |(_, number)| number)
    }

    fn logged(&self, event: LogEvent) -> Logged {
        let connection = self.connection.map(|name| escaped(name.as_bytes()));
        Logged::new(connection, event)
    }
}

/// Splits a line at `15[IKE]`, the number of the thread and the subsystem:
/// what stands before, the subsystem, what stands behind. Only the head of a
/// line can hold it: a date, a host, the program.
fn thread(text: &str) -> Option<(&str, &str, &str)> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b']', bytes)
        .take(BRACKETS)
        .find_map(|end| {
            let (before, tail) = text.split_at_checked(end)?;
            let (head, group) = before.split_at_checked(end.checked_sub(GROUP)?)?;
            let head = head.strip_suffix('[')?;
            let rest = head.trim_end_matches(|c: char| c.is_ascii_digit());
            let apart = rest.is_empty() || rest.ends_with([' ', ':']);
            let numbered = rest.len() < head.len() && apart;
            (numbered && GROUPS.contains(&group)).then_some((rest, group, tail.strip_prefix(']')?))
        })
}

/// What earlier lines told.
#[derive(Default)]
struct Known {
    offers: Offers,
    trust: Offers<Trust>,
    /// The SPI of the last packet of ESP that was looked at.
    spi: Option<u32>,
    /// The connection that is being loaded.
    loading: Loading,
}

/// What is told of a connection while it is loaded.
#[derive(Default)]
struct Loading {
    aggressive: bool,
    methods: Vec<String>,
}

impl Loading {
    /// Takes note of a line, and tells of the connection that it ends.
    fn hear(&mut self, message: &str) -> Option<LogEvent> {
        if let Some(method) = message.strip_prefix("class = ") {
            if self.methods.len() < METHODS_MAX {
                self.methods.push(escaped(method.as_bytes()));
            }
        } else if message == "aggressive = 1" {
            self.aggressive = true;
        } else if message.starts_with("added vici connection") && !self.methods.is_empty() {
            let loaded = mem::take(self);
            return Some(LogEvent::Loaded {
                methods: loaded.methods,
                aggressive: loaded.aggressive,
            });
        } else if message.starts_with("conn ") {
            *self = Self::default();
        }
        None
    }
}

impl Known {
    fn hear(&mut self, line: &Line<'_>, at: Option<Instant>) -> Heard {
        let message = line.message;
        let quick = match line.group {
            "NET" => event::datagram(message),
            "ENC" => event::exchange(message),
            _ => None,
        };
        if let Some(event) = quick {
            return Heard::Fact(event);
        }
        if line.group == "CFG"
            && let Some(loaded) = self.loading.hear(message)
        {
            return Heard::Fact(loaded);
        }
        if self.note(line) {
            return Heard::Quiet;
        }
        if line.is_detail {
            return event::detail(message).map_or(Heard::Quiet, Heard::Fact);
        }
        if quiet::is_quiet(message) {
            return Heard::Quiet;
        }
        if is_refusal(message) {
            let refused = self.offers.take(line.number()).refused();
            return Heard::of(refused, event::answer(message));
        }
        if let Some(event) = self.packet(message) {
            return Heard::Fact(event);
        }
        if let Some(verdict) = trust::verdict(message, at) {
            return self.trust.entry(line.number()).judge(verdict);
        }
        let heard = event::event(message);
        if matches!(heard, Heard::Unknown) && quiet::is_of_the_house(line.group, message) {
            return Heard::Quiet;
        }
        heard
    }

    /// Takes note of what a line tells of a negotiation, for its refusal.
    fn note(&mut self, line: &Line<'_>) -> bool {
        let message = line.message;
        if message == "selecting proposal:" {
            self.offers.take(line.number());
        } else if let Some((slot, value)) = noted(message) {
            let offer = self.offers.entry(line.number());
            let place = match slot {
                Slot::Differs => &mut offer.differs,
                Slot::Received => &mut offer.received,
                Slot::Configured => &mut offer.configured,
            };
            *place = Some(escaped(value.as_bytes()));
        } else if message.starts_with("received end entity cert ") {
            self.trust.entry(line.number()).received = true;
        } else if let Some(rest) = message.strip_prefix("parsed ESP header with SPI ") {
            self.spi = event::hex(rest);
        } else {
            return false;
        }
        true
    }

    /// Packets that charon's own ESP did not take.
    fn packet(&self, message: &str) -> Option<LogEvent> {
        match message {
            "inbound ESP packet does not belong to an installed SA" => {
                Some(LogEvent::UnknownSpi(self.spi))
            }
            "ESP sequence number verification failed:" => Some(LogEvent::Replayed(self.spi)),
            _ => None,
        }
    }
}

enum Slot {
    Differs,
    Received,
    Configured,
}

fn noted(message: &str) -> Option<(Slot, &str)> {
    if let Some(value) = message.strip_prefix("received proposals: ") {
        Some((Slot::Received, value))
    } else if let Some(value) = message.strip_prefix("configured proposals: ") {
        Some((Slot::Configured, value))
    } else {
        let kind = message
            .strip_prefix("no acceptable ")?
            .strip_suffix(" found")?;
        (kind != "proposal").then_some((Slot::Differs, kind))
    }
}

fn is_refusal(message: &str) -> bool {
    matches!(
        message,
        "no acceptable proposal found" | "no proposal found" | "received proposals unacceptable"
    ) || message.starts_with("no matching proposal found")
}

/// The subsystems that write.
const GROUPS: [&str; 19] = [
    "IKE", "CFG", "NET", "ENC", "CHD", "KNL", "ESP", "DMN", "MGR", "JOB", "ASN", "TNC", "IMC",
    "IMV", "PTS", "TLS", "APP", "LIB", "AUD",
];

/// Letters of a subsystem's name.
const GROUP: usize = 3;

/// Methods of one connection that are remembered.
const METHODS_MAX: usize = 16;

/// Closing brackets before the group that are passed over (`charon[123]:`).
const BRACKETS: usize = 4;

#[cfg(test)]
mod tests;
