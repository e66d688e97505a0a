//! Vendor logs as evidence.
//!
//! One file a vendor: [`charon`] (strongSwan), [`pluto`] (libreswan),
//! [`openiked`], [`racoon`] (ipsec-tools, MikroTik), [`cisco_ios`],
//! [`cisco_asa`]. [`read`] takes a whole log in bytes, whatever its line ends,
//! encoding, terminal colours and escapes; it keeps what it understands as [`Evidence`]
//! with line numbers and counts the rest. Which vendor wrote a log is told from
//! its lines, never asked.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

pub mod charon;
pub mod cisco_asa;
pub mod cisco_ios;
mod offers;
pub mod openiked;
mod plain;
pub mod pluto;
pub mod racoon;
mod stamp;

use crate::evidence::{Evidence, Fact, Logged, Source};
use crate::time::Instant;
use crate::wire::registry::{ike, isakmp};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use plain::plain;

/// Programs whose logs are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Vendor {
    /// strongSwan's IKE daemon charon, and what is built on it.
    Charon,
    /// The IKE daemon pluto, of libreswan and its forebears.
    Pluto,
    /// OpenBSD's iked.
    OpenIked,
    /// racoon of ipsec-tools, and what MikroTik made of it.
    Racoon,
    /// Cisco IOS and IOS-XE.
    CiscoIos,
    /// Cisco ASA, and PIX before it.
    CiscoAsa,
}

/// What a log told.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Reading {
    /// The facts, in the order of the log.
    pub evidence: Vec<Evidence>,
    /// Number of lines.
    pub lines: u64,
    /// Lines that are known to tell nothing of a negotiation: start-up,
    /// housekeeping.
    pub quiet: u64,
    /// Lines of this vendor's form that are not understood.
    pub untold: u64,
    /// The numbers of the first [`UNTOLD_MAX`] of those lines, from 1.
    pub untold_lines: Vec<u64>,
    /// Lines that are not of this vendor's form.
    pub foreign: u64,
    /// Facts left out because of the limit.
    pub left_out: u64,
}

/// Tells who wrote a log, by the first lines that show it.
///
/// ```
/// use ipsec_core::log::{Vendor, sniff};
/// let log = b"Nov 21 12:00:01 gw charon: 14[NET] waiting for data on sockets\n";
/// assert_eq!(sniff(log), Some(Vendor::Charon));
/// assert_eq!(sniff(b"hello\n"), None);
/// ```
#[must_use]
pub fn sniff(log: &[u8]) -> Option<Vendor> {
    lines(log).take(SNIFF_LINES).find_map(|line| writer(&line))
}

/// Who writes lines such as this one.
fn writer(line: &str) -> Option<Vendor> {
    let found = WRITERS.iter().find(|(_, is_line)| is_line(line));
    found.map(|(vendor, _)| *vendor)
}

/// Whether a line is one that nobody but a certain vendor writes.
type IsLine = fn(&str) -> bool;

const WRITERS: [(Vendor, IsLine); 6] = [
    (Vendor::Charon, charon::is_line),
    (Vendor::Pluto, pluto::is_line),
    (Vendor::OpenIked, openiked::is_line),
    (Vendor::Racoon, racoon::is_line),
    (Vendor::CiscoIos, cisco_ios::is_line),
    (Vendor::CiscoAsa, cisco_asa::is_line),
];

/// Reads a log of any vendor that is known; `None` when it is none of them.
/// `input` is its index among the inputs.
#[must_use]
pub fn read(input: usize, log: &[u8]) -> Option<Reading> {
    let log = &*in_utf8(log);
    Some(match sniff(log)? {
        Vendor::Charon => charon::read(input, log),
        Vendor::Pluto => pluto::read(input, log),
        Vendor::OpenIked => openiked::read(input, log),
        Vendor::Racoon => racoon::read(input, log),
        Vendor::CiscoIos => cisco_ios::read(input, log),
        Vendor::CiscoAsa => cisco_asa::read(input, log),
    })
}

/// What one line told its reader.
enum Told {
    /// It is not of the vendor's form.
    Foreign,
    /// It tells nothing of a negotiation.
    Quiet,
    /// It is not understood.
    Unknown,
    /// A fact, and when.
    Fact(Option<Instant>, Logged),
    /// Several facts, and when.
    Facts(Option<Instant>, Vec<Logged>),
}

/// Puts together what `tell` makes of each line.
fn gather(input: usize, log: &[u8], mut tell: impl FnMut(&str) -> Told) -> Reading {
    let mut reading = Reading::default();
    for text in lines(log) {
        reading.lines = reading.lines.saturating_add(1);
        let line = reading.lines;
        match tell(&text) {
            Told::Foreign => reading.foreign = reading.foreign.saturating_add(1),
            Told::Quiet => reading.quiet = reading.quiet.saturating_add(1),
            Told::Unknown => {
                reading.untold = reading.untold.saturating_add(1);
                if reading.untold_lines.len() < UNTOLD_MAX {
                    reading.untold_lines.push(line);
                }
            }
            Told::Fact(at, logged) => reading.keep(at, Source::Line { input, line }, logged),
            Told::Facts(at, several) => {
                for logged in several {
                    reading.keep(at, Source::Line { input, line }, logged);
                }
            }
        }
    }
    reading
}

