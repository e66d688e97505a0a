//! Vendor logs as evidence.
//!
//! One file a vendor: [`charon`] (strongSwan), [`pluto`] (libreswan). A reader
//! takes a whole log in bytes, whatever its line ends and encoding; it keeps
//! what it understands as [`Evidence`] with line numbers and counts the rest.
//! Which vendor wrote a log is told from its lines, never asked.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

pub mod charon;
mod offers;
pub mod pluto;
mod stamp;

use crate::evidence::{Evidence, Fact, Logged, Source};
use crate::time::Instant;
use crate::wire::registry::{ike, isakmp};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// Programs whose logs are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Vendor {
    /// strongSwan's IKE daemon charon, and what is built on it.
    Charon,
    /// The IKE daemon pluto, of libreswan and its forebears.
    Pluto,
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
    if charon::is_line(line) {
        Some(Vendor::Charon)
    } else if pluto::is_line(line) {
        Some(Vendor::Pluto)
    } else {
        None
    }
}

/// Reads a log of any vendor that is known; `None` when it is none of them.
/// `input` is its index among the inputs.
#[must_use]
pub fn read(input: usize, log: &[u8]) -> Option<Reading> {
    Some(match sniff(log)? {
        Vendor::Charon => charon::read(input, log),
        Vendor::Pluto => pluto::read(input, log),
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
            Told::Fact(..) if reading.evidence.len() >= EVIDENCE_MAX => {
                reading.left_out = reading.left_out.saturating_add(1);
            }
            Told::Fact(at, logged) => {
                let fact = Fact::Logged(Box::new(logged));
                let source = Source::Line { input, line };
                reading.evidence.push(Evidence::new(at, source, fact));
            }
        }
    }
    reading
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

/// The lines of a log, without line ends and cut at [`LINE_MAX`] bytes.
fn lines(log: &[u8]) -> impl Iterator<Item = Cow<'_, str>> {
    let body = log.strip_suffix(b"\n").unwrap_or(log);
    let whole = (!log.is_empty()).then_some(body);
    whole
        .into_iter()
        .flat_map(|body| body.split(|byte| *byte == b'\n'))
        .map(|line| {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            String::from_utf8_lossy(line.get(..LINE_MAX).unwrap_or(line))
        })
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
    fn a_log_of_nobody_is_not_read() {
        assert!(read(0, b"").is_none());
        assert!(read(0, b"\x7fELF\0\0\n[NET]\n").is_none());
    }
}