impl Reading {
    fn keep(&mut self, at: Option<Instant>, source: Source, logged: Logged) {
        if self.evidence.len() >= EVIDENCE_MAX {
            self.left_out = self.left_out.saturating_add(1);
        } else {
            let fact = Fact::Logged(Box::new(logged));
            self.evidence.push(Evidence::new(at, source, fact));
        }
    }
}

/// Whether a notification of this name, spelt with underscores, is an error in
/// either version of IKE.
fn is_error_name(name: &str) -> bool {
    (1..=NOTIFY_ERROR_MAX).any(|number| {
        let v1 = isakmp::NotifyType(number).name().unwrap_or_default();
        let v2 = ike::NotifyType(number).name().unwrap_or_default();
        v1.replace('-', "_") == name || v2 == name
    })
}

/// The lines of a log, without line ends and what happened to them on their way
/// ([`plain`]), and cut at [`LINE_MAX`] bytes.
fn lines(log: &[u8]) -> impl Iterator<Item = Cow<'_, str>> {
    let body = log.strip_suffix(b"\n").unwrap_or(log);
    let whole = (!log.is_empty()).then_some(body);
    whole
        .into_iter()
        .flat_map(|body| body.split(|byte| *byte == b'\n'))
        .map(|line| {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let text = String::from_utf8_lossy(line.get(..LINE_MAX).unwrap_or(line));
            plain(text)
        })
}

/// A log in UTF-16 as UTF-8, told by its byte order mark; any other as it is.
fn in_utf8(log: &[u8]) -> Cow<'_, [u8]> {
    let (order, rest): (fn([u8; 2]) -> u16, _) = match log {
        [0xff, 0xfe, rest @ ..] => (u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => (u16::from_be_bytes, rest),
        [0xef, 0xbb, 0xbf, rest @ ..] => return Cow::Borrowed(rest),
        _ => return Cow::Borrowed(log),
    };
    let (pairs, _) = rest.as_chunks::<2>();
    let units = pairs.iter().map(|pair| order(*pair));
    let text: String = char::decode_utf16(units)
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    Cow::Owned(text.into_bytes())
}

/// Lines that [`sniff`] looks at.
pub const SNIFF_LINES: usize = 1_000;

/// Bytes of a line that are read.
pub const LINE_MAX: usize = 65_536;

/// The last number that either registry of errors has given out.
const NOTIFY_ERROR_MAX: u16 = 64;

/// Lines that are not understood whose numbers are kept.
pub const UNTOLD_MAX: usize = 1_000;

/// Facts kept of one log.
pub const EVIDENCE_MAX: usize = 1_000_000;

#[cfg(test)]
impl Reading {
    /// What was told, without where.
    fn facts(self) -> Vec<Logged> {
        let facts = self.evidence.into_iter().map(|one| {
            let Fact::Logged(logged) = one.fact else {
                panic!("{one:?}");
            };
            *logged
        });
        facts.collect()
    }

    /// What was told, without where and of whom.
    fn events(self) -> Vec<crate::evidence::LogEvent> {
        let facts = self.facts().into_iter();
        facts.map(|logged| logged.event).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_any_end() {
        let split = |log: &[u8]| -> Vec<String> { lines(log).map(Cow::into_owned).collect() };
        assert_eq!(split(b"a\r\nb\n\nc"), ["a", "b", "", "c"]);
        assert_eq!(split(b"a\n"), ["a"]);
        assert!(split(b"").is_empty());
        assert_eq!(split(b"\n"), [""]);
        assert_eq!(split(b"\xff\n"), ["\u{fffd}"]);
        let long = alloc::vec![b'x'; LINE_MAX + 1];
        assert_eq!(split(&long)[0].len(), LINE_MAX);
    }

    #[test]
    fn any_encoding_and_colour() {
        let line = "Nov 21 12:00:01 gw charon: 07[IKE] <a|1> giving up after 5 retransmits";
        let mark = [0xff, 0xfe].into_iter();
        let little: Vec<u8> = mark
            .chain(line.encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        let mark = [0xfe, 0xff].into_iter();
        let big: Vec<u8> = mark
            .chain(line.encode_utf16().flat_map(u16::to_be_bytes))
            .collect();
        let mut marked = Vec::from(*b"\xef\xbb\xbf");
        marked.extend(line.as_bytes());
        let coloured = line.replace("07[", "\u{1b}[1;31m07[") + "\u{1b}[0m\r\n";
        for log in [&little, &big, &marked, &coloured.into_bytes()] {
            let read = read(0, log).unwrap();
            assert_eq!((read.lines, read.evidence.len()), (1, 1));
        }
        assert!(read(0, &little[..3]).is_none());
    }

    #[test]
    fn a_log_of_nobody_is_not_read() {
        assert!(read(0, b"").is_none());
        assert!(read(0, b"\x7fELF\0\0\n[NET]\n").is_none());
    }
}
